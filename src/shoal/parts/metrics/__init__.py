"""Metrics: how good a clustering is, without a truth and with one.

A part is a function of a :class:`~shoal.parts.metrics.view.View`, returning a value, or a
:class:`~shoal.parts.metrics.view.Sampled` one with its interval where it looked at samples, or None
where it is not defined; the table says which direction is better.
"""

from dataclasses import dataclass

from shoal.plugins import Family, Part


@dataclass(frozen=True, slots=True)
class Metric:
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
    "coverage": Metric(True, False, "labels"),
    "silhouette": Metric(True, False, "vectors"),
    "davies_bouldin": Metric(False, False, "vectors"),
    "calinski_harabasz": Metric(True, False, "vectors"),
    "dbcv": Metric(True, False, "vectors"),
    "stability": Metric(True, False, "labels"),
    "ari": Metric(True, True, "labels"),
    "ami": Metric(True, True, "labels"),
    "nmi": Metric(True, True, "labels"),
    "homogeneity": Metric(True, True, "labels"),
    "completeness": Metric(True, True, "labels"),
    "v_measure": Metric(True, True, "labels"),
    "accuracy": Metric(True, True, "labels"),
}
