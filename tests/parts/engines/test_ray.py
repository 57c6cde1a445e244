"""Ray: the same bits as on one machine, whoever dies while it works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'shoal[ray]'")
import ray
from ray.cluster_utils import Cluster

import shoal
from shoal.errors import BadInput, ServiceFailed
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import unit
from shoal.parts.clusterers import CLUSTERERS
from shoal.parts.embedders.base import even_plan
from shoal.parts.embedders.hashing import Hashing
from shoal.parts.engines.ray_engine import RayEngine
from shoal.parts.engines.ray_parcels import place_of

TOLD_OTHERWISE = {"run.json", "recipe.toml", "report.html", "signature.json"}
"""Files that tell when a run was and who computed it, and the signature under two of them."""
SETTINGS = {
    "neighbors.exact_rows": 5000,
    "cluster.sample_rows": 5000,
    "draw.sample_rows": 5000,
}
"""What is done at a million rows, on 9,000."""
STAGES = {"read", "embed", "reduce", "neighbors", "cluster", "evaluate", "draw"}
"""Those of which blocks go to workers."""
N_DIMS = 300
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


class Remembered(Hashing):
    """One whose vectors are worth keeping, so that workers do."""

    def __init__(self):
        super().__init__(N_DIMS)
        self.info = replace(self.info, revision="remembered", remember="run")

    def plan(self, texts):
        return even_plan(len(texts), 64)


def embedder_of(remember):
    return Remembered() if remember else Hashing(N_DIMS)


@pytest.fixture(scope="module")
def remember(request):
    """Whether the vectors are kept by the workers."""
    return getattr(request, "param", True)


@pytest.fixture(scope="module")
def alone(remember, contents, tmp_path_factory):
    """The run of this process."""
    out = tmp_path_factory.mktemp("alone") / "run"
    return shoal.cluster(contents, embedder=embedder_of(remember), settings=SETTINGS, out=out)


@pytest.fixture(scope="module")
def cluster():
    """A Ray of two nodes on this machine, a processor each; the second is lost in some tests."""
    quick = {  # a lost node is noticed within seconds, and not within a quarter of a minute
        "health_check_initial_delay_ms": 500,
        "health_check_period_ms": 500,
        "health_check_timeout_ms": 2000,
        "health_check_failure_threshold": 2,
    }
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "_system_config": quick})
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
        for result in super().map(make, batches, parallel=parallel):
            stage = self.stages.stage
            if stage in STAGES and stage not in self.struck:
                self.struck.append(stage)
                self.strike(self)
            yield result


def test_no_cluster_at_the_address_is_said():
    assert not ray.is_initialized()  # it is the first test here
    with pytest.raises(ServiceFailed, match="ray start --head"):
        RayEngine(address="127.0.0.1:1").map(lambda: str, [1, 2])


def kill_worker(engine):
    """By turns the process, and the actor as Ray knows it."""
    if len(engine.struck) % 2:
        pid = ray.get(engine.crew.workers[-1].__ray_call__.remote(lambda worker: os.getpid()))
        os.kill(pid, signal.SIGKILL)
    else:
        ray.kill(engine.crew.workers[0])


def lose_node(cluster):
    def strike(engine):
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        cluster.add_node(num_cpus=1)

    return strike


@pytest.mark.parametrize(
    ("fault", "remember"),
    [
        ("worker", True),
        pytest.param("node", True, marks=pytest.mark.soak),
        pytest.param("worker", False, marks=pytest.mark.soak),
    ],
    indirect=["remember"],
    ids=["worker", "node", "worker and vectors sent home"],
)
def test_a_run_is_the_same_bit_by_bit_whatever_dies(
    fault, remember, contents, alone, cluster, tmp_path, monkeypatch
):
    # most batches are left to the engine, and not made to see how long one takes
    monkeypatch.setattr("shoal.embedding.job.CALIBRATION_ROUNDS", 1)
    strike = kill_worker if fault == "worker" else lose_node(cluster)
    stages = Stages()
    engine = Sabotaged(strike, stages)
    run = shoal.cluster(
        contents,
        embedder=embedder_of(remember),
        settings=SETTINGS,
        engine=engine,
        out=tmp_path / "run",
        progress=stages,
    )
    assert set(engine.struck) == STAGES
    assert_same(run, alone)


@pytest.mark.parametrize("part", ["kmeans", "hdbscan"])
def test_other_clusterers_find_the_same(part, cluster):
    vectors = unit(np.random.default_rng(0).normal(size=(3000, 12)))
    made = {"kmeans": {"n_clusters": 20, "sample_rows": 1000}, "hdbscan": {}}[part]
    alone = CLUSTERERS.build(part, made, seed=0).fit(vectors)
    with RayEngine().at_work():
        other = CLUSTERERS.build(part, made, seed=0).fit(vectors)
    assert np.array_equal(other.labels_, alone.labels_)


def test_a_batch_that_always_kills_its_worker_ends_the_run_with_a_reason(cluster):
    def fatal(batch):
        if batch == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return batch

    engine = RayEngine()
    with engine.at_work(), pytest.raises(ServiceFailed, match="lost 4 times"):
        list(engine.map(lambda: fatal, range(20)))


def test_errors_come_out_as_what_they_are(cluster):
    def refuse(batch):
        raise BadInput(f"no row {batch}.")

    with RayEngine().at_work(), pytest.raises(BadInput, match=r"^no row 0\.$"):
        list(ordered_map(refuse, range(5)))


def test_relative_paths_start_where_the_sender_is(cluster, tmp_path, monkeypatch):
    (tmp_path / "here").write_text("found")
    monkeypatch.chdir(tmp_path)
    with RayEngine().at_work():
        found = list(ordered_map(lambda _: Path("here").read_text(), range(3)))
    assert found == ["found"] * 3


def test_a_function_is_built_once_in_each_worker(cluster):
    def make():
        number = random.random()
        return lambda batch: (os.getpid(), number)

    engine = RayEngine()
    with engine.at_work():
        told = set(engine.map(make, range(40)))
        again = set(engine.map(make, range(40)))  # as a stage does that embeds some phrases more
        assert len(told) == len({pid for pid, _ in told}) <= engine.n_workers
        assert len({pid for pid, _ in told | again}) == len(told | again)


def test_a_file_that_workers_do_not_see_is_sent_as_rows(cluster, tmp_path, monkeypatch, caplog):
    rows = np.random.default_rng(0).normal(size=(20_000, 8))
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    parts = slices(len(rows), 1000)

    def replaced(array):
        place = place_of(array)
        return place and type(place)(
            *[place.path, place.size, place.inode + 1, place.offset],
            place.dtype,
            place.shape,
            place.strides,
        )

    monkeypatch.setattr("shoal.parts.engines.ray_parcels.place_of", replaced)
    with RayEngine().at_work():
        found = list(ordered_map(lambda part: mapped[part].sum(axis=0), parts))
    assert np.array_equal(found, [rows[part].sum(axis=0) for part in parts])
    assert caplog.text.count("not visible to all workers") == 1


@pytest.mark.parametrize(
    "wrong", [{"cpus": 0}, {"n_workers": 0}, {"address": "ray://10.0.0.1:10001"}]
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(BadInput):
        RayEngine(**wrong)


DRIVER = """
import os, signal, sys, time
from pathlib import Path
import shoal
import shoal.embedding.job
from tests.parts.engines.test_ray import SETTINGS, Stages

