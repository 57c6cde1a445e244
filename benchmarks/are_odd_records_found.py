"""Are odd records found, of each of the four kinds, as well as by the best detector of that kind?

python benchmarks/are_odd_records_found.py DATA [--trials 3] [--tables NAME ...]

Into four tables 5 % of rows are put that are odd in one of the four ways of ADBench [1]_, made
from the table itself: *local* rows spread five times as far around a component of a Gaussian
mixture, *global* ones have even odds anywhere in the range, *dependency* ones take each value from
another row, and *clustered* ones are the components moved away from the middle. Categories are
those of a row of the component, of even odds, of other rows, and of one row. `thyroid` is also
judged by its own outliers. Told is the area under the ROC curve, of shoal's `outlier_score` of a
run with the defaults and of the usual detectors on standardized and one-hot columns, and what
shoal's rule takes for anomalies. ECOD [2]_ is written out here: PyOD's takes minutes on one-hot
columns. Results of tables that are not run stay as they were.

References
----------
.. [1] Han, Hu, Huang, Jiang, Zhao (2022), ADBench: anomaly detection benchmark. NeurIPS.
.. [2] Li, Zhao, Hu, Botta, Ionescu, Chen (2022), ECOD: unsupervised outlier detection using
   empirical cumulative distribution functions. TKDE.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from report import RESULTS, save, table
from scipy.stats import rankdata, skew
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor, NearestNeighbors
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import shoal

TABLES = {
    "wholesale": ("wholesale_customers.csv", ()),
    "image_segment": ("image_segment7.csv", ()),
    "telco": ("telco_churn.csv", ("customerID",)),
    "thyroid": ("thyroid_outliers.csv", ()),
}
SHARE = 0.05
SPREAD = 5.0
PEERS_OF_THE_AIM = ("LOF", "isolation forest", "ECOD", "kNN")
Columns = dict[str, Any]


def read(path: Path, left_out: tuple[str, ...]) -> tuple[Columns, Any]:
    """The columns of a table without gaps, and its labels."""
    given = pyarrow.csv.read_csv(path).to_pandas().replace(" ", np.nan).dropna()
    labels = given["label"].to_numpy()
    columns = {}
    for name in given.columns:
        if name in (*left_out, "label"):
            continue
        values = given[name]
        try:
            values = values.astype(float)
        except ValueError:
            pass
        few = values.dtype == float and values.nunique() == 2
        columns[name] = values.astype(str).to_numpy() if few else values.to_numpy()
    return columns, labels


def numbers_of(columns: Columns) -> list[str]:
    """Names of the columns of numbers."""
    return [name for name, values in columns.items() if values.dtype == float]


class Maker:
    """Makes odd rows from the usual ones.

    Parameters
    ----------
    columns : of the usual rows
    rng : of all that is drawn
    """

    def __init__(self, columns: Columns, rng: np.random.Generator) -> None:
        self.columns, self.rng = columns, rng
        self.numbers = numbers_of(columns)
        raw = np.column_stack([columns[name] for name in self.numbers])
        self.scaler = StandardScaler().fit(raw)
        self.scaled = self.scaler.transform(raw)
        seed = int(rng.integers(1 << 30))
        fits = [
            GaussianMixture(k, random_state=seed, reg_covar=1e-4).fit(self.scaled)
            for k in range(1, 10)
        ]
        self.mixture = min(fits, key=lambda fit: fit.bic(self.scaled))
        self.component = self.mixture.predict(self.scaled)

    def _table(self, scaled: Any, rows: Any, uniform: bool = False) -> Columns:
        """Numbers as precise as those of the table, and the categories of some rows."""
        raw = self.scaler.inverse_transform(scaled)
        out = {}
        for name, values in self.columns.items():
            if name in self.numbers:
                digits = next(
                    (d for d in range(9) if np.allclose(values, values.round(d), atol=1e-12)), 9
                )
                out[name] = raw[:, self.numbers.index(name)].round(digits)
            elif uniform:
                out[name] = self.rng.choice(np.unique(values), len(scaled))
            else:
                out[name] = values[rows]
        return out

    def _drawn(self, n: int, spread: float, moved: float) -> tuple[Any, Any]:
        """Numbers around components, and a row of each component."""
        of = self.rng.choice(len(self.mixture.weights_), n, p=self.mixture.weights_)
        scaled = np.array(
            [
                self.rng.multivariate_normal(
                    moved * self.mixture.means_[c], spread * self.mixture.covariances_[c]
                )
                for c in of
            ]
        )
        rows = [self.rng.choice(np.nonzero(self.component == c)[0]) for c in of]
        return scaled, np.array(rows)

    def local(self, n: int) -> Columns:
        """Farther from their component than its rows."""
        return self._table(*self._drawn(n, SPREAD, 1.0))

    def everywhere(self, n: int) -> Columns:
        """Anywhere in the range, a tenth wider."""
        low, high = 1.1 * self.scaled.min(axis=0), 1.1 * self.scaled.max(axis=0)
        scaled = self.rng.uniform(low, high, (n, len(low)))
        return self._table(scaled, None, uniform=True)

    def dependency(self, n: int) -> Columns:
        """Each value from another row."""
        return {name: self.rng.choice(values, n) for name, values in self.columns.items()}

    def clustered(self, n: int) -> Columns:
        """One component, moved away from the middle; ADBench moves all of them."""
        scaled, rows = self._drawn(n, 1.0, SPREAD)
        return self._table(scaled, np.full(n, rows[0]))


KINDS: dict[str, Callable[[Maker, int], Columns]] = {
    "local": Maker.local,
    "global": Maker.everywhere,
    "dependency": Maker.dependency,
    "clustered": Maker.clustered,
}


def made(columns: Columns, kind: str, seed: int) -> tuple[Columns, Any]:
    """A table with odd rows at random places, and which they are."""
    rng = np.random.default_rng(seed)
    n = len(next(iter(columns.values())))
    odd = KINDS[kind](Maker(columns, rng), max(round(SHARE * n), 1))
    n_odd = len(next(iter(odd.values())))
    order = rng.permutation(n + n_odd)
    out = {name: np.concatenate([columns[name], odd[name]])[order] for name in columns}
    return out, (np.arange(n + n_odd) >= n)[order]


def ecod(x: Any) -> Any:
    """Negative log of the shares of rows beyond, summed over columns: the highest of three sums."""
    left, right = (-np.log(rankdata(side, "max", axis=0) / len(x)) for side in (x, -x))
    lean = np.sign(skew(x, axis=0))
    by_skew = np.where(lean < 0, left, 0) + np.where(lean > 0, right, 0)
    by_skew += np.where(lean == 0, left + right, 0)
    return np.max([left.sum(1), right.sum(1), by_skew.sum(1)], axis=0)


def peers(columns: Columns) -> dict[str, Any]:
    """Scores of the usual detectors; higher is odder."""
    numbers = numbers_of(columns)
    parts = [StandardScaler().fit_transform(np.column_stack([columns[n] for n in numbers]))]
    levels = [values for name, values in columns.items() if name not in numbers]
    if levels:
        parts.append(OneHotEncoder(sparse_output=False).fit_transform(np.column_stack(levels)))
    x = np.hstack(parts)
    distances = NearestNeighbors(n_neighbors=20).fit(x).kneighbors()[0]
    out = {
        "LOF": -LocalOutlierFactor(n_neighbors=20).fit(x).negative_outlier_factor_,
        "isolation forest": -IsolationForest(random_state=0).fit(x).score_samples(x),
        "kNN": distances.mean(axis=1),
        "ECOD": ecod(x),
    }
    return out


def ours(columns: Columns) -> tuple[Any, Any]:
    """Score of each row, and whether the run takes it for an anomaly."""
    run = shoal.cluster(pa.table({name: pa.array(v) for name, v in columns.items()}))
    scores = np.array(run.to_arrow()["outlier_score"].to_pylist(), dtype=float)
    return scores, scores > float(run.evaluation["anomalies"]["limit"])


def judged(columns: Columns, truth: Any) -> dict[str, float]:
    """Area under the ROC curve of every detector, and how good shoal's limit is."""
    scores, odd = ours(columns)
    out = {"shoal": float(roc_auc_score(truth, scores))}
    for name, found in peers(columns).items():
        out[name] = float(roc_auc_score(truth, found))
    out["said"] = float(odd.mean())
    out["true of the said"] = float(truth[odd].mean()) if odd.any() else float("nan")
    return out


