"""Engines: where batches are worked on. Two verbs, ``map`` and ``map_reduce``."""

from shoal.plugins import Family, Part

ENGINES = Family(
    kind="engine",
    group="shoal.engines",
    parts={"local": Part("shoal.engines.local:LocalEngine", "threads of this process (default)")},
)
