"""Scoring titles and keywords by meaning: phrases are embedded and compared with centers."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import centres
from shoal.parts.describers.base import Space

JOINT = ", "
TITLE_CHARS = 40
"""A title is not made longer by a further phrase."""
MAX_STRINGS = 2400
"""Phrases and titles that are embedded in one go, whatever the number of clusters."""
MAX_POOL = 20
"""Phrases of a cluster that are embedded."""
MAX_TRIED = 6
"""Of them, those a title is made of."""
MAX_AHEAD = 0.15
"""A phrase that much nearer to its cluster than to any other is as telling as can be."""
FREQUENCY = 0.15
"""Worth of an e-fold in the weight of a phrase, in units of cosine."""
SURE = 0.005
"""Ahead of the next cluster by less, in units of cosine, is a matter of rounding."""
GAIN = 0.03
"""A title grows by a phrase only if it is worth that much more."""
ALIKE = 0.3
"""What a keyword loses for being like one before it, as a share of their cosine."""

Values = NDArray[np.float64]
Ranked = list[tuple[str, float]]
"""Phrases with their weights by counting, the heaviest first."""
Options = list[tuple[float, tuple[str, ...]]]
"""What a title may be made of, with its worth, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """What a cluster may be called.

    Parameters
    ----------
    keywords : phrases that differ from each other, the best first
    options : what its title may be made of
    """

    keywords: list[str]
    options: Options


class Titles:
    """The centres of the clusters, to hold phrases and titles against.

    Parameters
    ----------
    space : of the run
    labels : (n,) int32, -1 for noise
    n_title : most phrases in a title
    """

    def __init__(self, space: Space, labels: NDArray[np.int32], n_title: int) -> None:
        self.space = space
        self._n_title = n_title
        n_clusters = int(labels.max(initial=-1)) + 1
        self.centres = centres(space.vectors, labels, n_clusters)
        self.pool = int(np.clip(0.6 * MAX_STRINGS / n_clusters, 3, MAX_POOL))
        steps = max(n_title - 1, 1)
        self._tried = int(np.clip(0.4 * MAX_STRINGS / n_clusters / steps, 1, MAX_TRIED))

    def order(
        self, pools: Sequence[Ranked], n_keywords: int, named: Set[int] = frozenset()
    ) -> list[Ordered]:
        """Order the phrases of each cluster and put titles together.

        Parameters
        ----------
        pools : (n_clusters,) of each cluster, what counting found
        n_keywords : of each cluster
        named : clusters that have their titles from elsewhere
        """
        pools = [pool[: self.pool] for pool in pools]
        strings = sorted({phrase for pool in pools for phrase, _ in pool})
        place = {phrase: i for i, phrase in enumerate(strings)}
        vectors = self.vectors(strings)
        worths, picked = [], []
        for cluster, pool in enumerate(pools):
            mine = vectors[[place[phrase] for phrase, _ in pool]].reshape(
                len(pool), vectors.shape[1]
            )
            value = worth(mine, self.centres, cluster) + FREQUENCY * _rarity(pool)
            worths.append(value)
            picked.append(_apart(value, mine, n_keywords))
        options = self._grown(pools, worths, named)
        return [
            Ordered([pool[i][0] for i in order], sorted(tried, key=lambda o: (-o[0], o[1])))
            for pool, order, tried in zip(pools, picked, options, strict=True)
        ]

    def lost(self, ordered: Sequence[Ordered], named: Set[int] = frozenset()) -> list[int]:
        """The clusters whose best title leads elsewhere.

        Parameters
        ----------
        ordered : (n_clusters,) what each may be called
        named : clusters that have their titles from elsewhere
        """
        asked = [c for c, one in enumerate(ordered) if one.options and c not in named]
        vectors = self.vectors([JOINT.join(ordered[c].options[0][1]) for c in asked])
        ahead = [
            nearness(row[None], self.centres, c)[1] for row, c in zip(vectors, asked, strict=True)
        ]
        return [c for c, lead in zip(asked, ahead, strict=True) if not self.leads_back(lead[0])]

    def leads_back(self, ahead: float) -> bool:
        """Whether a string is so much nearer to its own cluster that rounding cannot turn it."""
        return bool(ahead >= SURE)

    def vectors(self, strings: list[str]) -> FloatArray:
        """Unit vectors of strings, (m, n_dims)."""
        return self.space.embed(strings) if strings else self.centres[:0]

    def _grown(
        self, pools: Sequence[Ranked], worths: Sequence[Values], named: Set[int]
    ) -> list[Options]:
        """Begin with the best phrase; add the one that betters the title most, while it does."""
        out: list[Options] = []
        best: list[tuple[int, ...]] = []
        usable: list[list[int]] = []
        for pool, value in zip(pools, worths, strict=True):
            order = np.argsort(-value, kind="stable")[: self._tried]
            usable.append([int(i) for i in order])
            out.append([(float(value[i]), (pool[i][0],)) for i in usable[-1]])
            best.append(tuple(usable[-1][:1]))
        growing = [bool(pool) and c not in named for c, pool in enumerate(pools)]
        for _ in range(self._n_title - 1):
            asked = [
                (cluster, (*best[cluster], i))
                for cluster, on in enumerate(growing)
                if on
                for i in usable[cluster]
                if i not in best[cluster]
                and len(_joined(pools[cluster], (*best[cluster], i))) <= TITLE_CHARS
            ]
            if not asked:
                break
            vectors = self.vectors([_joined(pools[c], chosen) for c, chosen in asked])
            growing = [False] * len(pools)
            for cluster in dict.fromkeys(cluster for cluster, _ in asked):
                rows = [row for row, (c, _) in enumerate(asked) if c == cluster]
                tried = [asked[row][1] for row in rows]
                common = _rarity(pools[cluster])
                value = worth(vectors[rows], self.centres, cluster) + FREQUENCY * np.array(
                    [common[list(chosen)].mean() for chosen in tried]
                )
                before = out[cluster][0][0]
                top = int(value.argmax())
                # what is longer must be better by more than a hair
                paid = value - GAIN * (len(best[cluster]))
                sets = [tuple(pools[cluster][i][0] for i in chosen) for chosen in tried]
                out[cluster] += [(float(v), name) for v, name in zip(paid, sets, strict=True)]
                if paid[top] > before:
                    best[cluster], growing[cluster] = tried[top], True
                    out[cluster].sort(key=lambda option: (-option[0], option[1]))
        return out


