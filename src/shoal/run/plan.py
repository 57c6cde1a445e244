"""The plan of a run: what the source holds, and the estimated time and memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shoal.data import Items
from shoal.data.records import Records
from shoal.data.source_columns import Block, SourceColumns
from shoal.embedding.job import EmbeddingJob
from shoal.embedding.multi_column import MultiColumnJob
from shoal.errors import BadInput, TooFewItems
from shoal.numerics.blocks import available_threads
from shoal.numerics.samples import evenly
from shoal.parts.embedders.base import HasLayout
from shoal.recipe import FAMILIES, Recipe
from shoal.stages.explaining import MAX_TEXTS
from shoal.storage.memory import PROGRAM_MB

MODEL_MB = 215.0
"""A model of texts or pictures and a batch that fills it, measured on few rows."""
BLOCKS_MB, THREAD_MB, FILLED_ROWS = 50.0, 50.0, 8000
"""What is worked on at once, in all and by each thread: as much from so many rows on."""
SEARCH_MB, SEARCHED_ROWS = 75.0, 1_000_000
"""What each thread holds beside that while neighbors are sought in cells: as much from so many rows
on."""
ROW_BYTES, SAMPLED_BYTES, CHARACTER_BYTES = 130.0, 2500.0, 8.0
"""Memory a row takes, a row of the sample that is clustered and laid out, and a character of the
texts that are read for names. Fitted to what runs of 440 to 10,000,000 rows held. Vectors,
neighbors and columns are in files and count for nothing."""
MEASURED_TEXTS = 1000
"""Texts whose length is looked at; those of records are made for it, 100,000 of them in 4 s."""
EMBEDDED = ("text", "image")
"""What a model is held for."""
SAMPLED_STAGES = ("cluster", "draw")
"""Stages whose part may work on a sample of `sample_rows`."""
SMALLEST_SAMPLE = 5_000
"""Of fewer rows clusters are not found well enough to be worth it."""
PAIRS_PER_SECOND = 5.0e7
"""Pairs of rows compared by one thread in a second in the exact neighbor search, measured."""
PARTITION_ROWS = 10_000
"""Rows that each is compared with where neighbors are sought in a partition, measured."""
ROWS_PER_SECOND = 2500.0
"""Rows clustered, described and drawn in a second, measured at 10,000 and 100,000 rows."""
PLACED_PER_SECOND = 10_000.0
"""Rows placed among the clusters and the points of a sample in a second, measured at a million."""
TITLE_SECONDS = 3.0
"""Titles of the clusters of texts, however many rows there are: measured at 500 to 3,000."""
ALL_ROWS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Parameters
    ----------
    rows, distinct : rows of the source, and distinct contents among the usable ones
    excluded : why rows cannot be used -> how many
    about : the columns chosen and why
    notes : sentences about the source
    model : name of the embedding model
    truncated : texts longer than the model reads
    known, contents : how many vectors are in the cache, and how many there will be; of records with
        texts or pictures, those of all their columns
    threads : threads to be used
    seconds : estimated duration
    memory_mb : estimated peak memory
    folder : where the results go
    blocks : what the columns of records became, with "name", "weight" and "done"
    """

    rows: int
    distinct: int
    excluded: Mapping[str, int]
    about: SourceColumns
    notes: tuple[str, ...]
    model: str
    truncated: int
    known: int
    contents: int
    threads: int
    seconds: float
    memory_mb: float
    folder: Path
    blocks: tuple[Block, ...] = ()


def memory_megabytes(items: Items, sample_rows: int) -> float:
    """Estimated peak memory of a run, mapped files not counted.

    Parameters
    ----------
    items : what is clustered
    sample_rows : most rows that a stage works on at once
    """
    sample = min(len(items.distinct), sample_rows)
    texts = items.readable or ()
    looked_at = evenly(len(texts), MEASURED_TEXTS).tolist()
    characters = sum(len(texts[row] or "") for row in looked_at) / max(len(looked_at), 1)
    read = min(len(texts), MAX_TEXTS) * characters
    held = len(items) * ROW_BYTES + sample * SAMPLED_BYTES + read * CHARACTER_BYTES
    return program_megabytes(items) + held / 1e6


def program_megabytes(items: Items) -> float:
    """Memory that does not grow with the number of rows.

    Parameters
    ----------
    items : what is clustered
    """
    kinds: set[str] = {items.modality}
    if isinstance(items.contents, Records):
        kinds = {column.kind for column in items.contents.columns}
    has_model = not kinds.isdisjoint(EMBEDDED)
    blocks = BLOCKS_MB + THREAD_MB * available_threads()
    n = len(items.distinct)
    filled = min(n / FILLED_ROWS, 1.0)
    search = SEARCH_MB * available_threads() * min(n / SEARCHED_ROWS, 1.0)
    return PROGRAM_MB + MODEL_MB * has_model + blocks * filled + search


