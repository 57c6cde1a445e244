"""The frozen types that stages exchange.

Row *i* is the same item in every type of one run. Unusable rows and exact repeats keep their row;
``Items.first`` tells them apart, so the arithmetic sees each distinct content once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.data.source_columns import Modality, SourceColumns
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray, DoubleArray, FloatArray, IntArray

NOISE = -1
"""The label of an item that belongs to no cluster; the only such number in the code base."""


def freeze(array: AnyArray) -> AnyArray:
    """Return a read-only view of an array; the array itself stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def spread(values: AnyArray, places: IntArray, missing: Any) -> AnyArray:
    """The value at each position, `missing` where it is -1; see `Items.spread`."""
    out = np.full((len(places), *values.shape[1:]), missing, dtype=values.dtype)
    there = places >= 0
    out[there] = values[places[there]]
    return out


_set = object.__setattr__


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """What is clustered.

    Parameters
    ----------
    ids : pyarrow array (n_rows,), any type
    contents : (n_rows,) texts, vectors as rows of an array, `Picture`s or `Records`; None where
        there is nothing
    modality : "text", "vector", "image" or "record"
    columns : pyarrow table of the source's other columns, n_rows rows
    first : (n_rows,) int32, the first row with the same content (itself when it is the first);
        -1 for a row that cannot be used
    excluded : row -> why it cannot be used
    notes, about : sentences for the user, and how each column was chosen ("text_reason", ...)
    texts, pictures : (n_rows,) what is read or seen where the contents are not that; None without
    keys : (n_rows, 16) uint8, what stands for each content, where it is known already
    taken : what was left out of texts that their contents lack, a `TakenOut`
    """

    ids: pa.ChunkedArray
    contents: Sequence[Any]
    modality: Modality
    columns: pa.Table
    first: IntArray
    excluded: Mapping[int, str]
    notes: tuple[str, ...] = ()
    about: SourceColumns = field(default_factory=SourceColumns)
    texts: Sequence[str | None] | None = None
    pictures: Sequence[Any] | None = None
    keys: NDArray[np.uint8] | None = None
    taken: Any = None

    def __post_init__(self) -> None:
        n_rows = len(self.contents)
        if len(self.ids) != n_rows or self.first.shape != (n_rows,):
            info = f"ids ({len(self.ids)}), contents ({n_rows}) and first ({len(self.first)})"
            raise BadInput(f"{info} must have one entry per row.")
        _set(self, "first", freeze(np.asarray(self.first, dtype=np.int32)))

    def __len__(self) -> int:
        return len(self.contents)

    @property
    def distinct(self) -> IntArray:
        """Rows that hold a content for the first time, ascending, (n_distinct,) int32."""
        return np.nonzero(self.first == np.arange(len(self)))[0].astype(np.int32)

    @property
    def places(self) -> IntArray:
        """Place of each row's content in `distinct`, (n_rows,) int32; -1 where there is none."""
        place, distinct = np.full(len(self) + 1, -1, dtype=np.int32), self.distinct
        place[distinct] = np.arange(len(distinct), dtype=np.int32)
        return np.asarray(place[self.first])  # first == -1 reads the last, spare entry

    @property
    def copies(self) -> IntArray:
        """How many rows hold each distinct content, (n_distinct,) int32."""
        counts = np.bincount(self.first[self.first >= 0], minlength=len(self))
        return np.asarray(counts[self.distinct], dtype=np.int32)

    @property
    def readable(self) -> Sequence[str | None] | None:
        """Text of each row for people, (n_rows,); None if there are no texts."""
        as_it_is = self.modality == "text" and self.texts is None
        return self.contents if as_it_is else self.texts

    def shown(self, row: int) -> str:
        """Text of a row for people, or its id if it has no text."""
        readable = self.readable
        return str(self.ids[row].as_py() if readable is None else readable[row] or "")

    def column(self, name: str) -> Any:
        """Values of a column of the source, by the name it has there, (n_rows,); Arrow if it is."""
        return self.readable if name == self.about.get("text") else self.carried(name)

    def carried(self, name: str) -> Any:
        """A column of the source that is not the text, as Arrow, by its name there."""
        if name == self.about.get("id"):
            return self.ids
        # a name that shoal uses itself was given a suffix when the source was read
        return self.columns[name if self.columns.schema.get_field_index(name) >= 0 else f"{name}_1"]

    def spread(self, values: AnyArray, missing: Any) -> AnyArray:
        """Each row's value, (n_rows, ...), of those (n_distinct, ...) of contents, or `missing`."""
        return spread(values, self.places, missing)


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """Vectors, raw, normalized or reduced: the same type, told apart by `history`.

    Parameters
    ----------
    vectors : (n, n_dims) float32, finite; may be a memory map
    history : what was done, in order, such as ("minilm", "l2", "pca:100")
    """

    vectors: FloatArray
    history: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.vectors.dtype != np.float32:
            raise BadInput(
                "vectors must be a 2-D float32 array, got "
                f"{self.vectors.ndim}-D {self.vectors.dtype}."
            )
        _set(self, "vectors", freeze(self.vectors))

    def __len__(self) -> int:
        return len(self.vectors)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbors:
    """The nearest other items of each item, nearest first.

    Parameters
    ----------
    rows : (n, k) int32, indices into the same n items; never the item itself
    distances : (n, k) float32, ascending along a row
    metric : "cosine": one minus the cosine, in [0, 2]
    note : how they were sought where not all pairs were compared, and how many were found
    """

    rows: IntArray
    distances: FloatArray
    metric: str = "cosine"
    note: str = ""

    def __post_init__(self) -> None:
        if self.rows.shape != self.distances.shape or self.rows.ndim != 2:
            raise BadInput(
                f"rows {self.rows.shape} and distances {self.distances.shape} must both be (n, k)."
            )
        _set(self, "rows", freeze(self.rows))
        _set(self, "distances", freeze(self.distances))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def k(self) -> int:
        """Neighbors kept for each item."""
        return int(self.rows.shape[1])


