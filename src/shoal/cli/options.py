"""The options of a run, which two commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shoal.cli.places import PLACE, TRUST

COLUMNS = (
    click.option("--text", metavar="COL", help="Column of the texts (default: found out)."),
    click.option(
        "--image", metavar="COL", help="Column of pictures: paths of files, or their bytes."
    ),
    click.option("--vectors", metavar="COL|FILE", help="Vectors made before, in place of a model."),
    click.option(
        "--columns",
        metavar="A,B,...",
        help="Columns of records to cluster by (default: found where there is no text).",
    ),
    click.option(
        "--rfm",
        metavar="CUSTOMER,DATE,AMOUNT",
        help="SOURCE is transactions: cluster customers by recency, frequency, value.",
    ),
    click.option(
        "--weight",
        "weights",
        multiple=True,
        metavar="COL=NUMBER",
        help="How much a column of records counts (default: 1); may be given again.",
    ),
    click.option(
        "--as",
        "as_",
        type=click.Choice(["text", "records", "pictures"]),
        help="What SOURCE is taken for (default: found out from all columns).",
    ),
    click.option(
        "--outcome",
        metavar="A,B,...",
        help="Columns to compare with the clusters, and not to cluster by.",
    ),
    click.option(
        "--where",
        metavar="CONDITION",
        help="Only rows that pass: SQL, such as \"stars > 3 AND lang = 'en'\".",
    ),
    click.option(
        "--query",
        metavar="SQL",
        help="Cluster what a SELECT gives; files are tables named like them.",
    ),
    click.option("--sheet", metavar="NAME", help="Sheet of a workbook, or table of a database."),
    click.option("--id", "id_", metavar="COL", help="Column of the ids (default: found)."),
    click.option("--truth", metavar="COL", help="Column of true classes to measure by."),
)
"""Options that name columns of the source."""
CHOICES = (
    click.option("-o", "--out", "--output", type=PLACE, help="Run folder, also s3://…."),
    click.option("-k", "k", type=int, metavar="N", help="Exactly N clusters of all rows."),
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
        type=click.Choice(["auto", "cut", "chunk"]),
        help="Long texts: cut off what the model does not read, or embed it in parts "
        "(default: in parts where over 1 % of the rows are long).",
    ),
    click.option(
        "--split",
        type=click.Choice(["passages"]),
        help="Cluster the passages of each text, and tell what mix of themes it is.",
    ),
    click.option("--ocr", is_flag=True, help="Recognize the text of scanned pages (tesseract)."),
    click.option("--normalize", metavar="NAME", help="Normalizer (default: l2)."),
    click.option("--reduce", metavar="NAME", help="Reducer (default: pca)."),
    click.option("--cluster", "clusterer", metavar="NAME", help="Clusterer."),
    click.option(
        "--describe",
        "describer",
        metavar="NAME",
        help="Who writes the titles; http://HOST/v1 asks a language model.",
    ),
    click.option("--verbose", is_flag=True, help="Scores and settings too, at the end."),
    click.option(
        "--dedupe",
        is_flag=True,
        help="Cluster one row for all that are nearly the same; the rest get its cluster.",
    ),
    click.option(
        "--keep-frames",
        is_flag=True,
        help="Embed what many texts share around what each says: signatures, templates, links.",
    ),
    click.option(
        "--engine",
        metavar="NAME",
        help="Who computes: local, or ray for many processes and machines (default: local).",
    ),
    click.option(
        "--ray-address",
        metavar="HOST:PORT|auto",
        help="A Ray cluster that runs already, for --engine ray.",
    ),
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
        help="Start from the choices in a recipe.toml; SOURCE is given beside it.",
    ),
    click.option(
        "--export",
        type=click.Choice(["folders", "copies"]),
        help="A folder for each cluster of pictures, of links or of copies.",
    ),
    click.option(
        "--memory-limit",
        metavar="SIZE",
        help="Most memory, such as 4GB: of more rows than fit, samples are clustered.",
    ),
    click.option("--force", is_flag=True, help="Write over another run in -o."),
    TRUST,
)
"""Options that choose what is done."""


def run_options(command: Any) -> Any:
    """The options of a run."""
    for option in reversed([*COLUMNS, *CHOICES]):
        command = option(command)
    return command
