"""How many rows a search by meaning brings."""

import numpy as np
import pytest

from shoal.views.explorer import searching
from shoal.views.explorer.searching import alike_from, similar


@pytest.mark.parametrize("n_alike", [0, 1, 7, 150])
def test_a_group_apart_from_an_even_background_is_found_whole_and_alone(n_alike):
    cosines = np.concatenate([np.linspace(-0.2, 0.2, 1000), np.full(n_alike, 0.9)])
    assert (cosines >= alike_from(cosines.astype(np.float32))).sum() == n_alike


def test_among_random_directions_hardly_any_are_alike_by_chance():
    rng = np.random.default_rng(0)
    sought = np.eye(64, dtype=np.float32)[0]
    planted = sought + 0.05 * rng.normal(size=(40, 64))
    rows = np.vstack([rng.normal(size=(4000, 64)), planted])
    cosines = (rows / np.linalg.norm(rows, axis=1, keepdims=True)) @ sought
    found = np.nonzero(cosines >= alike_from(cosines))[0]
    assert set(range(4000, 4040)) <= set(found.tolist())
    assert len(found) < 40 + 0.01 * 4000


def test_more_like_a_row_is_its_theme_and_not_every_row(view):
    themes = np.array(view.rows.table["theme"].to_pylist())
    found = similar(view, 8)
    assert found["rows"][0] == 8
    assert found["scores"][0] == 1
    assert 2 <= found["total"] == len(found["rows"]) < (themes == themes[8]).sum() * 1.2
    assert (themes[found["rows"]] == themes[8]).mean() > 0.9
    assert found["scores"][-1] >= found["limit"]
    assert f"at least {found['limit']:.2f}" in found["rule"]


def test_where_nothing_is_alike_the_nearest_row_comes_and_where_much_is_a_bounded_number(
    view, monkeypatch
):
    monkeypatch.setattr(searching, "alike_from", lambda cosines: 2.0)
    assert similar(view, 8)["total"] == len(similar(view, 8)["rows"]) == 2
    assert "the nearest one" in similar(view, 8)["rule"]
    monkeypatch.setattr(searching, "alike_from", lambda cosines: -1.0)
    monkeypatch.setattr(searching, "MAX_ROWS", 10)
    assert similar(view, 8)["total"] == 202
    assert len(similar(view, 8)["rows"]) == 10
