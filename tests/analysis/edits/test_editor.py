"""Edits: what they do to the clusters, undone and redone, on two tabs, honoured by predict."""

import random

import numpy as np
import pytest

import shoal
from shoal.analysis.edits import Editor
from shoal.artifacts.saved import SavedRun
from shoal.data import NOISE
from shoal.errors import BadInput, EditConflict, UnknownPart


class FakeWorkshop:
    """Names clusters by their size; splits in the middle; dissolves into the smallest number."""

    def renew(self, state, clusters):
        sizes = {c: int((state.labels == c).sum()) for c in clusters}
        return {c: {"cluster": c, "title": f"{c} of {n}", "size": n} for c, n in sizes.items()}

    def parts(self, rows, n_parts):
        return [part for part in np.array_split(rows, n_parts or 2) if len(part)]

    def nearest_other(self, state, cluster):
        others = [c for c in state.entries if c != cluster]
        return {min(others, default=NOISE): np.nonzero(state.labels == cluster)[0]}


@pytest.fixture
def editor(run_path):
    return Editor(SavedRun(run_path), FakeWorkshop())


def picture(editor):
    state = editor.state
    return (
        state.labels.tolist(),
        {c: dict(entry) for c, entry in sorted(state.entries.items())},
        dict(sorted(state.titles.items())),
        dict(sorted(state.notes.items())),
        dict(sorted(state.verdicts.items())),
    )


def rows_of(editor, cluster):
    return np.nonzero(editor.state.labels == cluster)[0]


def test_a_renamed_cluster_keeps_its_rows_and_gets_its_own_title_back(editor):
    before = editor.state.title(0)
    editor.do({"op": "rename", "cluster": 0, "title": "  Sports  news "})
    assert editor.state.title(0) == "Sports news"
    editor.do({"op": "rename", "cluster": 0, "title": ""})
    assert editor.state.title(0) == before


def test_merging_moves_all_rows_and_ends_the_others(editor):
    rows = np.concatenate([rows_of(editor, 1), rows_of(editor, 3)])
    editor.do({"op": "merge", "clusters": [1, 3], "into": 1})
    assert sorted(rows_of(editor, 1)) == sorted(rows)
    assert sorted(editor.state.entries) == [0, 1, 2]
    assert editor.state.entries[1]["title"] == f"1 of {len(rows)}"


def test_moving_rows_takes_those_that_say_the_same_along(editor):
    row = int(np.nonzero(editor.first != np.arange(len(editor.first)))[0][0])
    line = editor.do({"op": "move", "rows": [row], "to": None})
    made = line["to"]
    assert made == 4
    assert set(rows_of(editor, made)) == {int(editor.first[row]), row}
    assert made in editor.state.entries


def test_a_cluster_that_loses_all_rows_is_gone_and_its_number_is_not_used_again(editor):
    made = editor.do({"op": "move", "rows": [10], "to": None})["to"]
    editor.do({"op": "move", "rows": [10], "to": 0})
    assert made not in editor.state.entries
    assert editor.do({"op": "move", "rows": [11], "to": None})["to"] == made + 1


def test_splitting_leaves_the_largest_part_where_it_was(editor):
    rows = rows_of(editor, 2)
    line = editor.do({"op": "split", "cluster": 2, "parts": 3})
    assert sorted(line["moved"]) == ["4", "5"]
    after = [set(rows_of(editor, c)) for c in (2, 4, 5)]
    assert set().union(*after) == set(rows)
    assert sum(map(len, after)) == len(rows)


def test_noise_and_dissolve(editor):
    n = len(rows_of(editor, 3))
    editor.do({"op": "noise", "cluster": 3})
    assert (editor.state.labels == NOISE).sum() == n
    assert 3 not in editor.state.entries
    editor.do({"op": "dissolve", "cluster": 2})
    assert sorted(editor.state.entries) == [0, 1]


def review(key):
    return {"op": "review", "kind": "anomaly", "key": key, "verdict": "accept"}


