"""What workers embed they keep in shards: found again bit by bit, whatever is lost on the way."""

import os
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import shoal
from shoal.embedding import job as embedding
from shoal.embedding import shards
from shoal.embedding.job import as_items, open_cache, plan_embedding
from shoal.embedding.shards import GROUP_ROWS, GROUPS_A_WORKER, Job, Shards, Writer
from shoal.embedding.vector_cache import VectorCache
from shoal.errors import BadInput
from shoal.parts.embedders.base import BatchPlan, ModelInfo, even_plan
from shoal.parts.engines.local import LocalEngine
from shoal.run.steps import OWN_CACHE

TEXTS = [f"text {number}" for number in range(1000)]


class Letters:
    """Vectors from the letters of a text."""

    parallel = True

    def __init__(self, remember="shared"):
        self.info = ModelInfo("letters", "letters:1", "none", remember)

    def plan(self, contents):
        return even_plan(len(contents), 20)

    def transform(self, contents):
        rows = [np.random.default_rng([*t.encode()]).normal(size=16) for t in contents]
        return np.array(rows, dtype=np.float32).reshape(len(contents), 16)


class Apart(LocalEngine):
    """Does what an engine of other processes does: what goes there and back is pickled."""

    apart = True

    def __init__(self, back=lambda result: result):
        super().__init__(2)
        self.back = back
        self.home = []

    def map(self, make, batches, *, parallel=True):
        # Ray can send lambdas too
        writer = (pickle.loads(pickle.dumps(make)) if isinstance(make, partial) else make)()
        for batch in batches:
            result = self.back(writer(pickle.loads(pickle.dumps(batch))))
            self.home.append(result)
            yield pickle.loads(pickle.dumps(result))


@pytest.fixture(autouse=True)
def few_are_timed(tmp_path, monkeypatch):
    """Most batches are left to the engine, and no vector is there from another test."""
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(embedding, "CALIBRATION_ROUNDS", 1)


def work_in(folder, embedder=None, *, shared=True, texts=TEXTS):
    embedder = embedder or Letters()
    items = as_items(texts)
    return plan_embedding(items, embedder, open_cache(embedder.info, folder, shared=shared), folder)


def segments(folder):
    return sorted(folder.rglob("*.vectors"))


@pytest.mark.parametrize("shared", [True, False])
def test_vectors_do_not_come_home_and_are_the_same(shared, tmp_path):
    engine = Apart()
    work = work_in(tmp_path / "own", shared=shared)
    out = work.run(engine=engine).vectors
    assert out.tobytes() == Letters().transform(TEXTS).tobytes()
    assert engine.home
    assert all(result is None for result in engine.home)
    assert segments(tmp_path / "own")
    # and the next run finds them where runs share them
    if shared:
        assert work_in(None).n_known == 1000
    else:
        assert not (tmp_path / "cache").exists()


def test_each_worker_keeps_segments_of_its_own_and_repeats_are_found_once(tmp_path):
    place = Shards.of(tmp_path, Letters().info).begun()
    keys = np.arange(40, dtype=np.uint64).reshape(20, 2)
    group = shards.Group([TEXTS[:10], TEXTS[10:20]], keys, np.arange(20) % 3 == 0)
    for _ in range(2):  # the second does again what was lost with the first
        assert Writer(place, Letters(), 16)(group) is None
    assert len(segments(tmp_path)) == 2
    found = place.find(keys[::-1])
    assert found.mask.all()
    assert found.cut.tolist() == (np.arange(20) % 3 == 0)[::-1].tolist()
    out = np.zeros((20, 16), np.float32)
    for positions, vectors in found.blocks():
        out[positions] += vectors
    assert out.tobytes() == Letters().transform(TEXTS[:20])[::-1].tobytes()


