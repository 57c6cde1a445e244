"""Engines: where batches are worked on. They share the verb ``map``."""

from shoal.plugins import Family, Part

ENGINES = Family(
    kind="engine",
    group="shoal.engines",
    parts={
        "local": Part("shoal.parts.engines.local:LocalEngine", "threads of this process (default)"),
        "ray": Part(
            "shoal.parts.engines.ray_engine:RayEngine",
            "processes of Ray, on this machine or on a cluster: with bit-identical labels",
            extra="ray",
            module="ray",
            param_reaches={"address": "sends the data to the Ray cluster at {value}"},
        ),
    },
)
