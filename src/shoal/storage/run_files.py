"""Names of the files of a run folder. They are a public contract: docs/run_folder.md.

A name that begins with a dot is of no use once the run is done, and is not sent to an object store.
"""

from __future__ import annotations

from pathlib import PureWindowsPath

# what people and programs read
RUN = "run.json"
RECIPE = "recipe.toml"
REPORT = "report.html"
ITEMS = "items.parquet"
EMBEDDINGS = "embeddings.npy"
NEIGHBORS = "neighbors.npz"
ASSIGNMENTS = "assignments.parquet"
ANOMALIES = "anomalies.parquet"
DUPLICATES = "duplicates.parquet"
CLUSTERS = "clusters.json"
EVALUATION = "evaluation.json"
PROFILES = "profiles.json"
PASSAGES = "passages.parquet"
SHARES = "shares.parquet"
THUMBNAILS = "thumbnails.parquet"

# what later commands write
EDITS = "edits.jsonl"
TUNE = "tune.json"
SIGNATURE = "signature.json"

# what another cut, `predict` and the explorer need
BEYOND = "model/beyond.npz"
CLUSTERING = "model/clustering.npz"
CONTENTS = "model/contents.npz"
DETECTOR = "model/detector.npz"
EMBEDDER = "model/embedder.npz"
ERASURE = "model/erasure.npz"
FRAMES = "model/frames.json"
HIERARCHY = "model/hierarchy.npz"
LIMITS = "model/model.json"
NEAR_DUPLICATES = "model/duplicates.npz"
PARTITION = "model/cells.npz"
REDUCED = "model/reduced.npy"
REDUCER = "model/reducer.npz"

# while the run goes on
RAW_EMBEDDINGS = "model/.embeddings.raw.npy"
VECTORS = "model/.vectors"
SCRATCH = "model/.room"


def is_inside(name: str) -> bool:
    """Whether a name is a path within the run, on any system."""
    named = PureWindowsPath(name)  # which knows both slashes, drives and shares
    return not named.anchor and ".." not in named.parts
