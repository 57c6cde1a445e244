"""Which criterion finds the number of clusters, and how long does it take?

python benchmarks/how_k_is_chosen.py DATA WORK [SET ...]

WORK keeps a run of each set, so that nothing is embedded twice. Beside each whole set, sets of
some of its classes are chosen for: they are as real, and have other numbers.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table
from sklearn.metrics import adjusted_rand_score

import shoal
from shoal.parts.clusterers.kmeans import KMeans
from shoal.recipe import Recipe

SETS = (
    "ag_news_test",
    "arxiv_titles_large",
    "banking77",
    "clinc150_oos",
    "newsgroups20",
    "stackoverflow20",
)
CLASSES = (0, 4, 9, 20, 45)
"""Classes drawn from a set that has half as many again; 0 for all."""
MAX_ROWS = 20_000


def vectors_of(data: Path, work: Path, name: str) -> tuple[Any, Any]:
    """Unit vectors and classes of a set, by the default run."""
    out = work / name
    files = sorted(data.glob(f"{name}*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=["text", "label"]) for file in files])
    keep = np.array([label != "oos" for label in rows["label"].to_pylist()])
    rows = rows.filter(pa.array(keep))
    if len(rows) > MAX_ROWS:
        drawn = np.random.default_rng(0).choice(len(rows), MAX_ROWS, replace=False)
        rows = rows.take(pa.array(np.sort(drawn)))
    run = shoal.cluster(rows, text="text", truth="label", out=out)
    first = np.unique(np.asarray(run.embeddings), axis=0, return_index=True)[1]
    first = np.sort(first[np.abs(np.asarray(run.embeddings)[first]).max(axis=1) > 0])
    classes = np.array(run.to_arrow()["label"].to_pylist())
    return np.asarray(run.embeddings)[first], classes[first]


def measured(vectors: Any, classes: Any) -> dict[str, Any]:
    """What each criterion suggests, its ARI, and that of the true number."""
    reduced = Recipe().build("reduce").fit(vectors).transform(vectors)
    started = time.perf_counter()
    model = KMeans().fit(reduced)
    seconds = time.perf_counter() - started
    true = len(np.unique(classes))
    found: dict[int, float] = {}

    def ari(k: int) -> float:
        if k not in found:
            found[k] = adjusted_rand_score(classes, KMeans(k).fit(reduced).labels_)
        return found[k]

    told: dict[str, Any] = {"rows": len(vectors), "true k": true, "seconds": seconds}
    heard = {curve.name: curve.suggestion for curve in model.curves_}
    for name, k in heard.items():
        told[name] = None if k is None else int(k)
        # the silhouette decides where another criterion speaks for none
        told[f"{name} ratio"] = ari(int(heard["silhouette"] if k is None else k)) / ari(true)
    return told


def by_leaving_one_out(rows: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """For each set the criterion that is best on the others, and what it gets on this one."""
    sets = list(dict.fromkeys(row["set"] for row in rows))
    mean = {
        (name, s): float(np.mean([r[f"{name} ratio"] for r in rows if r["set"] == s]))
        for name in names
        for s in sets
    }
    out = []
    for left in sets:
        others = {n: np.mean([mean[n, s] for s in sets if s != left]) for n in names}
        best = max(names, key=lambda name: others[name])
        out.append({"left out": left, "best on the others": best, "ratio": mean[best, left]})
    return out


def main() -> None:
    """Measure each set and its parts."""
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    rows = []
    for name in sys.argv[3:] or SETS:
        vectors, classes = vectors_of(data, work, name)
        known = np.unique(classes)
        for n_classes in CLASSES:
            if n_classes * 1.5 > len(known):
                continue
            drawn = np.random.default_rng(n_classes).choice(known, n_classes or len(known), False)
            inside = np.isin(classes, drawn)
            rows.append({"set": name, **measured(vectors[inside], classes[inside])})
            print({k: v for k, v in rows[-1].items() if "ratio" not in k}, flush=True)
    names = [key.removesuffix(" ratio") for key in rows[0] if key.endswith(" ratio")]
    sets = list(dict.fromkeys(row["set"] for row in rows))
    summary = []
    for name in names:
        per_set = [np.mean([r[f"{name} ratio"] for r in rows if r["set"] == s]) for s in sets]
        worst = min(row[f"{name} ratio"] for row in rows)
        told = {"criterion": name, "mean": float(np.mean(per_set)), "worst": float(worst)}
        summary.append({**told, **dict(zip(sets, map(float, per_set), strict=True))})
    out = by_leaving_one_out(rows, names)
    table(sorted(summary, key=lambda row: -row["mean"]))
    table(out)
    save("how_k_is_chosen", {"rows": rows, "summary": summary, "leave one set out": out})


if __name__ == "__main__":
    main()