@dataclass(frozen=True, slots=True)
class Layer:
    """One level of detail: its labels and what was measured on it.

    Parameters
    ----------
    labels, n_clusters : (n,) int32, 0..n_clusters-1 by falling size, or NOISE
    separation : cosine silhouette as the clusterer sees the rows, None for a single cluster
    stability : agreement (ARI) with clusterings of parts of the rows, None if not measured
    modularity : share of the graph's weight inside clusters less that by chance, None likewise
    score : what the choice compared, None if there was no choice
    stability_low, stability_high : 95 % interval of the stability, None if not measured
    broad : whether its clusters are the themes of the chosen ones
    """

    labels: IntArray
    n_clusters: int
    separation: float | None = None
    stability: float | None = None
    modularity: float | None = None
    score: float | None = None
    stability_low: float | None = None
    stability_high: float | None = None
    broad: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A measurement over the values of a parameter, and the value it suggests.

    The parameter is always the x: k for silhouettes, and for a curve of distances to the k-th
    neighbor the distance itself, with the share of rows that have their neighbor so near as y.

    Parameters
    ----------
    name : what was measured, such as "silhouette"
    x_name : the parameter, such as "n_clusters"
    xs : (n_points,) float64, ascending values of the parameter
    ys : (n_points,) float64, nan where it is not defined
    suggestion : the x that this curve speaks for, None if for none
    higher_is_better : the direction; None where a bend is looked for and not an end
    chosen : the x that was taken in the end, None if none was
    decided : whether this is the curve that was listened to
    n_items : rows it was measured on, None where that is all
    """

    name: str
    x_name: str
    xs: DoubleArray
    ys: DoubleArray
    suggestion: float | None
    higher_is_better: bool | None
    chosen: float | None = None
    decided: bool = False
    n_items: int | None = None

    def __post_init__(self) -> None:
        for name, values in (("xs", self.xs), ("ys", self.ys)):
            _set(self, name, freeze(np.asarray(values, dtype=np.float64)))
        if self.xs.ndim != 1 or self.xs.shape != self.ys.shape:
            raise BadInput(f"xs {self.xs.shape} and ys {self.ys.shape} must both be (n_points,).")


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """The cluster of each item, its strength, and the reason for the number of clusters.

    Parameters
    ----------
    labels : (n,) int32; 0 is the largest, NOISE = -1
    strengths : (n,) float32 in [0, 1], how firmly an item belongs to its cluster; 0 for noise
    layers : fine to coarse; one of them may be the chosen one
    chosen : index into `layers`
    reason : one sentence: why this many clusters
    stabilities : (n_clusters,) how well each cluster is found again, empty if not measured
    curves : what a parameter such as the number of clusters was chosen by, if it was
    range : the least and the most clusters that are as good, None where there was no choice
    """

    labels: IntArray
    strengths: FloatArray
    layers: tuple[Layer, ...]
    chosen: int
    reason: str
    stabilities: FloatArray = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    curves: tuple[Curve, ...] = ()
    range: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _set(self, "labels", freeze(np.asarray(self.labels, dtype=np.int32)))
        _set(self, "strengths", freeze(np.asarray(self.strengths, dtype=np.float32)))

    @property
    def n_clusters(self) -> int:
        """How many clusters there are, noise not counted."""
        return int(self.labels.max(initial=NOISE)) + 1


@dataclass(frozen=True, slots=True)
class Score:
    """One measurement of a clustering.

    Parameters
    ----------
    name, value : what was measured, such as "silhouette"
    higher_is_better : the direction
    n_items : how many items it was measured on
    space : where it was measured, such as "minilm, l2", or "labels"
    low, high : interval of confidence when measured on a sample, else None
    """

    name: str
    value: float
    higher_is_better: bool
    n_items: int
    space: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterQuality:
    """The quality scores of one cluster.

    Parameters
    ----------
    cohesion : mean cosine of its items to its centre, in [-1, 1]
    separation : one minus the cosine of its centre to the nearest other, None if it is alone
    silhouette : mean cosine silhouette of its items, None if it is alone
    stability : how well it is found again in parts of the rows, None if not measured
    davies_bouldin : its part in the Davies-Bouldin index, 0 is best, None if it is alone
    dbcv : its density-based validity in [-1, 1], None if it is alone or of a single item
    truth, purity : the true class that most of its rows have, and what share; None without a truth
    """

    cohesion: float
    separation: float | None
    silhouette: float | None
    stability: float | None
    davies_bouldin: float | None = None
    dbcv: float | None = None
    truth: str | None = None
    purity: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a clustering is, overall and cluster by cluster."""

    scores: tuple[Score, ...]
    clusters: tuple[ClusterQuality, ...]

    def value(self, name: str) -> float | None:
        """The value of a score by its name, None when it was not measured."""
        return next((s.value for s in self.scores if s.name == name), None)


