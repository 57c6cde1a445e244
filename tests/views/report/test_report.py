"""The report: safe, alone, the same each time, and whole for odd runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shoal.errors import BrokenRun
from shoal.views.figures import points
from shoal.views.report import write

from .conftest import BIDI, Folder

Page = Callable[[], str]
VOID = {"meta", "link", "input", "img", "br", "hr"}


class Reader(HTMLParser):
    """Collects elements, their attributes and the contents of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.held: dict[str, list[str]] = {"script": [], "style": []}
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in self.held:
            self.held[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.held:
            self.held[self.open[-1]][-1] += data
        else:
            self.text.append(data)

    def data(self, name: str) -> Any:
        """Parse the JSON block with this id."""
        scripts = [attrs for tag, attrs in self.tags if tag == "script"]
        return json.loads(self.held["script"][[s.get("id") for s in scripts].index(name)])


def test_hostile_texts_become_no_elements(page: Page) -> None:
    html = page()
    seen = Reader(html)
    assert seen.open == []
    assert not [tag for tag, _ in seen.tags if tag in ("img", "iframe", "object", "embed")]
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert not [name for _, attrs in seen.tags for name in attrs if name == "style"]
    assert len(seen.held["script"]) == 3
    shown = "".join(seen.text)
    assert "</script><img src=x onerror=alert(1)>" in shown
    assert "{{ 7 * 7 }}" in shown


def test_marks_without_a_column_are_told_in_the_details(page: Page) -> None:
    shown = "".join(Reader(page()).text)
    assert "Davies\u2013Bouldin 1.25 · DBCV \u22120.50 · 52.6\u202f% of its rows" in shown
    assert "Davies\u2013Bouldin 1.25 · 100\u202f% of its rows are labelled </script>" in shown


def test_no_control_or_reordering_characters(page: Page) -> None:
    html = page()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", html)
    assert "\u0645\u0631\u062d\u0628\u0627" in html
    assert BIDI not in html
    assert "\U0001f468\u200d\U0001f469\u200d\U0001f467" in html


def test_json_blocks_cannot_end_their_element(page: Page) -> None:
    seen = Reader(page())
    for block in seen.held["script"][:2]:
        assert not re.search("[<>&\u2028\u2029]", block)
    assert "</script><img" in seen.data("map-data")["clusters"][0]["title"]


def test_policy_allows_only_what_is_in_the_page(page: Page) -> None:
    seen = Reader(page())
    policies = [a["content"] for t, a in seen.tags if t == "meta" and "http-equiv" in a]
    assert len(policies) == 1
    policy = policies[0] or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for content in (seen.held["style"][0], seen.held["script"][2]):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    seen = Reader(page())
    for tag, attrs in seen.tags:
        assert not {"src", "srcset"} & set(attrs), tag
        href = attrs.get("href")
        assert href is None or href.startswith("#") or href == "data:,"
    own = "".join(seen.held["style"]) + seen.held["script"][2]
    assert not re.search(r"https?:|//cdn|url\(|@import|fetch\(|innerHTML|eval\(", own)


def test_same_folder_same_bytes(folder: Folder, tmp_path: Path) -> None:
    path = folder.write()
    first = write(path)
    second = write(path, tmp_path / "other.html")
    assert first == path / "report.html"
    assert first.read_bytes() == second.read_bytes()
    assert sorted(p.name for p in path.glob("*.part")) == []


def test_ids_are_unique_and_links_lead_somewhere(page: Page) -> None:
    seen = Reader(page())
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs.get("href") or "" for tag, attrs in seen.tags if tag == "a"]
    assert {link[1:] for link in links} <= set(ids)
    asked = set(re.findall(r'byId\("([\w-]+)"\)', seen.held["script"][2]))
    assert asked <= set(ids)


def test_the_page_says_what_the_run_says(page: Page) -> None:
    shown = re.sub(r"\s+", " ", "".join(Reader(page()).text))
    for sentence in (
        "2 clusters in 40 rows",
        "24 November 2026, 03:50 UTC",
        "Why 2 clusters",
        "31 exact copies",
        "12 texts are longer than the model reads",
        "blank text: 1 row",
        "could be in </script>",
        "shoal cluster SOURCE --recipe 'a run/recipe.toml' -o again.clusters",
        "shoal predict 'a run' NEW.csv -o out.csv",
        'shoal.load("a run")',
        "not measured",
    ):
        assert sentence in shown, sentence
    assert "mixed" in shown
    assert "fair" in shown


def test_keywords_below_a_title_say_what_it_does_not(folder: Folder, page: Page) -> None:
    folder.clusters[0].update(title="direct debit, Dispute", keywords=["direct debit", "dispute"])
    folder.clusters[0]["keywords"] += ["statement", "bank"]
    seen = Reader(page())
    shown = re.sub(r"\s+", " ", "".join(seen.text))
    assert "statementbank" in shown
    # in the table and in the data of the map, but not among the keywords
    assert shown.count("direct debit") == shown.count("direct debit, Dispute")


def test_a_title_that_could_be_of_another_cluster_is_said_to(folder: Folder, page: Page) -> None:
    other = folder.clusters[1]
    folder.clusters[0].update(
        title_fit={"rank": 2, "found": 0.25, "rival": other["cluster"], "ahead": -0.1},
        title_note="no title by a model: it failed",
        diverse=[{"row": 0, "id": "7", "text": "a row from far away"}],
    )
    shown = re.sub(r"\s+", " ", "".join(Reader(page()).text))
    assert "of the rows nearest to the title 25" in shown
    assert "the title could be that of" in shown
    assert "no title by a model: it failed" in shown
    assert "a row from far away" in shown


