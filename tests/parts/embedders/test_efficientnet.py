import io
import pickle
import struct
from collections import OrderedDict

import numpy as np
import pytest

from shoal.data.pictures import read_picture
from shoal.errors import BadInput, MissingExtra
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.efficientnet import MODELS, build_graph
from shoal.parts.embedders.minilm import bundled
from shoal.parts.embedders.onnx_images import image_session
from shoal.parts.embedders.torch_weights import MAGIC, PROTOCOL, read_torch_weights
from tests.making_pictures import saved, smooth, tinted


class _Named:
    """Pickles as a name of another module, as the classes of PyTorch do."""

    def __init__(self, module, name, arguments=None):
        self.module, self.name, self.arguments = module, name, arguments


class _Writer(pickle._Pickler):
    """Writes names of modules that need not be there."""

    def persistent_id(self, told):
        return told.told if isinstance(told, _Storage) else None

    def save(self, told, **options):
        if isinstance(told, _Named):
            self.write(pickle.GLOBAL + f"{told.module}\n{told.name}\n".encode())
            if told.arguments is not None:
                self.save(told.arguments)
                self.write(pickle.REDUCE)
            return
        super().save(told, **options)


class _Storage:
    def __init__(self, key, n):
        self.told = ("storage", _Named("torch", "FloatStorage"), key, "cpu", n, None)


def weights_file(path, state, numbers=()):
    """A file of weights in the older format of PyTorch."""
    out = io.BytesIO()
    for told in (MAGIC, PROTOCOL, {"little_endian": True}, state, [str(i) for i in range(1)]):
        _Writer(out, 2).dump(told)
    array = np.asarray(numbers, dtype="<f4")
    out.write(struct.pack("<q", len(array)) + array.tobytes())
    path.write_bytes(out.getvalue())
    return path


def tensor(shape, strides, offset=0, n=12):
    arguments = (_Storage("0", n), offset, shape, strides, False, OrderedDict())
    return _Named("torch._utils", "_rebuild_tensor_v2", arguments)


