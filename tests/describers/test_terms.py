import pytest

from shoal.describers.keywords import stem
from shoal.describers.terms import casing, terms, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Don't e-mail the C++ and C# code!",
            ["don't", "e-mail", "the", "c++", "and", "c#", "code"],
        ),
        ("in 2024 the 3rd GPT4 model", ["in", "the", "gpt4", "model"]),
        ("हिन्दी में लिखें", ["हिन्दी", "में", "लिखें"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("用Python学习", ["用", "python", "学习"]),
        ("naïve café — résumé.", ["naïve", "café", "résumé"]),
        ("_private __name__ a_b", ["a_b"]),
        ("", []),
        ("… 12 !", []),
    ],
)
def test_words_are_what_a_reader_of_the_script_calls_so(text, expected):
    assert words(text) == expected


def test_pairs_are_made_of_words_that_follow_each_other_once_stop_words_are_gone():
    assert terms("the price of gas", {"the", "of"}) == ["price", "gas", "price gas"]


def test_scripts_without_spaces_are_cut_into_pieces_of_two_to_four():
    assert terms("机器学习", set()) == ["机器", "器学", "学习", "机器学", "器学习", "机器学习"]
    assert terms("猫", set()) == ["猫"]


def test_a_term_is_written_as_it_mostly_is_in_the_texts():
    texts = ["NASA flies", "nasa", "NASA\nLaunch", "the nasa  launch", "NASA launch"]
    written = casing(texts, ["nasa", "nasa launch", "absent"])
    assert written == {"nasa": "NASA", "nasa launch": "NASA Launch", "absent": "absent"}


@pytest.mark.parametrize(
    ("one", "other"), [("price", "prices"), ("train", "training"), ("bake", "baked")]
)
def test_words_with_common_endings_have_one_stem(one, other):
    assert stem(one) == stem(other)
