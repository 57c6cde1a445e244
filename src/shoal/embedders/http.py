"""Any endpoint that speaks OpenAI's embeddings API, and what to do when it does not answer well.

Whatever may pass by itself (a limit, an overload, a broken answer, a lost connection) is tried
again after a growing, random pause or the one the server asks for; whatever will not (a wrong key,
a wrong address) is told at once. The key is read from the environment, sent to that one address,
and written nowhere.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from shoal.embedders.base import BatchPlan, ModelInfo, checked, even_plan
from shoal.errors import BadInput, ServiceFailed

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""Answers that another try may better."""
LONGEST_PAUSE = 60.0
LONGEST_ASKED = 300.0
"""Seconds; a server that asks for more is not waited for."""
MOST_BYTES = 1 << 28
TOO_LARGE = 413


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another address."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow none."""


class _Passing(Exception):
    """What another try may better; `pause` in seconds where the server says it."""

    def __init__(self, why: str, pause: float | None = None) -> None:
        super().__init__(why)
        self.why, self.pause = why, pause


class Http:
    """Embed by asking a server.

    Parameters
    ----------
    url : up to "/v1" or including "/embeddings"
    model : what the server calls the model; some know only one and need no name
    key_variable : environment variable that holds the key; none is sent if it is empty
    batch_rows : texts in one request
    timeout : seconds for one answer
    retries : tries after the first
    per_minute : most requests a minute, 0 for no limit
    revision : any text; another one when the server's model has changed

    Raises
    ------
    BadInput : if the address or a number makes no sense
    """

    parallel = True
    cheap = False
    """Each text may cost money, so it is asked for the contents and no more."""
    scheme = "http"

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        key_variable: str = "SHOAL_API_KEY",
        batch_rows: int = 64,
        timeout: float = 60.0,
        retries: int = 6,
        per_minute: int = 0,
        revision: str = "",
    ) -> None:
        # typed as http:https://... or simply as the address itself
        self.url = _endpoint(f"{self.scheme}:{url}" if url.startswith("//") else url)
        for name, value, least in (
            ("batch_rows", batch_rows, 1),
            ("timeout", timeout, 0.001),
            ("retries", retries, 0),
            ("per_minute", per_minute, 0),
        ):
            if value < least:
                raise BadInput(f"{name} must be at least {least}, got {value}.")
        self.model = model
        self.key_variable = key_variable
        self.batch_rows = batch_rows
        self.timeout = timeout
        self.retries = retries
        self.per_minute = per_minute
        self.revision = revision
        self.info = ModelInfo(
            f"{model or 'the model'} at {urlsplit(self.url).netloc}",
            f"http:{self.url}:{model}:{revision}",
            "of the service",
        )
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._turn = threading.Lock()
        self._next = 0.0
        self._n_dims: int | None = None

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of `batch_rows` in order."""
        return even_plan(len(contents), self.batch_rows)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32.

        Raises
        ------
        ServiceFailed : if the server refuses, or fails in every try
        """
        if not len(contents):
            return self.transform(["a"])[:0]
        why = ""
        for attempt in range(self.retries + 1):
            self._wait_for_turn()
            try:
                return self._ask(list(contents))
            except _Passing as failure:
                why = failure.why
                if attempt < self.retries:
                    time.sleep(_pause(attempt, failure.pause))
        raise ServiceFailed(
            f"{self.url} failed {self.retries + 1} times, at last: {why}. Give the same command "
            "again to go on, or raise embed.retries or embed.timeout."
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

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        body: dict[str, Any] = {"input": texts, "encoding_format": "float"}
        if self.model:
            body["model"] = self.model
        # half of a surrogate pair is no text to any server
        data = json.dumps(body).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        key = os.environ.get(self.key_variable, "").strip()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url, data, headers, method="POST")
        deadline = time.monotonic() + self.timeout
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                text = _read(answer, deadline)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == TOO_LARGE and len(texts) > 1:
                    half = len(texts) // 2
                    return np.vstack([self.transform(texts[:half]), self.transform(texts[half:])])
                self._refused(error, deadline)
        except (OSError, HTTPException) as error:  # no connection, a lost one, or none in time
            reason = getattr(error, "reason", None) or error
            raise _Passing(f"no answer ({reason or type(error).__name__})") from error
        return self._vectors(text, len(texts))

    def _refused(self, error: urllib.error.HTTPError, deadline: float) -> None:
        """Raise what an answer with an error's number means."""
        try:
            said = _read(error, deadline)[:300].decode("utf-8", "replace")
        except (OSError, HTTPException, _Passing):
            said = ""
        said = " ".join("".join(c if c.isprintable() else " " for c in said).split())
        why = f"HTTP {error.code} {said}".strip()
        if error.code in PASSING:
            pause = _asked_pause(error.headers.get("Retry-After"))
            if pause is None or pause <= LONGEST_ASKED:
                raise _Passing(why, pause)
            why += f" (it asks to wait {pause:.0f} s)"
        cure = {
            401: f"Put the right key into the variable {self.key_variable}",
            403: f"Put the right key into the variable {self.key_variable}",
            404: "Check the address, and the model's name in embed.model",
        }.get(error.code, "Check the address and embed.model")
        raise ServiceFailed(f"{self.url} refuses: {why}. {cure}.")

    def _vectors(self, text: bytes, n: int) -> NDArray[np.float32]:
        try:
            entries = json.loads(text)["data"]
            places = [entry.get("index", i) for i, entry in enumerate(entries)]
            if sorted(places) != list(range(n)):
                raise _Passing(f"{len(entries)} vectors for {n} texts")
            rows = [entries[places.index(i)]["embedding"] for i in range(n)]
            vectors = checked(rows, n, self.info.name)
        except BadInput as error:
            raise _Passing(str(error).rstrip(".")) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _Passing(f"an answer that is not of the API: {text[:80]!r}") from error
        with self._turn:
            self._n_dims = self._n_dims or vectors.shape[1]
        if vectors.shape[1] != self._n_dims:
            raise _Passing(f"vectors of {vectors.shape[1]} numbers after those of {self._n_dims}")
        return vectors


class Https(Http):
    """The same for an address that begins with https:."""

    scheme = "https"


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"{url!r} is no address of a server. Give one such as http://localhost:8080/v1."
        )
    if parts.username or parts.password:
        raise BadInput("the address must not hold a key. Put it into the variable SHOAL_API_KEY.")
    return url if parts.path.endswith("/embeddings") else f"{url.rstrip('/')}/embeddings"


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
        return max(float(header), 0.0)
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
            raise _Passing("the answer did not come to an end in time")
        if size > MOST_BYTES:
            raise _Passing("an answer without end")
    return b"".join(parts)
