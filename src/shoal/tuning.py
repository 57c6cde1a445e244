"""Search clusterers and parameters on a finished run; nothing is embedded again.

Every result is saved in tune.json the moment it exists, so that a search that was stopped goes
on. What is measured does not depend on when, or how often, that happened.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from shoal import stages
from shoal.data import NOISE, Clustering, Embeddings, IntArray, Neighbors
from shoal.errors import BrokenRun, TooFewItems, UnknownPart
from shoal.numerics.clusters import silhouettes
from shoal.numerics.partitions import adjusted_rand
from shoal.progress import SILENT, Progress
from shoal.recipe import FAMILIES, Recipe
from shoal.run_folder import SCHEMA, RunFolder
from shoal.trials import Candidate, Trial, front, key_of, space

FILE = "tune.json"
N_PARTS = 2
"""Parts of the rows that stability is measured on."""
PART = 0.6
"""Share of the rows in a part, as in the default clusterer."""
FEWEST_ROWS = 4
QUALITY = "separation x stability x together x contrast"


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a search has found so far.

    Parameters
    ----------
    run : the run folder
    trials : all that were tried, in their order
    kept : how many of them were tried before
    left : how many candidates were not tried, because the time was over
    """

    run: Path
    trials: tuple[Trial, ...]
    kept: int = 0
    left: int = 0

    @property
    def front(self) -> list[Trial]:
        """The trials worth a look, by rising number of clusters."""
        return front(self.trials)

    @property
    def best(self) -> Trial | None:
        """The trial of the highest quality, None where nothing was found."""
        return max(self.front, key=lambda trial: trial.quality, default=None)


@dataclass(frozen=True, eq=False)
class Ground:
    """What every trial stands on.

    Parameters
    ----------
    folder : of the run
    recipe : of the run
    unit : the distinct items in the full space
    reduced : the same as the clusterer sees them
    graph : their neighbors
    used : (n_rows,) which rows could be used
    places : (n_used,) which distinct item each usable row is
    truth : (n_used,) true classes as text, or None
    """

    folder: RunFolder
    recipe: Recipe
    unit: Embeddings
    reduced: Embeddings
    graph: Neighbors
    used: NDArray[np.bool_]
    places: NDArray[np.intp]
    truth: NDArray[np.str_] | None = None

    @property
    def coverage(self) -> str:
        """The run's choice of what becomes of rows with no home."""
        return str(self.recipe.stages["cluster"]["coverage"])

    @cached_property
    def parts(self) -> list[tuple[NDArray[np.intp], Embeddings, Neighbors]]:
        """Random parts of the distinct items: rows, vectors and neighbors among them."""
        n = len(self.reduced)
        out = []
        for number in range(N_PARTS):
            rng = np.random.default_rng([self.recipe.seed, number])
            rows = np.sort(rng.choice(n, max(2, round(PART * n)), replace=False))
            part = Embeddings(np.asarray(self.reduced.vectors[rows]), self.reduced.history)
            out.append((rows, part, stages.neighbors(part, max(self.graph.k, 1))))
        return out


def open_ground(path: Path) -> Ground:
    """Load what trials need from a finished run, without true classes.

    Raises
    ------
    BrokenRun : if a file is missing
    TooFewItems : if there is nothing to part
    """
    folder = RunFolder(path)
    contents = folder.read_arrays("model/contents.npz")
    if "first" not in contents:
        raise BrokenRun(f"{path} was made by an older shoal. Give `shoal cluster` again: --force.")
    distinct, first = contents["rows"], contents["first"]
    vectors = folder.map_array("embeddings.npy")
    unit = Embeddings(vectors if len(distinct) == len(vectors) else vectors[distinct], ())
    saved = (folder / "model/reduced.npy").is_file()
    reduced = Embeddings(folder.map_array("model/reduced.npy"), ()) if saved else unit
    if len(distinct) < FEWEST_ROWS:
        raise TooFewItems(f"{path} has {len(distinct)} distinct rows: too few to search on.")
    return Ground(
        folder=folder,
        recipe=Recipe.from_file(folder / "recipe.toml"),
        unit=unit,
        reduced=reduced,
        graph=folder.read_neighbors(distinct),
        used=first >= 0,
        places=np.searchsorted(distinct, first[first >= 0]),
    )


