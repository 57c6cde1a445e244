"""Real text vectors grown to any number of rows, with their classes and titles.

There is no labelled set of a million texts in the folder of data, so rows are made between real
ones: each new row lies between a title of arXiv and two of its 15 nearest titles of the same
class, at random weights, plus noise of a quarter of a unit length in all directions, so that no
row is the copy of another. Its title is made of halves of two of the three. So the number of rows
grows and what there is to find stays: a grown set is easier than as many real rows would be.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shoal.numerics.blocks import slices
from shoal.numerics.clusters import unit
from shoal.numerics.neighbors import nearest

NOISE = 0.25
NEAR = 15
BLOCK_ROWS = 20_000


def embedded(data: Path, kept: Path) -> tuple[Any, Any]:
    """Vectors of the titles, (n, 384) float32 of unit length, and the table they are from."""
    table = pq.read_table(data / "arxiv_titles_large.parquet", columns=["text", "label"])
    if kept.is_file():
        return np.load(kept), table
    from shoal.embedding.job import as_items, open_cache, plan_embedding
    from shoal.parts.embedders import EMBEDDERS

    model = EMBEDDERS.build("minilm", {})
    items = as_items(table["text"].to_pylist())
    work = plan_embedding(items, model, open_cache(model.info, None, shared=True))
    vectors = unit(work.run().vectors)
    np.save(kept, vectors)
    return vectors, table


def _same_class(vectors: Any, classes: Any) -> Any:
    """The nearest rows of the same class, (n, NEAR); a class is looked through by itself."""
    out = np.empty((len(vectors), NEAR), dtype=np.int32)
    for one in np.unique(classes):
        rows = np.nonzero(classes == one)[0]
        found, _ = nearest(vectors[rows], vectors[rows], NEAR, exclude_itself=True)
        out[rows] = rows[found]
    return out


def _half(text: str, *, last: bool) -> str:
    words = text.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[middle:] if last else words[:middle])


def grow(data: Path, folder: Path, n: int, seed: int = 0) -> tuple[Path, Path]:
    """A .npy of n vectors and a Parquet of their titles and classes, made once and kept.

    Fewer rows than there are titles are a random part of the titles; nothing is made then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    to_vectors, to_table = folder / f"arxiv.{n}.npy", folder / f"arxiv.{n}.parquet"
    if to_vectors.is_file() and to_table.is_file():
        return to_vectors, to_table
    real, table = embedded(data, folder / "arxiv.npy")
    rng = np.random.default_rng(seed)
    titles, labels = table["text"].to_pylist(), np.array(table["label"].to_pylist())
    out = np.lib.format.open_memmap(to_vectors, "w+", np.float32, (n, real.shape[1]))
    if n <= len(real):
        rows = np.sort(rng.permutation(len(real))[:n])
        out[:] = real[rows]
        texts, classes = [titles[row] for row in rows], labels[rows]
    else:
        out[: len(real)] = real
        texts, classes = _made(real, labels, titles, out, rng)
    out.flush()
    pq.write_table(pa.table({"text": texts, "label": list(classes)}), to_table)
    return to_vectors, to_table


def _made(real: Any, labels: Any, titles: list[str], out: Any, rng: Any) -> tuple[list[str], Any]:
    """Fill `out` after the real rows; all titles and classes."""
    near = _same_class(real, labels)
    texts, homes = list(titles), [np.arange(len(real))]
    for part in slices(len(out) - len(real), BLOCK_ROWS):
        size = part.stop - part.start
        home = rng.integers(0, len(real), size)
        others = near[home[:, None], rng.integers(0, NEAR, (size, 2))]
        weights = rng.dirichlet(np.ones(3), size).astype(np.float32)
        made = weights[:, :1] * real[home]
        made += weights[:, 1:2] * real[others[:, 0]] + weights[:, 2:] * real[others[:, 1]]
        length = NOISE / real.shape[1] ** 0.5
        made = unit(made) + rng.normal(0.0, length, made.shape).astype(np.float32)
        out[len(real) + part.start : len(real) + part.stop] = unit(made)
        for one, other in zip(home, others[:, 0], strict=True):
            texts.append(f"{_half(titles[one], last=False)} {_half(titles[other], last=True)}")
        homes.append(home)
    return texts, labels[np.concatenate(homes)]
