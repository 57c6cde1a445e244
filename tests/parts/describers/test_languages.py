"""Languages are told by the script where it says so, else by a model and by all the texts."""

import pytest

from shoal.parts.describers.languages import forget_model, languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "\u0397 \u03b1\u03bb\u03c5\u03c3\u03af\u03b4\u03b1",
            "greek",
        ),
        ("\uc790\uc804\uac70 84 \uccb4\uc778", "korean"),
        ("\u0627\u0644\u062e\u0628\u0632", "arabic"),
        ("\u067e\u0646\u062c\u0631\u0647", "persian"),
    ],
)
def test_a_script_of_one_language_says_which_it_is(text, language):
    assert languages([text]) == {language: 1.0}


def test_one_word_of_another_language_is_a_name_or_a_loan():
    assert languages(["mini bar fridge", "la mesa lamp", "cafe table round marble"]) == {}


POLISH = ["Jaka jutro pogoda", "Ustaw budzik", "Dlaczego paczka nie dotarła", "Zwrot pieniędzy"]
ENGLISH = ["reset my card PIN", "why was the transfer declined", "opening hours of the shop"]


def test_short_texts_are_told_by_all_of_them_together():
    found = languages(POLISH * 5 + ["Budzik"])
    assert found == {"polish": 1.0}


def test_shares_are_of_all_texts():
    found = languages(POLISH + ENGLISH * 4)
    assert found == {"polish": 0.25}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("このアラームを止めて", "japanese"),
        ("取消我的提醒", "chinese"),
        ("ร้าน", "thai"),
        ("मुझे कल सुबह जगाना है", "hindi"),
        ("Я хочу вернуть деньги за билет", "russian"),
    ],
)
def test_scripts_of_several_languages_are_told_by_their_words(text, language):
    assert languages([text]) == {language: 1.0}


def test_few_doubtful_texts_are_not_looked_at():
    assert languages(ENGLISH * 33 + ["Ustaw budzik"], least=0.1) == {}


def test_the_model_is_forgotten_and_loaded_again():
    from py3langid import langid

    texts = ["wie wird das wetter am wochenende", "stelle den wecker auf sieben uhr"] * 3
    before = languages(texts)
    assert langid.IDENTIFIER is not None
    forget_model()
    assert langid.IDENTIFIER is None
    assert languages(texts) == before  # what was told of a text is remembered
    assert langid.IDENTIFIER is None
    assert languages(["quel temps fera demain dans la ville"] * 3).keys() == {"french"}
