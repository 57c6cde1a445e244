"""Rendering a comparison: the flow chart alone, in a page, or in a notebook cell."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import numpy as np

from shoal.analysis.comparison.result import Change, Cluster, ComparedRuns, Flow
from shoal.data.entries import Entry
from shoal.numerics.partitions.changes import KINDS
from shoal.text import words
from shoal.text.cleaning import clean, shorten
from shoal.views.comparison.layout import BAR, NARROW, WIDE, FlowLayout, lay_out
from shoal.views.figures.colours import palette
from shoal.views.figures.document import asset, environment, policy, swatches, together

_HERE = "shoal.views.comparison"
_MAX_SHOWN = 200
_MAX_MOVES = 60
_MAX_PARTS = 6
_SAID = {
    "stayed": "one cluster before, one after",
    "split": "one cluster before, several after",
    "merged": "several clusters before, one after",
    "regrouped": "several clusters before, several after",
    "vanished": (
        "scattered over many clusters after; none holds half of it or consists of it by half"
    ),
    "appeared": (
        "gathered from many clusters before; none gave half of it or consists of it by half"
    ),
}
_TITLE = 90


def picture(comparison: ComparedRuns) -> str:
    """The flow picture as an SVG file that holds everything it shows, light or dark.

    Parameters
    ----------
    comparison : two runs side by side

    Returns
    -------
    The whole SVG document.
    """
    laid = lay_out(comparison, WIDE)
    style = "\n".join(
        [
            "svg{color:#161b20;background:#fdfdfc}",
            "@media (prefers-color-scheme:dark){svg{color:#e7eaec;background:#111518}}",
            asset("flow.css", _HERE),
            swatches(_colours(laid)),
        ]
    )
    drawn = _svg(comparison, laid, style=style, pad=16)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}\n'


def cell(comparison: ComparedRuns) -> str:
    """A sentence and the picture for a notebook's cell.

    Parameters
    ----------
    comparison : two runs side by side

    Returns
    -------
    HTML with no script and nothing loaded.
    """
    laid = lay_out(comparison, WIDE)
    style = "\n".join([asset("flow.css", _HERE), swatches(_colours(laid))])
    template = environment(_HERE).get_template("cell.html.j2")
    return template.render(
        sentence=_sentence(comparison),
        agreement=_tiles(comparison)[1:5],
        counted=_counted(comparison),
        svg=_svg(comparison, laid, style=style, pad=0),
    )


def page(comparison: ComparedRuns) -> str:
    """The comparison as one self-contained page.

    Parameters
    ----------
    comparison : two runs side by side

    Returns
    -------
    The whole HTML document.
    """
    wide, narrow = (lay_out(comparison, shape) for shape in (WIDE, NARROW))
    style = "\n".join(
        [
            asset("report.css"),
            asset("parts.css"),
            asset("flow.css", _HERE),
            asset("page.css", _HERE),
            swatches(_colours(wide)),
        ]
    )
    script = together([asset("base.js"), asset("flow.js", _HERE)])
    moves = [flow for flow in comparison.flows if flow.kind in ("moved", "left out", "placed")]
    template = environment(_HERE).get_template("page.html.j2")
    return template.render(
        csp=policy(style, script),
        style=style,
        script=script,
        before=clean(comparison.before.name),
        after=clean(comparison.after.name),
        sentence=_sentence(comparison),
        tiles=_tiles(comparison),
        notes=_notes(comparison),
        wide=_svg(comparison, wide),
        narrow=_svg(comparison, narrow),
        hidden=wide.hidden_rows,
        counted=_counted(comparison),
        kinds=list(_kinds(comparison)),
        moves=[_move(flow) for flow in moves[:_MAX_MOVES]],
        more_moves=max(len(moves) - _MAX_MOVES, 0),
        version=version("shoal"),
    )


def _svg(comparison: ComparedRuns, laid: FlowLayout, *, style: str = "", pad: int = 0) -> str:
    """The picture as an svg element; every text in it is escaped."""
    shape = laid.shape
    inside = shape.margin == 0
    edges = {"before": float(shape.margin), "after": float(shape.width - shape.margin)}
    apart = BAR + 7 if inside else -8
    text_x = {"before": edges["before"] + apart, "after": edges["after"] - apart}
    anchor = {"before": "start", "after": "end"} if inside else {"before": "end", "after": "start"}
    sides = {"before": comparison.before, "after": comparison.after}
    heads = [
        {
            "x": edges[name] if inside else text_x[name],
            "anchor": anchor[name],
            "name": shorten(clean(side.name), shape.letters),
            "said": words.many(len(side.titles), "cluster"),
        }
        for name, side in sides.items()
    ]
    template = environment(_HERE).get_template("flow.svg.j2")
    return template.render(
        picture=laid,
        heads=heads,
        bar=BAR,
        inside=inside,
        text_x=text_x,
        anchor=anchor,
        pad=pad,
        style=style,
        named=f"{clean(comparison.before.name)} → {clean(comparison.after.name)}",
    )


def _colours(laid: FlowLayout) -> Any:
    """A colour for each family; families that lie near each other differ most."""
    n = laid.n_families
    middle = np.full(n, 0.5)
    return palette(np.column_stack([middle, np.arange(n) / max(n, 1)]))


def _sentence(comparison: ComparedRuns) -> str:
    before, after = len(comparison.before.titles), len(comparison.after.titles)
    return (
        f"{words.many(before, 'cluster')} before, {words.count(after)} after, "
        f"{words.many(comparison.n_matched, 'row')} compared."
    )


def _tiles(comparison: ComparedRuns) -> list[tuple[str, str, str]]:
    agreed, counts = comparison.agreement, comparison.row_counts
    n = comparison.n_matched
    together = round(agreed.together * n)
    return [
        ("Rows compared", words.count(n), f"matched by {comparison.match.by}"),
        ("Adjusted Rand", words.decimal(agreed.ari), "1 is the same, 0 is chance"),
        ("Mutual information", words.decimal(agreed.ami), "adjusted likewise"),
        ("Together", words.percent(together, n), "where most of their cluster is"),
        ("Paired", words.percent(round(agreed.paired * n), n), "clusters paired one to one"),
        ("Moved", words.percent(counts["moved"], n), "away from their cluster"),
    ]


def _notes(comparison: ComparedRuns) -> list[str]:
    """Warnings about the match."""
    match = comparison.match
    notes = [f"Rows were matched by {match.by}: {clean(match.reason)}."]
    if match.doubt:
        notes.append(f"{match.doubt}.")
    sides = (comparison.before, comparison.only_before), (comparison.after, comparison.only_after)
    for side, only in sides:
        if only:
            info = f"{words.many(only, 'row')} only in {clean(side.name)}"
            notes.append(f"{info}: part of its bars, but of no band.")
    for kind, info in (
        ("left out", "no cluster anymore"),
        ("placed", "newly placed"),
    ):
        if rows := comparison.row_counts[kind]:
            notes.append(f"{words.many(rows, 'row')} with {info}.")
    return notes


def _counted(comparison: ComparedRuns) -> str:
    counts = comparison.counts
    info = [f"{words.count(counts[kind])} {kind}" for kind in KINDS if counts[kind]]
    return ", ".join(info) if info else "There are no clusters"


def _kinds(comparison: ComparedRuns) -> Iterable[Entry]:
    """The changes of each kind that there are; what stayed is closed at first."""
    for kind in (*KINDS[1:], KINDS[0]):
        changes = [change for change in comparison.changes if change.kind == kind]
        if changes:
            yield {
                "name": kind.capitalize(),
                "amount": words.count(len(changes)),
                "said": _SAID[kind],
                "open": kind != "stayed" and len(changes) <= 40,
                "changes": [_change(change) for change in changes[:_MAX_SHOWN]],
                "more": max(len(changes) - _MAX_SHOWN, 0),
            }


def _change(change: Change) -> Entry:
    before, after = (
        [_named(one, one.size) for one in side] for side in (change.before, change.after)
    )
    if not after:
        after = [_named(flow.after, flow.rows) for flow in change.flows[:_MAX_PARTS]]
    if not before:
        before = [_named(flow.before, flow.rows) for flow in change.flows[:_MAX_PARTS]]
    return {"rows": words.count(change.rows), "before": before, "after": after}


def _named(end: Cluster | None, rows: int) -> dict[str, str]:
    title = shorten(clean(end.title), _TITLE) if end else "no cluster"
    return {"title": title, "rows": words.count(rows)}


def _move(flow: Flow) -> Entry:
    before, after = (_named(end, flow.rows)["title"] for end in (flow.before, flow.after))
    return {"rows": words.count(flow.rows), "before": before, "after": after}
