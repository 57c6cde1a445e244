"""Odd rows and duplicates, as they are gone through one by one."""

import pyarrow as pa
import pyarrow.parquet as pq

from shoal.artifacts.folder import RunFolder
from shoal.run.handle import Run
from shoal.views.explorer.frozen import frozen
from shoal.views.explorer.view import RunView
from tests.views.explorer.asking import do, told


def test_duplicates_are_reviewed(client, run_path):
    groups = told(client.get("/api/duplicates"))
    saved = pq.read_table(run_path / "duplicates.parquet")["group"]
    assert groups["total"] == len(saved.unique()) > 1
    assert groups["rows"] == len(saved)
    assert groups["groups"][0]["size"] > 1
    key = groups["groups"][0]["key"]
    told(do(client, op="review", kind="duplicates", key=key, verdict="accept"))
    assert told(client.get("/api/duplicates"))["groups"][0]["verdict"] == "accept"


def odd(row, score, anomaly, cluster, nearest):
    told = (
        f"its 20 nearest rows are {score} times as far away as usual; closest cluster: an old title"
    )
    entry = {"row": row, "id": str(row), "score": score, "anomaly": anomaly, "kind": "lone"}
    return {**entry, "cluster": cluster, "nearest_cluster": nearest, "reason": told}


def test_odd_rows_are_those_that_the_run_calls_anomalies(client, run_path):
    told_rows = [odd(7, 2.0, True, 0, 0), odd(3, 5.0, True, 1, 1), odd(9, 1.9, False, 2, 2)]
    RunFolder(run_path).write_table("anomalies.parquet", pa.Table.from_pylist(told_rows))
    page = told(client.get("/api/anomalies"))
    called = [entry["row"] for entry in Run(run_path).anomalies if entry["anomaly"]]
    assert sorted(entry["row"] for entry in page["entries"]) == sorted(called)
    assert [entry["row"] for entry in page["entries"]] == [3, 7]
    assert page["total"] == 2
    evaluation = Run(run_path).evaluation["anomalies"]
    assert (page["n"], page["rule"]) == (evaluation["n"], evaluation["rule"])


def test_as_many_odd_rows_as_the_run_found(client, run_path):
    page = told(client.get("/api/anomalies"))
    assert len(page["entries"]) == page["total"]
    assert page["n"] == Run(run_path).evaluation["anomalies"]["n"]


def test_an_odd_row_names_its_closest_cluster_once_as_it_is_called_now(client, run_path):
    told_rows = [odd(7, 3.0, True, 1, 1), odd(3, 2.0, True, 2, 3)]
    RunFolder(run_path).write_table("anomalies.parquet", pa.Table.from_pylist(told_rows))
    told(do(client, op="merge", clusters=[0, 1], into=0))
    told(do(client, op="rename", cluster=0, title="Both"))
    first, second = told(client.get("/api/anomalies"))["entries"]
    assert first["reason"] == "its 20 nearest rows are 3.0 times as far away as usual"
    assert (first["nearest"], first["nearest_title"]) == (0, "Both")
    assert second["nearest"] == 3
    told(do(client, op="noise", cluster=3))
    second = told(client.get("/api/anomalies"))["entries"][1]
    assert (second["nearest"], second["nearest_title"]) == (None, None)


def test_duplicates_are_those_of_the_run(run_path):
    near = {"group": [0, 0, 0, 1, 1], "row": [9, 1, 4, 2, 6]}
    RunFolder(run_path).write_table("duplicates.parquet", pa.table(near))
    view = RunView(run_path)
    groups = frozen(view)["duplicates"]["groups"]
    assert [g["rows"] for g in groups] == [[9, 1, 4], [2, 6]]
