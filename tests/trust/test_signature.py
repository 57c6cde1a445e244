"""A run that this user made is known, wherever it lies, and no other is."""

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest

import shoal
from shoal.storage import trust
from tests.trust.conftest import NEW_TEXTS, rewrite


def test_ones_own_run_is_known_wherever_it_is_copied(small_run, tmp_path):
    assert trust.is_own(small_run)
    assert trust.is_own(shutil.copytree(small_run, tmp_path / "elsewhere"))
    key = trust.key_file()
    assert len(key.read_bytes()) == 32
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["recipe.toml", "run.json"])
def test_a_run_that_was_changed_is_not_ones_own(run_path, name):
    (run_path / name).write_bytes((run_path / name).read_bytes() + b"\n")
    assert not trust.is_own(run_path)


def test_digests_alone_prove_nothing(hostile):
    told = json.loads((hostile / "signature.json").read_text(encoding="utf-8"))
    told["files"] = {name: trust._digest(hostile / name) for name in told["files"]}
    (hostile / "signature.json").write_text(json.dumps(told), encoding="utf-8")
    assert not trust.is_own(hostile)
    told["hmac"] = trust._code(b"", told["files"])
    (hostile / "signature.json").write_text(json.dumps(told), encoding="utf-8")
    assert not trust.is_own(hostile)


@pytest.mark.parametrize("junk", ["", "[]", '{"files": 3, "hmac": 1}', '{"files": {}}', "[" * 9999])
def test_a_damaged_signature_is_none(run_path, junk):
    (run_path / "signature.json").write_text(junk, encoding="utf-8")
    assert not trust.is_own(run_path)


def test_the_key_of_another_user_makes_a_stranger(run_path, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "of another"))
    assert not trust.is_own(run_path)
    trust.sign(run_path)
    assert trust.is_own(run_path)


def test_a_run_stays_ones_own_through_recut_and_describe(run_path, tmp_path):
    shoal.recut(run_path, k=3)
    assert trust.is_own(run_path)
    shoal.describe(run_path)
    assert trust.is_own(run_path)
    shoal.recut(run_path, k=2, out=tmp_path / "other")
    assert trust.is_own(tmp_path / "other")


def test_another_cut_does_not_make_a_strangers_run_ones_own(run_path, listener):
    rewrite(run_path, read={"vectors": "/etc/x.npy"})
    shoal.load(run_path, trust=True)
    shoal.recut(run_path, k=3)
    assert not trust.is_own(run_path)


def test_without_a_home_nothing_is_signed_and_all_goes_on(small_table, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    out = tmp_path / "run"
    run = shoal.cluster(small_table, text="text", embedder="hashing", k=4, out=out)
    assert not (out / "signature.json").exists()
    assert run.predict(NEW_TEXTS).shape == (2,)
    assert shoal.recut(out, k=3).path == out


def test_two_processes_agree_on_one_key(tmp_path):
    lines = (
        "import sys",
        "from shoal.storage import trust",
        "sys.stdout.write(trust._key(make=True).hex())",
    )
    code = "; ".join(lines)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    given = {"env": environment, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", code], **given) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


# links, copies, and where things are written
