import pytest

from shoal.engines import ENGINES


@pytest.fixture(params=sorted(ENGINES.parts))
def engine(request):
    return ENGINES.build(request.param, {}, n_threads=2)


@pytest.mark.parametrize("parallel", [True, False])
def test_results_come_in_order(engine, parallel):
    results = engine.map(lambda: lambda x: x * x, range(50), parallel=parallel)
    assert list(results) == [x * x for x in range(50)]


def test_results_are_merged_from_first_to_last(engine):
    joined = engine.map_reduce(lambda: str, lambda one, other: one + other, range(10))
    assert joined == "0123456789"


def test_the_error_of_a_batch_reaches_the_caller(engine):
    def fail(batch):
        raise KeyError(batch)

    with pytest.raises(KeyError):
        list(engine.map(lambda: fail, range(3)))


def test_nothing_to_merge_is_an_error_and_nothing_to_map_is_not(engine):
    assert list(engine.map(lambda: str, [])) == []
    with pytest.raises(TypeError):
        engine.map_reduce(lambda: str, lambda one, other: one, [])
