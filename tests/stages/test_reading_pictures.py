import base64
from pathlib import Path

import pyarrow as pa
import pytest

from shoal import stages
from shoal.errors import BadInput, UnknownPart
from tests.making_pictures import damaged, photos, saved, smooth


def test_a_folder_of_pictures_is_read_with_its_folders(tmp_path):
    (photos(tmp_path / "photos", n=3) / "notes.txt").write_text("not a picture")
    items = stages.read(tmp_path / "photos", {})
    assert items.modality == "image"
    assert len(items) == 9
    assert items.ids[0].as_py() == "blue things/IMG_0000.jpg"
    assert items.columns["folder"][0].as_py() == "blue things"
    assert items.columns["path"][0].as_py() == str(tmp_path / "photos/blue things/IMG_0000.jpg")
    assert items.about["image"] == "path"
    assert any("notes.txt" in note for note in items.notes)


def test_what_cannot_be_read_is_named_and_the_rest_is_used(tmp_path):
    folder = photos(tmp_path / "photos", n=8)
    for name, (data, _) in damaged().items():
        (folder / name).write_bytes(data)
    (folder / "wrong ending.png").write_bytes(saved(smooth(), "JPEG"))
    (folder / "nowhere.jpg").symlink_to(folder / "gone")
    items = stages.read(folder, {})
    why = {items.ids[row].as_py(): reason for row, reason in items.excluded.items()}
    assert set(why) == {*damaged(), "nowhere.jpg"}
    assert why["empty.jpg"] == "an empty file"
    assert len(items.distinct) == 25


def test_equal_files_are_one_content(tmp_path):
    folder = photos(tmp_path / "photos", n=3)
    (folder / "copy.jpg").write_bytes((folder / "red things/IMG_0000.jpg").read_bytes())
    items = stages.read(folder, {})
    assert len(items) == 10
    assert len(items.distinct) == 9


def test_texts_are_read_where_most_files_are_texts(tmp_path):
    for i in range(5):
        (tmp_path / f"{i}.txt").write_text(f"the words of text {i}")
    (tmp_path / "logo.png").write_bytes(saved(smooth()))
    items = stages.read(tmp_path, {})
    assert items.modality == "text"


def table(tmp_path, values):
    return pa.table({"product": [f"thing {i}" for i in range(len(values))], "photo": values})


def test_a_column_of_paths_beside_a_table(tmp_path):
    folder = photos(tmp_path / "photos", n=2)
    rows = "\n".join(f"thing {i},photos/red things/IMG_000{i}.jpg" for i in range(2))
    (tmp_path / "products.csv").write_text(f"product,photo\n{rows}\nlost,photos/gone.jpg\nbare,\n")
    items = stages.read(tmp_path / "products.csv", {"image": "photo"})
    assert items.modality == "image"
    assert items.excluded == {2: "no such file", 3: "missing picture"}
    assert items.contents[0].source.is_file()
    assert folder in items.contents[0].source.parents
    assert items.columns.column_names == ["product", "path"]


@pytest.mark.parametrize("way", ["bytes", "struct", "uri"])
def test_a_column_of_the_files_themselves(tmp_path, way):
    data = [saved(smooth(seed)) for seed in range(3)]
    values = {
        "bytes": data,
        "struct": [{"bytes": one, "path": "a.png"} for one in data],
        "uri": ["data:image/png;base64," + base64.b64encode(one).decode() for one in data],
    }[way]
    items = stages.read(table(tmp_path, values), {"image": "photo"})
    assert len(items.distinct) == 3
    assert not items.excluded
    # found out too, where nothing is named
    assert stages.read(table(tmp_path, values), {}).about["image"] == "photo"


def test_texts_are_taken_where_they_are_named(tmp_path):
    values = [saved(smooth(seed)) for seed in range(3)]
    assert stages.read(table(tmp_path, values), {"text": "product"}).modality == "text"
    both = stages.read(table(tmp_path, values), {"text": "product", "image": "photo"})
    assert both.modality == "image"
    assert list(both.readable) == ["thing 0", "thing 1", "thing 2"]


def test_a_column_that_holds_none_is_said(tmp_path):
    with pytest.raises(UnknownPart, match="asked for by --image"):
        stages.read(table(tmp_path, [b"x"]), {"image": "picture"})
    with pytest.raises(BadInput, match="holds no pictures"):
        stages.read(pa.table({"n": [1, 2]}), {"image": "n"})
    with pytest.raises(BadInput, match="a picture that can be read"):
        stages.read(table(tmp_path, [b"x", b"y"]), {"image": "photo"})


def test_a_path_on_another_machine_is_not_looked_at(tmp_path, monkeypatch):
    folder = photos(tmp_path / "photos", n=2)
    paths = [str(path) for path in sorted(folder.rglob("*.jpg"))[:2]]
    looked = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: looked.append(str(path)) or is_file(path))
    items = stages.read(pa.table({"photo": [*paths, r"\\host\share\a.png"]}), {"image": "photo"})
    assert items.excluded == {2: "on another machine, which a cell cannot name"}
    assert looked
    assert not any("host" in path for path in looked)
