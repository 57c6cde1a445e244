"""The overview, the caveats, anomalies and duplicates of the report."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.artifacts.reading import read
from shoal.artifacts.saved import SavedRun
from shoal.views.figures import points
from shoal.views.report.overview import overview
from shoal.views.report.page import render
from shoal.views.report.standing_out import anomalies, duplicates, odd_rows
from shoal.views.report.views import clusters, counts
from shoal.views.report.warnings import caveats

from .conftest import SCRIPT, Folder


def told(folder: Folder) -> str:
    """The lines of the overview as one text."""
    run = read(SavedRun(folder.write()))
    lines = overview(run, counts(run), clusters(run))
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.fixture
def odd(folder: Folder) -> Folder:
    """A run with two lone rows, a group of three, and a pair of near-duplicates."""
    folder.evaluation["anomalies"] = {"n": 5, "lone": 2, "groups": 1, "rule": f"rule {SCRIPT}"}
    folder.evaluation["duplicates"] = {
        **{"rows": 3, "exact": 1, "near": 2, "groups": 2, "joined": False, "rule": "rule"},
        "by": "spelling",
    }
    path = folder.write()
    anomaly = {
        "row": [1, 4, 5, 6, 8, 9],
        "id": [SCRIPT, "4", "5", "6", "8", "9"],
        "score": [3.0, 2.9, 2.8, 2.7, 2.6, 1.0],
        "anomaly": [True] * 5 + [False],
        "kind": ["lone", "group", "group", "group", "lone", "lone"],
        "group": pa.array([None, 0, 0, 0, None, None], pa.int32()),
        "nearest_cluster": pa.array([0, 1, 1, 1, None, 0], pa.int32()),
        "reason": [f"far {SCRIPT}; closest cluster: x"] * 6,
    }
    pq.write_table(pa.table(anomaly), path / "anomalies.parquet")
    near_duplicates = {
        "group": [0, 0, 0, 1, 1],
        "row": [1, 2, 3, 4, 5],
        "id": ["a", SCRIPT, "c", "d", "e"],
        "representative": [True, False, False, True, False],
        "similarity": [1.0, 1.0, 0.9, 1.0, 0.87],
        "exact": [True, True, False, True, False],
    }
    pq.write_table(pa.table(near_duplicates), path / "duplicates.parquet")
    return folder


def test_the_overview_names_the_largest_clusters_and_what_is_alone(folder: Folder) -> None:
    text = told(folder)
    assert "The largest clusters are " in text
    assert "2 rows fit no cluster and 1 row has no text." in text


def test_the_overview_of_a_run_without_clusters(folder: Folder) -> None:
    folder.all_noise()
    assert told(folder).startswith("No clusters were found")


def test_the_overview_names_anomalies_and_duplicates(odd: Folder) -> None:
    text = told(odd)
    assert "5 rows stand out, farthest of all " in text
    assert "3 rows repeat another; 2 differ a little from the one that stands for them." in text


def test_only_texts_repeat_to_the_letter(odd: Folder) -> None:
    odd.evaluation["duplicates"].update(near=0)
    odd.write()
    assert "3 rows repeat another to the letter." in told(odd)
    odd.evaluation["duplicates"]["by"] = "looks"
    odd.write()
    assert "3 rows repeat another exactly." in told(odd)


def test_an_overview_is_ten_lines_at_most(odd: Folder) -> None:
    assert 5 <= len(told(odd).splitlines()) <= 10


def test_anomalies_of_a_group_are_one_entry(odd: Folder) -> None:
    run = read(SavedRun(odd.path))
    shown = anomalies(run, clusters(run))
    assert shown is not None
    assert [entry["kind"] for entry in shown["rows"]] == ["lone", "group", "lone"]
    assert len(shown["rows"][1]["alike"]) == 2
    assert shown["more"] == 0
    assert "closest" not in shown["rows"][0]["reason"]
    assert shown["rows"][2]["closest"] is None


def test_duplicates_are_shown_by_group(odd: Folder) -> None:
    shown = duplicates(read(SavedRun(odd.path)))
    assert shown is not None
    assert [len(group["others"]) for group in shown["shown"]] == [2, 1]
    assert [row["alike"] for row in shown["shown"][0]["others"]] == ["the same", "0.90"]


def test_the_sections_are_on_the_page_and_escaped(odd: Folder) -> None:
    page = render(read(SavedRun(odd.path)))
    for name in ("caveats", "anomalies", "duplicates"):
        assert f'<section id="{name}"' in page
        assert f'href="#{name}"' in page
    assert "<img" not in page


def test_a_run_of_an_older_shoal_has_no_such_sections(folder: Folder) -> None:
    page = render(read(SavedRun(folder.write())))
    assert 'id="anomalies"' not in page
    assert 'href="#duplicates"' not in page


def test_what_to_doubt(folder: Folder) -> None:
    rival = {"row": 1, "id": "1", "text": "x"}
    for entry, other in zip(folder.clusters, (1, 0), strict=True):
        entry["separation"], entry["stability"] = 0.05, 0.4
        entry["borderline"] = [{**rival, "rival": other}]
    run = read(SavedRun(folder.write()))
    found = caveats(run, counts(run), clusters(run))
    assert found["n_pairs"] == 1
    assert (found["pairs"][0]["one"]["number"], found["pairs"][0]["other"]["number"]) == (0, 1)
    assert found["n_unstable"] == 2
    assert [entry["number"] for entry in found["loose"]] == [0]
    assert found["between"] == sum(1 for i in range(40) if i not in (0, 3, 7, 9) and i / 40 < 0.5)


def test_a_damaged_table_is_named(odd: Folder) -> None:
    Path(odd.path / "anomalies.parquet").write_bytes(b"no parquet")
    with pytest.raises(Exception, match=re.escape("anomalies.parquet")):
        read(SavedRun(odd.path))


def test_rows_that_stand_out_have_a_ring_on_the_map_though_others_are_left_out(
    odd: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = read(SavedRun(odd.write()))
    rows = odd_rows(run)
    assert rows == [1, 4, 5, 6, 8]
    numbers = [entry["number"] for entry in clusters(run)]
    monkeypatch.setattr(points, "MAX_POINTS", 3)
    packed = points.pack(run.rows, numbers, rows)
    placed = {int(packed.rows[i]) for i in packed.payload["odd"]}
    assert placed == {row for row in rows if run.rows.x[row] == run.rows.x[row]}
    assert packed.n_odd == len(placed) > 0
    monkeypatch.setattr(points, "MAX_RINGS", 1)
    assert points.pack(run.rows, numbers, rows).n_odd <= 1
    assert "Rings: " in render(run)
    assert points.pack(run.rows, numbers).payload["odd"] == []
