"""Parts of the engine of Ray that need no cluster."""

from __future__ import annotations

import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'shoal[ray]'")
import ray

from shoal.parts.engines.ray_crew import Crew, Order, Task
from shoal.parts.engines.ray_parcels import Unseen, Worker, opened, place_of


def test_a_map_of_a_file_is_sent_as_its_place(tmp_path):
    rows = np.arange(60_000, dtype=np.float32).reshape(-1, 6)
    path = tmp_path / "rows.npy"
    np.save(path, rows)
    mapped = np.load(path, mmap_mode="r")
    for part in (mapped, np.asarray(mapped)[7:90, 2:], mapped[::-3].T):
        place = place_of(part)
        assert np.array_equal(opened(place), part)
        assert opened(place).strides == part.strides
    assert place_of(rows) is None
    assert place_of(np.load(path, mmap_mode="r+")) is None  # it may change on the way
    (tmp_path / "other.npy").write_bytes(path.read_bytes())
    place = place_of(mapped)
    os.replace(tmp_path / "other.npy", path)
    with pytest.raises(Unseen):
        opened(place)


def test_a_worker_whose_machine_goes_down_is_lost_and_its_batch_is_not(monkeypatch):
    """It may still answer that what it was sent did not reach it."""

    def broken(refs):
        raise OSError("Broken pipe")

    worker = object.__new__(Worker)
    worker._functions = OrderedDict()
    monkeypatch.setattr(ray, "get", broken)
    with ThreadPoolExecutor(1) as pool:  # a thread that works for a worker stays one
        outcome, why = pool.submit(worker.work, "name", [None], 7).result()
    assert (outcome, why) == ("cut", "OSError: Broken pipe")

    crew = object.__new__(Crew)
    killed = []
    crew._ray = SimpleNamespace(
        get=lambda ref: (outcome, why), kill=killed.append, exceptions=ray.exceptions
    )
    crew.workers, crew._hire = [worker], lambda: None
    task = Task(3, 7, worker, "name")
    order = Order(lambda: None, "name", None, tasks={"ref": task})
    crew._take(order, "ref")
    assert killed == [worker]
    assert crew.workers == []
    assert list(order.again) == [task]
    assert task.losses == 1
