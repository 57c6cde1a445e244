from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.text.passages import passages_of

LONG = "The harbour was quiet and the boats lay still in the cold water of the early morning. "
OTHER = "Prices of fish had fallen by half since Dr. Miller bought the last of the old boats. "


def told(text):
    return [text[start:end] for start, end in passages_of(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n\n \f ", []),
        ("one", ["one"]),
        ("Great food here. The staff was rude.", ["Great food here.", "The staff was rude."]),
        ("slow service; too dear; rude", ["slow service;", "too dear;", "rude"]),
        (
            "What was bad?\n- slow service\n- rude staff,\n  all of them\n* dear",
            ["What was bad?", "- slow service", "- rude staff,\n  all of them", "* dear"],
        ),
        ("Title\n\nA text of its own.\n\nEnd\n", ["Title\n\nA text of its own.", "End"]),
        ("первое хорошо. Второе плохо очень.", ["первое хорошо. Второе плохо очень."]),
    ],
)
def test_where_a_text_falls_apart(text, parts):
    assert told(text) == parts


def test_sentences_of_a_long_paragraph_are_put_together():
    assert told(LONG * 2 + OTHER * 2) == [
        (LONG * 2).strip(), (OTHER * 2).strip()
    ]  # fmt: skip


def test_lines_that_were_broken_to_fit_are_no_passages():
    words = (LONG + OTHER).split()
    lines = [" ".join(words[i : i + 11]) for i in range(0, len(words), 11)]
    assert [" ".join(part.split()) for part in told("\n".join(lines))] == [
        LONG.strip(), OTHER.strip()
    ] or len(told("\n".join(lines))) <= 2  # fmt: skip


@given(st.text(alphabet="aB1 .;\n\f-!?。\u2022\u00e9", max_size=300))
def test_nothing_is_lost_and_nothing_twice(text):
    spans = passages_of(text)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
