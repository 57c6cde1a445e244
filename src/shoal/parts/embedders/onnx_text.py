"""A sentence encoder run by ONNX Runtime: tokens in, one pooled vector a text out.

Texts of exactly the same number of tokens go together, so nothing is padded or masked: no work is
wasted, and a text's bits do not depend on the texts it came with. That is what lets vectors from
the cache, from a resumed run and from a fresh one be the same. Each inference runs on one thread
and several run side by side: faster for short texts than one inference on many threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.parts.embedders.base import BatchPlan, ModelInfo, Remade, checked

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

TOKENIZE_ROWS = 2048
TOKENIZE_CHARS = 1 << 22
"""Rows or characters that are cut into tokens at once: a token takes far more room than a word."""
MAX_BATCH_ROWS = 256
TOKENS_AT_ONCE = 384
"""Tokens of a batch that are computed at once: what is made of more leaves a core's own cache."""
MIN_BATCHES = 128
"""Batches below which they are made smaller, so that all threads end at about the same time."""
ATTENTION_TOKENS = 700.0
"""Tokens of a text at which attention costs as much as all else, measured on MiniLM."""
LONG = ("cut", "chunk")
WHOLE = "sentence_embedding"
"""Output of models that pool by themselves, and do what comes after it."""
POOLED: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "mean": lambda states: states.mean(axis=1),
    "cls": lambda states: states[:, 0],
    "max": lambda states: states.max(axis=1),
    "lasttoken": lambda states: states[:, -1],
}
"""Vectors (batch, n_dims) of the states (batch, tokens, n_dims) of pieces that are not padded."""


