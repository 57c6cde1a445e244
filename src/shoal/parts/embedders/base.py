"""What an embedder is, what it says about itself, and how it batches its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shoal.data.source_columns import Block
from shoal.errors import BadInput, BrokenRun
from shoal.numerics.arrays import AnyArray, NamedArrays


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model, exactly.

    Parameters
    ----------
    name : for people, such as "all-MiniLM-L6-v2"
    revision : says the weights and every setting that changes a vector, such as a sha256
    licence : of the weights
    remember : where vectors are kept while a run goes on: "shared" with all runs; "run", only in
        the run's folder, where the same revision may give other vectors tomorrow; "no" where
        making them again is cheaper than keeping them
    """

    name: str
    revision: str
    licence: str
    remember: Literal["shared", "run", "no"] = "shared"


@dataclass(frozen=True, slots=True, eq=False)
class BatchPlan:
    """Which contents are embedded together.

    Parameters
    ----------
    batches : positions of the contents of each batch; every position once
    costs : (n_batches,) relative work of each batch
    cut : (n,) bool, which contents are longer than the model reads
    """

    batches: Sequence[NDArray[np.int64]]
    costs: NDArray[np.float64]
    cut: NDArray[np.bool_]


class Embedder(Protocol):
    """What the embed stage requires of a part.

    It can be pickled, for an engine that sends it elsewhere; what holds a model open derives from
    :class:`Remade`. One that takes anything but texts has `modalities`, the kinds of contents that
    it takes.

    A part with ``cheap = True`` is also asked for some thousands of phrases, to name clusters by
    their meaning; any other is asked for the contents and no more.
    """

    info: ModelInfo
    parallel: bool

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Cut the contents into batches that depend on nothing but the contents."""

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Embed one batch: (n, n_dims) float32."""


@runtime_checkable
class HasModalities(Protocol):
    """An embedder that says which kinds of contents it takes, such as ("text", "image")."""

    modalities: tuple[str, ...]


@runtime_checkable
class HasCost(Protocol):
    """An embedder that says whether phrases may be embedded beside the contents."""

    cheap: bool


@runtime_checkable
class StaysLocal(Protocol):
    """An embedder whose work costs less than sending it to another process."""

    at_home: bool


@runtime_checkable
class Transforms(Protocol):
    """Anything with the method of an embedder that makes vectors."""

    def transform(self, contents: Any) -> Any:
        """Return (n, n_dims) vectors of n contents."""


@runtime_checkable
class Restorable(Protocol):
    """An embedder that learns from the data of a run, and whose state is saved without pickle."""

    def arrays(self) -> NamedArrays:
        """Return the learned state as named arrays."""

    def restore(self, arrays: Mapping[str, AnyArray]) -> Any:
        """Set the state to what `arrays` returned."""


@runtime_checkable
class LearnsFromData(Protocol):
    """An embedder that is fitted to the contents alone."""

    def learn(self, contents: Sequence[Any]) -> Any:
        """Fit to the distinct contents, (n,)."""


@runtime_checkable
class LearnsFromTeacher(Protocol):
    """An embedder that is fitted to what another embedder says of a sample."""

    teacher: str

    def lessons(self, contents: Sequence[str]) -> list[str]:
        """Return the texts that the teacher has to embed."""

    def fit(self, lessons: list[str], vectors: NDArray[np.float32], teacher: Embedder) -> Any:
        """Fit to the teacher's vectors of these texts, (n_lessons, n_dims)."""


@runtime_checkable
class HasLayout(Protocol):
    """An embedder whose vectors are blocks side by side, one for each column."""

    @property
    def layout(self) -> list[Block]:
        """Name, start, stop and weight of each block."""


@runtime_checkable
class HasAgreement(Protocol):
    """An embedder that approximates another one."""

    agreement: float | None


