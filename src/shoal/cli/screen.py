"""Terminal output of a run: the plan and the progress (the summary is in `summary`)."""

from __future__ import annotations

import json
import os
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.data.source_columns import Role
from shoal.run.plan import Plan
from shoal.storage.remote import shown
from shoal.text.words import many
from shoal.views.progress import seconds_as_words

SHOWN_NOTES = 8
MAX_ROLES, MAX_COLUMNS = 40, 200
"""Columns that are printed beside a column of texts, and of records."""
MAX_REASON = 160
"""Characters of why a column holds what it does."""
NAME_WIDTH = 10
PLAIN_REASONS = ("its values are numbers", "it has two different numbers")
"""Reasons for a role that say no more than the role."""
LOG_WIDTH = 100
"""Columns of a table where there is no terminal to fit into."""


def clean(text: str, width: int) -> str:
    """One line of a text from the data, shortened, with nothing that could steer a terminal."""
    # joiners and marks of direction are taken out, not made a gap: an emoji family stays together
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    plain = "".join(char if char.isprintable() else " " for char in kept)
    plain = re.sub(r"\s+", " ", plain).strip()
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def make_console() -> Console:
    """Console on standard error, so that standard output stays free for data."""
    return fit_to_log(Console(stderr=True, highlight=False, soft_wrap=False))


def fit_to_log(console: Console) -> Console:
    """Widen the console for logs, where no terminal sets a width."""
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = LOG_WIDTH
    return console


def say(console: Console, name: str, text: str, style: str = "", *, whole: bool = False) -> None:
    """Print a name and its text.

    Parameters
    ----------
    name : in bold, may be empty
    text : wrapped below itself in a terminal; in a log one entry is one line
    style : of the text
    whole : never wrap, so that a path can be copied
    """
    available = max(console.width - NAME_WIDTH - 1, 20)
    wrap = console.is_terminal and not whole
    for line in textwrap.wrap(text, available) if wrap else [text]:
        row = Text.assemble((f"{name:<{NAME_WIDTH}}", "bold"), (line, style))
        console.print(row, soft_wrap=True)
        name = ""


def show_plan(console: Console, plan: Plan, *, carried_out: bool = True) -> None:
    """Print the plan of a run."""
    kinds = {"image": "pictures", "vector": "vectors", "record": "rows"}
    kind = kinds.get(plan.about["modality"], "texts")
    distinct = "" if plan.distinct == plan.rows else f", {plan.distinct:,} distinct {kind}"
    say(console, "rows", f"{plan.rows:,}{distinct}")
    for why, count in plan.excluded.items():
        say(console, "", f"{count:,} unusable: {why} (kept in the output)", "yellow")
    about = plan.about
    if image := about.get("image"):
        say(console, "image", f"column {clean(image, 40)!r}: {about['image_reason']}")
    if about.get("features"):
        show_columns(console, plan)
    else:
        if len(about["roles"]) > 1:
            show_roles(console, about["roles"])
        named = f"column {clean(about['text'], 40)!r}: " if about["text"] else ""
        say(console, "text", named + clean(about["text_reason"], 200))
    named = f"column {clean(about['id'], 40)!r}: " if about["id"] else ""
    say(console, "id", named + about["id_reason"])
    longer = many(plan.truncated, "text is", "texts are")
    cut = f"; {longer} longer than its limit" if plan.truncated else ""
    say(console, "model", f"{clean(plan.model, 80)}{cut}")
    if plan.known:
        kind = "texts and pictures" if plan.blocks else kind
        say(console, "", f"{plan.known:,} of {plan.contents:,} {kind} are already embedded")
    say(
        console,
        "estimate",
        f"{seconds_as_words(plan.seconds)}, {plan.memory_mb / 1000:.1f} GB of memory, "
        f"{many(plan.threads, 'thread')}",
    )
    if carried_out:
        say(console, "into", path_as_text(plan.folder), whole=True)
    for note in plan.notes[:SHOWN_NOTES]:
        say(console, "note", clean(note, 300), "yellow")
    if len(plan.notes) > SHOWN_NOTES:
        say(console, "note", f"and {len(plan.notes) - SHOWN_NOTES} more; see run.json", "yellow")
    console.print()


