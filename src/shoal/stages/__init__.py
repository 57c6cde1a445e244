"""The stages of a run: each a function from frozen data to frozen data.

This package is the only border between the frozen types and the plain arrays that parts see.
Parts get each distinct, usable content once; what comes back is spread to all rows when saved.
"""

from shoal.stages.carried import carried, carried_names
from shoal.stages.classes import true_classes
from shoal.stages.comparing import cells_of
from shoal.stages.evaluating import evaluate, purities, take
from shoal.stages.explaining import describe, draw, name_layers, name_segments
from shoal.stages.follows import followed_name, follows
from shoal.stages.grouping import cluster
from shoal.stages.ignoring import groups_of, ignore, ignored_said
from shoal.stages.profiling import profile
from shoal.stages.reading import read
from shoal.stages.reading.contents import unread_cells
from shoal.stages.refinding import with_stability
from shoal.stages.vectors import (
    contents_of,
    distinct_vectors,
    embed,
    neighbors,
    normalize,
    reduce,
    restore,
    selected,
)

__all__ = [
    "carried",
    "carried_names",
    "cells_of",
    "cluster",
    "contents_of",
    "describe",
    "distinct_vectors",
    "draw",
    "embed",
    "evaluate",
    "followed_name",
    "follows",
    "groups_of",
    "ignore",
    "ignored_said",
    "name_layers",
    "name_segments",
    "neighbors",
    "normalize",
    "profile",
    "purities",
    "read",
    "reduce",
    "restore",
    "selected",
    "take",
    "true_classes",
    "unread_cells",
    "with_stability",
]
