"""A finished run in Python: what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest

import shoal

HASHING = {"embed.part": "hashing"}


@pytest.fixture(scope="module")
def run(texts):
    return shoal.cluster(texts, settings=HASHING)


def test_the_headline_says_how_many_rows_have_a_cluster(run):
    assert run.headline == "4 clusters in 200 rows, all placed"
    assert run.headline in repr(run)
    assert run.summary().startswith(run.headline)


@pytest.mark.parametrize(
    ("counts", "headline"),
    [
        ({"rows": 1, "used": 1, "excluded": 0, "clusters": 1, "noise": 0}, "1 row, all placed"),
        (
            {"rows": 9, "used": 8, "excluded": 1, "clusters": 1, "noise": 0},
            "9 rows, all usable rows placed",
        ),
        (
            {"rows": 99_999, "used": 99_999, "excluded": 0, "clusters": 1, "noise": 1},
            "99,999 rows, 99.9% of the usable rows placed, 1 with no home",
        ),
    ],
)
def test_all_is_said_only_of_all(texts, monkeypatch, run, counts, headline):
    monkeypatch.setitem(run.info, "counts", counts)
    assert run.headline == f"1 cluster in {headline}"


def test_a_run_shows_its_map_and_clusters_in_a_notebook(run):
    shown = run._repr_html_()
    assert "<svg" in shown
    for cluster in run.clusters:
        assert cluster["title"] in shown


def test_texts_in_other_languages_than_the_model_knows_are_told():
    german = [f"Wie wird das Wetter morgen in Berlin um {n} Uhr?" for n in range(20)]
    english = [f"What will the weather be like in Berlin at {n}?" for n in range(20)]
    told = [shoal.cluster(texts).info["notes"] for texts in (german, english)]
    assert any("100% of the texts" in note and "German" in note for note in told[0])
    assert not any("other languages" in note for note in told[1])
    for other in ("hashing", lambda texts: np.random.default_rng(0).normal(size=(len(texts), 8))):
        notes = shoal.cluster(german, embedder=other).info["notes"]
        assert not any("other languages" in note for note in notes)
