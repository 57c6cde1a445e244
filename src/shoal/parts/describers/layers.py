"""Names for the coarser layers, composed from the names of their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import centres, unit
from shoal.numerics.partitions.agreement import majority
from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.keywords import unused
from shoal.parts.describers.terms import alike
from shoal.parts.describers.titles import FREQUENCY, JOINT, TITLE_CHARS, Options, Ranked, worth

N_KEYWORDS = 8
N_TITLE = 3
TRIED = 6
"""Phrases that a title is made of."""
GAIN = 0.02
"""What a phrase must add to a title, in units of cosine."""

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one cluster.

    Parameters
    ----------
    name : of the cluster
    said : phrase -> how much its parts make of it
    titles : in lower case, of the clusters of the finest layer that it is made of
    """

    name: Name
    said: dict[str, float]
    titles: set[str]


class Phrasebook:
    """Phrases and their vectors, where they can be embedded.

    Parameters
    ----------
    phrases : distinct
    space : where they are compared, None where they cannot be
    """

    def __init__(self, phrases: list[str], space: Space | None) -> None:
        self.place = {phrase: i for i, phrase in enumerate(phrases)}
        self.vectors = space.embed(phrases) if space and phrases else None

    def worth(
        self, sets: Sequence[Sequence[str]], centre: FloatArray | None, cluster: int
    ) -> NDArray[np.float64] | None:
        """Worth of sets of phrases by the mean of their vectors; None where it is not known."""
        if self.vectors is None or centre is None or not sets:
            return None
        summed = np.array([self.vectors[[self.place[p] for p in s]].sum(axis=0) for s in sets])
        return worth(unit(summed.astype(np.float32)), centre, cluster)


def coarser_names(
    names: Sequence[Name],
    layers: Sequence[Labels],
    space: Space | None = None,
    proposed: Sequence[Mapping[int, Options]] = (),
) -> list[list[Name]]:
    """Name the clusters of each coarser layer.

    What is told of many parts is more general than what is told of one, so a parent takes the
    keywords that its parts share or that lie nearest to all of them, and a title of these where
    none is proposed for the whole of it. A cluster that is the same in the finer layer keeps its
    name; any other has none of the titles of the finest layer that are below it.

    Parameters
    ----------
    names : of the clusters of the finest layer here
    layers : (n,) labels each, that layer first, then ever coarser ones
    space : where phrases are compared, None where they cannot be
    proposed : for each layer after the first, cluster -> titles of the form of the finest layer's

    Returns
    -------
    For each layer after the first, one name per cluster; titles are unique in a layer
    """
    book = Phrasebook(list(dict.fromkeys(w for name in names for w in name.keywords)), space)
    info = [Told(name, _weights(name.keywords), {name.title.lower()}) for name in names]
    out = []
    for above, (below, labels) in enumerate(pairwise(layers)):
        centre = None
        if space is not None:
            centre = centres(space.vectors, labels, int(labels.max(initial=-1)) + 1)
        info = _parents(info, below, labels, book, centre, proposed[above] if proposed else {})
        out.append([one.name for one in info])
    return out


def parts_of_each(below: Labels, labels: Labels) -> list[list[int]]:
    """Of each cluster of a layer, the clusters of the layer below that are mostly in it.

    A cluster of one part is the same as that part, and has its name.
    """
    both = (below >= 0) & (labels >= 0)
    parent = majority(below[both], labels[both])
    sizes = np.bincount(below[both], minlength=len(parent))
    return [
        np.nonzero((parent == cluster) & (sizes[: len(parent)] > 0))[0].tolist()
        for cluster in range(int(labels.max(initial=-1)) + 1)
    ]


def _parents(
    info: Sequence[Told],
    below: Labels,
    labels: Labels,
    book: Phrasebook,
    centre: FloatArray | None,
    proposed: Mapping[int, Options],
) -> list[Told]:
    """The clusters of a layer, by what is known of those of the layer below it."""
    sizes = np.bincount(below[(below >= 0) & (labels >= 0)], minlength=len(info)).astype(float)
    parts = parts_of_each(below, labels)
    # what keeps its name comes first, so that no other takes it
    taken = {info[part[0]].name.title.lower() for part in parts if len(part) == 1}
    out = []
    for cluster, mine in enumerate(parts):
        if len(mine) == 1:
            only = info[mine[0]]
            out.append(Told(Name(only.name.title, only.name.keywords), only.said, only.titles))
            continue
        said = _together([info[part].said for part in mine], sizes[mine])
        titles = set[str]().union(*(info[part].titles for part in mine))
        ranked = _ranked(said, book, centre, cluster)
        keywords = [phrase for phrase, _ in ranked[:N_KEYWORDS]]
        choices = [said for _, said in proposed.get(cluster, ())]
        choices += _choices(ranked, book, centre, cluster)
        title = unused(choices, keywords, cluster, taken | titles)
        taken.add(title.lower())
        out.append(Told(Name(title, tuple(keywords)), said, titles))
    return out


def _weights(keywords: Sequence[str]) -> dict[str, float]:
    return {word: 1.0 / (1 + rank) for rank, word in enumerate(keywords)}


def _together(said: Sequence[dict[str, float]], sizes: NDArray[np.float64]) -> dict[str, float]:
    """What the parts say, each part by its size."""
    out: dict[str, float] = {}
    for one, size in zip(said, sizes / max(sizes.sum(), 1.0), strict=True):
        for phrase, weight in one.items():
            out[phrase] = out.get(phrase, 0.0) + weight * float(size)
    return out


def _ranked(
    said: dict[str, float], book: Phrasebook, centre: FloatArray | None, cluster: int
) -> Ranked:
    """The phrases of a parent with their worth, the best first, none in two forms."""
    found = list(said)
    score = np.log(np.array([said[phrase] for phrase in found], dtype=np.float64))
    near = book.worth([(phrase,) for phrase in found], centre, cluster)
    if near is not None:
        score = near + FREQUENCY * (score - score.max())
    out: Ranked = []
    for i in np.argsort(-score, kind="stable"):
        if not any(alike(found[i].lower(), other.lower()) for other, _ in out):
            out.append((found[i], float(score[i])))
        if len(out) == 2 * N_KEYWORDS:
            break
    return out


def _choices(
    ranked: Ranked, book: Phrasebook, centre: FloatArray | None, cluster: int
) -> list[tuple[str, ...]]:
    """What the title may be made of, the best first."""
    words = [phrase for phrase, _ in ranked[:TRIED]]
    sets = [
        chosen
        for n in range(1, N_TITLE + 1)
        for chosen in combinations(words, n)
        if n == 1 or len(JOINT.join(chosen)) <= TITLE_CHARS
    ]
    value = book.worth(sets, centre, cluster)
    if value is None:
        # two words of different parts say more than the best of one part
        return sorted(sets, key=lambda s: (len(s) != min(2, len(words)), len(s)))
    score = dict(ranked)
    own = np.array([min(score[word] for word in s) for s in sets])
    best = value + own - GAIN * np.array([len(s) for s in sets])
    return [sets[i] for i in np.argsort(-best, kind="stable")]
