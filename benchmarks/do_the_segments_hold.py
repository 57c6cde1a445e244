"""Do segments of records hold: the groups that are known, and what was not clustered by?

python benchmarks/do_the_segments_hold.py DATA

Known groups: ARI of the default run, told nothing, against k-means told the true k on the same
columns, standardized as people do (the better of with and without logarithms of skewed amounts, so
that the rival has the choice), and on shoal's own vectors. The sets of scikit-learn were used to
see that the constants hold in general. Segments: the share of customers who left in each cluster
of telco_churn, which was not clustered by; and what each block of a mixed table adds.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from report import save, table
from sklearn import datasets
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from sklearn.preprocessing import StandardScaler

import shoal

LABELLED = ("image_segment7", "wholesale_customers")
BUNDLED = ("iris", "wine", "breast_cancer", "digits")
SEEDS = range(3)
SKEWED = 1.0


def labelled(data: Path, name: str) -> pa.Table:
    """A set as a table whose last column is `label`."""
    if name in LABELLED:
        return pyarrow.csv.read_csv(data / f"{name}.csv")
    made = getattr(datasets, f"load_{name}")()
    names = [str(n) for n in getattr(made, "feature_names", range(made.data.shape[1]))]
    columns = {n: made.data[:, place] for place, n in enumerate(names)}
    return pa.table({**columns, "label": pa.array(map(str, made.target))})


def plain(source: pa.Table, *, logs: bool) -> Any:
    """The numeric columns, standardized; with logarithms of what is skewed and not below 0."""
    columns = []
    for name in source.column_names[:-1]:
        if not pa.types.is_floating(source[name].type) and not pa.types.is_integer(
            source[name].type
        ):
            continue
        values = source[name].to_numpy().astype(float)
        spread = values.std() or 1.0
        skew = (((values - values.mean()) / spread) ** 3).mean()
        columns.append(np.log1p(values) if logs and skew > SKEWED and values.min() >= 0 else values)
    return StandardScaler().fit_transform(np.column_stack(columns))


def told_k(vectors: Any, truth: Any) -> tuple[float, float]:
    """Mean ARI and AMI of three k-means told the true k, each the best of ten starts."""
    k = len(set(truth))
    runs = [KMeans(k, n_init=10, random_state=seed).fit_predict(vectors) for seed in SEEDS]
    return (
        float(np.mean([adjusted_rand_score(truth, labels) for labels in runs])),
        float(np.mean([adjusted_mutual_info_score(truth, labels) for labels in runs])),
    )


def known_groups(data: Path) -> list[dict[str, Any]]:
    """Every labelled set: ours told nothing, and the rivals told the true k."""
    rows = []
    for name in (*LABELLED, *BUNDLED):
        source = labelled(data, name)
        truth = source["label"].to_pylist()
        run = shoal.cluster(source, truth="label")
        raw, logged = (told_k(plain(source, logs=logs), truth) for logs in (False, True))
        best = max(raw, logged)
        same = told_k(run.embeddings, truth)
        ari = float(adjusted_rand_score(truth, run.labels))
        rows.append(
            {
                "set": name,
                "rows": len(source),
                "true k": len(set(truth)),
                "k found": len(run.clusters),
                "ARI": ari,
                "AMI": float(adjusted_mutual_info_score(truth, run.labels)),
                "k-means standardized": raw[0],
                "with logs": logged[0],
                "on our vectors": same[0],
                "ratio to the better": ari / best[0],
            }
        )
        print(rows[-1], flush=True)
    return rows


def churn(data: Path) -> list[dict[str, Any]]:
    """Clusters of telco customers, of which it was not told who left."""
    rows = []
    for k in (None, 5):
        run = shoal.cluster(data / "telco_churn.csv", outcome="label", k=k)
        assert run.outcome is not None
        for entry, share in zip(run.clusters, run.outcome.shares, strict=True):
            rows.append(
                {
                    "k": "found" if k is None else k,
                    "cluster": entry["cluster"],
                    "rows": entry["size"],
                    "left": share,
                    "title": entry["title"],
                }
            )
    return rows


def main() -> None:
    """Measure all and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    options = parser.parse_args()
    groups, left = known_groups(options.data), churn(options.data)
    table(groups)
    print()
    table(left)
    save("do_the_segments_hold", {"known groups": groups, "churn": left})


if __name__ == "__main__":
    main()
