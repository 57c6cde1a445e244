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


class Noting:
    """Keeps the notes that it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.told.append(args[0]) if name == "note" else None


def test_a_renamed_column_is_said(run, tmp_path):
    (tmp_path / "new.csv").write_text("ticket,Words\nN1,the chain of my bicycle squeals a lot\n")
    noting = Noting()
    assert run.predict_table(tmp_path / "new.csv", progress=noting).num_rows == 1
    assert "no column 'Beschreibung'" in noting.told[0]


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    folder = tmp_path_factory.mktemp("members")
    rows = [
        f"{40 + i % 7 + 30 * (i % 2)}.5 kg,{20 + i % 9 + 40 * (i % 2)},{'free' if i % 2 else 'pro'}"
        for i in range(80)
    ]
    (folder / "m.csv").write_text("\n".join(["weight,Age,plan_name", *rows]))
    return shoal.cluster(folder / "m.csv")


@pytest.mark.parametrize(
    ("content", "n", "said"),
    [
        ("weight,Age,plan_name\n45 kg,22,pro\n", 1, []),
        ("Weight,age,Plan Name,more\n45 kg,22,pro,x\n", 1, ["'Plan Name' is read as the run's"]),
        ("45 kg,22,pro\n75 kg,66,free\n", 2, ["There is no header"]),
        ("45 kg,22,pro\n", 1, ["There is no header"]),
        (
            "weight,Age,plan_name\n900 kg,22,gold\n45 kg,200,basic\n45 kg,21,gold\n",
            3,
            [
                "1 new row lies outside the range of 'weight' in the run, 40.5 to 76.5.",
                "1 new row lies outside the range of 'Age'",
                "3 new rows have values of 'plan_name' that the run does not know: 'gold', 'basic'",
            ],
        ),
        (
            "weight,Age,plan_name\nheavy,22,pro\n,,\n",
            2,
            ["1 entry of 'weight' is no number and counts as a gap."],
        ),
    ],
)
def test_records_are_read_as_the_run_read_and_what_is_new_is_counted(
    members, tmp_path, content, n, said
):
    (tmp_path / "new.csv").write_text(content)
    noting = Noting()
    assert members.predict_table(tmp_path / "new.csv", progress=noting).num_rows == n
    assert len(noting.told) == len(said)
    assert all(any(part in note for note in noting.told) for part in said)


def test_numbers_with_the_other_decimal_sign_are_read_and_it_is_said(tmp_path):
    rows = [f"{20 + 300 * (i % 2)},{10 + i % 9};{20 + i % 9 + 40 * (i % 2)}" for i in range(80)]
    (tmp_path / "run.csv").write_text("\n".join(["spend;age", *rows]))
    run = shoal.cluster(tmp_path / "run.csv")
    (tmp_path / "new.csv").write_text("spend,age\n20.10,22\n320.10,63\n20.50,24\n")
    noting = Noting()
    found = run.predict_table(tmp_path / "new.csv", progress=noting)
    labels = found.column("cluster").to_pylist()
    assert labels[0] == labels[2] != labels[1]
    assert any("decimal point" in note and "'spend'" in note for note in noting.told)
    assert not any("count as a gap" in note for note in noting.told)
