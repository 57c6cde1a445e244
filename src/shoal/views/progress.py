"""Progress display: bars in a terminal, lines in a log or a notebook."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
from rich.text import Text

from shoal.progress import SILENT, Progress
from shoal.text.cleaning import clean, shorten

VERBS = {
    "read": "read the rows",
    "teach": "train the student",
    "embed": "embed the rows",
    "normalize": "normalize",
    "duplicates": "find near-duplicates",
    "reduce": "reduce",
    "neighbors": "find neighbors",
    "cluster": "cluster",
    "evaluate": "evaluate",
    "describe": "describe",
    "draw": "draw the map",
    "outliers": "find outliers",
    "tables": "write the tables",
    "tune": "try clusterers",
}
TALKS_EVERY = 5.0
"""Seconds between two lines about a long stage where there is no terminal."""


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
        """Show a bar; without a total it only shows activity."""
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
        took = "reused" if resumed else f"{seconds:.1f} s"
        self._console.print(f"[green]✓[/] {VERBS.get(stage, stage):<16} [dim]{took}[/]")

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._bars.console.print(Text(shorten(clean(text), 400), "dim"))

    def close(self) -> None:
        """Remove the bar, also after a failure."""
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
        self._done = self._first = 0
        self._begun = self._talked = time.monotonic()
        self._stage = ""

    def start(self, stage: str, total: int | None = None) -> None:
        """Remember the stage."""
        self._stage, self._total, self._done, self._first = stage, total, 0, 0
        self._talked = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        """Print a line now and then."""
        self._done += steps
        now = time.monotonic()
        if not self._first:  # preparation before the first step would distort the time per step
            self._first, self._begun = self._done, now
        elif self._total and now - self._talked >= TALKS_EVERY:
            self._talked = now
            each = (now - self._begun) / max(self._done - self._first, 1)
            self._console.print(
                f"{VERBS.get(self._stage, self._stage)}: {self._done:,} of {self._total:,}, "
                f"about {seconds_as_words(each * (self._total - self._done))} left"
            )

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """Print that a stage is done."""
        took = "reused" if resumed else f"{seconds:.1f} s"
        self._console.print(f"{VERBS.get(stage, stage)}: done, {took}")

    def note(self, text: str) -> None:
        """Print it."""
        self._console.print(Text(shorten(clean(text), 400)), soft_wrap=True)

    def close(self) -> None:
        """Do nothing."""


def in_notebook() -> bool:
    """Whether the code runs in a notebook, whose output is no terminal."""
    shell = sys.modules.get("IPython")
    made = shell.get_ipython() if shell is not None else None
    # only the shell of a notebook has a kernel
    return made is not None and getattr(made, "kernel", None) is not None


@contextmanager
def listening(progress: Progress | None) -> Iterator[Progress]:
    """The given progress; else a bar in a terminal, lines in a notebook, silence in a script.

    Parameters
    ----------
    progress : as the user gave it
    """
    if progress is not None:
        yield progress
        return
    own: BarProgress | LineProgress
    if in_notebook():
        # plain text: bars would need ipywidgets, and standard error is shown like an error
        console = Console(file=sys.stdout, force_jupyter=False, highlight=False)
        own = LineProgress(console)
    elif sys.stderr is not None and sys.stderr.isatty():
        own = BarProgress(Console(stderr=True, highlight=False))
    else:
        yield SILENT
        return
    try:
        yield own
    finally:
        own.close()
