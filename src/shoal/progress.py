"""Progress reports of the stages, independent of who displays them.

The command line listens with a bar, tests with a list, and :data:`SILENT` not at all.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives progress reports of a run."""

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage starts; `total` is its number of steps, if known."""

    def advance(self, steps: int = 1) -> None:
        """Some more steps of the stage are done."""

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """A stage ended; `resumed` if its saved result was reused."""

    def note(self, text: str) -> None:
        """A message for the user during a stage, such as its cost."""


class _Silent:
    def start(self, stage: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


SILENT: Progress = _Silent()
