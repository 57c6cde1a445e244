"""The report says what each column was taken for, and why."""

from __future__ import annotations

import pyarrow as pa
import pytest

import shoal


@pytest.fixture(scope="module")
def page():
    n = 60
    columns = {
        "e_mail": [f"a{i}@example.com" for i in range(n)],
        "age": [20 + 15 * (i % 3) + i % 5 for i in range(n)],
        "spend": [f"$ {10 ** (1 + i % 3) + i}" for i in range(n)],
    }
    run = shoal.cluster(pa.table(columns))
    return (run.path / "report.html").read_text(), run


def test_the_report_has_a_table_of_roles(page):
    html, run = page
    roles = {entry["name"]: entry for entry in run.info["columns"]["roles"]}
    assert roles["e_mail"]["role"] == "code"
    assert roles["spend"]["role"] == "number"
    table = html[html.index("What each column holds") :].partition("</table>")[0]
    for name, entry in roles.items():
        assert f"<bdi>{name}</bdi></th><td>{entry['role']}</td>" in table
    assert "e-mail addresses" in table
