import threading

from shoal.parts.engines.local import LocalEngine


def test_the_function_is_built_once_for_all_threads():
    built = []

    def make():
        built.append(1)
        return lambda x: x

    assert list(LocalEngine(3).map(make, range(40))) == list(range(40))
    assert built == [1]


def test_a_function_that_must_not_run_twice_at_once_does_not():
    busy = threading.Lock()

    def work(x):
        assert busy.acquire(blocking=False)
        try:
            return x
        finally:
            busy.release()

    assert len(list(LocalEngine(4).map(lambda: work, range(200), parallel=False))) == 200
