"""Clusterers: arrays in, labels out, in the contract of scikit-learn's ``ClusterMixin``.

A part has ``fit(X)`` and ``labels_``; it may also have ``fit(X, neighbors=(rows, distances))``
to use the shared neighbor graph, ``layers_`` (fine to coarse), ``chosen_``, ``reason_``,
``curves_`` (what a parameter was chosen by) and ``centres_`` (then a new item belongs to the
nearest centre). A class may have ``words``: parameter -> the words it takes, checked before any
work is done. Any scikit-learn clusterer fits.
"""

from shoal.plugins import Family, Part

CLUSTERERS = Family(
    kind="clusterer",
    group="shoal.clusterers",
    parts={
        "communities": Part(
            "shoal.clusterers.communities:Communities",
            "finds the number of clusters itself: communities of the neighbor graph (default)",
        ),
        "kmeans": Part(
            "shoal.clusterers.kmeans:KMeans",
            "k-means on unit vectors; chooses k where none is given (used with -k)",
        ),
    },
)
