"""Pictures through a network in ONNX form: decoded, scaled, and embedded batch by batch.

A thread decodes a picture and runs the network on it while others do the same with theirs, so
decoding goes on beside the network and no more pictures are in memory than there are threads.
Pictures go through the network one by one: on one thread that is as fast as in batches (measured),
and no vector can depend on the pictures beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray
from shoal.data.pictures import Picture, decode_again
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray
from shoal.parts.embedders.base import (
    BatchPlan,
    ModelInfo,
    Remade,
    check_pinned,
    checked,
    even_plan,
)
from shoal.parts.embedders.sentence_models import sha256_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BATCH_ROWS = 8
Triple = tuple[float, float, float]
SCALES: dict[str, tuple[Triple, Triple]] = {
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "clip": ((122.7709, 116.7460, 104.0937), (68.5005, 66.6322, 70.3231)),
    "half": ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "unit": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
}
"""Mean and deviation of the three colours by which models are trained, of 0 to 255."""
USUAL_SIDE = 224


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a network expects of a picture.

    Parameters
    ----------
    side : of the square, pixels
    mean, std : of the three colours on the scale of 0 to 255: taken off, then divided by
    """

    side: int
    mean: Triple
    std: Triple

    def __str__(self) -> str:
        return f"{self.side}:{self.mean}:{self.std}"

    def square(self, picture: Picture) -> Any:
        """A picture as a square image, scaled without regard to its shape: nothing is cut off."""
        from PIL import Image

        image = decode_again(picture, self.side)
        return image.resize((self.side, self.side), Image.Resampling.BICUBIC)

    def pixels(self, picture: Picture) -> FloatArray:
        """What the network reads, (1, 3, side, side) float32."""
        mean, std = (np.array(v, dtype=np.float32) for v in (self.mean, self.std))
        scaled = (np.asarray(self.square(picture)) - mean) / std
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None])


class OnnxImages(Remade):
    """Embed pictures with a network in ONNX form.

    Parameters
    ----------
    session : takes (batch, 3, side, side) float32 and gives (batch, n_dims)
    preparation : what the network expects
    info : which model it is, the preparation not counted
    """

    parallel = True
    modalities = ("image",)

    def __init__(
        self, session: InferenceSession, preparation: Preparation, info: ModelInfo
    ) -> None:
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

    def _run(self, pixels: AnyArray) -> FloatArray:
        out = self._session.run(None, {self._input: pixels.astype(np.float32, copy=False)})[0]
        return checked(np.reshape(out, (len(out), -1)), 1, self.info.name)


class OnnxImageFile(OnnxImages):
    """A network for pictures in an .onnx file: one input (n, 3, side, side) of float32.

    Parameters
    ----------
    path : the file
    side : of the square that a picture is scaled to; what the model says, or 224, when 0
    scale : of the colours: "imagenet" or "clip" as those were trained, "half" for -1 to 1, "unit"
        for 0 to 1
    pinned : revision that the model must have, any when empty

    Raises
    ------
    BadInput : if it is no such model
    BrokenRun : if the model is another than the pinned one
    """

    words = {"scale": tuple(SCALES)}  # noqa: RUF012 - read by the recipe, never written

    def __init__(
        self, path: str, *, side: int = 0, scale: str = "imagenet", pinned: str = ""
    ) -> None:
        file = Path(path)
        if not file.is_file():
            raise BadInput(f"there is no file {path!r}. Check the path.")
        revision = sha256_of(file)
        check_pinned(pinned, revision, path)
        try:
            session = image_session(str(file))
        except Exception as error:  # ONNX Runtime's errors have no public base
            why = str(error).splitlines()[0][:200]
            raise BadInput(f"{path} is not a model that ONNX Runtime can run: {why}.") from error
        shape = session.get_inputs()[0].shape
        # an axis without a fixed size has a name, or none
        colours = len(shape) == 4 and not (isinstance(shape[1], int) and shape[1] != 3)
        if len(session.get_inputs()) != 1 or not colours:
            raise BadInput(
                f"{path} takes {len(session.get_inputs())} inputs, the first of shape "
                f"{shape}; an image model takes one of (n, 3, side, side). For sentence "
                "encoders use onnx:."
            )
        own = shape[-1] if isinstance(shape[-1], int) else USUAL_SIDE
        info = ModelInfo(file.stem, revision, "of your file")
        super().__init__(session, Preparation(side or own, *SCALES[scale]), info)


def image_session(model: bytes | str) -> InferenceSession:
    """An ONNX Runtime session of one thread, with all its rewriting of convolutions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
