"""Choosing the number of clusters: every criterion over a range of k, for any clusterer.

A clusterer hands over a function that divides vectors into each of several k (`by_fitting`
makes one from a scikit-learn clusterer; one that cuts a tree can cut it at every k at once).
Each criterion gives a curve and a suggestion of its own; one of them, or their consensus, decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.data import Curve
from shoal.errors import BadInput, TooFewItems, UnknownPart
from shoal.numerics.arrays import DoubleArray, FloatArray
from shoal.numerics.blocks import ordered_map, serial_algebra
from shoal.numerics.clusters import by_size, mean_silhouette
from shoal.numerics.ranking import mean_ranks
from shoal.parts.clusterers.base import fitting
from shoal.parts.clusterers.criteria import (
    Divide,
    calinski_harabasz,
    davies_bouldin,
    elbow,
    first_gap,
    gap,
    inertia,
    stability,
)

Labels = NDArray[np.int32]

SAMPLE_ROWS = 5000
"""Most rows that the criteria are measured on."""
MAX_K = 250
"""Largest k of the ladder: a sample has 20 rows for each of so many clusters."""
STEP = 1.2
"""Of the ladder: each k is about a fifth larger than the one before."""
MIN_ROWS = 4
VOTERS = ("silhouette", "elbow", "stability")
"""Whose ranks the consensus is the mean of; the others lean to one end of the ladder on
embeddings (docs/choose_k.md)."""
WORDS = {
    "consensus": f"{', '.join(VOTERS[:-1])} and {VOTERS[-1]} together rank it first",
    "silhouette": "the silhouette is highest there",
    "davies_bouldin": "the Davies-Bouldin index is lowest there",
    "calinski_harabasz": "the Calinski-Harabasz index is highest there",
    "elbow": "the inertia bends there",
    "gap": "the gap statistic stops growing there",
    "stability": "clusterings of subsets agree best there",
}
"""Criterion -> why a k was taken; the first is the default."""
CRITERIA = tuple(WORDS)
TITLES = {"davies_bouldin": "Davies-Bouldin", "calinski_harabasz": "Calinski-Harabasz"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of clusters that was chosen.

    Parameters
    ----------
    k : how many
    why : a clause to follow "20 clusters because"
    curves : one per criterion, empty where there was nothing to choose
    """

    k: int
    why: str
    curves: tuple[Curve, ...] = ()

    def reason(self, n_found: int) -> str:
        """The sentence for a clusterer that found so many clusters when told `k`."""
        found = "1 cluster" if n_found == 1 else f"{n_found} clusters"
        if n_found < self.k and not self.curves:
            return f"{found} instead of {self.k}, because too few rows differ in direction."
        return f"{found} because {self.why}."


def asked_for(n_clusters: int | None, n: int) -> Choice | None:
    """The choice of a user who gave the number of clusters; None for one who did not.

    Parameters
    ----------
    n_clusters : as given
    n : distinct rows

    Raises
    ------
    BadInput : if it is not a positive whole number
    TooFewItems : if there are fewer rows
    """
    if n_clusters is None:
        return None
    whole = isinstance(n_clusters, int | np.integer) and not isinstance(n_clusters, bool)
    if not whole or n_clusters < 1:
        raise BadInput(f"k must be a whole number of at least 1, got {n_clusters!r}.")
    if n_clusters > n:
        raise TooFewItems(
            f"k ({n_clusters}) must be at most the number of distinct rows ({n}). Use a "
            "smaller -k, or drop it."
        )
    return Choice(
        int(n_clusters), f"-k {n_clusters} asked for {'it' if n_clusters == 1 else 'them'}"
    )


class Numbered(Protocol):
    """A clusterer that is given a number of clusters, or chooses one."""

    n_clusters: int | None
    choose: str
    max_clusters: int | None
    seed: int


def number_for(
    part: Numbered, vectors: FloatArray, divide: Divide, sample_rows: int = SAMPLE_ROWS
) -> Choice:
    """The number a clusterer was given, or else the one that `choose_k` finds for it.

    Parameters
    ----------
    part : the clusterer
    vectors, divide, sample_rows : as of `choose_k`

    Raises
    ------
    BadInput : if a number is none
    TooFewItems : if there are fewer rows than clusters
    UnknownPart : if there is no such criterion
    """
    return asked_for(part.n_clusters, len(vectors)) or choose_k(
        vectors,
        divide,
        part.choose,
        max_clusters=part.max_clusters,
        sample_rows=sample_rows,
        seed=part.seed,
    )


def by_fitting(make: Callable[[int, int], Any]) -> Divide:
    """A `Divide` that fits a scikit-learn clusterer anew for each k, several side by side.

    Parameters
    ----------
    make : from k and a seed to a clusterer, not fitted
    """

    def divide(vectors: FloatArray, ks: Sequence[int], seed: int) -> list[Labels]:
        def labels(k: int) -> Labels:
            # in each thread too: a new thread has OpenMP's own count
            with serial_algebra():
                return by_size(make(k, seed).fit(vectors).labels_)

        with fitting():
            return list(ordered_map(labels, ks))

    return divide


def candidate_ks(most: int) -> list[int]:
    """Numbers of clusters from 2 to `most`: each one at first, then ever wider steps."""
    ks = [2]
    while (following := max(ks[-1] + 1, round(ks[-1] * STEP))) <= most:
        ks.append(following)
    return ks


