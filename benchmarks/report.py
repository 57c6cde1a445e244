"""What every benchmark says of its machine, and where it saves its figures."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def save(name: str, figures: Any) -> None:
    """Write the figures with the machine, the versions and the commit."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
        cwd=RESULTS.parent,
    ).stdout.strip()
    told = {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit,
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.system(),
        },
        "versions": {
            "python": platform.python_version(),
            **{n: version(n) for n in ("shoal", "numpy", "scikit-learn", "onnxruntime")},
        },
        "seed": 0,
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"\nsaved to {path}")


def table(rows: list[dict[str, Any]]) -> None:
    """Print rows as a Markdown table."""
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(_cell(row[name]) for name in names) + " |")


def tally(
    label: str, counts: Mapping[str, Counter[str]], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """A row with the outcomes of each key of `counts`, and a last one with those of all."""
    total: Counter[str] = sum(counts.values(), Counter())
    pairs = [*counts.items(), ("all", total)]
    return [{label: key, **{o: one[o] for o in outcomes}} for key, one in pairs]


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
