"""How a failing command ends."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from shoal.errors import BrokenRun, ShoalError
from shoal.storage import run_files
from shoal.storage.remote import shown


def is_stop(error: BaseException) -> bool:
    """Whether the user stopped the run, perhaps while a compiled library was being loaded."""
    if isinstance(error, ImportError):
        return isinstance(error.__cause__ or error.__context__, KeyboardInterrupt)
    return isinstance(error, click.Abort | KeyboardInterrupt)


def mistake(error: BaseException, words: Iterable[str]) -> str:
    """The message for the user.

    Parameters
    ----------
    error : that ended the command
    words : of the command line. An error that nobody foresaw may be due to a damaged run among
        them; one that is due to nothing of the user's is raised again
    """
    match error:
        case click.UsageError():
            where = error.ctx.command_path if error.ctx else "shoal"
            message = error.format_message()
            end = "" if message.endswith((".", "?")) else "."
            return f"{message}{end} See: {where} --help"
        case click.ClickException():
            return error.format_message()
        case ShoalError():
            return str(error)
        case OSError():
            name = f" {error.filename}" if error.filename else ""
            return (
                f"{error.strerror or error}{name}. Check the path, its permissions and the "
                "free disk space."
            )
        case MemoryError():
            return "out of memory. Cluster fewer rows, set --memory-limit, or close other programs."
    if isinstance(error, Exception) and (why := _damage(words, error)):
        return why
    raise error


def _damage(words: Iterable[str], error: Exception) -> str:
    """What is damaged in a run that a command was given, if one of its words is a run."""
    from shoal.artifacts.examining import changed, examine
    from shoal.artifacts.folder import RunFolder
    from shoal.storage.trust import is_own

    for word in words:
        path = Path(word)
        try:
            if not (path / run_files.RUN).exists():
                continue
            damaged = examine(path)
            if not damaged:
                why = "it was changed after the run was made and no longer matches the run"
                damaged = dict.fromkeys(changed(path), why)
        except (OSError, ValueError):  # no path at all
            continue
        except ShoalError as broken:
            return str(broken)
        for name, why in damaged.items():
            return str(BrokenRun.damaged(path, name, why))
        told = f"a file in {path} is not in the form that shoal writes"
        why = f"({type(error).__name__}: {error})"
        if not RunFolder(path).recorded:
            return (
                f"{told} {why}. The run has no checksums, so the damaged file is unknown. Cluster "
                "the source again."
            )
        if not is_own(path):
            return f"{told} {why}. The run was not made by you on this machine; ask its author."
    return ""


def say(message: str) -> None:
    """One line to standard error, with nothing that could steer a terminal."""
    line = shown(" ".join(message.split()))
    click.echo("".join(char if char.isprintable() else "\ufffd" for char in line), err=True)
