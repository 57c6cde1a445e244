"""JSON of run folders: the same as the json module gives, in fewer lines."""

import json
import math

import numpy as np
import pytest

from shoal.artifacts.json_values import as_json, object_as_json, plain

VALUES = {
    "nothing": {},
    "nested": {"a": [1, {"b": [2, {"c": [3, {"d": None}]}]}], "e": ()},
    "no words": {"x": math.nan, "y": [math.inf, 1.5], "z": np.float32("nan")},
    "numpy": [np.int64(3), np.float32(0.5), np.bool_(True), {"k": np.float64(2)}],
    "many keys": {9: "a", 10: "b", 1: {"n": math.nan}},
    "tuple": ({"a": (1, 2)}, (3,)),
    "keys": {1: "one", "zwei": "\u00e4\u2028\U0001f600"},
    "text": "only a text",
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("indented", [0, 1, 3, 10])
def test_what_is_written_is_read_as_the_same(name, indented):
    value = VALUES[name]
    assert json.loads(as_json(value, indented=indented)) == json.loads(json.dumps(plain(value)))
    assert as_json(value, sort_keys=True) == json.dumps(plain(value), sort_keys=True)


@pytest.mark.parametrize("large", [1, 1 << 16])
def test_an_object_that_is_written_again_is_written_the_same(monkeypatch, large):
    monkeypatch.setattr("shoal.artifacts.json_values.LARGE", large)
    info = {**VALUES, "lists": [[{"a": i}, "two\nlines"] for i in range(3)], "none": None, "e": {}}
    for number in range(3):
        info["changes"] = {"stage": [number]}
        for options in ({"indented": 3}, {"indented": 1}, {"sort_keys": True}, {}):
            assert object_as_json(info, **options) == as_json(info, **options)
        info["lists"][0][0]["a"] += 1  # in place


def test_a_record_of_a_list_has_one_line():
    value = {"columns": {"features": [{"name": "a", "kind": "number"}, {"name": "b"}]}}
    lines = as_json(value, indented=3).splitlines()
    assert '   {"name": "a", "kind": "number"},' in lines
    assert len(lines) == 8
