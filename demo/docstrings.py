"""Collect real text that every machine with shoal has: docstring summaries of installed packages.

Reads the source files of the installed scientific Python stack without running them and writes a
CSV with the columns name, summary and module; the module is the true class.

    python demo/docstrings.py OUT.csv
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGES = "numpy scipy sklearn pandas pyarrow joblib matplotlib rich click jinja2".split()
SKIPPED_FOLDERS = {"tests", "test", "testing", "conftest", "_vendor", "externals", "_lib", "compat"}
MIN_WORDS = 4


def summary(docstring: str) -> str:
    """Return the first sentence or paragraph of a docstring, markup taken off."""
    paragraph = re.split(r"\n\s*\n", docstring.strip(), maxsplit=1)[0]
    text = re.sub(r":\w+:`~?\.?([^`<]+?)(\s*<[^>]*>)?`", r"\1", " ".join(paragraph.split()))
    return text.replace("``", "").replace("`", "").strip()


def module_name(path: Path, root: Path) -> str:
    """Return the package and its first public part, such as "scipy.stats"."""
    parts = [root.name, *path.relative_to(root).with_suffix("").parts]
    public = [part for part in parts if not part.startswith("_") and part != "core"]
    return ".".join(public[:2])


def documented(tree: ast.AST, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield (name, docstring) of public functions and classes, and numpy's added docstrings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            docstring = ast.get_docstring(node)
            if docstring:
                yield f"{prefix}{node.name}", docstring
            if isinstance(node, ast.ClassDef):
                yield from documented(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            texts = [a.value for a in call.args if isinstance(a, ast.Constant)]
            if getattr(call.func, "id", "") == "add_newdoc" and len(texts) == 3:
                yield str(texts[1]), str(texts[2])


def collect(packages: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, summary, module) of everything documented, each summary once."""
    seen: set[str] = set()
    for package in packages:
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        root = Path(spec.submodule_search_locations[0])
        for path in sorted(root.rglob("*.py")):
            if SKIPPED_FOLDERS & {*path.relative_to(root).parts, path.stem}:
                continue
            try:
                tree = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                continue
            module = module_name(path, root)
            for name, docstring in documented(tree, ""):
                text = summary(docstring)
                if len(text.split()) >= MIN_WORDS and text not in seen:
                    seen.add(text)
                    yield f"{module}.{name}", text, module


def main() -> None:
    """Write the CSV."""
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = list(collect(PACKAGES))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "summary", "module"])
        writer.writerows(rows)
    modules = len({module for _, _, module in rows})
    print(f"collected {len(rows):,} docstring summaries of {modules} modules into {target}")


if __name__ == "__main__":
    main()
