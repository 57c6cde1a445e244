"""Are edited copies found as near-duplicates, and how fast, beside semhash on the same vectors?

python benchmarks/does_it_find_duplicates.py DATA --peer-python PEER/bin/python

PEER has semhash. Of each set 6,000 texts are taken, and 1,800 edited copies of known degree added:
typing errors, case, punctuation, words swapped, words cut off, words replaced. A pair counts when
both are in one group. Natural near-duplicates of the sets count as wrong for both. semhash gets
the vectors of the run by look-up, so embedding costs neither anything; it runs at its own
threshold, and at the one of twenty that fits the truth best.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table

import shoal
from shoal.numerics.duplicates.pairs import duplicates
from shoal.numerics.neighbors import nearest

SETS = ("ag_news_test", "stackoverflow20", "banking77")
N_BASE, N_EACH, RUNS = 6000, 100, 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = (
    "how do i=how can i;do not=don't;can not=can't;cannot=can't;what is=what's;i am=i'm;use=utilize"
    ";using=utilizing;get=obtain;big=large;said=stated;says=states;show=display;create=make"
    ";remove=delete;start=begin;company=firm;new=brand-new;after=following;error=mistake"
    ";problem=issue;find=locate;change=modify;way to=method to;best=optimal;buy=purchase"
    ";shares=stocks;killed=slain;and=&;with=using;multiple=several;between=among;about=regarding"
)


def typos(text: str, draw: random.Random, degree: int) -> str:
    """As many letters swapped, dropped, added or replaced as the degree."""
    letters = list(text)
    for _ in range(degree):
        place, kind = draw.randrange(len(letters) - 1), draw.randrange(4)
        if kind == 0:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        elif kind == 1 and len(letters) > 6:
            del letters[place]
        elif kind == 2:
            letters.insert(place, draw.choice(LETTERS))
        else:
            letters[place] = draw.choice(LETTERS)
    return "".join(letters)


def case(text: str, draw: random.Random, degree: int) -> str:
    """Small, capital, or title letters."""
    return (text.lower(), text.upper(), text.title())[degree - 1]


def punctuation(text: str, draw: random.Random, degree: int) -> str:
    """Another end, no marks at all, or spaces and marks where none belong."""
    if degree == 1:
        return text.rstrip(".?! ") + draw.choice([".", "!", "?", "..."])
    if degree == 2:
        return re.sub(r"[^\w\s]", "", text)
    return text.replace(" ", "  ").replace(",", " ,") + " !!"


def swapped(text: str, draw: random.Random, degree: int) -> str:
    """As many pairs of words swapped as the degree."""
    words = text.split(" ")
    for _ in range(degree):
        place = draw.randrange(len(words) - 1)
        words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def truncated(text: str, draw: random.Random, degree: int) -> str:
    """The last tenth, two tenths or three tenths of the words cut off, one at least."""
    words = text.split(" ")
    return " ".join(words[: max(2, min(round(len(words) * (1 - 0.1 * degree)), len(words) - 1))])


def replaced(text: str, draw: random.Random, degree: int) -> str:
    """As many words of a list replaced by others of like meaning, if it has one of them."""
    pairs = [pair.split("=") for pair in WORDS.split(";")]
    done = 0
    for old, new in draw.sample(pairs, len(pairs)):
        edited = re.sub(rf"\b{re.escape(old)}\b", new, text, count=1, flags=re.IGNORECASE)
        done, text = done + (edited != text), edited
        if done == degree:
            break
    return text


EDITS: tuple[Callable[[str, random.Random, int], str], ...] = (
    *(typos, case, punctuation, swapped, truncated, replaced),
)


def injected(texts: Sequence[str]) -> tuple[list[str], Any, list[str]]:
    """Texts with edited copies among them, which text each came from, and by which edit."""
    draw = random.Random(0)
    base = draw.sample(sorted(set(texts)), N_BASE)
    rows, seen = [(text, place, "") for place, text in enumerate(base)], set(base)
    order = iter(draw.sample(range(N_BASE), N_BASE))
    for edit in EDITS:
        for degree in (1, 2, 3):
            missing = N_EACH
            while missing:
                place = next(order)
                if len(base[place].split()) > 3:
                    text = edit(base[place], draw, degree)
                    if text not in seen:
                        seen.add(text)
                        rows.append((text, place, f"{edit.__name__} {degree}"))
                        missing -= 1
    draw.shuffle(rows)
    return [row[0] for row in rows], np.array([row[1] for row in rows]), [row[2] for row in rows]


def pairs(groups: Any) -> int:
    """Pairs of rows in one group."""
    counts = np.unique(groups, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def judged(groups: Any, origin: Any) -> dict[str, float]:
    """Precision, recall and F1 of pairs."""
    both = pairs(np.asarray(groups, dtype=np.int64) * (int(origin.max()) + 1) + origin)
    precision, recall = both / max(pairs(groups), 1), both / pairs(origin)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": precision, "recall": recall, "F1": f1}


def ours(vectors: Any, reduced: Any, texts: list[str]) -> tuple[Any, float, float, float]:
    """Groups, the limit, and median seconds with the search for neighbors and without."""
    whole, marginal = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        rows, _ = nearest(reduced, reduced, 30, exclude_itself=True)
        between = time.perf_counter()
        found = duplicates(vectors, rows, np.ones(len(texts), dtype=np.int32), texts)
        whole.append(time.perf_counter() - started)
        marginal.append(time.perf_counter() - between)
    return found.representative, found.limit, float(np.median(whole)), float(np.median(marginal))


def peer(python: str, vectors: Any, texts: list[str]) -> dict[str, Any]:
    """What semhash finds, by threshold, and its median seconds."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/vectors.npy", vectors)
        pq.write_table(pa.table({"text": texts}), f"{folder}/texts.parquet")
        script = str(Path(__file__).with_name("semhash_peer.py"))
        done = subprocess.run([python, script, folder, str(RUNS)], capture_output=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        with np.load(f"{folder}/groups.npz") as groups:
            return {"groups": {float(key): groups[key] for key in groups.files}, **told}


def main() -> None:
    """Measure every set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python", required=True)
    options = parser.parse_args()
    lines, kinds = [], {}
    for name in SETS:
        source = pq.read_table(options.data / f"{name}.parquet")
        texts, origin, edits = injected(source["text"].to_pylist())
        run = shoal.cluster(texts)
        reduced_file = run.path / "model/reduced.npy"
        vectors = np.asarray(run.embeddings)
        reduced = np.load(reduced_file) if reduced_file.is_file() else vectors
        groups, limit, whole, marginal = ours(vectors, reduced, texts)
        theirs = peer(options.peer_python, vectors, texts)
        best = max(theirs["groups"], key=lambda t: judged(theirs["groups"][t], origin)["F1"])
        seconds = {"seconds": round(theirs["seconds"], 2), "seconds in a run": "-"}
        mine = {"seconds": round(whole, 2), "seconds in a run": round(marginal, 2)}
        for tool, limit_of, found, took in (
            ("shoal", limit, groups, mine),
            ("semhash", 0.9, theirs["groups"][0.9], seconds),
            ("semhash, best of 20", best, theirs["groups"][best], seconds),
        ):
            told = {"set": name, "tool": tool, "limit": round(limit_of, 2)}
            lines.append({**told, **judged(found, origin), **took})
            kinds[f"{name}, {tool}"] = by_kind(found, origin, edits)
    table(lines)
    save("does_it_find_duplicates", {"pairs": lines, "recall by kind and degree": kinds})


def by_kind(groups: Any, origin: Any, edits: list[str]) -> dict[str, float]:
    """Share of the edited copies that are in the group of their text, by edit and degree."""
    home = {int(origin[row]): groups[row] for row, edit in enumerate(edits) if not edit}
    hits: dict[str, list[bool]] = {}
    for row, edit in enumerate(edits):
        if edit:
            hits.setdefault(edit, []).append(bool(groups[row] == home[int(origin[row])]))
    return {edit: float(np.mean(found)) for edit, found in sorted(hits.items())}


if __name__ == "__main__":
    main()