@runtime_checkable
class MeasuresTails(Protocol):
    """An embedder of records that says how far a number lies outside the usual range."""

    def tail_excess(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Return (n, n_numbers), 0 inside of the usual range."""


def modalities_of(embedder: object) -> tuple[str, ...]:
    """Kinds of contents that an embedder, or its class, takes: texts, unless it says otherwise."""
    return embedder.modalities if isinstance(embedder, HasModalities) else ("text",)


def is_cheap(embedder: object) -> bool:
    """Whether phrases may be embedded beside the contents."""
    return isinstance(embedder, HasCost) and embedder.cheap


def is_local(embedder: object) -> bool:
    """Whether an embedder works in this process whatever the engine is."""
    return isinstance(embedder, StaysLocal) and embedder.at_home


class Remade:
    """An embedder that is sent to another process as what it was made with.

    A model that is open cannot be sent, and made anew it gives the same vectors.
    """

    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Keep the arguments of the outermost constructor."""
        made = super().__new__(cls)
        made._made_with = args, kwargs
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        args, kwargs = self._made_with
        return partial(type(self), **kwargs), args


def check_pinned(pinned: str, revision: str, model: str) -> None:
    """Raise unless a model's files are those that a run was made with, before they are opened.

    Parameters
    ----------
    pinned : revision of the run's model, empty where there is no run yet
    revision : what the files give; the run's begins with it
    model : for error messages

    Raises
    ------
    BrokenRun : if they are others
    """
    if pinned and pinned != revision and not pinned.startswith(f"{revision}:"):
        raise BrokenRun(
            f"the run was made with {pinned}, but the files of {model} are {revision} now. "
            "They were not opened. Restore the original model, or cluster the source again."
        )


def check_modality(embedder: Embedder, modality: str) -> None:
    """Raise unless an embedder takes contents of a kind.

    Raises
    ------
    BadInput : if it does not
    """
    known = modalities_of(embedder)
    if modality not in known:
        raise BadInput(
            f"the embedder {embedder.info.name!r} accepts {' and '.join(known)}, but the data "
            f"is {modality}. Drop --embedder, or choose one that accepts it: shoal parts "
            "embedder."
        )


def even_plan(n: int, size: int) -> BatchPlan:
    """Batches of `size` in the given order, all of one cost."""
    batches = [np.arange(i, min(i + size, n)) for i in range(0, n, size)]
    costs = np.array([len(b) for b in batches], dtype=np.float64)
    return BatchPlan(batches, costs, np.zeros(n, dtype=bool))


def checked(vectors: Any, n: int, name: str) -> NDArray[np.float32]:
    """What a model of others returned as (n, n_dims) float32.

    Parameters
    ----------
    vectors : anything numpy makes an array of
    n : how many vectors were asked for
    name : of the model, for error messages

    Raises
    ------
    BadInput : if it is not one finite vector per content
    """
    try:
        found = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(
            f"the embedder {name!r} returned {_what(vectors, error)}; "
            "it must return one vector per row, (n, n_dims)."
        ) from error
    if found.ndim != 2 or len(found) != n or (n and not found.shape[1]):
        raise BadInput(
            f"the embedder {name!r} returned shape {found.shape} for {n} rows; it must return "
            "one vector per row, (n, n_dims)."
        )
    if not np.isfinite(found).all():
        raise BadInput(f"the embedder {name!r} returned values that are not finite.")
    return found


def _what(vectors: Any, error: Exception) -> str:
    """What numpy makes no array of numbers of, in words."""
    rows = vectors if isinstance(vectors, Sequence) and not isinstance(vectors, str) else ()
    lengths = sorted({len(row) for row in rows if isinstance(row, Sized)})
    if len(lengths) > 1:
        return f"vectors of different lengths, from {lengths[0]} to {lengths[-1]} numbers"
    return f"something that is not an array of numbers: {error}"


class CallableEmbedder:
    """One's own function as an embedder.

    Parameters
    ----------
    function : list of contents -> (n, n_dims) numbers
    batch_rows : contents handed over at once
    """

    parallel = False
    modalities = ("text", "image")

    def __init__(self, function: Callable[[list[Any]], Any], *, batch_rows: int = 256) -> None:
        self.function = function
        self.batch_rows = batch_rows
        # an object with __call__ has no name of its own
        name = getattr(function, "__qualname__", type(function).__name__)
        self.info = ModelInfo(name, f"callable:{name}", "your own", remember="run")

    def plan(self, contents: Sequence[Any]) -> BatchPlan:
        """Batches of `batch_rows` in order."""
        return even_plan(len(contents), self.batch_rows)

    def transform(self, contents: Sequence[Any]) -> NDArray[np.float32]:
        """Embed one batch and check what comes back.

        Raises
        ------
        BadInput : if the function does not return one finite vector per content
        """
        return checked(self.function(list(contents)), len(contents), self.info.name)
