"""What programs rely on, held against a recording: labels, files, columns and keys of run folders.

The code of commit eab6c27 made the recording, before the modules moved to where they are now: copy
this file into a checkout of that commit and run it there with an empty folder as its argument.
Where k stood beside a clusterer in `settings`, that code did not hear it, so none is given here.
Later code may add files, columns and keys. It may not take one away, change a column's type, or
give a row another label. The labels of k-means ("texts by k-means", the recut and the new rows)
were recorded anew when it began to start from the rows in order of their content: one text of 120
changed its cluster.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

import shoal

RECORDING = Path(__file__).with_name("recorded_runs.json")
# On purpose: the default clusterer builds its tree from several hierarchies, not from one.
CHANGED = {
    "/vectors by the default/arrays/model/hierarchy.npz: groups",
    "/vectors by the default/arrays/model/hierarchy.npz: linkage",
}
WORDS = {
    "food": "apple pie bread soup cheese fresh tasty dinner plate oven",
    "cars": "engine wheel road brake drive tire fast fuel garage speed",
    "bank": "card account money transfer loan fee credit cash branch balance",
    "sea": "wave boat fish beach salt sail harbor storm tide shell",
}


def texts() -> dict[str, list[Any]]:
    """120 texts of four subjects, one of them empty, two of them equal."""
    rng = np.random.default_rng(3)
    subjects = [list(WORDS)[i % 4] for i in range(120)]
    rows: list[Any] = [" ".join(rng.choice(WORDS[subject].split(), 6)) for subject in subjects]
    rows[10] = rows[14]
    rows[30] = None
    return {"id": [f"r{i}" for i in range(120)], "text": rows, "kind": subjects}


def records() -> dict[str, list[Any]]:
    """150 customers in three groups."""
    rng = np.random.default_rng(4)
    group = np.arange(150) % 3
    return {
        "age": (25 + 20 * group + rng.integers(0, 6, 150)).tolist(),
        "spend": np.round(20.0 * (3 - group) + rng.normal(0, 2, 150), 2).tolist(),
        "plan": [["basic", "plus", "pro"][g] for g in group],
    }


def vectors() -> np.ndarray:
    """160 vectors of 8 dimensions around four centres."""
    rng = np.random.default_rng(5)
    return (4 * np.eye(8)[np.arange(160) % 4] + rng.normal(0, 0.3, (160, 8))).astype(np.float32)


def hashed(part: str, **settings: Any) -> dict[str, Any]:
    return {"settings": {"embed.part": "hashing", "cluster.part": part, **settings}}


def record(folder: Path) -> dict[str, Any]:
    """What a few small runs below `folder` hold, in terms of JSON."""
    import pyarrow as pa

    made = {
        "texts by k-means": (pa.table(texts()), {"text": "text", **hashed("kmeans")}),
        "texts, hierarchical": (
            pa.table(texts()),
            {"text": "text", **hashed("agglomerative")},
        ),
        "texts by HDBSCAN after PCA": (
            pa.table(texts()),
            {"text": "text", **hashed("hdbscan", **{"reduce.part": "pca"})},
        ),
        "records": (pa.table(records()), {"settings": {"cluster.part": "kmeans"}}),
        "vectors by DBSCAN": (vectors(), {"settings": {"cluster.part": "dbscan"}}),
        "vectors by the default": (vectors(), {}),
    }
    found = {}
    for number, (name, (source, wishes)) in enumerate(made.items()):
        run = shoal.cluster(source, out=folder / str(number), **wishes)
        found[name] = of_run(run)
    again = shoal.recut(shoal.load(folder / "0"), k=3, out=folder / "cut")
    found["recut to three"] = of_run(again)
    found["new rows"] = {
        "labels": shoal.load(folder / "0")
        .predict(["apple pie bread soup cheese fresh", "wave boat fish beach salt sail"])
        .tolist()
    }
    return found


def of_run(run: Any) -> dict[str, Any]:
    root = Path(run.path)
    files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return {
        "labels": np.asarray(run.labels).tolist(),
        "files": files,
        "columns": {
            name: {field.name: str(field.type) for field in pq.read_schema(root / name)}
            for name in files
            if name.endswith(".parquet")
        },
        "arrays": {name: sorted(np.load(root / name)) for name in files if name.endswith(".npz")},
        "keys": {
            name: sorted(keys(json.loads((root / name).read_text())))
            for name in files
            if name.endswith(".json")
        },
    }


def keys(value: Any, path: str = "") -> set[str]:
    """The paths of all keys in a JSON value; the items of lists are one."""
    if isinstance(value, dict):
        return {f"{path}/{key}" for key in value} | {
            p for key, v in value.items() for p in keys(v, f"{path}/{key}")
        }
    if isinstance(value, list):
        return {p for item in value for p in keys(item, f"{path}/*")}
    return set()


def missing(before: Any, now: Any, path: str = "") -> list[str]:
    """What was recorded and is not there, or is something else."""
    if isinstance(before, dict):
        lost = [f"{path}/{key}" for key in before if key not in now]
        return lost + [
            m
            for key in before
            if key in now
            for m in missing(before[key], now[key], f"{path}/{key}")
        ]
    if path.endswith("/labels") or isinstance(before, str):
        return [] if before == now else [f"{path}: {before} -> {now}"]
    return [f"{path}: {item}" for item in before if item not in now]


def test_runs_hold_what_was_recorded_before_the_move(tmp_path: Path) -> None:
    assert set(missing(json.loads(RECORDING.read_text()), record(tmp_path))) == CHANGED


def test_what_is_missing_is_told() -> None:
    before = {"labels": [0, 1], "files": ["a", "b"], "columns": {"a": {"x": "int32"}}}
    now = {"labels": [1, 0], "files": ["a", "c"], "columns": {"a": {"x": "int64"}}}
    assert missing(before, now) == [
        "/labels: [0, 1] -> [1, 0]",
        "/files: b",
        "/columns/a/x: int32 -> int64",
    ]


if __name__ == "__main__":
    lines = (
        f"{json.dumps(name)}: {json.dumps(held)}"
        for name, held in record(Path(sys.argv[1])).items()
    )
    RECORDING.write_text("{\n" + ",\n".join(lines) + "\n}\n")