def with_truth(ground: Ground, column: str | None) -> Ground:
    """The same with the true classes in a column of the run, if one is named.

    Raises
    ------
    UnknownPart : if there is no such column
    """
    if column is None:
        return ground
    items = ground.folder.read_table("items.parquet")
    if column not in items.column_names:
        raise UnknownPart.among("column in the run (--truth)", column, items.column_names)
    classes = np.asarray([str(value) for value in items[column].to_pylist()])
    return replace(ground, truth=classes[ground.used])


def tune(
    path: Path,
    *,
    seconds: float | None = None,
    clusterers: Iterable[str] = (),
    truth: str | None = None,
    progress: Progress = SILENT,
) -> Tuning:
    """Try clusterers and parameters on a finished run; what was tried before is kept.

    Parameters
    ----------
    path : the run folder; tune.json is written there
    seconds : begin no trial that would end later than this, None for no limit
    clusterers : names of the parts to try, all that are installed when empty
    truth : column of true classes that the run carries; adds the ARI of each trial; the one
        of the last search when None
    progress : told of each trial

    Returns
    -------
    All that is known now

    Raises
    ------
    ShoalError : for whatever the user can mend
    """
    ground = open_ground(path)
    info = ground.folder.read_json("run.json")
    log = _Log.opened(ground, info, truth)
    ground = with_truth(ground, log.truth)
    kept = len(log.trials)
    wanted = space(ground.recipe, ground.graph, int(info["counts"]["clusters"]), clusterers)
    todo = [candidate for candidate in wanted if not log.holds(candidate)]
    started = time.perf_counter()
    left = 0
    progress.start("tune", len(todo))
    if todo and seconds != 0:
        _ = ground.parts  # made now, so that no trial is blamed for the time
    clock = _Clock(seconds, log.trials.values())
    for candidate in todo:
        if clock.allows(candidate.part):
            trial = _tried(ground, candidate, log.found(candidate))
            clock.took(trial)
            log.add(trial)
        else:
            left += 1
        progress.advance()
    progress.finish("tune", time.perf_counter() - started, resumed=not todo)
    return Tuning(path, tuple(log.trials.values()), kept, left)


@dataclass(slots=True)
class _Log:
    """The trials of a run as they are saved in tune.json.

    Parameters
    ----------
    folder : of the run
    fingerprint : of what the trials depend on beside themselves
    truth : the column that their ARI is measured by, None if there is none
    trials : by their key
    """

    folder: RunFolder
    fingerprint: str
    truth: str | None
    trials: dict[str, Trial]

    @classmethod
    def opened(cls, ground: Ground, info: Mapping[str, Any], truth: str | None) -> _Log:
        """What was saved before; nothing where the run's vectors are others now."""
        log = cls(ground.folder, _fingerprint(ground, info), truth, {})
        told = ground.folder.read_json(FILE) if (ground.folder / FILE).is_file() else {}
        if told.get("schema") != SCHEMA or told.get("fingerprint") != log.fingerprint:
            return log
        before = told["truth"]
        log.truth = truth or before
        for entry in told["trials"]:
            trial = Trial(**entry)
            if log.truth != before:
                trial = replace(trial, ari=None)
            log.trials[key_of(trial.part, trial.params)] = trial
        return log

    def found(self, candidate: Candidate) -> Trial | None:
        return self.trials.get(key_of(candidate.part, candidate.params))

    def holds(self, candidate: Candidate) -> bool:
        """Whether nothing is left to do for a candidate."""
        trial = self.found(candidate)
        if trial is None:
            return False
        return bool(trial.failed) or self.truth is None or trial.ari is not None

    def add(self, trial: Trial) -> None:
        """Save a trial, and which are worth a look now."""
        self.trials[key_of(trial.part, trial.params)] = trial
        trials = list(self.trials.values())
        places = {id(trial): at for at, trial in enumerate(trials)}
        self.folder.write_json(
            FILE,
            {
                "schema": SCHEMA,
                "fingerprint": self.fingerprint,
                "quality": QUALITY,
                "truth": self.truth,
                "front": [places[id(trial)] for trial in front(trials)],
                "trials": [asdict(trial) for trial in trials],
            },
        )


