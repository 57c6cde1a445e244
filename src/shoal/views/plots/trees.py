"""How clusters hang together: the tree of their centres, and the layers from coarse to fine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import dendrogram, linkage

from shoal.artifacts.reading import records, whole
from shoal.data import IntArray
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray
from shoal.text.cleaning import clean, shorten
from shoal.text.words import count, many
from shoal.views.plots.marks import GREY, PAPER, SOFT, Line, Mark, Panel, Shape, Words
from shoal.views.plots.picture import Picture
from shoal.views.plots.run_data import RunData

MAX_LEAVES = 60
MAX_LAYERS = 6
GAP = 0.0012
"""Between two boxes, as a share of the rows."""
NAMED = 0.017
"""Least share of the rows of a box that has room for its title."""


def tree(run: RunData, *, n: int | None = None) -> Picture:
    """The dendrogram of the clusters: which are alike, and how alike the joined ones are."""
    shown = run.shown(n, MAX_LEAVES)
    if shown < 2:
        raise BadInput("a tree needs two clusters, but the run has one.")
    centre = np.asarray(run.centres[:shown], dtype=np.float64)
    merges = linkage(centre, method="average", metric="cosine", optimal_ordering=True)
    merges[:, 2] = np.maximum.accumulate(np.clip(merges[:, 2], 0, None))
    drawn: dict[str, Any] = dendrogram(merges, no_plot=True)
    marks: list[Mark] = []
    for heights, places in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        hover = f"joined at a distance of {heights[1]:.2f}"
        rows = [(place - 5) / 10 for place in places]
        marks.append(Line(heights, rows, SOFT, 1.2, hover=[hover] * 4))
    for row, leaf in enumerate(drawn["leaves"]):
        marks.append(Line([0, 0], [row, row], run.colours[leaf], 6.0, dots=True))
    ticks = [
        (float(row), f"{run.short(leaf, 36)}  {count(int(run.sizes[leaf]))}")
        for row, leaf in enumerate(drawn["leaves"])
    ]
    top = float(merges[-1, 2])
    height = 1.6 + 0.22 * shown
    more = f"; the {count(shown)} largest are shown" if shown < len(run.numbers) else ""
    return Picture(
        title="Which clusters are similar",
        note=f"{run.said}{more}. Clusters that join early are similar: cosine distance of "
        "centers, average linkage.",
        panels=[
            Panel(
                marks,
                (-0.012 * top, top * 1.04),
                (shown - 0.4, -0.6),
                x_name="cosine distance at which they join",
                x_ticks=[(v, f"{v:.2f}") for v in np.linspace(0, top, 5).round(2).tolist()],
                y_ticks=ticks,
            )
        ],
        size=(9.5, height),
        left=0.4,
        bottom=0.6 / height,
    )


def layers(run: RunData) -> Picture:
    """The layers side by side, coarse to fine: which clusters part into which."""
    found = records(run.run.evaluation, "layers")
    names = [name for name in run.saved.assigned_names if name.startswith("layer_")]
    parts = [run.saved.assigned(name)[name].to_numpy() for name in names]
    found_at = next((i for i, layer in enumerate(found) if layer.get("chosen") is True), None)
    if run.run.n_edits and found_at is not None:
        parts[found_at] = run.labels  # edits are of the chosen layer; the others are as found
    used = _few([len(np.unique(part[part >= 0])) for part in parts])
    if not used:
        raise BadInput("the run has no levels to plot.")
    used = used[::-1]  # coarse on the left
    inside = parts[used[0]] >= 0
    order = _nested([parts[layer][inside] for layer in used])
    total = len(order)
    marks: list[Mark] = []
    ticks = []
    cluster = run.labels[inside][order]
    named = _titles(run)
    for column, layer in enumerate(used):
        label = parts[layer][inside][order]
        boxes = _runs(label)
        for start, stop in boxes:
            own = named.get((layer, int(label[start])))
            marks += _box(run, column, start / total, stop / total, cluster[start:stop], own)
        name = count(len(boxes)) + (" (chosen)" if layer == found_at else "")
        ticks.append((column + 0.5, name))
    return Picture(
        title="The clusters from coarse to fine",
        note=f"{run.said}. Each column is a level; the height of a box is its number of rows.",
        panels=[
            Panel(marks, (0, len(used)), (1.0, 0.0), x_name="clusters in the level", x_ticks=ticks)
        ],
        size=(3.0 + 2.1 * len(used), 9.0),
        left=0.02,
        right=0.02,
        bottom=0.07,
    )


def _few(amounts: list[int]) -> list[int]:
    """Layers from fine to coarse, at most so many, each with fewer clusters than the one before."""
    kept = [i for i in range(len(amounts)) if i == 0 or amounts[i] < amounts[i - 1]]
    if len(kept) <= MAX_LAYERS:
        return kept
    places = np.linspace(0, len(kept) - 1, MAX_LAYERS).round().astype(int)
    return [kept[place] for place in places]


def _nested(parts: list[IntArray]) -> NDArray[np.intp]:
    """An order of the rows in which every cluster of every layer is in one piece."""
    keys: list[AnyArray] = []
    for part in parts:
        sizes = np.bincount(part)
        keys += [-sizes[part], part]
    return np.asarray(np.lexsort(keys[::-1]))


def _runs(labels: IntArray) -> list[tuple[int, int]]:
    """Where equal labels begin and end."""
    borders = np.nonzero(np.diff(labels))[0] + 1
    return list(zip([0, *borders.tolist()], [*borders.tolist(), len(labels)], strict=True))


def _titles(run: RunData) -> dict[tuple[int, int], str]:
    """Layer and cluster -> its title, of the layers coarser than the chosen one."""
    return {
        (whole(layer, "layer") or 0, whole(entry, "cluster") or 0): clean(entry.get("title"))
        for layer in run.run.layers
        for entry in records(layer, "clusters")
    }


def _box(
    run: RunData, column: int, top: float, low: float, clusters: IntArray, own: str | None
) -> list[Mark]:
    """A box with its own title, in the colour of the run's cluster that most of its rows are in."""
    label, amounts = np.unique(clusters, return_counts=True)
    main = int(label[amounts.argmax()])
    place = run.numbers.index(main) if main in run.numbers else None
    colour = GREY if place is None else run.colours[place]
    title = own or ("no cluster" if place is None else run.titles[place])
    others = len(label) - 1
    hover = f"{title}\n{many(len(clusters), 'row')}"
    hover += f", and {many(others, 'other cluster')} of the run" if others else ""
    edge = GAP if low - top > 3 * GAP else 0
    left, right = column + 0.02, column + 0.98
    box = Shape([left, right, right, left], [top, top, low - edge, low - edge], colour, hover, 0.9)
    if low - top < NAMED or place is None:
        return [box]
    words = shorten(title, 25)
    return [box, Words(column + 0.05, (top + low) / 2, words, PAPER, 7.5, "left", bold=True)]
