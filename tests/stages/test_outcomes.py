"""Columns named to be compared with the clusters of texts."""

from __future__ import annotations

import json

import numpy as np
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


def rated(texts, name="Star Rating"):
    """Texts whose ratings are low where they are of football."""
    stars = [(1 + i % 3) if "football" in text else (3 + i % 3) for i, text in enumerate(texts)]
    return pa.table({"text": texts, name: stars}), np.array(stars)


def test_clusters_of_reviews_are_compared_by_their_ratings(texts):
    frame, stars = rated(texts)
    found = shoal.cluster(frame, text="text", k=4, settings=HASHING)
    assert found.outcome.heading == "Star Rating"
    for entry in found.clusters:
        own = stars[found.labels == entry["cluster"]]
        one = entry["outcomes"][0]
        assert one["mean"] == pytest.approx(own.mean())
        assert one["shown"] == f"{own.mean():.2f}"
        assert f"of all rows {stars.mean():.2f}" in one["text"]
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert f"Star Rating is {stars.mean():.2f} on average: lowest in " in page


def test_what_is_not_named_like_a_rating_is_not_compared(texts):
    found = shoal.cluster(rated(texts, "Steps")[0], text="text", k=4, settings=HASHING)
    assert found.outcome is None
