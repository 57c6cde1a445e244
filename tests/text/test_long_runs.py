"""Texts that are one long run: no expression goes over it again from every character of it.

There is no clock here. With an expression that does, a run of so many characters takes minutes.
"""

import pytest

from shoal.text.finding_frames import find_frames
from shoal.text.templates import one_template
from shoal.text.tokens import BREAK, Tokenizer

MANY = 60_000
UNITS = [
    "x",
    "1",
    " ",
    "(",
    "a@",
    "@",
    "1-",
    "1:",
    "a1",
    "a_1_",
    ".",
    "a.",
    "-",
    ">",
    "'",
    "\n",
    "é",
]
ENDS = ["é", "*"]


@pytest.mark.parametrize("unit", UNITS)
def test_long_runs_are_gone_over_once(unit):
    runs = [start + unit * (MANY // len(unit)) + end for start in ("", "123") for end in ENDS]
    tokens = Tokenizer().of(runs)
    assert (tokens.start < tokens.end).all()
    assert not one_template([f"{run} {i}" for i, run in enumerate(runs)])
    assert find_frames(runs[:2]) is not None


def test_blanks_before_what_is_no_token_are_none():
    tokens = Tokenizer().of(['  ("*" (*) one  \t* two.  '])
    assert tokens.start.tolist() == [11, 19]
    assert (tokens.kind != BREAK).all()
