"""Clusterers: arrays in, labels out, in the contract of scikit-learn's ``ClusterMixin``.

A part has ``fit(X)`` and ``labels_``; it may also have ``fit(X, neighbors=(rows, distances))``
to use the shared neighbor graph, ``layers_`` (fine to coarse), ``chosen_``, ``reason_``,
``curves_`` (what a parameter was chosen by) and ``centres_`` (then a new item belongs to the
nearest centre). Where rows turn out to fit no cluster, ``remeasured(layer)`` is asked for the
scores of the others. A class may have ``words``: parameter -> the words it accepts, which are
checked before any work is done. Any scikit-learn clusterer fits.
"""

from shoal.plugins import Family, Part

CLUSTERERS = Family(
    kind="clusterer",
    group="shoal.clusterers",
    parts={
        "communities": Part(
            "shoal.parts.clusterers.communities:Communities",
            "finds the number of clusters itself: a hierarchy over the neighbor graph (default)",
        ),
        "kmeans": Part(
            "shoal.parts.clusterers.kmeans:KMeans",
            "k-means on unit vectors; chooses k where none is given (used with -k)",
        ),
        "minibatch_kmeans": Part(
            "shoal.parts.clusterers.centroids:MiniBatchKMeans",
            "exactly k clusters by k-means on a batch of rows at a time: for very many rows",
        ),
        "bisecting_kmeans": Part(
            "shoal.parts.clusterers.centroids:BisectingKMeans",
            "exactly k clusters by splitting the loosest cluster in two: the fastest",
        ),
        "agglomerative": Part(
            "shoal.parts.clusterers.agglomerative:Agglomerative",
            "exactly k clusters cut from a hierarchy (Ward or average linkage), which is saved",
        ),
        "spectral": Part(
            "shoal.parts.clusterers.spectral:Spectral",
            "exactly k clusters by the eigenvectors of the neighbor graph",
        ),
        "gaussian_mixture": Part(
            "shoal.parts.clusterers.gaussian_mixture:GaussianMixture",
            "mixture of k Gaussians, each with its own shape and size",
        ),
        "hdbscan": Part(
            "shoal.parts.clusterers.hdbscan:HDBSCAN",
            "clusters of varying density, the rest is noise; best after --reduce umap",
        ),
        "dbscan": Part(
            "shoal.parts.clusterers.dbscan:DBSCAN",
            "clusters of one density, the rest is noise; best after --reduce umap",
        ),
        "evoc": Part(
            "shoal.parts.clusterers.evoc:EVoC",
            "finds the number of clusters itself: EVoC on its own embedding",
            extra="evoc",
            module="evoc",
        ),
    },
)
