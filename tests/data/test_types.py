import numpy as np
import pyarrow as pa
import pytest

from shoal.data import (
    NOISE,
    Clustering,
    Curve,
    Embeddings,
    Evaluation,
    Items,
    Layer,
    Map,
    Neighbors,
    Score,
    freeze,
)
from shoal.errors import BadInput


def items_of(first, contents=None, **more):
    n = len(first)
    contents = [f"text {i}" for i in range(n)] if contents is None else contents
    columns = pa.table({"x": pa.array(range(n))})
    return Items(pa.array(range(n)), contents, "text", columns, np.array(first), {}, **more)


def test_a_frozen_array_cannot_be_written_and_the_original_can():
    array = np.zeros(3)
    frozen = freeze(array)
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 1
    array[0] = 1
    assert frozen[0] == 1


def test_distinct_rows_are_those_that_hold_a_content_first():
    items = items_of([0, 1, 0, -1, 4, 1])
    assert items.distinct.tolist() == [0, 1, 4]
    assert len(items) == 6


def test_copies_are_the_rows_that_hold_each_content():
    assert items_of([0, 1, 0, -1, 4, 1, 0]).copies.tolist() == [3, 2, 1]
    assert items_of([-1]).copies.tolist() == []


def test_values_of_distinct_rows_are_spread_to_repeats_and_unusable_rows_get_the_missing_one():
    items = items_of([0, 1, 0, -1, 4, 1])
    assert items.spread(np.array([7, 8, 9]), -1).tolist() == [7, 8, 7, -1, 9, 8]
    pairs = items.spread(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.nan)
    assert pairs.shape == (6, 2)
    assert np.isnan(pairs[3]).all()
    assert pairs[5].tolist() == [3, 4]


def test_nothing_is_spread_where_no_row_can_be_used():
    assert items_of([-1, -1]).spread(np.empty(0, dtype=np.int32), -1).tolist() == [-1, -1]


def test_columns_are_found_by_the_names_of_the_source():
    items = items_of([0, 1], ["a", "b"], about={"text": "review", "id": "key"})
    assert list(items.column("review")) == ["a", "b"]
    assert items.column("key").to_pylist() == [0, 1]
    assert items.column("x").to_pylist() == [0, 1]


def test_a_column_of_the_source_named_like_one_of_shoal_is_found_under_its_new_name():
    items = Items(
        pa.array([0]), ["a"], "text", pa.table({"text_1": ["z"]}), np.array([0]), {},
        about={"text": "review", "id": None},
    )  # fmt: skip
    assert items.column("text").to_pylist() == ["z"]


def test_items_of_unequal_lengths_are_refused():
    with pytest.raises(BadInput, match="one entry per row"):
        items_of([0, 1, 2], ["a", "b"])


@pytest.mark.parametrize("vectors", [np.zeros((2, 3)), np.zeros(3, dtype=np.float32)])
def test_vectors_of_another_kind_are_refused(vectors):
    with pytest.raises(BadInput, match="2-D float32"):
        Embeddings(vectors, ())


def test_neighbors_of_unequal_shapes_are_refused():
    with pytest.raises(BadInput, match="must both be"):
        Neighbors(np.zeros((2, 3), dtype=np.int32), np.zeros((2, 2), dtype=np.float32))
    graph = Neighbors(np.zeros((4, 3), dtype=np.int32), np.zeros((4, 3), dtype=np.float32))
    assert (len(graph), graph.k) == (4, 3)


@pytest.mark.parametrize(("labels", "count"), [([0, 1, NOISE], 2), ([NOISE], 0), ([], 0)])
def test_the_number_of_clusters_does_not_count_noise(labels, count):
    given = np.array(labels, dtype=np.int64)
    clustering = Clustering(given, np.zeros(len(given)), (Layer(given, count),), 0, "why")
    assert clustering.n_clusters == count
    assert clustering.labels.dtype == np.int32
    assert clustering.strengths.dtype == np.float32


def test_types_hand_out_arrays_that_cannot_be_written():
    frozen = [
        Embeddings(np.zeros((2, 2), dtype=np.float32), ()).vectors,
        Clustering(np.zeros(2), np.zeros(2), (), 0, "").labels,
        Map(np.zeros((2, 2)), ()).points,
        items_of([0]).first,
    ]
    assert not any(array.flags.writeable for array in frozen)


def test_a_score_is_found_by_its_name():
    evaluation = Evaluation((Score("ari", 0.5, True, 9, "labels"),), ())
    assert evaluation.value("ari") == 0.5
    assert evaluation.value("ami") is None


def test_a_curve_is_frozen_and_has_a_y_for_each_x():
    curve = Curve("silhouette", "n_clusters", [2, 3], [0.1, 0.2], 3.0, True)
    assert curve.xs.dtype == curve.ys.dtype == np.float64
    assert not curve.xs.flags.writeable
    assert not curve.ys.flags.writeable
    with pytest.raises(BadInput, match="must both be"):
        Curve("silhouette", "n_clusters", [2, 3], [0.1], None, True)
