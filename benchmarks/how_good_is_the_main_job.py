"""How long does each stage take, and how well do the clusters fit the true classes?

python benchmarks/how_good_is_the_main_job.py DATA [SET ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from report import save, table

SETS = ("banking77", "stackoverflow20", "ag_news_test")


def main() -> None:
    """Run the command on each set."""
    data, names = Path(sys.argv[1]), sys.argv[2:] or SETS
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "run"
            source = str(data / f"{name}.parquet")
            command = [sys.executable, "-m", "shoal", "cluster", source]
            subprocess.run(
                # nothing may come from the cache of another run
                [
                    *(*command, "--text", "text", "--truth", "label", "-o", str(out)),
                    *("--set", "embedder.cache=false"),
                ],
                check=True,
                stderr=subprocess.DEVNULL,
            )
            info = json.loads((out / "run.json").read_text())
            scores = json.loads((out / "evaluation.json").read_text())["scores"]
        value = {score["name"]: score["value"] for score in scores}
        stages = {stage: entry["seconds"] for stage, entry in info["stages"].items()}
        rows.append(
            {
                "set": name,
                "rows": info["counts"]["rows"],
                "clusters": info["counts"]["clusters"],
                "noise": info["counts"]["noise"],
                "ARI": value["ari"],
                "AMI": value["ami"],
                "V": value["v_measure"],
                **{f"{stage} s": round(seconds, 2) for stage, seconds in stages.items()},
                "peak MB": max(entry["peak_mb"] for entry in info["stages"].values()),
            }
        )
    table(rows)
    save("how_good_is_the_main_job", rows)


if __name__ == "__main__":
    main()
