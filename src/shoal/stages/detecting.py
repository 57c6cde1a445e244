"""Detect new items that fit no cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray, Items, Neighbors
from shoal.numerics.arrays import AnyArray
from shoal.numerics.novelty import MIN_ROWS, REFUSED, Novelty, Spread
from shoal.numerics.outliers import kth_distance
from shoal.numerics.samples import evenly
from shoal.stages.vectors import contents_of
from shoal.text.spelling import Spelling

MAX_ROWS = 10_000
"""Rows of a run from which is learned what its rows are like."""
WEIGHTS = {"distance": 0.5, "spread": 1.0, "spelling": 0.5}
"""Of the evidence: measured in benchmarks/does_predict_refuse_what_is_foreign.py."""


ODD = -math.log(REFUSED)
"""Evidence of one kind that 5 % of the run's rows exceed."""
NEAR = 0.5
"""A row this much nearer to its neighbors than two rows of the run are to each other is known:
where texts are all alike, a usual sentence on the same subject is odder than 95 % of them."""
COPY = 0.2
"""The same for the nearest row alone: a copy with a word more is never foreign, however lonely the
row is that it is a copy of."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """Scores of how foreign new items are.

    Parameters
    ----------
    evidence : (n_scores, n) what speaks for each item being foreign; the sum counts
    share_beyond : (n,) share of the run's rows that look as foreign
    nearness : (n,) 1 beside a row of the run, 0 at the distance up to which a row is known
    kth_distances : (n,) distance to the fifth neighbor in units of the usual one
    names : (n_scores,) keys of `WEIGHTS`
    """

    evidence: NDArray[np.float64]
    share_beyond: NDArray[np.float64]
    nearness: NDArray[np.float64]
    kth_distances: NDArray[np.float64]
    names: tuple[str, ...]

    def reason(self, row: int) -> str:
        """The most understandable reason why an item is foreign."""
        found = zip(self.names, self.evidence[:, row], strict=True)
        odd = {name for name, evidence in found if evidence > WEIGHTS[name] * ODD}
        if "distance" in odd:
            return farther_than_usual(float(self.kth_distances[row]))
        if "spelling" in odd:
            return "its spelling is unlike the run's texts"
        return "it differs from the run's rows in ways they do not differ from each other"


def farther_than_usual(times: float) -> str:
    """Describe in words how far an item is from all rows."""
    return f"its 5th nearest row is {times:.1f} times as far away as usual"


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """Scores items by how unlike the known ones they are.

    Three scores are held against those of the run's own rows: the distance to the fifth neighbor;
    the Mahalanobis distance, which sees the many directions that neighbors and the reducer leave
    out; and, of texts, the spelling.

    Parameters
    ----------
    novelty : weighs the scores
    spread : of the normalized vectors; None where rows do not differ or have very many dimensions
    spelling : of the texts; None for anything else
    usual : median distance to the fifth neighbor
    apart : median distance of two rows taken at random
    """

    novelty: Novelty
    spread: Spread | None
    spelling: Spelling | None
    usual: float
    apart: float

    @classmethod
    def of(
        cls, items: Items, unit: FloatArray, reduced: FloatArray, graph: Neighbors
    ) -> Detector | None:
        """Fit to the known items, at most 10,000 of them.

        Parameters
        ----------
        items : of the run
        unit : (n_distinct, n_dims) normalized vectors of the distinct ones
        reduced : (n_distinct, n_reduced) the vectors in which neighbors were sought
        graph : neighbors of the distinct ones

        Returns
        -------
        None where there are too few items to tell 5 % of them
        """
        rows = np.asarray(evenly(len(unit), MAX_ROWS), dtype=np.int64)
        if len(rows) < MIN_ROWS or graph.k == 0:
            return None
        kth_distances = kth_distance(graph.distances)
        scores, weights = [kth_distances[rows].astype(np.float64)], [WEIGHTS["distance"]]
        spread, spelling = None, None
        if (found := Spread.of(np.asarray(unit[rows]))) is not None:
            spread, own = found
            scores.append(own)
            weights.append(WEIGHTS["spread"])
        texts = contents_of(items, items.distinct[rows].astype(np.int32))
        if isinstance(texts[0], str):
            spelling = Spelling.of(texts)
            scores.append(spelling.surprise(texts, counted=True))
            weights.append(WEIGHTS["spelling"])
        usual = float(np.median(kth_distances))
        base = np.asarray(reduced[rows])
        other = base[np.random.default_rng(0).permutation(len(base))]
        apart = float(np.median(1.0 - np.einsum("ij,ij->i", base, other)))
        return cls(Novelty.of(scores, weights, rows), spread, spelling, usual, apart)

    def examine(
        self,
        unit: FloatArray,
        kth_distances: FloatArray,
        nearest: FloatArray,
        contents: Sequence[Any],
    ) -> Examined:
        """Score new items.

        Parameters
        ----------
        unit : (n, n_dims) normalized vectors
        kth_distances, nearest : (n,) distance to the fifth of the run's rows, and to the first
        contents : n, what they were made of; not looked at but where the run is of texts
        """
        scores, names = [kth_distances.astype(np.float64)], ["distance"]
        if self.spread is not None:
            scores.append(self.spread.distances(unit))
            names.append("spread")
        if self.spelling is not None:
            scores.append(self.spelling.surprise(contents))
            names.append("spelling")
        evidence = self.novelty.surprises(scores)
        known = [
            kth_distances / max(NEAR * self.apart, 1e-6),
            nearest / max(COPY * self.apart, 1e-6),
        ]
        return Examined(
            evidence,
            self.novelty.share_beyond(evidence.sum(axis=0)),
            1.0 - np.minimum(*known).astype(np.float64),
            kth_distances.astype(np.float64) / max(self.usual, 1e-6),
            tuple(names),
        )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the state as named arrays."""
        out = {**self.novelty.arrays(), "usual": np.array([self.usual, self.apart])}
        if self.spread is not None:
            out |= {"mean": self.spread.mean, "precision": self.spread.precision}
        if self.spelling is not None:
            n_texts = np.array(self.spelling.n_texts)
            out |= {"spelling": self.spelling.counts, "n_texts": n_texts}
        return out

    @classmethod
    def restored(cls, arrays: Mapping[str, AnyArray]) -> Detector:
        """Restore the state that `arrays` returned."""
        spread, spelling = None, None
        if "precision" in arrays:
            spread = Spread(arrays["mean"], arrays["precision"])
        if "spelling" in arrays:
            spelling = Spelling(arrays["spelling"], int(arrays["n_texts"]))
        usual, apart = map(float, arrays["usual"])
        return cls(Novelty.restored(arrays), spread, spelling, usual, apart)
