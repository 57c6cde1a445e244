"""How soon the explorer shows a picture, how fluid it is, how fast it searches, what it holds.

python benchmarks/how_fluid_is_the_explorer.py [--rows 100000 1000000] [--atlas PATH]

PATH is the command embedding-atlas, installed in an environment of its own: the same points and
texts are then shown by it in the same run. The page must be built (make page), and Chromium and
Node must be there. Without a GPU Chromium draws by software, which the figures say.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from made_run import make
from report import save, table

PAGE = Path(__file__).parents[1] / "explorer"
REPEATS = 5
SEARCHES = {"words": "q=kaloru&how=words", "meaning": "q=lost+parcel&how=meaning"}


def megabytes(pid: int) -> float:
    """Memory of a process and its children, shared pages counted by their share."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    total = 0
    for one in [str(pid), *listed.stdout.split()]:
        told = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8")
        total += int(re.search(r"^Pss:\s+(\d+)", told, flags=re.MULTILINE)[1])  # type: ignore[index]
    return total / 1024


def in_browser(address: str) -> dict[str, Any]:
    """First picture, frames and memory of a page."""
    done = subprocess.run(
        ["node", "tests/fluid.mjs", address], cwd=PAGE, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    told.pop("errors")
    return told


def asked(address: str, path: str, body: Any = None) -> float:
    """Milliseconds of one answer of the explorer."""
    root, _, token = address.partition("?token=")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(root + path, data=data, headers=headers)
    began = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        answer.read()
    return 1000 * (time.perf_counter() - began)


def explorer(run: Path) -> dict[str, Any]:
    """The figures of the explorer."""
    command = [sys.executable, "-m", "shoal", "explore", str(run), "--no-browser"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().strip()  # type: ignore[union-attr]
        found: dict[str, Any] = {"tool": "shoal explore", "start_ms": _since(began)}
        found |= in_browser(address)
        found["server_mb"] = megabytes(server.pid)
        for name, query in SEARCHES.items():
            asked(address, f"api/search?{query}")
            times = [asked(address, f"api/search?{query}") for _ in range(REPEATS)]
            found[f"search_{name}_ms"] = statistics.median(times)
        merge = {"op": "merge", "clusters": [5, 9], "into": 5}
        found["first_merge_ms"] = asked(address, "api/edits", {"version": 0, "edit": merge})
        merge = {"op": "merge", "clusters": [7, 8], "into": 7}
        found["merge_ms"] = asked(address, "api/edits", {"version": 1, "edit": merge})
        found["undo_ms"] = asked(address, "api/undo", {"version": 2})
        found["server_mb_after"] = megabytes(server.pid)
        server.send_signal(signal.SIGINT)
    (run / "edits.jsonl").unlink()
    return found


def atlas(command: str, run: Path) -> dict[str, Any]:
    """The figures of embedding-atlas on the same points and texts."""
    places = pq.read_table(run / "assignments.parquet", columns=["x", "y", "cluster"])
    texts = pq.read_table(run / "items.parquet", columns=["text", "country", "price"])
    for name in places.column_names:
        texts = texts.append_column(name, places[name])
    source = run / "atlas.parquet"
    pq.write_table(texts, source)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--x", "x", "--y", "y", "--text", "text", "--host", "127.0.0.1", "--port", str(port)]
    began = time.perf_counter()
    with subprocess.Popen([command, str(source), *options], start_new_session=True) as server:
        while time.perf_counter() - began < 120:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        found: dict[str, Any] = {"tool": "embedding-atlas", "start_ms": _since(began)}
        found |= in_browser(f"http://127.0.0.1:{port}/")
        found["server_mb"] = megabytes(server.pid)
        os.killpg(server.pid, signal.SIGINT)
    return found


def _since(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--atlas")
    wanted = parser.parse_args()
    figures = []
    for n_rows in wanted.rows:
        folder = Path(tempfile.mkdtemp())
        make(n_rows, folder)
        tools = [explorer(folder)]
        if wanted.atlas:
            tools.append(atlas(wanted.atlas, folder))
        busy = os.getloadavg()[0]
        figures += [{"rows": n_rows, "load": round(busy, 1), **found} for found in tools]
        shutil.rmtree(folder)
    names = list(dict.fromkeys(name for found in figures for name in found))
    figures = [{name: found.get(name) for name in names} for found in figures]
    table(figures)
    save("how_fluid_is_the_explorer", figures)


if __name__ == "__main__":
    main()
