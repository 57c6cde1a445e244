"""Titles and keywords of clusters of records that have texts or pictures among their columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data.records import value_as_text
from shoal.numerics.clusters import members
from shoal.numerics.samples import evenly

N_WORDS = 5
"""Keywords of texts that stand before what sets the columns apart."""
JOINT = ", "
TITLE_CHARS = 70
MAX_LOOKED_AT = 300
"""Texts of a cluster in which the words of a title are looked for."""
MIN_LIFT = 1.5
"""How many times more common than in any other cluster the words of a title must be."""
MOSTLY = 0.5
"""Share of its texts from which a cluster keeps a title that says too little."""


def together(
    words: Sequence[tuple[str, tuple[str, ...]]], profiles: Sequence[tuple[str, tuple[str, ...]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """Titles and keywords of texts, which differ from each other, before what profiles tell."""
    return [
        (title, (*keywords[:N_WORDS], *info))
        for (title, keywords), (_, info) in zip(words, profiles, strict=True)
    ]


def distinct_names(
    titles: Sequence[str],
    profiles: Sequence[Sequence[str]],
    texts: Sequence[str],
    labels: NDArray[np.int32],
    *,
    counted: bool = True,
) -> list[str]:
    """Titles of texts, with what the columns say where the texts do not tell the clusters apart.

    A title says too little where it is another's but for a number, or where its words are about as
    common in another cluster. What the columns say takes its place then, after it where most rows
    of the cluster hold its words.

    Parameters
    ----------
    titles : (n_clusters,) by the texts, each unlike the others
    profiles : (n_clusters,) what the columns say of each cluster, the most telling first
    texts, labels : (n,) the texts and their clusters, -1 for noise
    counted : whether the titles are made of words of the texts, so that they can be looked for
    """
    said = [title.removesuffix(f" ({c})") for c, title in enumerate(titles)]
    inside = members(labels, len(titles))
    some = [
        [texts[row].casefold() for row in rows[evenly(len(rows), MAX_LOOKED_AT)]] for rows in inside
    ]
    out: list[str] = []
    for c, title in enumerate(titles):
        held = [_held(said[c], rows) for rows in some]
        rival = max((share for other, share in enumerate(held) if other != c), default=0.0)
        alike = said.count(said[c]) > 1 or (counted and 0 < held[c] < MIN_LIFT * rival)
        if not alike or not profiles[c]:
            out.append(title)
            continue
        phrases = list(profiles[c])
        best = [said[c]] if held[c] >= MOSTLY else []
        best.append(phrases.pop(0))
        while phrases and (len(JOINT.join([*best, phrases[0]])) <= TITLE_CHARS):
            best.append(phrases.pop(0))
        made = JOINT.join(best)
        out.append(made if made not in (*out, *titles) else f"{made} ({c})")
    return out


def _held(title: str, texts: Sequence[str]) -> float:
    """Share of the texts that hold any part of a title."""
    parts = [part.strip().casefold() for part in title.split(",") if part.strip()]
    return sum(any(part in text for part in parts) for text in texts) / max(len(texts), 1)


def middle_as_text(median: float, kind: str) -> str:
    """A median as a person reads it; that of dates is a day."""
    return value_as_text(float(int(median // 1)) if kind == "date" else median, kind)
