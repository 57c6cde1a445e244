"""The command ``shoal``: its commands, and how an error ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from shoal import __version__
from shoal.cli.ending import is_stop, mistake, say
from shoal.cli.once import Once
from shoal.cli.options import GroupedCommand, new_columns, run_options
from shoal.cli.places import PLACE, agreed

USER_MISTAKE = 2
INTERRUPTED = 130


class _Commands(click.Group):
    """The commands; none silently accepts an option twice."""

    command_class = Once


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shoal")
def shoal() -> None:
    """Turn a pile of texts into clusters that you can name, trust and explore.

    Start with:  shoal cluster reviews.csv
    """


@shoal.command(
    cls=GroupedCommand, short_help="Cluster texts, pictures or records into a run folder."
)
@click.argument("sources", nargs=-1, metavar="SOURCE...", type=click.Path(path_type=Path))
@run_options
def cluster(sources: tuple[Path, ...], **options: Any) -> None:
    """Cluster the texts, documents, pictures or records in SOURCE into a run folder with a report.

    SOURCE is a table (CSV, TSV, Excel, JSON lines, Parquet, Arrow, SQLite, DuckDB), a folder or ZIP
    of documents, text files or pictures, vectors (.npy), or - for standard input (one text a line).
    Several sources are stacked.
    """
    from shoal.cli.cluster import run_cluster

    run_cluster(list(sources), options)


@shoal.command(short_help="Assign new rows to the clusters of a run.")
@click.argument("run", type=PLACE)
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=PLACE, required=True, help="Output file: .csv, .jsonl or .parquet."
)
@new_columns
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed("embed", "normalize", "reduce")
def predict(run: Path, new: Path, out: Path, force: bool, **columns: str | None) -> None:
    """Give the rows of NEW the clusters of a finished RUN; rows that fit nowhere get -1."""
    from shoal.cli.small_commands import run_predict

    run_predict(run, new, out, columns, force=force)


@shoal.command(short_help="Print how good a clustering is.")
@click.argument("run", type=PLACE)
@click.option("--truth", metavar="COL", help="Ground-truth column, kept in the run.")
@click.option("--clusters", "each", is_flag=True, help="Also print per-cluster scores.")
@agreed()
def evaluate(run: Path, truth: str | None, each: bool) -> None:
    """Print how good a finished RUN is, against a truth column if one is named."""
    from shoal.cli.evaluate import run_evaluate

    run_evaluate(run, truth, each=each)


@shoal.command(short_help="Compare two runs of the same rows.")
@click.argument("before", metavar="RUN", type=PLACE)
@click.argument("after", metavar="RUN", type=PLACE)
@click.option(
    "-o",
    "--out",
    "outs",
    multiple=True,
    type=PLACE,
    help="Output file: .html or .svg for the flow chart, .csv, .jsonl or .parquet for the "
    "rows, .json for the changes; repeatable.",
)
@click.option(
    "--by",
    type=click.Choice(["auto", "id", "content", "position"]),
    default="auto",
    help="How rows are matched (default: auto-detected).",
)
@click.option("--all", "every", is_flag=True, help="Print every change, not only the largest.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed(of=("before", "after"))
def compare(
    before: Path, after: Path, outs: tuple[Path, ...], by: str, every: bool, force: bool
) -> None:
    """Compare two finished runs of the same rows: what split, merged, moved.

    The first RUN is the one before, the second the one after.
    """
    from shoal.cli.compare import run_compare

    run_compare(before, after, outs, by=by, every=every, force=force)


@shoal.command(short_help="Search clusterers and parameters on a run.")
@click.argument("run", type=PLACE)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    help="Time budget; run the command again to continue.",
)
@click.option(
    "--cluster",
    "clusterers",
    multiple=True,
    metavar="NAME",
    help="Try only this clusterer; repeatable (default: all).",
)
@click.option("--truth", metavar="COL", help="Ground-truth column, kept in the run; adds ARI.")
@agreed("cluster")
def tune(run: Path, seconds: float, clusterers: tuple[str, ...], truth: str | None) -> None:
    """Try clusterers and parameters on a finished RUN; nothing is embedded again.

    Shows the best trade-offs of quality, coverage and number of clusters, each with its command.
    """
    from shoal.cli.tune import run_tune

    run_tune(run, seconds=seconds, clusterers=clusterers, truth=truth)


@shoal.command(short_help="Rename the clusters of a run.")
@click.argument("run", type=PLACE)
@click.option(
    "--describe",
    "describer",
    metavar="NAME",
    help="Title writer; http://HOST/v1 asks a language model (default: same as the run).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="describe.PARAM=VALUE",
    help="Any parameter of the describer, such as describe.model=NAME.",
)
@click.option(
    "--ask",
    metavar="TEXT",
    help='What titles by a language model should focus on, such as "by what went wrong".',
)
@agreed("embed", "normalize", "reduce", "cluster", "evaluate", "describe", "draw", "engine")
def describe(run: Path, describer: str | None, settings: tuple[str, ...], ask: str | None) -> None:
    """Name the clusters of a finished RUN anew; which row is in which cluster stays as it is."""
    from shoal.cli.small_commands import run_describe

    run_describe(run, describer, settings, ask)


@shoal.command(short_help="List the rows that stand out.")
@click.argument("run", type=PLACE)
@click.option("-n", "n_shown", type=click.IntRange(min=1), default=20, show_default=True)
@click.option(
    "-o", "--out", type=PLACE, help="Output file for all anomalies: .csv, .jsonl or .parquet."
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed()
def anomalies(run: Path, n_shown: int, out: Path | None, force: bool) -> None:
    """List the rows of a finished RUN that are unlike all others, each with a reason.

    A small group that is odd as a whole is shown once.
    """
    from shoal.cli.findings import run_anomalies

    run_anomalies(run, n_shown, out, force=force)


@shoal.command(short_help="List near-duplicate rows, within a run or between two tables.")
@click.argument("run", type=PLACE)
@click.argument("other", type=click.Path(path_type=Path), required=False)
@click.option(
    "-n", "n_shown", type=click.IntRange(min=1), default=20, show_default=True, help="Groups."
)
@click.option(
    "-o", "--out", type=PLACE, help="Output file for all groups: .csv, .jsonl or .parquet."
)
@new_columns
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed(of=("run", "other"))
def duplicates(
    run: Path,
    other: Path | None,
    n_shown: int,
    out: Path | None,
    force: bool,
    **columns: str | None,
) -> None:
    """List groups of rows of a finished RUN that are nearly or exactly the same.

    With OTHER, another run or any source: list the rows of OTHER that RUN has too, such as rows of
    a test set that are in the training set.

    Give `shoal cluster SOURCE --dedupe` to cluster one row of each group only.
    """
    from shoal.cli.findings import run_duplicates, run_overlap

    if other is None:
        run_duplicates(run, n_shown, out, columns, force=force)
    else:
        run_overlap(run, other, n_shown, out, columns, force=force)


@shoal.command(short_help="Draw a picture of a run.")
@click.argument("run", type=PLACE)
@click.argument("kind")
@click.option(
    "-o",
    "--out",
    type=PLACE,
    required=True,
    help="Output file: .png, .svg or .pdf, or .html for an interactive plot.",
)
@click.option(
    "--by", metavar="NAME", help="map: umap, tsne or pca instead of the run's own layout."
)
@click.option("-n", "n", type=click.IntRange(min=1), help="Maximum number of clusters drawn.")
@click.option("--column", metavar="COL", help="time: the date column (default: auto-detected).")
@click.option("--with", "other", type=PLACE, help="flow: the other run.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed(of=("run", "other"))
def plot(run: Path, kind: str, out: Path, force: bool, **options: Any) -> None:
    """Draw a picture of a finished RUN.

    KIND is map, sizes, keywords, similarity, silhouette, curves, anomalies, tree, layers,
    segments, time or flow.
    """
    from shoal.cli.findings import run_plot

    run_plot(run, kind, out, options, force=force)


@shoal.command(short_help="Rewrite the report of a run.")
@click.argument("run", type=PLACE)
@click.option(
    "-o", "--out", type=PLACE, help="Output file (default: report.html in the run folder)."
)
@click.option(
    "--no-texts",
    is_flag=True,
    help="Leave out the rows' texts, ids and pictures, so that the report can be shared.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed()
def report(run: Path, out: Path | None, no_texts: bool, force: bool) -> None:
    """Write the report of a finished RUN again."""
    from shoal.cli.small_commands import run_report

    run_report(run, out, force=force, texts=not no_texts)


@shoal.command(short_help="View, search and edit a run in the browser.")
@click.argument("run", type=PLACE)
@click.option("--port", type=int, default=0, metavar="N", help="Port (default: a free one).")
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADDRESS",
    help="Address to listen on (default: this machine only).",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Host name of a reverse proxy in front; repeatable.",
)
@click.option(
    "--root-path",
    default="",
    metavar="/PREFIX",
    help="Path prefix that the reverse proxy does not strip.",
)
@agreed("embed", "normalize", "cluster", "describe")
def explore(
    run: Path, port: int, host: str, no_browser: bool, allowed: tuple[str, ...], root_path: str
) -> None:
    """See, search and edit the clusters of a finished RUN in the browser, until Ctrl-C.

    Prints the address with its token. Any other --host than this machine needs a password in the
    variable SHOAL_PASSWORD.
    """
    from shoal.cli.explore import run_explore

    run_explore(
        run,
        port=port,
        host=host,
        browser=not no_browser,
        allowed=allowed,
        root_path=root_path,
    )


@shoal.command(short_help="List, undo and export the edits of a run.")
@click.argument("run", type=PLACE)
@click.option("--undo", type=int, metavar="N", help="Undo the last N edits.")
@click.option("--redo", type=int, metavar="N", help="Redo the last N undone edits.")
@click.option(
    "--revert", type=int, metavar="VERSION", help="Undo everything after VERSION (0: all)."
)
@click.option(
    "-o", "--out", type=PLACE, help="Output file for the edited rows: .csv, .jsonl or .parquet."
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@agreed()
def edits(
    run: Path, undo: int | None, redo: int | None, revert: int | None, out: Path | None, force: bool
) -> None:
    """List what people edited in a finished RUN; undo or redo it, write the rows as edited."""
    from shoal.cli.explore import run_edits

    run_edits(run, undo=undo, redo=redo, revert=revert, out=out, force=force)


@shoal.command(short_help="List the available parts.")
@click.argument("family", required=False)
def parts(family: str | None) -> None:
    """List every part that can be chosen, with its parameters and defaults."""
    from shoal.cli.small_commands import run_parts

    run_parts(family)


@shoal.command(short_help="Show or clear the cached vectors.")
@click.option("--clear", is_flag=True, help="Delete the cache.")
@click.option("--model", metavar="NAME", help="Only the vectors of this model.")
def cache(clear: bool, model: str | None) -> None:
    """Show where vectors are kept, of which models and how many, or delete them.

    The variable SHOAL_CACHE names another folder, SHOAL_CACHE_LIMIT another limit (default:
    10GB). A run with --set embedder.cache=false neither reads nor writes it.
    """
    from shoal.cli.small_commands import run_cache

    run_cache(clear=clear, model=model)


@shoal.command(short_help="Check the installation, or the files of a run.")
@click.argument("run", type=PLACE, required=False)
@click.option("--repair", "repairs", is_flag=True, help="Rebuild the damaged files of RUN.")
@click.option("--json", "as_json", is_flag=True, help="Print a single JSON document.")
@agreed("embed", "normalize", "reduce", "cluster", "evaluate", "describe", "draw", "engine")
def doctor(run: Path | None, repairs: bool, as_json: bool) -> None:
    """Say what is installed and what is missing; with RUN, whether each of its files is whole.

    Ends with exit code 2 if a file is damaged. What can be computed again from the other files of
    the run, or from its source, is made again with --repair.
    """
    from shoal.cli.doctor import run_doctor

    run_doctor(run, repairs=repairs, as_json=as_json)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; leave with 0, with 2 for a mistake of the user, 130 when stopped."""
    words = sys.argv[1:] if arguments is None else arguments
    own_process = arguments is None
    try:
        shoal.main(words, prog_name="shoal", standalone_mode=False, obj=own_process)
    except (Exception, KeyboardInterrupt) as error:
        if is_stop(error):
            say("stopped. Run the same command again to resume.")
            sys.exit(INTERRUPTED)
        if type(error).__name__ == "NoArgsIsHelpError" and isinstance(error, click.UsageError):
            error.show()  # the whole help; not every click has the class
        elif not isinstance(error, BrokenPipeError):
            say(f"error: {mistake(error, words)}")
        sys.exit(USER_MISTAKE)
