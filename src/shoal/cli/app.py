"""The command ``shoal``: its commands, and how an error ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from shoal import __version__
from shoal.errors import ShoalError

USER_MISTAKE = 2
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="shoal")
def shoal() -> None:
    """Turn a pile of texts into clusters that you can name, trust and explore.

    Start with:  shoal cluster reviews.csv
    """


def _many(command: Any) -> Any:
    """The options that choose the parts of a run."""
    for option in reversed(
        [
            click.option("--text", metavar="COL", help="Column of the texts (default: found out)."),
            click.option(
                "--image", metavar="COL", help="Column of pictures: paths of files, or their bytes."
            ),
            click.option(
                "--vectors", metavar="COL|FILE", help="Vectors made before, in place of a model."
            ),
            click.option("--id", "id_", metavar="COL", help="Column of the ids (default: found)."),
            click.option("--truth", metavar="COL", help="Column of true classes to measure by."),
            click.option("-o", "--out", type=click.Path(path_type=Path), help="Run folder."),
            click.option("-k", "k", type=int, metavar="N", help="Exactly N clusters."),
            click.option(
                "--detail",
                type=click.Choice(["coarse", "normal", "fine"]),
                help="Fewer or more clusters (default: normal).",
            ),
            click.option(
                "--coverage",
                type=click.Choice(["auto", "100"]),
                help="100 places every row; auto leaves out rows with no home.",
            ),
            click.option("--embedder", metavar="NAME", help="Model (default: minilm)."),
            click.option(
                "--long",
                type=click.Choice(["cut", "chunk"]),
                help="Cut off what a model does not read, or embed it in parts (default: cut).",
            ),
            click.option("--normalize", metavar="NAME", help="Normalizer (default: l2)."),
            click.option("--reduce", metavar="NAME", help="Reducer (default: pca)."),
            click.option("--cluster", "clusterer", metavar="NAME", help="Clusterer."),
            click.option("--seed", type=int, metavar="N", help="Of all randomness (default: 0)."),
            click.option(
                "--set",
                "settings",
                multiple=True,
                metavar="STAGE.PARAM=VALUE",
                help="Any parameter of any part; `shoal parts` lists them.",
            ),
            click.option(
                "--recipe",
                type=click.Path(path_type=Path),
                help="Start from a recipe.toml of another run.",
            ),
            click.option(
                "--export",
                type=click.Choice(["folders", "copies"]),
                help="A folder for each cluster of pictures, of links or of copies.",
            ),
            click.option("--force", is_flag=True, help="Write over another run in -o."),
        ]
    ):
        command = option(command)
    return command


@shoal.command(short_help="Cluster texts or pictures into a run folder with a report.")
@click.argument("sources", nargs=-1, metavar="SOURCE...", type=click.Path(path_type=Path))
@_many
def cluster(sources: tuple[Path, ...], **options: Any) -> None:
    """Cluster the texts or pictures in SOURCE and write a run folder with a report.

    SOURCE is a CSV, TSV, JSONL or Parquet file, a text file or - for standard input (one text a
    line), a folder of text files or of pictures, or vectors (.npy); several are put under each
    other.
    """
    from shoal.cli.cluster import run_cluster

    run_cluster(list(sources), options)


@shoal.command(short_help="Give new rows the clusters of a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help=".csv, .jsonl or .parquet"
)
@click.option("--text", metavar="COL", help="Column of the texts (default: as in the run).")
@click.option("--image", metavar="COL", help="Column of pictures (default: as in the run).")
@click.option("--vectors", metavar="COL|FILE", help="Vectors of the new rows (default: as it was).")
@click.option("--id", "id_", metavar="COL", help="Column of the ids (default: found out).")
@click.option("--force", is_flag=True, help="Write over FILE.")
def predict(run: Path, new: Path, out: Path, force: bool, **columns: str | None) -> None:
    """Give the rows of NEW the clusters of a finished RUN; rows that fit nowhere get -1."""
    from shoal.cli.others import run_predict

    run_predict(run, new, out, columns, force=force)


@shoal.command(short_help="Print how good a run is.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--truth", metavar="COL", help="Column of true classes, kept in the run.")
@click.option("--clusters", "each", is_flag=True, help="The marks of every cluster, too.")
def evaluate(run: Path, truth: str | None, each: bool) -> None:
    """Print how good a finished RUN is, against a truth column if one is named."""
    from shoal.cli.evaluate import run_evaluate

    run_evaluate(run, truth, each=each)


@shoal.command(short_help="Compare two runs of the same rows.")
@click.argument("before", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("after", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    "outs",
    multiple=True,
    type=click.Path(path_type=Path),
    help=".html or .svg for the flow picture, .csv, .jsonl or .parquet for the rows, .json for "
    "the changes; may be given again.",
)
@click.option(
    "--by",
    type=click.Choice(["auto", "id", "content", "position"]),
    default="auto",
    help="How rows are matched (default: found out).",
)
@click.option("--all", "every", is_flag=True, help="Every change, not only the largest.")
@click.option("--force", is_flag=True, help="Write over FILE.")
def compare(
    before: Path, after: Path, outs: tuple[Path, ...], by: str, every: bool, force: bool
) -> None:
    """Compare two finished runs of the same rows: what split, merged, moved.

    The first RUN is the one before, the second the one after.
    """
    from shoal.cli.compare import run_compare

    run_compare(before, after, outs, by=by, every=every, force=force)


@shoal.command(short_help="Search clusterers and parameters on a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    help="Begin nothing that would end later; give the command again to go on.",
)
@click.option(
    "--cluster",
    "clusterers",
    multiple=True,
    metavar="NAME",
    help="Only this clusterer; may be given several times (default: all).",
)
@click.option("--truth", metavar="COL", help="Column of true classes, kept in the run: adds ARI.")
def tune(run: Path, seconds: float, clusterers: tuple[str, ...], truth: str | None) -> None:
    """Try clusterers and parameters on a finished RUN; nothing is embedded again.

    Shows the front of quality, coverage and number of clusters, with the command to get each.
    """
    from shoal.cli.tune import run_tune

    run_tune(run, seconds=seconds, clusterers=clusterers, truth=truth)


@shoal.command(short_help="Write the report of a run again.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="File (default: in the run).")
@click.option("--force", is_flag=True, help="Write over FILE.")
def report(run: Path, out: Path | None, force: bool) -> None:
    """Write the report of a finished RUN again."""
    from shoal.cli.others import run_report

    run_report(run, out, force=force)


@shoal.command(short_help="List the parts that can be chosen.")
@click.argument("family", required=False)
def parts(family: str | None) -> None:
    """List every part that can be chosen, with its parameters and defaults."""
    from shoal.cli.others import run_parts

    run_parts(family)


@shoal.command(short_help="Show or clear the vectors kept for all runs.")
@click.option("--clear", is_flag=True, help="Delete what is kept.")
@click.option("--model", metavar="NAME", help="Of this model only.")
def cache(clear: bool, model: str | None) -> None:
    """Show where vectors are kept, of which models and how many, or delete them.

    The variable SHOAL_CACHE names another folder, SHOAL_CACHE_LIMIT another limit (default:
    10GB). A run with --set embedder.cache=false neither reads nor writes it.
    """
    from shoal.cli.others import run_cache

    run_cache(clear=clear, model=model)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; leave with 0, with 2 for a mistake of the user, 130 when stopped."""
    try:
        shoal.main(args=arguments, prog_name="shoal", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        if _is_stop(error):
            _say("stopped. Give the same command again to go on from here.")
            sys.exit(INTERRUPTED)
        if type(error).__name__ == "NoArgsIsHelpError" and isinstance(error, click.UsageError):
            error.show()  # the whole help; not every click has the class
        elif not isinstance(error, BrokenPipeError):
            _say(f"error: {_mistake(error)}")
        sys.exit(USER_MISTAKE)


def _is_stop(error: BaseException) -> bool:
    """Whether the user stopped the run, perhaps while a compiled library was being loaded."""
    if isinstance(error, ImportError):
        return isinstance(error.__cause__ or error.__context__, KeyboardInterrupt)
    return isinstance(error, click.Abort | KeyboardInterrupt)


def _mistake(error: BaseException) -> str:
    """What to tell the user; an error that is none of the user's is raised again."""
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
            return f"{error.strerror or error}{name}. Check the path, its rights and the disk."
        case MemoryError():
            return "there is not enough memory. Give fewer rows, or close other programs."
    raise error


def _say(message: str) -> None:
    """One line to standard error, with nothing that could steer a terminal."""
    line = " ".join(message.split())
    click.echo("".join(char if char.isprintable() else "\ufffd" for char in line), err=True)