@pytest.mark.parametrize(
    ("wish", "error", "told"),
    [
        ({"op": "explode"}, UnknownPart, "rename"),
        ({"op": "rename", "cluster": 0}, BadInput, "lacks title"),
        ({"op": "rename", "cluster": 99, "title": "x"}, BadInput, "no cluster 99"),
        ({"op": "rename", "cluster": True, "title": "x"}, BadInput, "no cluster True"),
        ({"op": "rename", "cluster": 0, "title": "x" * 201}, BadInput, "200"),
        ({"op": "merge", "clusters": [1], "into": 1}, BadInput, "two clusters"),
        ({"op": "merge", "clusters": [1, 2], "into": 0}, BadInput, "one of them"),
        ({"op": "merge", "clusters": 3, "into": 3}, BadInput, "list"),
        ({"op": "move", "rows": [], "to": 0}, BadInput, "non-empty"),
        ({"op": "move", "rows": [-1], "to": 0}, BadInput, "from 0"),
        ({"op": "move", "rows": [10**9], "to": 0}, BadInput, "from 0"),
        ({"op": "move", "rows": ["1"], "to": 0}, BadInput, "row numbers"),
        ({"op": "split", "cluster": 0, "parts": 1}, BadInput, "2 to 100"),
        ({"op": "review", "kind": "joke", "key": "1", "verdict": ""}, BadInput, "anomaly"),
        (review("../../x"), BadInput, "number of a row"),
        (review("202"), BadInput, "number of a row"),
        (review("-1"), BadInput, "number of a row"),
        (review("01"), BadInput, "number of a row"),
        (review("٣"), BadInput, "number of a row"),
        (review(3), BadInput, "number of a row"),
    ],
)
def test_a_wish_that_makes_no_sense_changes_nothing(editor, wish, error, told):
    before = picture(editor)
    with pytest.raises(error, match=told):
        editor.do(wish)
    assert picture(editor) == before
    assert editor.history.version == 0


def test_what_is_there_already_is_not_moved(editor):
    row = int(rows_of(editor, 1)[0])
    with pytest.raises(BadInput, match="already"):
        editor.do({"op": "move", "rows": [row], "to": 1})


def random_wish(editor, draw):
    clusters = sorted(editor.state.entries)
    rows = draw.sample(range(len(editor.state.labels)), draw.randint(1, 20))
    one = draw.choice(clusters) if clusters else NOISE
    return draw.choice(
        [
            {"op": "rename", "cluster": one, "title": f"t{draw.random()}"},
            {"op": "note", "cluster": one, "note": draw.choice(["", "n"])},
            {"op": "merge", "clusters": draw.sample(clusters, min(2, len(clusters))), "into": one},
            {"op": "move", "rows": rows, "to": draw.choice([*clusters, NOISE, None])},
            {"op": "split", "cluster": one, "parts": draw.choice([None, 2, 3])},
            {"op": "noise", "cluster": one},
            {"op": "dissolve", "cluster": one},
            {"op": "review", "kind": "anomaly", "key": "3", "verdict": draw.choice(["", "accept"])},
        ]
    )


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_random_edits_and_undos_end_where_they_began(editor, seed):
    start = picture(editor)
    for number in range(seed, seed + 10):
        draw = random.Random(number)
        pictures = [picture(editor)]
        for _ in range(8):
            try:
                editor.do(random_wish(editor, draw))
            except BadInput:
                continue
            pictures.append(picture(editor))
        n = len(pictures) - 1
        for back in reversed(pictures[:-1]):
            editor.undo()
            assert picture(editor) == back
        for forth in pictures[1:]:
            editor.redo()
            assert picture(editor) == forth
        if n:
            editor.undo(n)
        assert picture(editor) == start
    again = Editor(editor.run)
    assert picture(again) == start
    assert again.history.version == editor.history.version


