"""A small run folder, full of what a stranger's data may hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

SCRIPT = "</script><img src=x onerror=alert(1)>"
COMMENT = "<!-- <script> & ' \" {{ 7 * 7 }} \u2028"
BIDI = "\u202eevil\u202c \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd"
EMOJI = "family \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f"
CONTROLS = "bell\x07 nul\x00 esc\x1b[31m tab\t line\r\nend\x85"
HOSTILE = [SCRIPT, COMMENT, BIDI, EMOJI, CONTROLS, "https://example.org/a?b=1&c=2", "", " "]

Json = dict[str, Any]


class Folder:
    """A run folder whose parts a test may change before it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        n = 40
        self.texts = [HOSTILE[i % len(HOSTILE)] for i in range(n)]
        self.assignments: Json = {
            "id": [f"{i}{SCRIPT if i == 1 else ''}" for i in range(n)],
            "cluster": pa.array([-1 if i in (0, 7, 9) else i % 2 for i in range(n)], pa.int32()),
            "strength": pa.array([None if i == 3 else i / n for i in range(n)], pa.float32()),
            "outlier_score": pa.array([None] * n, pa.float32()),
            "duplicate_of": pa.array([None] * n, pa.string()),
            "x": pa.array([None if i == 0 else float(i % 7) for i in range(n)], pa.float32()),
            "y": pa.array([None if i == 0 else float(i % 5) for i in range(n)], pa.float32()),
            "note": ["blank text" if i == 0 else None for i in range(n)],
        }
        self.run = _run(n)
        self.clusters: list[Json] = [_cluster(0, 19), _cluster(1, 18)]
        self.evaluation = _evaluation()
        self.recipe = f'[read]\npaths = ["{SCRIPT}"]\n# {BIDI}\x07\n'

    def write(self) -> Path:
        """Write all files and return the folder."""
        self.path.mkdir(exist_ok=True)
        self.put("run.json", self.run)
        self.put("clusters.json", {"schema": 1, "clusters": self.clusters})
        self.put("evaluation.json", self.evaluation)
        (self.path / "recipe.toml").write_text(self.recipe, encoding="utf-8")
        items = pa.table({"id": self.assignments["id"], "text": self.texts, SCRIPT: self.texts})
        pq.write_table(items, self.path / "items.parquet")
        pq.write_table(pa.table(self.assignments), self.path / "assignments.parquet")
        return self.path

    def put(self, name: str, value: Json) -> None:
        """Write one JSON file."""
        (self.path / name).write_text(json.dumps(value), encoding="utf-8")

    def all_noise(self) -> None:
        """Make every row noise."""
        n = len(self.texts)
        self.assignments["cluster"] = pa.array([-1] * n, pa.int32())
        self.clusters = []
        self.run["counts"].update(clusters=0, noise=n - 1)
        self.evaluation.update(n_clusters=0, scores=[], layers=[], reason=None)


def _run(n: int) -> Json:
    return {
        "schema": 1,
        "shoal": "0.1.0",
        "created": "2026-11-24T03:50:00Z",
        "seed": 0,
        "title": f"Title {SCRIPT} {BIDI}",
        "source": [f"{SCRIPT}.csv"],
        "columns": {"text": SCRIPT, "text_reason": COMMENT, "id": BIDI, "carried": [CONTROLS]},
        "notes": [f"column '{SCRIPT}' was renamed"],
        "counts": {
            "rows": n,
            "used": n - 1,
            "distinct": 8,
            "excluded": 1,
            "clusters": 2,
            "noise": 2,
        },
        "excluded": {"blank text": 1},
        "excluded_examples": [{"row": 0, "id": SCRIPT, "reason": "blank text"}],
        "stages": {"read": {"status": "done", "seconds": 0.1, "rows": n, "peak_mb": 210}, "x": {}},
        "versions": {"python": "3.11.7", SCRIPT: SCRIPT},
        "hashes": {"items": "abc"},
        "model": {"name": SCRIPT, "licence": COMMENT, "dims": 384, "truncated": 12},
    }


def _cluster(number: int, size: int) -> Json:
    row = {"row": 1, "id": SCRIPT, "text": SCRIPT + EMOJI * 100}
    return {
        "cluster": number,
        "title": f"{SCRIPT} {EMOJI} {number}",
        "keywords": [SCRIPT, BIDI, CONTROLS],
        "size": size,
        "cohesion": 0.62,
        "separation": 0.41,
        "silhouette": 0.12 if number else -0.2,
        "stability": None,
        "davies_bouldin": 1.25,
        "dbcv": None if number else -0.5,
        "truth": SCRIPT,
        "purity": 1.0 if number else 0.5,
        "typical": [row, {"row": 2, "id": "2", "text": None}],
        "borderline": [{**row, "rival": 1 - number}],
        "parent": [2, 0],
    }


def _evaluation() -> Json:
    measured = {"low": 0.1, "high": 0.3, "n_items": 8, "space": SCRIPT}
    return {
        "schema": 1,
        "detail": "normal",
        "n_clusters": 2,
        "reason": SCRIPT,
        "scores": [
            {"name": "silhouette", "value": 0.2, "higher_is_better": True, **measured},
            {"name": "davies_bouldin", "value": None, "higher_is_better": False, **measured},
            {"name": "ari", "value": 0.5, "higher_is_better": True, **measured},
            {"name": SCRIPT, "value": 1.0, "higher_is_better": None, **measured},
        ],
        "layers": [
            {"layer": i, "n_clusters": n, "separation": 0.1, "stability": 0.9, "chosen": n == 2}
            for i, n in enumerate([5, 2])
        ],
        "truth": SCRIPT,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give a run folder ready to be changed and written."""
    return Folder(tmp_path / "a run")


@pytest.fixture
def page(folder: Folder) -> Callable[[], str]:
    """Write the folder and its report, and return the page."""
    from shoal.views.report import write

    return lambda: write(folder.write()).read_text(encoding="utf-8")
