import numpy as np
import pyarrow as pa

from shoal.stages import followed_name, follows, read


def test_the_column_that_the_clusters_follow_comes_first():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 600).astype(np.int32)
    firm = np.where(rng.random(600) < 0.8, labels, rng.integers(0, 4, 600))
    table = pa.table(
        {
            "chance": rng.choice(["red", "green", "blue"], 600),
            "firm": np.array(["Ash", "Birch", "Cedar", "Oak"])[firm],
            "price": labels * 10 + rng.normal(0, 6, 600),
            "one": ["same"] * 600,
            "key": [f"row {i}" for i in range(600)],
            "gaps": pa.array([None] * 600, pa.string()),
        }
    )
    found = follows(table, labels, table.column_names)
    scores = {entry["column"]: entry["score"] for entry in found}
    assert found[0]["column"] == "firm"
    assert scores["firm"] > 0.4
    assert scores["price"] > 0.2
    assert scores["chance"] < 0.02
    assert not {"one", "key", "gaps"} & set(scores)
    assert [e["score"] for e in found] == sorted(scores.values(), reverse=True)


def test_rows_without_a_cluster_and_few_rows_say_nothing():
    labels = np.full(100, -1, np.int32)
    table = pa.table({"firm": ["a", "b"] * 50})
    assert follows(table, labels, ["firm"]) == []


SUBJECTS = ("late delivery", "wrong bill", "broken router", "rude agent")


def complaints(name):
    """Items of 24 complaints on each subject, half of which hold the name, and their subjects."""
    texts, labels = [], []
    for i in range(len(SUBJECTS) * 24):
        subject = i % len(SUBJECTS)
        holds = i // len(SUBJECTS) % 2
        texts.append(f"{SUBJECTS[subject]} number {i} {name if holds else ''}".strip())
        labels.append(subject + holds * len(SUBJECTS))
    return read(texts, {"keep_frames": True}), np.array(labels, np.int32)


def test_a_name_that_parts_each_subject_in_two_is_found():
    items, labels = complaints("Norvig")
    found = followed_name(items, labels)
    assert found == {"name": "Norvig", "share": 0.5, "with": 4, "without": 4}
    assert followed_name(items, labels % len(SUBJECTS)) is None  # the clusters are the subjects


def test_a_common_word_is_no_name():
    assert followed_name(*complaints("again")) is None
    assert followed_name(*complaints("refund")) is None


def test_a_name_of_one_subject_is_what_its_texts_are_about():
    items, labels = complaints("Norvig")
    assert followed_name(items, np.where(labels < len(SUBJECTS), labels, len(SUBJECTS))) is None
