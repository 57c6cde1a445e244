"""Names of modules that other programs import stay when the modules move."""

import importlib

import pytest


def test_the_old_name_gives_the_same_modules():
    pytest.importorskip("starlette")
    old = importlib.import_module("shoal.explorer.view")
    new = importlib.import_module("shoal.views.explorer.view")
    assert old is new
    assert new.__name__ == new.__spec__.name == "shoal.views.explorer.view"
    assert importlib.import_module("shoal.explorer") is importlib.import_module(
        "shoal.views.explorer"
    )


def test_a_module_that_never_was_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("shoal.explorer.nothing")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("shoal.explored")
