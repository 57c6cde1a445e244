"""The files that documents were read from, for the person at this machine and no one else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shoal.artifacts.originals import original_of
from shoal.errors import BadInput
from shoal.storage.trust import is_trusted
from shoal.views.explorer.view import RunView


@dataclass(frozen=True, slots=True)
class Original:
    """A file that is sent to be saved: a browser runs nothing that is in it.

    Parameters
    ----------
    path : of it
    """

    path: Path


def original(view: RunView, row: int) -> Original | None:
    """The file of a row, None where it has none, or where the word of the run does not count.

    Parameters
    ----------
    view : of the run
    row : of it
    """
    if not 0 <= row < view.n_rows or not is_trusted(view.saved.path):
        return None
    found = original_of(view.saved.info, view.rows.table["id"][row].as_py())
    return Original(found[0]) if found else None


def document(view: RunView, row: int) -> Original:
    """The file of a row.

    Raises
    ------
    BadInput : if it has none
    """
    found = original(view, row)
    if found is None:
        raise BadInput(f"row {row} has no document here.")
    return found
