"""How much faster than its teacher is the student, and how much of its clusters' ARI is left?

python benchmarks/how_good_is_the_student.py DATA [--sets NAME ...] [--rows N] [--rounds 5]

Rows a second: both embed the same 2,000 texts in turn, the student ten times as many; the ratio of
each round is taken, and the median told. Teaching is timed apart, with nothing in the cache. The
ARI is of the default clusterer, told nothing, and of k-means told the true k (mean of three), of
all rows that are in a class. "other rows" counts only those that were in no lesson.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from how_fast_is_embedding import ours as embedded
from report import save, table
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from which_clusterer_finds_the_groups import ours as default_clusters
from which_clusterer_finds_the_groups import texts_of

from shoal.embedding.job import as_items, open_cache, plan_embedding, teach
from shoal.numerics.clusters import unit
from shoal.parts.embedders.minilm import MiniLM
from shoal.parts.embedders.student import Student

SETS = ("arxiv_titles_large", "clinc150_oos", "stackoverflow20")
"""The three text sets with most rows."""
FEW = 2000


def aris(vectors: Any, truth: Any, other: Any) -> dict[str, float]:
    """ARI of both clusterers, of all rows and of those in no lesson."""
    default = default_clusters(vectors, 0)[0]
    k = int(truth.max()) + 1
    told = [KMeans(k, n_init=1, random_state=s).fit_predict(vectors) for s in range(3)]
    return {
        "default": float(adjusted_rand_score(truth, default)),
        "k": int(default.max()) + 1,
        "k-means": float(np.mean([adjusted_rand_score(truth, found) for found in told])),
        "k-means, other rows": float(
            np.mean([adjusted_rand_score(truth[other], found[other]) for found in told])
        ),
    }


def speeds(student: Student, teacher: MiniLM, texts: list[str], rounds: int) -> tuple[float, float]:
    """Median rows a second of the student, and how many times the teacher's."""
    chosen = np.random.default_rng(0).permutation(len(texts))[: FEW * 10]
    many = [texts[row] for row in chosen]
    few = many[:FEW]
    rates = []
    for _ in range(rounds):
        slow = len(few) / embedded(teacher, few)[0]
        rates.append((len(many) / embedded(student, many)[0], slow))
    return median(fast for fast, _ in rates), median(fast / slow for fast, slow in rates)


def one_set(data: Path, name: str, most: int, rounds: int) -> dict[str, Any]:
    """A row of the table."""
    texts, truth = texts_of(data, name, most)
    items, teacher, student = as_items(texts), MiniLM(), Student()
    wanted = unit(plan_embedding(items, teacher, open_cache(teacher.info, None)).run().vectors)
    started = time.perf_counter()
    teach(student, items, shared=False)
    seconds = time.perf_counter() - started
    n_taught = min(student.sample_rows, len(items.distinct))
    taught = set(student.lessons([texts[row] for row in items.distinct])[:n_taught])
    other = np.array([text not in taught for text in texts])
    rate, times = speeds(student, teacher, texts, rounds)
    said = aris(unit(student.transform(texts)), truth, other)
    meant = aris(wanted, truth, other)
    both = ("default", "k-means")
    return {
        "set": name,
        "rows": len(texts),
        "agreement": student.agreement,
        "rows/s": rate,
        "times MiniLM": times,
        "teaching s": seconds,
        **{f"MiniLM {key}": value for key, value in meant.items()},
        **said,
        "mean ARI kept": sum(said[key] for key in both) / sum(meant[key] for key in both),
    }


def main() -> None:
    """Measure the sets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--rows", type=int, default=2**31, help="most rows of a set")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for name in options.sets:
        rows.append(one_set(options.data, name, options.rows, options.rounds))
        print(rows[-1], flush=True)
        save("how_good_is_the_student", rows)
    table(rows)


if __name__ == "__main__":
    main()
