"""Apply a list of edits to the clusters of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shoal.data import NOISE, IntArray
from shoal.data.entries import Entry, ReadEntry

UNDO, REDO = "undo", "redo"


@dataclass(slots=True)
class Edited:
    """The clusters after some edits.

    Parameters
    ----------
    labels : (n_rows,) int32, the cluster of each row; numbers need not be without gaps
    entries : cluster -> its entry as in clusters.json, renewed where its rows changed
    titles : cluster -> title that a person gave
    notes : cluster -> what a person noted
    verdicts : (kind, key) -> "accept" or "reject", such as ("anomaly", "17")
    """

    labels: IntArray
    entries: dict[int, Entry]
    titles: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)

    def title(self, cluster: int) -> str | None:
        """Title of a cluster, by a person or the describer; None for noise."""
        named = self.titles.get(cluster) or self.entries.get(cluster, {}).get("title")
        return None if named is None else str(named)

    def play(self, edit: ReadEntry) -> None:
        """Apply one accepted edit."""
        if edit["op"] == "rename":
            _put(self.titles, edit["cluster"], edit["title"])
        elif edit["op"] == "note":
            _put(self.notes, edit["cluster"], edit["note"])
        elif edit["op"] == "review":
            _put(self.verdicts, (edit["kind"], edit["key"]), edit["verdict"])
        elif edit["op"] == "merge":
            self.labels[np.isin(self.labels, edit["clusters"])] = edit["into"]
        else:
            for cluster, rows in edit["moved"].items():
                self.labels[np.asarray(rows, dtype=np.int64)] = int(cluster)
        self._renewed(edit)

    def _renewed(self, edit: ReadEntry) -> None:
        for cluster, entry in edit.get("renewed", {}).items():
            self.entries[int(cluster)] = entry
        for cluster in edit.get("gone", ()):
            self.entries.pop(cluster, None)


def titles_before(entries: Mapping[int, Entry], edits: Sequence[Entry]) -> list[dict[int, str]]:
    """What the clusters that each edit names were called just before it; no row is moved.

    Parameters
    ----------
    entries : the clusters before any edit
    edits : one after the other
    """
    state = Edited(np.empty(0, np.int32), dict(entries))
    out = []
    for edit in edits:
        named = [*edit.get("clusters", ()), *(edit.get(key) for key in ("cluster", "into", "to"))]
        titles = {c: state.title(c) for c in named if c is not None}
        out.append({c: title for c, title in titles.items() if title is not None})
        if edit["op"] == "rename":
            state.play(edit)
        else:
            state._renewed(edit)
    return out


def _put(where: dict[Any, str], key: Any, value: str | None) -> None:
    """Set a value, or remove it if it is empty."""
    if value:
        where[key] = value
    else:
        where.pop(key, None)


@dataclass(slots=True)
class History:
    """Which edits are in effect, and which were undone and can be redone.

    Parameters
    ----------
    done : edits that stand, in the order in which they were made
    undone : the edit that is redone next comes last
    version : of the last line of the log, 0 before the first
    newest_cluster : the highest number that any edit gave to a cluster
    """

    done: list[Entry] = field(default_factory=list)
    undone: list[Entry] = field(default_factory=list)
    version: int = 0
    newest_cluster: int = NOISE

    @classmethod
    def of(cls, lines: Sequence[Entry]) -> History:
        """Rebuild the history from a log."""
        history = cls()
        for line in lines:
            history.take(line)
        return history

    def take(self, line: Entry) -> None:
        """Add one line of the log."""
        self.version = int(line["version"])
        if line["op"] == UNDO:
            for _ in range(min(int(line["count"]), len(self.done))):
                self.undone.append(self.done.pop())
        elif line["op"] == REDO:
            for _ in range(min(int(line["count"]), len(self.undone))):
                self.done.append(self.undone.pop())
        else:
            self.done.append(line)
            self.undone.clear()
            made = [int(c) for c in line.get("moved", ())]
            self.newest_cluster = max([self.newest_cluster, *made])
