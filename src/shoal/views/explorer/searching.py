"""Search by words or meaning, and similar rows."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from shoal.data.entries import Entry
from shoal.errors import BadInput
from shoal.views.explorer.view import RunView

MAX_ROWS = 1000
"""Rows that a search by meaning brings, the nearest first."""
CLEAR = 3.0
"""Standard deviations of the background that a row must be nearer than the median row."""
MAX_MARKED = 200_000
"""Rows that a search by words brings."""
MAX_CHARS = 1000


def words_of(query: str) -> list[str]:
    """Words and "quoted phrases" of a query."""
    return [phrase or word for phrase, word in re.findall(r'"([^"]+)"|(\S+)', query)]


def search(view: RunView, query: str, how: str) -> Entry:
    """Rows that fit a query.

    Parameters
    ----------
    view : of the run
    query : words
    how : "words" for rows with all of them, in input order; "meaning" for the nearest rows

    Returns
    -------
    total, rows; for a search by meaning also the cosine of each as scores, the least cosine as
    limit, and why it is that as rule
    """
    query = query.strip()
    if not 0 < len(query) <= MAX_CHARS:
        raise BadInput(f"a query must have 1 to {MAX_CHARS} characters, got {len(query)}.")
    if how == "words":
        found = view.rows.matching(words_of(query))
        return {"total": len(found), "rows": found[:MAX_MARKED].tolist(), "scores": None}
    if how != "meaning":
        raise BadInput(f"search by 'words' or by 'meaning', got {how!r}.")
    if not view.knows_meaning:
        raise BadInput(
            "the model of this run is not installed or does not read texts, so search by "
            "meaning is not available. Search by words, or open a row and list similar ones."
        )
    return _nearest(view, view.vectors.cosines(view.embed(query)))


def similar(view: RunView, row: int) -> Entry:
    """Rows clearly more like a row than most are; the row itself comes first, then the nearest."""
    if not 0 <= row < view.n_rows or view.editor.first[row] < 0:
        raise BadInput(f"row {row} has no vector. Rows: 0 to {view.n_rows - 1}.")
    return _nearest(view, view.vectors.cosines(view.vectors.take(np.array([row]))[0]), row)


def _nearest(view: RunView, cosines: NDArray[np.float32], own: int | None = None) -> Entry:
    """The rows that are clearly more alike than the background; never none.

    Parameters
    ----------
    view : of the run
    cosines : (n_rows,) float32, of every row with what is sought
    own : the row that is what is sought; it comes first and does not count
    """
    usable = view.editor.first >= 0
    limit = alike_from(cosines[view.editing.distinct])  # copies of a text bend nothing
    cosines = np.where(usable, cosines, -np.inf)
    if own is not None:
        cosines[own] = np.inf
    n_alike, least = int((cosines >= limit).sum()), 1 if own is None else 2
    total = min(max(n_alike, least), int(usable.sum()))
    n = min(total, MAX_ROWS)
    best = np.argpartition(-cosines, n - 1)[:n]
    best = best[np.lexsort((best, -cosines[best]))]
    scores = [round(float(min(score, 1.0)), 4) for score in cosines[best]]
    chance = f"{limit:.2f}, {CLEAR:g} standard deviations from the median row"
    rule = f"Rows clearly more similar than by chance: a cosine of at least {chance}."
    if n_alike < least:
        rule = "No row is clearly more similar than by chance, so this is the nearest one."
    return {
        "total": total,
        "rows": best.tolist(),
        "scores": scores,
        "limit": round(limit, 4),
        "rule": rule,
    }


def alike_from(cosines: NDArray[np.float32]) -> float:
    """The cosine from which rows are clearly more alike than rows are on the whole.

    What is alike lies on the near side of the median, so the far side shows what rows have in
    common by chance: their median, and how far they scatter about it, are the background. It is
    reckoned in distances, as cosines are pressed together towards 1.

    Parameters
    ----------
    cosines : (n,) float32, of distinct rows with what is sought; n may not be 0
    """
    distances = np.sqrt(np.maximum(2.0 - 2.0 * cosines.astype(np.float64), 0.0))
    middle = float(np.median(distances))
    background = distances[distances >= middle] - middle
    return 1.0 - max(middle - CLEAR * float(np.sqrt(np.mean(background**2))), 0.0) ** 2 / 2
