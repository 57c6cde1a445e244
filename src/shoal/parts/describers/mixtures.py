"""Titles of two subjects, for clusters that no one title covers: "Film and television"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from shoal.parts.describers.judging import UNSAID_SUBJECT, Judge, Judged
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import TITLE_CHARS

BROAD_ENOUGH, WEAK_SAID, WEAK_UNSAID = 0.45, 0.7, 0.8
"""A cluster of such a breadth whose best title is worth less may be a mixture."""
MIN_SHARE, MIN_LEAD, MIN_GAIN, MIN_BOTH = 0.2, 0.1, 0.15, 0.5
"""Of a cluster's rows, the share that bears each of two subjects out, how much larger that is than
in any other cluster, what each adds to the other, and the share that bears out either."""
TRIED = 8
"""Subjects of a cluster that are put together."""


def with_mixtures(judged: Mapping[int, Judged], judge: Judge) -> dict[int, Judged]:
    """Put two subjects first where no title is good and rows bear out one or the other.

    Parameters
    ----------
    judged : cluster -> what it may be called
    judge : of all clusters
    """
    if judge.n_clusters < 2:
        return dict(judged)
    weak = [
        c
        for c, one in judged.items()
        if judge.breadth(c) >= BROAD_ENOUGH and (_is_weak(one) or not judge.is_sure(c, one))
    ]
    if not weak:
        return dict(judged)
    borne = [judge.bearing(c) for c in range(judge.n_clusters)]
    shares = np.stack([rows.mean(axis=0) for rows in borne])
    out = dict(judged)
    for c in weak:
        lead = shares[c] - np.delete(shares, c, axis=0).max(axis=0)
        if title := _of_two(judge.names, borne[c], lead):
            top = float(judged[c].value.max(initial=WEAK_UNSAID))
            out[c] = judged[c].with_more(_certain(title, top))
    return out


def _is_weak(one: Judged) -> bool:
    if not len(one.value):
        return True
    best = int(one.value.argmax())
    unsaid = best >= one.n_said and one.costs[best] >= UNSAID_SUBJECT
    return bool(one.value[best] < (WEAK_UNSAID if unsaid else WEAK_SAID))


def _of_two(names: Sequence[str], borne: NDArray[np.bool_], lead: NDArray[np.float64]) -> str:
    """Two subjects that together most rows bear out, the more frequent first; "" for none."""
    share = borne.mean(axis=0)
    able = np.flatnonzero((share >= MIN_SHARE) & (lead >= MIN_LEAD))
    able = able[np.argsort(-(share + lead)[able], kind="stable")][:TRIED]
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
            found.append((both + float(lead[one] + lead[other]) / 2, title))
    return max(found)[1] if found else ""


def _is_of(one: str, other: str) -> bool:
    """Whether one of two subjects takes the other in, or shares a word with it."""
    return (
        other in GROUPS.get(one, ())
        or one in GROUPS.get(other, ())
        or bool({*one.split()} & {*other.split()})
    )


def _certain(title: str, above: float) -> Judged:
    """A title that goes before all others, and covers enough."""
    one = np.ones(1)
    return Judged([title], 0 * one, one * above + 0.01, one, one, 0)