def test_tensors_are_windows_on_their_storage(tmp_path):
    state = OrderedDict(a=tensor((2, 3), (3, 1)), b=tensor((3, 2), (1, 3), 6), c=tensor((), ()))
    found = read_torch_weights(weights_file(tmp_path / "w.pth", state, np.arange(12)))
    np.testing.assert_array_equal(found["a"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["b"], [[6, 9], [7, 10], [8, 11]])
    assert found["c"] == 0


@pytest.mark.parametrize(
    "state",
    [
        {"a": _Named("os", "system", ("touch broken",))},
        {"a": _Named("builtins", "eval", ("1 + 1",))},
        {"a": tensor((5, 5), (5, 1))},
        {"a": tensor((2, 2), (2, 1), offset=-1)},
        {"a": tensor((2, 2), (2, 1), n=99)},
    ],
)
def test_a_file_that_asks_for_more_than_tensors_is_refused(tmp_path, state, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = weights_file(tmp_path / "w.pth", state, np.arange(12))
    with pytest.raises(BadInput, match="not a weights file"):
        read_torch_weights(path)
    assert not (tmp_path / "broken").exists()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", pickle.dumps(1, 2), bytes(50)])
def test_what_is_no_file_of_weights_is_said(tmp_path, data):
    (tmp_path / "w.pth").write_bytes(data)
    with pytest.raises(BadInput, match="not a weights file"):
        read_torch_weights(tmp_path / "w.pth")


def tiny_weights(rng):
    """Weights of a network with a stem, two blocks of one stage and a head."""
    shapes = {
        "_conv_stem": (4, 3, 3, 3),
        "_blocks.0._depthwise_conv": (4, 1, 3, 3),
        "_blocks.0._project_conv": (6, 4, 1, 1),
        "_blocks.1._expand_conv": (12, 6, 1, 1),
        "_blocks.1._depthwise_conv": (12, 1, 3, 3),
        "_blocks.1._project_conv": (6, 12, 1, 1),
        "_conv_head": (10, 6, 1, 1),
    }
    norms = ["_bn0", "_blocks.0._bn1", "_blocks.0._bn2", "_blocks.1._bn0", "_blocks.1._bn1"]
    norms += ["_blocks.1._bn2", "_bn1"]
    out = {}
    for (conv, shape), norm in zip(shapes.items(), norms, strict=True):
        out[f"{conv}.weight"] = rng.normal(0, 0.5, shape).astype(np.float32)
        for name in ("weight", "bias", "running_mean"):
            out[f"{norm}.{name}"] = rng.normal(0.5, 0.3, shape[0]).astype(np.float32)
        out[f"{norm}.running_var"] = rng.uniform(0.5, 2, shape[0]).astype(np.float32)
    return out


def convolved(states, weights, conv, norm, stride=1, capped=True):
    """The same by plain sums, with padding as TensorFlow documents it."""
    kernel, n = weights[f"{conv}.weight"].astype(float), states.shape[1]
    side = kernel.shape[-1]
    out = -(-n // stride)
    total = max((out - 1) * stride + side - n, 0)
    padded = np.pad(states, ((0, 0), *[(total // 2, total - total // 2)] * 2))
    result = np.zeros((len(kernel), out, out))
    for i in range(out):
        for j in range(out):
            part = padded[:, i * stride : i * stride + side, j * stride : j * stride + side]
            if kernel.shape[1] == 1 and len(states) > 1:
                result[:, i, j] = (kernel[:, 0] * part).sum(axis=(1, 2))
            else:
                result[:, i, j] = (kernel * part).sum(axis=(1, 2, 3))
    w = {
        name: weights[f"{norm}.{name}"][:, None, None].astype(float)
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    scaled = (result - w["running_mean"]) / np.sqrt(w["running_var"] + 1e-3)
    scaled = scaled * w["weight"] + w["bias"]
    return np.clip(scaled, 0, 6) if capped else scaled


def test_the_graph_computes_what_the_paper_says():
    rng = np.random.default_rng(0)
    w, pixels = tiny_weights(rng), rng.normal(size=(3, 16, 16))
    states = convolved(pixels, w, "_conv_stem", "_bn0", 2)
    states = convolved(states, w, "_blocks.0._depthwise_conv", "_blocks.0._bn1")
    before = convolved(states, w, "_blocks.0._project_conv", "_blocks.0._bn2", capped=False)
    states = convolved(before, w, "_blocks.1._expand_conv", "_blocks.1._bn0")
    states = convolved(states, w, "_blocks.1._depthwise_conv", "_blocks.1._bn1")
    states = convolved(states, w, "_blocks.1._project_conv", "_blocks.1._bn2", capped=False)
    wanted = convolved(states + before, w, "_conv_head", "_bn1").mean(axis=(1, 2))
    session = image_session(build_graph(w))
    found = session.run(None, {"pixels": pixels[None].astype(np.float32)})[0]
    np.testing.assert_allclose(found[0], wanted, atol=1e-4)


def installed():
    try:
        return bundled(*MODELS["lite0"])
    except MissingExtra as absent:
        pytest.skip(str(absent))


def test_a_vector_depends_on_its_own_picture_bit_by_bit():
    installed()
    part = EMBEDDERS.build("efficientnet", {})
    some = [read_picture(saved(smooth(seed, (60 + seed, 50)))) for seed in range(7)]
    together = part.transform(some)
    assert together.shape == (7, 1280)
    for row, picture in enumerate(some):
        np.testing.assert_array_equal(part.transform([picture])[0], together[row])


def test_the_recogniser_knows_an_orange_from_a_lawn():
    installed()
    from shoal.parts.embedders.recognising import Recogniser

    try:
        part = Recogniser()
    except MissingExtra as absent:
        pytest.skip(str(absent))
    found = part.recognise([saved(tinted("green", 1)), saved(tinted("red", 2))])
    assert found.shape == (2, len(part.names)) == (2, 1000)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert part.names[0] == "tench"


def test_a_network_in_a_file_takes_its_size_from_the_model(tmp_path):
    path = tmp_path / "own.onnx"
    path.write_bytes(build_graph(tiny_weights(np.random.default_rng(1))))
    part = EMBEDDERS.build(f"onnx-image:{path}", {"side": 32, "scale": "half"})
    found = part.transform([read_picture(saved(smooth()))])
    assert found.shape == (1, 10)
    assert part.info.name == "own"
    other = EMBEDDERS.build(f"onnx-image:{path}", {"side": 32, "scale": "unit"})
    assert part.info.revision != other.info.revision


def test_a_file_that_is_no_network_for_pictures_is_said(tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(BadInput, match="not a model that ONNX Runtime can run"):
        EMBEDDERS.build(f"onnx-image:{tmp_path / 'bad.onnx'}", {})
    with pytest.raises(BadInput, match="there is no file"):
        EMBEDDERS.build(f"onnx-image:{tmp_path / 'gone.onnx'}", {})
