"""Headers with repeated names, blank columns, capitals or a title above."""

from shoal.parts.readers.delimited import read_delimited
from tests.parts.readers.test_headers import PHRASES, read, table


def test_a_header_may_have_the_same_name_several_times(tmp_path):
    head = ["place", "shade", "bound", "shade", "bound", "shade", "bound"]
    rows = [
        [f"ward {i % 7}", "#93BE96", f"{i}-{i + 5}", "#DD776B", f"{i + 5}-{i + 9}", "", ""]
        for i in range(30)
    ]
    found = read(tmp_path / "a.csv", table(head, rows))
    assert len(found.columns) == 30
    assert found.columns.column_names[0] == "place"


def test_blank_columns_do_not_hide_a_header_with_numbers_in_it(tmp_path):
    head = ["area", "voters", "spoilt", "checked", "checked", "checked", "1", "3", "4", "11", "38"]
    rows = [
        ["", str(400 + i), str(i % 9), "", "", "", str(i), str(7 * i), "", str(i % 5), str(90 - i)]
        for i in range(40)
    ]
    assert len(read(tmp_path / "a.csv", table(head, rows)).columns) == 40


def test_a_row_of_cells_that_come_twice_is_no_header(tmp_path):
    teams = "Lions Bears Hawks Foxes Crows Seals".split()
    rows = [[teams[i % 6], teams[(i + 2) % 6], teams[i % 6]] for i in range(12)]
    assert len(read(tmp_path / "a.csv", table([], rows)).columns) == 12


def test_names_in_capitals_as_of_a_program_are_a_header(tmp_path):
    head = ["FLAT_NO", "ROAD_NAME", "LET", "ROOMS", "LAST_SEEN"]
    rows = [
        [str(i), "ELM", "Y", "na" if i == 3 else "3", f"{i + 1}-2005"]
        if i != 4
        else ["--", "OAK", "N", "12", "3-2006"]
        for i in range(8)
    ]
    assert len(read(tmp_path / "a.csv", table(head, rows)).columns) == 8


def test_a_title_with_fewer_bars_stands_above_the_rows(tmp_path):
    lines = ["Offices | 7af3"] + [
        f"Office of {PHRASES[i]} | {i}c{i}d{i} | {i % 3}" for i in range(40)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert len(read_delimited(path).columns.column_names) == 3
