"""Does the quality by which `shoal tune` compares trials agree with the true classes?

python benchmarks/does_quality_tell.py DATA WORK [SET ...]

WORK keeps a run of each set, so that nothing is embedded twice. The quality never sees the
classes; the rank correlation with the ARI over all trials says how far it can be trusted, and
the ratio what one loses by taking the trial it likes best.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from how_k_is_chosen import MAX_ROWS, SETS
from report import save, table
from scipy.stats import spearmanr

import shoal

ROWS = min(MAX_ROWS, 6000)
MEASURES = ("quality", "separation", "stability", "modularity")


def run_of(data: Path, work: Path, name: str) -> Any:
    """A default run of at most ROWS rows of a set."""
    files = sorted(data.glob(f"{name}*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=["text", "label"]) for file in files])
    rows = rows.filter(pa.array([label != "oos" for label in rows["label"].to_pylist()]))
    drawn = np.random.default_rng(0).permutation(len(rows))[:ROWS]
    rows = rows.take(pa.array(np.sort(drawn)))
    return shoal.cluster(rows, text="text", truth="label", out=work / f"{name}-{ROWS}")


def main() -> None:
    """Search each set and compare."""
    data, work = Path(sys.argv[1]), Path(sys.argv[2])
    rows = []
    for name in sys.argv[3:] or SETS:
        found = run_of(data, work, name).tune(truth="label")
        able = [trial for trial in found.trials if not trial.failed and trial.n_clusters >= 2]
        ari = np.array([trial.ari for trial in able])
        told: dict[str, Any] = {"set": name, "trials": len(able)}
        told["parts"] = len({trial.part for trial in able})
        for measure in MEASURES:
            values = [getattr(trial, measure) for trial in able]
            told[f"rho {measure}"] = float(spearmanr(values, ari)[0])
        best = found.best
        told |= {"best": f"{best.part}, {best.n_clusters}", "its ARI": best.ari}
        told |= {"highest ARI": float(ari.max()), "ratio": best.ari / float(ari.max())}
        rows.append(told)
        print(told, flush=True)
    means = {key: float(np.mean([row[key] for row in rows])) for key in rows[0] if "rho" in key}
    table(rows)
    print(means, "mean ratio", float(np.mean([row["ratio"] for row in rows])))
    save("does_quality_tell", {"rows": rows, "means": means})


if __name__ == "__main__":
    main()