class _Clock:
    """Tells whether another trial of a clusterer fits into the time that is left."""

    def __init__(self, seconds: float | None, known: Iterable[Trial]) -> None:
        self._end = float("inf") if seconds is None else time.perf_counter() + seconds
        self._last: dict[str, float] = {}
        for trial in known:
            self.took(trial)

    def took(self, trial: Trial) -> None:
        self._last[trial.part] = trial.seconds

    def allows(self, part: str) -> bool:
        return time.perf_counter() + self._last.get(part, 0.0) < self._end


def _tried(ground: Ground, candidate: Candidate, before: Trial | None) -> Trial:
    """Fit and measure a candidate; one that was measured before only gets its ARI."""
    started = time.perf_counter()
    try:
        found = _clustered(ground, candidate, ground.reduced, ground.graph)
        trial = replace(before or _measured(ground, candidate, found), ari=_ari(ground, found))
    except Exception as error:  # whatever a part or a guest raises, the others are tried
        why = " ".join(str(error).split()) or type(error).__name__
        trial = Trial(candidate.part, dict(candidate.params), failed=why)
    seconds = before.seconds if before else round(time.perf_counter() - started, 3)
    return replace(trial, seconds=seconds)


def _clustered(
    ground: Ground, candidate: Candidate, vectors: Embeddings, graph: Neighbors
) -> Clustering:
    part = candidate.recipe(ground.recipe).build("cluster")
    return stages.cluster(vectors, graph, part, ground.coverage)[0]


def _measured(ground: Ground, candidate: Candidate, found: Clustering) -> Trial:
    """The shares of one clustering and their product.

    They are those by which the default clusterer compares its layers, so that any two
    clusterings can be compared. A row without a cluster has no silhouette, shares its cluster
    with no neighbor, and counts as one more cluster in the agreement with the parts.
    """
    labels = found.labels
    inside = labels != NOISE
    values = np.nan_to_num(silhouettes(ground.unit.vectors, labels)[0])
    separation = float(np.where(inside, values, 0.0).mean())
    same = (labels[ground.graph.rows] == labels[:, None]) & inside[:, None]
    together = float(same.mean()) if same.size else 0.0
    shares = np.bincount(labels[inside], minlength=1) / len(labels)
    contrast = 1.0 - float((shares**2).sum())
    agreed = [_agreement(ground, candidate, found, *part) for part in ground.parts]
    stability = float(np.mean(agreed))
    factors = (separation, stability, together, contrast)
    return Trial(
        candidate.part,
        dict(candidate.params),
        n_clusters=found.n_clusters,
        coverage=float((labels[ground.places] != NOISE).mean()),
        quality=float(np.prod(factors)) if min(factors) > 0 else 0.0,
        separation=separation,
        stability=stability,
        together=together,
        contrast=contrast,
        reason=found.reason,
    )


def _agreement(
    ground: Ground,
    candidate: Candidate,
    found: Clustering,
    rows: NDArray[np.intp],
    vectors: Embeddings,
    graph: Neighbors,
) -> float:
    params = dict(candidate.params)
    known = FAMILIES["cluster"].parameters(candidate.part)
    if "n_clusters" in known and params.get("n_clusters") is None and found.n_clusters:
        params["n_clusters"] = found.n_clusters  # asked is whether the clusters are found again
    if params.get("min_cluster_size"):
        # the same cluster has fewer rows in a part
        params["min_cluster_size"] = max(2, round(PART * params["min_cluster_size"]))
    part = _clustered(ground, Candidate(candidate.part, params), vectors, graph)
    # a clusterer with layers may choose another level of detail for a part
    alike = min(part.layers, key=lambda layer: abs(layer.n_clusters - found.n_clusters))
    return adjusted_rand(_whole(found.labels[rows]), _whole(alike.labels))


def _whole(labels: IntArray) -> IntArray:
    """Labels from 0, the rows without a cluster as one more."""
    return np.asarray(labels - NOISE, dtype=np.int32)


def _ari(ground: Ground, found: Clustering) -> float | None:
    if ground.truth is None:
        return None
    return float(adjusted_rand_score(ground.truth, found.labels[ground.places]))


def _fingerprint(ground: Ground, info: Mapping[str, Any]) -> str:
    """What the trials of a run depend on beside themselves."""
    graph = info["stages"]["neighbors"]["fingerprint"]
    told = [graph, ground.recipe.seed, ground.coverage, info["shoal"], N_PARTS, PART, QUALITY]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]
