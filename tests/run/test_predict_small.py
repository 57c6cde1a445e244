"""New rows are read as the run read its own: the header is known, and no row is lost."""

from __future__ import annotations

import random

import pytest

import shoal

WORDS = [
    "bicycle chain squeals saddle wheel brake pedal".split(),
    "baker rolls warm bread crust oven flour".split(),
    "choir sang motet soprano tenor concert hymn".split(),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    pick = random.Random(0)
    rows = "".join(f"T{i},{' '.join(pick.sample(WORDS[i % 3], 5))}\n" for i in range(60))
    (folder / "t.csv").write_text("ticket,Beschreibung\n" + rows)
    return shoal.cluster(folder / "t.csv", settings={"embed.part": "hashing"})


@pytest.mark.parametrize(
    ("content", "n"),
    [
        ("ticket,Beschreibung\nN0,gut\nN1,danke\n", 2),
        ("ticket,Beschreibung\nN0,\n", 1),
        ("Beschreibung\nbread\nprinter\n", 2),
        ("BESCHREIBUNG,more\nbread,1\nprinter,2\nbike,3\n", 3),
    ],
)
def test_each_row_of_a_small_file_gets_one_answer(run, tmp_path, content, n):
    (tmp_path / "new.csv").write_text(content)
    assert run.predict_table(tmp_path / "new.csv").num_rows == n


def test_a_renamed_column_is_said(run, tmp_path):
    told = []

    class Noting:
        def __getattr__(self, name):
            return lambda *args, **kwargs: told.append(args) if name == "note" else None

    (tmp_path / "new.csv").write_text("ticket,Words\nN1,the chain of my bicycle squeals a lot\n")
    assert run.predict_table(tmp_path / "new.csv", progress=Noting()).num_rows == 1
    assert "no column 'Beschreibung'" in told[0][0]
