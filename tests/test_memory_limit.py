"""--memory-limit: what fits is chosen, what cannot fit is refused, and the system agrees."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput
from shoal.recipe import Recipe
from shoal.run.plan import MODEL_MB, SEARCH_MB, SMALLEST_SAMPLE, THREAD_MB, memory_megabytes, within
from tests.contracts.conftest import unit

ROWS = 12_000
ASIDE = 256_000_000
"""Address space for the stacks of threads, the arenas of malloc and the buffers of OpenBLAS, which
is hardly filled; with less than half of it runs were out of memory."""
PATIENCE = 60
"""Seconds; a process whose thread could not start may wait for it for ever."""
LIMITED = """
import resource, sys
limit = int(sys.argv[3])
import shoal, shoal.run.pipeline, shoal.views.report, sklearn.cluster, scipy.sparse.csgraph
# address space that libraries set aside when they load, and never fill, is no memory
told = dict(line.split(":") for line in open("/proc/self/status") if " kB" in line)
held, real = (int(told[name].split()[0]) * 1024 for name in ("VmData", "RssAnon"))
wanted = max(limit - real, 0) + held + int(sys.argv[4])
resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))
run = shoal.cluster(sys.argv[1], out=sys.argv[2], memory_limit=f"{limit / 1e6}MB")
print(run.recipe.stages["cluster"].get("sample_rows"))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    rng = np.random.default_rng(0)
    places = unit(rng.normal(size=(12, 64)))
    vectors = unit(places[rng.integers(0, 12, ROWS)] + rng.normal(0, 0.1, (ROWS, 64)))
    path = tmp_path_factory.mktemp("rows") / "rows.npy"
    np.save(path, vectors.astype(np.float32))
    return path


@pytest.fixture(scope="module")
def items(source):
    from shoal import stages

    return stages.read(source, {})


def test_a_limit_that_all_fits_under_changes_nothing(items):
    recipe = Recipe()
    assert within(recipe, items, 10**12) is recipe


def test_more_threads_and_a_model_take_more_memory(items, monkeypatch):
    monkeypatch.setenv("SHOAL_THREADS", "2")
    two = memory_megabytes(items, SMALLEST_SAMPLE)
    monkeypatch.setenv("SHOAL_THREADS", "8")
    eight = memory_megabytes(items, SMALLEST_SAMPLE)
    assert two + 6 * THREAD_MB < eight < two + 6 * (THREAD_MB + SEARCH_MB)
    texts = dataclasses.replace(items, modality="text", contents=["a"] * len(items))
    assert memory_megabytes(texts, SMALLEST_SAMPLE) > eight + MODEL_MB


def test_samples_are_as_small_as_the_limit_asks(items):
    limit = memory_megabytes(items, SMALLEST_SAMPLE * 2) * 1e6
    recipe = within(Recipe(), items, int(limit))
    chosen = recipe.stages["cluster"]["sample_rows"]
    assert SMALLEST_SAMPLE <= chosen < ROWS
    assert recipe.stages["draw"]["sample_rows"] == chosen
    assert memory_megabytes(items, chosen) * 1e6 <= limit


def test_what_cannot_fit_is_refused_before_any_work(source, tmp_path):
    with pytest.raises(BadInput, match=r"12,000 rows need at least .* GB"):
        shoal.cluster(source, out=tmp_path / "run", memory_limit="160MB")
    with pytest.raises(BadInput, match="limit is 100 MB, but the program itself takes"):
        shoal.cluster(source, out=tmp_path / "run", memory_limit="100MB")
    assert not (tmp_path / "run").exists()


def test_a_limit_that_is_no_size_is_refused(source, tmp_path):
    with pytest.raises(BadInput, match="memory_limit must be a size such as 500MB"):
        shoal.cluster(source, out=tmp_path / "run", memory_limit="plenty")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit counts real memory on Linux alone")
def test_a_run_keeps_to_the_limit_when_the_system_holds_it_to_it(source, items, tmp_path):
    limit = int(memory_megabytes(items, SMALLEST_SAMPLE + 1500) * 1e6)
    script = tmp_path / "limited.py"
    script.write_text(LIMITED, encoding="utf-8")
    command = [sys.executable, str(script), str(source), str(tmp_path / "run")]
    told = [str(limit), str(ASIDE)]
    done = _ended([*command, *told])
    assert done is not None
    assert done.returncode == 0, done.stderr[-2000:]
    assert SMALLEST_SAMPLE <= int(done.stdout) < ROWS
    assert (Path(tmp_path) / "run" / "report.html").is_file()
    # the limit is felt: with much less the same run does not end
    starved = _ended([*command[:3], str(tmp_path / "starved"), str(limit), str(-200_000_000)])
    assert starved is None or starved.returncode != 0


def _ended(command):
    """What a command gave, or None if it did not end."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return None
