"""What a run takes out of vectors, so that the clusters do not follow it."""

from __future__ import annotations

from shoal.artifacts.folder import RunFolder
from shoal.data import FloatArray
from shoal.numerics.erasure import Erasure
from shoal.recipe import Recipe
from shoal.storage import run_files

ERASURE = run_files.ERASURE
"""What the columns that are ignored say, and how much of it is left; not there without any."""


def erased(folder: RunFolder, recipe: Recipe, unit: FloatArray) -> FloatArray:
    """Normalized vectors of new contents without what the run takes out, (n, n_dims)."""
    if not recipe.stages["normalize"].get("ignore"):
        return unit
    return Erasure.restored(folder.read_arrays(ERASURE)).apply(unit)
