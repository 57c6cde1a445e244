"""What a language model is told, and which clusters share a call."""

import numpy as np

from shoal.parts.describers.base import Name, Space
from shoal.parts.describers.prompts import Facts


def facts(themes, places=None):
    n = len(themes)
    labels = np.arange(n, dtype=np.int32)
    names = [Name(f"name {c}", (f"word {c}",)) for c in range(n)]
    space = None
    if places is not None:
        vectors = np.asarray(places, dtype=np.float32)
        space = Space(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), len)
    texts = [f"text {c}" for c in range(n)]
    return Facts(texts, labels, names, space, np.asarray(themes, dtype=np.int32), "in German")


def test_a_theme_is_asked_about_in_one_call_and_small_ones_share_it():
    some = facts([0, 0, 1, 0, 1, 2])
    assert some.calls(range(6), 3) == [[0, 1, 3], [2, 4, 5]]
    assert some.calls(range(6), 12) == [[0, 1, 3, 2, 4, 5]]
    assert sorted(map(len, some.calls(range(6), 1))) == [1] * 6


def test_a_theme_of_too_many_is_split_where_it_is_widest():
    places = [[1, 0], [0, 1], [1, 0.1], [0.1, 1]]
    assert facts([0] * 4, places).calls(range(4), 2) == [[0, 2], [1, 3]]


def test_every_theme_of_several_is_named_once():
    some = facts([0, 0, 0, 1, 1, 2])
    asked = [some.question(call).themes for call in some.calls(range(6), 2)]
    assert sorted(theme for themes in asked for theme in themes) == [0, 1]


def test_what_is_wrong_is_said_of_its_cluster_and_themes_are_not_asked_again():
    question = facts([0, 0, 1]).question([0, 1], {1: "too long"})
    assert question.themes == ()
    assert [one.get("do_not_answer") for one in question.info["clusters"]] == [None, "too long"]
    assert [one["title"] for one in question.info["other_clusters"]] == ["name 2"]
    system, data = (message["content"] for message in question.messages())
    assert "in German" in system
    assert "German" not in data
