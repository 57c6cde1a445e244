"""How long does a report of many points take to open, and how long a frame while it is moved?

python benchmarks/how_fast_does_the_report_open.py RUN [--rows 100000] [--chromium chromium]

The rows of the run are repeated with a little noise on the map until there are that many. A probe
is put into a copy of the page, served on loopback: it tells when the page was drawn, then turns
the wheel over the map for three seconds and times every frame.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table

from shoal.views.report import write

PROBE = """<script>
const drawn = () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
addEventListener('load', async () => {
  await drawn();
  const open = performance.now(), frames = [], over = document.getElementById('over');
  over.scrollIntoView({block: 'center', behavior: 'instant'});
  await drawn();
  const box = over.getBoundingClientRect(), begun = performance.now();
  let last = begun;
  while (last - begun < 3000) {
    const at = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true,
      cancelable: true, deltaY: Math.sin((last - begun) / 400) * 120};
    over.dispatchEvent(new WheelEvent('wheel', at));
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  fetch('/told', {method: 'POST', body: JSON.stringify({open, frames})});
});
</script>"""
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=1280,900"
).split()


def enlarged(run: Path, target: Path, n_rows: int) -> None:
    """A copy of a run with its rows repeated."""
    shutil.copytree(run, target, ignore=shutil.ignore_patterns("model", "*.npy", "*.npz"))
    rows = pq.read_metadata(run / "items.parquet").num_rows
    taken = pa.array(np.arange(n_rows) % rows)
    draw = np.random.default_rng(0)
    for name in ("items.parquet", "assignments.parquet"):
        made = pq.read_table(run / name).take(taken)
        for axis in set(made.column_names) & {"x", "y"}:
            place = made.column_names.index(axis)
            values = made[axis].to_numpy().astype(np.float32)
            moved = values + draw.normal(scale=0.02 * np.nanstd(values), size=n_rows)
            made = made.set_column(place, axis, pa.array(moved.astype(np.float32)))
        pq.write_table(made, target / name)


def measured(page: str, chromium: str) -> dict[str, Any]:
    """What the probe told."""
    told: list[dict[str, Any]] = []
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode() if self.path == "/" else b"")

        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            done.set()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                *(chromium, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"),
                f"http://127.0.0.1:{server.server_port}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        done.wait(120)
        process.terminate()
        process.wait()
    server.shutdown()
    if not told:
        raise SystemExit("the page told nothing in two minutes")
    return told[0]


def main() -> None:
    """Write the report, open it three times, print medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--chromium", default="chromium")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        enlarged(options.run, Path(folder) / "run", options.rows)
        started = time.perf_counter()
        path = write(Path(folder) / "run")
        seconds = time.perf_counter() - started
        page = path.read_text(encoding="utf-8")
    # the policy allows no script but the page's own, so the copy goes without it
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    bare = bare.replace("</body>", PROBE + "</body>")
    found = [measured(bare, options.chromium) for _ in range(3)]
    frames = np.concatenate([np.array(one["frames"]) for one in found])
    line = {
        "points": options.rows,
        "megabytes": round(len(page.encode()) / 1e6, 2),
        "written in s": round(seconds, 2),
        "drawn after s": round(float(np.median([one["open"] for one in found])) / 1000, 2),
        "frame ms": round(float(np.median(frames)), 1),
        "95 % of frames ms": round(float(np.quantile(frames, 0.95)), 1),
    }
    table([line])
    save("how_fast_does_the_report_open", line)


if __name__ == "__main__":
    main()