def worth(vectors: FloatArray, centre: FloatArray, cluster: int) -> Values:
    """How near strings are to a cluster, and how much nearer than to any other: `valued`, of both.

    Parameters as in `nearness`; (m,) float64 in units of cosine.
    """
    own, ahead = nearness(vectors, centre, cluster)
    return own if len(centre) == 1 else valued(own, ahead)


def valued(own: Values, ahead: Values) -> Values:
    """What `nearness` gives as one number, (m,) in units of cosine."""
    return own + np.minimum(ahead, MAX_AHEAD)


def nearness(vectors: FloatArray, centre: FloatArray, cluster: int) -> tuple[Values, Values]:
    """How near strings are to a cluster, and how much nearer than to any other.

    Parameters
    ----------
    vectors : (m, n_dims) float32, unit vectors of the strings
    centre : (n_clusters, n_dims) float32 unit vectors
    cluster : the one that is to be named

    Returns
    -------
    (m,) float64 in units of cosine, twice; infinitely far ahead where there is no other
    """
    cosines = np.asarray(vectors @ centre.T, dtype=np.float64)
    own: Values = cosines[:, cluster].copy()
    cosines[:, cluster] = -np.inf
    return own, own - cosines.max(axis=1)


def _joined(pool: Ranked, chosen: Sequence[int]) -> str:
    return JOINT.join(pool[i][0] for i in chosen)


def _rarity(pool: Ranked) -> Values:
    """Logarithm of each phrase's weight as a share of the heaviest one's, (m,), at most 0."""
    weights = np.array([weight for _, weight in pool], dtype=np.float64)
    share = weights / max(float(weights.max(initial=0.0)), 1e-12)
    return np.asarray(np.log(np.maximum(share, 1e-3)), dtype=np.float64)


def _apart(worth: Values, vectors: FloatArray, n: int) -> list[int]:
    """The n best that are not like each other (maximal marginal relevance).

    References
    ----------
    Carbonell, Goldstein (1998), The use of MMR, diversity-based reranking for reordering
    documents and producing summaries.
    """
    alike = vectors @ vectors.T
    picked: list[int] = []
    left = worth.copy()
    while len(picked) < min(n, len(worth)):
        top = int(left.argmax())
        picked.append(top)
        left = worth - ALIKE * alike[:, picked].max(axis=1)
        left[picked] = -np.inf
    return picked