class Killed(Stages):
    def start(self, stage, total=None):
        super().start(stage)
        if stage == sys.argv[3] and stage != "embed":
            os.kill(os.getpid(), signal.SIGKILL)

    def advance(self, steps=1):
        self.done = getattr(self, "done", 0) + steps
        if self.stage == sys.argv[3] == "embed" and self.done > 1200:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    shoal.embedding.job.CALIBRATION_ROUNDS = 1
    texts = Path(sys.argv[1]).read_text().split("\\n")
    shoal.cluster(texts, engine="ray", ray_address=sys.argv[4] or None, out=sys.argv[2],
                  progress=Killed())
"""


@pytest.mark.soak
@pytest.mark.parametrize(
    "victims", [["cluster"], ["embed", "neighbors", "cluster", "describe"]], ids=["one", "many"]
)
def test_a_killed_driver_goes_on_where_it_was(victims, contents, cluster, tmp_path):
    texts = contents[:3000]
    (tmp_path / "texts").write_text("\n".join(texts))
    (tmp_path / "driver.py").write_text(DRIVER)

    def drive(victim):
        arguments = [tmp_path / "texts", tmp_path / "run", victim, cluster.address]
        command = [sys.executable, str(tmp_path / "driver.py"), *map(str, arguments)]
        env = {**os.environ, "SHOAL_CACHE": str(tmp_path / "cache")}
        env["PYTHONPATH"] = os.pathsep.join([os.getcwd(), env.get("PYTHONPATH", "")])
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=100)

    for victim in victims:
        assert drive(victim).returncode == -signal.SIGKILL
    ended = drive("")
    assert ended.returncode == 0, ended.stderr
    assert_same(shoal.load(tmp_path / "run"), shoal.cluster(texts, out=tmp_path / "alone"))
    told = shoal.load(tmp_path / "run").info
    assert told["stages"]["neighbors"]["resumed"]
    assert told["counts"]["rows"] == 3000


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [("shoal", "0.0.0", "Install the same"), ("processor", "abacus", "a different processor")],
)
def test_machines_that_compute_otherwise_are_refused_or_named(
    what, value, words, cluster, monkeypatch, caplog
):
    from shoal.parts.engines import ray_crew

    told = {**ray_crew.surroundings(), what: value}
    monkeypatch.setattr(ray_crew, "surroundings", lambda: told)
    engine = RayEngine()
    with engine.at_work():
        if what == "processor":  # the same bits cannot be promised, and a run can be made
            assert list(engine.map(lambda: abs, [-1, 1])) == [1, 1]
            assert words in caplog.text
        else:
            with pytest.raises(BadInput, match=words):
                engine.map(lambda: abs, [-1, 1])


@pytest.mark.soak
def test_another_cluster_can_end_what_this_process_began(
    remember, contents, alone, cluster, tmp_path
):
    class Stopped(Stages):
        def start(self, stage, total=None):
            if stage == "cluster":
                raise KeyboardInterrupt

    out = tmp_path / "run"
    options = {"embedder": embedder_of(remember), "settings": SETTINGS, "out": out}
    with pytest.raises(KeyboardInterrupt):
        shoal.cluster(contents, progress=Stopped(), **options)
    run = shoal.cluster(contents, engine="ray", ray_address=cluster.address, **options)
    assert run.info["stages"]["neighbors"]["resumed"]
    assert_same(run, alone)
    assert run.recipe.part("engine") == "ray"
