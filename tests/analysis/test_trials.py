"""What is tried, and what is worth a look."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.analysis import trials
from shoal.analysis.trials import NEAR, Candidate, Trial, key_of, pareto_front, space
from shoal.data import Neighbors
from shoal.errors import UnknownPart
from shoal.parts.clusterers import CLUSTERERS
from shoal.recipe import Recipe


@pytest.fixture(scope="module")
def graph():
    distances = np.sort(np.random.default_rng(0).uniform(size=(900, 10)), axis=1)
    return Neighbors(np.zeros((900, 10), dtype=np.int32), distances.astype(np.float32))


def test_the_runs_own_clusterer_comes_first_and_nothing_comes_twice(graph):
    recipe = Recipe().choose("cluster", part="kmeans", n_clusters=17, n_init=5)
    found = space(recipe, graph, 17)
    assert found[0] == Candidate("kmeans", {"n_clusters": 17, "n_init": 5})
    keys = [key_of(candidate.part, candidate.params) for candidate in found]
    assert len(set(keys)) == len(keys)
    others = [candidate for candidate in found if candidate.part != "kmeans"]
    assert all("n_init" not in candidate.params for candidate in others)


def test_every_installed_clusterer_is_tried_before_any_is_tried_twice(graph):
    found = space(Recipe(), graph, 12)
    installed = [name for name in CLUSTERERS.names() if _there(name)]
    first = [candidate.part for candidate in found[: len(installed)]]
    assert sorted(first) == installed


def _there(name):
    try:
        CLUSTERERS.find(name)
    except ImportError:
        return False
    return True


def test_every_beginning_of_the_numbers_tried_spans_them(graph):
    found = space(Recipe(), graph, 10, ["kmeans"])
    ks = [candidate.params["n_clusters"] for candidate in found]
    assert ks[0] == 10
    assert min(ks) == 2
    assert 48 / NEAR**2 < max(ks) <= 48  # 1.6 times the root of 900
    beginning = sorted(ks[1:4])
    assert beginning[0] < np.median(ks) < beginning[-1]


def test_every_candidate_can_be_built(graph):
    for candidate in space(Recipe(), graph, 12):
        recipe = candidate.recipe(Recipe())
        recipe.check()
        assert recipe.build("cluster").get_params().items() >= candidate.params.items()


def test_a_clusterer_that_finds_the_number_is_also_given_fewer_neighbors(graph):
    found = space(Recipe(), graph, 10, ["communities"])
    params = [dict(candidate.params) for candidate in found]
    assert params[:3] == [{}, {"detail": "coarse"}, {"detail": "fine"}]
    assert {"n_neighbors": 10} in params
    assert {"n_clusters": 10} in params


def test_radii_are_read_off_the_neighbors(graph):
    radii = trials._radii(graph, 10)
    assert sorted(radii) == sorted(set(radii))
    share = [(graph.distances[:, 3] <= radius).mean() for radius in sorted(radii)]
    np.testing.assert_allclose(share, trials.EPS_SHARES, atol=0.02)


def test_a_part_that_does_not_exist_is_named(graph):
    with pytest.raises(UnknownPart, match="kmeans"):
        space(Recipe(), graph, 12, ["kmean"])


def trial(n_clusters, quality, coverage=1.0, **more):
    return Trial("kmeans", {}, n_clusters=n_clusters, quality=quality, coverage=coverage, **more)


def test_more_quality_or_more_coverage_is_worth_a_look():
    better, fuller = trial(10, 0.5, 0.6), trial(11, 0.3, 1.0)
    worse, other = trial(10, 0.2, 0.9), trial(20, 0.1, 0.5)
    assert pareto_front([worse, better, fuller, other]) == [better, fuller, other]


def test_of_equals_the_first_tried_is_kept():
    one, same = trial(10, 0.5), trial(10, 0.5)
    assert [id(kept) for kept in pareto_front([one, same])] == [id(one)]


def test_what_failed_or_parts_nothing_is_not_worth_a_look():
    assert (
        pareto_front([trial(1, 0.9), trial(0, 0.9), trial(5, 0.0), trial(5, 0.9, failed="no")])
        == []
    )


results = st.lists(
    st.builds(
        trial,
        st.integers(2, 30),
        st.sampled_from([0.1, 0.2, 0.3, 0.4]),
        st.sampled_from([0.5, 0.8, 1.0]),
    ),
    max_size=12,
)


@given(results)
def test_whatever_is_left_out_is_beaten_by_something_as_fine(given_trials):
    kept = pareto_front(given_trials)
    assert [t.n_clusters for t in kept] == sorted(t.n_clusters for t in kept)
    ids = {id(t) for t in kept}
    for one in given_trials:
        beaten = any(
            other is not one
            and max(one.n_clusters, other.n_clusters)
            <= NEAR * min(one.n_clusters, other.n_clusters)
            and other.quality >= one.quality
            and other.coverage >= one.coverage
            for other in given_trials
        )
        assert id(one) in ids or beaten


def test_the_command_can_be_given_as_it_is():
    made = Trial("hdbscan", {"min_cluster_size": 20, "metric": "a b", "alpha": 0.5, "flag": True})
    words = shlex.split(made.command(Path("my runs/one")))
    assert words[:5] == ["shoal", "cluster", "my runs/one", "--cluster", "hdbscan"]
    settings = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    recipe = Recipe()
    for setting in settings:
        recipe = recipe.with_setting(setting)
    assert recipe.params("cluster") == dict(made.params)
    assert made.settings["cluster.alpha"] == 0.5
