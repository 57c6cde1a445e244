"""Models by path or name: a small one made here, and stand-ins for libraries that are absent."""

import importlib.util
import json

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from shoal.errors import BadInput, MissingExtra, UnknownPart
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.onnx_graph import GraphBuilder

WORDS = ["[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "apple", "car"]
TABLE = np.random.default_rng(0).normal(size=(len(WORDS), 5)).astype(np.float32)


def save_model(folder, *, states=True, inputs=("input_ids",)):
    """A model that looks words up, and its tokenizer."""
    folder.mkdir(exist_ok=True)
    graph = GraphBuilder()
    for name in inputs:
        graph.value(name, np.int64, ("batch", "tokens"))
    found = graph.add("Gather", [graph.constant(TABLE), inputs[0]])
    if not states:
        found = graph.add("ReduceMax", [found], axes=[1], keepdims=0)
    graph.rename(found, "out")
    graph.value("out", np.float32, ("a", "b", "c") if states else ("a", "b"), output=True)
    (folder / "model.onnx").write_bytes(graph.to_bytes())
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def test_a_folder_with_a_model_embeds_as_the_model_says(tmp_path):
    part = EMBEDDERS.build(f"onnx:{save_model(tmp_path / 'mine')}", {"max_tokens": 8})
    vectors = part.transform(["red apple", "car", "red apple blue car green red blue apple"])
    np.testing.assert_allclose(vectors[0], TABLE[[1, 3, 6, 2]].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(vectors[2], TABLE[[1, 3, 6, 5, 7, 4, 3, 2]].mean(axis=0), rtol=1e-5)
    assert part.info.name == "mine"
    file = EMBEDDERS.build(f"onnx:{tmp_path / 'mine' / 'model.onnx'}", {"max_tokens": 8})
    assert file.info.revision == part.info.revision


def test_a_model_with_one_vector_a_text_needs_no_pooling(tmp_path):
    part = EMBEDDERS.build(f"onnx:{save_model(tmp_path / 'm', states=False)}", {})
    np.testing.assert_allclose(
        part.transform(["red car"])[0], TABLE[[1, 3, 7, 2]].max(axis=0), rtol=1e-6
    )


def say(folder, name, content):
    """Write one of the files that sentence-transformers puts beside a model."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content))


TOKENS = TABLE[[1, 3, 7, 2]]
"""Of "red car"."""


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, TOKENS[0]),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, TOKENS.mean(axis=0)),
        ({"pooling_mode_max_tokens": True}, TOKENS.max(axis=0)),
        ({"pooling_mode_lasttoken": True}, TOKENS[-1]),
        ({"pooling_mode": "cls"}, TOKENS[0]),
    ],
)
def test_tokens_are_pooled_as_the_folder_says(tmp_path, config, expected):
    folder = save_model(tmp_path / "m")
    plain = EMBEDDERS.build(f"onnx:{folder}", {})
    say(
        folder, "modules.json", [{"type": "sentence_transformers.models.Pooling", "path": "2_Pool"}]
    )
    say(folder, "2_Pool/config.json", {"word_embedding_dimension": 5, **config})
    part = EMBEDDERS.build(f"onnx:{folder}", {})
    np.testing.assert_allclose(part.transform(["red car"])[0], expected, rtol=1e-6)
    assert (part.info.revision == plain.info.revision) == (part.pooling == "mean")
    own = EMBEDDERS.build(f"onnx:{folder}", {"pooling": "max"})
    np.testing.assert_allclose(own.transform(["red car"])[0], TOKENS.max(axis=0), rtol=1e-6)


def test_the_prompt_for_clustering_is_put_before_each_text(tmp_path):
    folder = save_model(tmp_path / "m")
    say(
        folder,
        "config_sentence_transformers.json",
        {"prompts": {"query": "car ", "Clustering": "blue "}, "default_prompt_name": "query"},
    )
    part = EMBEDDERS.build(f"onnx:{folder}", {})
    expected = TABLE[[1, 5, 3, 2]].mean(axis=0)
    np.testing.assert_allclose(part.transform(["red"])[0], expected, rtol=1e-6)
    own = EMBEDDERS.build(f"onnx:{folder}", {"prompt": "apple "})
    expected = TABLE[[1, 6, 3, 2]].mean(axis=0)
    np.testing.assert_allclose(own.transform(["red"])[0], expected, rtol=1e-6)
    assert own.info.revision != part.info.revision


def test_no_more_is_read_than_the_model_was_trained_on(tmp_path):
    folder = save_model(tmp_path / "m")
    say(folder, "sentence_bert_config.json", {"max_seq_length": 9})
    assert EMBEDDERS.build(f"onnx:{folder}", {}).max_tokens == 9


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "pools by weightedmean"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True},
            "pools by cls and max",
        ),
        ("1_Pooling/config.json", [1], "holds no dict"),
        ("modules.json", [{"type": "x.Dense", "path": "2_Dense"}], "has a Dense layer"),
    ],
)
def test_what_would_give_wrong_vectors_is_refused(tmp_path, name, content, message):
    folder = save_model(tmp_path / "m")
    say(folder, name, content)
    with pytest.raises(BadInput, match=message):
        EMBEDDERS.build(f"onnx:{folder}", {})


def test_a_damaged_file_of_settings_is_named(tmp_path):
    folder = save_model(tmp_path / "m")
    (folder / "modules.json").write_text("[{")
    with pytest.raises(BadInput, match=r"modules\.json cannot be read"):
        EMBEDDERS.build(f"onnx:{folder}", {})


def test_the_revision_follows_the_weights_and_what_is_read(tmp_path):
    folder = save_model(tmp_path / "m")
    one = EMBEDDERS.build(f"onnx:{folder}", {}).info.revision
    assert EMBEDDERS.build(f"onnx:{folder}", {"max_tokens": 16}).info.revision != one
    assert EMBEDDERS.build(f"onnx:{folder}", {"long": "chunk"}).info.revision != one
    assert EMBEDDERS.build(f"onnx:{folder}", {"batch_tokens": 512}).info.revision == one
    save_model(folder, states=False)
    assert EMBEDDERS.build(f"onnx:{folder}", {}).info.revision != one


def test_what_is_missing_or_no_model_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"there is no .*model\.onnx"):
        EMBEDDERS.build(f"onnx:{tmp_path}", {})
    folder = save_model(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(BadInput, match=r"no tokenizer\.json beside"):
        EMBEDDERS.build(f"onnx:{folder}", {})
    save_model(folder)
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(BadInput, match="not a model that ONNX Runtime can run"):
        EMBEDDERS.build(f"onnx:{folder}", {})
    save_model(folder, inputs=("pixels",))
    with pytest.raises(BadInput, match="takes the inputs pixels"):
        EMBEDDERS.build(f"onnx:{folder}", {})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("onnx", "onnx:PATH"),
        ("onnx:", "onnx:PATH"),
        ("minilm:fast", "takes no argument"),
        ("onxx:/a", "Known: .*onnx:PATH"),
    ],
)
def test_a_part_is_named_with_its_argument(name, message):
    with pytest.raises(UnknownPart, match=message):
        EMBEDDERS.build(name, {})


def test_the_argument_is_no_parameter_of_its_own(tmp_path):
    folder = save_model(tmp_path / "m")
    assert set(EMBEDDERS.parameters(f"onnx:{folder}")) == {
        "max_tokens", "batch_tokens", "long", "pooling", "prompt"
    }  # fmt: skip
    with pytest.raises(UnknownPart, match="path"):
        EMBEDDERS.build(f"onnx:{folder}", {"path": "elsewhere"})


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [("st:x", "sentence_transformers", "st"), ("model2vec:x", "model2vec", "model2vec")],
)
def test_an_absent_library_is_told_with_the_line_that_installs_it(name, package, extra):
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(MissingExtra, match=rf"pip install 'shoal\[{extra}\]'"):
        EMBEDDERS.build(name, {})


def test_a_model_of_sentence_transformers_that_was_made_here(tmp_path):
    st = pytest.importorskip("sentence_transformers")
    modules = pytest.importorskip("sentence_transformers.models")
    save_model(tmp_path / "t")
    words = modules.StaticEmbedding(
        Tokenizer.from_file(str(tmp_path / "t/tokenizer.json")), embedding_weights=TABLE
    )
    st.SentenceTransformer(modules=[words], device="cpu").save(str(tmp_path / "st"))
    part = EMBEDDERS.build(f"st:{tmp_path / 'st'}", {"device": "cpu"})
    vectors = part.transform(["red", "green car"])
    assert vectors.shape == (2, 5)
    assert part.info.remember == "shared"
    assert part.transform([]).shape == (0, 5)
    with pytest.raises(BadInput, match="cannot be loaded"):
        EMBEDDERS.build(f"st:{tmp_path / 'nothing'}", {"device": "cpu"})


def test_static_vectors_of_model2vec(tmp_path):
    model2vec = pytest.importorskip("model2vec")
    save_model(tmp_path / "t")
    tokenizer = Tokenizer.from_file(str(tmp_path / "t/tokenizer.json"))
    model2vec.StaticModel(TABLE, tokenizer).save_pretrained(str(tmp_path / "static"))
    part = EMBEDDERS.build(f"model2vec:{tmp_path / 'static'}", {})
    np.testing.assert_allclose(part.transform(["red"])[0], TABLE[3], rtol=1e-5)
    assert part.transform([]).shape == (0, 5)
    with pytest.raises(BadInput, match="cannot be loaded"):
        EMBEDDERS.build(f"model2vec:{tmp_path / 'nothing'}", {})
