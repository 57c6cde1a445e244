"""What a run shows in a notebook."""

from __future__ import annotations

import re

import pyarrow as pa

from shoal.views.report import fragment

from .conftest import Folder
from .test_report import Reader

ELEMENTS = {"div", "style", "p", "strong", "span", "bdi", "svg", "path", "code"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


def shown(folder: Folder) -> tuple[str, Reader]:
    html = fragment(folder.write())
    return html, Reader(html)


def test_hostile_texts_become_no_elements_and_there_is_no_script(folder: Folder) -> None:
    html, seen = shown(folder)
    assert seen.open == []
    assert {tag for tag, _ in seen.tags} <= ELEMENTS | TABLE
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert "</script><img src=x onerror=alert(1)>" in "".join(seen.text)
    assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069\u2028]", html)


def test_it_says_what_the_run_says(folder: Folder) -> None:
    folder.clusters[0]["title"] = "direct debit"
    _, seen = shown(folder)
    text = "".join(seen.text)
    assert "2 clusters in 40 rows" in text
    assert "direct debit" in text
    assert " more with " not in text


def test_every_row_on_the_map_is_one_dot_in_the_colour_of_its_cluster(folder: Folder) -> None:
    html, seen = shown(folder)
    paths = [attrs for tag, attrs in seen.tags if tag == "path"]
    assert [(path["d"] or "").count("M") for path in paths] == [2, 19, 18]  # noise below the rest
    assert len({path["stroke"] for path in paths}) == 3
    for path in paths[1:]:
        assert f"background:{path['stroke']}" in html


def test_many_clusters_are_counted_not_listed(folder: Folder) -> None:
    first = folder.clusters[0]
    folder.clusters = [{**first, "cluster": i, "title": f"number {i}"} for i in range(40)]
    html, seen = shown(folder)
    assert len([1 for tag, _ in seen.tags if tag == "tr"]) == 15
    assert "more with" in html


def test_a_run_without_map_or_clusters_is_shown_too(folder: Folder) -> None:
    folder.all_noise()
    for axis in ("x", "y"):
        folder.assignments[axis] = pa.array([None] * 40, pa.float32())
    html, seen = shown(folder)
    assert "No clusters were found in 40 rows" in html
    assert not [tag for tag, _ in seen.tags if tag in ("svg", "table")]
