"""Reducers: fewer dimensions for the arithmetic, or two for the picture.

A part has ``fit(X)`` and ``transform(X)`` (for the arithmetic), or ``fit_transform(X,
neighbors=...)`` (for the picture).
"""

from shoal.plugins import Family, Part

REDUCERS = Family(
    kind="reducer",
    group="shoal.reducers",
    parts={
        "none": Part("shoal.reducers.identity:Identity", "all dimensions as they are"),
        "pca": Part(
            "shoal.reducers.pca:PCA", "principal components where there are many dimensions"
        ),
    },
)

MAPPERS = Family(
    kind="mapper",
    group="shoal.mappers",
    parts={
        "layout": Part(
            "shoal.reducers.layout:NeighborLayout",
            "2-D map that pulls neighbors together, from the shared neighbor graph (default)",
        ),
        "pca": Part("shoal.reducers.pca:PCAMap", "2-D map of the two principal components"),
    },
)
