from __future__ import annotations

import pytest

import shoal
from shoal import stages
from shoal.embedding.long_texts import with_long_chosen
from shoal.recipe import Recipe

SHORT = [f"short text number {i}" for i in range(300)]
LONG = [f"{i} " + "many words about the sea and its fish " * 60 for i in range(8)]


def chosen(texts, recipe=None):
    found, said = with_long_chosen(recipe or Recipe(), stages.read(texts, {}))
    return found.stages["embed"].get("long"), said


@pytest.mark.parametrize(("n_long", "way"), [(0, "cut"), (2, "cut"), (8, "chunk")])
def test_long_texts_are_read_in_parts_where_there_are_enough_of_them(n_long, way):
    found, said = chosen(SHORT + LONG[:n_long])
    assert found == way
    assert bool(said) == (way == "chunk")
    backwards, _ = chosen((SHORT + LONG[:n_long])[::-1])
    assert backwards == way


def test_whoever_says_how_decides():
    assert chosen(SHORT + LONG, Recipe().choose("embed", long="cut")) == ("cut", ())
    assert chosen(SHORT, Recipe().choose("embed", long="chunk")) == ("chunk", ())
    assert chosen(SHORT + LONG, Recipe().choose("embed", long="auto"))[0] == "chunk"


def test_a_model_that_reads_everything_has_nothing_to_choose():
    recipe = Recipe().choose("embed", part="hashing", long="auto")
    found, said = with_long_chosen(recipe, stages.read(SHORT + LONG, {}))
    assert ("long" in found.stages["embed"], said) == (False, ())
    found.check()


def test_texts_whose_beginning_is_the_same_are_told_apart_and_so_are_new_ones(tmp_path):
    header = "this is the header that every one of our letters begins with " * 20
    about = ["cats and dogs and other pets at home", "the interest rate of the central bank"]
    texts = [f"{header} {' '.join([about[i % 2]] * 20)} {i}" for i in range(30)]
    run = shoal.cluster(texts, out=tmp_path / "run", k=2, keep_frames=True)
    assert len(set(run.labels.tolist())) == 2
    assert len({(int(label), i % 2) for i, label in enumerate(run.labels)}) == 2
    assert (
        shoal.cluster(texts, out=tmp_path / "cut", k=2, settings={"embed.long": "cut"}) is not None
    )
    new = f"{header} {' '.join([about[1]] * 19)} new"
    assert run.predict([new])[0] != run.labels[0]
    assert run.info["model"]["truncated"] == 0
