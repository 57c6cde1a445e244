import importlib.metadata
from importlib.util import find_spec

import pytest

from shoal import plugins
from shoal.errors import MissingExtra, UnknownPart
from shoal.plugins import Family, Part
from shoal.recipe import FAMILIES, Recipe

FAMILY = Family(
    "thing",
    "shoal.things",
    {
        "fraction": Part("fractions:Fraction", "a number"),
        "absent": Part("nowhere:Nothing", "none", extra="more", module="no_such_package_here"),
    },
)


class Guest:
    """A part with everything a signature may have."""

    def __init__(self, size=3, *more, colour="red", seed=0, n_threads=None, **rest):
        self.told = (size, colour, seed, n_threads)


def test_a_part_is_imported_when_asked_for():
    from fractions import Fraction

    assert FAMILY.find("fraction") is Fraction


def test_an_unknown_name_is_told_with_the_one_that_was_meant():
    with pytest.raises(UnknownPart, match="Did you mean 'fraction'") as caught:
        FAMILY.find("fractoin")
    assert "absent, fraction" in str(caught.value)


def test_an_absent_package_is_told_with_the_line_that_installs_it():
    with pytest.raises(MissingExtra, match=r"pip install 'shoal\[more\]'"):
        FAMILY.find("absent")


@pytest.fixture
def guests(monkeypatch):
    entry = importlib.metadata.EntryPoint("guest", f"{__name__}:Guest", "shoal.things")
    monkeypatch.setattr(
        plugins, "entry_points", lambda group: [entry] if group == "shoal.things" else []
    )


@pytest.mark.usefixtures("guests")
def test_parts_of_other_packages_come_through_the_same_door():
    assert FAMILY.names() == ["absent", "fraction", "guest"]
    assert FAMILY.find("guest").__name__ == "Guest"


@pytest.mark.usefixtures("guests")
def test_what_the_run_fills_in_is_no_parameter_of_the_user():
    assert FAMILY.parameters("guest") == {"size": 3, "colour": "red"}
    made = FAMILY.build("guest", {"colour": "blue"}, seed=5, n_threads=2, unasked=1)
    assert made.told == (3, "blue", 5, 2)


@pytest.mark.usefixtures("guests")
def test_an_unknown_parameter_is_told_with_the_one_that_was_meant():
    with pytest.raises(UnknownPart, match="Did you mean 'colour'"):
        FAMILY.build("guest", {"color": "blue"})
    with pytest.raises(UnknownPart, match="seed"):
        FAMILY.build("guest", {"seed": 1})


@pytest.mark.parametrize(
    ("family", "name"),
    [(family, name) for family in FAMILIES.values() for name in sorted(family.parts)],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_every_part_is_built_with_its_defaults(family, name):
    if family.parts[name].argument:
        pytest.skip("it is built from what its argument names")
    if family.parts[name].module and find_spec(family.parts[name].module) is None:
        pytest.skip("its package is not installed")
    assert family.build(name, {}, seed=0, n_threads=1) is not None
    assert family.build(name, family.parameters(name), seed=0) is not None
    assert family.parts[name].summary


def test_a_part_is_found_with_a_dash_or_an_underscore_in_its_name():
    clusterers, embedders = FAMILIES["cluster"], FAMILIES["embed"]
    assert clusterers.find("minibatch-kmeans") is clusterers.find("minibatch_kmeans")
    assert embedders.canonical("onnx_image:a_b-c.onnx") == "onnx-image:a_b-c.onnx"
    assert clusterers.canonical("no_such-part") == "no_such-part"
    recipe = Recipe().choose("cluster", part="minibatch-kmeans")
    assert recipe.part("cluster") == "minibatch_kmeans"
