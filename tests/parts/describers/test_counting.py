from sklearn.feature_extraction.text import CountVectorizer

from shoal.parts.describers.counting import Counted
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import Terms

TEXTS = ["Ships at sea, ships in port", "", "the sea", "port wine and old port wine", "ß Sea SEA"]


def test_terms_are_counted_as_by_scikit_learn():
    count = CountVectorizer(analyzer=Terms(STOP_WORDS).of)
    expected = count.fit_transform(TEXTS)
    found = Counted(TEXTS)
    assert found.terms == count.get_feature_names_out().tolist()
    assert (found.counts != expected).nnz == 0


def test_texts_without_a_word_have_no_terms():
    found = Counted(["", "...", "7"])
    assert (found.terms, found.counts) == ([], None)
