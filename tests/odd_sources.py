"""Tables of odd texts in every form that is read, whole or damaged, each by a seed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from tests.hostile import EVERY

WORDS = "river goal oven lawyer planet guitar tax window clinic engine garden market".split()
ODD = [
    *EVERY,
    "",
    " ",
    "\u200b",
    "null",
    "NaN",
    "-",
    '"',
    "'",
    'a "quoted" word',
    "a, comma; a semicolon\tand a tab | and a bar",
    "two\nlines",
    "two\r\nlines",
    "\u2028line\u2029paragraph\x85next",
    "e\u0301" + "\u0301" * 50,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ufeffmark",
    "\ufffd",
    "\x00",
    "\x1b[31m",
    "x" * 3000,
    "0" * 400,
    "1e999",
    "-0",
    "2024-02-30",
    "007",
    "{}",
    "[1, 2]",
    "\\",
    "\\n",
    "a\\",
]
NAMES = ["text", "id", "x", "=cmd", "a b", "\u00fc", "class", "date", "y" * 80, "<b>", "null"]


class Source(NamedTuple):
    """An input; how many rows it has, None of a damaged one; and how it is to be read."""

    path: Path
    kind: str
    n_rows: int | None
    params: dict[str, Any]


def odd_source(folder: Path, seed: int) -> Source:
    """Make the input of a seed in a folder."""
    rng = random.Random(seed)
    n, width = rng.choice([1, 2, 3, 8, 40, 120]), rng.randint(1, 5)
    names = rng.sample(NAMES, width)
    if width > 1 and "text" not in names:
        names[0] = "text"
    share = rng.choice([0.0, 0.05, 0.3, 1.0])
    columns = [[_cell(rng, share) for _ in range(n)] for _ in names]
    # some of the first column are texts, so that there is something to cluster by
    columns[0] = [
        f"{_sentence(rng)} {i}" if not i or rng.random() < 0.7 else cell
        for i, cell in enumerate(columns[0])
    ]
    form = rng.choice(sorted(FORMS))
    data = FORMS[form](names, columns, rng)
    ending = form.partition("-")[0]
    damaged = rng.random() < 0.5
    if damaged:
        data = _damaged(data, rng)
    if not damaged and ending in ("csv", "tsv", "jsonl") and rng.random() < 0.2:
        packing, pack = rng.choice(sorted(PACKINGS.items()))
        data, ending = pack(data, ending), f"{ending}.{packing}" if packing != "zip" else "zip"
    path = folder / f"odd{seed}.{ending}"
    path.write_bytes(data)
    # whether odd names of columns are a header cannot be told, so it is said
    params = {"all_bad": True} | ({"header": True} if form[:3] in ("csv", "tsv") else {})
    return Source(path, form + " damaged" * damaged, None if damaged else n, params)


def _sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(3, 9)))


def _cell(rng: random.Random, share: float) -> str:
    if rng.random() < share:
        return rng.choice(ODD)
    return rng.choice([_sentence(rng), str(rng.randint(0, 99)), f"{rng.random():.3f}"])


def _delimited(delimiter: str) -> Callable[..., bytes]:
    def written(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
        out = io.StringIO(newline="")
        # everything in quotes, so that what is written has one meaning
        writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        writer.writerows(zip(*columns, strict=True))
        return out.getvalue().encode(rng.choice(["utf-8", "utf-8-sig"]))

    return written


def _json_lines(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    escaped = rng.random() < 0.5
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows).encode()


def _json(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return json.dumps(rows if rng.random() < 0.5 else {"data": rows}, indent=1).encode()


def _table(names: list[str], columns: list[list[str]]) -> pa.Table:
    return pa.table([pa.array(column) for column in columns], names=names)


def _parquet(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(_table(names, columns), out, compression=rng.choice(["zstd", "none"]))
    return out.getvalue().to_pybytes()


def _arrow(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(_table(names, columns), out)
    return out.getvalue()


def _vectors(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    kind = rng.choice(["f2", "f4", "f8", "i4"])
    shape = (len(columns[0]), rng.randint(1, 9))
    array = np.random.default_rng(rng.randrange(9**9)).integers(1, 99, shape).astype(kind)
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def _packed_vectors(names: list[str], columns: list[list[str]], rng: random.Random) -> bytes:
    array = np.load(io.BytesIO(_vectors(names, columns, rng)))
    out = io.BytesIO()
    (np.savez if rng.random() < 0.5 else np.savez_compressed)(out, v=array)
    return out.getvalue()


def _zipped(data: bytes, ending: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"rows.{ending}", data)
    return out.getvalue()


FORMS: dict[str, Callable[..., bytes]] = {
    "csv": _delimited(","),
    "csv-semicolons": _delimited(";"),
    "tsv": _delimited("\t"),
    "jsonl": _json_lines,
    "json": _json,
    "parquet": _parquet,
    "arrow": _arrow,
    "npy": _vectors,
    "npz": _packed_vectors,
}
PACKINGS: dict[str, Callable[[bytes, str], bytes]] = {
    "gz": lambda data, _: gzip.compress(data),
    "bz2": lambda data, _: bz2.compress(data),
    "xz": lambda data, _: lzma.compress(data),
    "zip": _zipped,
}


def _damaged(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    match rng.randrange(5):
        case 0:
            del out[rng.randrange(len(out)) :]
        case 1:
            for _ in range(rng.randint(1, 20)):
                out[rng.randrange(len(out))] = rng.randrange(256)
        case 2:
            start = rng.randrange(len(out))
            out[start : start + 64] = bytes(len(out[start : start + 64]))
        case 3:
            start = rng.randrange(len(out))
            out[start:start] = rng.choice([b'"', b"\xff\xfe", b"\n\n", b"{" * 5000, b",,,\r"])
        case _:
            out = bytearray(rng.randbytes(rng.randint(1, 3000)))
    return bytes(out)
