"""The clusters of a run below their themes, line by line: for the terminal and for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shoal.text.cleaning import clean, shorten
from shoal.views.report.sentences import Entry, Found, headline, number_said, themes_of, verdict

SHOWN_LINES = 14
"""Lines of the tree, without those that say how many more there are."""
TITLE_WIDTH = 70
"""Characters of a title in plain text."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree.

    Parameters
    ----------
    title : of a theme or cluster, or how many clusters are not shown
    size : its rows; None where clusters are left out
    depth : 1 below a theme, else 0
    entry : the cluster as in clusters.json; None for a theme and for what is left out
    """

    title: str
    size: int | None
    depth: int = 0
    entry: Entry | None = None


def tree(found: Found, most: int = SHOWN_LINES) -> list[Line]:
    """Themes with their clusters below them, as many as there is room for.

    Parameters
    ----------
    found : what the run found
    most : lines of themes and clusters

    Returns
    -------
    The largest theme first, in it the largest cluster first; a theme of one cluster is that
    cluster.
    """
    themes = themes_of(found)
    room = most - sum(bool(theme.title) for theme in themes)
    each = _rooms([len(theme.clusters) for theme in themes], max(room, 0))
    out = []
    for theme, n in zip(themes[:most], each, strict=False):
        depth = int(bool(theme.title))
        if depth:
            out.append(Line(theme.title, theme.size))
        for entry in theme.clusters[:n]:
            out.append(Line(str(entry["title"]), int(entry["size"]), depth, entry))
        left = theme.clusters[n:]
        if left:
            rows = sum(int(entry["size"]) for entry in left)
            out.append(Line(f"and {len(left):,} more with {rows:,} rows", None, depth))
    return out


def _rooms(sizes: list[int], room: int) -> list[int]:
    """How many clusters of each theme are shown so that all lines fit, one more line for a rest."""
    shown = [0] * len(sizes)
    if sum(sizes) <= room:
        return sizes
    room -= len(sizes)  # a line each for what is left out
    while room > 0:
        able = [i for i, size in enumerate(sizes) if shown[i] < size]
        if not able:
            break
        first = min(able, key=lambda i: (shown[i], i))
        shown[first] += 1
        room -= 1
    return shown


def as_text(found: Found, *told: Any) -> str:
    """What a run found in plain text: the verdict and the tree.

    Parameters
    ----------
    found : what the run found
    told : more sentences to say before the tree; empty ones are left out
    """
    said = " ".join(one for one in (verdict(found), number_said(found)) if one)
    head = [f"{headline(found)}.", said, *told]
    lines = [line for line in head if line]
    shown = tree(found)
    if shown:
        width = max(len(f"{line.size or 0:,}") for line in shown)
        lines.append("")
        for line in shown:
            size = "" if line.size is None else f"{line.size:,}"
            title = shorten(clean(line.title), TITLE_WIDTH)
            lines.append(f"  {size:>{width}}  {'  ' * line.depth}{title}")
    return "\n".join(lines)
