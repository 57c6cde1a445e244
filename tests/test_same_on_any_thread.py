"""Records and mixed tables get the same labels, scores and map on one thread and on two."""

import os
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from tests.embedding.test_multi_column import TABLE


@pytest.mark.parametrize(
    "columns", [pytest.param("price,coin", marks=pytest.mark.soak), "note,price,coin"]
)
def test_labels_scores_and_places_do_not_depend_on_the_threads(columns, tmp_path):
    source = tmp_path / "table.parquet"
    pq.write_table(TABLE, source)
    found = []
    for threads in (1, 2):
        out = tmp_path / f"run{threads}"
        words = ["cluster", source, "--columns", columns, "--embedder", "hashing", "-o", out]
        if "note" not in columns:
            words = [word for word in words if word not in ("--embedder", "hashing")]
        subprocess.run(
            [sys.executable, "-m", "shoal", *map(str, words)],
            env={**os.environ, "SHOAL_THREADS": str(threads)},
            check=True,
            capture_output=True,
            timeout=300,
        )
        found.append(pq.read_table(out / "assignments.parquet"))
    assert found[0].equals(found[1])
    assert len(set(found[0]["cluster"].to_pylist())) > 1
