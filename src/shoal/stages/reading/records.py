"""Records: the columns that rows are clustered by, each of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from shoal.data.pictures import Picture
from shoal.data.records import DEEP, Column, Kind, Records, RecordTexts
from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.columns import choose_id
from shoal.parts.readers.finding import Finding
from shoal.parts.readers.kinds import as_kind, find_kind, kind_options
from shoal.parts.readers.rfm import FEATURES
from shoal.parts.readers.table import Table
from shoal.parts.readers.vectors import MISSING as MISSING_VECTOR
from shoal.parts.readers.vectors import column_matrix, is_vectors
from shoal.parts.readers.wide import plain_numbers
from shoal.progress import Progress
from shoal.stages.assigning import content_key
from shoal.stages.reading.contents import UNREAD, Contents, find_repeats
from shoal.stages.reading.deciding import USED, Decision, outcomes_of
from shoal.stages.reading.pictures import MISSING, holds_pictures, pictures_of

SHOWN_UNUSED = 3
"""Columns named in an error where none can be used."""
SHOWN_UNREAD = 3
"""Rows that are named of those with a picture that cannot be used."""
SPOKEN = ("free text", "name", "place", "code")
"""What is left out unless it is named, and is then embedded as text."""


def take_records(
    table: Table,
    params: Mapping[str, Any],
    sources: Sequence[Path],
    progress: Progress,
    decision: Decision,
) -> Contents | None:
    """The records of a table; None if it holds texts and no columns are named.

    Parameters
    ----------
    table : what was read
    params : columns (names), truth, outcome (names), id, dates; and "features" as a run has saved
        them, for rows that shall be read as its own
    sources, progress : for pictures among the columns, see `take_pictures`
    decision : whether the table is one of records where no columns are named, and what is known

    Raises
    ------
    BadInput : if a column is named that there is not, or none of the columns can be used
    """
    if params.get("features"):
        return _as_before(table, params["features"], sources, progress)
    if params.get("rfm"):
        params = {**params, "columns": params.get("columns") or list(FEATURES)}
    wanted = params.get("columns")
    if not wanted and (params.get("text") or decision.kind != "records"):
        return None
    names = table.columns.column_names
    _check_names(params, names)
    named = frozenset(wanted or ())
    found = {} if wanted else decision.findings
    known = {n: one for n, one in found.items() if one.kind not in ("vector", "picture")}
    numbers = {} if known or params.get("dates") else plain_numbers(table.columns)
    findings = {
        name: known.get(name)
        or (
            find_kind(column, name, **kind_options(params), numbers=numbers[name], names=names)
            if name in numbers
            else _finding(column, name, params, names, named=name in named)
        )
        for name, column in zip(names, table.columns.itercolumns(), strict=True)
    }
    features = _features(table, findings, params)
    used = [feature for feature in features if feature["use"] == "clustered"]
    if not used:
        raise _none_of(features, wanted)
    notes = tuple(
        note for f in features if f["use"] != "shown" for note in findings[f["name"]].notes
    )
    form, is_dated = params.get("dates"), any(f["form"] == params.get("dates") for f in features)
    if form and not is_dated and not params.get("rfm"):
        notes += (f"No column holds dates in the format {form!r} (read.dates).",)
    taken = _Taken(table, sources, progress)
    for feature in used:
        finding = findings[feature["name"]]
        if finding.kind == feature["kind"] and len(finding.values) == len(table.columns):
            column = Column(feature["name"], cast("Kind", finding.kind), finding.values)
            taken.columns.append(column)
        else:
            feature["unread"] = taken.add(feature)
        feature["gaps"] = int(taken.columns[-1].gaps.sum())
    return _contents(features, taken, notes)


def _check_names(params: Mapping[str, Any], names: Sequence[str]) -> None:
    """Raise if a named column does not exist."""
    known = set(names)
    for option in ("columns", "outcome"):
        for name in params.get(option) or ():
            if name not in known:
                raise UnknownPart.among(f"column (asked for by --{option})", name, names)


def _none_of(features: Sequence[Mapping[str, Any]], wanted: Sequence[str] | None) -> BadInput:
    """The error for unusable columns."""
    meant = [f for f in features if not wanted or f["name"] in wanted]
    info = "; ".join(f"{f['name']!r}: {f['why']}" for f in meant[:SHOWN_UNUSED])
    more = f"; and {len(meant) - SHOWN_UNUSED} more" if len(meant) > SHOWN_UNUSED else ""
    others = [f["name"] for f in features if f["kind"] in USED and f not in meant]
    mend = f", such as {','.join(others[:SHOWN_UNUSED])}" if others else ""
    named = "none of the columns named by --columns" if wanted else "no column"
    return BadInput(
        f"{named} can be used for clustering. {info}{more}. Name columns of numbers, dates or "
        f"categories with --columns{mend}."
    )


def _features(
    table: Table, findings: Mapping[str, Finding], params: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """How each column is used, and why."""
    wanted = set(params.get("columns") or ())
    outcomes = outcomes_of(findings, table.columns, params)
    id_name = choose_id(table, params.get("id"), wanted)[0]
    out = []
    for name, finding in findings.items():
        kind, why, use = finding.kind, finding.why, "clustered"
        if name in wanted and kind in SPOKEN and finding.role != "number":
            kind, why = "text", f"{finding.why.split(':')[0]}, and named by you"
        elif name == id_name and name not in wanted:
            kind, why, use = "id", "it is the row id", "left out"
        elif kind not in (*USED, *DEEP):
            use = "left out"
        elif kind in DEEP and name not in wanted:
            why, use = f"{why}; list it in --columns to use it", "left out"
        elif name in outcomes and name not in wanted:
            why, use = f"{why}; {outcomes[name]}", "shown"
        elif wanted and name not in wanted:
            why, use = f"{why}; not listed in --columns", "shown"
        if use == "shown" and kind in DEEP:
            use = "left out"
        role = "outcome" if name in outcomes and use == "shown" else finding.role_in_word
        out.append(
            {
                "name": name,
                "kind": kind,
                "role": "id" if kind == "id" else role,
                "use": use,
                "why": why,
                "form": finding.form,
                "gaps": 0,
                **({"meant": list(finding.meant)} if finding.meant else {}),
            }
        )
    return out


def _finding(
    column: Any, name: str, params: Mapping[str, Any], names: Sequence[str], *, named: bool
) -> Finding:
    """Find what a column holds; pictures and vectors only if the user named it."""
    if named and is_vectors(column.type):
        width = column_matrix(column, name)[0].shape[1]
        return Finding("vector", "it holds vectors", form=str(width))
    if named and holds_pictures(column):
        return Finding("image", "it holds pictures, or paths of them")
    return find_kind(column, name, **kind_options(params), names=() if named else names)


class _Taken:
    """Collects columns and the findings about them.

    Parameters
    ----------
    table, sources, progress : see `take_records`
    """

    def __init__(self, table: Table, sources: Sequence[Path], progress: Progress) -> None:
        self.table, self.sources, self.progress = table, sources, progress
        self.columns: list[Column] = []
        self.files: Any = None
        self.unread: dict[int, str] = {}
        self.notes: list[str] = []

    def add(self, feature: Mapping[str, Any]) -> int:
        """Read a column of known kind; how many of its pictures or vectors cannot be used."""
        name, kind = feature["name"], feature["kind"]
        unread: dict[int, str] = {}
        if kind == "vector":
            values, unread = _vectors(self.table.columns[name], feature)
        elif kind != "image":
            values = as_kind(
                self.table.columns[name], kind, feature["form"], feature.get("meant", ())
            )
        else:
            found, files = pictures_of(self.table, name, self.sources, self.progress)
            values = np.full(len(found), None, dtype=object)
            for row, picture in enumerate(found):
                if isinstance(picture, Picture):
                    values[row] = picture
                elif picture != MISSING:
                    unread[row] = picture
            # the first column of pictures is the one that is shown
            self.files = files if self.files is None else self.files
        self.columns.append(Column(name, kind, values))
        if unread:
            self._say(name, kind, unread)
        return len(unread)

    def _say(self, name: str, kind: str, unread: Mapping[int, str]) -> None:
        """Record unusable cells, per row and in a note."""
        for row, why in unread.items():
            info = f"{name}: {why}"
            self.unread[row] = f"{self.unread[row]}; {info}" if row in self.unread else info
        n, some = len(unread), list(unread.items())[:SHOWN_UNREAD]
        rows = ", ".join(f"{row} ({why})" for row, why in some)
        things = {"image": "picture", "vector": "vector"}[kind] + "s" * (n > 1)
        self.notes.append(
            f"{n:,} {things} in {name!r} cannot be used, in row{'s' * (n > 1)} "
            f"{rows}{' and others' if n > len(some) else ''}; these rows are clustered by "
            "their other columns."
        )

    @property
    def further(self) -> dict[str, Any]:
        """Further columns for items.parquet."""
        out = {} if self.files is None else {"path": self.files}
        if self.unread:
            rows = range(len(self.table.columns))
            out[UNREAD] = pa.array([self.unread.get(row) for row in rows], pa.large_string())
        return out


def _vectors(column: Any, feature: Mapping[str, Any]) -> tuple[Any, dict[int, str]]:
    """Vectors of a column of lists, (n_rows,), None where none can be used; and there why."""
    matrix, wrong = column_matrix(column, feature["name"])
    if matrix.shape[1] != int(feature["form"]):
        raise BadInput(
            f"the vectors in {feature['name']!r} have {matrix.shape[1]} dimensions, but the "
            f"run's have {feature['form']}."
        )
    finite = np.asarray(np.isfinite(matrix).all(axis=1))
    usable = finite & matrix.any(axis=1)
    out = np.full(len(matrix), None, dtype=object)
    for row in np.nonzero(usable)[0]:
        out[row] = matrix[row]
    unread = {
        int(row): "a vector of zeros" if finite[row] else "numbers that are not finite"
        for row in np.nonzero(~usable)[0]
    }
    unread |= wrong
    return out, {row: why for row, why in unread.items() if why != MISSING_VECTOR}


def _as_before(
    table: Table, features: Sequence[Mapping[str, Any]], sources: Sequence[Path], progress: Progress
) -> Contents:
    """Read new rows the way the run's rows were read.

    Raises
    ------
    BadInput : if the table lacks a column that the run was clustered by
    """
    used = [feature for feature in features if feature["use"] == "clustered"]
    names = table.columns.column_names
    lacking = [feature["name"] for feature in used if feature["name"] not in names]
    if lacking:
        raise BadInput(
            f"the run was clustered by {', '.join(map(repr, lacking[:5]))}, which the new rows do "
            f"not have. Their columns: {', '.join(names[:20])}."
        )
    taken = _Taken(table, sources, progress)
    for feature in used:
        taken.add(feature)
    return _contents(features, taken, ())


def _contents(
    features: Sequence[Mapping[str, Any]], taken: _Taken, notes: tuple[str, ...]
) -> Contents:
    """Columns as contents."""
    table, columns = taken.table, taken.columns
    records = Records(columns)
    for column in columns:
        table.check_everywhere(column.name)
    rows = ((_wrong(record), content_key(record)) for record in records)
    repeats = find_repeats(rows, table.problems)
    names = [column.name for column in columns]
    return Contents(
        modality="record",
        contents=records,
        repeats=repeats,
        wanted="a value in any of the columns that were chosen.",
        used=(),
        about={
            "text": None,
            "text_reason": f"rows are records of {len(names)} columns",
            "features": [dict(feature) for feature in features],
        },
        texts=RecordTexts(records),
        columns=taken.further,
        notes=notes + tuple(taken.notes),
    )


def _wrong(record: tuple[Any, ...]) -> str | None:
    return "no value in any column" if all(value is None for value in record) else None
