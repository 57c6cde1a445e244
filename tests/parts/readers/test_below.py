"""Lines below a table and sums at its end are no rows, and are left out with a word."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from shoal import stages
from shoal.parts.readers.below import UNNAMED, n_below, sum_at_end
from shoal.parts.readers.delimited import read_delimited

PICK = random.Random(7)
HEAD = "parcel,depot,goods,pieces,weight,left"
ROWS = [
    f"P{500 + i},{PICK.choice(['Lyon', 'Graz', 'Bari'])},{PICK.choice(['tea', 'olive oil'])},"
    f"{PICK.randint(1, 30)},{PICK.randint(10, 900) / 10},2023-0{PICK.randint(1, 9)}-11"
    for i in range(40)
]


def write(path, *below):
    path.write_text("\n".join([HEAD, *ROWS, *below]) + "\n")
    return path


@pytest.mark.parametrize(
    "below",
    [
        ["", "Source: harbour office, 2023"],
        ["Source: harbour office, 2023"],
        ["* weights in kg"],
        [",,,,,", "Quelle: Hafenamt,,,,,", "vorläufig,,,,,"],
        ["", "depot,manager", "Lyon,A. Roux", "Graz,B. Moser"],
    ],
)
def test_lines_below_a_table_are_left_out_and_said(tmp_path, below):
    path = write(tmp_path / "a.csv", *below)
    found = read_delimited(path)
    assert len(found.columns) == len(ROWS)
    assert any("below the table" in note and "read.footer" in note for note in found.notes)
    kept = read_delimited(path, footer=False)
    assert len(kept.columns) >= len(ROWS) + sum(bool(line.strip(",")) for line in below)


@pytest.mark.parametrize("last", ["P540,Graz", "P540", "P540,Graz,tea,4"])
def test_a_last_row_that_is_cut_short_is_a_row(tmp_path, last):
    assert len(read_delimited(write(tmp_path / "a.csv", last)).columns) == len(ROWS) + 1


def test_a_table_with_gaps_keeps_its_last_rows(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"n{i},{'' if i % 3 else i},," for i in range(40)]
    path.write_text("\n".join(["name,a,b,c", *lines]) + "\n")
    assert len(read_delimited(path).columns) == len(lines)


def test_a_last_row_with_few_amounts_is_a_row(tmp_path):
    path = tmp_path / "a.csv"
    lines = [f"n{i},{i},{2 * i},{i % 3},{i % 5}" for i in range(40)]
    path.write_text("\n".join(["name,a,b,c,d", *lines, "all the other ones,3,,,"]) + "\n")
    assert len(read_delimited(path).columns) == 41


def totals(rows):
    cells = [row.split(",") for row in rows]
    return sum(int(row[3]) for row in cells), sum(float(row[4]) for row in cells)


@pytest.mark.parametrize("label", ["Total", "Summe", "合計"])
def test_a_last_row_that_is_the_sum_of_the_others_is_left_out(tmp_path, label):
    pieces, weight = totals(ROWS)
    path = write(tmp_path / "a.csv", f"{label},,,{pieces},{weight:.1f},")
    items = stages.read(path, {})
    assert len(items) == len(ROWS)
    assert any(repr(label) in note and "sum" in note for note in items.notes)
    assert len(stages.read(path, {"footer": False})) == len(ROWS) + 1
    # rows that are new to a run all come back
    assert len(stages.read(path, {"known": HEAD.split(",")})) == len(ROWS) + 1


def test_a_last_row_that_is_no_sum_stays(tmp_path):
    pieces, weight = totals(ROWS)
    path = write(tmp_path / "a.csv", f"Total,,,{pieces - 1},{weight - 3:.1f},")
    assert len(stages.read(path, {})) == len(ROWS) + 1


def test_flags_and_zeros_make_no_sum(tmp_path):
    path = tmp_path / "a.csv"
    rows = [f"n{i},{int(i == 3)},{i * 7 % 11}" for i in range(30)]
    path.write_text("\n".join(["name,won,games", *rows, "n30,1,4"]) + "\n")
    assert len(stages.read(path, {})) == 31


def columns(rows):
    cells = (pa.array(column, pa.large_string()) for column in zip(*rows, strict=True))
    return pa.table({str(place): column for place, column in enumerate(cells)})


def test_a_row_of_sums_may_have_no_name():
    rows = [[f"{i:04}", f"shop {i}", str(i * i), str(7 * i)] for i in range(1, 30)]
    sums = ["", "", *(str(sum(int(row[place]) for row in rows)) for place in (2, 3))]
    assert sum_at_end(columns([*rows, sums])) == UNNAMED
    assert sum_at_end(columns([*rows, ["", "", sums[2], "9"]])) is None
    bare = [row[2:] for row in rows]
    assert sum_at_end(columns([*bare, sums[2:]])) is None  # nothing says that it is no row


def test_blank_lines_within_a_table_do_not_hide_the_notes_below_it():
    rows = [line for i in range(40) for line in ([f"Ward {i}", str(900 + i), "3"], ["", "", ""])]
    notes = [["1. Counted at the end of the year, as told by the wards.", "", ""]]
    assert n_below(rows, [*rows[-20:], *notes], ()) == 2  # with the blank one above
