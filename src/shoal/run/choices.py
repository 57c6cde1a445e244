"""What a user chose, put into a recipe: the number of clusters, settings, the address of Ray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shoal.errors import BadInput
from shoal.recipe import COVERAGE_OF_K, FAMILIES, Recipe


def with_ray_address(recipe: Recipe, address: str | None) -> Recipe:
    """Return the recipe with the address of a Ray cluster.

    Raises
    ------
    BadInput : if the engine is another
    """
    if address is None:
        return recipe
    if recipe.part("engine") != "ray":
        raise BadInput("a Ray address needs the ray engine: add --engine ray.")
    return recipe.choose("engine", address=address)


def with_cluster_choices(
    recipe: Recipe,
    *,
    k: int | None = None,
    detail: str | None = None,
    coverage: str | int | None = None,
) -> Recipe:
    """Return the recipe with the user's choices for the number of clusters.

    Raises
    ------
    BadInput : if two of the wishes contradict each other
    """
    if k is not None:
        if k < 1:
            raise BadInput(f"k must be a whole number of at least 1, got {k!r}.")
        if detail is not None:
            raise BadInput(
                "k fixes the number of clusters, so detail does not apply. Use only one of them."
            )
        _check_takes(recipe, "n_clusters", "-k")
        recipe = recipe.choose("cluster", n_clusters=k)
        if recipe.coverage != "100":
            # a user who asks for k clusters expects every row to be in one
            recipe = recipe.choose("cluster", coverage=COVERAGE_OF_K)
    if detail is not None:
        _check_takes(recipe, "detail", "--detail")
        if recipe.stages["cluster"].get("n_clusters") is not None:
            recipe = recipe.choose("cluster", n_clusters=None)
        if recipe.stages["cluster"]["coverage"] == COVERAGE_OF_K:
            recipe = recipe.choose("cluster", coverage="auto")  # it goes with the number
        recipe = recipe.choose("cluster", detail=detail)
    if coverage is not None:
        recipe = recipe.choose("cluster", coverage=str(coverage))
    return recipe


def _check_takes(recipe: Recipe, param: str, option: str) -> None:
    """Raise unless the clusterer has a parameter that an option sets."""
    if recipe.outside_access("cluster"):
        return  # known only by running foreign code; `build` refuses it
    name, family = recipe.part("cluster"), FAMILIES["cluster"]
    known = family.parameters(name)
    if param not in known:
        why = "it finds the clusters by itself"
        if "n_clusters" in known:
            why = "its number of clusters is set by -k"
        raise BadInput(
            f"the clusterer {name!r} takes no {option}: {why}. Leave {option} out, or choose "
            f"one that takes it: {', '.join(family.taking(param))}."
        )


def with_settings(recipe: Recipe, settings: Mapping[str, Any], *, parts: bool) -> Recipe:
    """Apply the settings that choose a part, or the others: a part drops what was chosen before."""
    for key, value in settings.items():
        if key.endswith(".part") != parts:
            continue
        stage, dot, param = key.partition(".")
        if not dot:
            raise BadInput(f"settings have the form stage.param, such as neighbors.k, got {key!r}.")
        recipe = recipe.choose_checked(stage, param, value)
    return recipe