def within(recipe: Recipe, items: Items, limit: int) -> Recipe:
    """Reduce the recipe's sample sizes to stay within a memory limit.

    Parameters
    ----------
    recipe : every choice
    items : what is clustered
    limit : bytes

    Raises
    ------
    BadInput : if the smallest samples would not do
    """
    sample = sampled_rows(recipe)
    wanted = sample
    while memory_megabytes(items, wanted) * 1e6 > limit:
        wanted = min(wanted, len(items.distinct)) // 2
        if wanted < SMALLEST_SAMPLE:
            least = memory_megabytes(items, SMALLEST_SAMPLE) / 1000
            raise BadInput(
                f"--memory-limit is {limit / 1e9:.1f} GB, but {len(items):,} rows need at "
                f"least {least:.1f} GB, {program_megabytes(items) / 1000:.1f} GB of it for "
                "the program itself. Raise the limit or use fewer rows."
            )
    if wanted == sample:
        return recipe
    for stage in SAMPLED_STAGES:
        if "sample_rows" in _parameters(recipe, stage):
            recipe = recipe.choose(stage, sample_rows=wanted)
    return recipe


def check_fits(recipe: Recipe, items: Items) -> None:
    """Raise for requests that the rows cannot satisfy, before the long work starts.

    Raises
    ------
    TooFewItems : if more clusters are asked for than rows differ
    BadInput : if weights are given and the rows are no records
    """
    k, n = recipe.stages["cluster"].get("n_clusters"), len(items.distinct)
    if isinstance(k, int) and k > n:
        raise TooFewItems(
            f"k ({k}) must be at most the number of distinct rows ({n}). Use a smaller -k, or "
            "drop it."
        )
    weights = recipe.stages["embed"].get("weights")
    if weights and items.modality != "record":
        raise BadInput(
            "--weight applies to columns of records, but the rows are clustered by their "
            f"{items.modality}. Drop it, or name columns with --columns."
        )


def sampled_rows(recipe: Recipe) -> int:
    """Largest number of rows a stage works on at once; infinite if its part does not sample."""
    known = (_parameters(recipe, stage) for stage in SAMPLED_STAGES)
    return max(int(params.get("sample_rows", ALL_ROWS)) for params in known)


def _parameters(recipe: Recipe, stage: str) -> dict[str, Any]:
    """Parameters of a stage's part, including defaults; empty for a user's object."""
    family = FAMILIES[stage]
    if recipe.stages[stage].get("object") or not family.has(recipe.part(stage)):
        return {}
    return {**family.parameters(recipe.part(stage)), **recipe.params(stage)}


def make_plan(work: EmbeddingJob | MultiColumnJob, folder: Path, recipe: Recipe) -> Plan:
    """Estimate a run.

    Parameters
    ----------
    work : what is to be embedded
    folder : where the results go
    recipe : every choice
    """
    items = work.items
    distinct = len(items.distinct)
    threads = available_threads()
    wanted = recipe.stages["neighbors"]
    compared = distinct if distinct <= wanted["exact_rows"] else PARTITION_ROWS
    pairs = distinct * compared / (PAIRS_PER_SECOND * threads)
    sample = min(distinct, sampled_rows(recipe))
    seconds = work.seconds + pairs + sample / ROWS_PER_SECOND + distinct / PLACED_PER_SECOND
    seconds += TITLE_SECONDS if items.modality == "text" else 0.0
    return Plan(
        rows=len(items),
        distinct=distinct,
        excluded=dict(Counter(items.excluded.values())),
        about=items.about,
        notes=items.notes,
        model=work.embedder.info.name,
        truncated=work.truncated,
        known=work.n_known,
        contents=work.n_contents,
        threads=threads,
        seconds=seconds,
        memory_mb=memory_megabytes(items, sample),
        folder=folder,
        blocks=tuple(work.embedder.layout) if isinstance(work.embedder, HasLayout) else (),
    )


def title_of(data: Any) -> str:
    """Title of a run: the names of its files, or the kind of data."""
    if isinstance(data, Path):
        return data.name or str(data)
    if isinstance(data, list) and data and isinstance(data[0], Path):
        return ", ".join(path.name for path in data[:3])
    return f"a {type(data).__name__}"
