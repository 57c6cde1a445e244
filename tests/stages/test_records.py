"""Tables of numbers and categories: from the file to clusters with profiles, and new rows."""

from __future__ import annotations

import csv
import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal import stages
from shoal.errors import BadInput, UnknownPart

N = 240
RNG = np.random.default_rng(0)
GROUP = np.arange(N) % 3
CHANNELS = ["Retail", "Hotel", "Cafe"]


def customers():
    """Three kinds of customers: by two amounts, a category and a date; the rest says nothing."""
    spread = RNG.normal(0, 0.3, (2, N))
    fresh = np.exp(np.array([8.0, 5.5, 8.2])[GROUP] + 2 * spread[0])
    milk = np.exp(np.array([5.0, 7.0, 7.2])[GROUP] + spread[1])
    day = dt.date(2020, 1, 1)
    milk_cells = [None if i % 31 == 5 else float(v) for i, v in enumerate(milk)]
    return pa.table(
        {
            "customerID": [f"{i * 7919 % 10007}-X" for i in range(N)],
            "Fresh": fresh,
            "Milk": milk_cells,
            "Channel": [
                CHANNELS[g] if i % 10 else CHANNELS[(i // 10 + 1) % 3] for i, g in enumerate(GROUP)
            ],
            "Since": [day + dt.timedelta(days=int(300 * GROUP[i] + i)) for i in range(N)],
            "Country": ["PT"] * N,
            "left": ["Yes" if g == 1 or i % 6 == 0 else "No" for i, g in enumerate(GROUP)],
        }
    )


TABLE = customers()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return shoal.cluster(TABLE, outcome="left", out=tmp_path_factory.mktemp("records") / "run")


def features(table=TABLE, **params):
    return {f["name"]: f for f in stages.read(table, params).about["features"]}


def test_columns_are_used_by_what_they_hold_and_it_is_said_why():
    found = features(outcome=["left"])
    used = [name for name, f in found.items() if f["use"] == "clustered"]
    assert used == ["Fresh", "Milk", "Channel", "Since"]
    assert found["customerID"]["why"] == "it is the row id"
    assert found["Country"]["why"] == "it has a single value"
    assert found["left"]["use"] == "shown"
    assert found["Milk"]["gaps"] == TABLE["Milk"].null_count


def test_a_column_named_like_an_outcome_is_not_clustered_by_unless_it_is_named():
    table = TABLE.rename_columns([*TABLE.column_names[:-1], "label"])
    assert features(table)["label"]["use"] == "shown"
    assert "list it in --columns" in features(table)["label"]["why"]
    named = features(table, columns=["Fresh", "label"])
    assert [n for n, f in named.items() if f["use"] == "clustered"] == ["Fresh", "label"]


def test_a_table_with_texts_stays_one_of_texts():
    table = TABLE.append_column(
        "note", pa.array([f"the parcel {i} came far too late" for i in range(N)])
    )
    assert stages.read(table, {}).modality == "text"
    assert stages.read(table, {"columns": ["Fresh", "note"]}).modality == "record"
    assert stages.read(TABLE, {"text": "Channel"}).modality == "text"


def test_the_groups_are_found_and_told_by_what_sets_them_apart(run):
    purity = [entry["purity"] for entry in run.clusters]
    assert purity == [None] * 3
    found = {tuple(np.unique(GROUP[run.labels == c])) for c in range(3)}
    assert found == {(0,), (1,), (2,)}
    assert all(entry["written_by"] == "profiles" for entry in run.clusters)
    told = " ".join(word for entry in run.clusters for word in entry["keywords"])
    assert "x the median" in told
    assert "Channel is Hotel for 9" in told
    assert len({entry["title"] for entry in run.clusters}) == 3


def test_profiles_are_saved_with_effects_and_what_each_column_adds(run):
    told = json.loads((run.path / "profiles.json").read_text(encoding="utf-8"))
    columns = {column["name"]: column for column in told["columns"]}
    assert set(columns) == {"Fresh", "Milk", "Channel", "Since", "left"}
    assert sum(c["share"] for c in columns.values() if c["clustered"]) == pytest.approx(1.0)
    assert not columns["left"]["clustered"]
    names = list(columns)
    for c, cluster in enumerate(told["clusters"]):
        fresh = np.asarray(TABLE["Fresh"])[run.labels == c]
        entry = cluster["columns"][names.index("Fresh")]
        assert entry["median"] == pytest.approx(np.median(fresh))
        assert entry["ratio"] == pytest.approx(np.median(fresh) / np.median(TABLE["Fresh"]))
        left = np.array(TABLE["left"].to_pylist())[run.labels == c]
        shares = dict(cluster["columns"][names.index("left")]["levels"])
        assert shares.get("Yes", 0.0) == pytest.approx((left == "Yes").mean())
    assert run.outcome is not None
    assert run.outcome.heading == "left: Yes"
    shares = [int(cell.rstrip("%")) for cell in run.outcome.cells.values()]
    assert max(shares) > 50 > min(shares)


def test_its_own_rows_get_their_own_clusters_from_any_form_of_the_table(run, tmp_path):
    assert run.predict(TABLE).tolist() == run.labels.tolist()
    with (tmp_path / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TABLE.column_names)
        writer.writerows(zip(*(column.to_pylist() for column in TABLE.columns), strict=True))
    pq.write_table(TABLE.drop_columns(["left", "Country"]), tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        assert run.predict(tmp_path / name).tolist() == run.labels.tolist()
    assert shoal.load(run.path).predict(TABLE).tolist() == run.labels.tolist()


def test_new_rows_with_gaps_and_unknown_categories_are_placed(run):
    near = TABLE.slice(0, 60)
    moved = np.asarray(near["Fresh"]) * 1.01
    new = near.set_column(1, "Fresh", pa.array(moved))
    unknown = new.set_column(3, "Channel", pa.array(["Kiosk"] * 60))
    gaps = new.set_column(2, "Milk", pa.nulls(60, pa.float64()))
    assert (run.predict(new) == run.labels[:60]).mean() > 0.95
    assert (run.predict(unknown) == run.labels[:60]).mean() > 0.8
    assert (run.predict(gaps) == run.labels[:60]).mean() > 0.6
    with pytest.raises(BadInput, match="'Milk', which the new rows do"):
        run.predict(TABLE.drop_columns(["Milk"]))


def test_equal_rows_are_one_content_and_rows_without_values_are_kept():
    gap = pa.table({"a": [None, 1.5, 1.5, 2.5], "b": [None, "x", "x", "y"]})
    items = stages.read(gap, {"columns": ["a", "b"]})
    assert items.first.tolist() == [-1, 1, 1, 3]
    assert items.excluded == {0: "no value in any column"}
    assert items.shown(1) == "a 1.5 · b x"


def test_another_cut_is_profiled_anew(run, tmp_path):
    cut = shoal.recut(run, k=2, out=tmp_path / "cut")
    told = json.loads((cut.path / "profiles.json").read_text(encoding="utf-8"))
    assert len(told["clusters"]) == 2
    assert cut.predict(TABLE).tolist() == cut.labels.tolist()
    assert "x the median" in " ".join(cut.clusters[0]["keywords"] + cut.clusters[1]["keywords"])


def test_a_run_goes_on_and_weights_are_part_of_it(tmp_path):
    wanted = {"weights": {"Channel": 5.0}, "outcome": "left", "out": tmp_path / "run"}
    first = shoal.cluster(TABLE, **wanted)
    assert shoal.cluster(TABLE, **wanted).info["created"] == first.info["created"]
    blocks = {block["name"]: block for block in first.info["model"]["blocks"]}
    assert blocks["Channel"]["weight"] == 5.0
    assert blocks["Fresh"]["done"] == "skewed: log-transformed and scaled"
    with pytest.raises(shoal.errors.OutputExists):
        shoal.cluster(TABLE, **{**wanted, "weights": {"Channel": 1.0}})
    share = {p["name"]: p["share"] for p in first.profiles["parts"]}
    assert share["Channel"] > 0.5


def test_mistakes_are_explained():
    with pytest.raises(UnknownPart, match="Did you mean 'Fresh'"):
        shoal.cluster(TABLE, columns=["fresh"])
    with pytest.raises(UnknownPart, match="given a weight"):
        shoal.cluster(TABLE, weights={"Frish": 2})
    with pytest.raises(BadInput, match=r"none of the columns named .* 'Country': it has"):
        shoal.cluster(TABLE, columns=["Country"])
    with pytest.raises(BadInput, match="--embedder does not apply here"):
        shoal.cluster(TABLE, embedder="hashing")


def test_transactions_become_customers():
    rows = []
    for c in range(90):
        for n in range([20, 4, 1][c % 3]):
            rows.append(
                (
                    f"c{c:02}",
                    dt.date(2024, 1, 1) + dt.timedelta(days=300 - n * 3 - (c % 3) * 100),
                    50.0 - n,
                )
            )
    names = ["who", "when", "paid"]
    table = pa.table([pa.array(v) for v in zip(*rows, strict=True)], names=names)
    run = shoal.cluster(table, rfm=names, k=3)
    assert run.info["counts"]["rows"] == 90
    assert [len(set(run.labels[start::3].tolist())) for start in range(3)] == [1, 1, 1]
    assert [c["name"] for c in run.profiles["columns"]][:3] == [
        "recency_days",
        "frequency",
        "monetary",
    ]
    assert run.predict(table).tolist() == run.labels.tolist()


def test_a_form_of_dates_that_no_column_has_is_said():
    texts = TABLE.set_column(4, "Since", pa.array([f"{i % 28 + 1}/3/2020" for i in range(N)]))
    told = stages.read(texts, {"dates": "%d.%m.%Y"}).notes
    assert "No column holds dates in the format '%d.%m.%Y' (read.dates)." in told
    assert not stages.read(texts, {"dates": "%d/%m/%Y"}).notes
