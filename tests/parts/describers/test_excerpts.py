import numpy as np
import pytest

from shoal.parts.describers.base import Space
from shoal.parts.describers.excerpts import lead_back
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.stop_words import LINKS
from shoal.parts.describers.titles import TITLE_CHARS, Titles, nearness

DUE = ["when is my bill due", "tell me when my bill is due", "When is the bill due?"] * 4
PAY = ["pay bill", "bill pay", "pay my bill"] * 4
TEXTS = DUE + PAY
LABELS = np.repeat([0, 1], [len(DUE), len(PAY)]).astype(np.int32)
WORDS = sorted({word.lower().strip("?") for text in TEXTS for word in text.split()})


def embed(strings):
    """Which words a string has, as an embedding model would know them, "when" and "due" too."""
    said = [{word.lower().strip("?,") for word in string.split()} for string in strings]
    rows = np.array([[float(word in have) for word in WORDS] for have in said]) + 1e-3
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def titles(texts, labels):
    return [one.title for one in Keywords().describe(texts, labels, Space(embed(texts), embed))]


def test_a_title_that_leads_elsewhere_gives_way_to_words_of_a_typical_row():
    space = Space(embed(TEXTS), embed)
    held = Titles(space, LABELS, 3)
    ordered = held.order([[("bill", 1.0)], [("pay", 1.0), ("bill", 0.5)]], 8)
    assert held.lost(ordered) == [0]
    first = lead_back(ordered, held, TEXTS, LABELS)
    assert "due" in first[0].options[0][1][0]
    assert nearness(embed([first[0].options[0][1][0]]), held.centres, 0)[1][0] > 0
    assert first[1] is ordered[1]
    assert first[0].keywords == ordered[0].keywords


def test_an_excerpt_neither_begins_nor_ends_with_a_mere_link_and_keeps_to_the_length():
    held = Titles(Space(embed(TEXTS), embed), LABELS, 3)
    ordered = held.order([[("bill", 1.0)], [("pay", 1.0)]], 8)
    for _, (said,) in lead_back(ordered, held, TEXTS, LABELS)[0].options[:-1]:
        assert not {said.split()[0], said.split()[-1]} & LINKS
        assert len(said) <= TITLE_CHARS


def test_where_no_words_lead_back_the_title_stays():
    texts = ["pay my bill", "when is it due"] * 2
    labels = np.array([0, 0, 1, 1], dtype=np.int32)  # what one cluster says the other says too
    held = Titles(Space(embed(texts), embed), labels, 1)
    ordered = held.order([[("pay", 1.0)], [("bill", 1.0)]], 8)
    assert held.lost(ordered) == [0, 1]
    again = lead_back(ordered, held, texts, labels)
    assert [one.options for one in again] == [one.options for one in ordered]


@pytest.mark.parametrize("text", ["", "?!", "of the", "銀行の手数料はいくらですか", "a" * 100])
def test_rows_without_usable_words_are_no_obstacle(text):
    texts = [text, text, *PAY]
    labels = np.array([0, 0] + [1] * len(PAY), dtype=np.int32)
    first, second = titles(texts, labels)
    assert first.lower() != second.lower()
