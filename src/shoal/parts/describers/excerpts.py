"""Titles from the words of typical rows, for clusters whose keywords fit others better.

Keywords can fail to tell neighbours apart: what makes "thanks for that answer" or "when is my bill
due" a theme of its own are words that name none anywhere else.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.clusters import members
from shoal.parts.describers.phrases import Token, tokens, uncapitalized
from shoal.parts.describers.stop_words import LINKS, STOP_WORDS
from shoal.parts.describers.titles import (
    MAX_STRINGS,
    TITLE_CHARS,
    Ordered,
    Titles,
    nearness,
    valued,
)

LOOKED_AT = 300
"""Rows of a cluster among which the typical ones are looked for."""
MAX_READ = 30
"""Rows that are read."""
MAX_TOKENS = 30
"""Words of a row that are read."""
MAX_WORDS = 6
"""Words of an excerpt."""
OFTEN = 0.08
"""Worth of an e-fold in the rows that say it, in units of cosine."""
A_WORD = 0.02
"""What each word costs, in units of cosine: the shorter of two that say the same."""
AT_AN_END = 0.5
"""Where a sentence begins or ends, an excerpt counts for so much of a row more: it is whole."""
MAX_OPTIONS = 8
"""Excerpts of a cluster, so that one is left where others took the first."""


def lead_back(
    ordered: Sequence[Ordered],
    titles: Titles,
    texts: Sequence[str],
    labels: NDArray[np.int32],
    named: Set[int] = frozenset(),
    links: Set[str] = frozenset(),
) -> list[Ordered]:
    """Put words of typical rows first where the best title is nearer to another cluster.

    Parameters
    ----------
    ordered : (n_clusters,) what each may be called
    titles : what that was found by
    texts : (n,) the distinct texts, as `plain` leaves them
    labels : (n,) int32, -1 for noise
    named : clusters that have their titles from elsewhere
    links : stop words of languages other than English

    Returns
    -------
    (n_clusters,) the same where a title leads back, or where no words of the rows do
    """
    out = list(ordered)
    lost = titles.lost(ordered, named)
    if not lost:
        return out
    inside = members(labels, len(ordered))
    counted = {
        c: excerpts([texts[row] for row in _nearest(titles, inside[c], c)], links) for c in lost
    }
    most = max(MAX_STRINGS // len(lost), 1)
    tried = {c: sorted(said, key=lambda text: -said[text])[:most] for c, said in counted.items()}
    strings = list(dict.fromkeys(text for said in tried.values() for text in said))
    place = {text: i for i, text in enumerate(strings)}
    vectors = titles.space.embed(strings) if strings else titles.centres[:0]
    for c, said in tried.items():
        own, ahead = nearness(vectors[[place[text] for text in said]], titles.centres, c)
        often = np.array([counted[c][text] for text in said])
        words = np.array([len(text.split()) for text in said])
        value = valued(own, ahead) + OFTEN * np.log(often) - A_WORD * words
        best = [i for i in np.argsort(-value, kind="stable") if titles.leads_back(ahead[i])]
        found = [(float(value[i]), (said[i],)) for i in best[:MAX_OPTIONS]]
        out[c] = replace(out[c], options=found + out[c].options)
    return out


def _nearest(titles: Titles, rows: NDArray[np.intp], cluster: int) -> NDArray[np.intp]:
    """The rows nearest to the centre of a cluster, of some from all over it."""
    some = rows[:: max(-(-len(rows) // LOOKED_AT), 1)]
    cosines = np.asarray(titles.space.vectors[some]) @ titles.centres[cluster]
    return some[np.argsort(-cosines, kind="stable")[:MAX_READ]]


def excerpts(texts: Sequence[str], links: Set[str] = frozenset()) -> dict[str, float]:
    """Runs of words, and how often each is said; a whole sentence counts for more."""
    out: dict[str, float] = {}
    for text in texts:
        read = tokens(text, STOP_WORDS | links, LINKS | links)[:MAX_TOKENS]
        for first in range(len(read)):
            for last in range(first, min(first + MAX_WORDS, len(read))):
                if last > first and not read[last].joined:
                    break
                said = " ".join(token.form for token in read[first : last + 1])
                if len(said) > TITLE_CHARS:
                    break
                begins, ends = not read[first].joined, _ends(read, last)
                if read[first].links or (read[last].empty and (read[last].links or not ends)):
                    continue  # it would break off, as "when will my card"
                said = uncapitalized(said) if begins else said
                out[said] = out.get(said, 0.0) + 1 + AT_AN_END * (begins + ends)
    return out


def _ends(read: Sequence[Token], place: int) -> bool:
    return place + 1 == len(read) or not read[place + 1].joined
