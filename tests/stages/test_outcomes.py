"""Columns named to be compared with the clusters of texts."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

import shoal
from shoal import stages
from shoal.errors import BadInput, UnknownPart
from shoal.stages.outcomes import shown_outcome

HASHING = {"embed.part": "hashing"}


@pytest.fixture(scope="module")
def run(texts):
    """Texts of four themes; all of the first theme left, others one in ten."""
    football = ["football" in text for text in texts]
    frame = pa.table(
        {
            "text": texts,
            "left": ["yes" if f or not i % 10 else "no" for i, f in enumerate(football)],
            "paid": [f"$ {9 + (0 if f else 11) + i % 3}.50" for i, f in enumerate(football)],
            "plan": ["pro" if f else "free" if i % 2 else "basic" for i, f in enumerate(football)],
        }
    )
    return shoal.cluster(frame, text="text", outcome=["left", "paid", "plan"], settings=HASHING)


def test_clusters_json_has_the_shares_of_each_cluster(run, texts):
    entries = json.loads((run.path / "clusters.json").read_text())["clusters"]
    left = run.to_arrow()["left"].to_pylist()
    for entry in entries:
        rows = [row for row, label in enumerate(run.labels) if label == entry["cluster"]]
        told = {one["column"]: one for one in entry["outcomes"]}
        assert list(told) == ["left", "paid", "plan"]
        share = sum(left[row] == "yes" for row in rows) / len(rows)
        assert told["left"]["share"] == pytest.approx(share)
        assert told["left"]["value"] == "yes"
        assert told["left"]["rows"] == len(rows)
        is_football = "football" in texts[rows[0]]
        assert told["paid"]["median"] == (10.5 if is_football else 21.5)
        assert (told["plan"]["value"] == "pro") == is_football
        assert "of all rows" in told["left"]["text"]


def test_the_summary_has_a_column_of_it_and_the_report_a_line(run):
    outcome = run.outcome
    assert outcome.heading == "left: yes"
    assert "100%" in outcome.cells.values()
    assert "All left" in (run.path / "report.html").read_text()


def test_an_outcome_follows_a_merge(run, tmp_path):
    pytest.importorskip("starlette")
    from shoal.views.explorer.view import RunView

    own = run.save(tmp_path / "run")
    share = {e["cluster"]: e["outcomes"][0]["share"] for e in run.clusters}
    size = {e["cluster"]: e["size"] for e in run.clusters}
    RunView(own).editor.do({"op": "merge", "clusters": [0, 1], "into": 0})
    merged = next(e for e in shoal.load(own).clusters if e["cluster"] == 0)
    both = (share[0] * size[0] + share[1] * size[1]) / (size[0] + size[1])
    assert merged["outcomes"][0]["share"] == pytest.approx(both)


def test_what_cannot_be_compared_is_refused(texts):
    table = pa.table({"text": texts, "same": ["a"] * len(texts), "n": range(len(texts))})
    for name, why in (("text", "clustered by"), ("same", "it has a single value")):
        with pytest.raises(BadInput, match=f"--outcome {name}.*{why}"):
            stages.read(table, {"text": "text", "outcome": [name]})
    with pytest.raises(UnknownPart, match="asked for by --outcome"):
        stages.read(table, {"text": "text", "outcome": ["smae"]})


def test_of_several_values_the_one_that_is_more_common_than_elsewhere_is_shown():
    entry = {"column": "plan", "kind": "category", "value": "pro", "shown": "45%"}
    entries = [
        {"cluster": 0, "outcomes": [entry]},
        {"cluster": 1, "outcomes": [{**entry, "value": "free", "shown": "80%"}]},
        {"cluster": 2, "outcomes": [{**entry, "value": None, "shown": ""}]},
    ]
    found = shown_outcome(entries)
    assert found.heading == "plan"
    assert found.cells == {0: "pro 45%", 1: "free 80%", 2: ""}
    assert shown_outcome([{"cluster": 0}]) is None
