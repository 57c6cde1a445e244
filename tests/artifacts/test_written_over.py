"""A run that is written over another one is whole: nothing of the old one is held against it."""

import numpy as np
import pytest

import shoal
from shoal.artifacts.whole_files import WholeFiles
from shoal.storage import digests


@pytest.mark.parametrize("reducer", ["pca", "none"])
def test_other_rows_may_be_written_over_a_run(reducer, texts, tmp_path, monkeypatch):
    for some in (texts, texts[:150], texts[20:]):
        monkeypatch.setattr(digests, "_known", {})  # as a process of its own begins
        run = shoal.cluster(
            some,
            embedder="hashing",
            settings={"reduce.part": reducer},
            out=tmp_path / "run",
            force=True,
        )
        monkeypatch.setattr(digests, "_known", {})
        assert WholeFiles(tmp_path / "run").damages() == {}
        assert np.array_equal(run.predict(some), run.labels)
