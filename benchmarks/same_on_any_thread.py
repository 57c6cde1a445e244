"""Are the labels of whole runs byte-identical with 1 and with 2 threads?

python benchmarks/same_on_any_thread.py DATA [SET ...]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from report import save, table

THREADS = (1, 2)


def main() -> None:
    """Compare the hashes of the labels."""
    data, names = Path(sys.argv[1]), sys.argv[2:] or ["banking77"]
    rows = []
    for name in names:
        hashes, seconds = {}, {}
        for threads in THREADS:
            with tempfile.TemporaryDirectory() as folder:
                source, out = str(data / f"{name}.parquet"), f"{folder}/run"
                command = [sys.executable, "-m", "shoal", "cluster", source, "--text", "text"]
                subprocess.run(
                    # the second must embed too, and not take the vectors of the first
                    [*command, "-o", out, "--set", "embedder.cache=false"],
                    check=True,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "SHOAL_THREADS": str(threads)},
                )
                info = json.loads(Path(out, "run.json").read_text())
                hashes[threads] = info["hashes"]["labels"]
                seconds[threads] = sum(entry["seconds"] for entry in info["stages"].values())
        rows.append(
            {
                "set": name,
                "identical": len(set(hashes.values())) == 1,
                **{f"{threads} threads s": seconds[threads] for threads in THREADS},
                "sha256": hashes[1][:16],
            }
        )
    table(rows)
    save("same_on_any_thread", rows)
    sys.exit(not all(row["identical"] for row in rows))


if __name__ == "__main__":
    main()
