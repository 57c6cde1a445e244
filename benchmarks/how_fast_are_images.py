"""How many pictures a second, against the same network in PyTorch; and many in little memory.

python benchmarks/how_fast_are_images.py DATA [--peer-python P] [--rounds N] [--pictures N]

DATA has the folder scenes6 with its shards. The peer works on the same files in an environment of
its own with torch and pillow, with the best of two batch sizes and two layouts; both decode, scale
and embed, in turn, and the median of the rounds' ratios is told: "all" takes the time of the
clock with all processors, "alone" that of the processor with one thread, which a busy machine
disturbs less. With --pictures, that many are
made of the real ones by cropping, fifty of them are damaged in ten ways, and a whole run in a
process of its own must name all of these and stay below 1.5 GB.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image
from report import save, table

MAX_MB = 1500
EACH = 5
PEER = Path(__file__).with_name("image_peer.py")
RUN = """
import json, resource, sys
import shoal
settings = {"embed.cache": False, "embed.part": "efficientnet", "embed.side": int(sys.argv[3])}
run = shoal.cluster(sys.argv[1], out=sys.argv[2], settings=settings)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"peak_mb": peak, "counts": run.info["counts"],
    "seconds": {k: v["seconds"] for k, v in run.info["stages"].items()}}))
"""


def unpack(data: Path, name: str, out: Path) -> list[Path]:
    """The pictures of a set, below `out`."""
    for shard in sorted((data / name).glob("*.tar")):
        with tarfile.open(shard) as archive:
            archive.extractall(out, filter="data")
    return sorted(out.rglob("*.jpg"))


class Peer:
    """PyTorch in a process of its own."""

    def __init__(self, python: str, weights: Path, size: int, layout: str, how: str) -> None:
        command = [python, str(PEER), str(weights), str(size), layout, how]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self, paths: list[Path], save_to: str = "") -> float:
        """Time of embedding some pictures."""
        assert self._process.stdin
        assert self._process.stdout
        told = {"paths": [str(path) for path in paths], "save": save_to}
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def ours(embedder: Any, paths: list[Path], how: str) -> tuple[float, Any]:
    """Time of decoding and embedding some pictures as a run does, and the vectors."""
    from shoal import stages
    from shoal.data.pictures import Picture
    from shoal.embedding.job import as_items
    from shoal.parts.engines.local import LocalEngine

    pictures = [Picture(path, str(path).encode(), b"") for path in paths]
    alone = how == "alone"
    clock, engine = (
        (time.process_time if alone else time.perf_counter),
        LocalEngine(1 if alone else None),
    )
    started = clock()
    plan = embedder.plan(pictures)
    vectors = stages.embed(as_items(pictures), embedder, plan, engine).vectors
    return clock() - started, vectors


def speed(paths: list[Path], python: str, rounds: int, scratch: Path, how: str) -> dict[str, Any]:
    """Pictures a second of both, and how far their vectors are apart."""
    from shoal.parts.embedders.efficientnet import MODELS, EfficientNetLite
    from shoal.parts.embedders.minilm import bundled

    weights, embedder = bundled(*MODELS["lite0"]), EfficientNetLite()
    few = paths[:16]
    ways = [(size, layout) for size in (8, 32) for layout in ("contiguous", "channels_last")]
    peers = {way: Peer(python, weights, *way, how) for way in ways}
    for peer in peers.values():
        peer.seconds(few)
    ours(embedder, few, how)
    times: dict[tuple[int, str], list[float]] = {way: [] for way in ways}
    own: list[float] = []
    for _ in range(rounds):
        for way, peer in peers.items():
            times[way].append(peer.seconds(paths, str(scratch)))
        seconds, vectors = ours(embedder, paths, how)
        own.append(seconds)
    for peer in peers.values():
        peer.close()
    best = min(ways, key=lambda way: median(times[way]))
    apart = float(np.abs(np.load(scratch) - vectors).max())
    return {
        "how": how,
        "pictures": len(paths),
        "peer's best": f"batch {best[0]}, {best[1]}",
        "peer pictures/s": len(paths) / median(times[best]),
        "pictures/s": len(paths) / median(own),
        "times the peer": median(t / o for t, o in zip(times[best], own, strict=True)),
        "largest difference": apart,
    }


def crops(paths: list[Path], n: int, out: Path) -> None:
    """Write n different pictures cut from real ones, in folders of a thousand."""
    rng = np.random.default_rng(0)
    for row in range(n):
        with Image.open(paths[row % len(paths)]) as image:
            width, height = image.size
            side = int(rng.uniform(0.6, 0.95) * min(width, height))
            left, top = rng.integers(0, width - side + 1), rng.integers(0, height - side + 1)
            part = image.convert("RGB").crop((left, top, left + side, top + side))
        folder = out / f"{row // 1000:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        part.save(folder / f"{row:06d}.jpg", quality=90)


def _saved(image: Image.Image, kind: str) -> bytes:
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()


def damages(real: Image.Image) -> dict[str, Callable[[], bytes]]:
    """Ten ways in which a file with a picture's name is none."""
    png = _saved(real, "PNG")
    head = png[12:16] + (60_000).to_bytes(4, "big") * 2 + png[24:29]
    bomb = png[:12] + head + zlib.crc32(head).to_bytes(4, "big") + png[33:]
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 0xFF
    return {
        "empty.jpg": lambda: b"",
        "cut.jpg": lambda: _saved(real, "JPEG")[:2000],
        "cut.png": lambda: png[: len(png) // 2],
        "flipped.png": lambda: bytes(flipped),
        "bomb.png": lambda: bomb,
        "text.jpg": lambda: b"this is no picture\n" * 20,
        "zeros.png": lambda: bytes(4000),
        "head.gif": lambda: _saved(real, "GIF")[:13],
        "cut.webp": lambda: _saved(real, "WEBP")[:300],
        "cut.tif": lambda: _saved(real, "TIFF")[:200],
    }


def many(paths: list[Path], n: int, side: int, folder: Path) -> dict[str, Any]:
    """A whole run on many pictures, fifty of them damaged."""
    photos = folder / "photos"
    crops(paths, n - 10 * EACH, photos)
    bad = []
    with Image.open(paths[0]) as real:
        for name, make in damages(real.convert("RGB")).items():
            for copy in range(EACH):
                bad.append(f"{copy:02d}/bad-{copy}-{name}")
                (photos / f"{copy:02d}").mkdir(exist_ok=True)
                (photos / bad[-1]).write_bytes(make())
    started = time.perf_counter()
    command = [sys.executable, "-c", RUN, str(photos), str(folder / "run"), str(side)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    told = json.loads(done.stdout.splitlines()[-1])
    from shoal.artifacts.folder import RunFolder

    run = RunFolder(folder / "run")
    ids = run.read_table("items.parquet", ["id"])["id"].to_pylist()
    notes = run.read_table("assignments.parquet", ["note", "x"]).to_pylist()
    named = {i: row["note"] for i, row in zip(ids, notes, strict=True) if row["x"] is None}
    assert set(named) == set(bad), set(named) ^ set(bad)
    assert all(named.values())
    assert told["peak_mb"] < MAX_MB, told
    for name in bad[::EACH]:
        print(f"{name}: {named[name]}", file=sys.stderr)
    return {
        "pictures": n,
        "side": side,
        "damaged": len(bad),
        "named": len(named),
        "seconds": time.perf_counter() - started,
        "peak MB": told["peak_mb"],
        "read s": told["seconds"]["read"],
        "embed s": told["seconds"]["embed"],
        "clusters": told["counts"]["clusters"],
    }


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--how", nargs="*", default=("alone", "all"))
    parser.add_argument("--pictures", type=int, default=0)
    parser.add_argument("--side", type=int, default=224, help="with --pictures")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        paths = unpack(options.data, "scenes6", folder / "real")
        if options.peer_python:
            some = paths[:: len(paths) // 300]
            scratch = folder / "peer.npy"
            figures["speed"] = [
                speed(
                    some[:: 4 if how == "alone" else 1],
                    options.peer_python,
                    options.rounds,
                    scratch,
                    how,
                )
                for how in options.how
            ]
            table(figures["speed"])
        if options.pictures:
            figures["many"] = many(paths, options.pictures, options.side, folder)
            table([figures["many"]])
    for name, told in figures.items():
        save({"speed": "how_fast_are_images", "many": "many_images"}[name], told)


if __name__ == "__main__":
    main()
