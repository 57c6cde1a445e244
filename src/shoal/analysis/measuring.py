"""One tuning trial on a finished run: its inputs, and how its outcome is measured."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal import stages
from shoal.analysis.trials import Candidate, Trial, key_of
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, Clustering, Embeddings, IntArray, Neighbors
from shoal.data.entries import Entry
from shoal.errors import BadInput, TooFewItems, UnknownPart
from shoal.numerics.arrays import NamedArrays
from shoal.numerics.clusters import silhouettes
from shoal.numerics.graph import modularity, similarity_graph
from shoal.parts.clusterers.base import cut_parameters
from shoal.parts.metrics import TRAITS
from shoal.parts.metrics.view import View
from shoal.recipe import FAMILIES, Recipe
from shoal.stages.refinding import MIN_ROWS, PART, agreement, random_parts

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_PARTS = 2
"""Parts of the rows that stability is measured on."""
QUALITY = "separation x stability x modularity"
LINKS = 15
"""Neighbors of each row in the graph that modularity is measured on."""


@dataclass(frozen=True, eq=False)
class TrialContext:
    """The inputs that all trials share.

    Parameters
    ----------
    run : whose rows are grouped
    unit : the distinct items in the full space
    reduced : the same as the clusterer sees them
    graph : their neighbors
    used : (n_rows,) which rows could be used
    places : (n_used,) which distinct item each usable row is
    keys, copies : (n_distinct, 16) uint8 and (n_distinct,) int32, what stands for each distinct
        item and how many rows hold it, so that a trial draws what a run draws
    truth : (n_used,) true classes from 0, -1 where a row has none; or None
    """

    run: SavedRun
    unit: Embeddings
    reduced: Embeddings
    graph: Neighbors
    used: NDArray[np.bool_]
    places: NDArray[np.intp]
    keys: NDArray[np.uint8]
    copies: IntArray
    truth: IntArray | None = None

    @property
    def recipe(self) -> Recipe:
        """Every choice of the run."""
        return self.run.recipe

    @property
    def coverage(self) -> str:
        """What happens to rows that fit no cluster when the command of a trial regroups the run."""
        return self.recipe.anew("cluster", self.recipe.part("cluster")).coverage

    @cached_property
    def links(self) -> csr_matrix:
        """The similarity graph of as many neighbors as the default clusterer joins."""
        k = min(LINKS, self.graph.k)
        return similarity_graph(self.graph.rows[:, :k], self.graph.distances[:, :k])

    @cached_property
    def hierarchies(self) -> dict[str, NamedArrays]:
        """What was grown for a clusterer and can be cut again."""
        return {}

    @cached_property
    def parts(self) -> list[tuple[NDArray[np.intp], Embeddings, Neighbors]]:
        """Random parts of the distinct items: rows, vectors and neighbors among them."""
        return random_parts(self.reduced, self.graph.k, self.recipe.seed, N_PARTS)


def open_context(path: Path) -> TrialContext:
    """Load what trials need from a finished run, without true classes.

    Raises
    ------
    BrokenRun : if a file is missing
    TooFewItems : if there is nothing to part
    """
    run = SavedRun(path)
    first, distinct = run.grouped_as, run.distinct
    unit = Embeddings(run.distinct_vectors, ())
    reduced = unit if run.reduced is None else Embeddings(run.reduced, ())
    if len(distinct) < MIN_ROWS:
        raise TooFewItems(f"{path} has only {len(distinct)} distinct rows, too few to tune on.")
    return TrialContext(
        run=run,
        unit=unit,
        reduced=reduced,
        graph=run.folder.read_neighbors(distinct),
        used=first >= 0,
        places=np.searchsorted(distinct, first[first >= 0]),
        keys=run.content_keys[distinct],
        copies=np.bincount(first[first >= 0], minlength=len(first))[distinct].astype(np.int32),
    )


def with_truth(context: TrialContext, column: str | None) -> TrialContext:
    """The same with the true classes in a column of the run, if one is named.

    Raises
    ------
    UnknownPart : if there is no such column
    BadInput : if no row has a class
    """
    if column is None:
        return context
    items = context.run.items
    if column not in items.column_names:
        raise UnknownPart.among("column in the run (--truth)", column, items.column_names)
    codes = stages.true_classes(items[column])[1][context.used]
    if not (codes >= 0).any():
        raise BadInput(f"the column {column!r} is empty. Name a column of true classes.")
    return replace(context, truth=codes)


def try_out(context: TrialContext, candidate: Candidate, before: Trial | None = None) -> Trial:
    """Fit and measure a candidate.

    Parameters
    ----------
    context : of the run
    candidate : what is tried
    before : the trial of it that was measured before; it only gets its ARI

    Returns
    -------
    The trial, also where it failed
    """
    started = time.perf_counter()
    try:
        found = _clustered(context, candidate, context.reduced, context.graph)
        trial = replace(before or _measured(context, candidate, found), ari=_ari(context, found))
    except Exception as error:  # whatever a part or a guest raises, the others are tried
        why = " ".join(str(error).split()) or type(error).__name__
        trial = Trial(candidate.part, dict(candidate.params), failed=why)
    seconds = before.seconds if before else round(time.perf_counter() - started, 3)
    return replace(trial, seconds=seconds)


def _clustered(
    context: TrialContext, candidate: Candidate, vectors: Embeddings, graph: Neighbors
) -> Clustering:
    """A candidate's clustering, from the hierarchy of an earlier one where only the cut differs."""
    part = candidate.recipe(context.recipe).build("cluster")
    cut = cut_parameters(part)
    uncut = {name: value for name, value in candidate.params.items() if name not in cut}
    key = f"{key_of(candidate.part, uncut)} {len(vectors)} {id(vectors)}"
    whole = vectors is context.reduced
    found, _, grown = stages.cluster(
        vectors,
        graph,
        part,
        context.coverage,
        context.copies if whole else None,
        context.hierarchies.get(key),
        keys=context.keys if whole else None,
    )
    context.hierarchies.setdefault(key, grown)
    return found


