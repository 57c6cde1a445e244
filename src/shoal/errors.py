"""The errors that users can see.

::

    ShoalError
    ├── BadInput (ValueError)      the data, an argument or a file cannot be used as it is
    │   ├── UnknownPart            no part, stage or parameter of that name
    │   └── TooFewItems            more is asked of the data than it has rows
    ├── MissingExtra (ImportError) a part needs a package that is not installed
    ├── OutputExists               writing would overwrite what the user made
    ├── EditConflict               another window or command edited the run in the meantime
    ├── ServiceFailed              a server that a part asks refuses or does not answer
    ├── NotTrusted                 what somebody else wrote reaches out, and nobody agreed to it
    ├── RunInUse                   another command writes to the run at the moment
    └── BrokenRun                  a run folder is missing, unfinished or damaged

A message says what is wrong, what was got, what is allowed and how to mend it.
The command line prints it in one line and leaves with exit code 2.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from difflib import get_close_matches


class ShoalError(Exception):
    """Base class of all errors that shoal raises on purpose."""


class BadInput(ShoalError, ValueError):
    """The data, an argument or a file cannot be used as it is."""


class UnknownPart(BadInput):
    """No part, stage, parameter or column of that name."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownPart:
        """Build the message from the wrong name and the names that exist.

        Parameters
        ----------
        kind : what the name should have named, such as "clusterer"
        name : what was got
        known : what is allowed

        Returns
        -------
        The error, ready to raise.
        """
        names = sorted(known)
        close = get_close_matches(name, names, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listed = ", ".join(names) if names else "none"
        return cls(f"no {kind} named {name!r}.{hint} Known: {listed}.")


class TooFewItems(BadInput):
    """The data has too few rows for what was requested."""


class MissingExtra(ShoalError, ImportError):
    """A part needs a package that is not installed."""


class OutputExists(ShoalError):
    """Writing would overwrite what the user made."""


class EditConflict(ShoalError):
    """Another window or command edited the run in the meantime."""


class ServiceFailed(ShoalError):
    """A server that a part asks refuses or does not answer."""


class NotTrusted(ShoalError):
    """A run or recipe made by someone else would reach outside its folder without permission.

    Parameters
    ----------
    message : for the user
    what : what would be reached out of, such as a run folder
    info : what would be done, each a sentence without its end
    """

    def __init__(self, message: str, what: str = "", info: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.what, self.info = what, tuple(info)

    @classmethod
    def because(cls, what: str, info: Iterable[str]) -> NotTrusted:
        """Build the message.

        Parameters
        ----------
        what : a run folder or a recipe
        info : what it would do, each a sentence without its end, such as "sends ... to ..."
        """
        info = list(dict.fromkeys(info))
        return cls(
            f"{what} was not made by you on this machine, and it {', '.join(info)}. If you "
            "trust its author, use --trust, or trust=True in Python.",
            what,
            info,
        )


class RunInUse(ShoalError):
    """Another command is writing to the run."""


class BrokenRun(ShoalError):
    """A run folder is missing, unfinished or damaged."""

    @classmethod
    def damaged(cls, folder: object, name: str, why: object) -> BrokenRun:
        """Build the message for a file that is not as it was written.

        Parameters
        ----------
        folder : of the run
        name : of the file in it
        why : what is wrong with it

        Returns
        -------
        The error, ready to raise.
        """
        place = shlex.quote(str(folder))
        return cls(
            f"{name} of the run in {folder} is damaged: {why}. `shoal doctor {place} "
            "--repair` rebuilds what can be rebuilt."
        )
