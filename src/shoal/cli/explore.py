"""`shoal explore` and `shoal edits`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from shoal.analysis.edits import Editor
from shoal.artifacts.saved import SavedRun
from shoal.cli.screen import say_written
from shoal.data.entries import Entry
from shoal.errors import BadInput
from shoal.run.handle import Run
from shoal.text.words import many
from shoal.writing import TABLE_ENDINGS, check_free, write_table


def run_explore(
    path: Path, *, port: int, host: str, browser: bool, allowed: tuple[str, ...], root_path: str
) -> None:
    """Do `shoal explore`."""
    from shoal.views.explorer.serving import serve

    serve(
        path,
        host=host,
        port=port,
        browser=browser,
        allowed=allowed,
        root_path=root_path,
        say=_say_address,
    )


def _say_address(address: str, with_password: bool) -> None:
    who = "Anyone with this address can see and edit the run."
    if with_password:
        who = (
            "Anyone who knows the password can see and edit the run, also from other "
            "machines, by this machine's name."
        )
    click.echo(f"{address}\nPress Ctrl-C to stop. {who}")


def run_edits(
    path: Path,
    *,
    undo: int | None,
    redo: int | None,
    revert: int | None,
    out: Path | None,
    force: bool,
) -> None:
    """Do `shoal edits`."""
    run = Run(path)
    if sum(wish is not None for wish in (undo, redo, revert)) > 1:
        raise BadInput("use only one of --undo, --redo and --revert.")
    if out is not None:
        if out.suffix.lower() not in TABLE_ENDINGS:
            raise BadInput(f"-o must end in {', '.join(TABLE_ENDINGS)}, got {out.name!r}.")
        check_free(out, force=force)
    editor = Editor(SavedRun(path))
    if undo is not None:
        editor.undo(undo)
    if redo is not None:
        editor.redo(redo)
    if revert is not None:
        editor.revert_to(revert)
    console = Console(highlight=False, soft_wrap=True)
    if editor.log.warning:
        console.print(Text(f"note: {editor.log.warning}"), soft_wrap=True)
    history = editor.history
    for edit in history.done:
        line = f"{edit['version']:>5}  {edit['at'][:16].replace('T', ' ')}  {sentence(edit)}"
        console.print(Text(line), soft_wrap=True)
    undone = f", {len(history.undone):,} undone" if history.undone else ""
    console.print(f"{many(len(history.done), 'edit')}{undone}")
    if out is not None:
        say_written(console, out, write_table(run.to_arrow(), out))


def sentence(edit: Entry) -> str:
    """An edit in words."""
    rows = many(sum(len(rows) for rows in edit.get("moved", {}).values()), "row")
    match edit:
        case {"op": "rename", "cluster": cluster, "title": title}:
            return (
                f"cluster {cluster} renamed to {title!r}"
                if title
                else f"cluster {cluster} got its original title back"
            )
        case {"op": "note", "cluster": cluster, "note": note}:
            return (
                f"cluster {cluster}: note {note!r}"
                if note
                else (f"cluster {cluster}: note removed")
            )
        case {"op": "merge", "clusters": clusters, "into": into}:
            others = ", ".join(str(c) for c in clusters if c != into)
            return f"cluster {others} merged into {into}"
        case {"op": "move", "to": -1}:
            return f"{rows} removed from their clusters"
        case {"op": "move", "to": to}:
            return f"{rows} moved to cluster {to}"
        case {"op": "split", "cluster": cluster}:
            return f"cluster {cluster} split: {rows} moved to new clusters"
        case {"op": "noise", "cluster": cluster}:
            return f"cluster {cluster} emptied: {rows} are now unassigned"
        case {"op": "dissolve", "cluster": cluster}:
            return f"cluster {cluster} dissolved: {rows} moved to the nearest clusters"
        case {"op": "review", "kind": kind, "key": key, "verdict": verdict}:
            return f"{kind} {key}: {verdict or 'undecided'}"
    return str(edit.get("op"))
