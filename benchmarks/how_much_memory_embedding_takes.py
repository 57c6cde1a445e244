"""Does the memory of embedding grow with the rows beyond the texts themselves?

python benchmarks/how_much_memory_embedding_takes.py [--rows 20000 100000] [--embedder hashing]

The peak of a process of its own that makes the texts, embeds them into a memory map with the cache
empty, and does nothing else; the same process without the embedding is taken off. Pages of the map
count while they are in memory, though the system may drop them at any time: "own" leaves out what
is mapped from files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from report import save, table

CHILD = """
import json, resource, sys
from pathlib import Path
import numpy as np
from shoal.parts.embedders import EMBEDDERS
from shoal.embedding import as_items, open_cache, prepare
n, name, work = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "1"
items = as_items([f"a text of some words with the number {i}" for i in range(n)])
part = EMBEDDERS.build(name, {})
part.transform(items.contents[:64])

def own():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024

most = own()
class Watch:
    def start(self, *_): pass
    def finish(self, *_): pass
    def advance(self, *_):
        global most
        most = max(most, own())

if work:
    task = prepare(items, part, open_cache(part.info, None))
    shape = (n, task.n_dims)
    out = np.lib.format.open_memmap(sys.argv[4], mode="w+", dtype=np.float32, shape=shape)
    task.run(out, Watch())
print(json.dumps([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, max(most, own())]))
"""


def peaks(n: int, name: str, *, work: bool) -> tuple[float, float]:
    """Peak MB in memory, and of it what is not mapped from files."""
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run(
            [sys.executable, "-c", CHILD, str(n), name, str(int(work)), f"{folder}/out.npy"],
            env={**os.environ, "SHOAL_CACHE": str(Path(folder) / "cache")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    resident, own = json.loads(out)
    return resident, own


def main() -> None:
    """Measure each number of rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--embedder", default="hashing")
    options = parser.parse_args()
    rows = []
    for n in options.rows:
        idle, busy = (peaks(n, options.embedder, work=work) for work in (False, True))
        rows.append(
            {
                "embedder": options.embedder,
                "rows": n,
                "texts and model, MB": idle[1],
                "embedding adds, own MB": busy[1] - idle[1],
                "with mapped pages, MB": busy[0] - idle[0],
            }
        )
    table(rows)
    save(f"how_much_memory_embedding_takes_{options.embedder}", rows)


if __name__ == "__main__":
    main()
