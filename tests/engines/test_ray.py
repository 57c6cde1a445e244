"""Ray: the same bits as on one machine, whoever dies while it works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'shoal[ray]'")
import ray
from ray.cluster_utils import Cluster

import shoal
from shoal.embedders import EMBEDDERS
from shoal.engines.ray_engine import RayEngine
from shoal.engines.ray_parcels import Unseen, opened, place_of
from shoal.errors import BadInput, ServiceFailed
from shoal.numerics.blocks import ordered_map, slices

TOLD_OTHERWISE = {"run.json", "recipe.toml", "report.html"}
"""Files that tell when a run was and who computed it."""
SETTINGS = {"embedder.n_dims": 300}
"""More than PCA leaves as they are."""
WORDS = "goal match oven flour rocket orbit bank loan keeper sauce planet credit".split()


@pytest.fixture(scope="module")
def contents():
    """9,000 texts of themes: several blocks in every stage."""
    draw = random.Random(0)
    return [
        f"{WORDS[i % 12]} {WORDS[i % 4]} {' '.join(draw.choices(WORDS, k=3))} {i}"
        for i in range(9000)
    ]


@pytest.fixture(scope="module")
def alone(contents, tmp_path_factory):
    """The run of this process."""
    out = tmp_path_factory.mktemp("alone") / "run"
    return shoal.cluster(contents, embedder="hashing", settings=SETTINGS, out=out)


@pytest.fixture(scope="module")
def cluster():
    """A Ray of two nodes on this machine, a processor each; the second is lost in some tests."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    made.add_node(num_cpus=1)
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


def files_of(path):
    found = {f.relative_to(path).as_posix(): f.read_bytes() for f in path.rglob("*") if f.is_file()}
    return {name: data for name, data in found.items() if name not in TOLD_OTHERWISE}


def assert_same(run, other):
    one, two = files_of(run.path), files_of(other.path)
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


class Stages:
    """Knows which stage is at work."""

    def __init__(self):
        self.stage = ""

    def start(self, stage, total=None):
        self.stage = stage

    def advance(self, steps=1):
        pass

    def finish(self, stage, seconds, *, resumed=False):
        pass

    def note(self, text):
        pass


class Sabotaged(RayEngine):
    """Strikes once in each stage, while its blocks are out."""

    def __init__(self, strike, stages):
        super().__init__()
        self.strike, self.stages, self.struck = strike, stages, []

    def map(self, make, batches, *, parallel=True):
        for number, result in enumerate(super().map(make, batches, parallel=parallel)):
            if number == 1 and self.stages.stage not in self.struck:
                self.struck.append(self.stages.stage)
                self.strike(self)
            yield result


def kill_process(engine):
    pid = ray.get(engine.crew.workers[-1].__ray_call__.remote(lambda worker: os.getpid()))
    os.kill(pid, signal.SIGKILL)


def kill_actor(engine):
    ray.kill(engine.crew.workers[0])


def lose_node(cluster):
    def strike(engine):
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        cluster.add_node(num_cpus=1)

    return strike


@pytest.mark.parametrize("fault", ["none", "process", "actor", "node"])
def test_a_run_is_the_same_bit_by_bit_whatever_dies(fault, contents, alone, cluster, tmp_path):
    faults = {
        "none": lambda engine: None,
        "process": kill_process,
        "actor": kill_actor,
        "node": lose_node(cluster),
    }
    stages = Stages()
    engine = Sabotaged(faults[fault], stages)
    run = shoal.cluster(
        contents,
        embedder="hashing",
        settings=SETTINGS,
        engine=engine,
        out=tmp_path / "run",
        progress=stages,
    )
    assert {"embed", "reduce", "neighbors", "cluster", "evaluate"} <= set(engine.struck)
    assert_same(run, alone)
