"""Clusters of pictures and of records are named anew after an edit by what they are."""

import numpy as np
import pyarrow as pa

import shoal
from shoal.views.explorer.view import RunView
from tests.making_pictures import photos
from tests.run.test_pictures import colours


def merged_title(path):
    view = RunView(path)
    view.editor.do({"op": "merge", "clusters": [0, 1], "into": 0})
    title = view.editor.state.title(0)
    return title


def test_merged_pictures_are_named_by_their_paths_and_colours(tmp_path):
    source = photos(tmp_path / "photos", n=30)
    run = shoal.cluster(source, embedder=colours, out=tmp_path / "run")
    title = merged_title(run.path)
    assert title
    assert not title.startswith("like ")


def test_merged_records_are_named_by_their_columns(tmp_path):
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(3), 40)
    table = pa.table(
        {
            "spend": np.array([10.0, 100.0, 1000.0])[group] * rng.uniform(0.9, 1.1, 120),
            "visits": np.array([50, 5, 5])[group] + rng.integers(0, 3, 120),
        }
    )
    run = shoal.cluster(table, k=3, out=tmp_path / "run")
    assert run.profiles is not None
    title = merged_title(run.path)
    assert "spend" in title or "visits" in title
