"""Reducers: fewer dimensions for the arithmetic, or two for the picture.

For the arithmetic a part has ``fit(X)``, ``transform(X)`` to unit vectors, and ``history``; and
``arrays()`` and ``restore(arrays)``, which save and load it without pickle. One whose fitted rows
have a place of their own has ``fit_transform(X)`` too, and one that places new rows among those
asks for the vectors it was fitted on, ``restore(arrays, vectors)``: the run keeps them anyway.

For the picture a part has ``fit_transform(X, neighbors=...)`` and ``history``.
"""

from shoal.plugins import Family, Part

REDUCERS = Family(
    kind="reducer",
    group="shoal.reducers",
    parts={
        "none": Part("shoal.parts.reducers.identity:Identity", "keeps all dimensions"),
        "pca": Part(
            "shoal.parts.reducers.pca:PCA", "principal components, if there are many dimensions"
        ),
        "random_projection": Part(
            "shoal.parts.reducers.random_projection:RandomProjection",
            "random projections: the fastest, preserves distances approximately",
        ),
        "umap": Part(
            "shoal.parts.reducers.umap:UMAP",
            "a few dimensions in which clusters are dense: for hdbscan and dbscan",
            extra="umap",
            module="umap",
        ),
    },
)

MAPPERS = Family(
    kind="mapper",
    group="shoal.mappers",
    parts={
        "layout": Part(
            "shoal.parts.reducers.layout:NeighborLayout",
            "2-D map that pulls neighbors together, from the shared neighbor graph (default)",
        ),
        "pca": Part("shoal.parts.reducers.pca:PCAMap", "2-D map of the two principal components"),
        "umap": Part(
            "shoal.parts.reducers.umap:UMAPMap",
            "UMAP's 2-D map, from the shared neighbor graph",
            extra="umap",
            module="umap",
        ),
        "tsne": Part(
            "shoal.parts.reducers.tsne:TSNEMap",
            "t-SNE's 2-D map, from the shared neighbor graph: slow, best at preserving neighbors",
            extra="tsne",
            module="openTSNE",
        ),
    },
)
