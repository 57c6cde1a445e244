"""A sentence encoder run by ONNX Runtime: tokens in, one mean-pooled vector a text out.

Each inference runs on one thread and several run side by side: faster for short texts than one
inference on many threads, and the bits of a batch do not depend on how many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.embedders.base import BatchPlan, ModelInfo
from shoal.errors import BadInput

TOKENIZE_ROWS = 2048
MAX_BATCH_ROWS = 256


class OnnxText:
    """Embed texts with a transformer in ONNX form.

    Parameters
    ----------
    model_path : ONNX file; its first output is (batch, tokens, n_dims)
    tokenizer_path : tokenizer.json of the same model
    info : which model it is
    max_tokens : tokens the model reads; the rest of a text is cut off and counted
    batch_tokens : tokens in one batch, padding included
    """

    parallel = True

    def __init__(
        self,
        model_path: Path,
        tokenizer_path: Path,
        info: ModelInfo,
        *,
        max_tokens: int = 256,
        batch_tokens: int = 1024,
    ) -> None:
        if not 8 <= max_tokens <= 512:
            raise BadInput(f"max_tokens must be from 8 to 512, got {max_tokens}.")
        if batch_tokens < max_tokens:
            raise BadInput(
                f"batch_tokens ({batch_tokens}) must be at least max_tokens ({max_tokens})."
            )
        import onnxruntime
        from tokenizers import Tokenizer

        self.info = info
        self.max_tokens = max_tokens
        self.batch_tokens = batch_tokens
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(model_path), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def _lengths(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of each text, before anything is cut off."""
        lengths = np.empty(len(texts), dtype=np.int64)
        for start in range(0, len(texts), TOKENIZE_ROWS):
            encoded = self._tokenizer.encode_batch_fast(list(texts[start : start + TOKENIZE_ROWS]))
            lengths[start : start + len(encoded)] = [len(entry) for entry in encoded]
        return lengths

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of texts of like length, each within `batch_tokens`, in a fixed mixed order."""
        lengths = self._lengths(contents)
        truncated = int((lengths > self.max_tokens).sum())
        lengths = np.minimum(lengths, self.max_tokens)
        order = np.argsort(-lengths, kind="stable")
        batches: list[NDArray[np.int64]] = []
        costs: list[float] = []
        start = 0
        while start < len(order):
            width = max(int(lengths[order[start]]), 1)
            rows = min(max(self.batch_tokens // width, 1), MAX_BATCH_ROWS)
            batches.append(order[start : start + rows])
            costs.append(float(width * len(batches[-1])))
            start += rows
        # short and long batches mixed, so that the time that is left can be told from the start
        mixed = np.random.default_rng(0).permutation(len(batches))
        return BatchPlan([batches[i] for i in mixed], np.array(costs)[mixed], truncated)

    def _tokens(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Padded token numbers and their mask, each (n, width)."""
        encoded = [entry.ids for entry in self._tokenizer.encode_batch_fast(list(texts))]
        # the last token closes the text and stays, as the model was trained with it
        cut = [
            e if len(e) <= self.max_tokens else [*e[: self.max_tokens - 1], e[-1]] for e in encoded
        ]
        width = max((len(entry) for entry in cut), default=1)
        ids = np.zeros((len(cut), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, entry in enumerate(cut):
            ids[row, : len(entry)] = entry
            mask[row, : len(entry)] = 1
        return ids, mask

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32: the mean of the states of a text's tokens."""
        ids, mask = self._tokens(contents)
        known = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        feeds = {name: value for name, value in known.items() if name in self._inputs}
        states = self._session.run(None, feeds)[0]
        weights = mask[:, None, :].astype(np.float32)
        pooled = np.matmul(weights, states)[:, 0, :]
        return np.asarray(pooled / weights.sum(axis=2), dtype=np.float32)
