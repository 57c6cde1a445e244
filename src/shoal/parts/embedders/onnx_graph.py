"""Read weights from ONNX files and write small ONNX graphs, by protobuf itself.

ONNX Runtime brings protobuf but not the package ``onnx`` (31 MB), of which we need eight message
types. They are declared here by the field numbers of the ONNX standard (onnx.proto, IR version 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from shoal.numerics.arrays import AnyArray

MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Opset": {"domain": (1, "string"), "version": (2, "int64")},
    "Tensor": {
        "dims": (1, "int64*"),
        "data_type": (2, "int32"),
        "float_data": (4, "float*"),
        "name": (8, "string"),
        "raw_data": (9, "bytes"),
    },
    "Attribute": {
        "name": (1, "string"),
        "f": (2, "float"),
        "i": (3, "int64"),
        "t": (5, "Tensor"),
        "ints": (8, "int64*"),
        "type": (20, "int32"),
    },
    "Node": {
        "input": (1, "string*"),
        "output": (2, "string*"),
        "op_type": (4, "string"),
        "attribute": (5, "Attribute*"),
        "domain": (7, "string"),
    },
    "Dimension": {"dim_param": (2, "string")},
    "Shape": {"dim": (1, "Dimension*")},
    "TensorType": {"elem_type": (1, "int32"), "shape": (2, "Shape")},
    "Type": {"tensor_type": (1, "TensorType")},
    "Value": {"name": (1, "string"), "type": (2, "Type")},
    "Graph": {
        "node": (1, "Node*"),
        "name": (2, "string"),
        "initializer": (5, "Tensor*"),
        "input": (11, "Value*"),
        "output": (12, "Value*"),
    },
    "Model": {"ir_version": (1, "int64"), "graph": (7, "Graph"), "opset_import": (8, "Opset*")},
}
"""Message -> field -> (its number, its kind; a star for repeated ones)."""
SCALARS = {"float": 2, "int64": 3, "int32": 5, "string": 9, "bytes": 12}
"""Numbers of the kinds in descriptor.proto."""
DTYPES: dict[int, Any] = {
    1: np.dtype("<f4"),
    2: np.dtype("u1"),
    3: np.dtype("i1"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
}
NUMBERS = {dtype: number for number, dtype in DTYPES.items()}
FLOAT, INT, TENSOR, INTS = 1, 2, 4, 7
MICROSOFT = "com.microsoft"


@cache
def _pool() -> Any:
    """The message types, in a pool of our own: the package onnx may be imported too."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(
        name="shoal_onnx.proto", package="shoal_onnx", syntax="proto2"
    )
    for kind, fields in MESSAGES.items():
        entry = file.message_type.add(name=kind)
        for field, (number, info) in fields.items():
            plain = info.rstrip("*")
            made = entry.field.add(name=field, number=number, label=3 if "*" in info else 1)
            if plain in SCALARS:
                made.type = SCALARS[plain]
            else:
                made.type, made.type_name = 11, f".shoal_onnx.{plain}"
    pool.Add(file)
    return pool


@cache
def message(name: str) -> Any:
    """The class of a message."""
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"shoal_onnx.{name}"))


def read_model(path: Path) -> Any:
    """The model in a file."""
    return message("Model").FromString(path.read_bytes())


def array_of(tensor: Any) -> AnyArray:
    """The numbers of a tensor message."""
    if tensor.raw_data:
        flat = np.frombuffer(tensor.raw_data, dtype=DTYPES[tensor.data_type])
    else:
        flat = np.array(tensor.float_data, dtype=np.float32)
    return flat.reshape(tuple(tensor.dims))


class GraphBuilder:
    """Writes a graph node by node.

    Parameters
    ----------
    opset : version of the standard operators
    """

    def __init__(self, opset: int = 17) -> None:
        self._model = message("Model")(ir_version=9)
        self._model.opset_import.add(domain="", version=opset)
        self._model.opset_import.add(domain=MICROSOFT, version=1)
        self._graph = self._model.graph
        self._graph.name = "shoal"
        self._count = 0

    def _name(self) -> str:
        self._count += 1
        return f"v{self._count}"

    def _tensor(self, array: AnyArray, name: str) -> Any:
        array = np.ascontiguousarray(array) if array.ndim else array
        return message("Tensor")(
            dims=array.shape,
            data_type=NUMBERS[array.dtype],
            name=name,
            raw_data=array.tobytes(),
        )

    def constant(self, value: Any, dtype: Any = None) -> str:
        """A name for an array, kept in the graph."""
        name = self._name()
        self._graph.initializer.append(self._tensor(np.asarray(value, dtype=dtype), name))
        return name

    def add(
        self,
        op: str,
        inputs: Sequence[str],
        n_outputs: int = 1,
        domain: str = "",
        **attributes: Any,
    ) -> Any:
        """Append a node; returns the name of its output, or a list of several."""
        outputs = [self._name() for _ in range(n_outputs)]
        node = self._graph.node.add(input=inputs, output=outputs, op_type=op, domain=domain)
        for key, value in attributes.items():
            if isinstance(value, np.ndarray):
                node.attribute.add(name=key, type=TENSOR, t=self._tensor(value, ""))
            elif isinstance(value, list):
                node.attribute.add(name=key, type=INTS, ints=value)
            elif isinstance(value, float):
                node.attribute.add(name=key, type=FLOAT, f=value)
            else:
                node.attribute.add(name=key, type=INT, i=value)
        return outputs[0] if n_outputs == 1 else outputs

    def value(self, name: str, dtype: Any, axes: Sequence[str], *, output: bool = False) -> None:
        """Declare an input or an output of the graph with named axes."""
        entry = (self._graph.output if output else self._graph.input).add(name=name)
        entry.type.tensor_type.elem_type = NUMBERS[np.dtype(dtype)]
        for axis in axes:
            entry.type.tensor_type.shape.dim.add(dim_param=axis)

    def rename(self, name: str, new: str) -> None:
        """Give a result a name that the caller of the graph knows."""
        self._graph.node.add(input=[name], output=[new], op_type="Identity")

    def to_bytes(self) -> bytes:
        """The model as a file would hold it."""
        return bytes(self._model.SerializeToString())
