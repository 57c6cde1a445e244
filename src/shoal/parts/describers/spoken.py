"""Clusters of texts in several languages: which language sets one apart, and its rows in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.parts.describers.languages import language_of_each
from shoal.parts.describers.stop_words import ENGLISH

READ = 200
"""Rows of a cluster whose language is asked."""
ALL, MANY, MOSTLY, ALSO, LIFT, SEVERAL = 0.9, 0.4, 0.7, 0.15, 2.0, 0.3
"""Share of its rows in one language from which a cluster is in that, and from which its words are
those of one; share of the rows that one or two languages have that name it, that the second of
them has, how many times that of all other rows, and the share in any from which they are several.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """The languages of a cluster.

    Parameters
    ----------
    name : of up to three that set it apart, "" for none
    rows : those whose words may name it
    several : whether many rows are in languages other than English, and not in one of these
    """

    name: str
    rows: NDArray[np.intp]
    several: bool = False


def spoken_in(texts: Sequence[str], inside: Sequence[NDArray[np.intp]]) -> list[Spoken]:
    """What languages clusters are in.

    Parameters
    ----------
    texts : (n,) as `plain` leaves them
    inside : (n_clusters,) the rows of each cluster
    """
    samples = [rows[:: max(-(-len(rows) // READ), 1)] for rows in inside]
    told = language_of_each([texts[row] for rows in samples for row in rows])
    shares: list[dict[str, float]] = []
    each: list[list[str | None]] = []
    for rows in samples:
        each.append(told[: len(rows)])
        told = told[len(rows) :]
        counted = Counter(filter(None, each[-1]))
        shares.append({name: n / max(len(rows), 1) for name, n in counted.most_common()})
    sizes = np.array([len(rows) for rows in inside], dtype=np.float64)
    out = []
    for c, rows in enumerate(samples):
        first = next(iter(shares[c]), "")
        if MANY <= shares[c].get(first, 0.0) < ALL:
            mine = rows[np.array([name == first for name in each[c]], dtype=bool)]
        else:
            mine = inside[c]
        foreign = [share for name, share in shares[c].items() if name != ENGLISH]
        several = len(foreign) > 2 and max(foreign) < MANY and sum(foreign) >= SEVERAL
        out.append(Spoken(_apart(shares, sizes, c), mine, several))
    return out


def _apart(shares: Sequence[dict[str, float]], sizes: NDArray[np.float64], c: int) -> str:
    """The languages of a cluster, three at most, that few of the other rows are in."""
    rest = max(float(sizes.sum() - sizes[c]), 1.0)
    names = list(shares[c])
    for n in (1, 2, 3):
        mine = names[:n]
        outside = [
            sum(share.get(name, 0.0) * size for share, size in zip(shares, sizes, strict=True))
            - shares[c][name] * sizes[c]
            for name in mine
        ]
        held = [shares[c][name] for name in mine]
        if len(mine) < n or sum(held) < MOSTLY or held[-1] < ALSO:
            continue
        apart = all(own >= LIFT * out / rest for own, out in zip(held, outside, strict=True))
        if apart and ENGLISH not in mine:
            *most, last = (name.capitalize() for name in mine)
            return " and ".join(filter(None, [", ".join(most), last]))
    return ""
