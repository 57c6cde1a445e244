import pytest

from shoal.parts.describers.phrases import Phrases
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import singular


def grown(word, texts, used=()):
    return Phrases(texts, STOP_WORDS).grow(singular(word), used)


@pytest.mark.parametrize(
    ("word", "texts", "expected"),
    [
        ("debit", ["a direct debit", "the direct debit here"], "direct debit"),
        (
            "funds",
            ["source of funds", "the source of funds?", "Source of funds"],
            "source of funds",
        ),
        ("stolen", ["my card was stolen", "The card was stolen!"], "card was stolen"),
        ("apple", ["does Apple Pay work", "apple pay", "is Apple Pay on"], "Apple Pay"),
        ("virtual", ["disposable virtual cards"] * 3, "disposable virtual cards"),
    ],
)
def test_a_word_grows_to_the_phrase_it_mostly_stands_in(word, texts, expected):
    assert grown(word, texts) == expected


@pytest.mark.parametrize(
    ("word", "texts"),
    [
        ("fee", ["a hidden fee", "the annual fee", "an exchange fee"]),  # with another word each
        ("fee", ["a low, fee", "a low (fee)", "low. fee"]),  # never within one phrase
        ("fee", ["a fee because banks", "the fee because banks"]),  # no link of a phrase
        ("fee", ["hidden fee", "fee", "a fee", "the fee"]),  # mostly alone
        ("fee", ["hidden fee"]),  # once proves nothing
    ],
)
def test_a_word_with_no_phrase_of_its_own_stays_alone(word, texts):
    assert grown(word, texts) == "fee"


def test_a_phrase_takes_in_no_word_that_was_said_already():
    texts = ["use Google Pay", "is Google Pay here"]
    assert grown("google", texts) == "Google Pay"
    assert grown("google", texts, used=["pay"]) == "Google"


@pytest.mark.parametrize(
    ("word", "texts", "expected"),
    [
        ("nasa", ["NASA flies", "see NASA", "of nasa", "the NASA"], "NASA"),
        ("return", ["Return it", "Return all"], "return"),  # a capital of the sentence only
        ("numpy", ["NumPy is fast", "NumPy arrays", "NumPy"], "NumPy"),
        ("price", ["old Prices", "Prices fall", "the prices", "for prices"], "prices"),
        ("absent", ["nothing"], "absent"),
        ("机器", ["机器学习"], "机器"),
    ],
)
def test_a_term_is_written_as_it_mostly_is_inside_of_sentences(word, texts, expected):
    assert grown(word, texts) == expected
