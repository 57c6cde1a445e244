"""The themes of a clustering: the layer whose clusters sum up the chosen ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.data import Clustering, Description
from shoal.numerics.partitions.agreement import majority
from shoal.parts.describers.base import Name


def broad_layer(clustering: Clustering) -> int | None:
    """Index of the layer whose clusters are the themes of the chosen ones, None without."""
    return next((i for i, layer in enumerate(clustering.layers) if layer.broad), None)


def theme_of_each(clustering: Clustering) -> NDArray[np.int32] | None:
    """The theme of each cluster, (n_clusters,) int32; None without themes."""
    broad = broad_layer(clustering)
    if broad is None:
        return None
    above = clustering.layers[broad].labels
    both = (clustering.labels >= 0) & (above >= 0)
    themes = np.asarray(majority(clustering.labels[both], above[both]), dtype=np.int32)
    return themes if len(themes) == clustering.n_clusters else None


def with_theme_titles(
    names: list[list[Name]], clustering: Clustering, descriptions: Sequence[Description]
) -> list[list[Name]]:
    """The names of the coarser layers, with the titles that the describer gave themes.

    Parameters
    ----------
    names : of each layer above the chosen one; titles are unique in a layer
    clustering : theirs
    descriptions : of the chosen layer
    """
    broad, themes = broad_layer(clustering), theme_of_each(clustering)
    if broad is None or themes is None:
        return names
    out = [list(layer) for layer in names]
    mine = out[broad - clustering.chosen - 1]
    for theme, one in zip(themes.tolist(), descriptions, strict=True):
        others = {name.title.casefold() for t, name in enumerate(mine) if t != theme}
        if one.theme and one.theme.casefold() not in others:
            mine[theme] = mine[theme]._replace(title=one.theme)
    return out
