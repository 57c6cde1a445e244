import random

import numpy as np
import pytest
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from shoal.numerics.duplicates.small_changes import spellings
from shoal.numerics.hashing import hashed_columns, murmur3
from shoal.parts.embedders.hashing import Hashing

LETTERS = "abc \u00e9\u6f22\U0001f600\t.0"


@pytest.fixture(scope="module")
def odd():
    """Strings of every length up to 40, and some that are none to count."""
    draw = random.Random(0)
    made = ["".join(draw.choices(LETTERS, k=size)) for size in range(41) for _ in range(5)]
    return [
        *made,
        "",
        " ",
        "a",
        "\u0130stanbul \u00df",
        "x \t\n  y",
        "the same words the same words",
    ]


def test_a_hash_is_the_one_of_scikit_learn(odd):
    expected = [murmurhash3_32(string.encode(), 0) for string in odd]
    assert murmur3([string.encode() for string in odd]).tolist() == expected
    assert murmur3([]).tolist() == []


@pytest.mark.parametrize("n_columns", [7, 512, 1 << 20])
def test_columns_and_signs_are_those_of_scikit_learn(odd, n_columns):
    found = FeatureHasher(n_columns, input_type="string").transform([[string] for string in odd])
    columns, signs = hashed_columns(odd, n_columns)
    np.testing.assert_array_equal(columns, found.indices)
    np.testing.assert_array_equal(signs, found.data)


def test_the_hashing_embedder_counts_as_scikit_learn_does(odd):
    expected = HashingVectorizer(n_features=64, ngram_range=(1, 2)).transform(odd).toarray()
    has_words = expected.any(axis=1)
    letters = HashingVectorizer(n_features=64, analyzer="char").transform(odd).toarray()
    expected[~has_words] = letters[~has_words]
    expected[~expected.any(axis=1), 0] = 1
    np.testing.assert_array_equal(Hashing(64).transform(odd), expected.astype(np.float32))


def test_spellings_are_cosines_of_what_scikit_learn_counts(odd):
    count = HashingVectorizer(
        analyzer="char", ngram_range=(3, 3), n_features=1 << 20, alternate_sign=False, dtype="f4"
    )
    counts = count.transform([f" {text.strip()} " for text in odd])
    one = np.arange(len(odd) - 1, dtype=np.int32)
    expected = counts[one].multiply(counts[one + 1]).sum(axis=1)
    np.testing.assert_array_equal(spellings(odd, one, one + 1), np.ravel(expected).astype("f4"))