class OnnxText(Remade):
    """Embed texts with a transformer in ONNX form.

    Parameters
    ----------
    session : an inference session; its output `sentence_embedding`, or else its first, is (batch,
        tokens, n_dims), which is pooled, or (batch, n_dims)
    tokenizer : of the same model, or the path of its tokenizer.json
    info : which model it is, settings not counted
    max_tokens : tokens the model reads of a text at once
    batch_tokens : tokens in one batch
    long : what to do with longer texts: "cut" the rest off and count them, or "chunk" them into
        equal parts and take the mean of the parts' directions, weighted by their tokens
    pooling : "mean" of the tokens, the first ("cls"), their "max", or the last ("lasttoken")
    prompt : put before each text

    Raises
    ------
    BadInput : if a limit makes no sense
    """

    parallel = True
    cheap = True

    def __init__(
        self,
        session: InferenceSession,
        tokenizer: Tokenizer | Path,
        info: ModelInfo,
        *,
        max_tokens: int = 256,
        batch_tokens: int = 1024,
        long: str = "cut",
        pooling: str = "mean",
        prompt: str = "",
    ) -> None:
        check_limits(max_tokens, batch_tokens, long)
        if isinstance(tokenizer, Path):
            from tokenizers import Tokenizer

            tokenizer = Tokenizer.from_file(str(tokenizer))
        self.info = ModelInfo(
            info.name, f"{info.revision}:{max_tokens}:{long}", info.licence, info.remember
        )
        self.max_tokens = max_tokens
        self.batch_tokens = batch_tokens
        self.long = long
        self.prompt = prompt
        self._pooled = POOLED[pooling]
        self._session = session
        self._inputs = [entry.name for entry in session.get_inputs()]
        outputs = [entry.name for entry in session.get_outputs()]
        self._output = WHOLE if WHOLE in outputs else outputs[0]
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        empty, filled = (self._tokenizer.encode(text).ids for text in ("", "a"))
        self._head = next((i for i, (a, b) in enumerate(zip(empty, filled)) if a != b), len(empty))  # noqa: B905 - of different length
        self._tail = len(empty) - self._head

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token numbers of each text, with the ones that open and close it."""
        said = [f"{self.prompt}{text}" for text in texts] if self.prompt else list(texts)
        return [entry.ids for entry in self._tokenizer.encode_batch_fast(said)]

    def _lengths(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of each text, before anything is cut off."""
        lengths = np.empty(len(texts), dtype=np.int64)
        some: list[str] = []
        n_chars = done = 0
        for text in chain(texts, (None,)):
            if text is not None:
                some.append(text)
                n_chars += len(text)
            if text is None or len(some) >= TOKENIZE_ROWS or n_chars >= TOKENIZE_CHARS:
                found = self._encode(some)
                lengths[done : done + len(found)] = [len(entry) for entry in found]
                done += len(found)
                some, n_chars = [], 0
        return lengths

    def is_longer(self, contents: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are longer than the model reads at once, (n,)."""
        return np.asarray(self._lengths(contents) > self.max_tokens)

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of texts of one length, each within `batch_tokens`, in a fixed mixed order."""
        lengths = self._lengths(contents)
        longer = lengths > self.max_tokens
        cut = longer if self.long == "cut" else np.zeros_like(longer)
        read = np.minimum(lengths, self.max_tokens) if self.long == "cut" else lengths
        order = np.argsort(-read, kind="stable")
        sizes = read[order]
        batches: list[NDArray[np.int64]] = []
        costs: list[float] = []
        start = 0
        fair = max(int(read.sum()) // MIN_BATCHES, TOKENS_AT_ONCE)
        while start < len(order):
            width = int(sizes[start])
            most = max(min(min(self.batch_tokens, fair) // max(width, 1), MAX_BATCH_ROWS), 1)
            end = min(start + most, int(np.searchsorted(-sizes, -width, side="right")))
            batches.append(order[start:end])
            at_once = min(width, self.max_tokens)
            costs.append((end - start) * max(width, 1) * (1 + at_once / ATTENTION_TOKENS))
            start = end
        # short and long batches mixed, so that the time that is left can be told from the start
        mixed = np.random.default_rng(0).permutation(len(batches))
        return BatchPlan([batches[i] for i in mixed], np.array(costs)[mixed], cut)

    def _pieces(self, ids: list[int]) -> list[list[int]]:
        """What the model reads of one text: its beginning, or all of it in equal parts."""
        if len(ids) <= self.max_tokens:
            return [ids]
        head, tail = ids[: self._head], ids[len(ids) - self._tail :]
        inner = ids[self._head : len(ids) - self._tail]
        scratch = self.max_tokens - self._head - self._tail
        if self.long == "cut":
            return [[*head, *inner[:scratch], *tail]]
        n = -(-len(inner) // scratch)
        borders = [len(inner) * i // n for i in range(n + 1)]
        return [[*head, *inner[a:b], *tail] for a, b in pairwise(borders)]

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32; each depends on its own text only, bit by bit."""
        if not len(contents):
            return self._run([self._encode(["a"])[0]])[:0]
        owned = [self._pieces(ids) for ids in self._encode(contents)]
        pieces = [piece for own in owned for piece in own]
        vectors = self._embed(pieces)
        if len(pieces) == len(contents):
            return vectors
        sizes = np.array([len(piece) for piece in pieces], dtype=np.float32)[:, None]
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
        starts = np.cumsum([0, *(len(own) for own in owned[:-1])])
        return np.asarray(np.add.reduceat(vectors / lengths * sizes, starts), dtype=np.float32)

    def _embed(self, pieces: list[list[int]]) -> NDArray[np.float32]:
        widths = np.array([len(piece) for piece in pieces])
        out: NDArray[np.float32] | None = None
        for width in np.unique(widths):
            rows = np.nonzero(widths == width)[0]
            most = max(TOKENS_AT_ONCE // max(int(width), 1), 1)
            for start in range(0, len(rows), most):
                some = rows[start : start + most]
                vectors = self._run([pieces[row] for row in some])
                if out is None:
                    out = np.empty((len(pieces), vectors.shape[1]), dtype=np.float32)
                out[some] = vectors
        assert out is not None  # there is at least one piece
        return out

    def _run(self, pieces: list[list[int]]) -> NDArray[np.float32]:
        """Vectors of pieces of one width."""
        ids = np.array(pieces, dtype=np.int64)
        known = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
            "position_ids": np.broadcast_to(np.arange(ids.shape[1]), ids.shape),
        }
        given = {name: known[name] for name in self._inputs}
        out = self._session.run([self._output], given)[0]
        return checked(self._pooled(out) if out.ndim == 3 else out, len(ids), self.info.name)


def check_limits(max_tokens: int, batch_tokens: int, long: str) -> None:
    """Raise where a limit makes no sense.

    Raises
    ------
    BadInput : if one does not
    """
    if not 8 <= max_tokens <= 512:
        raise BadInput(f"max_tokens must be from 8 to 512, got {max_tokens}.")
    if batch_tokens < max_tokens:
        raise BadInput(f"batch_tokens ({batch_tokens}) must be at least max_tokens ({max_tokens}).")
    if long not in LONG:
        raise BadInput(f"long must be {' or '.join(LONG)}, got {long!r}.")
