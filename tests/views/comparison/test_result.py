import dataclasses
import json

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from shoal.errors import BadInput, OutputExists
from shoal.views.comparison import compare

from .conftest import make


def told(change):
    return change.kind, [one.label for one in change.before], [one.label for one in change.after]


def test_clusters_are_followed_and_rows_accounted_for(sides):
    found = compare(*sides)
    assert [told(change) for change in found.changes] == [
        ("merged", [1, 2], [2]),
        ("split", [0], [0, 1]),
    ]
    assert [change.rows for change in found.changes] == [8, 7]
    assert found.counts["split"] == found.counts["merged"] == 1
    rows = {kind: n for kind, n in found.row_counts.items() if n}
    assert rows == {"split": 7, "merged": 8, "moved": 1, "left out": 1, "placed": 1, "noise": 2}
    assert sum(rows.values()) == found.n_matched == 20


def test_agreement_is_that_of_scikit_learn_with_noise_as_one_cluster(sides):
    one, other = (side.labels for side in sides)
    agreed = compare(*sides).agreement
    assert agreed.ari == pytest.approx(adjusted_rand_score(one, other))
    assert agreed.ami == pytest.approx(adjusted_mutual_info_score(one, other))
    assert agreed.together == pytest.approx((4 + 4 + 4 + 2) / 20)
    assert agreed.paired == pytest.approx((2 + 4 + 4) / 20)


def test_a_run_against_itself_agrees_fully(sides):
    found = compare(sides[0], sides[0])
    assert dataclasses.astuple(found.agreement) == pytest.approx((1, 1, 1, 1))
    assert {kind for kind, n in found.counts.items() if n} == {"stayed"}
    assert found.row_counts["moved"] == 0
    assert found.row_counts["stayed"] == 17


def test_noise_only_runs_are_compared_without_a_cluster():
    found = compare(make("a", [-1] * 4), make("b", [-1] * 4))
    assert found.agreement.ari == 1.0
    assert (found.changes, found.row_counts["noise"]) == ((), 4)
    half = compare(make("a", [-1] * 4), make("b", [0, 0, 1, 1]))
    assert [change.kind for change in half.changes] == ["appeared", "appeared"]
    assert half.changes[0].flows[0].before is None
    assert half.row_counts["placed"] == 4


def test_a_vanished_cluster_says_where_its_rows_went():
    found = compare(
        make("a", [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]), make("b", [0, 0, 1, 1, 0, 0, 0, 1, 1, 1])
    )
    gone = next(change for change in found.changes if change.kind == "vanished")
    assert (gone.before[0].label, gone.rows) == (0, 4)
    assert [(flow.after.label, flow.rows) for flow in gone.flows] == [(0, 2), (1, 2)]


def test_rows_in_one_run_only_are_counted_and_part_of_its_sizes():
    found = compare(make("a", [0, 0, 0]), make("b", [0, 0, 0, 1, 1], ids=[2, 1, 0, 8, 9]))
    assert (found.n_matched, found.only_before, found.only_after) == (3, 0, 2)
    new = next(change for change in found.changes if change.kind == "appeared")
    assert (new.after[0].size, new.rows, new.flows) == (2, 2, ())


def test_a_comparison_is_frozen(sides):
    found = compare(*sides)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.before = sides[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.changes[0].rows = 3
    assert repr(found).startswith("<Comparison of old and new: 20 rows, ARI 0.")


def test_the_table_has_one_row_per_matched_row(sides, tmp_path):
    found = compare(*sides)
    table = found.rows().to_pylist()
    assert table[0] == {
        "id": 0,
        "text": "text 0",
        "before": 0,
        "before_title": "old 0",
        "after": 2,
        "after_title": "new 2",
        "change": "moved",
    }
    assert [table[i]["change"] for i in (1, 12, 13, 17, 19)] == [
        "split",
        "left out",
        "merged",
        "noise",
        "placed",
    ]
    assert table[19]["before_title"] is None
    for ending, read in (("csv", pyarrow.csv.read_csv), ("parquet", pq.read_table)):
        path = found.save(tmp_path / f"rows.{ending}")
        assert read(path)["change"].to_pylist() == [row["change"] for row in table]
    lines = found.save(tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == table


def test_the_json_holds_agreement_changes_and_flows(sides, tmp_path):
    found = compare(*sides)
    kept = json.loads(found.save(tmp_path / "all.json").read_text(encoding="utf-8"))
    assert kept["matched"] == {
        "by": "id",
        "reason": "both have ids (column 'id')",
        "rows": 20,
        "same_content": 20,
    }
    assert kept["agreement"]["ari"] == found.agreement.ari
    assert kept["changes"][1]["after"] == [
        {"cluster": 0, "title": "new 0", "size": 4},
        {"cluster": 1, "title": "new 1", "size": 3},
    ]
    assert sum(flow["rows"] for flow in kept["flows"]) == 20
    assert {"before": None, "after": None, "rows": 2, "kind": "noise"} in kept["flows"]


def test_files_are_not_written_over_unseen(sides, tmp_path):
    found = compare(*sides)
    for name in ("a.html", "a.svg", "a.json", "a.csv", "a.parquet", "a.jsonl"):
        first = found.save(tmp_path / name).read_bytes()
        with pytest.raises(OutputExists):
            found.save(tmp_path / name)
        assert found.save(tmp_path / name, force=True).read_bytes() == first
    with pytest.raises(BadInput, match=r"\.html, \.svg"):
        found.save(tmp_path / "a.png")
    with pytest.raises(BadInput, match="Create it first"):
        found.save(tmp_path / "no" / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        found.save(tmp_path / "folder.csv", force=True)


def test_many_clusters_are_followed_fast():
    rng = np.random.default_rng(0)
    labels = np.arange(30_000) % 3000
    found = compare(make("a", labels), make("b", np.where(rng.random(30_000) < 0.9, labels, 0)))
    assert found.counts["stayed"] > 2900
    assert len(found.changes) <= 3001
