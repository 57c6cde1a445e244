"""Search by words and by meaning, and rows like another one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.errors import BadInput
from shoal.explorer.view import RunView

MOST_ROWS = 1000
"""Rows that a search by meaning brings, the nearest first."""
MOST_MARKED = 200_000
"""Rows that a search by words brings."""
MOST_CHARS = 1000


def words_of(query: str) -> list[str]:
    """Words and "quoted phrases" of a query."""
    return [phrase or word for phrase, word in re.findall(r'"([^"]+)"|(\S+)', query)]


def search(view: RunView, query: str, how: str) -> dict[str, Any]:
    """Rows that fit a query.

    Parameters
    ----------
    view : of the run
    query : words
    how : "words" for rows with all of them, in input order; "meaning" for the nearest rows

    Returns
    -------
    total, rows, and for a search by meaning the cosine of each as scores
    """
    query = query.strip()
    if not 0 < len(query) <= MOST_CHARS:
        raise BadInput(f"a search has 1 to {MOST_CHARS} characters, got {len(query)}.")
    if how == "words":
        found = view.rows.matching(words_of(query))
        return {"total": len(found), "rows": found[:MOST_MARKED].tolist(), "scores": None}
    if how != "meaning":
        raise BadInput(f"search by 'words' or by 'meaning', got {how!r}.")
    if not view.knows_meaning:
        raise BadInput(
            "the model of this run is not here, so there is no search by meaning. Search by "
            "words, or ask a row for more like it."
        )
    return _nearest(view, view.vectors.cosines(view.embed(query)), MOST_ROWS)


def similar(view: RunView, row: int) -> dict[str, Any]:
    """Rows with the vectors most like that of a row; the row itself comes first."""
    if not 0 <= row < view.n_rows or view.editor.first[row] < 0:
        raise BadInput(f"row {row} has no vector. Rows: 0 to {view.n_rows - 1}.")
    cosines = view.vectors.cosines(view.vectors.take(np.array([row]))[0])
    cosines[row] = np.inf
    found = _nearest(view, cosines, MOST_ROWS)
    found["scores"][0] = 1.0
    return found


def _nearest(view: RunView, cosines: NDArray[np.float32], most: int) -> dict[str, Any]:
    usable = view.editor.first >= 0
    cosines = np.where(usable, cosines, -np.inf)
    n = min(most, int(usable.sum()))
    best = np.argpartition(-cosines, n - 1)[:n]
    best = best[np.lexsort((best, -cosines[best]))]
    scores = [round(float(min(score, 1.0)), 4) for score in cosines[best]]
    return {"total": n, "rows": best.tolist(), "scores": scores}
