"""Headings, headers again and subtotals between the rows of a table are no rows of it."""

from __future__ import annotations

import random

import pytest
import xlsxwriter

from shoal import stages
from shoal.parts.readers.between import rows_between

NAMES = ["region", "product", "pieces", "amount"]
PICK = random.Random(3)
REGIONS = ("North", "South", "West")
ROWS = [
    [region, f"P{number}", PICK.randint(1, 40), PICK.randint(100, 9000) / 4]
    for region in REGIONS
    for number in range(8)
]


def write(path, rows):
    if path.suffix == ".csv":
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
        path.write_text("\n".join(lines) + "\n")
        return path
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def summed(rows, label):
    return [label, None, *(sum(row[place] for row in rows) for place in (2, 3))]


def with_subtotals(words):
    out = [NAMES]
    for region, label in zip(REGIONS, words[:3], strict=True):
        own = [row for row in ROWS if row[0] == region]
        out += [*own, summed(own, label)]
    return [*out, summed(ROWS, words[3])]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "words",
    [
        ["North Total", "South Total", "West Total", "Grand Total"],
        ["Zwischensumme", "Zwischensumme", "Zwischensumme", "Gesamt"],
        ["小計", "小計", "小計", "合計"],
    ],
)
def test_subtotals_are_left_out_and_said(tmp_path, ending, words):
    path = write(tmp_path / f"a.{ending}", with_subtotals(words))
    items = stages.read(path, {})
    assert items.carried("product").to_pylist() == [row[1] for row in ROWS]
    assert any("4 rows that are the sums" in note for note in items.notes)
    assert len(stages.read(path, {"footer": False})) == 28


def test_rows_that_are_called_totals_and_are_no_sums_stay(tmp_path):
    rows = [[f"Total {word}", "a", n, n / 3] for n, word in enumerate(["Wine", "Oil", "Tea"] * 4)]
    assert len(stages.read(write(tmp_path / "a.csv", [NAMES, *ROWS, *rows]), {})) == 36


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_header_that_comes_again_is_no_row(tmp_path, ending):
    path = write(tmp_path / f"a.{ending}", [NAMES, *ROWS[:8], NAMES, *ROWS[8:]])
    items = stages.read(path, {})
    assert len(items) == len(ROWS)
    assert any("footer=false" in note for note in items.notes)
    known = {"known": NAMES, "footer": False}
    assert len(stages.read(path, known)) == len(ROWS) + 1


def test_headings_of_sections_are_no_rows(tmp_path):
    numbered = [[100 + at, *row[1:]] for at, row in enumerate(ROWS)]
    sections = [NAMES]
    for at, region in enumerate(REGIONS):
        sections += [[f"Region {region}"], *numbered[8 * at : 8 * at + 8]]
    items = stages.read(write(tmp_path / "a.xlsx", sections), {})
    assert items.carried("region").to_pylist() == [row[0] for row in numbered]
    assert any("'Region North'" in note for note in items.notes)


def test_rows_with_gaps_are_rows():
    rows = [[name, "", "", ""] if n % 4 == 0 else [name, "a", "2", "3"] for n, name in
            enumerate(["Ana Lind", "Ben Okafor", "Cem Silva", "Dora Novak"] * 5)]  # fmt: skip
    assert rows_between(NAMES, rows) == set()


def test_a_small_table_beside_another_is_left_out(tmp_path):
    beside = [["plan", "price"], ["basic", 1], ["plus", 2]]
    wide = [[*row, None, *(beside[at] if at < 3 else [])] for at, row in enumerate([NAMES, *ROWS])]
    items = stages.read(write(tmp_path / "a.xlsx", wide), {})
    assert [role["name"] for role in items.about["roles"]] == NAMES
    assert any("beside the table" in note for note in items.notes)
