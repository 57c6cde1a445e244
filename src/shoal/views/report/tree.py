"""The clusters of a run below their themes, line by line: for the terminal and for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shoal.data.entries import ReadEntry
from shoal.text.cleaning import clean, shorten
from shoal.views.report.sentences import (
    Found,
    Theme,
    headline,
    number_said,
    themes_of,
    verdict,
)

SHOWN_LINES = 14
"""Lines of the tree: with what is around it, the end of a run fits a small terminal."""
TITLE_WIDTH = 70
"""Characters of a title in plain text."""
CLOSED_WIDTH = 28
"""Of the title of a theme that says how many clusters it has, so that the number is not cut off."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree.

    Parameters
    ----------
    title : of a theme or cluster, or how many clusters are not shown
    size : its rows; None where clusters are left out
    depth : 1 below a theme, else 0
    entry : the cluster as in clusters.json; None for a theme and for what is left out
    parts : titles of the clusters of a theme that are not shown below it
    """

    title: str
    size: int | None
    depth: int = 0
    entry: ReadEntry | None = None
    parts: tuple[str, ...] = ()


def tree(found: Found, most: int = SHOWN_LINES) -> list[Line]:
    """Themes with their clusters, as many as fit.

    Parameters
    ----------
    found : what the run found
    most : lines

    Returns
    -------
    The largest theme first, in it the largest cluster first; a theme of one cluster is that
    cluster.
    """
    themes = [part for theme in themes_of(found) for part in _single(theme)]
    if len(themes) > most:  # the last line says how many are left out
        themes, rest = themes[: most - 1], themes[most - 1 :]
    else:
        rest = []
    sizes = [len(theme.clusters) if theme.title else 0 for theme in themes]
    out = []
    for theme, n in zip(themes, _shown(sizes, most - len(themes) - bool(rest)), strict=True):
        if not theme.title:
            (entry,) = theme.clusters
            out.append(Line(str(entry["title"]), int(entry["size"]), 0, entry))
            continue
        title, parts = theme.title, tuple[str, ...]()
        if not n:
            title = shorten(title.removesuffix(" and more"), CLOSED_WIDTH)
            title += f" ({len(theme.clusters)} clusters)"
            parts = tuple(str(entry["title"]) for entry in theme.clusters)
        out.append(Line(title, theme.size, parts=parts))
        for entry in theme.clusters[:n]:
            out.append(Line(str(entry["title"]), int(entry["size"]), 1, entry))
        if n and theme.clusters[n:]:
            out.append(_left_out(theme.clusters[n:], 1))
    if rest:
        out.append(_left_out([entry for theme in rest for entry in theme.clusters], 0))
    return out


def _single(theme: Theme) -> list[Theme]:
    """A theme, or each of its clusters alone where there is no title above them."""
    return [theme] if theme.title else [Theme("", (entry,)) for entry in theme.clusters]


def _left_out(entries: Sequence[ReadEntry], depth: int) -> Line:
    """The line for clusters that there is no room for."""
    rows = sum(int(entry["size"]) for entry in entries)
    return Line(f"and {len(entries):,} more with {rows:,} rows", None, depth)


def _shown(sizes: list[int], capacity: int) -> list[int]:
    """How many clusters of each theme are shown below it, about as many of each.

    A theme shows none or at least two, and a line says how many more it has: in place of that line
    the last cluster itself is shown.
    """
    shown = [0] * len(sizes)
    able = {i for i, size in enumerate(sizes) if size}
    while able:
        i = min(able, key=lambda i: (shown[i], i))
        more = max(shown[i] + 1, 2)
        more = sizes[i] if more >= sizes[i] - 1 else more
        cost = _lines(more, sizes[i]) - _lines(shown[i], sizes[i])
        if cost <= capacity:
            capacity -= cost
            shown[i] = more
        if cost > capacity or more == sizes[i]:
            able.discard(i)
    return shown


def _lines(shown: int, size: int) -> int:
    """Lines below a theme of a size."""
    return shown + (0 < shown < size)


def as_text(found: Found, *more_sentences: Any) -> str:
    """What a run found in plain text: the verdict and the tree.

    Parameters
    ----------
    found : what the run found
    told : more sentences to say before the tree; empty ones are left out
    """
    said = " ".join(one for one in (verdict(found), number_said(found)) if one)
    head = [f"{headline(found)}.", said, *more_sentences]
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
