"""The read stage: a source in, Items out; every row of the source keeps its place.

The path is the same for all data: `opening` makes a table of the source, one modality takes its
contents from it (`text`, `vectors`, `pictures`; the first that finds some, see `_contents`), and
`read` adds what all rows have: ids, the other columns, and how everything was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.data import Items, SourceColumns
from shoal.data.records import DEEP
from shoal.errors import BadInput
from shoal.parts.readers.columns import as_known, choose_id, named_column
from shoal.parts.readers.rfm import customers_of
from shoal.parts.readers.table import Gather, Table, with_types
from shoal.parts.readers.wide import all_exactly_typed
from shoal.progress import SILENT, Progress
from shoal.stages.classes import n_several
from shoal.stages.reading.comparing import compared_with
from shoal.stages.reading.contents import UNREAD, Contents
from shoal.stages.reading.deciding import Decision, decide
from shoal.stages.reading.filtering import keep_where
from shoal.stages.reading.opening import gather_in, open_source, paths_of
from shoal.stages.reading.pictures import take_pictures
from shoal.stages.reading.records import take_records
from shoal.stages.reading.text import take_texts
from shoal.stages.reading.vectors import take_vectors

CONTENTS = ("text", "image", "vectors")
"""Options that name what is clustered where it is one column."""
DOCUMENTS = ("folder", "documents")
"""Kinds of tables that have a row for each document."""
DOCUMENT_TEXT = "text"
"""Their column of texts."""


def read(
    source: Any,
    params: Mapping[str, Any],
    vectors: Any = None,
    progress: Progress = SILENT,
    folder: Path | None = None,
) -> Items:
    """Read one source or several into Items.

    Parameters
    ----------
    source : path or paths ("-" is standard input), DataFrame, Series, or list of texts
    params : text, image, id, truth (columns, found out when absent), vectors (a column or a
        file), columns, outcome and dates (of records), rfm (of transactions), where (a condition),
        query (of SQL), sheet (of a workbook, or a table of a database), part, delimiter, encoding,
        header, keep_frames, leave_out and frames (of texts, see `taken_out`)
    vectors : (n_rows, n_dims) numbers in memory, in place of `params["vectors"]`
    progress : advanced once for each picture that is read
    folder : where the columns of a large table are put into files without names; it need not be
        there, if one above it is. They stay in memory when None

    Returns
    -------
    Items; rows without usable content are kept and marked

    Raises
    ------
    BadInput : if the source cannot be read, has no rows, or no row has usable content
    """
    if params.get("dates"):
        _check_form(params["dates"])
    gather = gather_in(folder)
    table, params = _opened(source, params, gather, progress)
    sources = paths_of(source)
    decision = decide(table, params, sources)
    found = _contents(table, params, vectors, sources, progress, gather, decision)
    if params.get("leave_out") and found.taken is None:
        raise BadInput(
            f"leave_out needs rows of one text each, got {found.modality} rows. Drop --leave-out, "
            "or name the column of the texts with --text."
        )
    compared = compared_with(table, params, found)
    repeats = found.repeats
    if len(repeats.excluded) == len(repeats.first) and not params.get("all_bad"):
        why = next(iter(repeats.excluded.values()))
        raise BadInput(
            f"none of the {len(repeats.first):,} rows has {found.wanted} First row: {why}."
        )
    id_name, id_why = choose_id(table, params.get("id"), _clustered_by(found))
    truth = params.get("truth")
    more: tuple[str, ...] = ()
    if truth is not None:
        more = _several_classes(table.columns[named_column(table, truth, "--truth")], truth)
    columns, renamed = _carried(table, (*found.used, id_name))
    carried = columns.column_names
    for name, values in found.columns.items():
        columns = columns.append_column(name, values)
    id_info = {"id": id_name, "id_reason": id_why}
    about = _about(table, params, decision, found, id_info, carried)
    if compared:
        about["outcomes"] = compared
    return Items(
        ids=_ids(table, id_name),
        contents=found.contents,
        modality=found.modality,
        columns=columns,
        first=repeats.first,
        excluded=repeats.excluded,
        notes=table.notes + decision.notes + found.notes + tuple(renamed) + more,
        about=about,
        texts=found.texts,
        pictures=found.pictures,
        keys=repeats.keys,
        taken=found.taken,
    )


def _several_classes(column: Any, name: str) -> tuple[str, ...]:
    """One sentence on rows with several ground-truth classes, if there are any."""
    n = n_several(column)
    if not n:
        return ()
    rows = "1 row has" if n == 1 else f"{n:,} rows have"
    return (f"{rows} several classes in {name!r}; a cluster of any of them counts as correct.",)


def _opened(
    source: Any, params: Mapping[str, Any], gather: Gather, progress: Progress
) -> tuple[Table, Mapping[str, Any]]:
    """The rows that are clustered, and the parameters for them."""
    table = open_source(source, params, gather, progress)
    if params.get("known"):
        table = as_known(table, params["known"])
    if params.get("where"):
        table = keep_where(table, params["where"], gather)
    if params.get("rfm"):
        table = customers_of(table, params["rfm"], dates=params.get("dates"))
        params = {**params, "id": params["rfm"][0]}
    return table, params


def _about(
    table: Table,
    params: Mapping[str, Any],
    decision: Decision,
    found: Contents,
    id_info: Mapping[str, Any],
    carried: list[str],
) -> SourceColumns:
    """Record how everything was chosen."""
    about: dict[str, Any] = {
        "text": None,
        "vectors": None,
        "image": None,
        **found.about,
        "modality": found.modality,
        "table": _kind_of(found),
        "roles": _roles(decision, found, id_info["id"]),
        **{key: params[key] for key in ("rfm", "dates") if params.get(key)},
        **id_info,
        "carried": carried,
        "truth": params.get("truth"),
        **_passed(table, params),
        "kind": table.kind,
        "choices": dict(table.choices),
    }
    return cast("SourceColumns", about)


def _passed(table: Table, params: Mapping[str, Any]) -> dict[str, Any]:
    """The --where condition and the size of the source; empty without a condition."""
    if table.n_source is None:
        return {}
    return {"where": params["where"], "source_rows": table.n_source}


def _check_form(form: str) -> None:
    """Raise if a date format is invalid, or has neither a year nor a day and a month."""
    day = datetime(2026, 11, 24)
    whole = form if "%y" in form.lower() else f"{form} %Y"
    try:
        found = datetime.strptime(day.strftime(whole), whole)
    except ValueError:
        found = None
    if found is None or found.year != day.year or (whole != form and found.date() != day.date()):
        raise BadInput(
            "read.dates must be a date format, such as %d/%m/%Y, %Y-%m-%d or %d %b, got "
            f"{form!r}. %d is the day, %m the month, %Y the year, %H:%M the time; leave it "
            "out to detect the format."
        )


def _contents(
    table: Table,
    params: Mapping[str, Any],
    vectors: Any,
    sources: list[Path],
    progress: Progress,
    gather: Gather,
    decision: Decision,
) -> Contents:
    """What is clustered: given vectors before pictures, and texts where there is neither."""
    if params.get("columns") and (vectors is not None or any(map(params.get, CONTENTS))):
        raise BadInput(
            "--columns is given, so --text, --image and --vectors do not apply here. List "
            "the column in --columns instead."
        )
    given = take_vectors(table, params, vectors, sources, progress, gather)
    if given is not None:
        return given
    named = any(params.get(key) for key in ("columns", "features", "rfm"))
    if table.kind in DOCUMENTS and not named and not params.get("image"):
        found = take_texts(table, {**params, "text": params.get("text") or DOCUMENT_TEXT})
        told = {} if params.get("text") else {"text_reason": "the text of each document"}
        return replace(found, about={**found.about, **told})
    picture = None if named else decision.picture
    pictures = None if named else take_pictures(table, params, sources, progress, picture)
    if pictures is not None:
        return pictures
    records = take_records(table, params, sources, progress, decision)
    return records or take_texts(table, params, gather, decision.texts)


def _kind_of(found: Contents) -> str:
    """The kind of the table in one word."""
    if found.modality == "record":
        used = [f["kind"] for f in found.about["features"] if f["use"] == "clustered"]
        return "mixed" if set(used) & set(DEEP) else "records"
    return {"text": "text", "image": "pictures", "vector": "vectors"}[found.modality]


def _roles(decision: Decision, found: Contents, id_name: str | None) -> list[dict[str, str]]:
    """Name, role and reason of each column, as it was used in the end."""
    info = {str(entry["name"]): dict(entry) for entry in decision.columns}
    for feature in found.about.get("features", ()):
        # of an older or a foreign run, a feature may not say what it is
        role, why = str(feature.get("role", "")), str(feature.get("why", ""))
        info[feature["name"]] = {"name": feature["name"], "role": role, "why": why}
        if role == "date":
            info[feature["name"]]["form"] = feature.get("form")
    about = found.about
    for key, role in (("text", "text"), ("image", "picture"), ("vectors", "vector")):
        if (name := about.get(key)) in info:
            info[str(name)] |= {
                "role": role,
                "why": str(about.get(f"{key}_reason", "named by you")),
            }
    if id_name in info:
        info[str(id_name)] |= {"role": "id"}
    return list(info.values())


def _clustered_by(found: Contents) -> list[str]:
    """Columns that cannot be the id because rows are clustered by them."""
    features = [f["name"] for f in found.about.get("features", ()) if f["use"] == "clustered"]
    return [str(found.about["text"] or ""), *features]


def _ids(table: Table, id_name: str | None) -> Any:
    if id_name is None:
        every = np.arange(len(table.columns)) if table.numbers is None else table.numbers
        return pa.chunked_array([pa.array(every)])
    column = table.columns[id_name]
    typed = with_types(column) if table.raw else column
    if table.raw and typed.type == pa.int64() and pc.cast(typed, column.type).equals(column):
        return typed
    # ids such as 1.10 or 2e5, which would change as numbers, stay text
    return column


def _carried(table: Table, used: tuple[str | None, ...]) -> tuple[Any, list[str]]:
    """The other columns, renamed if they clash with names that shoal writes."""
    names: list[str] = []
    taken = {"id", "text", "path", UNREAD}
    notes: list[str] = []
    left = table.columns.select([n for n in table.columns.column_names if n not in used])
    for name in left.column_names:
        new, suffix = name, 0
        while new in taken:
            suffix += 1
            new = f"{name}_{suffix}"
        if new != name:
            notes.append(f"The column {name!r} is named {new!r} in items.parquet.")
        names.append(new)
        taken.add(new)
    if not names:
        return pa.table({"id": pa.nulls(len(table.columns))}).select([]), notes
    arrays = all_exactly_typed(left) if table.raw else left.columns
    return pa.table(arrays, names=names), notes
