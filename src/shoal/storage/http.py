"""JSON over HTTP to a service that may fail, for every part that asks one.

Whatever may pass by itself (a limit, an overload, a broken answer, a lost connection) is tried
again after a growing, random pause or the one the server asks for; whatever will not (a wrong key,
a wrong address) is told at once. The key is read from the environment, sent to that one address,
and written nowhere.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.parse import urlsplit

from shoal.errors import BadInput, ServiceFailed

T = TypeVar("T")

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers that another try may better."""
LONGEST_PAUSE = 60.0
LONGEST_ASKED = 300.0
"""Seconds; a server that asks for more is not waited for."""
MAX_BYTES = 1 << 28
SAID_BYTES = 4096
"""Of an error that are looked at."""
TOO_LARGE = 413


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another address."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none."""


class Passing(Exception):
    """What another try may better; `pause` in seconds where the server says it."""

    def __init__(self, why: str, pause: float | None = None) -> None:
        super().__init__(why)
        self.why, self.pause = why, pause


class TooLarge(Exception):
    """The server takes no request of that size."""


class HttpClient:
    """Asks one address.

    Parameters
    ----------
    url : of the endpoint
    stage : whose settings the messages speak of, such as "embed"
    key_variable : environment variable that holds the key; none is sent if it is empty
    timeout : seconds for one answer
    retries : tries after the first
    per_minute : most requests a minute, 0 for no limit

    Raises
    ------
    BadInput : if a number makes no sense
    """

    def __init__(
        self,
        url: str,
        stage: str,
        *,
        key_variable: str,
        timeout: float,
        retries: int,
        per_minute: int,
    ) -> None:
        check_least(stage, timeout=(timeout, 0.001), retries=(retries, 0))
        check_least(stage, per_minute=(per_minute, 0))
        self.url, self.stage = url, stage
        self.key_variable = key_variable
        self.timeout, self.retries, self.per_minute = timeout, retries, per_minute
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._turn = threading.Lock()
        self._next = 0.0

    def ask(self, body: Mapping[str, Any], read: Callable[[bytes], T], patience: float = 1.0) -> T:
        """Send a body as JSON and read the answer.

        Parameters
        ----------
        body : of the request
        read : the answer's bytes -> what is wanted; raises `Passing` for what is none
        patience : how many times the usual timeout to wait, for a long answer

        Raises
        ------
        ServiceFailed : if the server refuses, or fails in every try
        TooLarge : if the request is larger than the server takes
        """
        # half of a surrogate pair is no text to any server
        data = json.dumps(body).encode("utf-8", "replace")
        why = ""
        for attempt in range(self.retries + 1):
            self._wait_for_turn()
            try:
                return read(self._once(data, patience * self.timeout))
            except Passing as failure:
                why = failure.why
                if attempt < self.retries:
                    time.sleep(_pause(attempt, failure.pause))
        raise ServiceFailed(
            f"{self.url} failed {self.retries + 1} times, the last time with: {why}. Run the "
            f"same command again to resume, or raise {self.stage}.retries or "
            f"{self.stage}.timeout."
        )

    def _wait_for_turn(self) -> None:
        """Keep to `per_minute`, all threads together."""
        if not self.per_minute:
            return
        with self._turn:
            now = time.monotonic()
            mine = max(self._next, now)
            self._next = mine + 60.0 / self.per_minute
        time.sleep(max(mine - now, 0.0))

    def _once(self, data: bytes, timeout: float) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        key = os.environ.get(self.key_variable, "").strip()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url, data, headers, method="POST")
        deadline = time.monotonic() + timeout
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return _read(answer, deadline)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == TOO_LARGE:
                    raise TooLarge from error
                raise self._refused(error, deadline) from error
        except (OSError, HTTPException) as error:  # no connection, a lost one, or none in time
            named = isinstance(error, urllib.error.URLError | ssl.SSLError)
            reason = error.reason if named and error.reason else error  # type: ignore[union-attr]
            raise Passing(f"no answer ({reason or type(error).__name__})") from error

    def _without_key(self, said: str) -> str:
        """What a service says without the key, which it may say back."""
        key = os.environ.get(self.key_variable, "").strip()
        if not key:
            return said
        said = said.replace(key, "***").replace(json.dumps(key)[1:-1], "***")
        # nor a part of it, as services that say where they cut it do
        return re.sub(rf"{re.escape(key[:8])}\S*", "***", said) if len(key) >= 12 else said

    def _refused(self, error: urllib.error.HTTPError, deadline: float) -> Exception:
        """What an answer with an error's number means."""
        try:
            said = _read(error, deadline)[:SAID_BYTES].decode("utf-8", "replace")
            said = self._without_key(said)[:300]
        except (OSError, HTTPException, Passing):
            said = ""
        said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        why = f"HTTP {error.code} {said}".strip()
        if error.code in PASSING:
            pause = _asked_pause(error.headers.get("Retry-After"))
            if pause is None or pause <= LONGEST_ASKED:
                return Passing(why, pause)
            why += f" (it asks for a wait of {pause:.0f} s)"
        cure = {
            401: f"Set the environment variable {self.key_variable} to the right key",
            403: f"Set the environment variable {self.key_variable} to the right key",
            404: f"Check the address, and the model's name in {self.stage}.model",
        }.get(error.code, f"Check the address and {self.stage}.model")
        return ServiceFailed(f"{self.url} refuses: {why}. {cure}.")


def check_least(stage: str, **values: tuple[float, float]) -> None:
    """Raise for a parameter below its least value.

    Parameters
    ----------
    stage : of the parameters
    values : name -> its value and the least one

    Raises
    ------
    BadInput : if one is below
    """
    for name, (value, least) in values.items():
        if value < least:
            raise BadInput(f"{stage}.{name} must be at least {least}, got {value}.")


def endpoint(url: str, path: str, scheme: str) -> str:
    """The whole address of a service.

    Parameters
    ----------
    url : up to "/v1", or whole; an address is typed as http:https://... or simply as itself, and
        then a part is given what follows its own name, `scheme`
    path : what it ends in, such as "/embeddings"

    Raises
    ------
    BadInput : if it is no address, or holds a key
    """
    url = f"{scheme}:{url}" if url.startswith("//") else url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"{url!r} is not the address of a server. Use one such as http://localhost:8080/v1."
        )
    if parts.username or parts.password:
        raise BadInput(
            "the address must not contain a key. Set the environment variable "
            "SHOAL_API_KEY instead."
        )
    return url if parts.path.endswith(path) else f"{url.rstrip('/')}{path}"


def _pause(attempt: int, asked: float | None) -> float:
    """Seconds before the next try: what the server asks for, else growing, with jitter."""
    grown = min(2.0**attempt, LONGEST_PAUSE)
    drawn = random.uniform(0.5, 1.0) * grown  # two clients must not come back together
    return drawn if asked is None else asked + 0.1 * drawn


def _asked_pause(header: str | None) -> float | None:
    """Seconds of a Retry-After, which is a number or a date."""
    if not header:
        return None
    try:
        asked = float(header)
        return max(asked, 0.0) if math.isfinite(asked) else None
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _read(answer: Any, deadline: float) -> bytes:
    """The whole body, however slowly it drips, until the deadline."""
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(1 << 16):
        parts.append(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise Passing("the answer was not complete in time")
        if size > MAX_BYTES:
            raise Passing("an endless answer")
    return b"".join(parts)
