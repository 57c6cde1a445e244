"""The engine of many processes and machines, by Ray.

References
----------
Moritz et al. (2018), Ray: A Distributed Framework for Emerging AI Applications. OSDI.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from shoal.errors import BadInput, ServiceFailed
from shoal.numerics.blocks import available_threads, carried_by
from shoal.parts.engines.base import Engine, T, U
from shoal.parts.engines.ray_crew import Crew


class RayEngine(Engine):
    """Work on batches with processes of Ray; the verbs are those of `Engine`.

    Nothing is started before the first batch. A Ray that this process is connected to already is
    used and left running.

    Parameters
    ----------
    address : of a cluster, such as "10.0.0.1:6379", or "auto" for one on this machine; a Ray of
        this machine's processors is started and stopped when empty
    n_workers : most processes; as many as there are processors for when None
    cpus : processors of each process, which uses one: more leave it more of the memory
    """

    apart = True

    def __init__(
        self, *, address: str = "", n_workers: int | None = None, cpus: float = 1.0
    ) -> None:
        if cpus <= 0 or (n_workers is not None and n_workers < 1):
            raise BadInput(
                f"engine.cpus must be above 0 and engine.n_workers at least 1, got {cpus!r} and "
                f"{n_workers!r}."
            )
        if "://" in address:
            raise BadInput(
                f"the address {address!r} is for the Ray client, which cannot see the "
                "cluster's files. Run shoal on a machine of the cluster, with --ray-address "
                "auto."
            )
        self.address = address
        self.n_workers_wanted = n_workers
        self.cpus = cpus
        self._crew: Crew | None = None
        self._connected = False

    @property
    def crew(self) -> Crew:
        """The workers, started when they are first asked for."""
        if self._crew is None:
            self._connect()
            crew = Crew(self.cpus, self.n_workers_wanted)
            try:
                crew.start()
            except BaseException:
                crew.close()
                self._disconnect()
                raise
            self._crew = crew
        return self._crew

    @property
    def n_workers(self) -> int:
        """How many processes there is room for."""
        return max(self.crew.wanted, 1)

    def map(
        self,
        make: Callable[[], Callable[[T], U]],
        batches: Iterable[T],
        *,
        parallel: bool = True,
    ) -> Iterator[U]:
        """Apply a function to each batch; see `Engine.map`.

        Each process has a function of its own, so `parallel` makes no difference.
        """
        return self.crew.map(make, batches)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Blocks inside of it go to the workers, and at its end those go home."""

        def carry(function: Callable[[T], U], blocks: Iterable[T]) -> Iterator[U]:
            return self.map(lambda: function, blocks)

        try:
            with carried_by(carry):
                yield
        finally:
            self.close()

    def close(self) -> None:
        """Stop what was started."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None
        self._disconnect()

    def _connect(self) -> None:
        """Connect to the cluster, or start one here.

        Raises
        ------
        ServiceFailed : if there is none at the address
        """
        import ray

        if ray.is_initialized():
            return
        if self.address not in ("", "auto"):
            _check_listening(self.address)
        # shoal works offline, so Ray must not report usage
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        here = {"num_cpus": available_threads(), "include_dashboard": False}
        try:
            ray.init(
                address=self.address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if self.address else here),
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise _no_cluster(self.address or "this machine", error) from error
        self._connected = True

    def _disconnect(self) -> None:
        if self._connected:
            import ray

            ray.shutdown()
            self._connected = False


def _check_listening(address: str) -> None:
    """Raise unless somebody listens at the address: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError) as error:
        raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: Exception) -> ServiceFailed:
    why = " ".join(str(error).split())[:300].rstrip(".")
    return ServiceFailed(
        f"cannot use the Ray cluster at {address}: {why}. Use the address that `ray start "
        "--head` printed, such as 10.0.0.1:6379, or drop --ray-address to use this machine "
        "only."
    )
