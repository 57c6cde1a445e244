"""Access control: token or password, Host, Origin, size, and security headers."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 16 << 20
"""Bytes of a request."""
SAFE = ("GET", "HEAD")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a request must show.

    Parameters
    ----------
    token : stands in the address that is printed, then in a cookie
    hosts : values of Host that are let in; empty for any, which only a password allows
    password : of the server, None on loopback
    allowed : further names, with a port or without, that a proxy in front is asked by
    root_path : what stands before the path of each request where a proxy leaves it there
    """

    token: str
    hosts: frozenset[str]
    password: str | None = None
    allowed: frozenset[str] = frozenset()
    root_path: str = ""

    def let_in(self, host: str) -> bool:
        """Whether a request may be for a host: one of ours, or this machine by any port.

        A tunnel ends at another port of this machine; a page of a stranger has its own name.
        """
        name = host.rpartition(":")[0] if re.fullmatch(r".*:\d+", host) else host
        ours = host in self.hosts or host in self.allowed or name in self.allowed
        return not self.hosts or ours or name in LOOPBACK_NAMES

    @property
    def cookie(self) -> str:
        """Name of the cookie: one per port, so that two runs may be open at once."""
        ports = sorted({host.rpartition(":")[2] for host in self.hosts})
        return f"shoal-{ports[0] if ports else 'public'}"


class Guard:
    """ASGI middleware that applies the rules.

    Parameters
    ----------
    app : what is guarded
    rules : who is let in
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, then hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        scope = self._without_root(scope)
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        refusal = self._refusal(scope, headers)
        if refusal:
            await _answer(send, *refusal)
            return
        query = scope["query_string"].decode("latin-1")
        if scope["path"] == "/" and f"token={self.rules.token}" in query.split("&"):
            kept = "&".join(part for part in query.split("&") if not part.startswith("token="))
            # without a path the cookie is for the folder of the address as the browser knows it,
            # and a relative address leads to the same one: both also behind a prefix
            cookie = f"{self.rules.cookie}={self.rules.token}; HttpOnly; SameSite=Strict"
            where = "./" + (f"?{kept}" if kept else "")
            await _answer(send, 303, "", [("location", where), ("set-cookie", cookie)])
            return
        await self.app(scope, _limited(receive), _with_headers(send))

    def _without_root(self, scope: Scope) -> Scope:
        """The request as it is without the prefix that a proxy left in front of its path."""
        root = self.rules.root_path
        if root and (scope["path"] == root or scope["path"].startswith(f"{root}/")):
            path = scope["path"][len(root) :] or "/"
            return {**scope, "path": path, "raw_path": path.encode("utf-8")}
        return scope

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, Any] | None:
        """Status and reason if a request is not let in."""
        rules = self.rules
        host = headers.get("host", "").lower()
        if not rules.let_in(host):
            hint = "This is not the address that `shoal explore` printed. Behind a proxy, start "
            return 421, f"{hint}it with --allow-host {_plain(host)}.", []
        if not self._own_page(headers, host):
            return 403, "Requests from other pages are not allowed.", []
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if scope["method"] not in SAFE and elsewhere:
            return 403, "Requests from other pages are not allowed.", []
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return 413, f"A request may have at most {MAX_BODY >> 20} MB.", []
        if rules.password is not None:
            if self._knows_password(headers.get("authorization", "")):
                return None
            asked = [("www-authenticate", 'Basic realm="shoal", charset="UTF-8"')]
            return 401, "Enter the password; any user name will do.", asked
        if not self._has_token(scope, headers):
            return 401, "Open the address that `shoal explore` printed; it contains the token.", []
        return None

    def _own_page(self, headers: dict[str, str], host: str) -> bool:
        """Whether a page of the explorer asks, as far as the browser says where it comes from."""
        origin = headers.get("origin")
        if origin in (None, f"http://{host}", f"https://{host}"):
            return True
        # a proxy may ask by another name than the browser did; a browser says itself whether it is
        # the same page, and no page can say so in its place
        if headers.get("sec-fetch-site") == "same-origin":
            return True
        name = str(origin).partition("://")[2]
        return name in self.rules.allowed or name.rpartition(":")[0] in self.rules.allowed

    def _has_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        held = [headers.get("authorization", "").removeprefix("Bearer ")]
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self.rules.cookie)
        except CookieError:
            morsel = None
        held.append(morsel.value if morsel else "")
        if scope["path"] == "/":
            query = scope["query_string"].decode("latin-1").split("&")
            held += [part[6:] for part in query if part.startswith("token=")]
        wanted = self.rules.token.encode()
        return any(hmac.compare_digest(info.encode("latin-1", "replace"), wanted) for info in held)

    def _knows_password(self, authorization: str) -> bool:
        kind, _, info = authorization.partition(" ")
        try:
            given = base64.b64decode(info, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return False
        wanted = (self.rules.password or "").encode()
        return kind.lower() == "basic" and hmac.compare_digest(given, wanted)


def _plain(host: str) -> str:
    """A host as it may be shown: nothing in it that is no part of a name."""
    return re.sub(r"[^\w.:\[\]-]", "", host)[:100] or "NAME"


class TooLong(Exception):
    """A request that goes on past the limit without having said so."""


def _limited(receive: Receive) -> Receive:
    """Receive that stops a body past the limit."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise TooLong
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_encoded(HEADERS.items())]}
        await send(message)

    return dressed


def _encoded(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(key.encode("latin-1"), value.encode("latin-1")) for key, value in headers]


async def _answer(send: Send, status: int, text: str, headers: Any) -> None:
    body = text.encode()
    info = [("content-type", "text/plain; charset=utf-8"), *headers, *HEADERS.items()]
    info.append(("content-length", str(len(body))))
    await send({"type": "http.response.start", "status": status, "headers": _encoded(info)})
    await send({"type": "http.response.body", "body": body})
