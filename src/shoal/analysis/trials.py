"""Which clusterers and parameters are tried on a run, and which of the results are worth a look.

A parameter is known by its name, as scikit-learn spells it, so that a new part or a guest is
searched without a word said here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tomli_w

from shoal.data import Neighbors
from shoal.errors import MissingExtra
from shoal.parts.clusterers.choosing_k import MAX_K, candidate_ks
from shoal.recipe import FAMILIES, Recipe

NEAR = 1.25
"""Two numbers of clusters with at most this ratio are the same level of detail."""
EPS_SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
EPS_NEIGHBOR = 4
"""Radii are distances to this neighbor: with the row itself the five that DBSCAN asks for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clusterer with parameters that is to be tried.

    Parameters
    ----------
    part : its name
    params : parameters that differ from the defaults
    """

    part: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self, recipe: Recipe) -> Recipe:
        """A run's recipe with this clusterer instead of its own."""
        return recipe.anew("cluster", self.part).choose("cluster", **self.params)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came out of a candidate.

    Parameters
    ----------
    part, params : the candidate
    n_clusters : how many clusters there are
    coverage : share of the usable rows that are in one, in [0, 1]
    quality : product of the three that follow, 0 where one is below 0
    separation : mean cosine silhouette in the full space, a row without a cluster counts as 0
    stability : agreement (adjusted Rand index) with what parts of the rows give
    modularity : share of the neighbor graph's weight inside clusters, less what chance would put
        there; a row without a cluster stands alone
    ari : adjusted Rand index with true classes, None if there are none
    seconds : of the clusterer and the measuring
    reason : the clusterer's sentence
    failed : why there is no result, else empty
    """

    part: str
    params: Mapping[str, Any]
    n_clusters: int = 0
    coverage: float = 0.0
    quality: float = 0.0
    separation: float = 0.0
    stability: float = 0.0
    modularity: float = 0.0
    ari: float | None = None
    seconds: float = 0.0
    reason: str = ""
    failed: str = ""

    @property
    def candidate(self) -> Candidate:
        """What was tried."""
        return Candidate(self.part, self.params)

    @property
    def settings(self) -> dict[str, Any]:
        """What `shoal.recut` takes as `settings`, beside the part as `clusterer`."""
        return {f"cluster.{key}": value for key, value in self.params.items()}

    def command(self, run: Path) -> str:
        """The line that cuts a run anew like this; nothing is embedded again."""
        said = [f"--set {shlex.quote(f'{k}={_toml(v)}')}" for k, v in self.settings.items()]
        return " ".join(
            ["shoal cluster", shlex.quote(str(run)), "--cluster", shlex.quote(self.part), *said]
        )


def _toml(value: object) -> str:
    return value if isinstance(value, str) else tomli_w.dumps({"v": value})[4:].strip()


def space(
    recipe: Recipe, graph: Neighbors, n_clusters: int, clusterers: Iterable[str] = ()
) -> list[Candidate]:
    """What is tried, in an order whose every beginning looks everywhere.

    Parameters
    ----------
    recipe : of the run; its own clusterer comes first
    graph : the run's neighbors
    n_clusters : clusters of the run
    clusterers : names of the parts to try; all that are installed when empty

    Raises
    ------
    UnknownPart : if there is no such part
    MissingExtra : if a part that was asked for is not installed
    """
    family = FAMILIES["cluster"]
    wanted = list(dict.fromkeys(map(family.canonical, clusterers)))
    rounds = [_of_part(recipe, part, graph, n_clusters) for part in wanted]
    if not wanted:
        for part in family.names():
            try:
                rounds.append(_of_part(recipe, part, graph, n_clusters))
            except MissingExtra:
                continue
    own = recipe.part("cluster")
    found = [entries[0] for entries in rounds if entries and entries[0].part == own]
    for number in range(max((len(entries) for entries in rounds), default=0)):
        found += [entries[number] for entries in rounds if number < len(entries)]
    seen: dict[str, Candidate] = {}
    for candidate in found:
        seen.setdefault(key_of(candidate.part, candidate.params), candidate)
    return list(seen.values())


def key_of(part: str, params: Mapping[str, Any]) -> str:
    """The same text for the same candidate."""
    return f"{part} {sorted(params.items())!r}"


def _of_part(recipe: Recipe, part: str, graph: Neighbors, n_clusters: int) -> list[Candidate]:
    """The candidates of one part, the most telling first: what the run has, or its defaults."""
    known = FAMILIES["cluster"].parameters(part)
    own = _own_params(recipe, part)
    searched = [name for name in _GRIDS if name in known]
    # a part that must be told k, or chooses it by a ladder, is not asked: this is the ladder
    if "n_clusters" in searched and "detail" not in searched:
        searched, found = ["n_clusters"], []
    else:
        found = [Candidate(part, own)]
    linkages = [word for word in _LINKAGES if word != known.get("linkage", word)]
    for changed in [{}, *({"linkage": word} for word in linkages)]:
        for name in searched:
            values = _GRIDS[name](graph, n_clusters)
            found += [Candidate(part, {**own, **changed, name: value}) for value in values]
    return found


def _own_params(recipe: Recipe, part: str) -> dict[str, Any]:
    """What the run's recipe sets for a part, where that is not the default."""
    if recipe.part("cluster") != part:
        return {}
    known = FAMILIES["cluster"].parameters(part)
    given = recipe.params("cluster")
    return {key: value for key, value in given.items() if value != known.get(key)}


