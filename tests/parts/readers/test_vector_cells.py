"""Vectors as people write them: in cells, in columns, as bits."""

from __future__ import annotations

import base64
import json

import numpy as np
import pyarrow as pa
import pytest

from shoal import stages
from shoal.errors import BadInput, UnknownPart
from shoal.parts.readers.vector_cells import is_packed
from shoal.parts.readers.vectors import column_matrix

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(40, 8)).astype(np.float32)
NOTES = [f"the note of row {i} says nothing" for i in range(40)]
WRITTEN = {
    "json": lambda v: json.dumps([float(x) for x in v]),
    "numpy": lambda v: np.array2string(v, precision=8, max_line_width=30),
    "array": lambda v: "array([" + ", ".join(map(repr, map(float, v))) + "], dtype=float32)",
    "postgres": lambda v: "{" + ",".join(map(str, v)) + "}",
    "spaces": lambda v: " ".join(map(str, v)),
    "semicolons": lambda v: ";".join(str(x).replace(".", ",") for x in v),
    "tuple": lambda v: str(tuple(float(x) for x in v)),
    "base64": lambda v: base64.b64encode(v.astype("<f4").tobytes()).decode(),
    "base64 of doubles": lambda v: base64.b64encode(v.astype("<f8").tobytes()).decode(),
    "bytes": lambda v: v.astype("<f4").tobytes(),
    "sparse": lambda v: " ".join(f"{i}:{x}" for i, x in enumerate(v)),
    "sparsevec": lambda v: "{" + ",".join(f"{i}:{x}" for i, x in enumerate(v)) + "}/8",
    "sparse json": lambda v: json.dumps({str(i): float(x) for i, x in enumerate(v)}),
}


def directions(matrix):
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@pytest.mark.parametrize("form", WRITTEN)
def test_every_way_to_write_a_vector_is_read(form):
    cells = [WRITTEN[form](v) for v in VECTORS]
    matrix, wrong = column_matrix(pa.chunked_array([cells]), "emb")
    assert not wrong
    np.testing.assert_allclose(directions(matrix)[:, :8], directions(VECTORS), atol=1e-5)


def test_rows_that_hold_no_vector_are_left_out_and_named():
    cells: list[str | None] = [WRITTEN["json"](v) for v in VECTORS]
    cells[3], cells[5], cells[8], cells[9] = None, "[1, 2, 3]", "nothing at all", " "
    table = pa.table({"note": NOTES, "emb": cells})
    items = stages.read(table, {"vectors": "emb"})
    assert dict(items.excluded) == {
        3: "missing vector",
        5: "a vector of 3 numbers, but the others have 8",
        8: "not a vector: its entries are not numbers",
        9: "missing vector",
    }
    assert len(items) == 40


def test_ragged_lists_are_left_out_and_named():
    lists = VECTORS.tolist()
    lists[2], lists[7], lists[11] = None, [1.0], []
    items = stages.read(pa.table({"note": NOTES, "emb": lists}), {"vectors": "emb"})
    assert set(items.excluded) == {2, 7, 11}
    assert "1 numbers" in items.excluded[7]


@pytest.mark.parametrize("cells", [NOTES, [str([0.1] * (i % 7)) for i in range(1, 41)]])
def test_what_holds_no_vectors_is_refused(cells):
    with pytest.raises(BadInput, match=r"holds no vectors|the same length"):
        column_matrix(pa.chunked_array([cells]), "emb")


@pytest.mark.parametrize("named", ["e_*", "e_0,e_1,e_2,e_3,e_4,e_5,e_6,e_7", "pca_e_*"])
def test_several_columns_of_numbers_are_vectors(named):
    first = "pca_e_" if named.startswith("pca") else "e_"
    columns = {f"{first}{i}": VECTORS[:, i] for i in reversed(range(8))}
    items = stages.read(pa.table({"note": NOTES, **columns}), {"vectors": named})
    np.testing.assert_allclose(directions(np.array(items.contents)), directions(VECTORS), atol=1e-6)
    assert items.columns.column_names == []
    with pytest.raises(UnknownPart, match="vectors"):
        stages.read(pa.table({"note": NOTES, **columns}), {"vectors": "x_*"})


@pytest.mark.parametrize("form", ["tsv", "csv", "jsonl", "header"])
def test_a_table_of_vectors_stands_beside_the_rows(tmp_path, form):
    rows = tmp_path / "notes.tsv"
    rows.write_text("note\tshelf\n" + "".join(f"{note}\t{i % 3}\n" for i, note in enumerate(NOTES)))
    path = tmp_path / f"vectors.{'csv' if form == 'header' else form}"
    if form == "jsonl":
        path.write_text("".join(json.dumps({"v": v.tolist()}) + "\n" for v in VECTORS))
    else:
        mark = "\t" if form == "tsv" else ","
        head = mark.join(f"d{i}" for i in range(8)) + "\n" if form == "header" else ""
        path.write_text(head + "".join(mark.join(map(str, v)) + "\n" for v in VECTORS))
    items = stages.read(rows, {"vectors": str(path)})
    np.testing.assert_allclose(directions(np.array(items.contents)), directions(VECTORS), atol=1e-6)


def packed_groups(kind: type) -> np.ndarray:
    """Rows of four groups of 64 bits, an eighth of them flipped."""
    centres = RNG.integers(0, 2, (4, 64))
    bits = centres[np.arange(200) % 4] ^ (RNG.random((200, 64)) < 0.12)
    packed = np.packbits(bits.astype(np.uint8), axis=1)
    return packed if kind is np.uint8 else (packed.astype(np.int16) - 128).astype(np.int8)


@pytest.mark.parametrize("kind", [np.uint8, np.int8])
def test_packed_bits_are_unpacked_and_said(kind):
    items = stages.read(packed_groups(kind), {})
    found = np.array(items.contents)
    assert found.shape == (200, 64)
    assert set(np.unique(found)) == {-1.0, 1.0}
    alike = found @ found.T / 64
    same = np.arange(200)[:, None] % 4 == np.arange(200) % 4
    assert alike[same].mean() > 0.5 > alike[~same].mean()
    assert any("packed bits" in note for note in items.notes)


def test_amounts_in_bytes_stay_amounts():
    centres = RNG.normal(size=(4, 32))
    floats = centres[np.arange(200) % 4] + RNG.normal(size=(200, 32)) * 0.4
    scaled = np.clip(floats * 30, -127, 127).astype(np.int8)
    assert not is_packed(scaled)
    assert not is_packed((scaled.astype(np.int16) + 128).astype(np.uint8))
    pixels = np.where(RNG.random((200, 64)) < 0.5, 0, 255).astype(np.uint8)
    assert not is_packed(pixels)
    assert not is_packed(RNG.integers(0, 2, (200, 64)).astype(np.uint8))
    assert stages.read(scaled, {}).contents[0].shape == (32,)
