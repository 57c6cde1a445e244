from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.cli.app import main
from shoal.errors import BadInput, OutputExists
from shoal.run.passages import shares_of

CATS = [
    f"My cat number {i} sleeps on the sofa and purrs when it is fed with fish." for i in range(40)
]
BANK = [
    f"The bank raised the interest rate of loan {i} by one percent this year." for i in range(40)
]
TEXTS = [f"{CATS[i]}\n\n{BANK[i]}" for i in range(30)] + CATS[30:] + BANK[30:] + [" "]
SPLIT = {"read.split": "passages", "embed.part": "hashing"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return shoal.cluster(TEXTS, settings=SPLIT, k=2, out=tmp_path_factory.mktemp("runs") / "run")


def test_a_text_is_a_mix_of_themes(run):
    passages = pq.read_table(run.path / "passages.parquet").to_pylist()
    names = ["row", "id", "passage", "start", "end", "page", "text", "cluster"]
    assert list(passages[0]) == names
    assert [row["text"] for row in passages if row["row"] == 3] == [CATS[3], BANK[3]]
    assert all(TEXTS[row["row"]][row["start"] : row["end"]] == row["text"] for row in passages)
    cats = {row["cluster"] for row in passages if row["text"].startswith("My cat")}
    bank = {row["cluster"] for row in passages if row["text"].startswith("The bank")}
    assert len(cats) == len(bank) == 1
    assert cats != bank
    shares = pq.read_table(run.path / "shares.parquet").to_pylist()
    mixed = [row for row in shares if row["row"] == 3]
    assert {row["cluster"] for row in mixed} == cats | bank
    assert sum(row["share"] for row in mixed) == pytest.approx(1)
    assert mixed[0]["share"] >= mixed[1]["share"]
    assert mixed[0]["cluster"] == run.labels[3]
    assert len(run.labels) == len(TEXTS)
    assert run.labels[-1] == -1
    assert set(run.labels[30:40].tolist()) == cats
    assert set(run.labels[40:50].tolist()) == bank


def test_clusters_have_the_titles_of_their_themes(run):
    told = json.loads((run.path / "clusters.json").read_text())
    inner = json.loads((run.path / "passages" / "clusters.json").read_text())
    titles = {entry["title"] for entry in told["clusters"] + told["passage_clusters"]}
    assert titles == {entry["title"] for entry in inner["clusters"]}
    assert sum(e["passages"] for e in told["clusters"] + told["passage_clusters"]) == 80


def test_passages_are_marked_in_their_text(run):
    by_title = {entry["title"]: entry for entry in run.clusters}
    example = next(e for c in by_title.values() for e in c["typical"] if "\n" in TEXTS[e["row"]])
    start, end = example["passage"]
    assert example["text"][start:end] in (CATS[example["row"]], BANK[example["row"]])
    assert len(example["text"]) > end - start  # a little of what is around it
    assert f"<mark>{example['text'][start:end]}</mark>" in (run.path / "report.html").read_text()


def test_the_explorer_tells_the_theme_of_each_passage(run):
    from shoal.views.explorer.pages import whole_row
    from shoal.views.explorer.view import RunView

    told = whole_row(RunView(run.path), 3)
    assert "".join(part["text"] for part in told["parts"]) == TEXTS[3]
    named = [(part["text"], part["title"]) for part in told["parts"] if part["title"]]
    assert [text for text, _ in named] == [CATS[3], BANK[3]]
    titles = {entry["title"] for entry in run.clusters}
    assert {title for _, title in named} <= titles | {
        entry["title"]
        for entry in json.loads((run.path / "clusters.json").read_text())["passage_clusters"]
    }


def test_new_texts_get_a_mix_too(run, tmp_path, capsys):
    table, passages = run.predict_passages(TEXTS)
    assert table["cluster"].to_pylist() == run.labels.tolist()
    saved = pq.read_table(run.path / "passages.parquet")
    assert passages["cluster"].to_pylist() == saved["cluster"].to_pylist()
    assert run.predict(TEXTS).tolist() == run.labels.tolist()
    new = tmp_path / "new.csv"
    new.write_text(f"text\n{CATS[5]}\n{BANK[6]}\n")
    command = ["predict", str(run.path), str(new), "-o", str(tmp_path / "out.csv")]
    main(command)
    assert (tmp_path / "out.passages.csv").read_text().count("\n") == 3
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == 2


def test_the_same_command_goes_on_and_another_does_not(run):
    before = (run.path / "clusters.json").read_bytes()
    assert shoal.cluster(TEXTS, settings=SPLIT, k=2, out=run.path).path == run.path
    assert (run.path / "clusters.json").read_bytes() == before
    with pytest.raises(OutputExists):
        shoal.cluster(TEXTS[:-9], settings=SPLIT, k=2, out=run.path)
    with pytest.raises(BadInput, match="passages"):
        shoal.recut(run, k=3)


def test_what_has_no_passages_cannot_be_split(tmp_path):
    with pytest.raises(BadInput, match="passages"):
        shoal.cluster(
            [{"a": i % 7, "b": i} for i in range(40)],
            settings={"read.split": "passages", "read.columns": ["a", "b"]},
            out=tmp_path / "run",
        )


def test_the_largest_theme_is_the_one_with_most_of_the_text():
    found = shares_of(
        np.array([0, 0, 0, 2, 3]),
        np.array([1, 0, 1, -1, 0], np.int32),
        np.array([5, 7, 4, 9, 1]),
        4,
    )
    assert found["largest"].tolist() == [1, -1, -1, 0]
    assert found["row"].tolist() == [0, 0, 2, 3]
    assert found["cluster"].tolist() == [1, 0, -1, 0]
    assert found["share"].tolist() == pytest.approx([9 / 16, 7 / 16, 1, 1])
    assert found["passages"].tolist() == [2, 1, 1, 1]
