"""What a run looks like in a terminal: the plan, the progress, the summary."""

from __future__ import annotations

import os
import re
import shlex
import textwrap
import time
import unicodedata
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from shoal.planning import Plan
from shoal.remote import shown
from shoal.report.words import many, new_rows
from shoal.run import Run

VERBS = {
    "read": "read the rows",
    "teach": "teach the student",
    "embed": "embed the rows",
    "normalize": "normalize",
    "duplicates": "find near-duplicates",
    "reduce": "reduce",
    "neighbors": "find neighbors",
    "cluster": "cluster",
    "evaluate": "evaluate",
    "describe": "describe",
    "draw": "draw the map",
    "tune": "try clusterers",
}
SHOWN_CLUSTERS = 12
"""Rows of the summary's table where there is no screen to fill."""
LEAST_CLUSTERS, MOST_CLUSTERS = 5, 20
"""The same where there is one."""
AROUND_CLUSTERS = 10
"""Other lines of a summary, and the one for the next command."""
SHOWN_NOTES = 8
SHOWN_PARTS = 6
"""Columns of which it is said what they add to the clusters."""
SHOWN_DOUBTS = 3
"""Titles named in a summary because they lead to another cluster."""
NAME_WIDTH = 10
LOG_WIDTH = 100
"""Columns of a table where there is no terminal to fit into."""
TALKS_EVERY = 5.0
"""Seconds between two lines about a long stage where there is no terminal."""


def clean(text: str, width: int) -> str:
    """One line of a text from the data, shortened, with nothing that could steer a terminal."""
    # joiners and marks of direction are taken out, not made a gap: an emoji family stays together
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    plain = "".join(char if char.isprintable() else " " for char in kept)
    plain = re.sub(r"\s+", " ", plain).strip()
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def seconds_as_words(seconds: float) -> str:
    """A duration such as "40 s", "3 min" or "2.5 h"."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class BarProgress:
    """Bars with the time that is left, for a terminal.

    Parameters
    ----------
    console : where to draw
    """

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<16}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]left[/]"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None

    def start(self, stage: str, total: int | None = None) -> None:
        """Show a bar; one without a total only shows that something goes on."""
        self._bars.start()
        self._task = self._bars.add_task(VERBS.get(stage, stage), total=total)

    def advance(self, steps: int = 1) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """Replace the bar by one line."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._bars.stop()
        took = "kept from before" if resumed else f"{seconds:.1f} s"
        self._console.print(f"[green]✓[/] {VERBS.get(stage, stage):<16} [dim]{took}[/]")

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._bars.console.print(Text(clean(text, 400), "dim"))

    def close(self) -> None:
        """Take the bar away, also when a stage failed."""
        self._bars.stop()


