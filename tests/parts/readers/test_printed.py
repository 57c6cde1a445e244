"""Tables as programs print them, delimiters of two signs, and cells in single quotes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shoal import stages
from shoal.parts.readers.delimited import read_delimited
from shoal.parts.readers.sniff import kind_of

PICK = random.Random(4)
NAMES = ["boat", "harbour", "crew", "length"]
ROWS = [
    [f"B{i:03d}", PICK.choice(["Cork", "Old Head", "Bantry"]), str(PICK.randint(2, 90)), "12.5"]
    for i in range(40)
]


def fixed(rows):
    return "".join(f"{a:<7}{b:<10}{c:>6}{d:>8}\n" for a, b, c, d in rows)


def bars(rows, left="", right=""):
    return "".join(f"{left}{' | '.join(row)}{right}\n" for row in rows)


def rule(sign):
    return sign.join(["-------"] * 4) + "\n"


SIGNS = ("||", "^", "~", "\x01", "\x1f")
PRINTED = {
    "fixed": fixed([NAMES, *ROWS]),
    "fixed with a rule": fixed([NAMES]) + "=" * 31 + "\n" + fixed(ROWS),
    "markdown": bars([NAMES], "| ", " |") + "|---|:--|--:|---|\n" + bars(ROWS, "| ", " |"),
    "psql": bars([NAMES], " ") + rule("+") + bars(ROWS, " ") + "(40 rows)\n",
    "mysql": rule("+") + bars([NAMES], "| ", " |") + rule("+") + bars(ROWS, "| ", " |") + rule("+"),
    "two signs": "".join("::".join(row) + "\n" for row in [NAMES, *ROWS]),
    **{repr(sign): "".join(sign.join(r) + "\n" for r in [NAMES, *ROWS]) for sign in SIGNS},
    "no header": "".join(",".join(row) + "\n" for row in ROWS),
}


@pytest.mark.parametrize("form", PRINTED)
def test_a_printed_table_is_a_table(tmp_path, form):
    path = tmp_path / "a.txt"
    path.write_text(PRINTED[form])
    assert kind_of(path, path.read_bytes()) == "csv"
    table = read_delimited(path).columns
    assert table.to_pydict() == {
        name: [row[place] for row in ROWS]
        for place, name in enumerate(
            NAMES if form != "no header" else [f"column_{i}" for i in range(1, 5)]
        )
    }


@pytest.mark.parametrize(
    "lines",
    [
        [
            f"the boats left {name} in the {PICK.choice('morning evening'.split())}"
            for name in "ab" * 20
        ],
        [
            f"Rose, {i}, and a long line that goes on about the garden of a friend"
            for i in range(40)
        ],
        ["a | b", "----", "a note", "another | one | more"] * 9,
        ["task", *(f"{PICK.choice(['mow the lawn', 'wash the car'])} {i}" for i in range(10, 40))],
        [f"Order {i} was shipped" for i in range(10, 40)],
        ["std::vector is a list", "and std::map is none"] * 20,
    ],
)
def test_other_lines_stay_texts(tmp_path, lines):
    path = Path(tmp_path / "a.txt")
    path.write_text("\n".join(lines) + "\n")
    assert kind_of(path, path.read_bytes()) == "lines"


def test_single_quotes_around_cells_are_no_part_of_them(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"'{i}','the door, number {i}, isn''t shut; it''s warm'" for i in range(30)]
    path.write_text("\n".join(["'id','remark'", *rows]) + "\n")
    found = read_delimited(path)
    assert found.columns.column_names == ["id", "remark"]
    assert found.columns["remark"][3].as_py() == "the door, number 3, isn't shut; it's warm"
    assert any("single quotes" in note for note in found.notes)


def test_apostrophes_of_texts_are_kept(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"{i},'tis {i} o'clock and it's late" for i in range(30)]
    path.write_text("\n".join(["id,remark", *rows]) + "\n")
    assert read_delimited(path).columns["remark"][2].as_py() == "'tis 2 o'clock and it's late"


def test_predict_reads_a_printed_table_as_the_run_did(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(PRINTED["fixed"])
    items = stages.read(path, {})
    assert len(stages.read(path, {"known": NAMES, "delimiter": "fixed"})) == len(items) == 40
