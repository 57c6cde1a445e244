"""The options of a run, in the groups in which `shoal cluster --help` shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shoal.cli.once import Once
from shoal.cli.places import PLACE, TRUST

INPUT = (
    click.option("--text", metavar="COL", help="Text column (default: auto-detected)."),
    click.option("--image", metavar="COL", help="Picture column: file paths or image bytes."),
    click.option("--vectors", metavar="COL|FILE", help="Your own vectors, instead of a model."),
    click.option(
        "--columns",
        metavar="A,B,...",
        help="Columns of records to cluster by (default: auto-detected).",
    ),
    click.option(
        "--as",
        "as_",
        type=click.Choice(["text", "records", "pictures"]),
        help="What SOURCE holds (default: auto-detected from all columns).",
    ),
    click.option("--id", "id_", metavar="COL", help="ID column (default: auto-detected)."),
    click.option("--truth", metavar="COL", help="Ground-truth column for evaluation."),
    click.option(
        "--outcome",
        metavar="A,B,...",
        help="Columns to compare with the clusters, but not to cluster by.",
    ),
    click.option(
        "--rfm",
        metavar="CUSTOMER,DATE,AMOUNT",
        help="SOURCE holds transactions: cluster customers by recency, frequency and value.",
    ),
    click.option(
        "--where",
        metavar="CONDITION",
        help="Keep only matching rows: SQL, such as \"stars > 3 AND lang = 'en'\".",
    ),
    click.option(
        "--query",
        metavar="SQL",
        help="Cluster the result of a SELECT; each file is a table named after it.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook, or table of a database."),
    click.option("--ocr", is_flag=True, help="Read scanned pages with tesseract."),
)
CLUSTERING = (
    click.option("-k", "k", type=int, metavar="N", help="Exactly N clusters, covering all rows."),
    click.option(
        "--detail",
        type=click.Choice(["coarse", "normal", "fine"]),
        help="Fewer or more clusters (default: normal).",
    ),
    click.option(
        "--coverage",
        type=click.Choice(["auto", "100"]),
        help="100 assigns every row; auto leaves out rows that fit nowhere.",
    ),
    click.option(
        "--weight",
        "weights",
        multiple=True,
        metavar="COL=NUMBER",
        help="Weight of a column of records (default: 1); repeatable.",
    ),
    click.option(
        "--ignore",
        multiple=True,
        metavar="COL",
        help="Remove what a column explains from the vectors, such as the company; "
        "repeatable. lang stands for the detected language unless a column has that "
        "name.",
    ),
    click.option("--embedder", metavar="NAME", help="Embedding model (default: minilm)."),
    click.option(
        "--long",
        type=click.Choice(["auto", "cut", "chunk"]),
        help="Texts longer than the model's limit: truncate (cut) or embed in chunks "
        "(chunk). Default: chunk if more than 1 % of the rows are too long.",
    ),
    click.option(
        "--split",
        type=click.Choice(["passages"]),
        help="Cluster passages, and report each text's mix of themes.",
    ),
    click.option(
        "--keep-frames",
        is_flag=True,
        help="Keep signatures, templates and links that many texts share.",
    ),
    click.option(
        "--leave-out",
        multiple=True,
        metavar="WORD",
        help="Embed texts without this word, such as the company that most of them name; "
        "repeatable.",
    ),
    click.option(
        "--dedupe",
        is_flag=True,
        help="Cluster one row per group of near-duplicates; the others get its cluster.",
    ),
    click.option("--normalize", metavar="NAME", help="Normalizer (default: l2)."),
    click.option("--reduce", metavar="NAME", help="Dimension reduction (default: pca)."),
    click.option("--cluster", "clusterer", metavar="NAME", help="Clustering algorithm."),
    click.option("--seed", type=int, metavar="N", help="Random seed (default: 0)."),
)
NAMING = (
    click.option(
        "--describe",
        "describer",
        metavar="NAME",
        help="Title writer; http://HOST/v1 asks a language model.",
    ),
    click.option(
        "--ask",
        metavar="TEXT",
        help='What a language model should tell of clusters, such as "by what went wrong".',
    ),
)
OUTPUT = (
    click.option("-o", "--out", "--output", type=PLACE, help="Run folder; s3://... works too."),
    click.option(
        "--export",
        type=click.Choice(["folders", "copies"]),
        help="Write one folder per cluster of pictures, with links or copies.",
    ),
    click.option("--force", is_flag=True, help="Overwrite an existing run in -o."),
    click.option("--verbose", is_flag=True, help="Also print scores and settings at the end."),
    click.option("--plan", is_flag=True, help="Print the plan and exit without writing anything."),
    click.option("--json", "as_json", is_flag=True, help="With --plan: print JSON."),
)
SCALE = (
    click.option(
        "--memory-limit",
        metavar="SIZE",
        help="Memory limit, such as 4GB; if the rows do not fit, samples are clustered.",
    ),
    click.option(
        "--engine",
        metavar="NAME",
        help="Execution backend: local, or ray for many processes and machines (default: local).",
    ),
    click.option(
        "--ray-address",
        metavar="HOST:PORT|auto",
        help="Address of a running Ray cluster, for --engine ray.",
    ),
)
MORE = (
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
        help="Start from the settings in a recipe.toml; SOURCE is still required.",
    ),
    TRUST,
)
GROUPS = {
    "Input": INPUT,
    "Clustering": CLUSTERING,
    "Naming": NAMING,
    "Output": OUTPUT,
    "Scale": SCALE,
    "More": MORE,
}


NEW_COLUMNS = (
    click.option("--text", metavar="COL", help="Text column (default: same as the run)."),
    click.option("--image", metavar="COL", help="Picture column (default: same as the run)."),
    click.option(
        "--vectors", metavar="COL|FILE", help="Vectors of the new rows (default: same as the run)."
    ),
    click.option("--id", "id_", metavar="COL", help="ID column (default: auto-detected)."),
)


def new_columns(command: Any) -> Any:
    """Add the options that say how new rows are read."""
    for option in reversed(NEW_COLUMNS):
        command = option(command)
    return command


class GroupedCommand(Once):
    """A command whose help shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of each group under its name."""
        left = {param.name: param for param in self.get_params(ctx)}
        for name, options in GROUPS.items():
            names = [_name_of(option) for option in options]
            lines = [left.pop(one).get_help_record(ctx) for one in names if one in left]
            with formatter.section(name):
                formatter.write_dl([line for line in lines if line])
        rest = [param for param in left.values() if isinstance(param, click.Option)]
        with formatter.section("Other"):
            formatter.write_dl([line for one in rest if (line := one.get_help_record(ctx))])


def _name_of(option: Any) -> str | None:
    """The parameter name of an option."""
    holder = option(lambda: None)
    name: str | None = holder.__click_params__[-1].name
    return name


def run_options(command: Any) -> Any:
    """Add the options of a run."""
    for option in reversed([option for options in GROUPS.values() for option in options]):
        command = option(command)
    return command