def _numbers(graph: Neighbors, n_clusters: int) -> list[int]:
    most = min(round(1.6 * len(graph) ** 0.5), MAX_K, len(graph))
    return [min(max(n_clusters, 2), len(graph)), *_halving(candidate_ks(most)[::2])]


def _least_sizes(graph: Neighbors, n_clusters: int) -> list[int]:
    sizes = [round(5 * 1.6**step) for step in range(12)]
    return _halving([size for size in sizes if size <= max(len(graph) // 20, 5)])


def _radii(graph: Neighbors, n_clusters: int) -> list[float]:
    if graph.k < EPS_NEIGHBOR:
        return []
    found = np.quantile(graph.distances[:, EPS_NEIGHBOR - 1], EPS_SHARES)
    # in few digits, so that a command can be read; the radius tried is the one that is said
    return _halving(sorted({float(f"{radius:.3g}") for radius in found if radius > 0}))


_LINKAGES = ("ward", "average")
_GRIDS: dict[str, Callable[[Neighbors, int], Sequence[Any]]] = {
    "detail": lambda graph, n_clusters: ("coarse", "fine"),
    "n_clusters": _numbers,
    "min_cluster_size": _least_sizes,
    "eps": _radii,
    "n_neighbors": lambda graph, n_clusters: (10, 15, 20),
}
"""Parameter -> the values to try, for the neighbors of a run and its number of clusters."""


def _halving(values: list[T]) -> list[T]:
    """Values from the middle outward by halves, so that every beginning spans them all."""
    order: list[T] = []
    spans = [(0, len(values))]
    for low, high in spans:
        if low < high:
            middle = (low + high) // 2
            order.append(values[middle])
            spans += [(low, middle), (middle + 1, high)]
    return order


def pareto_front(trials: Sequence[Trial]) -> list[Trial]:
    """The trials that none beats, by rising number of clusters.

    One beats another where both have about as many clusters and it is at least as good in
    quality and coverage, and better in one of them.
    """
    able = [trial for trial in trials if not trial.failed and trial.n_clusters >= 2]
    kept = [
        trial
        for place, trial in enumerate(able)
        if trial.quality > 0
        and not any(_beats(other, trial, at < place) for at, other in enumerate(able))
    ]
    return sorted(kept, key=lambda trial: (trial.n_clusters, -trial.quality))


def _beats(one: Trial, other: Trial, earlier: bool) -> bool:
    """Whether one is at least as good as the other, and better or the same and tried earlier."""
    if one is other or not _near(one.n_clusters, other.n_clusters):
        return False
    mine, theirs = (one.quality, one.coverage), (other.quality, other.coverage)
    return mine[0] >= theirs[0] and mine[1] >= theirs[1] and (mine != theirs or earlier)


def _near(one: int, other: int) -> bool:
    return max(one, other) <= NEAR * min(one, other)