def test_what_a_worker_cannot_keep_comes_home(tmp_path, monkeypatch):
    monkeypatch.setattr(Shards, "seen", lambda self: False)
    engine = Apart()
    work = work_in(tmp_path / "own")
    assert work.run(engine=engine).vectors.tobytes() == Letters().transform(TEXTS).tobytes()
    assert all(len(result) for result in engine.home)
    assert not segments(tmp_path / "own")
    assert work_in(None).n_known == 1000


def test_a_full_disk_costs_the_shards_and_not_the_run(tmp_path, monkeypatch):
    write = VectorCache._write

    def full(self, *args):
        if self.root == tmp_path / "own":
            raise OSError(28, "No space left on device")
        write(self, *args)

    monkeypatch.setattr(VectorCache, "_write", full)
    out = work_in(tmp_path / "own").run(engine=Apart()).vectors
    assert out.tobytes() == Letters().transform(TEXTS).tobytes()


def test_what_is_lost_after_it_was_kept_is_embedded_again(tmp_path):
    def torn(result):
        """A machine that went down before its pages were written, whatever it had said."""
        for path in segments(tmp_path / "own")[:1]:
            os.truncate(path, path.stat().st_size // 2)
        return result

    out = work_in(tmp_path / "own").run(engine=Apart(torn)).vectors
    assert out.tobytes() == Letters().transform(TEXTS).tobytes()


def test_a_stopped_run_goes_on_from_its_shards_with_any_engine(tmp_path):
    def stop(result):
        if len(segments(tmp_path / "own")) and len(engine.home) == 5:
            raise KeyboardInterrupt
        return result

    engine = Apart(stop)
    with pytest.raises(KeyboardInterrupt):
        work_in(tmp_path / "own").run(engine=engine)
    again = work_in(tmp_path / "own")
    assert 100 < again.n_known < 1000
    out = again.run(engine=LocalEngine()).vectors
    assert out.tobytes() == Letters().transform(TEXTS).tobytes()


def test_vectors_of_another_length_are_refused_as_they_are_in_one_process(tmp_path):
    class Broken(Letters):
        def transform(self, contents):
            made = super().transform(contents)
            return made[:, :9] if "text 700" in contents else made

    class InProcess(Apart):
        def map(self, make, batches, *, parallel=True):
            yield from map(make(), batches)

    with pytest.raises(BadInput, match="vectors of 9 dimensions after vectors of 16"):
        work_in(tmp_path / "own", Broken()).run(engine=InProcess())


def test_a_run_leaves_no_shards(tmp_path, texts):
    options = {"embedder": Letters(), "settings": {"embedder.cache": False}}
    run = shoal.cluster(texts, engine=Apart(), out=tmp_path / "run", **options)
    assert not (run.path / OWN_CACHE).exists()
    alone = shoal.cluster(texts, out=tmp_path / "alone", **options)
    assert np.array_equal(run.embeddings, alone.embeddings)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("n_workers", [1, 7])
def test_groups_are_all_batches_once_and_neither_too_small_nor_too_large(seconds, n_workers):
    sizes = np.random.default_rng(0).integers(1, 400, 3000)
    ends = np.cumsum(sizes)
    batches = [np.arange(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    plan = BatchPlan(batches, sizes.astype(float), np.zeros(ends[-1], bool))
    job = Job(Letters(), plan, 3, lambda at: at, np.empty((0, 2), np.uint64), 16, seconds)
    groups = list(job.numbers(n_workers))
    assert [number for group in groups for number in group] == list(range(3, 3000))
    rows = [sum(len(batches[number]) for number in group) for group in groups]
    assert max(rows) <= GROUP_ROWS
    assert len(groups) >= GROUPS_A_WORKER * n_workers
    if seconds == 1e6:  # a batch of three minutes goes alone
        assert max(map(len, groups)) == 1
    elif n_workers == 1:
        assert len(groups) < 120


def test_a_folder_of_the_same_path_on_another_machine_is_not_taken_for_it(tmp_path):
    place = Shards.of(tmp_path, Letters().info).begun()
    assert place.seen()
    assert not replace(place, mark="of another machine").seen()
    assert not replace(place, root=tmp_path / "none").seen()
