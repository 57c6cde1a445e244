import numpy as np
import pyarrow as pa

from shoal.stages import follows


def test_the_column_that_the_clusters_follow_comes_first():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 600).astype(np.int32)
    firm = np.where(rng.random(600) < 0.8, labels, rng.integers(0, 4, 600))
    table = pa.table(
        {
            "chance": rng.choice(["red", "green", "blue"], 600),
            "firm": np.array(["Ash", "Birch", "Cedar", "Oak"])[firm],
            "price": labels * 10 + rng.normal(0, 6, 600),
            "one": ["same"] * 600,
            "key": [f"row {i}" for i in range(600)],
            "gaps": pa.array([None] * 600, pa.string()),
        }
    )
    found = follows(table, labels, table.column_names)
    scores = {entry["column"]: entry["score"] for entry in found}
    assert found[0]["column"] == "firm"
    assert scores["firm"] > 0.4
    assert scores["price"] > 0.2
    assert scores["chance"] < 0.02
    assert not {"one", "key", "gaps"} & set(scores)
    assert [e["score"] for e in found] == sorted(scores.values(), reverse=True)


def test_rows_without_a_cluster_and_few_rows_say_nothing():
    labels = np.full(100, -1, np.int32)
    table = pa.table({"firm": ["a", "b"] * 50})
    assert follows(table, labels, ["firm"]) == []
