"""Pictures through a network in ONNX form: decoded, scaled, and embedded batch by batch.

A thread decodes a picture and runs the network on it while others do the same with theirs, so
decoding goes on beside the network and no more pictures are in memory than there are threads.
Pictures go through the network one by one: on one thread that is as fast as in batches (measured),
and no vector can depend on the pictures beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray
from shoal.embedders.base import BatchPlan, ModelInfo, checked, even_plan
from shoal.errors import BadInput
from shoal.pictures import Picture, Unreadable, decode

BATCH_ROWS = 8


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a network expects of a picture.

    Parameters
    ----------
    side : of the square, pixels
    mean, std : of the three colours on the scale of 0 to 255: taken off, then divided by
    """

    side: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __str__(self) -> str:
        return f"{self.side}:{self.mean}:{self.std}"

    def square(self, picture: Picture) -> Any:
        """A picture as a square image, scaled without regard to its shape: nothing is cut off.

        Raises
        ------
        BadInput : if it could be read before and now cannot
        """
        from PIL import Image

        try:
            image = decode(picture.source, self.side)
        except Unreadable as error:
            where = "a picture in memory" if isinstance(picture.source, bytes) else picture.source
            raise BadInput(
                f"{where} could be read when the run began, and now cannot: {error}. "
                "Give the command again."
            ) from error
        return image.resize((self.side, self.side), Image.Resampling.BICUBIC)

    def pixels(self, picture: Picture) -> FloatArray:
        """What the network reads, (1, 3, side, side) float32."""
        mean, std = (np.array(v, dtype=np.float32) for v in (self.mean, self.std))
        scaled = (np.asarray(self.square(picture)) - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class OnnxImages:
    """Embed pictures with a network in ONNX form.

    Parameters
    ----------
    session : takes (batch, 3, side, side) float32 and gives (batch, n_dims)
    preparation : what the network expects
    info : which model it is, the preparation not counted
    """

    parallel = True
    modalities = ("image",)

    def __init__(self, session: Any, preparation: Preparation, info: ModelInfo) -> None:
        self.preparation = preparation
        self.info = ModelInfo(
            info.name, f"{info.revision}:{preparation}", info.licence, info.remember
        )
        self._session = session
        self._input = session.get_inputs()[0].name

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of 8 in order."""
        return even_plan(len(contents), BATCH_ROWS)

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Vectors (n, n_dims) float32."""
        side = self.preparation.side
        pixels = map(self.preparation.pixels, contents)
        rows = [self._run(one) for one in pixels] or [self._run(np.zeros((1, 3, side, side)))[:0]]
        return np.concatenate(rows)

    def _run(self, pixels: NDArray[Any]) -> FloatArray:
        out = self._session.run(None, {self._input: pixels.astype(np.float32, copy=False)})[0]
        return checked(np.reshape(out, (len(out), -1)), 1, self.info.name)


def image_session(model: bytes | str) -> Any:
    """An ONNX Runtime session of one thread, with all its rewriting of convolutions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
