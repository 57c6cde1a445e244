"""Two texts joined into one: are the themes of both found among its passages?

python benchmarks/are_both_themes_found.py DATA [--rows 1500]

Pairs of `ag_news_test` of different classes, joined by a space or by an empty line, and clustered
by their passages. Both themes of a pair are found where the cluster that each of its texts gets
alone, by `predict`, is among the clusters of its passages; how often that is by chance is told by
the texts of another pair. By class: the class of a cluster is that of most of its passages, and a
pair is found where both of its classes are among those of its passages. That cannot be better than
the clusters are, which is told by the two texts alone: by how often both get a cluster of their
class.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from report import save, table

import shoal


def pairs(data: Path, n: int, joint: str) -> tuple[list[str], list[tuple[str, str]], list[int]]:
    """Joined texts, the classes of both halves, and where the second one begins."""
    read = pq.read_table(data / "ag_news_test.parquet", columns=["text", "label"])
    texts, labels = read["text"].to_pylist(), read["label"].to_pylist()
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    out: list[str] = []
    classes: list[tuple[str, str]] = []
    starts: list[int] = []
    for a, b in zip(order[::2], order[1::2], strict=False):
        if labels[a] != labels[b] and len(out) < n:
            out.append(f"{texts[a]}{joint}{texts[b]}")
            classes.append((labels[a], labels[b]))
            starts.append(len(texts[a]) + len(joint))
    return out, classes, starts


def found(data: Path, n: int, joint: str) -> dict[str, Any]:
    """Share of the pairs of which both themes are found."""
    texts, classes, starts = pairs(data, n, joint)
    run = shoal.cluster(texts, settings={"read.split": "passages"})
    told = pq.read_table(run.path / "passages.parquet").to_pylist()
    inner = shoal.load(run.path / "passages")
    clusters = inner.labels.tolist()
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    of_text: defaultdict[int, set[int]] = defaultdict(set)
    for row, cluster in zip(told, clusters, strict=True):
        first = (row["start"] + row["end"]) / 2 < starts[row["row"]]
        votes[cluster][classes[row["row"]][0 if first else 1]] += 1
        of_text[row["row"]].add(cluster)
    theme = {c: v.most_common(1)[0][0] for c, v in votes.items() if c >= 0}
    halves = [text[:at] for text, at in zip(texts, starts, strict=True)]
    rest = [text[at:] for text, at in zip(texts, starts, strict=True)]
    alone = np.stack([inner.predict(halves), inner.predict(rest)], axis=1)
    both = [set(pair) <= of_text[row] for row, pair in enumerate(alone.tolist())]
    chance = [set(pair) <= of_text[row] for row, pair in enumerate(np.roll(alone, 1, 0).tolist())]
    by_class = [
        set(pair) <= {theme[c] for c in of_text[row] if c in theme}
        for row, pair in enumerate(classes)
    ]
    limit = [
        tuple(theme.get(c) for c in own) == pair
        for own, pair in zip(alone.tolist(), classes, strict=True)
    ]
    return {
        "joined by": repr(joint),
        "pairs": len(texts),
        "both found": float(np.mean(both)),
        "by chance": float(np.mean(chance)),
        "both classes found": float(np.mean(by_class)),
        "both classes, texts alone": float(np.mean(limit)),
        "passages a text": len(told) / len(texts),
        "clusters": len(theme),
        "clusters a text": float(np.mean([len(of_text[row]) for row in range(len(texts))])),
    }


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=1500)
    wanted = parser.parse_args()
    rows = [found(wanted.data, wanted.rows, joint) for joint in (" ", "\n\n")]
    table(rows)
    save("are_both_themes_found", rows)


if __name__ == "__main__":
    main()
