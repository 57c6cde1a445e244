"""Names of files whose bytes are no UTF-8."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shoal.data.names import path_named, shown_name

NAMES = {b"caf\xe9.jpg": "café.jpg", b"stra\xdfe": "straße", b"5\x80.txt": "5€.txt"}


@pytest.mark.parametrize("raw", NAMES)
def test_a_name_in_latin_1_is_shown_and_found_again(tmp_path, raw):
    folder = os.path.join(os.fsencode(tmp_path), b"no\xebl")
    os.mkdir(folder)
    file = Path(os.fsdecode(os.path.join(folder, raw)))
    file.write_text("x")
    text = shown_name(file)
    assert text == f"{tmp_path.as_posix()}/noël/{NAMES[raw]}"
    assert os.fsencode(path_named(text)) == os.fsencode(file)


def test_names_in_utf_8_and_of_nothing_stay_as_they_are(tmp_path):
    (tmp_path / "größe.jpg").write_text("x")
    assert path_named(shown_name(tmp_path / "größe.jpg")) == tmp_path / "größe.jpg"
    assert path_named("ärger/of/none.jpg") == Path("ärger/of/none.jpg")
