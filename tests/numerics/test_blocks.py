import threading
import time

import pytest
from threadpoolctl import threadpool_info

from shoal.errors import BadInput
from shoal.numerics.blocks import available_threads, ordered_map, slices


@pytest.mark.parametrize("n_threads", [1, 2, 4, None])
def test_results_come_in_the_order_of_the_blocks(n_threads):
    def slow_at_first(number):
        time.sleep(0.01 if number % 3 == 0 else 0)
        return number * 10

    assert list(ordered_map(slow_at_first, range(25), n_threads)) == [n * 10 for n in range(25)]


@pytest.mark.parametrize("n_threads", [1, 3])
def test_the_error_of_a_worker_reaches_the_caller_and_nothing_hangs(n_threads):
    def fail(number):
        if number == 7:
            raise ValueError("block 7")
        return number

    before = threading.active_count()  # a library may keep one of its own
    results = ordered_map(fail, range(1000), n_threads)
    with pytest.raises(ValueError, match="block 7"):
        list(results)
    assert threading.active_count() == before


def test_an_error_in_the_blocks_themselves_reaches_the_caller():
    def blocks():
        yield 1
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        list(ordered_map(lambda x: x, blocks(), 2))


def test_blocks_are_taken_only_as_they_are_needed():
    taken = []

    def blocks():
        for number in range(1000):
            taken.append(number)
            yield number

    before = threading.active_count()
    results = ordered_map(lambda x: x, blocks(), 2)
    assert taken == []
    for _ in range(5):
        next(results)
    assert len(taken) <= 5 + 4
    results.close()
    assert len(taken) <= 5 + 4
    assert threading.active_count() == before


def test_linear_algebra_runs_on_one_thread_inside_a_block():
    def threads(_):
        # OpenMP is left out: no block uses it, and its limit counts for the calling thread only
        return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]

    for found in ordered_map(threads, range(4), 2):
        assert set(found) == {1}


def test_no_blocks_give_no_results():
    assert list(ordered_map(lambda x: x, [], 2)) == []


def test_slices_cover_everything_once():
    assert slices(0, 4) == []
    assert slices(9, 4) == [slice(0, 4), slice(4, 8), slice(8, 9)]


@pytest.mark.parametrize(("value", "expected"), [("3", 3), ("1", 1)])
def test_the_variable_decides_on_the_number_of_threads(monkeypatch, value, expected):
    monkeypatch.setenv("SHOAL_THREADS", value)
    assert available_threads() == expected


@pytest.mark.parametrize("value", ["0", "-2", "many"])
def test_a_variable_without_sense_is_refused(monkeypatch, value):
    monkeypatch.setenv("SHOAL_THREADS", value)
    with pytest.raises(BadInput, match="SHOAL_THREADS must be"):
        available_threads()


def test_an_empty_variable_is_none(monkeypatch):
    monkeypatch.setenv("SHOAL_THREADS", "")
    assert available_threads() >= 1
