"""Pictures through models of PyTorch: of timm, CLIP and ResNet, by hub name or folder.

How many threads torch uses decides the last bits of a vector; shoal's own models do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray
from shoal.errors import BadInput
from shoal.numerics.blocks import ordered_map
from shoal.parts.embedders.base import (
    BatchPlan,
    ModelInfo,
    Remade,
    check_pinned,
    checked,
    even_plan,
)
from shoal.parts.embedders.onnx_images import SCALES, Preparation, Triple
from shoal.parts.embedders.sentence_models import commit_in, commit_of, revision_of_folder

ROWS = 64
LOCAL = "local-dir:"
"""Before the name of a folder, as timm has it."""


class TorchImages(Remade):
    """Embed pictures with a network of PyTorch; decoding runs on all threads, then the network.

    Parameters
    ----------
    network : takes (n, 3, side, side) and gives (n, n_dims), both tensors
    preparation : what the network expects
    info : which model it is, the preparation not counted
    """

    parallel = False
    modalities: tuple[str, ...] = ("image",)

    def __init__(self, network: Any, preparation: Preparation, info: ModelInfo) -> None:
        self.preparation = preparation
        self.info = ModelInfo(
            info.name, f"{info.revision}:{preparation}", info.licence, info.remember
        )
        self._network = network

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of 64 in order."""
        return even_plan(len(contents), ROWS)

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32."""
        side = self.preparation.side
        pixels = list(ordered_map(self.preparation.pixels, contents))
        rows = np.concatenate(pixels or [np.zeros((1, 3, side, side), dtype=np.float32)])
        return checked(self._run(rows), len(rows), self.info.name)[: len(contents)]

    def _run(self, pixels: FloatArray) -> Any:
        import torch

        with torch.inference_mode():
            return self._network(torch.from_numpy(pixels)).numpy()


def _loaded(name: str, load: Any) -> Any:
    """What a function loads; a hub, a disk and torch each have their own errors."""
    try:
        return load()
    except Exception as error:
        why = " ".join(str(error).split())[:300]
        raise BadInput(f"the model {name!r} cannot be loaded: {why}") from error


def weights_hash(model: Any) -> str:
    """Hash of all weights of a model of PyTorch: the same ones give the same vectors."""
    digest = hashlib.sha256()
    for key, tensor in model.state_dict().items():
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


class Timm(TorchImages):
    """A model of timm: its features before the classes.

    Parameters
    ----------
    name : such as "vit_small_patch14_dinov2.lvd142m"; with "hf-hub:" or "local-dir:" before it, a
        name of the hub or a folder
    side : of the square that a picture is scaled to; the model's own when 0
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if the model cannot be loaded
    BrokenRun : if the model is another than the pinned one
    """

    def __init__(self, name: str, *, side: int = 0, pinned: str = "") -> None:
        folder = name.removeprefix(LOCAL)
        files = revision_of_folder(Path(folder)) if folder != name else None
        if files:
            check_pinned(pinned, f"timm:{files}", name)
        import timm

        model = _loaded(
            name, lambda: timm.create_model(name, pretrained=True, num_classes=0).eval()
        )
        details = model.pretrained_cfg
        preparation = Preparation(
            side or int(details["input_size"][-1]),
            _of_255(details["mean"]),
            _of_255(details["std"]),
        )
        info = ModelInfo(Path(name).name, f"timm:{files or weights_hash(model)}", "of the model")
        super().__init__(model, preparation, info)


def _of_255(values: Sequence[float]) -> Triple:
    red, green, blue = (255 * float(value) for value in values)
    return red, green, blue


class ResNet50(Timm):
    """ResNet-50 of timm, 2048 dimensions.

    Parameters
    ----------
    side : of the square that a picture is scaled to; the model's own when 0

    Raises
    ------
    BadInput : if the model cannot be loaded
    """

    def __init__(self, *, side: int = 0, pinned: str = "") -> None:
        super().__init__("resnet50", side=side, pinned=pinned)


class Clip(TorchImages):
    """A CLIP model: pictures, or texts, by the words that go with them.

    Parameters
    ----------
    name : hub name, such as "openai/clip-vit-base-patch32", or a folder
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if the model cannot be loaded
    BrokenRun : if the model is another than the pinned one
    """

    modalities = ("image", "text")
    cheap = True

    def __init__(self, name: str, *, pinned: str = "") -> None:
        files = revision_of_folder(Path(name))
        if files:
            check_pinned(pinned, f"clip:{files}", name)
        from transformers import AutoTokenizer, CLIPModel

        commit = commit_of(pinned)
        model = _loaded(name, lambda: CLIPModel.from_pretrained(name, **commit).eval())
        self._model: Any = model
        self._words: Any = _loaded(name, lambda: AutoTokenizer.from_pretrained(name, **commit))
        revision = files or commit_in(model) or weights_hash(model)
        side = int(model.config.vision_config.image_size)
        super().__init__(
            lambda pixels: _pooled(model.get_image_features(pixel_values=pixels)),
            Preparation(side, *SCALES["clip"]),
            ModelInfo(Path(name).name, f"clip:{revision}", "of the model"),
        )

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32."""
        if not len(contents) or not isinstance(contents[0], str):
            return super().transform(contents)
        import torch

        with torch.inference_mode():
            tokens = self._words(list(contents), padding=True, truncation=True, return_tensors="pt")
            vectors = _pooled(self._model.get_text_features(**tokens)).numpy()
        return checked(vectors, len(contents), self.info.name)


def _pooled(found: Any) -> Any:
    """The vectors themselves: newer versions of transformers wrap them."""
    # releases before 5 return the tensor itself
    return getattr(found, "pooler_output", found)