def choose_k(
    vectors: FloatArray,
    divide: Divide,
    choose: str = CRITERIA[0],
    *,
    max_clusters: int | None = None,
    sample_rows: int = SAMPLE_ROWS,
    seed: int = 0,
) -> Choice:
    """Choose the number of clusters.

    Parameters
    ----------
    vectors : (n, n_dims) float32 unit vectors
    divide : the clusterer
    choose : the criterion that decides
    max_clusters : largest k to try; 1.6 times the root of n, at most 250, when None
    sample_rows : most rows to measure on; fewer for a slow clusterer
    seed : of the sample, the parts, the references and the clusterer

    Returns
    -------
    The choice with a curve for each criterion. The same on any number of threads.

    Raises
    ------
    BadInput : if max_clusters is below 2
    UnknownPart : if there is no such criterion
    """
    if max_clusters is not None and max_clusters < 2:
        raise BadInput(f"max_clusters must be at least 2, got {max_clusters}.")
    if choose not in CRITERIA:
        raise UnknownPart.among("criterion to choose k by", choose, CRITERIA)
    n = len(vectors)
    if n < MIN_ROWS:
        return Choice(1, f"{n} distinct rows are too few to split")
    sample = np.ascontiguousarray(_sample(vectors, sample_rows, seed))
    most = max_clusters or min(round(1.6 * n**0.5), MAX_K)
    tried = candidate_ks(min(most, len(sample) - 1))
    with serial_algebra():
        found = divide(sample, tried, seed)
        # fewer rows may differ than there are clusters asked for
        whole = [place for place, labels in enumerate(found) if labels.max() + 1 == tried[place]]
        if not whole:
            return Choice(1, "all rows have the same direction")
        ks = [tried[place] for place in whole]
        curves = _curves(sample, ks, [found[place] for place in whole], divide, seed)
    curves = {name: replace(curve, n_items=len(sample)) for name, curve in curves.items()}
    return _decided(curves, choose, ks, n)


def _sample(vectors: FloatArray, most: int, seed: int) -> FloatArray:
    if len(vectors) <= most:
        return vectors
    rows = np.random.default_rng(seed).choice(len(vectors), most, replace=False)
    return vectors[np.sort(rows)]


def _curves(
    sample: FloatArray, ks: list[int], labels: list[Labels], divide: Divide, seed: int
) -> dict[str, Curve]:
    """Measure every criterion and ask each for the k it speaks for."""
    xs = np.array(ks, dtype=np.float64)
    within = np.array([inertia(sample, found) for found in labels])
    one = np.zeros(len(sample), dtype=np.int32)
    total = inertia(sample, one)
    silhouette = np.array([mean_silhouette(sample, found) for found in labels])
    stable = stability(sample, ks, labels, divide, seed).mean(axis=0)
    gaps, errors = gap(sample, ks, np.array([total, *within]), divide, seed)
    bend = elbow(xs, within)
    ranks = {"silhouette": silhouette, "elbow": bend, "stability": stable}
    curves = [
        _best("consensus", xs, _mean_rank([ranks[name] for name in VOTERS])),
        _best("silhouette", xs, silhouette),
        Curve("elbow", "n_clusters", xs, within, _at(xs, bend, above=1e-9), None),
        # a few clusters are easily stable: of numbers that are equally so the largest says most
        replace(_best("stability", xs, stable), suggestion=_at(xs[::-1], stable[::-1])),
        _best("davies_bouldin", xs, [davies_bouldin(sample, x) for x in labels], higher=False),
        _best("calinski_harabasz", xs, calinski_harabasz(len(sample), xs, total, within)),
        _gap_curve(np.array([1.0, *xs]), gaps, errors),
    ]
    return {curve.name: curve for curve in curves}


def _gap_curve(xs: DoubleArray, gaps: DoubleArray, errors: DoubleArray) -> Curve:
    place = first_gap(gaps, errors)
    return Curve("gap", "n_clusters", xs, gaps, None if place is None else float(xs[place]), True)


def _best(name: str, xs: DoubleArray, ys: Any, *, higher: bool = True) -> Curve:
    ys = np.asarray(ys, dtype=np.float64)
    return Curve(name, "n_clusters", xs, ys, _at(xs, ys if higher else -ys), higher)


def _at(xs: DoubleArray, ys: DoubleArray, above: float = -np.inf) -> float | None:
    """The x of the highest y, the first of equals, None where none is above the least."""
    ys = np.where(np.isnan(ys), -np.inf, ys)
    return float(xs[ys.argmax()]) if ys.max() > above else None


def _mean_rank(measures: Sequence[DoubleArray]) -> DoubleArray:
    """Mean rank among the ks, 1 for the best of all in every measure, 0 for the worst."""
    n = len(measures[0])
    ranked = [mean_ranks(np.where(np.isnan(ys), -np.inf, ys)) for ys in measures]
    return np.asarray((np.mean(ranked, axis=0) - 1.0) / max(n - 1, 1))


def _decided(curves: Mapping[str, Curve], choose: str, ks: Sequence[int], n: int) -> Choice:
    """The k of the criterion that decides, or of the silhouette where that has none."""
    judge, excuse = choose, ""
    if curves[choose].suggestion is None:
        judge = "silhouette"
        excuse = f"the criterion {choose} suggests no number, and "
    k = int(curves[judge].suggestion or 1)
    heard = ", ".join(
        f"{TITLES.get(name, name)} "
        f"{'none' if curve.suggestion is None else f'{curve.suggestion:.0f}'}"
        for name, curve in curves.items()
        if name != "consensus"
    )
    n_sample = curves[judge].n_items or n
    where = f" on {n_sample:,} of {n:,} rows" if n_sample < n else ""
    why = (
        f"{excuse}{WORDS[judge]}, of {len(ks)} numbers from {ks[0]} to {ks[-1]} tried{where} "
        f"(alone: {heard})"
    )
    final = tuple(
        replace(curve, chosen=float(k), decided=name == judge) for name, curve in curves.items()
    )
    return Choice(k, why, final)
