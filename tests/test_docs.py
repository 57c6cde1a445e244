"""The documents say what the code does."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import shoal
from shoal.recipe import OWN

ROOT = Path(__file__).parent.parent


def test_the_reference_is_what_the_code_says():
    done = subprocess.run(
        [sys.executable, "docs/make_reference.py", "--check"], cwd=ROOT, check=False
    )
    assert done.returncode == 0, "run `make docs`"


@pytest.mark.parametrize("stage", sorted(OWN))
def test_every_parameter_of_a_stage_is_named_in_the_reference(stage):
    page = (ROOT / "docs/reference.md").read_text(encoding="utf-8")
    for name in OWN[stage] - {"sources"}:
        assert f"`{stage}.{name}`" in page


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_between_documents_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / target).exists(), target


def calls(text):
    """Every call of a function of shoal in a text, as (name, its keywords)."""
    for found in re.finditer(r"\bshoal\.(\w+)\(", text):
        for end in re.finditer(r"\)", text[found.start() :]):
            try:
                call = ast.parse(text[found.start() : found.start() + end.end()], mode="eval").body
            except SyntaxError:  # the bracket is one inside
                continue
            yield found[1], [keyword.arg for keyword in call.keywords]
            break


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_the_python_calls_of_a_page_name_what_there_is(page):
    for name, keywords in calls((ROOT / page).read_text(encoding="utf-8")):
        assert set(keywords) <= set(inspect.signature(getattr(shoal, name)).parameters), name


def test_the_readme_begins_with_the_two_commands():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:6]
    assert any(line.strip().startswith("make demo") for line in lines)
    assert any(line.strip().startswith("make test") for line in lines)


def test_the_python_of_the_readme_runs(texts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL).group(1)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"review": texts})
    exec(code, {"frame": frame})
    assert {"reviews.clusters", "fewer.clusters"} <= {path.name for path in tmp_path.iterdir()}
