"""The embedder of a run: how it is chosen, fitted and recorded in run.json."""

from __future__ import annotations

from typing import Any

from shoal import stages
from shoal.artifacts.folder import LEARNED, RunFolder
from shoal.artifacts.run_info import ModelInfo
from shoal.data import Items
from shoal.embedding.job import EmbeddingJob, teach
from shoal.embedding.multi_column import MultiColumnEmbedder, MultiColumnJob, record_embedder
from shoal.errors import BadInput
from shoal.parts.embedders.base import (
    Embedder,
    HasAgreement,
    HasLayout,
    LearnsFromData,
    Restorable,
    check_modality,
)
from shoal.parts.embedders.given import GivenVectors
from shoal.parts.engines.base import Engine
from shoal.progress import Progress
from shoal.recipe import DEFAULTS, Recipe


def model_info(embedder: Any, work: EmbeddingJob | MultiColumnJob) -> ModelInfo:
    """The record of the model in run.json."""
    details = ModelInfo(
        name=embedder.info.name,
        licence=embedder.info.licence,
        revision=embedder.info.revision,
        truncated=work.truncated,
        from_cache=work.n_known,
        agreement=embedder.agreement if isinstance(embedder, HasAgreement) else None,
    )
    if isinstance(embedder, MultiColumnEmbedder):
        details["models"] = {name: model.info.revision for name, model in embedder.models.items()}
    if isinstance(embedder, HasLayout):
        details["blocks"] = embedder.layout
    return details


def chosen_embedder(items: Items, recipe: Recipe, given: Any) -> Embedder:
    """The embedder of the data; vectors that came with the data are passed through."""
    if items.modality == "record":
        record: Embedder = record_embedder(items.about["features"], recipe, given)
        return record
    if items.modality != "vector":
        embedder: Embedder = given or recipe.build("embed")
        check_modality(embedder, items.modality)
        return embedder
    if given is not None or recipe.part("embed") != DEFAULTS["embed"]["part"]:
        raise BadInput(
            "vectors are given, so --embedder does not apply here. Use only one of them."
        )
    return GivenVectors(int(items.contents[0].shape[0]))


def fit_embedder(
    folder: RunFolder,
    embedder: Any,
    items: Items,
    key: str,
    *,
    shared: bool,
    progress: Progress,
    engine: Engine,
) -> None:
    """Fit an embedder that learns from the data, or restore its saved state."""
    if not isinstance(embedder, Restorable):
        return
    if folder.has(LEARNED):
        arrays = folder.read_arrays(LEARNED)
        if str(arrays["key"]) == key:
            embedder.restore(arrays)
            return
    contents = stages.contents_of(items, items.distinct)
    if isinstance(embedder, MultiColumnEmbedder):
        embedder.learn(contents, shared=shared)
    elif isinstance(embedder, LearnsFromData):
        embedder.learn(contents)
    else:
        teach(embedder, items, shared=shared, progress=progress, engine=engine)
