"""The recipe: every choice, in and out of TOML, checked before any work."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoal.errors import BadInput, UnknownPart
from shoal.recipe import FAMILIES, STAGES, Recipe


def test_the_defaults_are_a_valid_recipe():
    recipe = Recipe()
    recipe.check()
    assert tuple(recipe.stages) == (*STAGES, "engine")
    assert all(recipe.part(stage) in family.names() for stage, family in FAMILIES.items())


@pytest.mark.parametrize("stage", STAGES)
def test_who_computes_decides_no_result(stage):
    elsewhere = Recipe().choose("engine", part="ray", address="10.0.0.1:6379")
    assert elsewhere.fingerprint(stage, "data") == Recipe().fingerprint(stage, "data")


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe().choose("engine", part="ray", address="auto", n_workers=3),
        Recipe(seed=7),
        Recipe().choose("cluster", part="kmeans", n_clusters=4),
        Recipe().choose("read", sources=["a\\b.csv", "c d.csv"], text='te"xt', header=False),
        Recipe().choose("evaluate", metrics=["silhouette"]),
    ],
)
def test_a_recipe_comes_back_from_toml_as_it_was(recipe):
    again = Recipe.from_toml(recipe.to_toml({"n_clusters": 3}))
    assert again.completed().stages == recipe.completed().stages
    assert again.seed == recipe.seed
    assert again.to_toml() == recipe.to_toml()


@settings(max_examples=25)
@given(st.text(), st.text(min_size=1))
def test_any_column_name_survives_toml(text, source):
    recipe = Recipe().choose("read", text=text, sources=[source])
    assert Recipe.from_toml(recipe.to_toml()).stages["read"] == recipe.stages["read"]


def test_the_outcome_is_told_and_not_read_back():
    text = Recipe().to_toml({"reason": "because"})
    assert tomllib.loads(text)["outcome"] == {"reason": "because"}
    assert "outcome" not in Recipe.from_toml(text).to_toml()


@pytest.mark.parametrize(
    ("setting", "stage", "key", "value"),
    [
        ("neighbors.k=15", "neighbors", "k", 15),
        ("embed.part=hashing", "embed", "part", "hashing"),
        ("embedder.part=hashing", "embed", "part", "hashing"),
        ("map.part=layout", "draw", "part", "layout"),
        ("cluster.coverage=100", "cluster", "coverage", "100"),
        ("read.text=5", "read", "text", "5"),
        ("read.text=a=b.c", "read", "text", "a=b.c"),
        ("read.header=false", "read", "header", False),
        ("read.delimiter=;", "read", "delimiter", ";"),
        (' read.delimiter = "\\t" ', "read", "delimiter", "\t"),
        ('evaluate.metrics=["ari"]', "evaluate", "metrics", ["ari"]),
    ],
)
def test_a_setting_is_read_as_it_is_meant(setting, stage, key, value):
    recipe = Recipe().with_setting(setting)
    recipe.check()
    assert recipe.stages[stage][key] == value


@pytest.mark.parametrize("setting", ["", "=", "a=b", ".=", "embed.=3", ".k=3", "embed", "embed.k"])
def test_a_malformed_setting_is_refused(setting):
    with pytest.raises(BadInput):
        Recipe().with_setting(setting)


@pytest.mark.parametrize(
    ("stage", "key", "value"),
    [
        ("neighbors", "k", "x"),
        ("neighbors", "k", 2.5),
        ("neighbors", "k", True),
        ("cluster", "detail", 3),
        ("read", "header", "yes"),
        ("read", "sources", "a.csv"),
        ("read", "text", 3),
        ("evaluate", "metrics", "ari"),
        ("evaluate", "metrics", [3]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_name(stage, key, value):
    with pytest.raises(BadInput, match=key):
        Recipe().choose(stage, **{key: value}).check()


@pytest.mark.parametrize(("stage", "key"), [("embed", "sed"), ("neighbors", "n"), ("read", "txt")])
def test_an_unknown_parameter_is_refused_with_the_known_ones(stage, key):
    with pytest.raises(UnknownPart, match="Known:"):
        Recipe().choose(stage, **{key: 3}).check()


def test_another_part_drops_the_parameters_of_the_one_before():
    recipe = Recipe().choose("cluster", detail="fine", coverage="100")
    assert recipe.choose("cluster", part="kmeans").stages["cluster"] == {
        "coverage": "100",
        "part": "kmeans",
    }


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"embed": {"part": "hashing"}}, "embed"),
        ({"neighbors": {"k": 9}}, "neighbors"),
        ({"cluster": {"detail": "fine"}}, "cluster"),
        ({"read": {"truth": "theme"}}, "evaluate"),
        ({"draw": {"part": "layout", "n_epochs": 3}}, "draw"),
        ({"read": {"sources": ["elsewhere.csv"]}}, None),
    ],
)
def test_a_fingerprint_changes_from_the_stage_that_is_chosen_anew(change, first):
    old = new = Recipe()
    for stage, params in change.items():
        new = new.choose(stage, **params)
    same = [old.fingerprint(stage, "data") == new.fingerprint(stage, "data") for stage in STAGES]
    place = len(STAGES) if first is None else STAGES.index(first)
    assert same == [True] * place + [False] * (len(STAGES) - place)


def test_a_default_written_out_is_the_same_choice():
    told = Recipe().choose("cluster", detail="normal")
    assert told.fingerprint("draw", "data") == Recipe().fingerprint("draw", "data")


def test_other_data_has_another_fingerprint():
    assert Recipe().fingerprint("read", "a") != Recipe().fingerprint("read", "b")
    assert Recipe().fingerprint("embed", "a") != Recipe(seed=1).fingerprint("embed", "a")


def test_a_word_that_a_part_does_not_take_is_refused_before_any_work():
    recipe = Recipe().with_setting("cluster.part=kmeans").with_setting("cluster.choose=silhuette")
    with pytest.raises(UnknownPart, match=r"cluster\.choose named 'silhuette'.*'silhouette'"):
        recipe.check()
    recipe.with_setting("cluster.choose=silhouette").check()
