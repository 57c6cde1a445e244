"""Ways to damage a run folder, each by a seed: what a disk, a person or another program may do."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ODD_VALUES = [None, True, -1, 0, 2**63, 10**400, 0.5, "x", "", "\ud800", [], {}, [None], [[[]]]]
ODD_VALUES += [float("nan"), float("inf"), -1e308, "1", {"a": 1}, ["x"] * 3]
ODD_LINES = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"{" * 20_000,
    b"[" * 200_000,
    b'{"op": "rename"}',
    b'{"op": "rename", "cluster": 0, "title": 5, "version": 1, "at": 3}',
    b'{"op": "merge", "clusters": [0, 99], "into": 99, "version": 1, "at": "x"}',
    b'{"op": "move", "moved": {"0": [999999]}, "to": 1, "version": 1, "at": "2026-01-01"}',
    b'{"op": "split", "cluster": 0, "moved": null, "version": "x", "at": null}',
    b'{"op": "undo", "n": 99}',
    b'{"op": "nothing known", "version": 1e999}',
]


def _files(run: Path, rng: random.Random, *endings: str) -> Path:
    found = sorted(p for p in run.rglob("*") if p.is_file() and not p.name.startswith("."))
    return rng.choice([p for p in found if not endings or p.suffix in endings])


def _json_places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, entry in inner:
        found.append((*place, key))
        if isinstance(entry, dict | list):
            found += _json_places(entry, (*place, key))
    return found


def _json(run: Path, rng: random.Random, change: Callable[[Any, Any], None]) -> None:
    path = _files(run, rng, ".json")
    info = json.loads(path.read_text(encoding="utf-8"))
    *outer, last = rng.choice(_json_places(info))
    parent = info
    for key in outer:
        parent = parent[key]
    change(parent, last)
    path.write_text(json.dumps(info), encoding="utf-8")


def json_value(run: Path, rng: random.Random) -> None:
    """Another value somewhere in a JSON file."""
    _json(run, rng, lambda parent, key: parent.__setitem__(key, rng.choice(ODD_VALUES)))


def json_lacks(run: Path, rng: random.Random) -> None:
    """A JSON file without one of its entries."""
    _json(run, rng, lambda parent, key: parent.__delitem__(key))


def json_deep(run: Path, rng: random.Random) -> None:
    """JSON that is deeper than a parser goes."""
    _files(run, rng, ".json").write_text(rng.choice(["[", '{"a":']) * 200_000, encoding="utf-8")


def toml_odd(run: Path, rng: random.Random) -> None:
    """A recipe with one line changed or gone."""
    path = run / "recipe.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    place = rng.randrange(len(lines))
    key = lines[place].partition("=")[0]
    value = rng.choice(["nan", "-1", '"x"', "[]", "{}", "true", "1e400", "[" * 50_000])
    lines[place] = rng.choice([f"{key}= {value}", "", "[cluster]", "\x00"])
    path.write_text("\n".join(lines), encoding="utf-8")


def vectors_odd(run: Path, rng: random.Random) -> None:
    """Vectors with no numbers among them, too few, or of another type."""
    path = run / "embeddings.npy"
    array = np.load(path)
    row = rng.randrange(len(array))
    match rng.randrange(6):
        case 0:
            array[row, rng.randrange(array.shape[1])] = np.nan
        case 1:
            array[row] = np.inf
        case 2:
            array = array[: len(array) // 2]
        case 3:
            array = array[:, : max(array.shape[1] // 2, 1)]
        case 4:
            array = array.astype(rng.choice(["f8", "i4", "U3"]))
        case _:
            array = array.reshape(-1)
    np.save(path, array)


def arrays_odd(run: Path, rng: random.Random) -> None:
    """An .npz with indices out of range, a member less, or of another length or type."""
    path = _files(run, rng, ".npz")
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files}
    if not arrays:
        path.write_bytes(b"")
        return
    key = rng.choice(sorted(arrays))
    array = arrays[key]
    match rng.randrange(6):
        case 0:
            del arrays[key]
        case 1 if array.dtype.kind in "iu" and array.size:
            odd = np.array(rng.choice([-7, 2**30])).astype(array.dtype)
            array.reshape(-1)[rng.randrange(array.size)] = odd
        case 2 if array.dtype.kind == "f" and array.size:
            array.reshape(-1)[rng.randrange(array.size)] = rng.choice([np.nan, np.inf, 1e30])
        case 3 if array.ndim:
            arrays[key] = array[: len(array) // 2]
        case 4:
            arrays[key] = array.astype("U")
        case _:
            arrays[key] = np.zeros((2, 0, 3))
    np.savez(path, **arrays)


def table_odd(run: Path, rng: random.Random) -> None:
    """A Parquet file with a column less, other rows, or other types."""
    path = _files(run, rng, ".parquet")
    table = pq.read_table(path)
    name = rng.choice(table.column_names)
    match rng.randrange(5):
        case 0:
            table = table.drop_columns([name])
        case 1:
            table = table.slice(0, len(table) // 2)
        case 2:
            place = table.column_names.index(name)
            odd = pa.array([{"a": [i]} for i in range(len(table))])
            table = table.set_column(place, name, odd)
        case 3:
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.nulls(len(table)))
        case _:
            place = table.column_names.index(name)
            many = pa.array([10**12] * len(table))
            table = table.set_column(place, name, many)
    pq.write_table(table, path)


def edits_odd(run: Path, rng: random.Random) -> None:
    """A line that is no edit in the log of edits, or a log of nothing else."""
    path = run / "edits.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    for _ in range(rng.randrange(1, 4)):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(ODD_LINES))
    path.write_bytes(b"\n".join(lines) + rng.choice([b"\n", b""]))


def flipped(run: Path, rng: random.Random) -> None:
    """One bit is another."""
    path = _files(run, rng)
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def zeros(run: Path, rng: random.Random) -> None:
    """A page of the disk was never written."""
    path = _files(run, rng)
    data = bytearray(path.read_bytes())
    start = rng.randrange(max(len(data), 1))
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))
    path.write_bytes(data)


def cut(run: Path, rng: random.Random) -> None:
    """A file ends too early."""
    path = _files(run, rng)
    os.truncate(path, rng.choice([0, 1, path.stat().st_size // 2]))


def gone(run: Path, rng: random.Random) -> None:
    """A file is not there."""
    _files(run, rng).unlink()


def pipe(run: Path, rng: random.Random) -> None:
    """A pipe stands in the place of a file: whoever opens it waits for ever."""
    path = _files(run, rng)
    path.unlink()
    os.mkfifo(path)


def folder(run: Path, rng: random.Random) -> None:
    """A folder stands in the place of a file."""
    path = _files(run, rng)
    path.unlink()
    path.mkdir()


def swapped(run: Path, rng: random.Random) -> None:
    """Two files have each other's names."""
    one, other = _files(run, rng), _files(run, rng)
    aside = run / ".aside"
    os.replace(one, aside)
    if other.exists():
        os.replace(other, one)
    os.replace(aside, other)


WAYS = (
    json_value,
    json_value,
    json_lacks,
    json_lacks,
    json_deep,
    toml_odd,
    vectors_odd,
    arrays_odd,
    arrays_odd,
    table_odd,
    edits_odd,
    flipped,
    flipped,
    zeros,
    cut,
    gone,
    *([pipe] if hasattr(os, "mkfifo") else []),
    folder,
    swapped,
)


def without_digests(run: Path) -> None:
    """Make a run one of an older shoal, which kept no digests: only its content can tell."""
    path = run / "run.json"
    info = json.loads(path.read_text(encoding="utf-8"))
    info.pop("files", None)
    info.pop("digest", None)
    path.write_text(json.dumps(info), encoding="utf-8")


def damaged(run: Path, copy: Path, seed: int) -> str:
    """Copy a run and damage the copy; returns how. Every other copy has no digests."""
    rng = random.Random(seed)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(run, copy)
    digests = rng.random() < 0.5
    if not digests:
        without_digests(copy)
    way = rng.choice(WAYS)
    way(copy, rng)
    return f"{way.__name__}{'' if digests else ' without digests'}"
