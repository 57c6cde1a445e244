"""``shoal anomalies``, ``duplicates`` and ``plot``."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.cli.screen import (
    cell,
    clean,
    fit_to_log,
    make_console,
    path_as_text,
    say_edits,
    say_written,
)
from shoal.data.entries import Entry
from shoal.errors import BadInput
from shoal.run.handle import Run
from shoal.text.words import many
from shoal.views.plots import ENDINGS
from shoal.views.progress import BarProgress, LineProgress
from shoal.writing import TABLE_ENDINGS, check_free, write_table

SHOWN_OF_GROUP = 4
"""Rows of a group of near-duplicates that are printed."""

VERDICTS = {"accept": "; confirmed by a person", "reject": "; dismissed by a person"}
ID_WIDTH = 16
"""Most columns of an id."""


def run_anomalies(path: Path, n_shown: int, out: Path | None, *, force: bool) -> None:
    """Do `shoal anomalies`."""
    _check(out, force=force)
    run = Run(path)
    found, info = run.anomalies, run.evaluation["anomalies"]
    console = fit_to_log(Console(highlight=False))
    beyond = [entry for entry in found if entry["anomaly"]]
    groups = many(info["groups"], "odd group")
    head = f"{many(info['n'], 'anomaly', 'anomalies')}: {many(info['lone'], 'lone row')}, {groups}"
    console.print(Text(head if beyond else "no anomalies; these rows stand out most", "bold"))
    console.print(Text(info["rule"], "dim"))
    say_edits(console, run.edits_said)
    entries = _once_a_group(beyond or found)
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("times", justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("row", no_wrap=True)
    table.add_column("why", ratio=1, overflow="fold", style="dim")
    for entry in entries[:n_shown]:
        table.add_row(
            f"{entry['score']:.2f}",
            cell(str(entry["id"]), ID_WIDTH),
            cell(entry["text"], max(20, console.width // 2 - ID_WIDTH)),
            Text(clean(entry["reason"] + VERDICTS.get(entry.get("verdict", ""), ""), 340)),
        )
    console.print(table)
    if len(entries) > n_shown:
        console.print(Text(f"and {len(entries) - n_shown:,} more; see -n and -o", "dim"))
    _write(found, out)


def _once_a_group(entries: list[Entry]) -> list[Entry]:
    """Keep all lone rows, but only the first entry of each group."""
    seen: set[int] = set()
    out = []
    for entry in entries:
        if entry["group"] not in seen:
            out.append(entry)
        if entry["group"] is not None:
            seen.add(entry["group"])
    return out


def run_duplicates(
    path: Path, n_shown: int, out: Path | None, columns: dict[str, str | None], *, force: bool
) -> None:
    """Do `shoal duplicates RUN`."""
    _check(out, force=force)
    if given := sorted(key.strip("_") for key, value in columns.items() if value is not None):
        raise BadInput(
            f"--{given[0]} only applies to OTHER. Name OTHER as well, or drop the option."
        )
    run = Run(path)
    found, info = run.duplicates, run.evaluation["duplicates"]
    console = fit_to_log(Console(highlight=False))
    head = (
        f"{many(info['rows'], 'row repeats', 'rows repeat')} another: {info['exact']:,} exactly, "
        f"{info['near']:,} nearly, in {many(info['groups'], 'group')}"
    )
    console.print(Text(head if found else "no row repeats another", "bold"))
    console.print(Text(info["rule"], "dim"))
    say_edits(console, run.edits_said)
    _print_groups(console, found, n_shown)
    _write(found, out)


def run_overlap(
    path: Path,
    other: Path,
    n_shown: int,
    out: Path | None,
    columns: dict[str, str | None],
    *,
    force: bool,
) -> None:
    """Do `shoal duplicates RUN OTHER`."""
    _check(out, force=force)
    run, console, log = Run(path), fit_to_log(Console(highlight=False)), make_console()
    progress = BarProgress(log) if log.is_terminal else LineProgress(log)
    wanted: Entry = {key.strip("_"): value for key, value in columns.items()}
    try:
        found = run.duplicates_with(other, **wanted, progress=progress)
    finally:
        progress.close()
    names = path_as_text(other), path_as_text(path)
    verb = "is" if found.rows == 1 else "are"
    head = (
        f"{found.rows:,} of the {many(found.n_rows, 'row')} of {names[0]} {verb} in {names[1]} "
        f"too: {found.exact:,} exactly, {found.near:,} nearly"
        if found.rows
        else f"none of the {many(found.n_rows, 'row')} of {names[0]} is in {names[1]}"
    )
    console.print(Text(head, "bold"))
    console.print(Text(found.rule, "dim"))
    if found.n_unused:
        info = many(found.n_unused, "row")
        console.print(Text(f"{info} of {names[0]} could not be read, and were not compared", "dim"))
    for note in found.notes:
        console.print(Text(clean(note, 400), "dim"))
    if found.rows:
        console.print(Text("bold: a row of the run; below it: the rows that repeat it", "dim"))
    _print_groups(console, found.table.to_pylist(), n_shown)
    if out is not None:
        say_written(log, out, write_table(found.table, out))


def _print_groups(console: Console, found: list[Entry], n_shown: int) -> None:
    """Print the first groups of near-duplicates."""
    groups: dict[int, list[Entry]] = {}
    for entry in found:
        groups.setdefault(entry["group"], []).append(entry)
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column("alike", justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("row", no_wrap=True)
    for entries in list(groups.values())[:n_shown]:
        for entry in entries[:SHOWN_OF_GROUP]:
            alike = "exact" if entry["exact"] else f"{entry['similarity']:.2f}"
            text = cell(entry["text"], max(20, console.width - ID_WIDTH - 12))
            text.stylize("bold" if entry["representative"] else "")
            table.add_row(
                "" if entry["representative"] else alike, cell(str(entry["id"]), ID_WIDTH), text
            )
        if len(entries) > SHOWN_OF_GROUP:
            table.add_row("", "", Text(f"and {len(entries) - SHOWN_OF_GROUP:,} more", "dim"))
    if groups:
        console.print(table)
    if len(groups) > n_shown:
        console.print(
            Text(f"and {many(len(groups) - n_shown, 'more group')}; see -n and -o", "dim")
        )


def _check(out: Path | None, *, force: bool) -> None:
    if out is not None:
        if out.suffix.lower() not in TABLE_ENDINGS:
            raise BadInput(f"-o must end in {', '.join(TABLE_ENDINGS)}, got {out.name!r}.")
        check_free(out, force=force)


def _write(entries: list[Entry], out: Path | None) -> None:
    if out is not None:
        if not entries:
            raise BadInput(f"there is nothing to write, so {out} was not made.")
        say_written(make_console(), out, write_table(pa.Table.from_pylist(entries), out))


def run_plot(path: Path, kind: str, out: Path, options: Entry, *, force: bool) -> None:
    """Do `shoal plot`."""
    if out.suffix.lower() not in ENDINGS:
        raise BadInput(f"-o must end in {', '.join(ENDINGS)}, got {out.name!r}.")
    check_free(out, force=force)
    wanted = {name: value for name, value in options.items() if value is not None}
    if kind == "flow" and "other" not in wanted:
        raise BadInput("a flow chart needs a second run. Name it with --with RUN.")
    run = Run(path)
    run.plot(kind, **wanted).save(out, force=force)
    console = make_console()
    say_written(console, out)
    say_edits(console, run.edits_said)
