"""What a describer gets and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


class Name(NamedTuple):
    """The name of one cluster.

    Parameters
    ----------
    title : a few words, unlike the title of any other cluster
    keywords : what sets the cluster apart, best first
    written_by : who wrote the title, where that is not the part itself
    note : what a person should know of how the title came about
    summary : what the cluster is in a sentence or two
    theme : title of its theme, where the part names themes too
    """

    title: str
    keywords: tuple[str, ...]
    written_by: str = ""
    note: str = ""
    summary: str = ""
    theme: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Where texts and phrases can be compared.

    Parameters
    ----------
    vectors : (n, n_dims) float32, unit vectors of the texts
    embed : list of m strings -> (m, n_dims) float32, unit vectors in the same space
    """

    vectors: NDArray[np.float32]
    embed: Callable[[list[str]], NDArray[np.float32]]


class Describer(Protocol):
    """What the describe stage requires of a part."""

    def describe(
        self, texts: Sequence[str], labels: NDArray[np.int32], space: Space | None = None
    ) -> list[Name]:
        """Name each cluster; `space` is None where phrases cannot be embedded."""


@runtime_checkable
class MayGoUnanswered(Protocol):
    """A describer that asks a service, and may be told that no answer is an error."""

    must_answer: bool
