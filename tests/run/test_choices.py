"""What stands beside each other in one call is heard together."""

import numpy as np
import pytest

import shoal


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(2)
    return (np.repeat(4 * np.eye(3, 6), 12, axis=0) + rng.normal(0, 0.1, (36, 6))).astype(
        np.float32
    )


def test_k_counts_beside_a_clusterer_in_the_settings(rows, tmp_path):
    run = shoal.cluster(rows, k=5, settings={"cluster.part": "kmeans"}, out=tmp_path / "run")
    assert run.recipe.stages["cluster"]["n_clusters"] == len(run.clusters) == 5
    again = shoal.recut(run, k=4, settings={"cluster.n_init": 2, "cluster.part": "kmeans"})
    assert len(again.clusters) == 4
    assert again.recipe.stages["cluster"]["n_init"] == 2


def test_a_parameter_in_the_settings_counts_beside_k(rows, tmp_path):
    run = shoal.cluster(rows, k=2, settings={"cluster.n_clusters": 3}, out=tmp_path / "run")
    assert len(run.clusters) == 3