def test_layers_are_shown_with_the_score_that_was_compared(folder: Folder, page: Page) -> None:
    for layer, score in zip(folder.evaluation["layers"], (0.05, 0.25), strict=True):
        layer["score"] = score
    shown = page()
    assert "0.250" in shown
    assert "<polyline" in shown
    for layer in folder.evaluation["layers"]:
        layer["score"] = None
    assert "<polyline" not in page()  # nothing was compared, so there is nothing to draw


def test_map_holds_placed_rows_noise_first(page: Page) -> None:
    data = Reader(page()).data("map-data")
    cluster = np.frombuffer(base64.b64decode(data["cluster"]), "<u2")
    strength = np.frombuffer(base64.b64decode(data["strength"]), "u1")
    x = np.frombuffer(base64.b64decode(data["x"]), "<u2")
    assert data["n"] == len(cluster) == len(x) == len(strength) == 39
    assert (cluster[:2] == 65535).all()
    assert set(cluster[2:]) == {0, 1}
    assert (strength == 255).sum() == 1
    assert (x.min(), x.max()) == (0, 65535)


def test_large_maps_are_thinned_and_say_so(
    folder: Folder, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "MAX_POINTS", 20)
    monkeypatch.setattr(points, "MAX_TEXTS", 7)
    folder.texts = [f"text {i} " + "word " * 60 for i in range(40)]
    seen = Reader(page())
    assert seen.data("map-data")["n"] == 20
    texts = seen.data("map-texts")
    assert len(texts) == 7
    assert all(len(text) <= points.TEXT_LENGTH and text.endswith("…") for text in texts)
    shown = "".join(seen.text)
    assert "20 of 39 rows" in shown
    assert "7 of its 20 dots" in shown


def test_one_cluster_without_silhouette(folder: Folder, page: Page) -> None:
    folder.clusters = [{"cluster": 0, "title": "all", "size": 37, "silhouette": None}]
    folder.evaluation.update(n_clusters=1, scores=[], layers=[])
    folder.run["counts"]["clusters"] = 1
    shown = "".join(Reader(page()).text)
    assert "Why one cluster" in shown
    assert "1 cluster in 40 rows" in shown
    assert "This run was not scored." in shown


def test_all_noise(folder: Folder, page: Page) -> None:
    folder.all_noise()
    seen = Reader(page())
    shown = "".join(seen.text)
    assert "No clusters were found" in shown
    assert seen.data("map-data")["clusters"] == []


def test_empty_lists_and_nulls(folder: Folder, page: Page) -> None:
    folder.run = {"schema": 1, "counts": None, "stages": None, "notes": None, "model": None}
    folder.evaluation = {"schema": 1, "scores": [], "layers": None, "reason": None}
    folder.clusters = [{"cluster": 0, "title": None, "keywords": None, "typical": None}]
    folder.recipe = ""
    seen = Reader(page())
    assert seen.open == []
    assert "Cluster 0" in "".join(seen.text)


def test_no_map(folder: Folder, page: Page) -> None:
    for axis in ("x", "y"):
        folder.assignments[axis] = pa.array([None] * 40, pa.float32())
    seen = Reader(page())
    assert "This run has no map" in "".join(seen.text)
    assert not [tag for tag, _ in seen.tags if tag == "canvas"]


def test_all_points_in_one_place(folder: Folder, page: Page) -> None:
    for axis in ("x", "y"):
        folder.assignments[axis] = pa.array([1.0] * 39 + [float("inf")], pa.float32())
    assert Reader(page()).data("map-data")["n"] == 39


def test_paths_instead_of_texts(folder: Folder) -> None:
    path = folder.write()
    ids = folder.assignments["id"]
    items = pa.table({"id": ids, "path": [f"images/{i}.png" for i in range(40)]})
    pq.write_table(items, path / "items.parquet")
    seen = Reader(write(path).read_text(encoding="utf-8"))
    assert "images/7.png" in seen.data("map-texts")


def test_lone_surrogates_and_broken_recipe_bytes(folder: Folder) -> None:
    folder.run["title"] = "half \ud83d pair"
    path = folder.write()
    (path / "recipe.toml").write_bytes(b"a = '\xff\xfe'\r\n")
    assert "half \ufffd pair" in write(path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "run.json",
        "clusters.json",
        "evaluation.json",
        "recipe.toml",
        "items.parquet",
        "assignments.parquet",
    ],
)
def test_a_missing_file_is_named(folder: Folder, name: str) -> None:
    path = folder.write()
    (path / name).unlink()
    with pytest.raises(BrokenRun, match=re.escape(name)):
        write(path)
    assert not (path / "report.html").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": 2}', "{}"])
@pytest.mark.parametrize("name", ["run.json", "clusters.json", "evaluation.json"])
def test_damaged_json_is_named(folder: Folder, name: str, content: str) -> None:
    path = folder.write()
    (path / name).write_text(content, encoding="utf-8")
    with pytest.raises(BrokenRun, match=re.escape(name)):
        write(path)


def test_damaged_parquet_is_named(folder: Folder) -> None:
    path = folder.write()
    (path / "items.parquet").write_bytes(b"no parquet")
    with pytest.raises(BrokenRun, match=r"items\.parquet"):
        write(path)


def test_row_counts_must_agree(folder: Folder) -> None:
    path = folder.write()
    pq.write_table(pa.table({"id": ["1"], "text": ["one"]}), path / "items.parquet")
    with pytest.raises(BrokenRun, match="equally many"):
        write(path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BrokenRun, match="there is no folder"):
        write(tmp_path / "nowhere")
