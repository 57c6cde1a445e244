import numpy as np
from scipy import sparse

from shoal.describers.keywords import Keywords, class_tf_idf

TEXTS = ["red apples", "green apple", "apple pies", "old cars", "new car", "car and cars"]
LABELS = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)


def test_keywords_do_not_say_the_same_thing_twice():
    for _, keywords in Keywords().describe(TEXTS, LABELS):
        stems = [word[:3] for keyword in keywords for word in keyword.lower().split()]
        assert len(stems) == len(set(stems))


def test_the_numbers_of_keywords_and_of_those_in_the_title_are_kept():
    for title, keywords in Keywords(4, n_title=2).describe(TEXTS, LABELS):
        assert len(keywords) <= 4
        assert len(title.split(" · ")) <= 2


def test_a_word_of_one_cluster_weighs_more_than_a_word_of_all():
    counts = sparse.csr_matrix(np.array([[1, 1], [1, 1], [1, 0], [1, 0]]))
    weights = class_tf_idf(counts, np.array([0, 0, 1, 1], dtype=np.int32), 2).toarray()
    assert weights[0, 1] > weights[0, 0] > 0
    assert weights[1, 1] == 0


def test_a_word_repeated_in_one_text_counts_once():
    labels = np.array([0, 0, 1], dtype=np.int32)
    one = class_tf_idf(sparse.csr_matrix(np.array([[1, 0], [1, 1], [0, 1]])), labels, 2)
    other = class_tf_idf(sparse.csr_matrix(np.array([[90, 0], [1, 1], [0, 1]])), labels, 2)
    np.testing.assert_array_equal(one.toarray(), other.toarray())
