"""The search on a finished run: what it measures, keeps, and says."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics import adjusted_rand_score

import shoal
from shoal.analysis import measuring, trials, tuning
from shoal.analysis.tuning import FILE, tune
from shoal.artifacts.folder import RunFolder
from shoal.data import Clustering
from shoal.errors import BrokenRun, MissingExtra, TooFewItems, UnknownPart
from shoal.numerics.clusters import silhouettes
from shoal.parts.clusterers import CLUSTERERS
from shoal.plugins import Part

PARTS = ("communities", "kmeans")


@pytest.fixture(scope="module")
def made(tmp_path_factory, texts, themes):
    """A finished run of the themes with repeats and a blank row, and its search."""
    path = tmp_path_factory.mktemp("tuned") / "run"
    data = {"text": [*texts, texts[0], texts[0], " "], "theme": [*themes, themes[0], themes[0], ""]}
    shoal.cluster(pa.table(data), embedder="hashing", out=path)
    return path, tune(path, clusterers=PARTS, truth="theme")


@pytest.fixture
def run(made, tmp_path):
    """A copy of the searched run that a test may change."""
    return shutil.copytree(made[0], tmp_path / "run")


@pytest.fixture
def few(monkeypatch):
    """Every fourth candidate only: a search of all takes ten seconds."""
    monkeypatch.setattr(tuning, "space", lambda *given: trials.space(*given)[::4])


def test_every_trial_is_measured_and_the_best_finds_the_themes(made):
    path, found = made
    assert not any(trial.failed for trial in found.trials)
    assert {trial.part for trial in found.trials} == set(PARTS)
    assert found.best.n_clusters == 4
    assert found.best.ari > 0.95
    assert found.left == found.kept == 0
    assert found.trials[0].part == shoal.load(path).recipe.part("cluster")
    for trial in found.trials:
        product = trial.separation * trial.stability * trial.modularity
        assert trial.quality == pytest.approx(max(product, 0.0))
        assert trial.reason.startswith(str(trial.n_clusters))


def test_a_trial_is_what_a_recut_with_its_settings_gives(made, run):
    before = (run / "neighbors.npz").stat().st_mtime_ns
    for trial in made[1].trials[::3]:
        again = shoal.recut(run, clusterer=trial.part, settings=trial.settings)
        assert again.info["counts"]["clusters"] == trial.n_clusters
        assert again.reason == trial.reason
        assert again.coverage == pytest.approx(trial.coverage)
        ari = again.measure("theme")[0][0]
        assert ari["name"] == "ari"
        assert ari["value"] == pytest.approx(trial.ari)
    assert (run / "neighbors.npz").stat().st_mtime_ns == before


def test_trials_of_a_run_cut_to_k_leave_out_what_their_commands_leave_out(run):
    before = measuring.open_context(run)
    shoal.recut(run, k=3)
    cut = measuring.open_context(run)
    assert cut.recipe.coverage == "100"
    assert cut.coverage == before.coverage == "auto"
    shoal.recut(run, coverage=100)
    assert measuring.open_context(run).coverage == "100"


def test_the_marks_are_what_they_say(made, monkeypatch):
    path, _ = made
    context = measuring.open_context(path)
    labels = np.resize(np.arange(3, dtype=np.int32), len(context.unit))
    labels[:20] = -1
    clustering = Clustering(labels, np.ones(len(labels)), (), 0, "3 clusters.")
    monkeypatch.setattr(measuring, "_agreement", lambda *_: 0.5)
    trial = measuring._measured(context, trials.Candidate("kmeans", {}), clustering)
    values = silhouettes(np.asarray(context.unit.vectors), labels)[0]
    assert trial.separation == pytest.approx(np.nansum(values) / len(labels))
    # a row without a cluster shares one with nobody, not even with another such row
    links = context.links.toarray()
    same = (labels[:, None] == labels) & (labels[:, None] >= 0)
    np.fill_diagonal(same, True)
    weights = links.sum(axis=1)
    chance = np.outer(weights, weights) / weights.sum()
    assert trial.modularity == pytest.approx(((links - chance) * same).sum() / weights.sum())
    assert trial.stability == 0.5
    # 202 usable rows; the first distinct text stands for three of them
    assert trial.coverage == pytest.approx(1 - 22 / 202)


def test_the_file_holds_all_that_was_found(made):
    path, found = made
    told = json.loads((path / FILE).read_text(encoding="utf-8"))
    assert told["schema"] == 1
    assert told["truth"] == "theme"
    assert len(told["trials"]) == len(found.trials)
    worth = [told["trials"][place]["n_clusters"] for place in told["front"]]
    assert worth == [trial.n_clusters for trial in found.pareto_front]


def test_what_was_tried_is_kept(run, monkeypatch):
    def fail(*_):
        raise AssertionError("tried again")

    monkeypatch.setattr(tuning, "try_out", fail)
    again = tune(run, clusterers=PARTS)
    assert again.kept == len(again.trials) > 5
    assert all(trial.ari is not None for trial in again.trials)


def test_a_search_that_was_stopped_goes_on_to_the_same_result(few, made, run, monkeypatch):
    wanted, tried = made[1], tuning.try_out
    (run / FILE).unlink()
    done = []

    def stop(*given):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(given[1])
        return tried(*given)

    monkeypatch.setattr(tuning, "try_out", stop)
    with pytest.raises(KeyboardInterrupt):
        tune(run, clusterers=PARTS, truth="theme")
    assert len(json.loads((run / FILE).read_text(encoding="utf-8"))["trials"]) == 2
    monkeypatch.setattr(tuning, "try_out", tried)
    again = tune(run, clusterers=PARTS, truth="theme")
    assert again.kept == 2
    assert timeless(again.trials) == timeless(wanted.trials)[::4]


def timeless(found):
    return [{**trial_dict(trial), "seconds": 0} for trial in found]


def trial_dict(trial):
    return {name: getattr(trial, name) for name in trial.__slots__}


def test_a_truth_named_later_only_adds_the_ari(made, run, monkeypatch):
    whole = made[1]
    (run / FILE).unlink()
    plain = tune(run, clusterers=["kmeans"])
    assert all(trial.ari is None for trial in plain.trials)
    monkeypatch.setattr(measuring, "_measured", None)
    later = tune(run, clusterers=["kmeans"], truth="theme")
    wanted = {trials.key_of(t.part, t.params): t.ari for t in whole.trials}
    for trial in later.trials:
        assert trial.ari == wanted[trials.key_of(trial.part, trial.params)]
    kept = [trial.quality for trial in plain.trials]
    assert [trial.quality for trial in later.trials] == kept


def test_another_truth_takes_the_place_of_the_first(run):
    tune(run, clusterers=["kmeans"], truth="theme")
    other = tune(run, clusterers=["kmeans"], truth="text")
    assert all(trial.ari < 0.5 for trial in other.trials if trial.part == "kmeans")
    assert json.loads((run / FILE).read_text(encoding="utf-8"))["truth"] == "text"


def test_the_truth_of_the_last_search_is_remembered(few, run):
    later = tune(run, clusterers=[*PARTS, "kmeans"])
    told = json.loads((run / FILE).read_text(encoding="utf-8"))
    (run / FILE).write_text(json.dumps({**told, "trials": told["trials"][:2]}), encoding="utf-8")
    again = tune(run, clusterers=PARTS)
    known = {trials.key_of(t.part, t.params): t.ari for t in later.trials}
    assert len(again.trials) > 2
    for trial in again.trials:
        assert trial.ari == known[trials.key_of(trial.part, trial.params)]


def test_no_time_leaves_all_for_another_time(run):
    (run / FILE).unlink()
    none = tune(run, clusterers=PARTS, seconds=0)
    assert none.trials == ()
    assert none.best is None
    assert none.left > 5


def test_a_clusterer_that_takes_too_long_is_not_begun(run, monkeypatch):
    (run / FILE).unlink()

    def slow(context, candidate, before):
        long = 1000.0 if candidate.part == "kmeans" else 0.001
        return trials.Trial(candidate.part, candidate.params, n_clusters=2, seconds=long)

    monkeypatch.setattr(tuning, "try_out", slow)
    context = measuring.open_context(run)
    wanted = trials.space(context.recipe, context.graph, 4, PARTS)
    found = tune(run, clusterers=PARTS, seconds=60)
    tried = [trial.part for trial in found.trials]
    assert tried.count("kmeans") == 1
    assert tried.count("communities") > 5
    assert found.left == len(wanted) - len(tried)


def test_trials_on_other_vectors_are_not_kept(run):
    told = json.loads((run / FILE).read_text(encoding="utf-8"))
    (run / FILE).write_text(json.dumps({**told, "fingerprint": "other"}), encoding="utf-8")
    assert tune(run, clusterers=["kmeans"]).kept == 0


class Failing(ClusterMixin, BaseEstimator):
    """A guest that cannot."""

    def fit(self, X, y=None):
        raise RuntimeError("not\ntoday")


class Halves(ClusterMixin, BaseEstimator):
    """A guest with noise: every third row."""

    def fit(self, X, y=None):
        self.labels_ = np.arange(len(X)) % 3 - 1
        return self


@pytest.fixture
def guests():
    parts = {
        **CLUSTERERS.parts,
        "failing": Part(f"{__name__}:Failing", "fails"),
        "halves": Part(f"{__name__}:Halves", "leaves a third out"),
        "absent": Part(f"{__name__}:Halves", "is not there", extra="x", module="no_such_package"),
    }
    original = CLUSTERERS.parts
    object.__setattr__(CLUSTERERS, "parts", parts)  # the family is frozen
    yield
    object.__setattr__(CLUSTERERS, "parts", original)


def test_one_that_fails_does_not_stop_the_others(run, guests):
    (run / FILE).unlink()
    found = tune(run, clusterers=["failing", "halves"])
    failed, halves = found.trials
    assert failed.failed == "not today"
    assert halves.coverage == pytest.approx(2 / 3, abs=0.02)
    assert halves.quality < 0.05
    assert found.pareto_front in ([], [halves])


def test_one_that_is_not_installed_is_passed_over_unless_asked_for(run, guests):
    with pytest.raises(MissingExtra, match="pip install"):
        tune(run, clusterers=["absent"])
    recipe = shoal.load(run).recipe
    graph = measuring.open_context(run).graph
    assert "absent" not in {candidate.part for candidate in trials.space(recipe, graph, 4)}


@pytest.mark.parametrize(
    ("given", "words"),
    [({"truth": "thema"}, "Did you mean 'theme'"), ({"clusterers": ["kmean"]}, "'kmeans'")],
)
def test_a_name_that_does_not_exist_is_said(run, given, words):
    with pytest.raises(UnknownPart, match=words):
        tune(run, **given)


def test_a_run_of_an_older_shoal_is_said(run):
    folder = RunFolder(run)
    arrays = folder.read_arrays("model/contents.npz")
    folder.write_arrays("model/contents.npz", **{k: arrays[k] for k in ("keys", "rows")})
    with pytest.raises(BrokenRun, match="--force"):
        tune(run)


def test_too_few_rows_are_said(tmp_path):
    made = shoal.cluster(["one text", "another"], embedder="hashing", out=tmp_path / "run")
    with pytest.raises(TooFewItems, match="2 distinct rows"):
        made.tune()


def test_the_figures_are_the_same_on_any_number_of_threads(few, made, tmp_path, monkeypatch):
    run = shutil.copytree(made[0], tmp_path / "run")
    (run / FILE).unlink()
    monkeypatch.setenv("SHOAL_THREADS", "5")  # `made` was made on as many as there are
    again = tune(run, clusterers=PARTS, truth="theme")
    assert timeless(again.trials) == timeless(made[1].trials)[::4]


def test_the_ari_is_that_of_all_usable_rows(made):
    path, found = made
    trial = found.trials[0]
    run = shoal.load(path)
    truth = run.to_arrow()["theme"].to_pylist()[:-1]
    assert trial.ari == pytest.approx(adjusted_rand_score(truth, run.labels[:-1]))
