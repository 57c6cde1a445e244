"""Is --memory-limit kept to, or refused before it is passed, from the first byte to the report?

python benchmarks/does_the_memory_limit_hold.py [--trials 40] [--seed 0] [--only KIND] [--save]

Each trial is a source of texts, records, pictures or vectors, of a size and under a limit drawn by
its seed, beside fixed ones: 500,000 records, and one cell, array or picture that is far larger than
the limit. A process of its own clusters it; every 10 ms the system is asked what of its memory is
its own (RssAnon; mapped files can be taken back at any time). A run must end well and below the
limit, or be refused in one line and below it.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from report import save, table

OUTCOMES = ("done", "refused", "passed", "failed")
MB = 1e6
SECONDS = 900
WORDS = "river goal oven lawyer planet guitar tax window clinic engine garden market".split()


def texts(folder: Path, n: int, draw: random.Random) -> Path:
    """Short texts, no two alike."""
    path = folder / "texts.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("text\n")
        for i in range(n):
            file.write(f"{' '.join(draw.choices(WORDS, k=draw.randint(3, 20)))} {i}\n")
    return path


def records(folder: Path, n: int, draw: random.Random) -> Path:
    """Amounts, categories and a date around the values of five groups."""
    path = folder / "records.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("amount,age,city,since,visits\n")
        for _ in range(n):
            group = draw.randrange(5)
            file.write(
                f"{draw.gauss(100 * group, 15):.2f},{draw.randint(18, 40) + 8 * group},"
                f"{draw.choice('Rome Oslo Bern Lima'.split())},"
                f"20{10 + group:02d}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d},"
                f"{draw.randint(0, 30)}\n"
            )
    return path


def vectors(folder: Path, n: int, draw: random.Random) -> Path:
    """Directions of 64 numbers around those of twelve groups."""
    rng = np.random.default_rng(draw.randrange(9**9))
    middle = rng.normal(size=(12, 64)).astype(np.float32)
    path = folder / "vectors.npy"
    out = np.lib.format.open_memmap(path, "w+", np.float32, (n, 64))
    for start in range(0, n, 10_000):
        rows = rng.integers(0, 12, min(10_000, n - start))
        noise = 0.3 * rng.standard_normal((len(rows), 64), dtype=np.float32)
        out[start : start + len(rows)] = middle[rows] + noise
    return path


def pictures(folder: Path, n: int, draw: random.Random) -> Path:
    """Pictures of one of four colours with some noise, some of them large."""
    from PIL import Image

    path = folder / "pictures"
    path.mkdir()
    rng = np.random.default_rng(draw.randrange(9**9))
    for i in range(n):
        side = 3000 if i % 25 == 3 else 96
        tint = np.array([(200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40)][i % 4])
        pixels = tint + rng.integers(-30, 30, (side, side, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(path / f"{i:05d}.jpg")
    return path


def one_cell(folder: Path, n: int, draw: random.Random) -> Path:
    """A CSV with one cell of so many bytes."""
    path = folder / "cell.csv"
    path.write_text("text\n" + "\n".join(WORDS) + "\n" + "x" * n + "\n", encoding="utf-8")
    return path


def one_line(folder: Path, n: int, draw: random.Random) -> Path:
    """JSON Lines with one text of so many bytes."""
    path = folder / "line.jsonl"
    rows = [f'{{"text": "{word} {i}"}}' for i, word in enumerate(WORDS)]
    path.write_text("\n".join([*rows, f'{{"text": "{"x" * n}"}}']) + "\n", encoding="utf-8")
    return path


def packed(folder: Path, n: int, draw: random.Random) -> Path:
    """An .npz that is small and holds so many rows of a thousand zeros."""
    path = folder / "packed.npz"
    np.savez_compressed(path, v=np.zeros((n, 1000), np.float32))
    return path


KINDS: dict[str, tuple[Callable[[Path, int, random.Random], Path], int, int]] = {
    "texts": (texts, 200, 8_000),
    "records": (records, 200, 60_000),
    "vectors": (vectors, 200, 60_000),
    "pictures": (pictures, 20, 150),
    "one cell": (one_cell, 10**5, 10**8),
    "one line": (one_line, 10**5, 10**8),
    "packed": (packed, 200, 200_000),
}
"""How each is made, and its fewest and most rows or bytes."""
FIXED = (
    ("records", 500_000, 400),
    ("records", 500_000, 1000),
    ("texts", 60_000, 300),
    ("one cell", 10**8, 500),
    ("one line", 10**8, 500),
    ("packed", 200_000, 500),
)


def own_bytes(process: int) -> int:
    """Memory of a process that is its own, 0 once it has ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in told.splitlines() if line.startswith("RssAnon")]
    return int(found[0]) * 1024 if found else 0


def tried(source: Path, out: Path, limit: int) -> tuple[str, float, float, str]:
    """Cluster under a limit of so many MB: the outcome, the peak in MB, seconds, what was said."""
    command = [sys.executable, "-m", "shoal", "cluster", str(source), "-o", str(out)]
    command += ["--memory-limit", f"{limit}MB"]
    if source.name in ("texts.csv", "cell.csv", "line.jsonl"):
        command += ["--embedder", "hashing"]
    peak, started = 0, time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        while process.poll() is None and time.monotonic() - started < SECONDS:
            peak = max(peak, own_bytes(process.pid))
            time.sleep(0.01)
        if process.poll() is None:
            process.kill()
        code = process.wait()
        said.seek(0)
        text = said.read().decode(errors="replace")
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    outcome = "done" if code == 0 else "refused" if code == 2 and len(errors) == 1 else "failed"
    if outcome != "failed" and peak > limit * MB:
        outcome = "passed"
    return outcome, peak / MB, time.monotonic() - started, errors[0] if errors else text[-600:]


def main() -> None:
    """Try each, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=[*KINDS])
    parser.add_argument("--save", action="store_true")
    told = parser.parse_args()
    wanted: list[tuple[str, int, int]] = []
    for seed in range(told.seed, told.seed + told.trials):
        draw = random.Random(seed)
        kind = draw.choice(sorted(KINDS))
        low, high = KINDS[kind][1:]
        n = round(low * (high / low) ** draw.random())
        wanted.append((kind, n, round(100 * 10 ** draw.random())))
    wanted += FIXED
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as made:
        os.environ["SHOAL_CACHE"] = f"{made}/cache"
        for number, (kind, n, limit) in enumerate(wanted):
            if told.only not in (None, kind):
                continue
            folder = Path(made) / str(number)
            folder.mkdir()
            source = KINDS[kind][0](folder, n, random.Random(number))
            outcome, peak, seconds, said = tried(source, folder / "run", limit)
            row = {"kind": kind, "rows or bytes": n, "limit MB": limit, "outcome": outcome}
            rows.append({**row, "peak MB": round(peak), "seconds": round(seconds, 1)})
            print(rows[-1], flush=True)
            if outcome in OUTCOMES[2:]:
                print(said, flush=True)
    counts = Counter(row["outcome"] for row in rows)
    table(rows)
    print({outcome: counts[outcome] for outcome in OUTCOMES})
    if told.save:
        save("does_the_memory_limit_hold", rows)
    sys.exit(1 if counts["passed"] + counts["failed"] else 0)


if __name__ == "__main__":
    main()
