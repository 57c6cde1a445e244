"""Tables in HTML and XML are read as tables."""

from __future__ import annotations

import pytest

from shoal import stages

NAMES = ["id", "age", "spend", "plan"]
ROWS = [[str(100 + i), str(20 + i), f"{i}.50", ["basic", "plus"][i % 2]] for i in range(12)]
OFFICE = "urn:schemas-microsoft-com:office:spreadsheet"


def page(above: str = "", tag: str = "th") -> str:
    head = "".join(f"<{tag} class=h>{name}</{tag}>" for name in NAMES)
    rows = "".join("<tr>" + "".join(f"<td>{v}" for v in row) for row in ROWS)
    return f"<html><body>{above}<table><tr>{head}</tr>{rows}</table></body></html>"


def spreadsheet() -> str:
    rows = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{v}</Data></Cell>' for v in row) + "</Row>"
        for row in [NAMES, *ROWS]
    )
    sheet = f'<Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet>'
    return f'<?xml version="1.0"?><Workbook xmlns="{OFFICE}" xmlns:ss="{OFFICE}">{sheet}</Workbook>'


def records(form: str) -> str:
    if form == "attributes":
        said = [" ".join(f'{n}="{v}"' for n, v in zip(NAMES, r, strict=True)) for r in ROWS]
        return "<rows>" + "".join(f"<row {one}/>" for one in said) + "</rows>"
    said = ["".join(f"<{n}>{v}</{n}>" for n, v in zip(NAMES, r, strict=True)) for r in ROWS]
    items = "".join(f"<item>{one}</item>" for one in said)
    return f"<?xml version='1.0'?><feed><channel><title>a</title>{items}</channel></feed>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("export.xls", page().encode()),
        ("export.xls", page("<table><tr><td>by the CRM</table>", "td").encode("utf-16")),
        ("sheet.xml", spreadsheet().encode()),
        ("sheet.xls", spreadsheet().encode()),
        ("data.xml", records("attributes").encode()),
        ("feed.xml", records("elements").encode()),
    ],
)
def test_a_table_in_markup_is_a_table(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    items = stages.read(path, {})
    assert [role["name"] for role in items.about["roles"]] == NAMES
    assert items.about["table"] == "records"
    assert len(items) == len(ROWS)
    assert items.carried("spend").to_pylist()[3] == "3.50"
    assert any(name in note for note in items.notes)


def test_cells_that_cover_others_are_written_into_all(tmp_path):
    rows = "".join(f"<tr><td>{i}<td>{i * i}</tr>" for i in range(2, 9))
    top = "<tr><th>town<th>year<th>sales</tr><tr><td rowspan=7>Ulm"
    (tmp_path / "a.xls").write_text(f"<table>{top}{rows[4:]}</table>")
    items = stages.read(tmp_path / "a.xls", {})
    assert items.carried("town").to_pylist() == ["Ulm"] * 7
    assert items.carried("sales").to_pylist() == [i * i for i in range(2, 9)]


def test_xml_without_records_is_one_text_a_line(tmp_path):
    (tmp_path / "a.xml").write_text("<note>\n<to>Ana</to>\n</note>\n")
    assert len(stages.read(tmp_path / "a.xml", {})) == 3
