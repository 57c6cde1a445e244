"""How a stage says how far it is, without knowing who listens.

The command line listens with a bar, tests with a list, and :data:`SILENT` not at all.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Who wants to know how a run goes on."""

    def start(self, stage: str, total: int | None = None) -> None:
        """Tell that a stage begins; `total` is its number of steps when that is known."""

    def advance(self, steps: int = 1) -> None:
        """Tell that so many steps of the stage are done."""

    def finish(self, stage: str, seconds: float, *, resumed: bool = False) -> None:
        """Tell that a stage ended; `resumed` when its result was there already."""

    def note(self, text: str) -> None:
        """Tell what a person should know while the stage goes on, such as what it will cost."""


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
