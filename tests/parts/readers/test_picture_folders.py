"""Folders of pictures as cameras, telephones and services leave them."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoal import stages
from shoal.data import pictures
from shoal.data.pictures import read_picture
from shoal.errors import BadInput
from shoal.parts.readers.pictures import holds_pictures


def photo(seed: int, size: int = 24) -> Image.Image:
    return Image.fromarray(
        np.random.default_rng(seed).integers(0, 255, (size, size, 3), dtype=np.uint8)
    )


def fill(folder: Path, n_pictures: int, others: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n_pictures):
        photo(number).save(folder / f"IMG_{number}.jpg")
    for name, text in others.items():
        (folder / name).write_text(text)
    return folder


SIDECARS = {
    "takeout": {f"IMG_{i}.jpg.supplemental-metad.json": "{}" for i in range(4)},
    "json by stem": {f"IMG_{i}.json": "{}" for i in range(4)},
    "captions": {f"IMG_{i}.txt": "a red car" for i in range(4)},
    "edits": {f"IMG_{i}.AAE": "<plist/>" for i in range(4)}
    | {f"IMG_{i}.xmp": "" for i in range(4)},
    "films": {f"MOV_{i}.MOV": "film" for i in range(9)},
    "system": {"Thumbs.db": "x", "desktop.ini": "x", "metadata.json": "{}", "Picasa.ini": "x"},
}


@pytest.mark.parametrize("kind", SIDECARS)
def test_what_lies_beside_pictures_is_left_out_and_named(tmp_path, kind):
    folder = fill(tmp_path / "photos", 4, SIDECARS[kind])
    items = stages.read(folder, {})
    assert items.modality == "image"
    assert len(items) == 4
    assert not items.excluded
    notes = " ".join(items.notes)
    assert next(iter(sorted(SIDECARS[kind]))) in notes
    assert f"{len(SIDECARS[kind])} " in notes


def test_texts_with_a_few_pictures_stay_texts(tmp_path):
    folder = fill(tmp_path / "letters", 2, {f"{i}.txt": f"letter {i} to you" for i in range(9)})
    assert not holds_pictures(folder)
    assert stages.read(folder, {}).modality == "text"


def test_a_picture_of_a_format_that_is_not_read_keeps_its_row(tmp_path):
    folder = fill(tmp_path / "photos", 3, {"IMG_7.NEF": "raw", "IMG_8.jxl": "xl"})
    items = stages.read(folder, {})
    assert len(items) == 5
    assert sorted(items.excluded.values())[0].startswith("a JPEG XL picture")
    assert "export it as JPEG" in sorted(items.excluded.values())[1]


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic" + bytes(400)


def test_heic_without_its_package_keeps_its_row_and_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_reads_heic", lambda: False)
    folder = fill(tmp_path / "phone", 2, {})
    for number in range(5):
        (folder / f"IMG_9{number}.HEIC").write_bytes(heic())
    items = stages.read(folder, {})
    assert len(items) == 7
    assert len(items.excluded) == 5
    assert all("HEIC" in why and "shoal[heif]" in why for why in items.excluded.values())
    assert any("5 HEIC pictures" in note for note in items.notes)
    for file in folder.glob("*.jpg"):
        file.unlink()
    with pytest.raises(BadInput, match=r"shoal\[heif\]"):
        stages.read(folder, {})


def test_avif_is_read(tmp_path):
    photo(1).save(tmp_path / "a.avif")
    assert len(read_picture(tmp_path / "a.avif").thumbnail) > 100


def test_pictures_whose_names_are_no_utf_8_are_read_and_shown(tmp_path):
    folder = fill(tmp_path / "photos", 3, {})
    raw = os.path.join(os.fsencode(folder), b"caf\xe9.jpg")
    with open(raw, "wb") as file:
        photo(9).save(file, "JPEG")
    items = stages.read(folder, {})
    assert not items.excluded
    assert "café.jpg" in items.ids.to_pylist()


def test_text_files_whose_names_are_no_utf_8_are_read_and_shown(tmp_path):
    for number in range(3):
        with open(os.path.join(os.fsencode(tmp_path), b"caf\xe9 %d.txt" % number), "w") as file:
            file.write(f"the cake of table {number} is gone")
    items = stages.read(tmp_path, {})
    assert items.ids.to_pylist() == [f"café {number}.txt" for number in range(3)]


def test_links_are_said(tmp_path):
    folder = fill(tmp_path / "photos", 3, {})
    other = fill(tmp_path / "elsewhere", 2, {})
    (folder / "album").symlink_to(other)
    (folder / "gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    notes = " ".join(stages.read(folder, {}).notes)
    assert "1 links to folders were not followed: album" in notes
    assert "1 links are broken: gone.jpg" in notes


def shown(image: Image.Image, form: str = "PNG") -> np.ndarray:
    data = io.BytesIO()
    image.save(data, form)
    picture = read_picture(data.getvalue())
    return np.asarray(Image.open(io.BytesIO(picture.thumbnail)).convert("L"), dtype=int)


def drawing(mode: str, colour: int) -> Image.Image:
    """A square of one brightness on a transparent ground."""
    plain = np.zeros((40, 40, 4), dtype=np.uint8)
    plain[10:30, 10:30] = (colour, colour, colour, 255)
    image = Image.fromarray(plain)
    if mode == "P":
        return image.quantize(4)
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("colour", [255, 235, 0, 128])
def test_a_drawing_on_transparency_stands_out_from_its_ground(mode, colour):
    pixels = shown(drawing(mode, colour))
    assert abs(int(pixels[20, 20]) - int(pixels[2, 2])) > 90


def test_a_drawing_in_black_and_white_on_transparency_shows_both():
    plain = np.zeros((40, 40, 4), dtype=np.uint8)
    plain[5:35, 5:24] = (255, 255, 255, 255)
    plain[5:35, 24:35] = (0, 0, 0, 255)
    pixels = shown(Image.fromarray(plain))
    assert abs(int(pixels[20, 12]) - int(pixels[1, 1])) > 60
    assert abs(int(pixels[20, 30]) - int(pixels[1, 1])) > 60


def test_an_opaque_picture_stays_as_it_is():
    pixels = shown(Image.new("RGBA", (30, 30), (250, 250, 250, 255)))
    assert pixels.min() > 240


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
def test_bits_that_are_used_of_16_are_stretched_and_said(tmp_path, bits):
    rows = np.linspace(0, 2**bits - 1, 48).astype(np.uint16)
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.tile(np.roll(rows, number), (48, 1))).save(folder / f"{number}.png")
    items = stages.read(folder, {})
    pixels = np.asarray(Image.open(io.BytesIO(items.contents[0].thumbnail)).convert("L"))
    assert pixels.max() > 240
    assert any(f"3 use {bits} of 16 bits" in note for note in items.notes)


@pytest.mark.parametrize(
    "low_high", [(0.0, 1.0), (0.0, 255.0), (280.0, 310.0), (-40.0, 12.0), (0.0, 0.01)]
)
def test_decimal_numbers_of_any_range_show(low_high):
    values = np.linspace(*low_high, 48, dtype=np.float32)
    pixels = shown(Image.fromarray(np.tile(values, (48, 1))), "TIFF")
    assert pixels.max() - pixels.min() > 200


def test_cmyk_and_lab_are_read():
    for mode in ("CMYK", "LAB"):
        pixels = shown(Image.new(mode, (20, 20), (0, 0, 0, 0)[: len(mode)]), "TIFF")
        assert pixels.shape == (20, 20)
