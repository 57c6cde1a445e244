"""Does the memory of reading grow with the number of documents, and is a killed run the same?

python benchmarks/does_reading_documents_stay_flat.py DATA [--rows 2500 10000] [--kills 3]

Folders of documents (PDF, DOCX, HTML, EML, Markdown, text) made of `newsgroups20`. The peak of
what the process that reads, and each that reads for it, holds; files that are mapped not counted.
Then the whole run (hashed words in place of a model, so that most of it is reading) is killed at
moments drawn at random, begun again, and compared with one that was left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import made_documents as made
import psutil
import pyarrow.parquet as pq
from report import save, table

FILES = ("items.parquet", "embeddings.npy", "assignments.parquet")
READ = """
import sys
from pathlib import Path
from shoal import stages
stages.read(Path(sys.argv[1]), {}, folder=Path(sys.argv[2]))
"""


def make(data: Path, folder: Path, n: int) -> None:
    """A folder of mixed documents, none of them like another."""
    read = pq.read_table(data / "newsgroups20-00-of-02.parquet", columns=["text"])
    texts = [text for text in read["text"].to_pylist() if 300 < len(text) < 8000]
    for i in range(n):
        text = f"{texts[i % len(texts)]}\n{texts[(7 * i + i // len(texts)) % len(texts)]}"
        kind = ("pdf", "docx", "html", "eml", "md", "txt")[i % 6]
        path = folder / f"{i % 40:02}" / f"{i:06}.{kind}"
        path.parent.mkdir(exist_ok=True)
        maker = made.MAKE.get(kind)
        path.write_bytes(maker(f"Document {i}", text) if maker else text.encode())


def private(process: psutil.Process) -> int:
    """Bytes of a process that are no map of a file."""
    return sum(m.private_dirty + m.swap for m in process.memory_maps() if m.path.startswith("["))


def peaks(command: list[str], env: dict[str, str]) -> tuple[float, float, float]:
    """Peak MB of a process, and of the largest that it starts; seconds."""
    process = subprocess.Popen(command, env=env)
    own = others = 0
    started = time.perf_counter()
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            own = max(own, private(watched))
            others = max([others, *(private(child) for child in watched.children())])
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            pass
        time.sleep(0.25)
    assert process.returncode == 0
    return own / 1e6, others / 1e6, time.perf_counter() - started


def digest(run: Path) -> str:
    """Of the files that say what came out."""
    whole = hashlib.sha256()
    for name in FILES:
        whole.update((run / name).read_bytes())
    return whole.hexdigest()[:16]


def killed(folder: Path, kills: int, place: Path) -> dict[str, Any]:
    """A run that is killed again and again, beside one that is not."""
    command = [sys.executable, "-m", "shoal", "cluster", str(folder), "--embedder", "hashing"]
    env = {**os.environ, "SHOAL_CACHE": str(place / "cache1")}
    started = time.perf_counter()
    subprocess.run([*command, "-o", str(place / "whole")], env=env, check=True)
    seconds = time.perf_counter() - started
    env["SHOAL_CACHE"] = str(place / "cache2")
    draw = random.Random(0)
    for _ in range(kills):
        process = subprocess.Popen(
            [*command, "-o", str(place / "killed")], env=env, start_new_session=True
        )
        timer = threading.Timer(
            draw.uniform(0.1, 0.8) * seconds, process.send_signal, [signal.SIGKILL]
        )
        timer.start()
        process.wait()
        timer.cancel()
    again = time.perf_counter()
    subprocess.run([*command, "-o", str(place / "killed")], env=env, check=True)
    return {
        "kills": kills,
        "seconds alone": seconds,
        "seconds of the last part": time.perf_counter() - again,
        "the same bytes": digest(place / "whole") == digest(place / "killed"),
    }


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[2500, 10000])
    parser.add_argument("--kills", type=int, default=3)
    wanted = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for n in wanted.rows:
            folder = Path(place) / f"documents{n}"
            folder.mkdir()
            make(wanted.data, folder, n)
            env = {**os.environ, "SHOAL_CACHE": str(Path(place) / f"cache{n}")}
            own, others, seconds = peaks([sys.executable, "-c", READ, str(folder), place], env)
            rows.append({"documents": n, "peak MB": own, "of a reader": others, "seconds": seconds})
            print(rows[-1], flush=True)
        resumed = killed(folder, wanted.kills, Path(place))
    print(resumed)
    table(rows)
    save("does_reading_documents_stay_flat", {"memory": rows, "killed": resumed})


if __name__ == "__main__":
    main()