def _measured(context: TrialContext, candidate: Candidate, found: Clustering) -> Trial:
    """The marks of one clustering and their product.

    They are those by which the default clusterer compares its cuts, so that any two clusterings
    can be compared. A row without a cluster has no silhouette, stands alone in the graph, and
    counts as one more cluster in the agreement with the parts.
    """
    labels = found.labels
    alone = labels == NOISE
    values = np.nan_to_num(silhouettes(context.unit.vectors, labels)[0])
    apart = labels.copy()
    apart[alone] = found.n_clusters + np.arange(int(alone.sum()))
    agreed = [_agreement(context, candidate, found, *part) for part in context.parts]
    marks = (
        float(np.where(alone, 0.0, values).mean()),
        float(np.mean(agreed)),
        modularity(context.links, apart),
    )
    return Trial(
        candidate.part,
        dict(candidate.params),
        n_clusters=found.n_clusters,
        coverage=float((labels[context.places] != NOISE).mean()),
        quality=float(np.prod(marks)) if min(marks) > 0 else 0.0,
        separation=marks[0],
        stability=marks[1],
        modularity=marks[2],
        reason=found.reason,
    )


def _agreement(
    context: TrialContext,
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
    if params.get("n_clusters"):
        params["n_clusters"] = min(params["n_clusters"], len(rows))
    if params.get("min_cluster_size"):
        # the same cluster has fewer rows in a part
        params["min_cluster_size"] = max(2, round(PART * params["min_cluster_size"]))
    part = _clustered(context, Candidate(candidate.part, params), vectors, graph)
    return agreement(found, rows, part)


def _ari(context: TrialContext, found: Clustering) -> float | None:
    from sklearn.metrics import adjusted_rand_score

    if context.truth is None:
        return None
    known = context.truth >= 0
    return float(adjusted_rand_score(context.truth[known], found.labels[context.places][known]))


def against_truth(
    items: pa.Table, truth: str, labels: IntArray, usable: NDArray[np.bool_]
) -> tuple[list[Entry], list[tuple[str, float] | None]]:
    """Scores of a finished run against a column of true classes that it carries.

    Parameters
    ----------
    items : pyarrow table of the run's rows
    truth : the column
    labels : (n_rows,) clusters
    usable : (n_rows,) which rows could be used

    Returns
    -------
    The scores as in evaluation.json, and for each cluster its most frequent class and the share
    of its rows that have it

    Raises
    ------
    UnknownPart : if the run has no such column
    BadInput : if no row has a class
    """
    if truth not in items.column_names:
        raise UnknownPart.among(
            "column in the run (asked for by --truth)", truth, items.column_names
        )
    classes, codes = stages.true_classes(items[truth], labels)
    labels, codes = labels[usable], codes[usable]
    if not (codes >= 0).any():
        raise BadInput(f"the column {truth!r} is empty. Name a column of true classes.")
    view = View(
        vectors=np.empty((0, 1), dtype=np.float32),
        labels=np.empty(0, dtype=np.int32),
        row_labels=labels,
        truth=codes,
    )
    names = [name for name, trait in TRAITS.items() if trait.needs_truth]
    scores = [asdict(score) for score in stages.take(view, names, "")]
    return scores, list(stages.purities(labels, codes, classes))
