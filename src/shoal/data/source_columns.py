"""How each column of a source was used, as `Items.about` and `columns` of run.json say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

Modality = Literal["text", "vector", "image", "record"]


class Compared(TypedDict):
    """A column that clusters are compared by."""

    name: str
    kind: str
    """Type of its values, such as "number", "category" or "image"."""
    form: str
    """How its numbers or dates are written, or the dimensions of its vectors."""
    meant: NotRequired[list[str]]


class Feature(Compared):
    """A column of records. A run of an older shoal may lack `role` and `gaps`."""

    use: str
    """Whether it is "clustered", "shown" or "left out"."""
    why: str
    role: NotRequired[str]
    gaps: NotRequired[int]
    unread: NotRequired[int]


class Role(TypedDict):
    """What a column of the source was taken for."""

    name: str
    role: str
    why: str
    form: NotRequired[str | None]


class Block(TypedDict):
    """The dimensions of the vectors that one column of records has."""

    name: str
    start: int
    stop: int
    weight: float
    done: str
    """What was done to the column, such as "scaled"."""


class SourceColumns(TypedDict, total=False):
    """Which column is the text, the picture, the id and so on, each with the reason."""

    text: str | None
    text_reason: str
    image: str | None
    image_reason: str
    vectors: str | None
    id: str | None
    id_reason: str
    truth: str | None
    features: list[Feature]
    outcomes: list[Compared]
    roles: list[Role]
    carried: list[str]
    modality: Modality
    table: str
    """"text", "pictures", "vectors", "records", or "mixed" for several kinds of columns."""
    kind: str
    """How the source is stored, such as "folder" or "frame"."""
    choices: Mapping[str, Any]
    rfm: list[str]
    dates: str
    where: str
    source_rows: int