class LineProgress:
    """Plain lines, for logs and pipes.

    Parameters
    ----------
    console : where to print
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total: int | None = None
        self._done = 0
        self._started = self._talked = time.monotonic()
        self._stage = ""

    def start(self, stage: str, total: int | None = None) -> None:
        """Remember what begins."""
        self._stage, self._total, self._done = stage, total, 0
        self._started = self._talked = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        """Print a line now and then."""
        self._done += steps
        now = time.monotonic()
        if self._total and now - self._talked >= TALKS_EVERY:
            self._talked = now
            left = (now - self._started) / max(self._done, 1) * (self._total - self._done)
            self._console.print(
                f"{VERBS.get(self._stage, self._stage)}: {self._done:,} of {self._total:,}, "
                f"about {seconds_as_words(left)} left"
            )

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """Print that a stage is done."""
        took = "kept from before" if resumed else f"{seconds:.1f} s"
        self._console.print(f"{VERBS.get(stage, stage)}: done, {took}")

    def note(self, text: str) -> None:
        """Print it."""
        self._console.print(Text(clean(text, 400)), soft_wrap=True)

    def close(self) -> None:
        """Nothing to take away."""


def make_console() -> Console:
    """Standard error, so that standard output stays for data."""
    return fit_to_log(Console(stderr=True, highlight=False, soft_wrap=False))


def fit_to_log(console: Console) -> Console:
    """The same console, as wide as a log where there is no terminal that has a width."""
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = LOG_WIDTH
    return console


def say(console: Console, name: str, text: str, style: str = "", *, whole: bool = False) -> None:
    """Print a name and what there is to say of it.

    Parameters
    ----------
    name : in bold, may be empty
    text : wrapped below itself in a terminal; in a log one entry is one line
    style : of the text
    whole : never wrap, so that a path can be copied
    """
    room = max(console.width - NAME_WIDTH - 1, 20)
    wrap = console.is_terminal and not whole
    for line in textwrap.wrap(text, room) if wrap else [text]:
        row = Text.assemble((f"{name:<{NAME_WIDTH}}", "bold"), (line, style))
        console.print(row, soft_wrap=True)
        name = ""


def show_plan(console: Console, plan: Plan) -> None:
    """Print what will be done before it is."""
    kinds = {"image": "pictures", "vector": "vectors", "record": "rows"}
    kind = kinds.get(plan.about["modality"], "texts")
    distinct = "" if plan.distinct == plan.rows else f", {plan.distinct:,} distinct {kind}"
    say(console, "rows", f"{plan.rows:,}{distinct}")
    for why, count in plan.excluded.items():
        say(console, "", f"{count:,} cannot be used: {why} (kept in the output)", "yellow")
    about = plan.about
    if about.get("image"):
        say(console, "image", f"column {clean(about['image'], 40)!r}: {about['image_reason']}")
    if about.get("features"):
        show_columns(console, plan)
    else:
        named = f"column {clean(about['text'], 40)!r}: " if about["text"] else ""
        say(console, "text", named + clean(about["text_reason"], 200))
    named = f"column {clean(about['id'], 40)!r}: " if about["id"] else ""
    say(console, "id", named + about["id_reason"])
    if about["carried"] and not about.get("features"):
        names = ", ".join(clean(name, 30) for name in about["carried"][:8])
        more = len(about["carried"]) - 8
        say(console, "carried", names + (f" and {more} more" if more > 0 else ""))
    longer = many(plan.truncated, "text is", "texts are")
    cut = f"; {longer} longer than it reads" if plan.truncated else ""
    say(console, "model", f"{clean(plan.model, 80)}{cut}")
    if plan.known:
        say(console, "", f"{plan.known:,} of {plan.distinct:,} {kind} were embedded before")
    say(
        console,
        "estimate",
        f"{seconds_as_words(plan.seconds)}, {plan.memory_mb / 1000:.1f} GB of memory, "
        f"{plan.threads} threads",
    )
    say(console, "into", _path(plan.folder), whole=True)
    for note in plan.notes[:SHOWN_NOTES]:
        say(console, "note", clean(note, 300), "yellow")
    if len(plan.notes) > SHOWN_NOTES:
        say(console, "note", f"and {len(plan.notes) - SHOWN_NOTES} more, see run.json", "yellow")
    console.print()


def show_columns(console: Console, plan: Plan) -> None:
    """Print what was made of each column of records, and why."""
    done = {block["name"]: block for block in plan.blocks}
    features = plan.about["features"]
    say(console, "records", f"of {many(len(done), 'column')}")
    table = Table(box=None, padding=(0, 1), show_header=False, expand=False)
    for _ in range(4):
        table.add_column("", no_wrap=True)
    for feature in features:
        block = done.get(feature["name"])
        told = block["done"] if block else feature["why"]
        if block and feature["gaps"]:
            told = told.replace("gaps", many(feature["gaps"], "gap"))
        if block and block["weight"] != 1:
            told += f"; weight {block['weight']:g}"
        table.add_row(
            " " * (NAME_WIDTH - 2),
            cell(feature["name"], 28),
            feature["kind"] if block else feature["use"],
            cell(told, max(console.width - 54, 40)),
            style="" if block else "dim",
        )
    console.print(table)


def show_summary(console: Console, run: Run) -> None:
    """Print a screen of what was found, the share of rows that have a cluster first."""
    found, _, where = run.headline.partition(" in ")
    new = new_rows(run.info["columns"].get("kind"))
    head = Text.assemble((found, "bold"), " in ", where)
    rest = [
        *([("parted by", _parts(run))] if run.profiles else []),
        ("quality", _scores(run)),
        *[("titles", text) for text in doubtful_titles(run.clusters)],
        ("odd", _findings(run)),
        ("report", _path(run.path / "report.html")),
        ("table", _path(run.path / "assignments.parquet")),
        ("next", f"shoal predict {shlex.quote(_path(run.path))} {new} -o out.csv"),
    ]
    shown = SHOWN_CLUSTERS
    if console.is_terminal:
        texts = [head.plain, run.reason, *(f"{name:<{NAME_WIDTH}}{text}" for name, text in rest)]
        lines = sum(-(-cell_len(text) // console.width) for text in texts)
        shown = console.height - lines - (AROUND_CLUSTERS - len(texts) + 1)
        shown = min(max(shown, LEAST_CLUSTERS), MOST_CLUSTERS)
    console.print()
    console.print(head, soft_wrap=not console.is_terminal)
    console.print(Text(run.reason, "dim"), soft_wrap=not console.is_terminal)
    console.print(_clusters_table(run, console.width, shown))
    more = len(run.clusters) - shown
    if more > 0:
        left = sum(entry["size"] for entry in run.clusters[shown:])
        console.print(Text(f"and {more:,} more with {left:,} rows", "dim"))
    console.print()
    for name, text in rest:
        say(console, name, text, whole=name not in ("quality", "parted by", "titles", "odd"))


def _path(path: Path) -> str:
    """A path with nothing that could steer a terminal; a long one is not shortened."""
    return clean(shown(str(path)), 4096)


def say_written(console: Console, out: Path, n_defused: int = 0) -> None:
    """Print where a file is, and how many of its cells are not as they were in the data."""
    console.print(Text(f"written to {_path(out)}"), soft_wrap=True)
    if n_defused:
        told = f"{n_defused:,} of its cells would run as formulas in a spreadsheet"
        console.print(f"{told}: an apostrophe stands before them", soft_wrap=True)


def _findings(run: Run) -> str:
    """How many rows stand out and how many repeat others."""
    odd = many(run.evaluation["anomalies"]["n"], "anomaly", "anomalies")
    twins = run.evaluation["duplicates"]
    joined = ", joined" if twins["joined"] else ""
    return f"{odd}, {many(twins['rows'], 'row repeats', 'rows repeat')} another{joined}"


def _scores(run: Run) -> str:
    words = {
        "silhouette": "silhouette",
        "davies_bouldin": "Davies-Bouldin",
        "dbcv": "DBCV",
        "stability": "stability",
        "ari": "ARI",
        "ami": "AMI",
        "v_measure": "V",
        "accuracy": "accuracy",
    }
    told = [f"{word} {run.scores[name]:.3f}" for name, word in words.items() if name in run.scores]
    return ", ".join(told) if told else "not defined for one cluster"


def doubtful_titles(clusters: list[dict[str, Any]]) -> list[str]:
    """One sentence on the titles that lead to another cluster, none where all lead home."""
    found = [entry for entry in clusters if entry.get("title_fit")]
    lost = [entry for entry in found if entry["title_fit"]["rank"] > 1]
    if not lost:
        return []
    worst = sorted(lost, key=lambda entry: entry["title_fit"]["ahead"] or 0.0)[:SHOWN_DOUBTS]
    titles = {entry["cluster"]: entry["title"] for entry in clusters}
    pairs = [
        f"{clean(entry['title'], 40)!r} could be {clean(titles[entry['title_fit']['rival']], 40)!r}"
        for entry in worst
    ]
    n = f"{len(found) - len(lost):,} of {len(found):,} lead back to their cluster"
    return [f"{n}; {'; '.join(pairs)}"]


def _clusters_table(run: Run, width: int, shown: int) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", expand=False)
    table.add_column("", justify="right", style="dim")
    table.add_column("rows", justify="right")
    outcome = run.outcome
    if outcome:
        table.add_column(clean(f"{outcome.column} {outcome.level}", 24), justify="right")
    table.add_column("title", no_wrap=True)
    is_record = run.profiles is not None
    if not is_record:
        table.add_column("a typical row", no_wrap=True, style="dim")
    # a record is long, and its columns are in the title
    title_width = max(40, width - 40) if is_record else max(18, min(42, width * 2 // 5))
    for place, entry in enumerate(run.clusters[:shown]):
        cells = [str(entry["cluster"]), f"{entry['size']:,}"]
        cells += [f"{outcome.shares[place]:.0%}"] if outcome else []
        example = entry["typical"][0]["text"] if entry["typical"] else ""
        row = [cell(example, max(20, width - title_width - 20))] if not is_record else []
        table.add_row(*cells, cell(entry["title"], title_width), *row)
    return table


def _parts(run: Run) -> str:
    """What most of the difference between the clusters lies in."""
    parts = sorted((run.profiles or {}).get("parts", ()), key=lambda part: -part["share"])
    told = [f"{clean(part['name'], 30)} {part['share']:.0%}" for part in parts[:SHOWN_PARTS]]
    rest = sum(part["share"] for part in parts[SHOWN_PARTS:])
    more = f", {many(len(parts) - SHOWN_PARTS, 'other')} {rest:.0%}" if rest else ""
    return ", ".join(told) + more


def cell(text: str, width: int) -> Text:
    """A text from the data cut to the columns it takes: Chinese characters take two."""
    kept = Text(clean(text, 4 * width))
    kept.truncate(width, overflow="ellipsis")
    return kept
