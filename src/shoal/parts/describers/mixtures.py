"""Titles of two subjects, for clusters that no one title covers: "Film and television"."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from shoal.numerics.arrays import FloatArray
from shoal.parts.describers.judging import Judge
from shoal.parts.describers.rows import lead
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import TITLE_CHARS

BROAD_ENOUGH = 0.45
"""A cluster of such a breadth may be a mixture."""
MIN_SHARE, MIN_LEAD, MIN_GAIN, MIN_BOTH = 0.2, 0.1, 0.15, 0.5
"""Of a cluster's rows, the share that bears each of two subjects out, how much larger that is than
in any other cluster, what each adds to the other, and the share that bears out either."""
TRIED = 8
"""Subjects of a cluster that are put together."""


def of_two(c: int, judge: Judge, is_hinted: Callable[[FloatArray], bool]) -> str:
    """Two subjects that together most rows bear out, the more frequent first; "" for none.

    Parameters
    ----------
    c : number of the cluster
    judge : of all clusters
    is_hinted : whether rows say something like a title
    """
    if judge.n_clusters < 2 or judge.breadth(c) < BROAD_ENOUGH:
        return ""
    share, ahead = judge.bearing.subjects[c], lead(judge.bearing.subjects)[c]
    able = np.flatnonzero((share >= MIN_SHARE) & (ahead >= MIN_LEAD))
    able = able[np.argsort(-(share + ahead)[able], kind="stable")][:TRIED]
    names = judge.names
    able = np.array([i for i in able if is_hinted(judge.vectors_of([names[i]]))], dtype=np.intp)
    if len(able) < 2:
        return ""
    borne = judge.borne(c)
    found = []
    for one, other in combinations(able.tolist(), 2):
        both = float((borne[:, one] | borne[:, other]).mean())
        first, second = sorted((one, other), key=lambda i: -share[i])
        title = f"{names[first]} and {names[second]}"
        if (
            both >= max(MIN_BOTH, share[first] + MIN_GAIN)
            and len(title) <= TITLE_CHARS
            and not _is_of(names[one], names[other])
        ):
            found.append((both + float(ahead[one] + ahead[other]) / 2, title))
    return max(found)[1] if found else ""


def _is_of(one: str, other: str) -> bool:
    """Whether one of two subjects takes the other in, or shares a word with it."""
    return (
        other in GROUPS.get(one, ())
        or one in GROUPS.get(other, ())
        or bool({*one.split()} & {*other.split()})
    )
