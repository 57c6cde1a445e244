"""Shards: workers of an engine save the vectors they embed, and report only that they did.

So vectors need not come back through the process that leads. A worker appends them to segments of
a cache in the run folder; where it does not see that folder, and the folder is on an object store,
it puts segments there. The leading process reads them one after the other when all is embedded.
Vectors are found by content: whoever dies, nothing is lost but what was not written yet, and what
was embedded twice is found once.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data import FloatArray
from shoal.embedding.vector_cache import Found, VectorCache
from shoal.errors import ShoalError
from shoal.parts.embedders.base import BatchPlan, Embedder, ModelInfo
from shoal.parts.engines.base import Engine
from shoal.progress import Progress
from shoal.storage import remote

GROUP_SECONDS = 4.0
"""Of work that a worker is handed at once: far longer than handing it over takes."""
GROUP_ROWS = 8192
"""Most contents of it."""
GROUPS_A_WORKER = 8
"""Least for each worker, so that all end at about the same time."""
MARK = "mark"
"""A file by which a worker knows that the folder it sees is the one that is meant."""


@dataclass(frozen=True, slots=True)
class Shards:
    """Where the workers of one run keep vectors.

    Parameters
    ----------
    root : folder of the run for them, as the leading process sees it
    info : the model
    address : of that folder where the run is on an object store
    mark : what stands in the file `MARK`; none until something is embedded
    """

    root: Path
    info: ModelInfo
    address: str | None = None
    mark: str = ""

    @classmethod
    def of(cls, root: Path, info: ModelInfo) -> Shards:
        """Those below a run folder, which may be the stand-in of a remote one."""
        return cls(root.absolute(), info, remote.address_below(root))

    @property
    def is_there(self) -> bool:
        """Whether there may be vectors already."""
        return self.root.is_dir() or self.address is not None

    @property
    def cache(self) -> VectorCache:
        """They are segments of this one. It goes with the last batch, so it needs no limit."""
        return VectorCache(self.root, self.info.name, self.info.revision, limit=2**62)

    def find(self, keys: NDArray[np.uint64]) -> Found:
        """Look contents up, also those that workers put on the object store.

        Parameters
        ----------
        keys : (n, 2) uint64, distinct
        """
        remote.fetch_below(self.root)
        return self.cache.find(keys)

    def begun(self) -> Shards:
        """Make the folder and mark it."""
        self.root.mkdir(parents=True, exist_ok=True)
        mark = secrets.token_hex(8)
        (self.root / MARK).write_text(mark, encoding="ascii")
        return replace(self, mark=mark)

    def seen(self) -> bool:
        """Whether the folder is seen from where this is asked."""
        try:
            return (self.root / MARK).read_text(encoding="ascii") == self.mark
        except (OSError, ValueError):
            return False


def remove(root: Path) -> None:
    """Delete the shards in a run's folder, if there are any."""
    shutil.rmtree(root, ignore_errors=True)
    remote.remove_below(root)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Some batches that go to a worker together.

    Parameters
    ----------
    contents : of each batch
    keys, cut : (n, 2) uint64 and (n,) bool of all of them, see `VectorCache`
    """

    contents: list[Sequence[Any]]
    keys: NDArray[np.uint64]
    cut: NDArray[np.bool_]


class Writer:
    """Embeds groups and keeps the vectors; each worker makes one.

    Parameters
    ----------
    shards : where to
    embedder : the part
    n_dims : length of all vectors
    """

    def __init__(self, shards: Shards, embedder: Embedder, n_dims: int) -> None:
        self._shards, self._embedder, self._n_dims = shards, embedder, n_dims
        self._cache = shards.cache if shards.seen() else None

    def __del__(self) -> None:
        """A worker lets go of what it makes without a word."""
        if self._cache is not None:
            self._cache.end_segment()

    def __call__(self, group: Group) -> list[FloatArray] | None:
        """None once the vectors are kept; they themselves, batch by batch, where they cannot be."""
        made = [self._embedder.transform(contents) for contents in group.contents]
        if any(vectors.shape[1] != self._n_dims for vectors in made):
            return made  # for whoever leads to refuse
        vectors = np.concatenate(made)
        if self._cache is not None:
            kept = self._cache.add(group.keys, vectors, group.cut) and self._cache.sync()
        else:
            kept = self._shards.address is not None and self._sent(group, vectors)
        return None if kept else made

    def _sent(self, group: Group, vectors: FloatArray) -> bool:
        """Whether a segment of these vectors could be put on the object store."""
        shards = self._shards
        with TemporaryDirectory(prefix="shoal-shard-") as folder:
            cache = replace(shards, root=Path(folder)).cache
            if not cache.add(group.keys, vectors, group.cut):
                return False
            cache.end_segment()
            try:
                remote.send(Path(folder), str(shards.address))
            except ShoalError:  # such as a machine without credentials: the vectors go home
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What workers are to embed.

    Parameters
    ----------
    embedder, plan : the part and all batches
    first : number of the first batch that is not embedded yet
    contents : positions -> contents
    keys : (n, 2) uint64, of all contents
    n_dims : length of the vectors
    seconds : that one processor will take for the rest
    """

    embedder: Embedder
    plan: BatchPlan
    first: int
    contents: Callable[[NDArray[np.int64]], Sequence[Any]]
    keys: NDArray[np.uint64]
    n_dims: int
    seconds: float

    def numbers(self, n_workers: int) -> Iterator[range]:
        """Numbers of the batches that go to a worker together."""
        sizes = [len(batch) for batch in self.plan.batches]
        cost = float(self.plan.costs[self.first :].sum())
        most = cost / max(self.seconds / GROUP_SECONDS, GROUPS_A_WORKER * n_workers)
        start, held, rows = self.first, 0.0, 0
        for number in range(self.first, len(sizes)):
            more = float(self.plan.costs[number])
            if number > start and (held + more > most or rows + sizes[number] > GROUP_ROWS):
                yield range(start, number)
                start, held, rows = number, 0.0, 0
            held, rows = held + more, rows + sizes[number]
        if start < len(sizes):
            yield range(start, len(sizes))

    def group(self, numbers: range) -> Group:
        """Some batches, as they are sent."""
        batches = [self.plan.batches[number] for number in numbers]
        at = np.concatenate(batches)
        return Group([self.contents(batch) for batch in batches], self.keys[at], self.plan.cut[at])


def embedded(
    job: Job, shards: Shards, engine: Engine, progress: Progress
) -> Iterator[tuple[NDArray[np.int64], FloatArray, bool]]:
    """Let workers embed and save vectors, then read them back.

    Parameters
    ----------
    job : what is embedded
    shards : where to
    engine : its workers are other processes
    progress : advanced once for each content

    Yields
    ------
    Positions, their vectors, and whether those are in shards; batches that could not be kept come
    first. What was lost after it was kept does not come
    """
    shards = shards.begun()
    together = list(job.numbers(engine.n_workers))
    writer = partial(Writer, shards, job.embedder, job.n_dims)
    made = engine.map(writer, map(job.group, together), parallel=job.embedder.parallel)
    kept: list[NDArray[np.int64]] = []
    for numbers, home in zip(together, made, strict=True):
        batches = [job.plan.batches[number] for number in numbers]
        progress.advance(sum(map(len, batches)))
        if home is None:
            kept += batches
        else:
            yield from zip(batches, home, [False] * len(home), strict=True)
    if kept:
        at = np.sort(np.concatenate(kept))
        for positions, vectors in shards.find(job.keys[at]).blocks():
            yield at[positions], vectors, True
