"""Killed at random moments and started again: is the result the same, and is anything paid twice?

python benchmarks/does_it_survive_kills.py [--kills 30] [--rows 1500] [--seed 0]

`kill -9` at a moment drawn evenly from the time a whole run takes, interpreter start included,
again and again on the same folder; a run that got to its end first is compared, and another one
begun with an empty cache. The texts are made up, the model is MiniLM.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from report import save, table

FILES = ("embeddings.npy", "neighbors.npz", "assignments.parquet", "clusters.json")
CHILD = """
import json, sys
from pathlib import Path
import shoal
from shoal.parts.embedders.minilm import MiniLM

class Told(MiniLM):
    def transform(self, contents):
        with open(sys.argv[2], "a") as file:
            file.write(json.dumps(list(contents)) + "\\n")
        return super().transform(contents)

shoal.cluster(json.loads(Path(sys.argv[1]).read_text()), embedder=Told(), out=sys.argv[3])
"""
WORDS = "river goal oven lawyer planet guitar tax window clinic engine garden market bridge".split()


class Trial:
    """One run folder with a cache of its own, started as often as it takes."""

    def __init__(self, folder: Path, texts: Path) -> None:
        folder.mkdir()
        self.out, self.log = folder / "run", folder / "asked.jsonl"
        self._command = [sys.executable, "-c", CHILD, str(texts), str(self.log), str(self.out)]
        self._environment = {**os.environ, "SHOAL_CACHE": str(folder / "cache")}

    def start(self, kill_after: float | None) -> bool:
        """Run; True if it came to its end."""
        process = subprocess.Popen(self._command, env=self._environment)
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        return process.wait() == 0

    def batches(self) -> list[list[str]]:
        """What the model was asked, batch by batch; a line torn by a kill was never embedded."""
        found = []
        for line in self.log.read_text().splitlines() if self.log.exists() else ():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return found

    def same(self, other: Trial) -> bool:
        """Are the results byte-identical?"""
        return all((self.out / f).read_bytes() == (other.out / f).read_bytes() for f in FILES)


def main() -> None:
    """Kill, start again, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e9, help="no kills after so many")
    told = parser.parse_args()
    draw = random.Random(told.seed)
    texts = [
        f"{' '.join(draw.choices(WORDS, k=draw.randint(3, 30)))} {i}" for i in range(told.rows)
    ]
    kills, finished, same, twice = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as made:
        source = Path(made) / "texts.json"
        source.write_text(json.dumps(texts))
        whole = Trial(Path(made) / "whole", source)
        started = time.perf_counter()
        assert whole.start(None)
        seconds = time.perf_counter() - started
        until = started + 60 * told.minutes
        while kills < told.kills and time.perf_counter() < until:
            trial = Trial(Path(made) / f"trial{finished}", source)
            while not trial.start(
                draw.uniform(0, seconds)
                if kills < told.kills and time.perf_counter() < until
                else None
            ):
                kills += 1
            finished += 1
            same += trial.same(whole)
            known = set(texts)  # phrases for titles are asked for, too
            asked = Counter(text for batch in trial.batches() for text in batch if text in known)
            assert len(asked) == len(texts)
            twice += asked.total() - len(asked)
    row = {
        "rows": told.rows,
        "kills": kills,
        "runs finished": finished,
        "byte-identical": same,
        "rows embedded": finished * told.rows,
        "embedded twice": twice,
        "a kill": twice / kills,
        "batches in flight at most": 2 * len(os.sched_getaffinity(0)),
    }
    table([row])
    save("does_it_survive_kills", [{**row, "seconds of a whole run": seconds}])
    assert same == finished


if __name__ == "__main__":
    main()
