"""Do the outlier scores find known outliers, better than the usual detectors on the same vectors?

python benchmarks/does_it_find_anomalies.py DATA --peer-python PEER/bin/python [--seconds 120]

PEER has pyod. `clinc150_oos`: 1,200 questions that belong to none of 150 intents among 23,700, on
the vectors of a run with the defaults. `thyroid_outliers`: 93 patients among 3,772, on columns
scaled by median and quartile range, and as
records in a run. A detector that takes longer than the seconds is stopped.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
from report import save, table
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import RobustScaler

import shoal
from shoal.artifacts.saved import SavedRun
from shoal.numerics.outliers import Outliers, outliers


def texts(data: Path) -> tuple[Any, Any, Outliers, float]:
    """Vectors, truth and our outliers of clinc150_oos, from a whole run."""
    truth = np.array(pq.read_table(data / "clinc150_oos.parquet")["is_outlier"].to_pylist())
    run = shoal.cluster(data / "clinc150_oos.parquet", text="text")
    with np.load(run.path / "neighbors.npz") as graph:
        rows, distances = graph["rows"], graph["distances"]
    used = rows[:, 0] >= 0
    places = np.searchsorted(np.nonzero(used)[0], rows[used]).astype(np.int32)
    copies = SavedRun(run.path).as_items().copies
    started = time.perf_counter()
    found = outliers(places, distances[used], copies)
    seconds = time.perf_counter() - started
    given = np.array(run.to_arrow()["outlier_score"].to_pylist(), dtype=np.float32)
    np.testing.assert_array_equal(given[used], found.scores)  # what the run folder says
    return np.asarray(run.embeddings[used]), truth[used], found, seconds


def columns(data: Path) -> tuple[Any, Any, Outliers, float]:
    """The same of thyroid_outliers: scaled columns and Euclidean neighbors."""
    given = pyarrow.csv.read_csv(data / "thyroid_outliers.csv")
    truth = np.array(given["label"].to_pylist()) == "outlier"
    raw = np.column_stack([given[c].to_numpy() for c in given.column_names if c != "label"])
    vectors = RobustScaler().fit_transform(raw)
    started = time.perf_counter()
    distances, rows = NearestNeighbors(n_neighbors=30).fit(vectors).kneighbors()
    found = outliers(rows.astype(np.int32), distances.astype(np.float32))
    return vectors, truth, found, time.perf_counter() - started


def records(data: Path) -> list[dict[str, Any]]:
    """What a whole run says of thyroid_outliers, with values past the scales' ends and without."""
    source = data / "thyroid_outliers.csv"
    run = shoal.cluster(source)
    truth = np.array(pyarrow.csv.read_csv(source)["label"].to_pylist()) == "outlier"
    given = np.array(run.to_arrow()["outlier_score"].to_pylist(), dtype=np.float32)
    with np.load(run.path / "neighbors.npz") as graph:
        used = graph["rows"][:, 0] >= 0
        places = np.searchsorted(np.nonzero(used)[0], graph["rows"][used]).astype(np.int32)
        copies = SavedRun(run.path).as_items().copies
        bounded = outliers(places, graph["distances"][used], copies)
    return [
        judged("a run", truth[used], given[used], 0.0),
        judged("by the cosine alone", truth[used], bounded.scores, 0.0),
    ]


def judged(name: str, truth: Any, scores: Any, seconds: float) -> dict[str, Any]:
    """One line of the table."""
    return {
        "detector": name,
        "AUC": float(roc_auc_score(truth, scores)),
        "average precision": float(average_precision_score(truth, scores)),
        "seconds": round(seconds, 2),
    }


def main() -> None:
    """Score both sets with every detector."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    script = str(Path(__file__).with_name("outlier_peers.py"))
    figures = {}
    for name, read in (("clinc150_oos", texts), ("thyroid_outliers", columns)):
        vectors, truth, found, seconds = read(options.data)
        lines = [judged("shoal", truth, found.scores, seconds)]
        with tempfile.TemporaryDirectory() as folder:
            source, target = f"{folder}/vectors.npy", f"{folder}/scores.npz"
            np.save(source, vectors)
            command = [options.peer_python, script, source, target, str(options.seconds)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            with np.load(target) as scores:
                for peer in scores.files:
                    if np.isfinite(scores[peer]).all():
                        line = judged(peer, truth, scores[peer], told[peer]["seconds"])
                        lines.append(line)
                    else:
                        told[peer]["failed"] = "scores that are no numbers"
        lines.sort(key=lambda line: -line["AUC"])
        beyond = found.odd
        limit = {
            "limit": found.limit,
            "beyond": int(beyond.sum()),
            "of them true": float(truth[beyond].mean()) if beyond.any() else 0.0,
            "of the true": float(beyond[truth].mean()),
            "groups": int(found.group.max()) + 1,
        }
        failed = {peer: entry["failed"] for peer, entry in told.items() if entry["failed"]}
        print(f"\n{name}: {len(truth):,} rows, {int(truth.sum()):,} outliers")
        table(lines)
        print(f"beyond the limit: {limit}\nnot finished: {failed or 'none'}")
        figures[name] = {"detectors": lines, "limit": limit, "failed": failed}
    lines = records(options.data)
    print("\nthyroid_outliers as records, a run with the defaults")
    table(lines)
    figures["thyroid_outliers as records"] = {"detectors": lines}
    save("does_it_find_anomalies", figures)


if __name__ == "__main__":
    main()
