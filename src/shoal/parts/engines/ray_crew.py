"""The workers of a Ray cluster: which batch each has, and what happens if one dies.

Workers are actors that Ray does not restart by itself: an actor of a lost node would wait for room
that may never come, and its batches with it. So a lost batch goes to whoever is there, and a new
worker joins as soon as Ray has room for one, also on a node that came later.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shoal.errors import BadInput, ServiceFailed
from shoal.parts.engines.ray_parcels import Sender, Worker, surroundings

AHEAD = 2
"""Batches that a worker has, so that it need not wait for the next one."""
HELD = 4
"""Batches per worker that are begun or wait for an earlier one to be done."""
LOSSES = 3
"""How often a batch is done again when its worker dies."""
PATIENCE = 300.0
"""Seconds to wait for a first worker."""
LISTEN = 2.0
"""Seconds between looks at what the cluster has."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Task:
    """One batch: its place in the order, who has it, for which parcel, how often it was lost."""

    index: int
    batch: Any
    worker: Any = None
    name: str = ""
    losses: int = 0


@dataclass(slots=True)
class Order:
    """One function for many batches: what is given out, lost, and done."""

    make: Callable[[], Any]
    name: str
    parcel: Any
    tasks: dict[Any, Task] = field(default_factory=dict)
    again: deque[Task] = field(default_factory=deque)
    done: dict[int, Any] = field(default_factory=dict)
    following: int = 0


