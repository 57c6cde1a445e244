"""Rules that keep the code small enough to know."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import shoal
from shoal.errors import MissingExtra
from shoal.parts.engines import ENGINES
from shoal.parts.metrics import METRICS
from shoal.parts.readers import READERS
from shoal.recipe import FAMILIES

SOURCE = Path(shoal.__file__).parent
ROOT = SOURCE.parent.parent
FILES = sorted(SOURCE.rglob("*.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_ARGUMENTS = 10
MANY_ARGUMENTS = {
    "cluster": "shoal.cluster: one keyword for each thing a user may say, all optional",
    "cluster_command": "click hands every option over as an argument",
    "fit": "a clusterer names what it heeds of all that a run knows of its rows",
}


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public(body):
    """Public functions and classes, and public methods of public classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_functions_are_short(path):
    for node in functions(path):
        first = node.body[0]
        documented = ast.get_docstring(node, clean=False) is not None
        docstring = first.end_lineno - first.lineno + 1 if documented else 0
        length = node.end_lineno - node.lineno + 1 - docstring
        assert length <= MAX_FUNCTION_LINES, f"{node.name}: {length} lines"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_functions_take_few_arguments(path):
    for node in functions(path):
        given = node.args
        count = len(given.posonlyargs + given.args + given.kwonlyargs)
        if node.name in MANY_ARGUMENTS:
            continue
        commanded = any("command" in ast.dump(entry) for entry in node.decorator_list)
        if commanded:  # click hands every option over as an argument
            continue
        assert count <= MAX_ARGUMENTS, f"{node.name}: {count} arguments"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_everything_public_is_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name != "__init__.py" or tree.body:
        assert ast.get_docstring(tree), "the module"
    for node in public(tree.body):
        assert ast.get_docstring(node), node.name


def test_no_file_is_a_drawer_for_everything():
    names = {path.stem for path in FILES} | {path.parent.name for path in FILES}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_path_of_one_machine_is_in_the_project():
    forbidden = ("/work" + "/", "/ro" + "ot/", "/ho" + "me/")
    for path in [*FILES, *(ROOT / "tests").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in forbidden), path


def test_imports_go_down_only():
    lint = Path(sys.executable).with_name("lint-imports")
    if not lint.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


MAX_PROBES = 15
"""Objects of other libraries, and parts of guests, can only be asked what they have."""
PROBES = {"getattr", "hasattr", "signature"}


def test_contracts_are_written_and_not_probed():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in PROBES:
                found.append(f"{name_of(path)}:{node.lineno}")
    assert len(found) <= MAX_PROBES, found


HEAVY = ("ray", "torch", "matplotlib", "polars", "tensorflow", "numba", "umap", "openTSNE")
IMPORT = "import shoal"
RUN = """
import sys
from importlib.abc import MetaPathFinder

class NoPandas(MetaPathFinder):
    # scikit-learn imports pandas where it is installed; a run must do without
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError("no pandas here", name=name)

sys.meta_path.insert(0, NoPandas())
import shoal
texts = [f"{word} {i}" for word in ("apple pie", "old car") for i in range(30)]
run = shoal.cluster(texts, embedder="hashing")
assert len(run.labels) == len(run.predict(texts)) == 60
"""


@pytest.mark.parametrize("code", [IMPORT, RUN], ids=["import", "run"])
def test_heavy_packages_are_not_imported(code):
    tail = f"\nimport sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_command_begins_without_what_only_its_stages_need():
    heavy = ("sklearn", "scipy.stats", "pandas", "onnxruntime", "tokenizers")
    code = f"import sys, shoal.cli.cluster; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_shoal_imports_none_of_its_dependencies():
    heavy = ("numpy", "sklearn", "pyarrow", "pandas")
    code = f"import sys, shoal; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "family", [*FAMILIES.values(), METRICS, READERS, ENGINES], ids=lambda f: f.kind
)
def test_every_part_of_every_table_is_there_or_says_what_to_install(family):
    for name, part in family.parts.items():
        name = f"{name}:{part.argument}" if part.argument else name
        if part.module and find_spec(part.module) is None:
            with pytest.raises(MissingExtra, match="pip install"):
                family.find(name)
        else:
            assert callable(family.find(name))


def test_every_public_name_is_there():
    for name in shoal.__all__:
        assert getattr(shoal, name) is not None
    assert set(shoal.__all__) <= set(dir(shoal))
    with pytest.raises(AttributeError, match="no attribute"):
        _ = shoal.no_such_name
