"""Models of other libraries, and local model files, by name or path."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data.pictures import Picture, decode_again
from shoal.errors import BadInput
from shoal.parts.embedders.base import (
    BatchPlan,
    ModelInfo,
    Remade,
    check_pinned,
    checked,
    even_plan,
)
from shoal.parts.embedders.bert_graph import session_of
from shoal.parts.embedders.model_folder import POOLINGS, prompt_for_clusters, usage_of
from shoal.parts.embedders.onnx_text import WHOLE, OnnxText, check_limits

ROWS = 256
MODEL_SIDE = 512
"""Pixels of a side that are kept of a picture for a model that scales it by itself."""


def by_length(contents: Sequence[str], size: int) -> BatchPlan:
    """Batches of texts of like length, in a fixed mixed order."""
    lengths = np.array([len(text) for text in contents], dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    even = even_plan(len(contents), size)
    batches = [order[batch] for batch in even.batches]
    mixed = np.random.default_rng(0).permutation(len(batches))
    costs = np.array([float(lengths[batches[i]].sum()) + 1.0 for i in mixed])
    return BatchPlan([batches[i] for i in mixed], costs, even.cut)


def sha256_of(*paths: Path) -> str:
    """Hash of some files, read a part at a time."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]


class OnnxFolder(OnnxText):
    """A sentence encoder in a folder with model.onnx and tokenizer.json.

    Parameters
    ----------
    path : the folder, or an .onnx file with tokenizer.json beside it
    max_tokens : tokens read of each text, 8 to 512; fewer if the folder says so
    batch_tokens : tokens in one batch
    long : "cut" a longer text, or "chunk" it and pool the parts
    pooling : "mean", "cls", "max" or "lasttoken"; as the folder says when empty, else the mean
    prompt : put before each text; when empty, the folder's own for clustering
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if a file is missing, or the model takes other inputs than token numbers
    BrokenRun : if the model is another than the pinned one
    """

    def __init__(
        self,
        path: str,
        *,
        max_tokens: int = 256,
        batch_tokens: int = 1024,
        long: str = "cut",
        pooling: str = "",
        prompt: str = "",
        pinned: str = "",
    ) -> None:
        check_limits(max_tokens, batch_tokens, long)
        if pooling and pooling not in POOLINGS:
            raise BadInput(f"pooling must be one of {', '.join(POOLINGS)}, got {pooling!r}.")
        model, tokenizer = _onnx_files(Path(path))
        usage = usage_of(tokenizer.parent)
        max_tokens = max(min(max_tokens, usage.max_tokens or max_tokens), 8)
        pooling, prompt = pooling or usage.pooling, prompt or usage.prompt
        revision = sha256_of(model, tokenizer)
        if (pooling, prompt) != ("mean", ""):
            revision = f"{revision}:{pooling}:{prompt}"
        check_pinned(pinned, revision, str(model))
        try:
            session = session_of(str(model))
        except Exception as error:  # ONNX Runtime's errors have no public base
            why = str(error).splitlines()[0][:200]
            raise BadInput(f"{model} is not a model that ONNX Runtime can run: {why}.") from error
        names = {entry.name for entry in session.get_inputs()}
        if usage.lacks and WHOLE not in {entry.name for entry in session.get_outputs()}:
            raise BadInput(
                f"the model in {tokenizer.parent} has a {usage.lacks} layer after the pooling, "
                f"which {model.name} does not hold. Use st:PATH with sentence-transformers "
                f"installed, or an ONNX file with an output {WHOLE}."
            )
        unknown = names - {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
        if unknown or "input_ids" not in names:
            raise BadInput(
                f"{model} takes the inputs {', '.join(sorted(names))}; a sentence encoder "
                "takes input_ids, and perhaps attention_mask and token_type_ids. For image "
                "models use onnx-image:PATH."
            )
        name = model.parent.name if model.name == "model.onnx" else model.stem
        info = ModelInfo(name, revision, "of your file")
        super().__init__(
            session,
            tokenizer,
            info,
            max_tokens=max_tokens,
            batch_tokens=batch_tokens,
            long=long,
            pooling=pooling,
            prompt=prompt,
        )
        self.pooling = pooling


def _onnx_files(path: Path) -> tuple[Path, Path]:
    places = [path] if path.suffix == ".onnx" else [path / "model.onnx", path / "onnx/model.onnx"]
    model = next((place for place in places if place.is_file()), None)
    if model is None:
        raise BadInput(f"there is no {' or '.join(map(str, places))}. Check the path.")
    for folder in (model.parent, path if path.is_dir() else model.parent):
        if (folder / "tokenizer.json").is_file():
            return model, folder / "tokenizer.json"
    raise BadInput(
        f"there is no tokenizer.json beside {model}. Copy the model's tokenizer.json there."
    )


class SentenceTransformers(Remade):
    """A model of sentence-transformers, on its own choice of device.

    How many threads torch uses decides the last bits of a vector; shoal's own models do not.

    Parameters
    ----------
    name : hub name, or a folder
    device : such as "cpu" or "cuda"; chosen by the library when empty
    batch_rows : texts in one batch of the model
    prompt : put before each text; when empty, the model's own for clustering, if it has one
    trust_remote_code : run code that comes with the model
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if the model cannot be loaded
    BrokenRun : if the model is another than the pinned one
    """

    parallel = False
    modalities = ("text", "image")
    cheap = True

    def __init__(
        self,
        name: str,
        *,
        device: str = "",
        batch_rows: int = 32,
        prompt: str = "",
        trust_remote_code: bool = False,
        pinned: str = "",
    ) -> None:
        files = revision_of_folder(Path(name))
        # code may lie in a folder; and where there is none any more, a hub's model of that name
        # would be somebody else's
        if files or not (commit_of(pinned) or pinned.startswith(f"st:{name}:")):
            check_pinned(pinned, f"st:{files or name}", name)
        from sentence_transformers import SentenceTransformer

        self.name, self.device, self.prompt = name, device, prompt
        self.batch_rows, self.trust_remote_code = batch_rows, trust_remote_code
        try:
            self._model: Any = SentenceTransformer(
                name,
                device=device or None,
                trust_remote_code=trust_remote_code,
                **commit_of(pinned),
            )
        except Exception as error:  # the hub, the disk and torch each have their own
            raise BadInput(f"the model {name!r} cannot be loaded: {error}") from error
        self._said = prompt or prompt_for_clusters(getattr(self._model, "prompts", None))
        # modules of sentence-transformers differ in what they say of themselves
        revision = files or commit_in(getattr(self._model[0], "auto_model", None))
        limit = getattr(self._model, "max_seq_length", None)
        self.info = ModelInfo(
            Path(name).name,
            f"st:{revision or name}:{limit}:{self._said}",
            "of the model",
            remember="shared" if revision else "run",
        )

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of texts of like length, of pictures in order."""
        if len(contents) and not isinstance(contents[0], str):
            return even_plan(len(contents), ROWS)
        return by_length(contents, ROWS)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32."""
        n = len(contents)
        vectors = self._model.encode(
            [_shown(content) for content in contents] or ["a"],
            batch_size=self.batch_rows,
            prompt=self._said or None,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return checked(vectors, max(n, 1), self.info.name)[:n]


def _shown(content: str | Picture) -> Any:
    """Return a text unchanged, or decode a picture for a vision model."""
    return content if isinstance(content, str) else decode_again(content, MODEL_SIDE)


def revision_of_folder(folder: Path) -> str | None:
    """Hash of the files of a model's folder; None where it is none, but a hub's name."""
    if not folder.is_dir():
        return None
    return sha256_of(*sorted(path for path in folder.rglob("*") if path.is_file()))


def commit_of(pinned: str) -> dict[str, str]:
    """The argument that has a hub give the commit of a pinned revision and no other."""
    found = re.match(r"\w+:([0-9a-f]{40})(:|$)", pinned)
    return {"revision": found[1]} if found else {}


def commit_in(model: Any) -> str | None:
    """The hub's commit of a model of transformers, None where it does not say."""
    try:
        commit = model.config._commit_hash
    except AttributeError:
        return None
    return str(commit) if commit else None


class Model2Vec(Remade):
    """Static word vectors of model2vec.

    Parameters
    ----------
    name : hub name, or a folder
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if the model cannot be loaded
    BrokenRun : if the model is another than the pinned one
    """

    parallel = True
    cheap = True

    def __init__(self, name: str, *, pinned: str = "") -> None:
        files = revision_of_folder(Path(name))
        if files:
            check_pinned(pinned, f"model2vec:{files}", name)
        from model2vec import StaticModel

        self.name = name
        try:
            self._model: Any = StaticModel.from_pretrained(name, force_download=False)
        except Exception as error:  # the hub and the disk each have their own
            raise BadInput(f"the model {name!r} cannot be loaded: {error}") from error
        revision = files or self._weights()
        self.info = ModelInfo(
            Path(name).name, f"model2vec:{revision}", "of the model", remember="no"
        )

    def _weights(self) -> str:
        """Hash of what decides a vector."""
        config = json.dumps(dict(self._model.config), sort_keys=True, default=str)
        digest = hashlib.sha256(np.ascontiguousarray(self._model.embedding).tobytes())
        digest.update(config.encode())
        return digest.hexdigest()[:32]

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 1,024 in order."""
        return even_plan(len(contents), 1024)

    def transform(self, contents: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32."""
        n = len(contents)
        vectors = self._model.encode(list(contents) or ["a"], use_multiprocessing=False)
        return checked(vectors, max(n, 1), self.info.name)[:n]
