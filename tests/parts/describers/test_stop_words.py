"""Languages are told by the script where it says so, else by their stop words."""

import pytest

from shoal.parts.describers.stop_words import languages


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
