"""Start the explorer: its address, its token, and the checks before it starts."""

from __future__ import annotations

import ctypes
import ipaddress
import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from shoal.errors import BadInput, MissingExtra
from shoal.views.explorer.app import make_app
from shoal.views.explorer.guard import Rules
from shoal.views.explorer.view import RunView

LOOPBACK = "127.0.0.1"
PASSWORD = "SHOAL_PASSWORD"
"""Variable with the password; on a command line everybody on the machine could read it."""
MIN_PASSWORD = 12
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1"}
"""Hosts that stand for every address of this machine, with the one that this machine opens."""
MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
LARGE = 1 << 20
NEEDED = ("starlette", "uvicorn")


def check_installed() -> None:
    """Raise if the packages of the server are not there.

    Raises
    ------
    MissingExtra : with the line that installs them
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"the explorer needs {' and '.join(missing)}, which is not installed. Install it "
            "with: pip install 'shoal[explore]'"
        )


def rules_for(host: str, port: int, *, allowed: Sequence[str] = (), root_path: str = "") -> Rules:
    """The access rules of an address.

    Parameters
    ----------
    host, port : the address
    allowed : names by which a proxy in front is asked
    root_path : what a proxy leaves before the path of each request

    Raises
    ------
    BadInput : if others could reach it and there is no password
    """
    token = secrets.token_urlsafe(24)
    root = f"/{root_path.strip('/')}" if root_path.strip("/") else ""
    more = frozenset(name.strip().lower() for name in allowed if name.strip())
    if _is_loopback(host):
        names = {host, LOOPBACK, "localhost", "[::1]"}
        hosts = frozenset(f"{name}:{port}" for name in names)
        return Rules(token, hosts, allowed=more, root_path=root)
    password = os.environ.get(PASSWORD, "")
    if len(password) < MIN_PASSWORD:
        raise BadInput(
            f"other machines can reach {host}, so the explorer needs a password of at least "
            f"{MIN_PASSWORD} characters in the environment variable {PASSWORD}. Without "
            "--host it listens on this machine only."
        )
    return Rules(token, frozenset(), password, more, root)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens at an address.

    Raises
    ------
    BadInput : if it is taken or not ours
    """
    if not host:  # a socket would take it for every address of this machine
        raise BadInput("--host needs a name or an address. Leave it out for this machine only.")
    if not 0 <= port <= 65_535:
        raise BadInput(f"the port must be a number from 0 (any free port) to 65535, got {port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen()  # who comes before the server is ready waits a moment
    except OSError as error:
        made.close()
        raise BadInput(
            f"cannot listen on {host}, port {port}: {error.strerror}. Choose another --port, "
            "or drop it for a free one."
        ) from error
    return made


def give_memory_back() -> None:
    """Let the GNU C library hand every large array back to the system as soon as it is freed.

    By itself it raises the size from which it does so to that of the arrays it has seen, and then
    keeps several of them per thread: hundreds of megabytes at a million rows. See mallopt(3).
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library has no such thing
        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)


def serve(
    path: Path,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    browser: bool = True,
    allowed: Sequence[str] = (),
    root_path: str = "",
    say: Callable[[str, bool], None],
) -> None:
    """Serve the explorer of a run until the user stops it.

    Parameters
    ----------
    path : a finished run
    host : address to listen at; others than loopback need a password
    port : 0 for a free one
    browser : open the page in a browser
    allowed : names by which a proxy in front is asked
    root_path : what a proxy leaves before the path of each request
    say : told the address to open on this machine, with the token, and whether a password is asked
        for instead

    Raises
    ------
    MissingExtra : if the packages of the server are not there
    BadInput : if it must not or cannot listen there
    BrokenRun : if the folder is no finished run
    """
    check_installed()
    give_memory_back()
    import uvicorn

    from shoal.views.explorer.connections import Door, Limited, limits_here, report_unhurried

    listening = bind(host, port)
    with listening:
        port = int(listening.getsockname()[1])
        rules = rules_for(host, port, allowed=allowed, root_path=root_path)
        view = RunView(path)
        opened = EVERYWHERE.get(host, host)
        shown = f"[{opened}]" if ":" in opened else opened
        address = f"http://{shown}:{port}/"
        if rules.password is None:
            address += f"?token={rules.token}"
        say(address, rules.password is not None)
        limits = limits_here()
        report_unhurried()
        config = uvicorn.Config(
            make_app(view, rules),
            http=partial(Limited, Door(limits)),
            ws="none",
            backlog=limits.backlog,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,
        )
        if browser:
            threading.Timer(0.3, webbrowser.open, [address]).start()
        with suppress(KeyboardInterrupt):  # Ctrl-C is how one stops it
            uvicorn.Server(config).run(sockets=[listening])
