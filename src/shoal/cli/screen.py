"""What a run looks like in a terminal: the plan, the progress, the summary."""

from __future__ import annotations

import os
import re
import shlex
import textwrap
import time
import unicodedata
from pathlib import Path

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
from shoal.report.words import many
from shoal.run import Run

VERBS = {
    "read": "read the rows",
    "teach": "teach the student",
    "embed": "embed the texts",
    "normalize": "normalize",
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
AROUND_CLUSTERS = 9
"""Other lines of a summary, and the one for the next command."""
SHOWN_NOTES = 8
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
    kind = {"image": "pictures", "vector": "vectors"}.get(plan.about["modality"], "texts")
    distinct = "" if plan.distinct == plan.rows else f", {plan.distinct:,} distinct {kind}"
    say(console, "rows", f"{plan.rows:,}{distinct}")
    for why, count in plan.excluded.items():
        say(console, "", f"{count:,} cannot be used: {why} (kept in the output)", "yellow")
    about = plan.about
    if about.get("image"):
        say(console, "image", f"column {clean(about['image'], 40)!r}: {about['image_reason']}")
    named = f"column {clean(about['text'], 40)!r}: " if about["text"] else ""
    say(console, "text", named + clean(about["text_reason"], 200))
    named = f"column {clean(about['id'], 40)!r}: " if about["id"] else ""
    say(console, "id", named + about["id_reason"])
    if about["carried"]:
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


def show_summary(console: Console, run: Run) -> None:
    """Print a screen of what was found, the share of rows that have a cluster first."""
    found, _, where = run.headline.partition(" in ")
    head = Text.assemble((found, "bold"), " in ", where)
    rest = [
        ("quality", _scores(run)),
        ("report", _path(run.path / "report.html")),
        ("table", _path(run.path / "assignments.parquet")),
        ("next", f"shoal predict {shlex.quote(_path(run.path))} NEW.csv -o out.csv"),
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
        say(console, name, text, whole=name != "quality")


def _path(path: Path) -> str:
    """A path with nothing that could steer a terminal; a long one is not shortened."""
    return clean(str(path), 4096)


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


def _clusters_table(run: Run, width: int, shown: int) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", expand=False)
    table.add_column("", justify="right", style="dim")
    table.add_column("rows", justify="right")
    table.add_column("title", no_wrap=True)
    table.add_column("a typical row", no_wrap=True, style="dim")
    title_width = max(18, min(42, width * 2 // 5))
    for entry in run.clusters[:shown]:
        example = entry["typical"][0]["text"] if entry["typical"] else ""
        table.add_row(
            str(entry["cluster"]),
            f"{entry['size']:,}",
            _cell(entry["title"], title_width),
            _cell(example, max(20, width - title_width - 20)),
        )
    return table


def _cell(text: str, width: int) -> Text:
    """A text from the data cut to the columns it takes: Chinese characters take two."""
    cell = Text(clean(text, 4 * width))
    cell.truncate(width, overflow="ellipsis")
    return cell
