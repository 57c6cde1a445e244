"""Odd inputs: is every row kept, and does what cannot be read end in one sentence?

python benchmarks/do_odd_inputs_lose_rows.py [--inputs 10000] [--seed 0] [--save]

Each input is made by tests/odd_sources.py from its seed: a table of odd texts in one of the forms
that are read, whole or damaged. It is read in this process, within a minute. Of a whole one as many
rows must come out as went in; a damaged one may be refused, in one sentence.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from report import save, table, tally
from tests.odd_sources import odd_source

from shoal import stages
from shoal.errors import ShoalError

SECONDS = 60
OUTCOMES = ("read", "refused", "rows lost or gained", "traceback", "hang")


class Hang(BaseException):
    """Reading took longer than it may."""


def outcome_of(folder: Path, seed: int) -> tuple[str, str, str]:
    """What kind of input it was, what became of it, and what was said where that is wrong."""
    source = odd_source(folder, seed)
    signal.alarm(SECONDS)
    try:
        items = stages.read(source.path, source.params)
    except ShoalError as error:
        said = str(error)
        if source.n_rows:
            return source.kind, "rows lost or gained", said
        return source.kind, "refused" if said and "\n" not in said else "traceback", said
    except Hang:
        return source.kind, "hang", traceback.format_exc()
    except Exception:
        return source.kind, "traceback", traceback.format_exc()
    finally:
        signal.alarm(0)
        source.path.unlink()
    if source.n_rows is not None and len(items) != source.n_rows:
        said = f"{source.n_rows} rows went in, {len(items)} came out"
        return source.kind, "rows lost or gained", said
    return source.kind, "read", ""


def _too_long(*_: object) -> None:
    raise Hang


def main() -> None:
    """Read, count, print what went wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so many")
    parser.add_argument("--save", action="store_true")
    told = parser.parse_args()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    started, done = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(told.seed, told.seed + told.inputs):
            if time.monotonic() - started > 60 * told.minutes:
                break
            kind, outcome, said = outcome_of(Path(folder), seed)
            counts[kind][outcome] += 1
            done += 1
            if outcome not in OUTCOMES[:2]:
                print(f"\n{outcome}: seed {seed}, {kind}\n{said[-1500:]}", flush=True)
    rows = tally("kind", dict(sorted(counts.items())), OUTCOMES)
    print(f"\n{done:,} odd inputs")
    table(rows)
    if told.save:
        save("do_odd_inputs_lose_rows", rows)
    sys.exit(1 if any(rows[-1][o] for o in OUTCOMES[2:]) else 0)


if __name__ == "__main__":
    main()
