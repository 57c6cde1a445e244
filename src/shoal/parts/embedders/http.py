"""Any endpoint that speaks OpenAI's embeddings API, and what to do with an answer that is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput, ServiceFailed
from shoal.parts.embedders.base import BatchPlan, ModelInfo, Remade, checked, even_plan
from shoal.storage.http import HttpClient, Passing, TooLarge, check_least, endpoint


class Http(Remade):
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
        self.url = endpoint(url, "/embeddings", self.scheme)
        check_least("embed", batch_rows=(batch_rows, 1))
        self._client = HttpClient(
            self.url,
            "embed",
            key_variable=key_variable,
            timeout=timeout,
            retries=retries,
            per_minute=per_minute,
        )
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
        self._lock = threading.Lock()
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
        texts = list(contents)
        body: dict[str, Any] = {"input": texts, "encoding_format": "float"}
        if self.model:
            body["model"] = self.model
        try:
            return self._client.ask(body, lambda answer: self._vectors(answer, len(texts)))
        except TooLarge:
            if len(texts) == 1:
                raise ServiceFailed(
                    f"{self.url} refuses: HTTP 413, a single text is too large for it. "
                    "Shorten the texts first."
                ) from None
        half = len(texts) // 2
        return np.vstack([self.transform(texts[:half]), self.transform(texts[half:])])

    def _vectors(self, text: bytes, n: int) -> NDArray[np.float32]:
        try:
            entries = json.loads(text)["data"]
            places = [entry.get("index", i) for i, entry in enumerate(entries)]
            if sorted(places) != list(range(n)):
                raise Passing(f"{len(entries)} vectors for {n} texts")
            rows = [entries[places.index(i)]["embedding"] for i in range(n)]
            vectors = checked(rows, n, self.info.name)
        except BadInput as error:
            raise Passing(str(error).rstrip(".")) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Passing(f"an unexpected answer: {text[:80]!r}") from error
        with self._lock:
            self._n_dims = self._n_dims or vectors.shape[1]
        if vectors.shape[1] != self._n_dims:
            raise Passing(f"vectors of {vectors.shape[1]} numbers after those of {self._n_dims}")
        return vectors


class Https(Http):
    """The same for an address that begins with https:."""

    scheme = "https"
