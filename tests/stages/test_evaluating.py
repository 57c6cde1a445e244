"""True classes, told apart by their text, whatever kind of column they are in."""

import numpy as np
import pyarrow as pa
import pytest

from shoal.stages import true_classes

VALUES = {
    "texts": (["b", " a ", None, "", "a", "b"], ("a", "b"), [1, 0, -1, -1, 0, 1]),
    "numbers": ([2, 10, None, 2, 10, 10], ("10", "2"), [1, 0, -1, 1, 0, 0]),
    "reals": ([0.5, float("nan"), None, 0.5], ("0.5",), [0, -1, -1, 0]),
    "bools": ([True, False, None], ("False", "True"), [1, 0, -1]),
    "lists": ([[1], [2, 3], None, [1]], ("1", "2", "3"), [0, 1, -1, 0]),
    "nothing": ([None, None], (), [-1, -1]),
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("form", ["list", "array", "chunks", "dictionary"])
def test_classes_and_their_codes(kind, form):
    values, names, codes = VALUES[kind]
    column = pa.array(values)
    if form == "dictionary" and kind == "lists":
        pytest.skip("Arrow has no dictionaries of lists")
    given = {
        "list": lambda: values,
        "array": lambda: column,
        "chunks": lambda: pa.chunked_array([column[:1], column[1:1], column[1:]]),
        "dictionary": lambda: pa.chunked_array([column.dictionary_encode()]),
    }[form]()
    found, code = true_classes(given)
    assert found == names
    assert code.dtype == np.int32
    assert code.tolist() == codes
