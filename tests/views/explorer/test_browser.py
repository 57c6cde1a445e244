"""Every feature of the page in a real headless Chromium, by Playwright (explorer/tests/browser)."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import shoal
from shoal.views.explorer.app import STATIC
from tests.making_pictures import photos, smooth
from tests.run.test_pictures import colours

PAGE = Path(__file__).parents[3] / "explorer"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
VITEST = PAGE / "node_modules/vitest/vitest.mjs"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here"),
    pytest.mark.skipif(not NODE or not VITEST.is_file(), reason="the page's tools are not here"),
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="the page is not built"),
]


@contextmanager
def served(path):
    """The address of an explorer of a run."""
    command = [sys.executable, "-m", "shoal", "explore", str(path), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@pytest.fixture
def address(tmp_path, small_table):
    """An explorer of a run of a few hundred rows, with columns, repeats and several layers."""
    run = shoal.cluster(small_table, text="text", embedder="hashing", out=tmp_path / "run")
    with served(run.path) as made:
        yield made


@pytest.fixture
def pictures(tmp_path):
    """An explorer of a run of pictures, one of them twice and one unlike all others."""
    source = photos(tmp_path / "photos", n=40)
    first = source / "red things" / "IMG_0000.jpg"
    shutil.copy(first, source / "red things" / "again.jpg")
    smooth(7).save(source / "unlike.jpg")
    run = shoal.cluster(source, embedder=colours, out=tmp_path / "pictures")
    with served(run.path) as made:
        yield made


@pytest.mark.soak
def test_every_feature_of_the_page_in_a_browser(address, pictures):
    done = subprocess.run(
        [str(NODE), str(VITEST), "run", "--reporter=verbose"],
        cwd=PAGE,
        env={
            **os.environ,
            "SHOAL_ADDRESS": address,
            "SHOAL_PICTURES": pictures,
            "CHROMIUM": str(CHROMIUM),
        },
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
