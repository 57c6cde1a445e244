"""The stages from contents to neighbors: embed, normalize, reduce, neighbors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import Embeddings, FloatArray, IntArray, Items, Neighbors
from shoal.data.pictures import Picture, picture_in
from shoal.data.records import Records
from shoal.data.texts import Texts
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, slices
from shoal.numerics.ivf.index import IVFIndex
from shoal.numerics.ivf.search import EXACT_ROWS, nearest_in_partition
from shoal.numerics.neighbors import nearest
from shoal.numerics.scratch import IN_MEMORY, Scratch
from shoal.parts.embedders.base import BatchPlan, Embedder
from shoal.parts.engines.base import Engine
from shoal.parts.normalizers import Normalizer
from shoal.parts.reducers.base import FitsInPlace, Reducer
from shoal.parts.reducers.identity import Identity
from shoal.plugins import parameters_of
from shoal.progress import SILENT, Progress

IN_MEMORY_ROWS = 50_000
"""More vectors than this are not copied in memory."""


def embed(
    items: Items,
    embedder: Embedder,
    plan: BatchPlan,
    engine: Engine,
    out: FloatArray | None = None,
    *,
    rows: IntArray | None = None,
    ready: Sequence[FloatArray] = (),
    keep: Callable[[NDArray[np.int64], FloatArray], None] | None = None,
    progress: Progress = SILENT,
) -> Embeddings:
    """Turn the distinct contents into vectors; repeats share them, unusable rows get zeros.

    Parameters
    ----------
    items : what to embed
    embedder, plan : the part and its batches
    engine : works on the batches
    out : (n_rows, n_dims) float32 to write into, such as a memory map; made when None
    rows : rows of the contents that `plan` cuts into batches; all distinct ones when None, else
        `out` holds the others already
    ready : vectors of the first batches, where they were made and kept before
    keep : called with the positions and the vectors of each other batch
    progress : advanced once for each content

    Returns
    -------
    Embeddings of all rows
    """
    rows = items.distinct if rows is None else rows
    left = plan.batches[len(ready) :]
    contents = (contents_of(items, rows[batch]) for batch in left)
    rest: Iterable[FloatArray] = ()
    if left:
        rest = engine.map(lambda: embedder.transform, contents, parallel=embedder.parallel)
    made = zip(plan.batches, chain(ready, rest), strict=True)
    for number, (batch, vectors) in enumerate(made):
        if out is None:
            out = np.zeros((len(items), vectors.shape[1]), dtype=np.float32)
        if vectors.shape[1] != out.shape[1]:
            raise BadInput(
                f"{embedder.info.name} returned vectors of {vectors.shape[1]} dimensions "
                f"after vectors of {out.shape[1]}. All must have the same length."
            )
        if keep and number >= len(ready):
            keep(batch, vectors)
        out[rows[batch]] = vectors
        progress.advance(len(batch))
    if out is None:
        raise BadInput("there is nothing to embed.")
    repeats = np.nonzero((items.first >= 0) & (items.first != np.arange(len(items))))[0]
    for part in slices(len(repeats), BLOCK_ROWS):
        out[repeats[part]] = out[items.first[repeats[part]]]
    return Embeddings(out, (embedder.info.name,))


def selected(items: Items, rows: IntArray) -> Sequence[Any]:
    """Contents of very many rows; of texts none is made before it is asked for."""
    if isinstance(items.contents, Texts):
        return items.contents.take(rows)
    return contents_of(items, rows)


def contents_of(items: Items, rows: IntArray) -> Sequence[Any]:
    """Contents of some rows: of an array its rows, else a list."""
    if isinstance(items.contents, Texts):
        return items.contents.listed(rows)
    if isinstance(items.contents, np.ndarray):
        chosen: Any = np.asarray(items.contents[rows])
        return chosen  # an array is a sequence of its rows
    if isinstance(items.contents, Records):
        return items.contents.at(rows)
    return [items.contents[row] for row in rows]


def pictures_of(items: Items, rows: IntArray) -> list[Picture | None]:
    """The picture of each of some rows, the first of a record with several; None without one."""
    contents = items.pictures or items.contents
    if isinstance(contents, Records) and not contents.has_pictures:
        return [None] * len(rows)
    return [picture_in(contents[row]) for row in rows]


def normalize(raw: Embeddings, normalizer: Normalizer, out: FloatArray | None = None) -> Embeddings:
    """Normalize the vectors, a block of rows at a time.

    Parameters
    ----------
    raw : vectors as the model gave them
    normalizer : the part
    out : array of the same shape to write into, such as a memory map, or that of `raw` itself;
        made when None
    """
    if out is None:
        out = np.empty(raw.vectors.shape, dtype=np.float32)
    for part in slices(len(raw), BLOCK_ROWS):
        out[part] = normalizer.transform(np.asarray(raw.vectors[part]))
    return Embeddings(out, raw.history + tuple(normalizer.history))


def distinct_vectors(items: Items, unit: Embeddings, folder: Path | None = None) -> Embeddings:
    """The vectors of the distinct contents; no copy when every row is one.

    Parameters
    ----------
    items : of the run
    unit : vectors of all rows
    folder : where many vectors are put into a file without a name, which goes with the array;
        they are held in memory when None
    """
    distinct = items.distinct
    if len(distinct) == len(items):
        return unit
    shape = (len(distinct), unit.vectors.shape[1])
    if folder is None or len(distinct) <= IN_MEMORY_ROWS:
        return Embeddings(np.asarray(unit.vectors[distinct]), unit.history)
    with TemporaryFile(dir=folder) as file:
        out: Any = np.memmap(file, np.float32, "w+", shape=shape)
    for part in slices(len(distinct), BLOCK_ROWS):
        out[part] = unit.vectors[distinct[part]]
    return Embeddings(out, unit.history)


def content_order(keys: NDArray[np.uint8] | None) -> NDArray[np.intp] | None:
    """The order by content in which rows are worked on, whatever order they came in.

    Of equally near rows the first one wins, and sums depend on the order of their terms. So that
    a shuffled table has the same clusters, its rows are always put into the same order first.

    Parameters
    ----------
    keys : (n, 16) uint8, what stands for each content

    Returns
    -------
    (n,) the row at each place; None where the rows stay where they are, because no keys are given
    or there are more than `IN_MEMORY_ROWS`
    """
    if keys is None or len(keys) > IN_MEMORY_ROWS:
        return None
    return np.lexsort(keys.T[::-1])


def _in_memory(shape: tuple[int, int]) -> FloatArray:
    return np.empty(shape, dtype=np.float32)


def reduce(
    unit: Embeddings,
    reducer: Reducer,
    new: Callable[[tuple[int, int]], FloatArray] = _in_memory,
    keys: NDArray[np.uint8] | None = None,
) -> Embeddings:
    """Fit the reducer and reduce the vectors, if the part finds that useful.

    Parameters
    ----------
    unit : (n, n_dims) unit vectors
    reducer : the part
    new : shape -> array for the result, such as a memory map
    keys : (n, 16) uint8 of the contents, so that the order of the rows does not matter; where the
        fitted rows have positions of their own, as in UMAP, it still does
    """
    if isinstance(reducer, FitsInPlace):
        vectors = reducer.fit_transform(unit.vectors)
        return Embeddings(vectors, unit.history + tuple(reducer.history))
    order = None if isinstance(reducer, Identity) else content_order(keys)
    if order is not None:
        found = reduce(Embeddings(unit.vectors[order], unit.history), reducer)
        if found.history == unit.history:
            return unit
        placed = new(found.vectors.shape)
        placed[order] = found.vectors
        return Embeddings(placed, found.history)
    reducer.fit(unit.vectors)
    if not reducer.history:
        return Embeddings(unit.vectors, unit.history)
    out: FloatArray | None = None
    parts = slices(len(unit), BLOCK_ROWS)
    done = ordered_map(lambda part: reducer.transform(np.asarray(unit.vectors[part])), parts)
    for part, block in zip(parts, done, strict=True):
        if out is None:
            out = new((len(unit), block.shape[1]))
        out[part] = block
    return Embeddings(unit.vectors if out is None else out, unit.history + tuple(reducer.history))


def restore(reducer: Any, arrays: Mapping[str, AnyArray], vectors: Callable[[], FloatArray]) -> Any:
    """Restore a reducer from its saved arrays.

    Parameters
    ----------
    reducer : the part, not fitted
    arrays : what it saved
    vectors : gives the (n, n_dims) it was fitted on, for a part that places new rows among them
    """
    if "vectors" in parameters_of(reducer.restore):
        return reducer.restore(arrays, vectors())
    return reducer.restore(arrays)


def neighbors(
    reduced: Embeddings,
    k: int,
    *,
    exact_rows: int = EXACT_ROWS,
    seed: int = 0,
    n_threads: int | None = None,
    progress: Progress = SILENT,
    scratch: Scratch = IN_MEMORY,
    keep: Callable[[IVFIndex], None] | None = None,
    keys: NDArray[np.uint8] | None = None,
) -> Neighbors:
    """The k nearest other items of each distinct item.

    Parameters
    ----------
    reduced : (n, n_dims) unit vectors
    k : how many; fewer when there are not that many items
    exact_rows : up to so many items all pairs are compared; beyond, neighbors are sought in the
        cells of a partition, and what share of the true ones that finds is measured
    seed : of the partition and of the items it is measured on
    scratch : where the neighbors of many items are made
    keep : takes the cells that they were sought in, if they were
    keys : (n, 16) uint8 of the contents; of equally near items the one with the least is taken,
        in place of the first
    """
    if k < 1:
        raise BadInput(f"neighbors.k must be at least 1, got {k}.")
    order = content_order(keys) if len(reduced) <= exact_rows else None
    vectors = np.ascontiguousarray(reduced.vectors if order is None else reduced.vectors[order])
    k = min(k, len(vectors) - 1)
    if len(vectors) <= exact_rows:
        rows, distances = nearest(
            vectors,
            vectors,
            k,
            exclude_itself=True,
            n_threads=n_threads,
            advance=progress.advance,
        )
        graph = Neighbors(rows, distances)
        return graph if order is None else rearranged(graph, np.argsort(order))
    found = nearest_in_partition(
        vectors, k, seed=seed, n_threads=n_threads, advance=progress.advance, scratch=scratch
    )
    if keep:
        keep(IVFIndex.of(found.chosen))
    note = (
        f"Neighbors were searched in {found.n_cells:,} inverted lists, {found.n_probes:.0f} "
        f"per row on average: recall {found.recall:.1%}, measured on {found.n_tested:,} rows."
    )
    return Neighbors(found.rows, found.distances, note=note)


def rearranged(graph: Neighbors, order: NDArray[np.intp]) -> Neighbors:
    """The neighbors of the same items in another order.

    Parameters
    ----------
    graph : (n, k)
    order : (n,) the item that comes to each place
    """
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rows = place[graph.rows[order]]
    return Neighbors(rows, graph.distances[order], graph.metric, graph.note)


def transform_blocks(reducer: Reducer, vectors: FloatArray) -> FloatArray:
    """Apply a fitted reducer to new vectors, block by block."""
    parts = [vectors[part] for part in slices(len(vectors), BLOCK_ROWS)]
    done = list(ordered_map(reducer.transform, parts))
    return np.vstack(done) if done else vectors
