"""The built wheel, installed where nothing else of the project is."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).parent.parent
CLIENT = """
import shoal

run = shoal.cluster(["a red apple", "an old car"] * 20, embedder="hashing", k=2)
labels = run.labels.tolist()
title: str = run.reason
count: int = len(run.clusters)
share: float = run.coverage
run.save("kept.clusters")
model = shoal.EmbeddingClusterer()
print(labels, title, count, share, model)
"""


def call(*command, cwd, **options):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if not (ROOT / "src/shoal/views/explorer/static/index.html").is_file():
        pytest.skip("the explorer's page is not built: make page")
    out = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A Python that has the wheel and the dependencies, but not this checkout."""
    folder = tmp_path_factory.mktemp("bare")
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    found = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(call(python, "-c", found, cwd=folder).strip())
    with zipfile.ZipFile(wheel) as file:
        file.extractall(site)
    # a path in a .pth file is searched, but the .pth files of that path are not read
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def environment():
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def test_the_wheel_holds_the_page_and_says_that_it_is_typed(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "shoal/py.typed" in names
    assert "shoal/views/explorer/static/index.html" in names
    assert any(name.endswith(".j2") for name in names)


def test_a_run_from_the_wheel(installed, tmp_path, environment):
    where = call(
        installed, "-c", "import shoal; print(shoal.__file__)", cwd=tmp_path, env=environment
    )
    assert not where.startswith(str(ROOT / "src"))
    rows = "\n".join(
        ["text", *(f"{word} number {i}" for word in ("apple", "car") for i in range(20))]
    )
    (tmp_path / "rows.csv").write_text(rows)
    command = ["-m", "shoal", "cluster", "rows.csv", "--embedder", "hashing"]
    call(installed, *command, cwd=tmp_path, env=environment)
    assert (tmp_path / "rows.clusters/report.html").is_file()


def test_a_typed_client_is_checked(installed, tmp_path, environment):
    pytest.importorskip("mypy")
    (tmp_path / "client.py").write_text(CLIENT)
    (tmp_path / "wrong.py").write_text("import shoal\n\nshoal.Run('x').labels.no_such_thing()\n")
    check = [sys.executable, "-m", "mypy", "--strict", "--python-executable", installed]
    cache = ["--cache-dir", tmp_path / "cache"]
    call(*check, *cache, "client.py", cwd=tmp_path, env=environment)
    done = subprocess.run(
        [*map(str, [*check, *cache, "wrong.py"])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert "no_such_thing" in done.stdout  # what is wrong is seen, so nothing was taken for Any