def show_what_would_be(plan: Plan, *, as_json: bool) -> None:
    """Print a plan only: as a table, or as a single JSON document."""
    if not as_json:
        show_plan(make_console(), plan, carried_out=False)
        return
    info = {
        "rows": plan.rows,
        "kind": plan.about["table"],
        "columns": [
            {"name": entry["name"], "role": entry["role"], "why": entry["why"]}
            for entry in plan.about["roles"]
        ],
        "estimate": {
            "seconds": round(plan.seconds, 1),
            "memory_mb": round(plan.memory_mb),
            "threads": plan.threads,
        },
        "model": plan.model,
        "notes": list(plan.notes),
    }
    click.echo(json.dumps(info, ensure_ascii=False, indent=2))


def _column_table() -> Table:
    """A table of columns of the data; only why a column holds what it does may wrap."""
    table = Table(box=None, padding=(0, 1), show_header=False, expand=False)
    for no_wrap in (True, True, True, False):
        table.add_column("", no_wrap=no_wrap)
    return table


def show_roles(console: Console, roles: Sequence[Role]) -> None:
    """Print what each column holds, and why."""
    table = _column_table()
    for entry in roles[:MAX_ROLES]:
        why = cell(entry["why"], MAX_REASON)
        name = cell(entry["name"], 28)
        table.add_row(" " * (NAME_WIDTH - 2), name, entry["role"], why, style="dim")
    if len(roles) > MAX_ROLES:
        table.add_row("", f"and {len(roles) - MAX_ROLES} more", "", "", style="dim")
    say(console, "columns", many(len(roles), "column"))
    console.print(table)


def show_columns(console: Console, plan: Plan) -> None:
    """Print how each column of records is used, and why."""
    done = {block["name"]: block for block in plan.blocks}
    features = plan.about["features"]
    say(console, "records", f"of {many(len(done), 'column')}")
    table = _column_table()
    shown = features if len(features) <= MAX_COLUMNS else features[: MAX_COLUMNS - 1]
    for feature in shown:
        block = done.get(feature["name"])
        info = block["done"] if block else feature["why"]
        if block and feature["why"] not in PLAIN_REASONS:
            info = f"{feature['why'].removeprefix('its values are ')}; {info}"
        if block and feature["gaps"]:
            info = info.replace("gaps", many(feature["gaps"], "gap"))
        if block and feature.get("unread"):
            info = f"{feature['unread']:,} unusable; {info}"
        if block and block["weight"] != 1:
            info += f"; weight {block['weight']:g}"
        table.add_row(
            " " * (NAME_WIDTH - 2),
            cell(feature["name"], 28),
            feature.get("role", feature["kind"]) if block else feature["use"],
            cell(info, MAX_REASON),
            style="" if block else "dim",
        )
    if len(shown) < len(features):
        more = f"and {len(features) - len(shown):,} more, which run.json lists"
        table.add_row("", more, "", "", style="dim")
    console.print(table)


def path_as_text(path: Path) -> str:
    """Format a path without terminal control characters, at full length."""
    return clean(shown(str(path)), 4096)


def say_written(console: Console, out: Path, n_defused: int = 0) -> None:
    """Print where a file was written, and how many of its cells were escaped."""
    console.print(Text(f"written to {path_as_text(out)}"), soft_wrap=True)
    if n_defused:
        info = f"{n_defused:,} of its cells would be run as formulas by a spreadsheet"
        console.print(f"{info}; they start with an apostrophe", soft_wrap=True)


def say_edits(console: Console, edits_said: str) -> None:
    """Print a line about the edits of a run, if there are any."""
    if edits_said:
        console.print(Text(clean(edits_said, 400), "yellow"), soft_wrap=not console.is_terminal)


def cell(text: str, width: int) -> Text:
    """A text from the data cut to the columns it takes: Chinese characters take two."""
    kept = Text(clean(text, 4 * width))
    kept.truncate(width, overflow="ellipsis")
    return kept
