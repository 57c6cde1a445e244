"""Lines of progress that tell what is left."""

import io

import pytest
from rich.console import Console

from shoal.views import progress


@pytest.fixture
def told(monkeypatch):
    """A progress, its clock, and what it printed."""
    out, now = io.StringIO(), [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return progress.LineProgress(Console(file=out, width=200)), now, out


def test_what_comes_before_the_first_step_is_no_measure_of_a_step(told):
    progress, now, out = told
    progress.start("draw", 101)
    for at in (60.0, *(60.0 + 0.5 * step for step in range(1, 21))):
        now[0] = at
        progress.advance()
    lines = out.getvalue().splitlines()
    assert len(lines) >= 1
    assert lines[-1].endswith("12 of 101, about 44 s left")  # 89 steps of half a second


def test_a_stage_without_a_number_of_steps_prints_its_end_only(told):
    progress, now, out = told
    progress.start("reduce")
    for at in range(1, 60):
        now[0] = at
        progress.advance()
    progress.finish("reduce", 59.0)
    assert len(out.getvalue().splitlines()) == 1
