"""Metrics: how good a clustering is, without a truth and with one.

A part is a function of a :class:`~shoal.parts.metrics.view.View`, returning a value, or a
:class:`~shoal.parts.metrics.view.Sampled` one with its interval where it looked at samples, or None
where it is not defined; the table says which direction is better.
"""

from dataclasses import dataclass

from shoal.plugins import Family, Part


@dataclass(frozen=True, slots=True)
class Traits:
    """What a metric needs and how it is read."""

    higher_is_better: bool
    needs_truth: bool
    space: str


METRICS = Family(
    kind="metric",
    group="shoal.metrics",
    parts={
        "coverage": Part(
            "shoal.parts.metrics.internal:coverage", "share of rows that have a cluster"
        ),
        "silhouette": Part(
            "shoal.parts.metrics.internal:silhouette", "own cluster against the next one"
        ),
        "davies_bouldin": Part(
            "shoal.parts.metrics.internal:davies_bouldin", "width of clusters against gaps"
        ),
        "calinski_harabasz": Part(
            "shoal.parts.metrics.internal:calinski_harabasz", "variance between against inside"
        ),
        "dbcv": Part("shoal.parts.metrics.internal:dbcv", "dense inside, sparse between"),
        "stability": Part(
            "shoal.parts.metrics.internal:stability", "agreement when rows are missing"
        ),
        "ari": Part("shoal.parts.metrics.external:ari", "pairs that agree with the truth"),
        "ami": Part("shoal.parts.metrics.external:ami", "information shared with the truth"),
        "nmi": Part("shoal.parts.metrics.external:nmi", "the same, chance not taken out"),
        "homogeneity": Part(
            "shoal.parts.metrics.external:homogeneity", "clusters hold one true class"
        ),
        "completeness": Part(
            "shoal.parts.metrics.external:completeness", "true classes are in one cluster"
        ),
        "v_measure": Part("shoal.parts.metrics.external:v_measure", "the two before, balanced"),
        "accuracy": Part("shoal.parts.metrics.external:accuracy", "rows right, paired one to one"),
    },
)

TRAITS = {
    "coverage": Traits(True, False, "labels"),
    "silhouette": Traits(True, False, "vectors"),
    "davies_bouldin": Traits(False, False, "vectors"),
    "calinski_harabasz": Traits(True, False, "vectors"),
    "dbcv": Traits(True, False, "vectors"),
    "stability": Traits(True, False, "labels"),
    "ari": Traits(True, True, "labels"),
    "ami": Traits(True, True, "labels"),
    "nmi": Traits(True, True, "labels"),
    "homogeneity": Traits(True, True, "labels"),
    "completeness": Traits(True, True, "labels"),
    "v_measure": Traits(True, True, "labels"),
    "accuracy": Traits(True, True, "labels"),
}
