"""Shared by the clusterers: their contract, and checks of parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from shoal.data import Layer
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray
from shoal.numerics.blocks import serial_algebra
from shoal.plugins import parameters_of


class Clusterer(Protocol):
    """What a clusterer must provide: scikit-learn's contract and nothing else.

    ``fit`` may also take ``neighbors`` (rows, distances), each (n, k); ``hierarchy``, what an
    earlier fit left; ``scratch``, where large arrays are made; ``keys`` (n,) uint64, what stands
    for each row's content; ``copies`` (n,), how many rows hold it; and ``alike``.
    """

    labels_: NDArray[np.integer[Any]]

    def fit(self, X: NDArray[np.float32], y: None = None) -> Self:
        """Find ``labels_`` (n,) of the unit vectors X, (n, n_dims); -1 is noise."""


class Estimator:
    """Base of the clusterers: what scikit-learn asks of its own, without importing it.

    scikit-learn takes longer to import than a small run takes; its ``clone``, pipelines and
    searches take such an object as they take a ``BaseEstimator``.
    """

    labels_: NDArray[np.int32]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the constructor by name; `deep` changes nothing."""
        return {name: vars(self)[name] for name in parameters_of(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the constructor.

        Raises
        ------
        ValueError : if one of them does not exist, as in scikit-learn
        """
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}. It has: {', '.join(known)}."
                )
            setattr(self, name, value)
        return self

    def fit_predict(self, X: NDArray[np.float32], y: object = None, **known: Any) -> Any:
        """Fit and return ``labels_``, (n,); `known` is handed on to ``fit``."""
        self.fit(X, **known)  # type: ignore[attr-defined]
        return self.labels_

    def __repr__(self) -> str:
        chosen = ", ".join(
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not parameters_of(type(self))[name].default
        )
        return f"{type(self).__name__}({chosen})"

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn's own tools ask a clusterer for."""
        from sklearn.utils import InputTags, Tags, TargetTags

        target = TargetTags(required=False)
        return Tags(estimator_type="clusterer", target_tags=target, input_tags=InputTags())


def unfitted(clusterer: Any) -> Any:
    """A new clusterer with the same parameters, as scikit-learn's ``clone`` makes it.

    Raises
    ------
    BadInput : if it is not one that scikit-learn knows how to copy
    """
    if isinstance(clusterer, Estimator):
        params = clusterer.get_params()
        return type(clusterer)(**{name: deepcopy(value) for name, value in params.items()})
    from sklearn.base import clone

    try:
        return clone(clusterer)
    except TypeError as error:
        raise BadInput(
            f"{type(clusterer).__name__} is not a scikit-learn clusterer: it has no "
            "get_params. Derive it from sklearn.base.BaseEstimator and ClusterMixin."
        ) from error


_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Fitted:
    """The results of a fitted clusterer: attributes of these names with a trailing underscore.

    Parameters
    ----------
    labels : (n,) whole numbers, -1 for noise; the only one that a scikit-learn clusterer has
    centres : (n_clusters, n_dims) if a new row belongs to the nearest
    layers : levels of detail, and which of them was `chosen`
    final : whether the labels are decided, so that nothing is left out of them or put into them
    stabilities : (n_clusters,) how well each is found again
    curves : what its choice was made by
    range : the smallest and the largest number of clusters that are as good
    reason : one sentence that says why these clusters
    hierarchy : arrays that another cut can be made of
    """

    labels: NDArray[np.integer[Any]]
    centres: NDArray[np.float32] | None = None
    layers: Sequence[Any] = ()
    chosen: int = 0
    final: bool = False
    stabilities: Sequence[float] = ()
    curves: Sequence[Any] = ()
    range: tuple[int, int] | None = None
    reason: str = ""
    hierarchy: Mapping[str, AnyArray] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Clusterer) -> Self:
        """Read the results of a fitted clusterer, which may have only some of them."""
        # scikit-learn's contract: what was learned is an attribute that exists only after fit
        found = {one.name: getattr(model, f"{one.name}_", _MISSING) for one in fields(cls)}
        return cls(**{name: value for name, value in found.items() if value is not _MISSING})


@runtime_checkable
class HasLabels(Protocol):
    """A fitted clusterer."""

    labels_: NDArray[np.integer[Any]]


@runtime_checkable
class Remeasures(Protocol):
    """A clusterer that measures a layer again once rows have been left out of it."""

    def remeasured(self, layer: Layer) -> Layer:
        """Return the layer with the measures of the rows that are left."""


@runtime_checkable
class Recuttable(Protocol):
    """A clusterer that keeps a hierarchy, and the parameters that only choose where to cut it."""

    cut_parameters: Set[str]


def cut_parameters(clusterer: object) -> Set[str]:
    """Parameters that only choose a cut of the hierarchy; none for a clusterer without one."""
    return clusterer.cut_parameters if isinstance(clusterer, Recuttable) else frozenset()


def at_least(name: str, value: Any, least: int) -> int:
    """A parameter that must be a whole number of at least `least`.

    Raises
    ------
    BadInput : if it is not
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise BadInput(f"{name} must be a whole number of at least {least}, got {value!r}.")
    return int(value)


def counted(n_clusters: int) -> str:
    """Such as "1 cluster" or "7 clusters"."""
    return "1 cluster" if n_clusters == 1 else f"{n_clusters} clusters"


@contextmanager
def fitting() -> Iterator[None]:
    """Around a fit of scikit-learn's: the same sums each time, and no warnings of its own.

    On one thread, because with more, partial sums are added in the order in which threads finish.
    A fit that has not settled, or finds fewer clusters than asked for, is said in ``reason_``.
    """
    from sklearn.exceptions import ConvergenceWarning

    with serial_algebra(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def all_alike(vectors: NDArray[np.float32]) -> bool:
    """Whether all rows are the same, to single precision."""
    return bool(np.allclose(vectors, vectors[:1], atol=1e-6))
