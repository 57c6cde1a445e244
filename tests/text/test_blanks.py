"""What a person sees as blank."""

import pytest

from shoal.text.blanks import is_blank

HIDDEN = {
    "Braille blank": "\u2800",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "joiners": "\u200c\u200d\u2060\u034f",
    "variation selectors": "\ufe0f\ufe0e\U000e0100\u180b",
    "tags": "\U000e0020\U000e007f",
    "lone marks": "\u0301\u20e3\u17b4",
    "spaces": "\u3000\u2003\u00a0\u2028\u1680",
    "marks of direction": "\u200e\u061c\u2067",
    "musical and Egyptian blanks": "\U0001d159\U0001d173\U00013441",
    "reserved and ignorable": "\u2065\ufff0\U000e0fff",
    "noncharacters": "\ufdd0\uffff\U0002ffff",
    "a lone surrogate": "\ud800",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
def test_what_shows_nothing_is_blank_alone_and_beside_spaces(text):
    assert all(is_blank(char) for char in text)
    assert is_blank(f" \t{text}\n{text}")


def test_any_mix_is_blank_until_one_character_shows():
    mix = "".join(HIDDEN.values())
    assert is_blank(mix)
    for shown in ("a", "1", ".", "한", "\u2801", "ا", "\U0001f600"):
        assert not is_blank(mix + shown + mix)


@pytest.mark.parametrize(
    "text",
    [
        "\u2764\ufe0f",
        "\U0001f468\u200d\U0001f469",
        "1\ufe0f\u20e3",
        "\U0001f1eb\U0001f1f7",
        "\U0001fae9",  # newer than the tables of the oldest Python that is supported
        "é",
        "e\u0301",
        "क्ष",
        "ᄀ\u1160",
        "\ufffd",
        "…",
        "\u2422",
    ],
)
def test_emoji_letters_and_signs_are_not_blank(text):
    assert not is_blank(text)
