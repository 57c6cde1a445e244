"""A cluster keeps its colour through the edits of others."""

import numpy as np
import pytest

from shoal.views.explorer.pages import clusters_page
from shoal.views.explorer.view import RunView
from shoal.views.figures.centres import centres


def coloured(view, layer=None):
    page = clusters_page(view, view.chosen if layer is None else layer)
    return {c["cluster"]: (c["light"], c["dark"]) for c in page["clusters"]}


def others_keep(before, after):
    both = before.keys() & after.keys()
    return both and all(before[cluster] == after[cluster] for cluster in both)


@pytest.fixture
def many(tmp_path):
    """A run with more clusters than there are colours chosen by hand."""
    import shoal

    rng = np.random.default_rng(0)
    middles = rng.normal(size=(30, 16))
    rows = np.repeat(middles, 20, axis=0) + 0.02 * rng.normal(size=(600, 16))
    run = shoal.cluster(rows.astype(np.float32), k=30, out=tmp_path / "run")
    view = RunView(run.path)
    return view


def test_no_edit_recolours_a_cluster_that_stays(many):
    do = many.editor.do
    start = coloured(many)
    assert len(start) == 30
    do({"op": "noise", "cluster": 2})
    do({"op": "merge", "clusters": [0, 7], "into": 7})
    do({"op": "dissolve", "cluster": 1})
    do({"op": "note", "cluster": 3, "note": "seen"})
    assert len(coloured(many)) == 27
    assert others_keep(start, coloured(many))
    for cluster in (5, 6):
        before = coloured(many)
        made = do({"op": "split", "cluster": cluster, "parts": 3})["moved"]
        after = coloured(many)
        assert others_keep(before, after)
        assert all(int(c) in after for c in made)
    before = coloured(many)
    rows = np.nonzero(many.editor.state.labels == 9)[0][:5].tolist()
    do({"op": "move", "rows": rows, "to": None})
    first_made = min(c for c in before if c not in start)
    do({"op": "noise", "cluster": first_made})
    assert others_keep(before, coloured(many))
    many.editor.undo(len(many.editor.history.done))
    assert coloured(many) == start


def test_a_new_cluster_looks_unlike_what_it_was_taken_from(view):
    made = int(next(iter(view.editor.do({"op": "split", "cluster": 2, "parts": 2})["moved"])))
    after = coloured(view)
    assert len(set(after.values())) == 5
    assert after[made] != after[2]


def test_places_are_medians_and_nowhere_is_nan():
    points = np.array([[0, 0], [2, 4], [4, 2], [9, 9], [np.nan, np.nan]], np.float32)
    found = centres(points, np.array([1, 1, 1, -1, 3], np.int32), [1, 3])
    assert found[0].tolist() == [2, 2]
    assert np.isnan(found[1]).all()
