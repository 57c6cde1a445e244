"""Connections to the explorer: how many are held open, for how long, and by whom.

uvicorn waits for ever for a request that does not come, and where the system has no more files to
give, the event loop of Python 3.11 reports the same error thousands of times. So a connection has
to send its request in time, and there are never more of them than files.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import queue
import sys
import threading
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS, MIN_CONNECTIONS = 256, 8
FILES_OF_CONNECTIONS = 4
"""One in so many of the files that the process may open is for a connection."""
CLIENTS = 4
"""One client may have one in so many of all connections."""
MAX_WAITING_LINES = 200
NETWORK_BITS = 64
"""Bits of an IPv6 address that tell whose it is; the owner chooses the rest."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections are held, and for how many seconds.

    Parameters
    ----------
    most, of_client : connections, of all clients and of one
    head, body : for a client to send the head and the whole of a request
    stalled : for a client to take more of an answer
    """

    most: int = MAX_CONNECTIONS
    of_client: int = MAX_CONNECTIONS // CLIENTS
    head: float = 10.0
    body: float = 120.0
    stalled: float = 60.0

    @property
    def backlog(self) -> int:
        """Connections that are taken at once, before it is seen that there are too many."""
        return max(self.most // 4, 2)


def limits_here() -> Limits:
    """Limits within the number of files that this process may open."""
    if sys.platform == "win32":
        return Limits()
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return Limits()
    most = min(max(files // FILES_OF_CONNECTIONS, MIN_CONNECTIONS), MAX_CONNECTIONS)
    return Limits(most, max(most // CLIENTS, 2))


class Door:
    """The connections that are open, in the order in which they came.

    Parameters
    ----------
    limits : how many there may be
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[Any, str] = {}

    def enter(self, connection: Any) -> bool:
        """Take a connection in; one that waits for its request makes room for it.

        Of one client too many, the oldest of its own goes; of all too many, the oldest of all.
        """
        client = client_of(connection.client)
        own = [other for other, whose in self._open.items() if whose == client]
        too_many = own if len(own) >= self.limits.of_client else list(self._open)
        if len(own) >= self.limits.of_client or len(self._open) >= self.limits.most:
            oldest = next((other for other in too_many if other.waits), None)
            if oldest is None:
                return False
            self.leave(oldest)
            oldest.transport.abort()
        self._open[connection] = client
        return True

    def leave(self, connection: Any) -> None:
        """Forget a connection that is closed."""
        self._open.pop(connection, None)


def client_of(address: tuple[Any, ...] | None) -> str:
    """Whose connection it is: an address, or of IPv6 the network it is in."""
    host = str(address[0]) if address else ""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if found.version == 6:
        plain = found.ipv4_mapped
        return str(plain or ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
    return str(found)


class Limited(H11Protocol):  # type: ignore[misc]
    """One connection, as uvicorn speaks HTTP/1.1, with limits.

    Parameters
    ----------
    door : all connections
    options : what uvicorn gives
    """

    def __init__(self, door: Door, **options: Any) -> None:
        super().__init__(**options)
        self._door = door
        self._timer: asyncio.TimerHandle | None = None
        self._stage = ""

    @property
    def waits(self) -> bool:
        """Whether no answer is worked at."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin, if there is room."""
        super().connection_made(transport)
        if self._door.enter(self):
            self._look()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._door.leave(self)
        self._end_after(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """Wait for the client to take what was sent, but not for ever."""
        super().pause_writing()
        self._stage = "stalled"
        self._end_after(self._door.limits.stalled)

    def resume_writing(self) -> None:
        """Go on sending."""
        super().resume_writing()
        self._stage = ""
        self._look()

    def _look(self) -> None:
        """Set the time for what the client has to do next; single bytes win it no more."""
        if self._stage == "stalled":
            return
        limits = self._door.limits
        unfinished = not self.waits and self.cycle.more_body
        stage = "head" if self.waits else "body" if unfinished else "answer"
        if stage != self._stage:
            self._stage = stage
            self._end_after({"head": limits.head, "body": limits.body}.get(stage))

    def _end_after(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        late = self.transport.abort
        self._timer = None if seconds is None else self.loop.call_later(seconds, late)


class Unhurried(logging.Handler):
    """Writes to standard error on a thread of its own, and less of it where nobody reads it.

    Whoever started the explorer may not read what it writes, and a full pipe stops who writes to
    it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: queue.Queue[bytes] = queue.Queue(MAX_WAITING_LINES)
        threading.Thread(target=self._write, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Have a line written, unless too many wait."""
        try:
            self._lines.put_nowait((self.format(record) + "\n").encode("utf-8", "replace"))
        except queue.Full:
            pass

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                os.write(2, line)
            except OSError:  # standard error is closed
                return


def report_unhurried() -> None:
    """Let what goes wrong in the server be written without waiting for a reader."""
    handler = Unhurried()
    for name in ("uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)
