import numpy as np
import pytest

from shoal.errors import MissingExtra
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import unit
from shoal.numerics.neighbors import nearest
from shoal.parts.engines import ENGINES


@pytest.fixture(scope="module", params=sorted(ENGINES.parts))
def engine(request):
    try:
        made = ENGINES.build(request.param, {}, n_threads=2)
    except MissingExtra as absent:
        pytest.skip(str(absent))
    with made.at_work():
        yield made


@pytest.mark.parametrize("parallel", [True, False])
def test_results_come_in_order(engine, parallel):
    results = engine.map(lambda: lambda x: x * x, range(50), parallel=parallel)
    assert list(results) == [x * x for x in range(50)]


def test_the_error_of_a_batch_reaches_the_caller(engine):
    def fail(batch):
        raise KeyError(batch)

    with pytest.raises(KeyError) as caught:
        list(engine.map(lambda: fail, range(3)))
    assert caught.value.args == (0,)  # the first in order, whoever is faster


def test_blocks_find_the_arrays_that_they_use(engine):
    numbers = np.random.default_rng(0).normal(size=(20_000, 8))
    parts = slices(len(numbers), 3000)
    found = list(ordered_map(lambda part: numbers[part].sum(axis=0), parts))
    assert np.array_equal(found, [numbers[part].sum(axis=0) for part in parts])


def test_batches_are_taken_only_a_bounded_number_ahead(engine):
    taken = []
    results = engine.map(lambda: lambda x: x, (taken.append(x) or x for x in range(1000)))
    for x in range(100):
        assert next(results) == x
        assert len(taken) <= x + 1 + 4 * engine.n_workers
    results.close()


def test_nothing_to_map_is_no_error(engine):
    assert list(engine.map(lambda: str, [])) == []


def test_the_neighbors_of_many_rows_are_the_same_whoever_finds_them(engine):
    # so many that what the blocks share is handed over read-only
    vectors = unit(np.random.default_rng(0).normal(size=(20_000, 8)))
    rows, distances = nearest(vectors, vectors, 5, exclude_itself=True)
    alone = nearest(vectors, vectors, 5, exclude_itself=True, n_threads=1)
    assert np.array_equal(rows, alone[0])
    assert np.array_equal(distances, alone[1])
