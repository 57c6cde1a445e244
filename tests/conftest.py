"""A small pile of texts whose clusters are plain to see."""

from __future__ import annotations

import os
import random
import shutil

import pytest


@pytest.fixture(autouse=True, scope="session")
def own_key(tmp_path_factory):
    """Sign runs with a key of the tests; processes that tests start inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True, scope="session")
def no_width():
    """Let logs have their own width: whoever runs the tests may have set that of a terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory):
    """Keep vectors in a folder of the tests; processes that tests start inherit it."""
    before = os.environ.get("SHOAL_CACHE")
    os.environ["SHOAL_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["SHOAL_CACHE"]
    else:
        os.environ["SHOAL_CACHE"] = before


WORDS = {
    "football": "goal match striker penalty referee league stadium keeper coach",
    "cooking": "oven flour butter recipe sauce garlic onion simmer dough",
    "space": "rocket orbit planet telescope astronaut galaxy launch moon comet",
    "money": "bank loan interest mortgage credit payment deposit savings account",
}
PER_THEME = 50


def make_texts() -> list[tuple[str, str]]:
    """Pairs of (text, theme), themes in turn, no text twice."""
    draw = random.Random(0)
    out = []
    for number in range(PER_THEME):
        for theme, words in WORDS.items():
            chosen = " ".join(draw.sample(words.split(), 5))
            out.append((f"the {theme} {chosen} story {number}", theme))
    return out


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """200 distinct texts in four themes."""
    return [text for text, _ in make_texts()]


@pytest.fixture(scope="session")
def themes() -> list[str]:
    """The true class of each text."""
    return [theme for _, theme in make_texts()]


@pytest.fixture(scope="session")
def small_table(texts, themes):
    """200 texts in four themes, two of them said twice, with a few columns."""
    import pyarrow as pa

    rows = [*texts, texts[0], texts[5]]
    return pa.table(
        {
            "text": rows,
            "theme": [*themes, themes[0], themes[1]],
            "length": [len(text) for text in rows],
            "day": [f"2026-01-{1 + i % 28:02d}" for i in range(len(rows))],
        }
    )


@pytest.fixture(scope="session")
def small_run(tmp_path_factory, small_table):
    """Folder of a run of the small table, with formulas in one more column."""
    import pyarrow as pa

    import shoal

    formulas = ["=1+1" if i % 2 else "+A1" for i in range(len(small_table))]
    table = small_table.append_column("formula", pa.array(formulas))
    out = tmp_path_factory.mktemp("runs") / "run"
    shoal.cluster(table, text="text", embedder="hashing", k=4, truth="theme", out=out)
    return out


@pytest.fixture
def run_path(small_run, tmp_path):
    """A copy of the small run of the test's own."""
    return shutil.copytree(small_run, tmp_path / "run")
