"""A run that is told to ignore a column."""

import json

import numpy as np
import pyarrow as pa
import pytest

import shoal
from shoal.errors import BadInput, ShoalError

SUBJECTS = {
    "card": ["my card was declined", "the card does not work at the till", "replace my card"],
    "loan": ["the loan interest is too high", "repay the loan early", "my loan was refused"],
}
FIRMS = ["Acme Bank of Springfield", "Globex Insurance of Shelbyville"]


@pytest.fixture(scope="module")
def complaints():
    """120 complaints on two subjects, in each of which one of two firms is named at length."""
    rows = []
    for n in range(120):
        subject = list(SUBJECTS)[n % 2]
        firm = FIRMS[n // 2 % 2]
        said = SUBJECTS[subject][n % 3]
        text = f"{firm}: {said}, says customer {n} of {firm}"
        rows.append({"text": text, "firm": firm, "subject": subject, "all": "x", "key": f"k{n}"})
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def run(complaints, tmp_path_factory):
    out = tmp_path_factory.mktemp("ignored") / "run"
    return shoal.cluster(complaints, text="text", ignore="firm", k=2, out=out)


def test_the_clusters_follow_the_rest_and_the_run_says_what_is_left(run, complaints):
    found = {entry["column"]: entry["score"] for entry in run.evaluation["follows"]}
    assert found["subject"] > found["firm"]
    (entry,) = json.loads((run.path / "run.json").read_text())["ignored"]
    assert entry["name"] == "firm"
    assert entry["left"] < entry["before"]
    assert any("Removed the influence of firm" in note for note in run.info["notes"])


def test_rows_of_the_run_keep_their_clusters_and_a_new_firm_is_no_matter(run, complaints):
    assert run.predict(complaints).tolist() == run.labels.tolist()
    new = [{"text": f"Initech: {text}, says Bob of Initech"} for text in SUBJECTS["loan"]]
    loans = run.labels[np.array(complaints["subject"].to_pylist()) == "loan"]
    assert set(run.predict(pa.Table.from_pylist(new)).tolist()) <= {*loans.tolist(), -1}


def test_the_same_command_goes_on_and_other_values_are_another_run(run, complaints):
    again = shoal.cluster(complaints, text="text", ignore="firm", k=2, out=run.path)
    assert again.info["ignored"] == run.info["ignored"]
    other = complaints.set_column(1, "firm", pa.array([FIRMS[n % 2] for n in range(120)]))
    with pytest.raises(ShoalError, match="holds a run of other data"):
        shoal.cluster(other, text="text", ignore="firm", k=2, out=run.path)


def test_the_language_is_detected_where_no_column_is_called_lang(tmp_path):
    english = ["where is the house of my friend", "what is the price of this book"] * 10
    german = ["wo ist das Haus von meinem Freund", "was ist der Preis von diesem Buch"] * 10
    texts = [f"{text} {n}" for n, text in enumerate([*english, *german])]
    run = shoal.cluster(texts, ignore="lang", out=tmp_path / "run")
    assert run.info["ignored"][0]["left"] < run.info["ignored"][0]["before"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("firmm", "firm"), ("all", "all rows have the same value"), ("key", "named 'key'")],
)
def test_a_column_that_cannot_be_taken_out_is_refused(complaints, tmp_path, name, why):
    with pytest.raises(BadInput, match=why):
        shoal.cluster(complaints, text="text", ignore=[name], out=tmp_path / "run")


def test_without_it_nothing_is_taken_out(complaints, tmp_path):
    run = shoal.cluster(complaints, text="text", k=2, out=tmp_path / "run")
    assert "ignored" not in run.info
    assert not (run.path / "model" / "erasure.npz").exists()
    assert np.isfinite(run.embeddings).all()
