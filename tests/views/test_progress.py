"""Progress that shows by itself in a terminal and in a notebook."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import shoal
from shoal.progress import SILENT
from shoal.views.progress import BarProgress, LineProgress, listening


def test_a_script_hears_nothing():
    with listening(None) as heard:
        assert heard is SILENT


def test_a_terminal_gets_a_bar(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with listening(None) as heard:
        assert isinstance(heard, BarProgress)
    with listening(SILENT) as heard:
        assert heard is SILENT


@pytest.fixture
def notebook(monkeypatch):
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_a_notebook_gets_lines_and_who_wants_none_gets_none(notebook, texts, capsys):
    with listening(None) as heard:
        assert isinstance(heard, LineProgress)
    run = shoal.cluster(texts, settings={"embed.part": "hashing"})
    assert "describe: done" in capsys.readouterr().out
    shoal.recut(run, k=3)
    assert "cluster: done" in capsys.readouterr().out
    shoal.cluster(texts, settings={"embed.part": "hashing"}, progress=SILENT)
    assert capsys.readouterr().out == ""
