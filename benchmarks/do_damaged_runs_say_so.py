"""Damaged run folders: does every command say so, in one line, and go on waiting for nothing?

python benchmarks/do_damaged_runs_say_so.py [--folders 1000] [--seed 0] [--processes 2]

Copies of runs of texts, passages, records and vectors are damaged in one of the ways of
tests/damaging.py, every other copy without the digests that run.json keeps. On each, four commands
are given in one process. A command must end with 0 or 2, within a minute, with one line that begins
with "error:" if it is 2. Where there are digests, what `predict` writes must not differ from what
the whole run gives.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from report import save, table, tally
from tests.damaging import damaged

SECONDS = 60
COMMANDS = {
    "predict": ("{run}", "{new}", "-o", "{out}.csv", "--force"),
    "evaluate": ("{run}", "--clusters"),
    "report": ("{run}", "-o", "{out}.html", "--force"),
    "anomalies": ("{run}",),
    "duplicates": ("{run}", "-o", "{out}.jsonl", "--force"),
    "edits": ("{run}", "-o", "{out}.parquet", "--force"),
    "compare": ("{run}", "{whole}"),
    "plot": ("{run}", "sizes", "-o", "{out}.svg", "--force"),
    "plot map": ("{run}", "map", "-o", "{out}.html", "--force"),
    "describe": ("{run}",),
    "cluster": ("{run}", "--detail", "coarse"),
    "tune": ("{run}", "--seconds", "0"),
    "doctor": ("{run}",),
    "repair": ("{run}", "--repair"),
}
WORDS = "river goal oven lawyer planet guitar tax window clinic engine garden market".split()


class Hang(BaseException):
    """A command took longer than it may."""


def make_runs(root: Path) -> dict[str, tuple[Path, Path]]:
    """Kind -> a whole run, and rows that are new to it."""
    import numpy as np

    import shoal
    from shoal.analysis.edits import Editor
    from shoal.artifacts.saved import SavedRun

    rng = random.Random(0)
    groups = [rng.sample(WORDS, 4) for _ in range(4)]
    texts = [f"{' '.join(rng.choices(rng.choice(groups), k=5))} {i}" for i in range(80)]
    lines = [f"{i},{text},{i % 3},{i * 1.5}" for i, text in enumerate(texts)]
    (root / "texts.csv").write_text("id,text,a,b\n" + "\n".join([*lines, "80,,1,2"]) + "\n")
    numbers = [f"{rng.gauss(5 * (i % 3), 1):.3f},{rng.random():.3f},{i % 2}" for i in range(80)]
    (root / "records.csv").write_text("x,y,z\n" + "\n".join(numbers) + "\n")
    np.save(root / "vectors.npy", np.random.default_rng(0).normal(size=(80, 8)).astype("f4"))
    (root / "documents.csv").write_text(
        "id,text\n" + "".join(f'{i},"{texts[i]}.\n\n{texts[i + 20]}."\n' for i in range(30))
    )
    wanted: dict[str, dict[str, Any]] = {
        "texts": {"data": root / "texts.csv", "text": "text", "embedder": "hashing"},
        "records": {"data": root / "records.csv", "columns": ["x", "y", "z"]},
        "vectors": {"data": root / "vectors.npy"},
    }
    found = {}
    for kind, options in wanted.items():
        shoal.cluster(**options, out=root / kind, k=4)
        found[kind] = (root / kind, options["data"])
    editor = Editor(SavedRun(root / "texts"))
    editor.do({"op": "rename", "cluster": 0, "title": "A name of a person"})
    return found


def given(name: str, words: dict[str, str]) -> tuple[str, str]:
    """Give a command: "ok", "refused", "hang" or "traceback", and what it said."""
    from shoal.cli.app import main

    arguments = [name.split()[0], *(word.format(**words) for word in COMMANDS[name])]
    if name == "repair":
        arguments[0] = "doctor"
    said = io.StringIO()
    signal.alarm(SECONDS)
    faulthandler.dump_traceback_later(3 * SECONDS, exit=True)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            main(arguments)
        return "ok", ""
    except SystemExit as end:
        errors = [line for line in said.getvalue().splitlines() if line.startswith("error: ")]
        right = end.code == 2 and len(errors) == 1
        return ("refused" if right else "traceback"), said.getvalue()
    except Hang:
        return "hang", traceback.format_exc()
    except Exception:
        return "traceback", traceback.format_exc()
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()


def tried(task: tuple[int, str, Path, Path, Path]) -> list[tuple[str, ...]]:
    """Damage one copy and give it four commands."""
    seed, kind, run, new, root = task
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    sys.setrecursionlimit(1000)
    place = root / f"{os.getpid()}"
    place.mkdir(exist_ok=True)
    copy, out = place / "run", place / "out"
    rng = random.Random(seed)
    found = []
    how = damaged(run, copy, seed)
    words = {"run": str(copy), "whole": str(run), "new": str(new), "out": str(out)}
    for name in rng.sample(sorted(COMMANDS), 4):
        Path(f"{out}.csv").unlink(missing_ok=True)
        outcome, said = given(name, words)
        if outcome == "ok" and name == "predict" and "without" not in how:
            right = (root / f"{kind}.csv").read_bytes()
            if "toml" not in how and Path(f"{out}.csv").read_bytes() != right:
                outcome = "wrong"
        found.append((str(seed), kind, how, name, outcome, said))
        if name in ("cluster", "describe", "repair", "tune"):  # they change it
            damaged(run, copy, seed)
    shutil.rmtree(copy, ignore_errors=True)
    return found


def _too_long(*_: object) -> None:
    raise Hang


def main() -> None:
    """Damage, give commands, print what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SHOAL_CACHE": f"{folder}/cache", "SHOAL_THREADS": "1"}
        os.environ["XDG_DATA_HOME"] = f"{folder}/data"
        root = Path(folder)
        runs = make_runs(root)
        for kind, (run, new) in runs.items():
            words = {"run": str(run), "new": str(new), "out": str(root / kind)}
            assert given("predict", words)[0] == "ok", kind
        kinds = sorted(runs)
        tasks = [
            (seed, kinds[seed % len(kinds)], *runs[kinds[seed % len(kinds)]], root)
            for seed in range(options.seed, options.seed + options.folders)
        ]
        found, done, started = [], 0, time.monotonic()
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            for many in pool.imap_unordered(tried, tasks):
                found += many
                done += 1
                for seed, kind, how, name, outcome, said in many:
                    if outcome not in ("ok", "refused"):
                        print(f"\n{outcome}: seed {seed}, {kind}, {how}, {name}\n{said[-1500:]}")
                if not done % 50:
                    print(f"{done:,} folders", flush=True)
                if time.monotonic() - started > 60 * options.minutes:
                    break
    outcomes = ("ok", "refused", "traceback", "hang", "wrong")
    by_command = {
        name: Counter(outcome for *_, command, outcome, _ in found if command == name)
        for name in COMMANDS
    }
    rows = tally("command", by_command, outcomes)
    print(f"\n{done:,} damaged folders, {len(found):,} commands")
    table(rows)
    if options.save:
        save("do_damaged_runs_say_so", rows)
    sys.exit(1 if any(rows[-1][o] for o in outcomes[2:]) else 0)


if __name__ == "__main__":
    main()
