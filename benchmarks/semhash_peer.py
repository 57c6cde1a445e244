"""The peer's side of `does_it_find_duplicates.py`: semhash on given vectors, by its own Python.

python benchmarks/semhash_peer.py FOLDER RUNS
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from semhash import SemHash


class LookUp:
    """An encoder that knows the vectors already."""

    def __init__(self, texts: list[str], vectors: Any) -> None:
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = vectors

    def encode(self, inputs: Any, **ignored: Any) -> Any:
        """Look the vectors of texts up."""
        return self._vectors[[self._rows[text] for text in inputs]]


def main() -> None:
    """Group at twenty thresholds, its own 0.9 among them; time its own."""
    folder, runs = sys.argv[1], int(sys.argv[2])
    texts = pq.read_table(f"{folder}/texts.parquet")["text"].to_pylist()
    encoder, rows = (
        LookUp(texts, np.load(f"{folder}/vectors.npy")),
        {t: i for i, t in enumerate(texts)},
    )
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        made = SemHash.from_records(texts, model=encoder)
        made.self_deduplicate(threshold=0.9)
        seconds.append(time.perf_counter() - started)
    groups = {}
    for threshold in (round(0.79 + 0.01 * step, 2) for step in range(20)):
        group = np.arange(len(texts))
        for found in made.self_deduplicate(threshold=threshold).filtered:
            group[rows[found.record]] = rows[found.duplicate_of]
        groups[str(threshold)] = group
    np.savez(f"{folder}/groups.npz", **groups)
    print(json.dumps({"seconds": statistics.median(seconds)}))


if __name__ == "__main__":
    main()
