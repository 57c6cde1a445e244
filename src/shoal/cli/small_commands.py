"""Smaller commands: predict, report, describe, cache, parts."""

from __future__ import annotations

import inspect
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.api import describe
from shoal.artifacts.assigner import DETECTOR
from shoal.cli.screen import clean, make_console, say_edits, say_written
from shoal.cli.summary import show_summary
from shoal.embedding.job import cache_folder, cache_limit
from shoal.embedding.vector_cache import Holding, holdings, unusable
from shoal.errors import BadInput, MissingExtra, UnknownPart
from shoal.numerics.novelty import REFUSED
from shoal.parts.engines import ENGINES
from shoal.parts.metrics import METRICS
from shoal.parts.readers import READERS
from shoal.parts.readers.documents import cache as documents
from shoal.recipe import FAMILIES, parsed
from shoal.run.handle import Run
from shoal.storage.answers import AnswerCache, answers_folder
from shoal.text.words import many
from shoal.views.progress import BarProgress, LineProgress
from shoal.writing import TABLE_ENDINGS, check_free, run_around, write_table


def run_predict(
    path: Path, new: Path, out: Path, columns: dict[str, str | None], *, force: bool
) -> None:
    """Do `shoal predict`."""
    if out.suffix.lower() not in TABLE_ENDINGS:
        raise BadInput(f"-o must end in {', '.join(TABLE_ENDINGS)}, got {out.name!r}.")
    if (inside := run_around(out)) is not None:
        raise BadInput(f"-o must not be inside the run in {inside}. Choose another path.")
    check_free(out, force=force)
    run = Run(path)
    beside = out.with_name(f"{out.stem}.passages{out.suffix}")
    split = bool(run.recipe.stages["read"].get("split"))
    if split:
        check_free(beside, force=force)
    console = make_console()
    progress = BarProgress(console) if console.is_terminal else LineProgress(console)
    try:
        wanted = {key.strip("_"): value for key, value in columns.items()}
        if split:
            table, passages = run.predict_passages(new, **wanted, progress=progress)
        else:
            table = run.predict_table(new, **wanted, progress=progress)
    finally:
        progress.close()
    n_defused = write_table(table, out)
    if split:
        say_written(console, beside, write_table(passages, beside))
    notes = table["note"].to_pylist()
    fresh = sum(note is not None and note.startswith("new") for note in notes)
    clusters = table["cluster"].to_pylist()
    placed = sum(c >= 0 for c in clusters)
    new_rows = f", {fresh:,} new (they fit nowhere)" if fresh else ""
    console.print(f"{many(len(table), 'row')}: {placed:,} placed{new_rows}")
    if fresh and (run.path / DETECTOR).is_file():
        console.print(
            f"About {REFUSED:.0%} of rows like those of the run are also called new. The note "
            "column says why."
        )
    # a row that has a cluster may have a note on a picture that could not be used
    unassigned = [note for note, c in zip(notes, clusters, strict=True) if c < 0 and note]
    others = sum(not note.startswith("new") for note in unassigned)
    if others:
        info = many(others, "row has", "rows have")
        console.print(f"{info} no cluster for other reasons; see the note column")
    say_written(console, out, n_defused)


def run_report(path: Path, out: Path | None, *, force: bool, texts: bool = True) -> None:
    """Do `shoal report`."""
    run = Run(path)
    if out is not None:
        check_free(out, force=force)
    if out is None and not texts:
        raise BadInput("a report without texts needs -o FILE; it is never written into the run.")
    written = run.report(out, texts=texts)
    console = make_console()
    say_written(console, written)
    say_edits(console, run.edits_said)


def run_describe(
    path: Path, describer: str | None, settings: tuple[str, ...], ask: str | None = None
) -> None:
    """Do `shoal describe`."""
    params = dict(map(parsed, settings))
    if ask is not None:
        params["describe.ask"] = ask
    console = make_console()
    progress = BarProgress(console) if console.is_terminal else LineProgress(console)
    try:
        run = describe(path, describer=describer, settings=params, progress=progress)
    finally:
        progress.close()
    show_summary(console, run)


def run_cache(*, clear: bool, model: str | None) -> None:
    """Do `shoal cache`."""
    root, limit = cache_folder(), cache_limit()
    kept = holdings(root)
    bad = unusable(root)
    if model is not None:
        names = {holding.name for holding in kept}
        if model not in names:
            raise UnknownPart.among("model in the cache", model, names)
        kept = [holding for holding in kept if holding.name == model]
    console = Console(highlight=False, soft_wrap=True)
    if clear:
        freed = _clear(kept, all_of_it=model is None)
        console.print(Text(f"{_size(freed)} freed in {clean(str(root), 4096)}"))
        return
    if bad:
        console.print(Text(f"vectors cannot be cached: {clean(bad, 4096)}", "yellow"))
    total = sum(holding.bytes for holding in kept)
    console.print(Text(f"{clean(str(root), 4096)}: {_size(total)} of {_size(limit)}"))
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for name in ("model", "vectors", "size", "last used"):
        table.add_column(name, justify="left" if name == "model" else "right")
    for holding in kept:
        day = datetime.fromtimestamp(holding.used, UTC).strftime("%Y-%m-%d")
        table.add_row(
            Text(clean(holding.name, 200)), f"{holding.rows:,}", _size(holding.bytes), day
        )
    if kept:
        console.print(table)
    if model is None:
        n_texts, n_bytes = documents.held()
        console.print(Text(f"texts of {n_texts:,} documents: {_size(n_bytes)}"))


def _clear(kept: list[Holding], *, all_of_it: bool) -> int:
    """Remove vectors and, if all of the cache goes, answers and texts; returns the bytes."""
    for holding in kept:
        shutil.rmtree(holding.folder, ignore_errors=True)
    freed = sum(holding.bytes for holding in kept)
    if all_of_it:
        AnswerCache(answers_folder()).clear()
        freed += documents.clear()
    return freed


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.1f} MB"


def run_parts(wanted: str | None) -> None:
    """Do `shoal parts`."""
    families = {"read": READERS, **FAMILIES, "evaluate": METRICS, "engine": ENGINES}
    known = {name: family for name, family in families.items()}
    known.update({family.kind: family for family in families.values()})
    if wanted is not None and wanted not in known:
        raise UnknownPart.among("family", wanted, known)
    console = Console(highlight=False)
    for stage, family in families.items():
        if wanted is not None and known[wanted] is not family:
            continue
        table = Table(box=None, padding=(0, 2), title=f"{stage} ({family.kind})")
        table.title_justify, table.title_style = "left", "bold"
        table.show_header = False
        for name in family.names():
            part = family.parts.get(name.partition(":")[0])
            table.add_row(
                name,
                _summary(family, name, part.summary if part else ("from an installed package")),
            )
        console.print(table)
        console.print()


def _summary(family: Any, name: str, summary: str) -> Text:
    text = Text(summary)
    try:
        parameters = {} if family in (READERS, METRICS) else family.parameters(name)
    except MissingExtra:
        return text.append(" (not installed)", "yellow")
    info = ", ".join(
        key if default is inspect.Parameter.empty else f"{key}={default!r}"
        for key, default in parameters.items()
    )
    return text.append(f"\n{info}", "dim") if info else text
