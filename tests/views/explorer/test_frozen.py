"""What a copy that opens offline holds, and what it must not."""

import base64
import json

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.views.explorer import frozen as frozen_module
from shoal.views.explorer.frozen import frozen, held_levels
from shoal.views.explorer.pages import clusters_page
from shoal.views.explorer.view import RunView
from tests.making_pictures import photos
from tests.run.test_pictures import colours


@pytest.fixture(scope="module")
def picture_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("somebody") / "photos"
    photos(folder, n=30)
    return shoal.cluster(folder, embedder=colours, out=folder.parent / "run").path


@pytest.fixture
def pictures(picture_run):
    made = RunView(picture_run)
    return made


def test_no_copy_tells_where_files_lie(pictures, picture_run):
    copy = frozen(pictures)
    assert str(picture_run.parent) in str(pictures.rows.records([0])[0]["columns"])
    assert str(picture_run.parent) not in json.dumps(copy)
    assert any("path" in sentence for sentence in copy["left_out"])
    assert "folder" in copy["columns"]


def test_no_column_of_the_source_tells_it_either(tmp_path, texts):
    files = [f"/disk/somebody/{i % 3}.txt" for i in range(len(texts))]
    windows = [f"C:\\Users\\somebody\\{i % 3}.txt" if i else None for i in range(len(texts))]
    slashes = ["/half of them" if i % 2 else "others" for i in range(len(texts))]
    columns = {"text": texts, "file": files, "windows": windows, "slashes": slashes}
    run = shoal.cluster(pa.table(columns), text="text", embedder="hashing", out=tmp_path / "run")
    view = RunView(run.path)
    copy = frozen(view)
    assert "somebody" not in json.dumps(copy)
    assert list(copy["columns"]) == ["slashes"]
    assert [column["name"] for column in copy["more"]["columns"]] == ["slashes"]
    assert "column:slashes" in copy["arrays"]


def test_a_copy_of_pictures_holds_their_thumbnails(pictures):
    copy = frozen(pictures)
    assert copy["more"]["pictures"]
    assert sorted(map(int, copy["pictures"])) == list(range(pictures.n_rows))
    assert base64.b64decode(copy["pictures"]["3"]) == pictures.thumbnail(3)
    assert not any("Pictures" in sentence for sentence in copy["left_out"])


def test_thumbnails_are_bounded_those_that_are_listed_come_first_and_it_is_said(
    pictures, monkeypatch
):
    listed = {
        row["row"]
        for page in frozen(pictures)["pages"].values()
        for kind in ("typical", "borderline", "diverse")
        for row in page[kind]
    }
    monkeypatch.setattr(frozen_module, "MAX_PICTURES", len(listed))
    copy = frozen(pictures)
    assert set(map(int, copy["pictures"])) == listed
    said = f"Pictures of {len(listed)} of {pictures.n_rows} rows are included."
    assert said in copy["left_out"]


def test_a_copy_without_pictures_says_so(view):
    copy = frozen(view)
    assert copy["pictures"] == {}
    assert not copy["more"]["pictures"]


@pytest.fixture
def layered(tmp_path):
    """Clusters of clusters: 32 within 8 within 2."""
    rng = np.random.default_rng(0)
    far, near = rng.normal(size=(2, 1, 1, 24)), rng.normal(size=(2, 4, 1, 24))
    middles = (3 * far + 1.2 * near + 0.5 * rng.normal(size=(2, 4, 4, 24))).reshape(32, 24)
    rows = np.repeat(middles, 25, axis=0) + 0.05 * rng.normal(size=(800, 24))
    run = shoal.cluster(rows.astype(np.float32), out=tmp_path / "run")
    view = RunView(run.path)
    return view


def test_a_copy_holds_the_levels_that_have_titles(layered):
    layers = layered.saved.evaluation["layers"]
    others = [entry["layer"] for entry in layers if not entry["chosen"]]
    above = frozen_module.branches(layers, layered.chosen)
    assert held_levels(layered) == ([] if above is None else [above])
    layered.layer_entries(others[0])
    levels = held_levels(layered)
    assert others[0] in levels
    copy = frozen(layered, levels)
    assert [level["info"]["layer"] for level in copy["levels"]] == levels
    level = next(lv for lv in copy["levels"] if lv["info"]["layer"] == others[0])
    n = level["info"]["n_clusters"]
    assert len(level["clusters"]["clusters"]) == len(level["pages"]) == n
    packed = base64.b64decode(copy["arrays"][f"layer_{others[0]}"])
    assert (np.frombuffer(packed, "<i4") == layered.labels(others[0])).all()
    held, all_of_them = 1 + len(levels), len(layers)
    said = f"{held} of {all_of_them} levels of detail are included."
    assert (said in copy["left_out"]) == (held < all_of_them)


def test_the_list_of_a_copy_is_grouped_as_it_is_live(layered):
    infos = [
        {"layer": 0, "n_clusters": 100},
        {"layer": 1, "n_clusters": 30},
        {"layer": 2, "n_clusters": 20},
        {"layer": 3, "n_clusters": 1},
    ]
    assert frozen_module.branches(infos, 0) == 2
    assert frozen_module.branches(infos, 1) is None
    above = frozen_module.branches(layered.saved.evaluation["layers"], layered.chosen)
    assert above is not None
    copy = frozen(layered, held_levels(layered))
    assert copy["clusters"] == clusters_page(layered, layered.chosen, above)