class Crew:
    """Workers of a cluster that this process is connected to.

    Parameters
    ----------
    cpus : processors of each worker
    most : most workers; as many as the cluster has room for when None
    """

    def __init__(self, cpus: float, most: int | None = None) -> None:
        import ray

        self._ray = ray
        self._type = ray.remote(Worker)
        self._cpus = cpus
        self._most = most
        self._here = surroundings()
        self._sender = Sender()
        self._coming: dict[Any, Any] = {}
        self._stillborn = 0
        self._looked = 0.0
        self.workers: list[Any] = []
        self.wanted = 0

    def start(self) -> None:
        """Wait for the first worker.

        Raises
        ------
        BadInput : if the cluster has no room for one, or another shoal
        ServiceFailed : if none starts
        """
        self._hire()
        if self.wanted < 1:
            details = self._ray.cluster_resources().get("CPU", 0)
            raise BadInput(
                f"a worker needs engine.cpus={self._cpus:g} processors, but the Ray cluster "
                f"has {details:g}. Lower engine.cpus, or add nodes."
            )
        self._await_first()

    def close(self) -> None:
        """Stop the workers."""
        for worker in [*self.workers, *self._coming.values()]:
            self._ray.kill(worker)
        self.workers, self._coming = [], {}

    def _hire(self) -> None:
        """Ask for as many workers as there is room for."""
        self._looked = time.monotonic()
        scratch = int(self._ray.cluster_resources().get("CPU", 0) / self._cpus)
        self.wanted = min(scratch, self._most or scratch)
        for _ in range(self.wanted - len(self.workers) - len(self._coming)):
            worker = self._type.options(
                num_cpus=self._cpus, max_restarts=0, scheduling_strategy="SPREAD"
            ).remote(os.getcwd())
            self._coming[worker.hello.remote()] = worker

    def map(self, make: Callable[[], Any], batches: Iterable[Any]) -> Iterator[Any]:
        """Apply the function that `make` builds to each batch; results in the batches' order."""
        order = Order(make, *self._sender.pack(make))
        source = iter(Task(index, batch) for index, batch in enumerate(batches))
        while self._give_out(order, source):
            self._listen(order)
            while order.following in order.done:
                # room for the next batches is made by whoever takes this result
                outcome, value = order.done.pop(order.following)
                if outcome == "failed":  # in turn, so that the same error comes out each time
                    raise value
                order.following += 1
                yield value

    def _give_out(self, order: Order, source: Iterator[Task]) -> bool:
        """Give batches to workers that have fewer than they may; False once all are done."""
        load = Counter(id(task.worker) for task in order.tasks.values())
        for worker in AHEAD * self.workers:
            open_ = len(order.tasks) + len(order.done)
            if load[id(worker)] >= AHEAD or (open_ >= HELD * self.wanted and not order.again):
                continue
            task = order.again.popleft() if order.again else next(source, None)
            if task is None:
                break
            load[id(worker)] += 1
            task.worker, task.name = worker, order.name
            order.tasks[worker.work.remote(order.name, [order.parcel], task.batch)] = task
        return bool(order.tasks or order.again or order.done)

    def _listen(self, order: Order) -> None:
        """Process events: finished or lost batches, new workers."""
        if not self.workers:
            self._await_first()
        if time.monotonic() - self._looked > LISTEN:
            self._hire()
        waited = [*order.tasks, *self._coming]
        if not waited:
            return
        ready, _ = self._ray.wait(waited, num_returns=1, timeout=LISTEN)
        for ref in ready:
            if ref in self._coming:
                self._greet(ref)
            else:
                self._take(order, ref)

    def _take(self, order: Order, ref: Any) -> None:
        """Process one finished batch."""
        task = order.tasks.pop(ref)
        faults = self._ray.exceptions
        try:
            outcome, value = self._ray.get(ref)
        except faults.RayTaskError as error:  # the worker could not read or send something
            raise error.cause from error
        except faults.RayError as error:
            if not isinstance(error, faults.ObjectLostError):
                self._part_with(task.worker)
            self._do_again(order, task, error)
            return
        if outcome == "cut":
            self._part_with(task.worker)
            self._do_again(order, task, value)
        elif outcome == "unseen":
            if value not in self._sender.unseen:
                log.warning(
                    "%s is not visible to all workers, so its arrays are sent to them", value
                )
                self._sender.unseen.add(value)
            if task.name == order.name:  # else it was given out before the parcel was made anew
                order.name, order.parcel = self._sender.pack(order.make)
            order.again.append(task)
        else:
            order.done[task.index] = outcome, value

    def _do_again(self, order: Order, task: Task, why: object) -> None:
        """Requeue a batch whose worker was lost.

        Raises
        ------
        ServiceFailed : if that happened too often for chance
        """
        task.losses += 1
        details = " ".join(str(why).split())[:300]
        log.info("batch %d is retried: %s", task.index, details)
        if task.losses > LOSSES:
            raise ServiceFailed(
                f"a batch was lost {task.losses} times because its worker died, the last time "
                f"because: {details} If workers run out of memory, use fewer of them: --set "
                "engine.cpus=2."
            )
        order.again.append(task)

    def _part_with(self, worker: Any) -> None:
        """Drop a worker that does not answer, and request another."""
        if worker in self.workers:
            self.workers.remove(worker)
            self._ray.kill(worker)
            self._hire()

    def _await_first(self) -> None:
        """Wait for a worker.

        Raises
        ------
        ServiceFailed : if nobody comes
        """
        begun = time.monotonic()
        while not self.workers:
            if time.monotonic() - begun > PATIENCE:
                raise ServiceFailed(
                    f"no Ray worker started within {PATIENCE:.0f} s: the cluster has no free "
                    "processor. `ray status` shows what it is busy with."
                )
            self._hire()
            ready, _ = self._ray.wait([*self._coming], num_returns=1, timeout=LISTEN)
            for ref in ready:
                self._greet(ref)

    def _greet(self, ref: Any) -> None:
        """Accept a worker that has started.

        Raises
        ------
        BadInput : if what it computes with is not what this process computes with
        ServiceFailed : if workers die before they have begun
        """
        worker = self._coming.pop(ref)
        try:
            details = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            self._stillborn += 1
            if self._stillborn > LOSSES and not self.workers:
                why = " ".join(str(error).split())[-400:]
                raise ServiceFailed(
                    "Ray workers die at startup. Install the same version on every machine: "
                    f"pip install 'shoal[ray]=={self._here['shoal']}'. {why}"
                ) from None
            return
        other = {key: details.get(key) for key in self._here if details.get(key) != self._here[key]}
        if other.keys() - {"processor"}:
            listed = ", ".join(f"{k} {v} (here {self._here[k]})" for k, v in sorted(other.items()))
            raise BadInput(
                f"a machine of the Ray cluster has {listed}. Different versions can give "
                "different labels. Install the same ones everywhere."
            )
        if other:
            log.warning(
                "a machine of the cluster has a different processor (%s, here %s), so sums "
                "may differ in their last bits",
                details["processor"],
                self._here["processor"],
            )
        self.workers.append(worker)
