import numpy as np
from scipy import sparse

from shoal.parts.describers.counting import class_tf_idf
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.languages import languages
from shoal.parts.describers.stop_words import MIN_TEXTS, foreign

TEXTS = ["red apples", "green apple", "apple pies", "old cars", "new car", "car and cars"]
LABELS = np.array([0, 0, 0, 1, 1, 1], dtype=np.int32)


def test_keywords_do_not_say_the_same_thing_twice():
    for _, keywords, *_ in Keywords().describe(TEXTS, LABELS):
        stems = [word[:3] for keyword in keywords for word in keyword.lower().split()]
        assert len(stems) == len(set(stems))


def test_the_numbers_of_keywords_and_of_those_in_the_title_are_kept():
    for title, keywords, *_ in Keywords(4, n_title=2).describe(TEXTS, LABELS):
        assert len(keywords) <= 4
        assert len(title.split(", ")) <= 2


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


def described(texts, labels, **params):
    return Keywords(**params).describe(texts, np.array(labels, dtype=np.int32))


def test_a_title_says_no_word_in_two_forms():
    texts = ["sparse matrix top-up", "sparse matrices topup", "a matrix to top up", "matrices"]
    (title, keywords, *_), _ = described([*texts, "red car", "red cars"], [0, 0, 0, 0, 1, 1])
    text = " ".join(keywords).lower()
    assert text.count("matri") == 1
    assert text.replace("-", "").replace(" ", "").count("topup") <= 1
    assert title


def test_words_that_go_with_any_theme_are_no_keywords():
    texts = ["I just want to know if it does help", "why didn't it help me refund", "want a refund"]
    (_, keywords, *_), _ = described([*texts, "card lost", "lost my card"], [0, 0, 0, 1, 1])
    assert keywords == ("refund",)


def test_a_title_keeps_to_its_length_where_a_shorter_keyword_fits():
    long = "incomprehensibilities counterrevolutionaries"
    texts = [f"tax {long}", f"tax on {long}", "tax form", "red car", "blue car"]
    (title, *_), _ = described(texts, [0, 0, 0, 1, 1])
    assert len(title) <= 40 or ", " not in title


def test_german_words_are_explained_by_a_second():
    texts = ["Wo ist die Rechnung?"] * 9 + ["Wo ist die Rechnung und der Betrag?"] * 2
    other = ["Wie wird das Wetter?"] * 6
    (title, *_), _ = described([*texts, *other], [0] * 11 + [1] * 6)
    assert title == "Rechnung, Betrag"


GERMAN = [f"Wie wird das Wetter morgen in {city}?" for city in ("Berlin", "Bonn", "Kiel", "Jena")]
GERMAN += [
    f"Stelle mir bitte einen Wecker für {n} Uhr" for n in ("vier", "sechs", "sieben", "acht")
]


def test_function_words_of_another_language_are_no_keywords():
    names = described(GERMAN * 10, np.tile(np.repeat([0, 1], 4), 10))
    assert "Wetter" in names[0].title
    assert "Wecker" in names[1].title
    phrases = [phrase.lower().split() for name in names for phrase in name.keywords]
    ends = {word for phrase in phrases for word in (phrase[0], phrase[-1])}
    assert not ends & {"wird", "das", "mir", "einen", "für", "wie"}


def foreign_of(texts):
    found = languages(texts, MIN_TEXTS)
    return foreign({name for name, share in found.items() if share >= MIN_TEXTS})


def test_languages_are_told_by_their_function_words():
    italian = ["imposta una sveglia per le otto", "che tempo fa oggi a Roma"]
    assert {"wird", "einen"} <= foreign_of(GERMAN)
    assert "una" not in foreign_of(GERMAN)
    assert {"wird", "una"} <= foreign_of(GERMAN + italian)
    assert "una" not in foreign_of(GERMAN * 100 + italian)  # two texts of hundreds
    texts = ["set an alarm for me", "what is the weather", "ok", "", "東京の天気"]
    assert foreign_of(texts) == frozenset()
    assert foreign_of([]) == frozenset()
