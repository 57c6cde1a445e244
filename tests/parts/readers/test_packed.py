"""Compressed files, archives, Arrow files: read as what is in them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather

from shoal import stages
from shoal.errors import BadInput
from shoal.parts.readers import packed

CSV = "id,body,n\n" + "".join(
    f"a{i},the tap in room {i} drips all night,{i % 3}\n" for i in range(9)
)
TEXTS = [f"the tap in room {i} drips all night" for i in range(9)]


def zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return out.getvalue().to_pybytes()


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


def texts_of(path: Path, **params: str) -> list[str]:
    return list(stages.read(path, {"text": "body", **params}).contents)


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_table_is_read_as_the_table(tmp_path, ending):
    path = tmp_path / f"notes.csv.{ending}"
    path.write_bytes(PACKERS[ending](CSV.encode()))
    assert texts_of(path) == TEXTS


@pytest.mark.parametrize("ending", PACKERS)
def test_what_is_compressed_may_have_any_name(tmp_path, ending):
    path = tmp_path / "notes"
    path.write_bytes(PACKERS[ending](CSV.encode()))
    assert texts_of(path) == TEXTS


def test_a_word_that_begins_like_a_magic_is_a_text(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("BZh is no word\nnor is this line one\nbut these are texts\n")
    assert len(stages.read(path, {})) == 3


@pytest.mark.parametrize("ending", [*PACKERS, "zip"])
def test_a_cut_off_file_is_refused_in_words(tmp_path, ending):
    whole = tmp_path / f"notes.csv.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("notes.csv", CSV * 50)
    else:
        whole.write_bytes(PACKERS[ending]((CSV * 50).encode()))
    whole.write_bytes(whole.read_bytes()[:60])
    with pytest.raises(BadInput, match="cannot be unpacked"):
        texts_of(whole)


def test_a_file_that_unpacks_to_far_more_than_tables_do_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packed, "MIN_BYTES", 100_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 5_000_000))
    with pytest.raises(BadInput, match="unpacks to more than"):
        texts_of(path)
    inside = tmp_path / "bomb.zip"
    with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "0" * 5_000_000)
    with pytest.raises(BadInput, match="unpacks to more than"):
        texts_of(inside)


def test_files_packed_in_each_other_without_end_are_refused(tmp_path):
    data = CSV.encode()
    for _ in range(4):
        data = gzip.compress(data)
    path = tmp_path / "notes.csv.gz.gz.gz.gz"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="nested in more than"):
        texts_of(path)


def test_tables_of_an_archive_are_put_under_each_other(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/one.csv", CSV)
        archive.writestr("../two.csv", CSV)
        archive.writestr("__MACOSX/a/._one.csv", "junk")
        archive.writestr("read me.txt", "hello there")
    items = stages.read(path, {"text": "body"})
    assert sorted(set(items.columns["source"].to_pylist())) == ["a/one.csv", "two.csv"]
    assert len(items) == 18
    assert any("read me.txt" in note for note in items.notes)
    assert not (tmp_path.parent / "two.csv").exists()


def test_text_files_of_an_archive_are_read_as_a_folder(tmp_path):
    path = tmp_path / "letters.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, text in enumerate(TEXTS):
            archive.writestr(f"letters/{number}.txt", text)
    items = stages.read(path, {})
    assert list(items.contents) == TEXTS
    assert items.ids[0].as_py().endswith("letters/0.txt")


def test_a_protected_archive_says_so(tmp_path):
    path = tmp_path / "secret.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1  # the flag of encryption
    path.write_bytes(bytes(data))
    with pytest.raises(BadInput, match="encrypted"):
        texts_of(path)


@pytest.mark.parametrize("kind", ["file", "stream", "feather", "feather 1"])
@pytest.mark.filterwarnings("ignore:Feather V1")
def test_arrow_in_every_form_is_read(tmp_path, kind):
    table = pa.table({"id": [f"a{i}" for i in range(9)], "body": TEXTS, "n": range(9)})
    path = tmp_path / ("notes.arrow" if kind in ("file", "stream") else "notes.feather")
    if kind.startswith("feather"):
        feather.write_feather(table, path, version=1 if kind.endswith("1") else 2)
    else:
        writer = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with writer(path, table.schema) as out:
            out.write_table(table, max_chunksize=4)
    items = stages.read(path, {})
    assert list(items.contents) == TEXTS
    assert items.columns["n"].to_pylist() == list(range(9))


def test_a_damaged_arrow_file_is_refused(tmp_path):
    path = tmp_path / "notes.arrow"
    path.write_bytes(b"ARROW1\0\0" + b"nonsense" * 20)
    with pytest.raises(BadInput, match="not a readable Arrow file"):
        texts_of(path)