@dataclass(frozen=True, slots=True)
class TitleFit:
    """Whether a title leads back to its cluster.

    Parameters
    ----------
    rank : of its own cluster by the cosine of title and centre, 1 is best
    found : share in [0, 1] of its own among the nearest rows, as many as the cluster has
    rival, ahead : the nearest other cluster, and how much nearer (cosine) its own centre is
    """

    rank: int
    found: float | None
    rival: int | None
    ahead: float | None


@dataclass(frozen=True, slots=True)
class Description:
    """The title, keywords and examples of one cluster.

    Parameters
    ----------
    cluster, title : its label, and a few words, unique in the run
    keywords, written_by : what sets it apart, best first; the describer's name
    typical, borderline : rows near its centre; (row, rival cluster) that nearly belong elsewhere
    fit : None where titles cannot be embedded
    note : on how the title came about
    diverse : distinct rows from all over it
    summary, theme : what it is in a sentence or two, and a title for its theme; "" for none
    """

    cluster: int
    title: str
    keywords: tuple[str, ...]
    typical: tuple[int, ...]
    borderline: tuple[tuple[int, int], ...]
    written_by: str
    fit: TitleFit | None = None
    note: str = ""
    diverse: tuple[int, ...] = ()
    summary: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """The 2-D picture: points (n, 2) float32 and how they were made."""

    points: FloatArray
    history: tuple[str, ...]

    def __post_init__(self) -> None:
        _set(self, "points", freeze(np.asarray(self.points, dtype=np.float32)))
