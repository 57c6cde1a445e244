"""A BERT sentence encoder as one fused graph of 8-bit integer products, made from its weights.

Every row of activations has a scale of its own, so a token's numbers depend on its text alone:
with batches of texts of one length (no padding), a text has the same bits in any batch. Weights
have a scale per column and 7 bits, activations 8: a pair of products then fits the 16-bit sums of
processors without 8-bit dot products, which would otherwise saturate unnoticed.

Rows are padded nowhere and nothing is masked, which is why the graph takes token numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import AnyArray, NamedArrays
from shoal.parts.embedders.onnx_graph import DTYPES, MICROSOFT, GraphBuilder, array_of, read_model

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Weights = Mapping[str, AnyArray]
WEIGHT_LEVELS = 64.0
GELU_FLOOR = 0.17
"""No GELU is below -0.17: moved up by that, all of its outputs are positive and use 8 bits."""
EPSILON = 1e-12
WORDS = "embeddings.word_embeddings.weight"


def read_weights(path: Path) -> NamedArrays:
    """Weights by the names of Hugging Face's BertModel, from an export whose matrices lost theirs.

    A matrix is known by the bias that is added to its product; matrices are (inputs, outputs).

    Parameters
    ----------
    path : ONNX file; its matrices may be held as ``Cast(8 bits) * scale``

    Returns
    -------
    name -> float32 array; the word vectors may be in 8 bits as `levels` and `scales`
    """
    graph = read_model(path).graph
    held = {t.name: array_of(t) for t in graph.initializer if t.data_type in DTYPES}
    for node in graph.node:  # sorted, so that inputs come first
        if all(name in held for name in node.input):
            values = [held[name] for name in node.input]
            if node.op_type == "Cast":
                held[node.output[0]] = values[0]  # to numbers with a point by the next product
            elif node.op_type == "Mul" and _plain(node.output[0]) == WORDS:
                held[f"{WORDS}.levels"], held[f"{WORDS}.scales"] = values
            elif node.op_type == "Mul":
                held[node.output[0]] = np.multiply(*values, dtype=np.float32)
    products = {
        node.output[0]: held[node.input[1]]
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in held
    }
    out = {_plain(name): array for name, array in held.items()}
    for node in graph.node:
        for one, other in (node.input, node.input[::-1]) if node.op_type == "Add" else ():
            if one in products and other.endswith(".bias"):
                out[f"{_plain(other).removesuffix('.bias')}.weight"] = products[one]
    return out


def _plain(name: str) -> str:
    """A name without what an exporter put before it."""
    for start in ("embeddings.", "encoder."):
        place = name.find(start)
        if place >= 0:
            return name[place:]
    return name


@dataclass(frozen=True, slots=True)
class Bert:
    """The shape of a model.

    Parameters
    ----------
    n_layers, n_heads, n_dims : of the encoder
    """

    n_layers: int
    n_heads: int
    n_dims: int


def build_graph(weights: Weights, shape: Bert) -> bytes:
    """An ONNX model: input_ids (batch, tokens) int64 -> vectors (batch, n_dims) float32.

    Parameters
    ----------
    weights : by the names of Hugging Face's BertModel, matrices as (inputs, outputs)
    shape : of the model
    """
    graph = _Writer(weights, shape)
    states = graph.embeddings()
    for layer in range(shape.n_layers):
        states = graph.layer(states, f"encoder.layer.{layer}.")
    return graph.finish(states)


def _levels(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix in whole numbers from -64 to 64, and the scale of each column."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / WEIGHT_LEVELS
    return np.rint(matrix / scale).astype(np.int8), scale.astype(np.float32)


class _Writer:
    """Writes the parts of one encoder; states are (batch * tokens, n_dims) throughout."""

    def __init__(self, weights: Weights, shape: Bert) -> None:
        self.weights, self.shape, self.graph = weights, shape, GraphBuilder()
        self.graph.value("input_ids", np.int64, ("batch", "tokens"))
        g = self.graph
        self.sizes = g.add("Shape", ["input_ids"])
        self.width = g.add("Shape", ["input_ids"], start=1, end=2)
        self.flat = g.constant([-1, shape.n_dims], np.int64)
        dims = g.constant([shape.n_dims], np.int64)
        self.whole = g.add("Concat", [self.sizes, dims], axis=0)
        self.one = g.constant(1.0, np.float32)
        self.column = g.constant([1], np.int64)

    def embeddings(self) -> str:
        """Sum of the token's, its place's and the first segment's vectors, normalized."""
        g, w = self.graph, self.weights
        if f"{WORDS}.levels" in w:
            levels, scale = w[f"{WORDS}.levels"], w[f"{WORDS}.scales"]
        else:  # held in 8 bits with a scale a row: a quarter of the memory
            scale = np.maximum(np.abs(w[WORDS]).max(axis=1, keepdims=True), 1e-9) / 127.0
            levels = np.rint(w[WORDS] / scale).astype(np.int8)
        rows = g.add("Cast", [g.add("Gather", [g.constant(levels), "input_ids"])], to=1)
        scales = g.add("Gather", [g.constant(scale, np.float32), "input_ids"])
        places = (
            w["embeddings.position_embeddings.weight"]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        zero = g.constant([0], np.int64)
        here = g.add("Slice", [g.constant(places), zero, self.width, zero])
        total = g.add("Add", [g.add("Mul", [rows, scales]), here])
        states: str = g.add("Reshape", [self._normal(total, "embeddings.LayerNorm"), self.flat])
        return states

    def _normal(self, states: str, name: str) -> str:
        g, w = self.graph, self.weights
        gain, bias = g.constant(w[f"{name}.weight"]), g.constant(w[f"{name}.bias"])
        out: str = g.add("LayerNormalization", [states, gain, bias], axis=-1, epsilon=EPSILON)
        return out

    def levels(self, states: str, *, positive: bool = False) -> tuple[str, str, str]:
        """States in whole numbers, the scale of each row, and the number that stands for zero."""
        g = self.graph
        largest = g.add("ReduceMax", [states], axes=[-1], keepdims=0)
        if not positive:
            lowest = g.add("ReduceMin", [states], axes=[-1], keepdims=0)
            largest = g.add("Max", [largest, g.add("Neg", [lowest])])
        step = g.add("Mul", [largest, g.constant(1 / (255 if positive else 127), np.float32)])
        centre = np.array([0 if positive else 128], dtype=np.uint8)
        zeros = g.add("ConstantOfShape", [g.add("Shape", [step])], value=centre)
        whole = g.add("QuantizeLinear", [states, step, zeros], axis=0)
        return whole, g.add("Unsqueeze", [step, self.column]), g.constant(centre[0])

    def product(self, states: tuple[str, str, str], matrix: NDArray[np.float32]) -> str:
        """States times a matrix in integers; the bias is left to what comes after."""
        g = self.graph
        whole, step, centre = states
        levels, scale = _levels(matrix)
        inputs = [whole, g.constant(levels), self.one, g.constant(scale), centre]
        out = g.add("MatMulIntegerToFloat", inputs, domain=MICROSOFT)
        scaled: str = g.add("Mul", [out, step])
        return scaled

    def _join(self, states: str, change: str, bias: NDArray[np.float32], name: str) -> str:
        g = self.graph
        total = g.add("Add", [g.add("Add", [states, change]), g.constant(bias)])
        return self._normal(total, name)

    def layer(self, states: str, name: str) -> str:
        """One layer: attention, then the two dense products."""
        g = self.graph

        def w(key: str) -> NDArray[np.float32]:
            return self.weights[name + key]

        parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
        bias = np.concatenate([w(f"{part}.bias") for part in parts])
        whole = self.levels(states)
        asked = [self.product(whole, w(f"{part}.weight")) for part in parts]  # to split is slower
        seen = g.add(
            "MultiHeadAttention",
            [*(g.add("Reshape", [part, self.whole]) for part in asked), g.constant(bias)],
            domain=MICROSOFT,
            num_heads=self.shape.n_heads,
        )
        seen = self.levels(g.add("Reshape", [seen, self.flat]))
        seen = self.product(seen, w("attention.output.dense.weight"))
        states = self._join(
            states, seen, w("attention.output.dense.bias"), f"{name}attention.output.LayerNorm"
        )
        wide = self.product(self.levels(states), w("intermediate.dense.weight"))
        wide = g.add("BiasGelu", [wide, g.constant(w("intermediate.dense.bias"))], domain=MICROSOFT)
        wide = g.add("Add", [wide, g.constant(GELU_FLOOR, np.float32)])
        back = w("output.dense.weight")
        levels, scale = _levels(back)
        moved = GELU_FLOOR * scale * levels.sum(axis=0, dtype=np.float32)
        bias = np.asarray(w("output.dense.bias") - moved, dtype=np.float32)
        change = self.product(self.levels(wide, positive=True), back)
        return self._join(states, change, bias, f"{name}output.LayerNorm")

    def finish(self, states: str) -> bytes:
        """The mean over the tokens, as a product: its bits don't depend on the batch's size."""
        g = self.graph
        share = g.add("Div", [self.one, g.add("Cast", [self.width], to=1)])
        ones = g.add("Concat", [g.constant([1, 1], np.int64), self.width], axis=0)
        weights = g.add("Expand", [share, ones])
        mean = g.add("MatMul", [weights, g.add("Reshape", [states, self.whole])])
        g.rename(g.add("Reshape", [mean, self.flat]), "vectors")
        g.value("vectors", np.float32, ("batch", "n_dims"), output=True)
        return g.to_bytes()


def session_of(model: bytes | str) -> InferenceSession:
    """An ONNX Runtime session of one thread, and with no rewriting that undoes the layout."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if isinstance(model, bytes):
        # it would join Add and LayerNormalization into an operator that is nine times slower
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