def test_another_process_sees_the_same(editor, run_path):
    editor.do({"op": "merge", "clusters": [0, 2], "into": 2})
    editor.do({"op": "note", "cluster": 2, "note": "both"})
    assert picture(Editor(SavedRun(run_path))) == picture(editor)


def test_a_new_edit_ends_what_could_be_redone(editor):
    editor.do({"op": "note", "cluster": 0, "note": "a"})
    editor.undo()
    editor.do({"op": "note", "cluster": 0, "note": "b"})
    with pytest.raises(BadInput, match="nothing to redo"):
        editor.redo()


def test_reverting_undoes_all_that_came_later_and_can_be_undone(editor):
    for note in "abc":
        editor.do({"op": "note", "cluster": 0, "note": note})
    editor.revert_to(1)
    assert editor.state.notes == {0: "a"}
    editor.redo(2)
    assert editor.state.notes == {0: "c"}
    with pytest.raises(BadInput, match="no edits after version 9"):
        editor.revert_to(9)


def test_of_two_tabs_the_second_is_told_that_it_is_behind(editor, run_path):
    tab = Editor(SavedRun(run_path), FakeWorkshop())
    seen = tab.history.version
    editor.do({"op": "note", "cluster": 0, "note": "first"}, seen)
    with pytest.raises(EditConflict, match="you saw version 0, but it is now at 1"):
        tab.do({"op": "note", "cluster": 0, "note": "second"}, seen)
    assert tab.state.notes == {0: "first"}
    tab.do({"op": "note", "cluster": 0, "note": "second"}, tab.history.version)
    editor.refresh()
    assert editor.state.notes == {0: "second"}


def test_predict_and_tables_honour_edits(editor, run_path, texts):
    run = shoal.load(run_path)
    plain, found_labels = run.predict(texts), run.labels
    assert (plain == found_labels[: len(texts)]).all()
    rows = rows_of(editor, 1)
    editor.do({"op": "merge", "clusters": [0, 1], "into": 0})
    editor.do({"op": "rename", "cluster": 0, "title": "Both"})
    lonely = int(rows_of(editor, 2)[0])
    editor.do({"op": "move", "rows": [lonely], "to": NOISE})
    found = run.predict(texts)
    assert (found == editor.state.labels[: len(texts)]).all()
    assert not (found == 1).any()
    assert (found == run.labels[: len(texts)]).all()
    fresh = run.predict_table(["a rocket in orbit", texts[int(rows[0])] + " again"])
    assert set(fresh["cluster"].to_pylist()) <= {0, 2, 3, NOISE}
    assert fresh["title"].to_pylist()[1] == "Both"
    edited, given = run.to_arrow(), run.to_arrow(edited=False)
    assert edited["cluster"].to_pylist() == editor.state.labels.tolist()
    assert given["cluster"].to_pylist() == found_labels.tolist()
    assert edited["note"][lonely].as_py() == "removed from its cluster by a person"
    assert edited["strength"][lonely].as_py() == 0
    editor.undo(3)
    assert (run.predict(texts) == plain).all()


def test_predict_goes_by_the_edited_clusters_where_there_are_no_centres(tmp_path, texts):
    run = shoal.cluster(texts, embedder="hashing", out=tmp_path / "run")
    editor = Editor(SavedRun(run.path), FakeWorkshop())
    editor.do({"op": "merge", "clusters": [0, 1], "into": 1})
    news = [f"{text} indeed" for text in texts]
    assert 0 not in run.predict(news)
    assert (run.predict(texts) == editor.state.labels).all()


def test_a_run_cut_anew_is_not_edited_by_the_old_log(editor, run_path):
    editor.do({"op": "note", "cluster": 0, "note": "old"})
    shoal.recut(run_path, k=3)
    fresh = Editor(SavedRun(run_path))
    assert fresh.state.notes == {}
    assert "other clusters" in fresh.log.warning


def test_edits_that_need_the_stages_say_where_to_make_them(run_path):
    with pytest.raises(BadInput, match="shoal explore"):
        Editor(SavedRun(run_path)).do({"op": "noise", "cluster": 0})
