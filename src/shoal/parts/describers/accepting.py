"""Which titles of a language model are kept, held against the clusters and against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from shoal.numerics.clusters import centres
from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.fitting import title_fits

LOWEST_RANK, RANK_SHARE, FEW_SHARE = 5, 0.1, 0.25
"""A title is refused if a tenth of the clusters, or in a run of few clusters five or a quarter of
them, are nearer to it than its own."""
MIXED_UP = 0.1
"""Titles of a call that would be so much nearer, in cosine and on average, if they changed places
were given to the wrong clusters."""


def accepted(
    titles: Mapping[int, str],
    names: Sequence[Name],
    labels: NDArray[np.int32],
    space: Space | None,
    calls: Sequence[Sequence[int]] = (),
) -> tuple[dict[int, str], dict[int, str]]:
    """The titles that are unlike all others and lead back to their cluster; why not the rest.

    A title by counting is given up only by its own cluster.

    Parameters
    ----------
    titles : cluster -> what the model calls it
    names : (n_clusters,) by counting
    labels : (n,) int32, -1 for noise
    space : where titles are compared with clusters, None where they cannot be
    calls : the clusters that were asked about together
    """
    wrong: dict[int, str] = {}
    if space is not None and titles:
        all_titles = [titles.get(c, name.title) for c, name in enumerate(names)]
        ranks = [fit.rank for fit in title_fits(all_titles, space, labels)]
        for c in [c for c in titles if ranks[c] > _lowest(len(names))]:
            wrong[c] = f"the title {titles[c]!r} fits other clusters better"
        for c in mixed_up(titles, calls, labels, space, len(names)):
            wrong[c] = f"the title {titles[c]!r} was given to the wrong cluster"
    good = {c: title for c, title in titles.items() if c not in wrong}
    taken = {name.title.casefold(): c for c, name in enumerate(names) if c not in good}
    out: dict[int, str] = {}
    for c in sorted(good):
        owner = taken.setdefault(good[c].casefold(), c)
        if owner == c:
            out[c] = good[c]
        else:
            wrong[c] = f"the title {good[c]!r} is already taken by another cluster"
    if len(out) < len(good):  # the titles by counting that came back may be taken now
        back = {names[c].title.casefold() for c in range(len(names)) if c not in out}
        for c in [c for c in out if out[c].casefold() in back]:
            wrong[c] = f"the title {out.pop(c)!r} is already taken by another cluster"
    return out, wrong


def mixed_up(
    titles: Mapping[int, str],
    calls: Sequence[Sequence[int]],
    labels: NDArray[np.int32],
    space: Space,
    n_clusters: int,
) -> list[int]:
    """Clusters whose titles fit better the other way round: the model mixed up their numbers."""
    centre = centres(space.vectors, labels, n_clusters)
    out: list[int] = []
    for call in calls:
        mine = [c for c in call if c in titles]
        if len(mine) < 2:
            continue
        near = np.asarray(space.embed([titles[c] for c in mine]) @ centre[mine].T)
        _, best = linear_sum_assignment(near, maximize=True)
        moved = np.flatnonzero(best != np.arange(len(mine)))
        if len(moved) and (near[moved, best[moved]] - near[moved, moved]).mean() > MIXED_UP:
            out += [mine[place] for place in moved]
    return out


def accepted_themes(
    titles: Mapping[int, str],
    below: Sequence[str],
    themes: NDArray[np.int32],
    labels: NDArray[np.int32],
    space: Space | None,
) -> dict[int, str]:
    """The titles of themes that are unlike each other and all titles below, and lead back.

    Parameters
    ----------
    titles : theme -> what the model calls it
    below : (n_clusters,) titles of the clusters
    themes : (n_clusters,) int32, of each cluster
    labels : (n,) int32, cluster of each row, -1 for noise
    space : as in `accepted`
    """
    taken = {title.casefold() for title in below}
    out: dict[int, str] = {}
    for theme, title in sorted(titles.items()):
        if title.casefold() not in taken:
            taken.add(title.casefold())
            out[theme] = title
    if space is None or not out:
        return out
    # of a theme without a title of its own, what its clusters are called stands in
    joined = [
        ", ".join(title for title, theme in zip(below, themes, strict=True) if theme == t)
        for t in range(int(themes.max()) + 1)
    ]
    held = np.where(labels >= 0, themes[np.maximum(labels, 0)], -1).astype(np.int32)
    fits = title_fits([out.get(t, joined[t]) for t in range(len(joined))], space, held)
    lowest = _lowest(len(joined))
    return {theme: title for theme, title in out.items() if fits[theme].rank <= lowest}


def _lowest(n: int) -> float:
    """The lowest rank of its own cluster, of n, by nearness to a title that is kept."""
    return max(min(LOWEST_RANK, max(FEW_SHARE * n, 1)), RANK_SHARE * n)
