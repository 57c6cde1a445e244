"""The heat map of profiles."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

import shoal
from shoal.views import report

HOSTILE = "<b onclick=alert(1)>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    n = 90
    group = [i % 3 for i in range(n)]
    table = pa.table(
        {
            "spent": [10.0 ** (1 + g) + i for i, g in enumerate(group)],
            f"plan {HOSTILE}": [f"{HOSTILE}{g}" if g else None for g in group],
            "day": pa.array([18000 + 400 * g for g in group], pa.date32()),
            "left": ["yes" if g == 2 or i % 9 == 0 else "no" for i, g in enumerate(group)],
        }
    )
    out = tmp_path_factory.mktemp("profiles") / "run"
    return shoal.cluster(table, outcome="left", k=3, out=out)


def page(run):
    return (run.path / "report.html").read_text(encoding="utf-8")


def heat_map(run):
    html = page(run)
    return html[html.index('<section id="profiles"') : html.index('<section id="why"')]


def test_every_column_and_cluster_has_its_cell_shaded_by_the_effect(run):
    html = heat_map(run)
    assert '<a href="#profiles">' in page(run)
    assert html.count('class="who"') == 3
    rows = re.findall(r'<th scope="row"><bdi>(.*?)</bdi>', html)
    assert set(rows) >= {"spent", "day", "left"}
    assert rows[-1] == "left"
    assert "Not clustered by" in html
    assert re.search(r'class="heat hi[345]"', html)
    assert re.search(r'class="heat lo[345]"', html)
    assert "30 gaps" in html


def test_of_two_categories_the_same_one_is_told_of_every_cluster(run):
    row = heat_map(run).split("<bdi>left</bdi>")[1]
    assert re.findall(r"<bdi>(yes|no)</bdi>", row) == ["yes"] * 3
    shares = sorted(int(share) for share in re.findall(r'class="range">(\d+) %', row))
    assert shares[-1] == 100
    assert shares[0] < 50


def test_values_of_the_data_are_escaped_and_no_style_is_inline(run):
    html = heat_map(run)
    assert "<b onclick" not in html
    assert "&lt;b onclick" in html
    assert "style=" not in html


def test_the_report_is_written_again_the_same(run):
    before = page(run)
    report.write(run.path)
    assert page(run) == before


def test_a_run_of_texts_has_no_profiles(tmp_path):
    texts = [f"{word} {i} story" for i in range(12) for word in ("apple", "rocket")]
    run = shoal.cluster(texts, embedder="hashing", out=tmp_path / "run")
    assert run.profiles is None
    assert run.outcome is None
    assert '<section id="profiles"' not in page(run)
    assert 'href="#profiles"' not in page(run)


def test_a_typical_record_begins_with_the_fields_that_its_cluster_is_known_by(tmp_path):
    shoal.cluster(
        {
            "branch": ["north · 1", "south · 2", "east · 3"] * 20,
            "cost": [1.0 + i % 5 / 50 if i % 2 == 0 else 90.0 + i % 5 for i in range(60)],
        },
        k=2,
        out=tmp_path / "run",
    )
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    answer = html[html.index('id="themes"') : html.index('id="map"')]
    rows = re.findall(r'class="quote" dir="auto">(.*?)</span>', answer)
    assert len(rows) == 6
    assert all(re.fullmatch(r"cost [\d.]+ · branch \w+ · \d", row) for row in rows), rows
