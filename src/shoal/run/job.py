"""What every stage of one run needs to know."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.artifacts.folder import RunFolder
from shoal.data import Items
from shoal.recipe import Recipe
from shoal.run.metadata import RunMetadata


@dataclasses.dataclass(frozen=True, slots=True)
class RunJob:
    """What every stage of one run needs to know.

    Parameters
    ----------
    metadata : of the run, with its folder
    recipe : every choice
    items : what was read
    parts : stage -> the part that does it
    ignored : the value that each distinct row has in each column that is ignored
    """

    metadata: RunMetadata
    recipe: Recipe
    items: Items
    parts: Mapping[str, Any]
    ignored: Sequence[NDArray[np.int64]] = ()

    @property
    def folder(self) -> RunFolder:
        """The run folder that results are written to."""
        return self.metadata.folder

    def fingerprint(self, stage: str, without: Set[str] = frozenset()) -> str:
        """Hash of everything a stage's result depends on: earlier choices, data and model."""
        info = self.metadata.info
        model = info["model"]["revision"] if "model" in info else ""
        data = f"{info['hashes']['items']} {model}"
        return self.recipe.fingerprint(stage, data, without)
