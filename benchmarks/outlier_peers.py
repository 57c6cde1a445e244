"""The peers' side of `does_it_find_anomalies.py`: scikit-learn and PyOD, run by their own Python.

python benchmarks/outlier_peers.py VECTORS.npy SCORES.npz SECONDS
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from typing import Any

import numpy as np

SKLEARN = ("LOF 20", "isolation forest")
PYOD = {
    "PyOD KNN": "knn:KNN",
    "PyOD LOF": "lof:LOF",
    "PyOD IForest": "iforest:IForest",
    "PyOD ECOD": "ecod:ECOD",
    "PyOD COPOD": "copod:COPOD",
    "PyOD HBOS": "hbos:HBOS",
    "PyOD PCA": "pca:PCA",
    "PyOD CBLOF": "cblof:CBLOF",
    "PyOD INNE": "inne:INNE",
    "PyOD LODA": "loda:LODA",
    "PyOD OCSVM": "ocsvm:OCSVM",
    "PyOD ABOD": "abod:ABOD",
    "PyOD COF": "cof:COF",
    "PyOD MCD": "mcd:MCD",
    "PyOD GMM": "gmm:GMM",
    "PyOD KDE": "kde:KDE",
}


def score(name: str, vectors: Any) -> Any:
    """Scores of one detector by its defaults, the seed apart; higher is odder."""
    if name == "LOF 20":
        from sklearn.neighbors import LocalOutlierFactor

        return -LocalOutlierFactor(n_neighbors=20).fit(vectors).negative_outlier_factor_
    if name == "isolation forest":
        from sklearn.ensemble import IsolationForest

        return -IsolationForest(random_state=0).fit(vectors).score_samples(vectors)
    from importlib import import_module

    module, _, kind = PYOD[name].partition(":")
    made = getattr(import_module(f"pyod.models.{module}"), kind)
    seeded = "random_state" in made.__init__.__code__.co_varnames
    return made(**({"random_state": 0} if seeded else {})).fit(vectors).decision_scores_


def one(name: str, path: str, answer: Any) -> None:
    """Send the scores and the seconds, or what went wrong."""
    vectors = np.load(path).astype(np.float64)
    started = time.perf_counter()
    try:
        found = np.asarray(score(name, vectors), dtype=np.float64)
        answer.put((found, time.perf_counter() - started, ""))
    except Exception as error:  # whatever a detector dies of is its result
        answer.put((None, time.perf_counter() - started, f"{type(error).__name__}: {error}"))


def main() -> None:
    """Run each detector in a process of its own and stop it when its time is over."""
    path, target, limit = sys.argv[1], sys.argv[2], float(sys.argv[3])
    scores, told = {}, {}
    for name in [*SKLEARN, *PYOD]:
        answer: Any = multiprocessing.Queue()
        process = multiprocessing.Process(target=one, args=(name, path, answer))
        process.start()
        try:
            found, seconds, failed = answer.get(timeout=limit)
        except Exception:  # queue.Empty, by whichever name
            found, seconds, failed = None, limit, f"did not finish in {limit:.0f} s"
        process.terminate()
        process.join()
        if found is not None:
            scores[name] = found
        told[name] = {"seconds": seconds, "failed": failed}
    np.savez(target, **scores)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
