"""The edits of a run folder: reading, applying and undoing them, shared with other processes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.analysis.edits.log import FILE, EditLog
from shoal.analysis.edits.playing import REDO, UNDO, Edited, History
from shoal.analysis.edits.profiles import profiles_of
from shoal.analysis.edits.requests import checked
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE, IntArray
from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BadInput, EditConflict

TAKEN_OUT = "removed from its cluster by a person"

Rows = NDArray[np.int64]


class EditingStages(Protocol):
    """What computes the outcome of an edit, by the stages of the run."""

    def renew(self, state: Edited, clusters: Sequence[int]) -> dict[int, Entry]:
        """Titles, keywords, examples and marks of clusters whose rows changed."""

    def parts(self, rows: Rows, n_parts: int | None) -> list[Rows]:
        """Rows of a cluster in parts, by the clusterer of the run."""

    def nearest_other(self, state: Edited, cluster: int) -> dict[int, Rows]:
        """The rows of a cluster by the other cluster that each is nearest to."""


def has_edits(run: SavedRun) -> bool:
    """Whether the run was ever edited."""
    return (run.path / FILE).is_file()


def as_left(run: SavedRun) -> Editor | None:
    """The clusters of a run with edits applied; None if there are no edits."""
    editor = Editor(run) if has_edits(run) else None
    return editor if editor is not None and editor.n_changes else None


class Editor:
    """The clusters of a run with edits applied.

    Parameters
    ----------
    run : finished
    editing : what computes outcomes; without it, edits can be read, undone and redone
    """

    def __init__(self, run: SavedRun, editing: EditingStages | None = None) -> None:
        self.run = run
        self.editing = editing
        self.log = EditLog(run.path, str(run.info["hashes"]["labels"]))
        self._guard = threading.RLock()
        self._size = -1
        self.history = History()
        self.state = Edited(self.base_labels.copy(), dict(self.base_entries))
        self.refresh()

    @property
    def base_labels(self) -> IntArray:
        """Cluster of each row before any edit, (n_rows,) int32."""
        return self.run.labels

    @cached_property
    def base_entries(self) -> dict[int, Entry]:
        """The clusters before any edit."""
        return {entry["cluster"]: entry for entry in self.run.clusters}

    @property
    def first(self) -> IntArray:
        """The first row with the same content as each row, -1 where there is none, (n_rows,)."""
        return np.asarray(self.run.contents["first"], dtype=np.int32)

    @property
    def distinct_labels(self) -> IntArray:
        """Cluster of each distinct content with edits applied, (n_distinct,) int32."""
        distinct = self.first == np.arange(len(self.first))
        return np.asarray(self.state.labels[distinct], dtype=np.int32)

    @property
    def n_changes(self) -> int:
        """Edits that stand and changed a cluster or its title; notes and reviews change neither."""
        return sum(edit["op"] not in ("note", "review") for edit in self.history.done)

    @property
    def said(self) -> str:
        """One sentence about the run's edits; empty if there are none."""
        info = []
        if self.n_changes:
            edits = "1 edit is" if self.n_changes == 1 else f"{self.n_changes:,} edits are"
            info.append(f"{edits} shown; `shoal edits RUN` lists and undoes them")
        return "; ".join([*info, *([self.log.warning.rstrip(".")] if self.log.warning else [])])

    @property
    def entries(self) -> list[Entry]:
        """The clusters with edits applied, largest first, as entries of clusters.json."""
        state = self.state
        numbers, counts = np.unique(state.labels[state.labels != NOISE], return_counts=True)
        sizes = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        made = [
            {
                **entry,
                "cluster": cluster,
                "title": state.title(cluster) or "",
                "size": sizes.get(cluster, 0),
                **({"person_note": note} if (note := state.notes.get(cluster)) else {}),
                **({"written_by": "a person"} if cluster in state.titles else {}),
            }
            for cluster, entry in state.entries.items()
        ]
        return sorted(made, key=lambda entry: (-entry["size"], entry["cluster"]))

    @property
    def profiles(self) -> Entry | None:
        """What sets the clusters of records apart, as in profiles.json; None of other data."""
        found = self.run.profiles
        if found is None or np.array_equal(self.state.labels, self.base_labels):
            return found
        numbers = [entry["cluster"] for entry in self.entries]
        return profiles_of(self.run, self.state.labels, numbers)

    @property
    def went_to(self) -> dict[int, int | None]:
        """Cluster before any edit -> the one that most of its rows are in now, None if in none."""
        before, now = self.base_labels, self.state.labels
        inside = (before != NOISE) & (now != NOISE)
        width = int(now.max(initial=0)) + 1
        pairs, counts = np.unique(
            before[inside].astype(np.int64) * width + now[inside], return_counts=True
        )
        out = dict[int, int | None].fromkeys(self.base_entries)
        for place in np.argsort(-counts, kind="stable"):  # of equal ones the lower number
            cluster, moved_to = divmod(int(pairs[place]), width)
            if out.get(cluster) is None:
                out[cluster] = moved_to
        return out

    @property
    def made(self) -> dict[int, Rows]:
        """Cluster that an edit made -> the rows that it began with, in the order of the edits."""
        out: dict[int, Rows] = {}
        for edit in self.history.done:
            for cluster, rows in edit.get("moved", {}).items():
                if int(cluster) not in self.base_entries and int(cluster) != NOISE:
                    out.setdefault(int(cluster), np.asarray(rows, dtype=np.int64))
        return out

    @property
    def titles(self) -> dict[int, str]:
        """Title of each cluster with edits applied."""
        return {cluster: self.state.title(cluster) or "" for cluster in self.state.entries}

    def apply_to(self, assignments: pa.Table) -> pa.Table:
        """The table of assignments with edits applied.

        Parameters
        ----------
        assignments : pyarrow table as in assignments.parquet
        """
        labels, taken_out = self.state.labels, self.state.labels == NOISE
        taken_out &= self.base_labels != NOISE
        strengths = assignments["strength"].to_numpy(zero_copy_only=False)
        notes = assignments["note"].to_numpy(zero_copy_only=False).astype(object)
        columns = {
            "cluster": labels,
            "strength": np.where(labels == NOISE, np.float32(0), strengths),
            "note": np.where(taken_out, TAKEN_OUT, np.where(labels == NOISE, notes, None)),
        }
        for name, values in columns.items():
            place = assignments.schema.get_field_index(name)
            kind = assignments.schema.field(name).type
            assignments = assignments.set_column(place, name, pa.array(values, kind))
        return assignments

    def refresh(self) -> bool:
        """Load edits by other processes; return whether there were any."""
        with self._guard:
            size = self.log.size()
            if size == self._size:
                return False
            self.history = History.of(self.log.read())
            self._play_all()
            self._size = size
            return True

    def _play_all(self) -> None:
        self.state = Edited(self.base_labels.copy(), dict(self.base_entries))
        for edit in self.history.done:
            self.state.play(edit)

    def do(self, request: ReadEntry, seen: int | None = None) -> Entry:
        """Apply an edit and save it; return its line of the log.

        Parameters
        ----------
        wish : "op" and its fields, see docs/explore.md
        seen : the version that whoever wishes has before their eyes; None for whatever it is

        Raises
        ------
        BadInput : if the wish makes no sense
        EditConflict : if somebody else edited after `seen`
        """
        with self._guard, self.log.writing():
            self._check_seen(seen)
            edit = self._outcome(checked(request, self.state))
            return self._accept(edit)

    def undo(self, count: int = 1, seen: int | None = None) -> Entry:
        """Undo the last edits.

        Raises
        ------
        BadInput : if there are not so many
        EditConflict : if somebody else edited after `seen`
        """
        return self._back_or_forth(UNDO, count, seen)

    def redo(self, count: int = 1, seen: int | None = None) -> Entry:
        """Redo the edits undone last, unless a new edit was made."""
        return self._back_or_forth(REDO, count, seen)

    def revert_to(self, version: int) -> Entry:
        """Undo every edit after a version; 0 undoes all."""
        self.refresh()
        later = sum(int(edit["version"]) > version for edit in self.history.done)
        if not later:
            raise BadInput(
                f"there are no edits after version {version}. List them with: shoal edits RUN"
            )
        return self.undo(later)

    def _back_or_forth(self, op: str, count: int, seen: int | None) -> Entry:
        with self._guard, self.log.writing():
            self._check_seen(seen)
            able = len(self.history.done if op == UNDO else self.history.undone)
            if not 0 < count <= able:
                raise BadInput(f"there is nothing to {op}." if not able else f"{op}: 1 to {able}.")
            return self._accept({"op": op, "count": count})

    def _check_seen(self, seen: int | None) -> None:
        self.refresh()
        if seen is not None and seen != self.history.version:
            raise EditConflict(
                f"the run was edited elsewhere: you saw version {seen}, but it is now at "
                f"{self.history.version}. Reload, then repeat your edit if it still applies."
            )

    def _accept(self, edit: ReadEntry) -> Entry:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        line: Entry = {"version": self.history.version + 1, "at": at, **edit}
        self.log.append(line)
        self._size = self.log.size()
        self.history.take(line)
        if line["op"] == UNDO:
            self._play_all()
        else:
            redone = self.history.done[-int(line["count"]) :] if line["op"] == REDO else [line]
            for played in redone:
                self.state.play(played)
        return line

    def _outcome(self, request: Entry) -> Entry:
        """The edit with which rows go where, and all that is renewed by it."""
        op = request["op"]
        if op in ("rename", "note", "review"):
            return request
        if self.editing is None:
            raise BadInput(f"{op} needs the explorer: shoal explore RUN")
        if op == "merge":
            changed, gone = (
                [request["into"]],
                [c for c in request["clusters"] if c != request["into"]],
            )
            return self._renewed(request, changed, gone)
        moved = self._moves(request, self.editing)
        request.pop("rows", None)
        request["moved"] = {str(cluster): rows.tolist() for cluster, rows in moved.items()}
        labels = self.state.labels
        all_rows = np.concatenate(list(moved.values()))
        left = {int(c) for c in np.unique(labels[all_rows])} - {NOISE}
        after = labels.copy()
        for cluster, rows in moved.items():
            after[rows] = cluster
        there = np.isin(sorted(left), after)
        gone = [c for c, stays in zip(sorted(left), there, strict=True) if not stays]
        changed = sorted((left | set(moved)) - set(gone) - {NOISE})
        return self._renewed(request, changed, gone)

    def _renewed(self, edit: Entry, changed: Sequence[int], gone: Sequence[int]) -> Entry:
        assert self.editing is not None  # asked before
        after = Edited(self.state.labels.copy(), dict(self.state.entries), dict(self.state.titles))
        after.play({**edit, "gone": gone})
        renewed = self.editing.renew(after, changed)
        return {**edit, "renewed": {str(c): e for c, e in renewed.items()}, "gone": list(gone)}

    def _moves(self, request: Entry, editing: EditingStages) -> dict[int, Rows]:
        """Target cluster -> rows that go there; none of them is there already."""
        op = request["op"]
        new = max(self.history.newest_cluster, max(self.base_entries, default=NOISE)) + 1
        if op == "move":
            target = new if request["to"] is None else request["to"]
            rows = self._with_copies(request["rows"])
            rows = rows[self.state.labels[rows] != target]
            if not len(rows):
                raise BadInput("these rows are already in that cluster.")
            request["to"] = target
            return {target: rows}
        rows = np.nonzero(self.state.labels == request["cluster"])[0]
        if op == "noise":
            return {NOISE: rows}
        if op == "dissolve":
            return editing.nearest_other(self.state, request["cluster"])
        parts = editing.parts(rows, request["parts"])
        if len(parts) < 2:
            raise BadInput(
                "the clusterer of this run cannot split this cluster. Choose a number of "
                "parts, or select rows on the map and move them to a new cluster."
            )
        # the largest part stays what the cluster was
        return {new + i: part for i, part in enumerate(parts[1:])}

    def _with_copies(self, rows: Rows) -> Rows:
        """The rows and all that have the same content, without those that have none."""
        firsts = np.unique(self.first[rows])
        firsts = firsts[firsts >= 0]
        if not len(firsts):
            raise BadInput("these rows have no content, so they cannot join a cluster.")
        return np.nonzero(np.isin(self.first, firsts))[0]
