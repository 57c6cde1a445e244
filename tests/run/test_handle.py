"""A finished run in Python: what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest

import shoal
from shoal.views.report.sentences import headline, verdict

HASHING = {"embed.part": "hashing"}


@pytest.fixture(scope="module")
def run(texts):
    return shoal.cluster(texts, settings=HASHING)


def test_the_headline_says_how_many_rows_have_a_cluster(run):
    assert run.headline == "4 clusters in 200 rows, all placed"


def test_a_run_reads_like_the_terminal(run):
    found = run.found()
    assert run.summary().startswith(f"{headline(found)}.\n{verdict(found)}")
    assert repr(run).startswith(run.summary())
    assert str(run.path) in repr(run)
    for cluster in run.clusters:
        assert cluster["title"] in run.summary()
        assert f"{cluster['size']:,}" in run.summary()


def test_a_frame_has_the_columns_people_want(run):
    ours = ["cluster", "title", "strength", "outlier_score", "duplicate_of", "note"]
    ours += ["x", "y"]
    frame = run.to_frame()
    assert list(frame.columns)[-8:] == ours
    assert frame["cluster"].tolist() == run.labels.tolist()
    assert not [name for name in frame.columns if name.startswith("layer_")]
    layers = [name for name in run.to_arrow().column_names if name.startswith("layer_")]
    assert layers
    assert list(run.to_frame(layers=True).columns) == [*frame.columns, *layers]


def test_the_columns_of_the_source_keep_their_names(texts):
    pd = pytest.importorskip("pandas")
    data = pd.DataFrame({"text": texts, "cluster": "mine"})
    frame = shoal.cluster(data, text="text", settings=HASHING).to_frame()
    assert set(frame["cluster"]) == {"mine"}
    assert "shoal_cluster" in frame.columns


def test_the_lists_of_a_run_show_themselves_as_tables(run):
    for entries in (run.clusters, run.anomalies, run.duplicates):
        assert isinstance(entries, list)
        assert all(type(entry) is dict for entry in entries)
    assert repr(run.clusters).startswith("4 clusters\n")
    assert run.clusters[0]["title"] in run.clusters._repr_html_()
    assert "reason" in repr(run.anomalies)


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
            "99,999 rows, 99.9% of the usable rows placed, 1 unassigned",
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
    assert not any("not in English" in note for note in told[1])
    signs = shoal.cluster(
        [*english, "\U0001f600\U0001f389", "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1"]
    ).info["notes"]
    assert any("1 row without words (20)" in note and "hashing" in note for note in signs)
    assert any("1 row in a script" in note and "(21)" in note for note in signs)
    for other in ("hashing", lambda texts: np.random.default_rng(0).normal(size=(len(texts), 8))):
        notes = shoal.cluster(german, embedder=other).info["notes"]
        assert not any("not in English" in note for note in notes)


def test_two_texts_many_times_are_two_clear_clusters():
    told = ["the parcel arrived broken", "lovely colours"]
    found = shoal.cluster([told[n % 2] for n in range(40)], settings=HASHING)
    assert len(found.clusters) == 2
    assert verdict(found.found()).startswith("Both are clear")
