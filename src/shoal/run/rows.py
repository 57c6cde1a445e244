"""Lists of entries that a notebook or Python prompt shows as a small table."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from shoal.data.entries import Entry
from shoal.text.cleaning import clean, shorten
from shoal.text.words import many

SHOWN = 20
"""Entries that are shown."""
WIDTH = 60
"""Characters of a cell."""


class Rows(list[Entry]):
    """A list of dicts, displayed as a table of its first entries.

    Parameters
    ----------
    entries : the dicts
    columns : keys that are shown, in this order; the dicts may hold more
    noun : what one entry is called, and several
    """

    def __init__(
        self, entries: Iterable[Entry], columns: Sequence[str], noun: tuple[str, str]
    ) -> None:
        super().__init__(entries)
        self._columns, self._noun = tuple(columns), noun

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as what it is made from."""
        return type(self), (list(self), self._columns, self._noun)

    def _table(self) -> tuple[list[str], list[list[str]]]:
        """The columns that some entry has, and their cells as texts."""
        shown = self[:SHOWN]
        columns = [key for key in self._columns if any(e.get(key) is not None for e in self)]
        return columns, [[_cell(entry.get(key)) for key in columns] for entry in shown]

    def _is_number(self, column: str) -> bool:
        return all(isinstance(e.get(column), int | float | None) for e in self[:SHOWN])

    @property
    def _head(self) -> str:
        return many(len(self), *self._noun) if self else f"no {self._noun[1]}"

    @property
    def _rest(self) -> str:
        return f"and {len(self) - SHOWN:,} more" if len(self) > SHOWN else ""

    def __repr__(self) -> str:
        """The table in plain text."""
        columns, cells = self._table()
        lines = [self._head]
        if columns and cells:
            widths = [max(len(row[i]) for row in [columns, *cells]) for i in range(len(columns))]
            right = [self._is_number(column) for column in columns]
            for row in [columns, *cells]:
                padded = [
                    text.rjust(width) if number else text.ljust(width)
                    for text, width, number in zip(row, widths, right, strict=True)
                ]
                lines.append("  ".join(padded).rstrip())
        return "\n".join([*lines, *([self._rest] if self._rest else [])])

    def _repr_html_(self) -> str:
        """The table for notebooks; every text is escaped."""
        columns, cells = self._table()
        aligned = [
            f' style="text-align:{"right" if self._is_number(column) else "left"}"'
            for column in columns
        ]

        def line(texts: list[str], tag: str) -> str:
            parts = zip(texts, aligned, strict=True)
            inner = "".join(
                f"<{tag}{side}><bdi>{html.escape(text)}</bdi></{tag}>" for text, side in parts
            )
            return f"<tr>{inner}</tr>"

        body = "".join(line(row, "td") for row in cells)
        table = (
            f"<table><thead>{line(columns, 'th')}</thead><tbody>{body}</tbody></table>"
            if cells and columns
            else ""
        )
        rest = f"<p>{self._rest}</p>" if self._rest else ""
        return f"<div><p><strong>{html.escape(self._head)}</strong></p>{table}{rest}</div>"


def _cell(value: object) -> str:
    """A value as a short line."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value[:5])
    return shorten(clean(value), WIDTH)
