"""Workbooks of Excel and OpenDocument: the sheet, its table, its header, and typed cells."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import xlsxwriter
import xlwt

from shoal import stages
from shoal.errors import BadInput
from shoal.parts.readers.sheets import read_sheet

NAMES = ["id", "comment", "paid", "stars", "when", "ok"]
ROWS: list[list[Any]] = [
    [f"c{i}", f"the oven in flat {i} is cold", 10.5 * i, i % 5, date(2024, 1, 1 + i), i % 2 == 0]
    for i in range(12)
]


def write_xlsx(
    path: Path, sheets: dict[str, list[list[Any]]], merged: dict[str, str] | None = None
):
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, place, datetime(cell.year, cell.month, cell.day), day)
                elif cell is not None:
                    sheet.write(at, place, cell)
        for reach, text in (merged or {}).items():
            sheet.merge_range(reach, text)
    book.close()


def write_xls(path: Path, rows: list[list[Any]]):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for at, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(at, place, cell, *([day] if isinstance(cell, date) else []))
    book.save(str(path))


def write_ods(path: Path, rows: list[list[Any]]):
    def cell_of(cell: Any) -> str:
        kinds = {bool: "boolean", int: "float", float: "float", date: "date"}
        kind = kinds.get(type(cell), "string")
        value = str(cell).lower() if isinstance(cell, bool) else cell
        name = {"float": "value", "boolean": "boolean-value", "date": "date-value"}.get(kind, "")
        told = f' office:{name}="{value}"' if name else ""
        text = f"<text:p>{escape(str(cell))}</text:p>"
        return f'<table:table-cell office:value-type="{kind}"{told}>{text}</table:table-cell>'

    body = "".join(
        f"<table:table-row>{''.join(map(cell_of, row))}</table:table-row>" for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{space}office:1.0" '
        f'xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="Data">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_cells_of_every_kind_of_workbook_are_typed(tmp_path, ending):
    path = tmp_path / f"notes.{ending}"
    if ending == "xlsx":
        write_xlsx(path, {"Data": [NAMES, *ROWS]})
    else:
        {"xls": write_xls, "ods": write_ods}[ending](path, [NAMES, *ROWS])
    table = read_sheet(path).columns
    assert table.column_names == NAMES
    assert [list(row.values()) for row in table.to_pylist()] == ROWS
    assert len(stages.read(path, {})) == 12


def test_a_workbook_is_read_from_a_pipe_of_bytes(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", {"Data": [NAMES, *ROWS]})
    assert len(read_sheet((tmp_path / "a.xlsx").read_bytes()).columns) == 12


def test_the_first_sheet_with_a_table_is_read_and_another_by_its_name(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"About": [["Read me"]], "2023": [NAMES, *ROWS], "2024": [NAMES, *ROWS[:4]]})
    table = read_sheet(path)
    assert table.choices == {"sheet": "2023"}
    assert "--sheet" in table.notes[0]
    assert len(stages.read(path, {"sheet": "2024"})) == 4
    with pytest.raises(BadInput, match=r"no sheet '2025'.*'About', '2023', '2024'"):
        read_sheet(path, sheet="2025")
    with pytest.raises(BadInput, match="holds no table"):
        read_sheet(path, sheet="about")


def test_lines_above_and_below_the_table_are_left_out_and_counted(tmp_path):
    path = tmp_path / "a.xlsx"
    above = [["Survey of the house"], ["as of", "2024"], []]
    below = [[], ["Total", None, 693.0], ["Source: the office"]]
    moved = [[None, *row] for row in [*above, NAMES, *ROWS, *below]]
    write_xlsx(path, {"Data": moved})
    table = read_sheet(path)
    assert table.columns.column_names == NAMES
    assert len(table.columns) == 12
    assert any("3 lines were left out above" in note for note in table.notes)
    assert any("2 lines were left out below" in note for note in table.notes)


def test_an_empty_line_within_the_table_ends_nothing(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": [NAMES, *ROWS[:5], [], *ROWS[5:]]})
    assert len(read_sheet(path).columns) == 12


def test_a_second_table_below_is_no_part_of_the_first(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": [NAMES, *ROWS, [], NAMES, *ROWS]})
    table = read_sheet(path)
    assert len(table.columns) == 12
    assert any("13 lines were left out below" in note for note in table.notes)


def test_merged_cells_of_a_header_name_all_columns_they_cover(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [
        ["Shop", None, "2023", None, "open"],
        ["name", "city", "Q1", "Q2", None],
        *[[f"shop {i}", "Bonn", i * 1.5, i, date(2024, 2, 1 + i)] for i in range(9)],
    ]
    write_xlsx(path, {"Data": rows}, {"A1:B1": "Shop", "C1:D1": "2023", "E1:E2": "open"})
    table = read_sheet(path).columns
    assert table.column_names == ["Shop name", "Shop city", "2023 Q1", "2023 Q2", "open"]
    assert len(table) == 9


def test_a_merged_cell_of_the_rows_goes_for_all_of_them(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [["house", "note", "n"], *[[None, f"note {i}", i] for i in range(6)]]
    write_xlsx(path, {"Data": rows}, {"A2:A4": "north", "A5:A7": "south"})
    table = read_sheet(path)
    assert table.columns["house"].to_pylist() == ["north"] * 3 + ["south"] * 3
    assert any("4 merged cells" in note for note in table.notes)


@pytest.mark.parametrize("years", [[2019, 2020, 2021], ["2019", "2020", "2021"]])
def test_years_are_names_of_columns(tmp_path, years):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": [["store", *years], *[[f"s{i}", i, i * 2, 7.5] for i in range(9)]]})
    table = read_sheet(path).columns
    assert table.column_names == ["store", "2019", "2020", "2021"]
    assert len(table) == 9


def test_a_sheet_without_a_header_keeps_its_first_row(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": ROWS})
    table = read_sheet(path)
    assert len(table.columns) == 12
    assert table.columns.column_names[0] == "column_1"
    assert len(read_sheet(path, header=True).columns) == 11


def test_mixed_cells_become_text_as_they_look(tmp_path):
    path = tmp_path / "a.xlsx"
    mixed = [12, 12.5, "n/a", date(2024, 5, 6), True, None]
    write_xlsx(path, {"Data": [["name", "x"], *[[f"row {i}", x] for i, x in enumerate(mixed)]]})
    found = read_sheet(path).columns["x"].to_pylist()
    assert found == ["12", "12.5", "n/a", "2024-05-06", "true", None]


def test_codes_written_as_text_stay_text(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": [["code", "n"], *[[f"00{i}", i] for i in range(5)]]})
    assert read_sheet(path).columns["code"].to_pylist() == [f"00{i}" for i in range(5)]


def test_a_damaged_workbook_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"Data": [NAMES, *ROWS]})
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(BadInput, match=r"a\.xlsx"):
        stages.read(path, {})
    write_xlsx(path, {"Data": []})
    with pytest.raises(BadInput, match="no sheet with a table"):
        stages.read(path, {})


def test_a_text_that_is_named_like_a_workbook_is_read_as_text(tmp_path):
    path = tmp_path / "export.xls"
    path.write_text("id\tcomment\n" + "".join(f"{i}\tthe oven {i} is cold\n" for i in range(9)))
    assert len(stages.read(path, {"text": "comment"})) == 9


def test_a_workbook_that_is_named_as_a_csv_is_a_workbook(tmp_path):
    write_xlsx(tmp_path / "a.xlsx", {"one": [NAMES, *ROWS]})
    path = (tmp_path / "a.xlsx").rename(tmp_path / "export.csv")
    found = stages.read(path, {})
    assert len(found) == 12
    assert found.contents[3] == ROWS[3][1]


def test_notes_as_wide_as_the_table_are_no_header(tmp_path):
    path = tmp_path / "a.xlsx"
    above = [["please", "do", "not", None, "sort", "this"], ["or", None, None, "merge", "it"]]
    below = [["checked", None, None, "by me", "twice"]]
    write_xlsx(path, {"Data": [*above, NAMES, *ROWS, *below]})
    table = read_sheet(path)
    assert table.columns.column_names == NAMES
    assert len(table.columns) == 12
    assert any("1 line was left out below" in note for note in table.notes)
    # rows that are new to a run all come back
    assert len(read_sheet(path, known=NAMES).columns) == 13
    assert len(read_sheet(path, footer=False).columns) == 13


def test_groups_names_and_units_make_one_header(tmp_path):
    path = tmp_path / "a.xlsx"
    head = [
        [None, "2023", None, "2024", None],
        ["shop", "sold", "back", "sold", "back"],
        [None, "EUR", "pcs", "EUR", "pcs"],
    ]
    rows = [[f"shop {i}", 10 * i, i, 12 * i, i + 1] for i in range(12)]
    names = ["shop", "2023 sold EUR", "2023 back pcs", "2024 sold EUR", "2024 back pcs"]
    for merged in ({"B1:C1": "2023", "D1:E1": "2024"}, {}):
        write_xlsx(path, {"Data": [*head, *rows]}, merged)
        table = read_sheet(path).columns
        assert table.column_names == names
        assert len(table) == 12


def test_a_legend_beside_the_table_is_left_out(tmp_path):
    path = tmp_path / "a.xlsx"
    rows = [[*row, None, note] for row, note in zip(ROWS, ["Legend", "red = late"], strict=False)]
    write_xlsx(path, {"Data": [NAMES, *rows, *ROWS[2:]]})
    table = read_sheet(path)
    assert table.columns.column_names == NAMES
    assert any("beside the table" in note for note in table.notes)


def test_a_sheet_of_remarks_and_a_hidden_one_are_passed_over(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    old, remarks, data = (book.add_worksheet(name) for name in ("Old", "Read me", "Data"))
    old.hide()
    data.activate()
    data.set_first_sheet()
    for place, text in enumerate(["All orders of the year.", "Ask the office.", "One row each."]):
        remarks.write(place, 0, text)
    for sheet in (old, data):
        for at in range(20):
            sheet.write_row(at, 0, ["a", "b"] if not at else [at, f"row {at}"])
    book.close()
    assert read_sheet(path).choices == {"sheet": "Data"}


def test_a_note_below_that_is_merged_over_the_table_is_no_row(tmp_path):
    path = tmp_path / "a.xlsx"
    note = "Prices of the year, as the office has them."
    write_xlsx(path, {"Data": [NAMES, *ROWS, [note]]}, {"A14:F14": note})
    assert len(read_sheet(path).columns) == 12


def test_a_form_that_nobody_has_filled_holds_no_table(tmp_path):
    write_xlsx(tmp_path / "form.xlsx", {"form": [["id", "buyer/name", "amount"]]})
    with pytest.raises(BadInput, match="needs a header and rows"):
        read_sheet(tmp_path / "form.xlsx")


def test_a_sheet_of_names_and_what_they_say_is_passed_over(tmp_path):
    about = [[f"field {i}", f"what it says {i}"] for i in range(9)]
    write_xlsx(tmp_path / "a.xlsx", {"About": [["Key", "Value"], *about], "Data": [NAMES, *ROWS]})
    assert len(read_sheet(tmp_path / "a.xlsx").columns) == len(ROWS)