def main() -> None:
    """Judge each kind in each table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--tables", nargs="*", default=list(TABLES))
    options = parser.parse_args()
    path = RESULTS / "are_odd_records_found.json"
    rows = json.loads(path.read_text("utf-8"))["figures"]["rows"] if path.is_file() else []
    for name in options.tables:
        rows = [row for row in rows if row["table"] != name]
        file, left_out = TABLES[name]
        columns, labels = read(options.data / file, left_out)
        cases = [(kind, seed) for kind in KINDS for seed in range(options.trials)]
        found: dict[str, list[dict[str, float]]] = {}
        if name == "thyroid":
            found["its own"] = [judged(columns, labels == "outlier")]
            columns = {key: values[labels != "outlier"] for key, values in columns.items()}
        for kind, seed in cases:
            found.setdefault(kind, []).append(judged(*made(columns, kind, seed)))
        for kind, lines in found.items():
            row: dict[str, Any] = {"table": name, "kind": kind}
            row |= {key: float(np.mean([line[key] for line in lines])) for key in lines[0]}
            row["less than the best"] = row["shoal"] - max(row.get(p, 0) for p in PEERS_OF_THE_AIM)
            rows.append(row)
            print(row, flush=True)
        save("are_odd_records_found", {"rows": rows})
    table(rows)


if __name__ == "__main__":
    main()
