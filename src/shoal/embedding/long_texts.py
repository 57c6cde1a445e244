"""Decide whether long texts are truncated or embedded in chunks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shoal.data import Items
from shoal.recipe import FAMILIES, Recipe

AUTO = "auto"
MAX_CUT = 0.01
"""Share of the rows that may be longer than the model reads before texts are embedded in parts."""
SAMPLE_ROWS = 2048
CHARS_A_TOKEN = 16
"""The beginning of a text, in characters for each token that is read, tells that it is longer."""


class ReadsTokens(Protocol):
    """An embedder with a limit on the tokens of a text."""

    max_tokens: int

    def is_longer(self, contents: list[str]) -> NDArray[np.bool_]:
        """Which texts are longer than that."""


def with_long_chosen(recipe: Recipe, items: Items) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe with `embed.long` decided by the lengths of the texts.

    Parameters
    ----------
    recipe : where `embed.long` is absent or "auto", it is decided
    items : what was read

    Returns
    -------
    The recipe, and a sentence for the user where long texts are embedded in parts
    """
    wanted = recipe.stages["embed"].get("long", AUTO)
    part = recipe.part("embed")
    if wanted != AUTO or not FAMILIES["embed"].has(part):
        return recipe, ()
    if "long" not in FAMILIES["embed"].parameters(part):
        kept = {key: value for key, value in recipe.stages["embed"].items() if key != "long"}
        return replace(recipe, stages={**recipe.stages, "embed": kept}), ()
    cut = recipe.choose("embed", long="cut")
    share, max_tokens = _share_longer(cut, items)
    if share <= MAX_CUT:
        return cut, ()
    return recipe.choose("embed", long="chunk"), (
        f"{share:.0%} of the texts exceed the model's limit of {max_tokens} tokens, so long "
        "texts are embedded in chunks. --long cut embeds only their beginning.",
    )


def _share_longer(recipe: Recipe, items: Items) -> tuple[float, int]:
    """Share of texts that exceed the model's token limit, and the limit."""
    if items.modality != "text":
        return 0.0, 0
    # a token has at least one byte, so most texts need not be tokenized
    limit = int(recipe.completed().stages["embed"].get("max_tokens", 0))
    sample = _sample(items)
    texts = [text for text in (items.contents[row] for row in sample) if _n_bytes(text) > limit - 2]
    if len(texts) <= MAX_CUT * len(sample):
        return 0.0, limit
    model: ReadsTokens = recipe.build("embed")
    begun = [text[: CHARS_A_TOKEN * limit] for text in texts]
    longer = int(np.count_nonzero(model.is_longer(begun)))
    return longer / len(sample), model.max_tokens


def _n_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _sample(items: Items) -> Any:
    """Rows with distinct texts, or some of them that do not depend on the order of the rows."""
    rows = items.distinct
    if len(rows) <= SAMPLE_ROWS or items.keys is None:
        return rows
    keys = np.ascontiguousarray(items.keys[rows][:, :8]).view(np.uint64).ravel()
    return rows[np.sort(np.argsort(keys, kind="stable")[:SAMPLE_ROWS])]
