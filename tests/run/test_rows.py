"""Lists of a run that show themselves as small tables."""

from __future__ import annotations

import json
import pickle

from shoal.run.rows import SHOWN, Rows


def made(n: int) -> Rows:
    entries = [{"row": i, "score": i / 3, "text": f"text {i}", "other": 1} for i in range(n)]
    return Rows(entries, ("row", "score", "text", "missing"), ("row", "rows"))


def test_it_is_still_a_list_of_dicts():
    rows = made(3)
    assert rows == list(rows)
    assert rows[1]["other"] == 1
    assert json.loads(json.dumps(rows)) == list(rows)
    again = pickle.loads(pickle.dumps(rows))
    assert again == rows
    assert repr(again) == repr(rows)


def test_the_text_is_a_table_with_numbers_to_the_right():
    lines = repr(made(12)).splitlines()
    assert lines[0] == "12 rows"
    assert lines[1] == "row  score  text"
    assert lines[2] == "  0      0  text 0"
    assert lines[13] == " 11   3.67  text 11"


def test_what_is_not_shown_is_counted():
    rows = made(SHOWN + 5)
    assert repr(rows).endswith("and 5 more")
    assert rows._repr_html_().count("<tr>") == SHOWN + 1
    assert "and 5 more" in rows._repr_html_()


def test_none_is_said():
    assert repr(made(0)) == "no rows"
    assert "<table" not in made(0)._repr_html_()


def test_texts_are_escaped_and_cannot_steer_a_terminal():
    rows = Rows([{"text": "<b>x</b>\x1b[31m\n" + "long " * 40}], ("text",), ("row", "rows"))
    assert "<b>" not in rows._repr_html_()
    assert "\x1b" not in repr(rows)
    assert len(repr(rows).splitlines()) == 3
