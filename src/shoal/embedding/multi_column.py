"""Records with texts or pictures among their columns: one vector of several blocks.

The plain columns are one block, each column of texts or pictures is another, embedded by a model
and kept in its cache like any other content. Every block has unit length and its share of the
weight, so that the cosine of two rows is the weighted mean of the cosines of their blocks. A row
without a text does without that block.

Blocks of one weight have shares that make the largest variance along any direction the same in
each, as multiple factor analysis does: else a column of two categories, which are as far from each
other as can be, would drown pictures or texts, which differ in many ways and in none so much.

References
----------
Escofier, Pagès (1994), Multiple factor analysis (AFMULT package). Computational Statistics & Data
Analysis 18.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shoal import stages
from shoal.data import Embeddings, FloatArray, Items
from shoal.data.records import DEEP
from shoal.data.source_columns import Block, Feature
from shoal.embedding.job import EmbeddingJob, as_items, open_cache, plan_embedding
from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray, DoubleArray, NamedArrays
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import unit
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.base import Embedder, LearnsFromTeacher, ModelInfo, modalities_of
from shoal.parts.embedders.columns import Columns, checked_weights
from shoal.parts.embedders.given import GivenVectors
from shoal.parts.engines.base import Engine
from shoal.progress import SILENT, Progress
from shoal.recipe import DEFAULTS, OF_MODALITY, Recipe

PLAIN = "columns"
"""What the block of the plain columns is called where a weight is given to it."""
BALANCE = "balance"
BALANCE_ROWS = 500
"""Most rows on which the balance of the blocks is measured."""
MIN_VARIANCE = 1e-3
"""A block in which all rows are alike shall not outweigh the others without bounds."""


class MultiColumnEmbedder:
    """The embedder of records of which some columns are embedded by models.

    Parameters
    ----------
    columns : name and kind of each cell of a record
    models : column of texts or pictures -> what embeds it
    weights : column -> how much it counts; `PLAIN` for all plain columns together
    """

    parallel = False

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        models: Mapping[str, Embedder],
        weights: Mapping[str, Any] | None = None,
    ) -> None:
        for name, model in models.items():
            if isinstance(model, LearnsFromTeacher):
                raise BadInput(
                    f"the embedder of {name!r} learns from the data, which works with a "
                    "single text column only. Choose another with --embedder, such as minilm."
                )
        plain = [(name, kind) for name, kind in columns if kind not in DEEP]
        names = [name for name, _ in columns]
        given = checked_weights([*names, PLAIN] if PLAIN not in names else names, weights)
        self.models = dict(models)
        self.plain = Columns(plain, given) if plain else None
        self._plain = [place for place, (_, kind) in enumerate(columns) if kind not in DEEP]
        self._names = names
        blocks = [*([PLAIN] if plain else []), *models]
        self.weights = {name: given[name] for name in blocks}
        self.variances_ = dict.fromkeys(blocks, 1.0)
        self.n_dims_: dict[str, int] = {}

    def learn(self, contents: Sequence[tuple[Any, ...]], *, shared: bool) -> MultiColumnEmbedder:
        """Fit the plain columns to (n,) distinct records, and the balance of the blocks to some.

        Parameters
        ----------
        contents : the records
        shared : whether models may use the cache of all runs
        """
        some = contents[:: -(-len(contents) // BALANCE_ROWS)]
        if self.plain:
            self.plain.learn(self.plain_of(contents))
            plain = self.plain.transform(self.plain_of(some))
            self.variances_[PLAIN] = largest_variance(plain)
        for name, model in self.models.items():
            known = [cell for cell in self.deep_of(some, name) if cell is not None]
            if known:
                cache = open_cache(model.info, None, shared=shared)
                vectors = plan_embedding(as_items(known), model, cache).run().vectors
                self.variances_[name] = largest_variance(unit(vectors))
        return self

    @property
    def shares(self) -> dict[str, float]:
        """The part of the weight that each block has, balanced; they sum to one."""
        wanted = {name: self.weights[name] / self.variances_[name] for name in self.weights}
        total = sum(wanted.values())
        return {name: share / total for name, share in wanted.items()}

    def plain_of(self, contents: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """The plain cells of records."""
        return [tuple(record[place] for place in self._plain) for record in contents]

    def deep_of(self, contents: Sequence[tuple[Any, ...]], name: str) -> list[Any]:
        """The cells of one column of texts or pictures."""
        place = self._names.index(name)
        return [record[place] for record in contents]

    def tail_excess(self, contents: Sequence[tuple[Any, ...]]) -> FloatArray:
        """What the scales of the plain columns do not tell apart; see `Columns.tail_excess`."""
        if not self.plain:
            return np.zeros((len(contents), 0), dtype=np.float32)
        return self.plain.tail_excess(self.plain_of(contents)) * np.float32(self.shares[PLAIN])

    def coordinates(self, contents: Sequence[tuple[Any, ...]]) -> DoubleArray:
        """One number for each plain number and category; see `Columns.coordinates`."""
        if not self.plain:
            return np.zeros((len(contents), 0))
        return self.plain.coordinates(self.plain_of(contents))

    @property
    def blur(self) -> DoubleArray:
        """Variance to add to each coordinate; see `Columns.blur`."""
        return self.plain.blur if self.plain else np.zeros(0)

    @property
    def info(self) -> ModelInfo:
        """All models, told apart by a hash of their revisions and of the weights."""
        models = [model.info for model in self.models.values()]
        plain = [self.plain.info] if self.plain else []
        details = repr([(info.name, info.revision) for info in [*plain, *models]]) + repr(
            self._state
        )
        names = dict.fromkeys(info.name for info in [*plain, *models])
        licences = dict.fromkeys(info.licence for info in [*plain, *models])
        revision = hashlib.sha256(details.encode()).hexdigest()[:32]
        return ModelInfo(" + ".join(names), f"joint:{revision}", ", ".join(licences), remember="no")

    @property
    def layout(self) -> list[Block]:
        """Where each block begins and ends, once the vectors were made; see `Columns.layout`."""
        out = list(self.plain.layout) if self.plain else []
        start = out[-1]["stop"] if out else 0
        for name, model in self.models.items():
            stop = start + self.n_dims_[name]
            done, weight = f"embedded by {model.info.name}", self.weights[name]
            out.append(Block(name=name, start=start, stop=stop, weight=weight, done=done))
            start = stop
        return out

    def arrays(self) -> NamedArrays:
        """What was learned, to be saved."""
        plain = self.plain.arrays() if self.plain else {}
        return {**plain, BALANCE: np.array(self._state)}

    @property
    def _state(self) -> str:
        return json.dumps({"weights": self.weights, "variances": self.variances_})

    def restore(self, arrays: Mapping[str, AnyArray]) -> MultiColumnEmbedder:
        """Restore the state that `arrays` returned."""
        if self.plain:
            self.plain.restore(arrays)
        details = json.loads(str(arrays[BALANCE]))
        self.weights, self.variances_ = details["weights"], details["variances"]
        return self


def largest_variance(vectors: FloatArray) -> float:
    """Variance of the rows along the direction in which it is largest.

    Parameters
    ----------
    vectors : (n, n_dims) float32
    """
    if len(vectors) < 2:
        return 1.0
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    with serial_algebra():
        product = centred.T @ centred if centred.shape[1] < len(centred) else centred @ centred.T
        largest = float(np.linalg.eigvalsh(product / len(centred))[-1])
    return max(largest, MIN_VARIANCE)


def record_embedder(
    features: Sequence[Feature],
    recipe: Recipe,
    given: Any,
    pinned: Mapping[str, str] | None = None,
) -> Any:
    """What embeds the records of a run: its columns, and models for those that need one.

    Parameters
    ----------
    features : name, kind and use of each column
    recipe : with the model and the weights
    given : a model of the user's own, in place of the recipe's
    pinned : column -> revision that its model must have, where the run is there already

    Raises
    ------
    BadInput : if a model is named and no column needs one, or a weight is wrong
    """
    used = [(f["name"], f["kind"]) for f in features if f["use"] == "clustered"]
    weights = recipe.stages["embed"].get("weights")
    deep = [name for name, kind in used if kind in DEEP]
    if deep:
        details = {feature["name"]: feature for feature in features}
        pins = pinned or {}
        models = {n: _model(details[n], recipe, given, pins.get(n, "")) for n in deep}
        return MultiColumnEmbedder(used, models, weights)
    if given is not None or recipe.part("embed") != DEFAULTS["embed"]["part"]:
        raise BadInput(
            "none of the columns holds texts, so --embedder does not apply here. Drop it, or "
            "list a text column in --columns."
        )
    return Columns(used, checked_weights([name for name, _ in used], weights))


def _model(feature: Feature, recipe: Recipe, given: Any, pinned: str) -> Embedder:
    """What embeds a column: the model that was chosen, where it can, or that of its kind."""
    kind = feature["kind"]
    if kind == "vector":
        return GivenVectors(int(feature["form"]))
    chosen: Any = given or EMBEDDERS.find(recipe.part("embed"))
    if kind in modalities_of(chosen):
        made: Embedder = given or recipe.build("embed", pinned=pinned)
        return made
    part = OF_MODALITY.get(kind, {}).get("embed", DEFAULTS["embed"]["part"])
    default: Embedder = EMBEDDERS.build(part, {}, seed=recipe.seed)
    return default


@dataclass(frozen=True, slots=True, eq=False)
class MultiColumnJob:
    """The embedding of records by several models; has the interface of `EmbeddingJob`.

    Parameters
    ----------
    items : the records
    embedder : of all blocks
    works : column -> the embedding of its distinct contents
    """

    items: Items
    embedder: MultiColumnEmbedder
    works: Mapping[str, EmbeddingJob]

    @property
    def n_dims(self) -> int:
        """Length of the joint vectors."""
        return int(self.embedder.layout[-1]["stop"])

    @property
    def truncated(self) -> int:
        """How many texts are longer than their model reads."""
        return sum(work.truncated for work in self.works.values())

    @property
    def n_known(self) -> int:
        """How many contents were cached."""
        return sum(work.n_known for work in self.works.values())

    @property
    def n_contents(self) -> int:
        """How many texts and pictures models embed, of all columns together."""
        return sum(work.n_contents for work in self.works.values())

    @property
    def seconds(self) -> float:
        """Estimated for what is not embedded yet."""
        return sum(work.seconds for work in self.works.values())

    def run(
        self,
        out: FloatArray | None = None,
        progress: Progress = SILENT,
        engine: Engine | None = None,
    ) -> Embeddings:
        """Embed every block and concatenate them; see `EmbeddingJob.run`."""
        items, multi = self.items, self.embedder
        if out is None:
            out = np.zeros((len(items), self.n_dims), dtype=np.float32)
        distinct = items.distinct
        start = 0
        if multi.plain:
            records = multi.plain_of(stages.contents_of(items, distinct))
            block = multi.plain.transform(records) * np.float32(np.sqrt(multi.shares[PLAIN]))
            start = block.shape[1]
            out[distinct, :start] = block
        for name, work in self.works.items():
            block = unit(work.run(progress=progress, engine=engine).vectors)
            stop = start + block.shape[1]
            out[distinct, start:stop] = block * np.float32(np.sqrt(multi.shares[name]))
            start = stop
        repeats = np.nonzero((items.first >= 0) & (items.first != np.arange(len(items))))[0]
        out[repeats] = out[items.first[repeats]]
        return Embeddings(out, (multi.info.name,))

    def close(self) -> None:
        """Close the cache of each column; see `EmbeddingJob.close`."""
        for work in self.works.values():
            work.close()


def plan_any_embedding(
    items: Items, embedder: Any, own: Path | None, *, shared: bool
) -> EmbeddingJob | MultiColumnJob:
    """Plan the embedding by one model or several.

    Parameters
    ----------
    items : what is embedded
    embedder : the part, fitted if it learns
    own : folder of the run for vectors that are not shared, if there is one
    shared : whether the user lets runs share vectors
    """
    if isinstance(embedder, MultiColumnEmbedder):
        return _plan_multi_column(items, embedder, shared=shared)
    return plan_embedding(items, embedder, open_cache(embedder.info, own, shared=shared), own)


def _plan_multi_column(items: Items, multi: MultiColumnEmbedder, *, shared: bool) -> MultiColumnJob:
    contents = stages.contents_of(items, items.distinct)
    works = {}
    for name, model in multi.models.items():
        cells = as_items(multi.deep_of(contents, name))
        works[name] = plan_embedding(cells, model, open_cache(model.info, None, shared=shared))
        multi.n_dims_[name] = works[name].n_dims
    return MultiColumnJob(items, multi, works)
