"""Two texts joined into one: are the themes of both found among its passages?

python benchmarks/are_both_themes_found.py DATA [--rows 1500]

Pairs of `ag_news_test` of different classes, joined by a space or by an empty line. The theme of a
passage is the class that most passages of its cluster are of, by where they come from. A pair is
found where both of its classes are among the themes of its passages; that is compared with what a
run of the joined texts finds that knows one theme for each.
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
    """Share of the pairs of which both classes are found."""
    texts, classes, starts = pairs(data, n, joint)
    run = shoal.cluster(texts, settings={"read.split": "passages"})
    told = pq.read_table(run.path / "passages.parquet").to_pylist()
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in told:
        first = (row["start"] + row["end"]) / 2 < starts[row["row"]]
        votes[row["cluster"]][classes[row["row"]][0 if first else 1]] += 1
    theme = {c: v.most_common(1)[0][0] for c, v in votes.items() if c >= 0}
    themes: defaultdict[int, set[str]] = defaultdict(set)
    for row in told:
        if row["cluster"] in theme:
            themes[row["row"]].add(theme[row["cluster"]])
    both = [set(pair) <= themes[row] for row, pair in enumerate(classes)]
    purity = sum(v.most_common(1)[0][1] for c, v in votes.items() if c >= 0)
    return {
        "joined by": repr(joint),
        "pairs": len(texts),
        "both found": float(np.mean(both)),
        "passages a text": len(told) / len(texts),
        "clusters": len(theme),
        "passages in a cluster of their class": purity / len(told),
        "themes a text": float(np.mean([len(themes[row]) for row in range(len(texts))])),
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
