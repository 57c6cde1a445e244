"""Where everything lies in the flow picture: two columns of clusters and bands between them.

Clusters of one family (those that were split from, or merged into, each other) lie side by side
and have one colour, so that what was kept runs straight across; rows that went elsewhere are thin
grey bands below. Nothing here knows of SVG or colours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from shoal.analysis.comparison.matching import Side
from shoal.analysis.comparison.result import Cluster, ComparedRuns
from shoal.numerics.partitions.changes import KINDS
from shoal.text.cleaning import clean, shorten

MAX_CLUSTERS = 150
"""Clusters drawn by themselves in a column; the smallest beyond are drawn as one."""
MAX_NAMED = 3
"""Clusters named by the one that is pointed at."""
MAX_MOVES = 120
"""Grey bands drawn, the widest."""
GREY = -1
"""The colour of what has no family."""

Key = int | str
"""A cluster's label, or what else lies in a column."""
NOWHERE, REST = "nowhere", "rest"
Joined = dict[tuple[int, int], int]
"""Rows that the clusters at two places, before and after, share."""


@dataclass(frozen=True, slots=True)
class FlowGeometry:
    """The measures of a picture, in pixels.

    Parameters
    ----------
    width : of all
    margin : for the titles beside the columns; 0 writes them between the columns
    font : size of the titles
    letters : most letters of a title
    """

    width: int
    margin: int
    font: float
    letters: int

    @property
    def line(self) -> float:
        """Height a title needs."""
        return self.font * 1.4


WIDE = FlowGeometry(width=1120, margin=310, font=13.0, letters=36)
NARROW = FlowGeometry(width=360, margin=0, font=11.5, letters=25)
BAR = 9.0
HEAD = 46.0
GAP = 2.0
FAMILY_GAP = 9.0


@dataclass(frozen=True, slots=True)
class Node:
    """A cluster in its column: its bar, where its title stands, what it says when pointed at."""

    key: Key
    title: str
    full: str
    rows: int
    family: int
    x: float
    y: float
    height: float
    text_y: float
    info: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that two clusters share, drawn from one to the other."""

    before: int
    after: int
    rows: int
    family: int
    path: str
    info: str


@dataclass(frozen=True, slots=True)
class FlowLayout:
    """All there is to draw.

    Parameters
    ----------
    shape : its measures
    height : in pixels
    before, after : the columns
    bands : those of families first, then the grey ones
    n_families : colours needed
    hidden_rows : rows in grey bands too thin to be drawn
    """

    shape: FlowGeometry
    height: float
    before: tuple[Node, ...]
    after: tuple[Node, ...]
    bands: tuple[Band, ...]
    n_families: int
    hidden_rows: int


@dataclass(slots=True)
class _Slot:
    """A cluster that has no position yet."""

    key: Key
    title: str
    rows: int


@dataclass(slots=True)
class _Group:
    """Clusters that lie side by side in both columns."""

    before: list[_Slot]
    after: list[_Slot]
    family: int


def lay_out(comparison: ComparedRuns, shape: FlowGeometry) -> FlowLayout:
    """Place clusters and bands.

    Parameters
    ----------
    comparison : two runs side by side
    shape : the measures of the picture
    """
    groups = _groups(comparison)
    n_lines = max(sum(len(group.before) for group in groups), sum(len(g.after) for g in groups), 1)
    total = max(
        sum(slot.rows for group in groups for slot in group.before),
        sum(slot.rows for group in groups for slot in group.after),
        1,
    )
    scale = min(max(n_lines * shape.line * 1.5, 300.0), 1500.0) / total
    columns: tuple[list[Node], list[Node]] = ([], [])
    y = HEAD
    for group in groups:
        heights = [_height(slots, scale, shape) for slots in (group.before, group.after)]
        for side, slots in enumerate((group.before, group.after)):
            # the lower side of a family is centred on the higher one
            start = y + (max(heights) - heights[side]) / 2
            columns[side].extend(_column(slots, group.family, start, side, scale, shape))
        y += max(heights) + FAMILY_GAP
    bands, hidden, joined = _bands(comparison, *columns, scale, shape)
    for side, column in enumerate(columns):
        columns[side][:] = [
            replace(node, info=_hover_text(node, place, side, columns[1 - side], joined))
            for place, node in enumerate(column)
        ]
    families = sum(group.family != GREY for group in groups)
    return FlowLayout(
        shape, round(y + 2, 1), tuple(columns[0]), tuple(columns[1]), bands, families, hidden
    )


def _groups(comparison: ComparedRuns) -> list[_Group]:
    """The families that are drawn, the largest first, then what is left, then no cluster."""
    groups: list[_Group] = []
    rest: tuple[list[Cluster], list[Cluster]] = ([], [])
    unused = [MAX_CLUSTERS, MAX_CLUSTERS]
    for change in comparison.changes:
        drawn = []
        for side, clusters in enumerate((change.before, change.after)):
            drawn.append(_slots(clusters[: unused[side]]))
            rest[side].extend(clusters[unused[side] :])
            unused[side] -= len(drawn[side])
        if any(drawn):
            groups.append(_Group(drawn[0], drawn[1], len(groups)))
    smaller = (_together(rest[0]), _together(rest[1]))
    lost = (_nowhere(comparison.before), _nowhere(comparison.after))
    groups += [_Group(*ends, GREY) for ends in (smaller, lost) if any(ends)]
    return groups


def _slots(clusters: Iterable[Cluster]) -> list[_Slot]:
    return [
        _Slot(one.label, clean(one.title) or f"cluster {one.label}", one.size) for one in clusters
    ]


def _together(clusters: Sequence[Cluster]) -> list[_Slot]:
    if not clusters:
        return []
    name = f"{len(clusters):,} smaller cluster{'s' if len(clusters) > 1 else ''}"
    return [_Slot(REST, name, sum(one.size for one in clusters))]


def _nowhere(side: Side) -> list[_Slot]:
    rows = int((side.usable & (side.labels < 0)).sum())
    return [_Slot(NOWHERE, "no cluster", rows)] if rows else []


def _height(column: Sequence[_Slot], scale: float, shape: FlowGeometry) -> float:
    needed = sum(max(slot.rows * scale, shape.line) for slot in column)
    return needed + GAP * max(len(column) - 1, 0)


def _column(
    column: Sequence[_Slot], family: int, y: float, side: int, scale: float, shape: FlowGeometry
) -> list[Node]:
    x = shape.width - shape.margin - BAR if side else float(shape.margin)
    nodes = []
    for slot in column:
        height = max(slot.rows * scale, 1.5)
        band = max(slot.rows * scale, shape.line)
        room_left = shape.letters - len(f"{slot.rows:,}") - 1
        nodes.append(
            Node(
                key=slot.key,
                title=fit(slot.title, room_left),
                full=slot.title,
                rows=slot.rows,
                family=family,
                x=x,
                y=round(y + (band - height) / 2, 1),
                height=round(height, 1),
                text_y=round(y + band / 2 + shape.font * 0.35, 1),
            )
        )
        y += band + GAP
    return nodes


def fit(title: str, letters: int) -> str:
    """A title shortened to the room of so many Latin letters; wide scripts take two each."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in title)
    return shorten(title, max(int(letters * len(title) / (len(title) + wide)), 4)) if title else ""


