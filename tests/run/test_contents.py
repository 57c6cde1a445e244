"""What is read off a finished run for the terminal, the report and notebooks."""

import numpy as np
import pyarrow as pa

import shoal


def test_an_outcome_that_nobody_named_is_told_of_every_cluster(tmp_path):
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 60)
    table = pa.table(
        {
            "visits": rng.normal(group * 20, 1.0),
            "spend": rng.normal(group * -300, 10.0),
            "is_canceled": (np.arange(120) % np.where(group == 1, 3, 10) == 0).astype(int),
        }
    )
    run = shoal.cluster(table, k=2, out=tmp_path / "run")
    assert run.outcome.heading == "is_canceled"
    assert sorted(run.outcome.cells.values()) == ["10%", "33%"]