def _bands(
    comparison: ComparedRuns,
    before: Sequence[Node],
    after: Sequence[Node],
    scale: float,
    shape: FlowGeometry,
) -> tuple[tuple[Band, ...], int, Joined]:
    """Bands from column to column, the rows in those that are not drawn, and all there are."""
    ours = {node.key: place for place, node in enumerate(before)}
    theirs = {node.key: place for place, node in enumerate(after)}
    joined: Joined = {}
    kept: set[tuple[int, int]] = set()
    for flow in comparison.flows:
        ends = (_place(flow.before, ours), _place(flow.after, theirs))
        joined[ends] = joined.get(ends, 0) + flow.rows
        if flow.kind in KINDS and before[ends[0]].family == after[ends[1]].family != GREY:
            kept.add(ends)
    moves = sorted(set(joined) - kept, key=lambda ends: (-joined[ends], ends))
    tops = [_tops(joined, side, nodes, scale) for side, nodes in enumerate((before, after))]
    bands = tuple(
        Band(
            before=ends[0],
            after=ends[1],
            rows=joined[ends],
            family=before[ends[0]].family if ends in kept else GREY,
            path=_path(shape, tops[0][ends], tops[1][ends], max(joined[ends] * scale, 0.8)),
            info=_band_text(before[ends[0]], after[ends[1]], joined[ends]),
        )
        for ends in [*sorted(kept), *moves[:MAX_MOVES]]
    )
    return bands, sum(joined[ends] for ends in moves[MAX_MOVES:]), joined


def _place(end: Cluster | None, places: dict[Key, int]) -> int:
    if end is None:
        return places[NOWHERE]
    return places[end.label] if end.label in places else places[REST]


def _tops(
    joined: Joined, side: int, nodes: Sequence[Node], scale: float
) -> dict[tuple[int, int], float]:
    """Where each band begins at the bars of one column."""
    tops = {}
    y = [node.y for node in nodes]
    for ends in sorted(joined, key=lambda pair: (pair[side], pair[1 - side])):
        tops[ends] = y[ends[side]]
        y[ends[side]] += joined[ends] * scale
    return tops


def _path(shape: FlowGeometry, left: float, right: float, thick: float) -> str:
    start, end = shape.margin + BAR, shape.width - shape.margin - BAR
    middle = round((start + end) / 2, 1)
    a, b, c, d = (round(y, 1) for y in (left, right, right + thick, left + thick))
    return (
        f"M{start} {a}C{middle} {a} {middle} {b} {end} {b}L{end} {c}"
        f"C{middle} {c} {middle} {d} {start} {d}Z"
    )


def _band_text(here: Node, there: Node, rows: int) -> str:
    """What a band says when it is pointed at."""
    shares = ", ".join(
        f"{rows / node.rows:.0%} of {word}"
        for node, word in ((here, "before"), (there, "after"))
        if node.rows
    )
    return f"{here.full} → {there.full}: {rows:,} rows ({shares})"


def _hover_text(node: Node, place: int, side: int, others: Sequence[Node], joined: Joined) -> str:
    """Where the rows of a cluster went, or came from."""
    parts = sorted(
        ((rows, ends[1 - side]) for ends, rows in joined.items() if ends[side] == place),
        key=lambda part: (-part[0], part[1]),
    )
    info = [f"{others[other].full} {rows:,}" for rows, other in parts[:MAX_NAMED]]
    if len(parts) > MAX_NAMED:
        rest = sum(rows for rows, _ in parts[MAX_NAMED:])
        info.append(f"{len(parts) - MAX_NAMED} more {rest:,}")
    word = "from" if side else "to"
    return f"{node.full}: {node.rows:,} rows" + (f", {word} {', '.join(info)}" if info else "")
