"""A file is as it was written, or it is said that it is not."""

import os

import pytest

from shoal.storage import digests


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a small and a large file, and what is known of them in another process."""
    (tmp_path / "small").write_bytes(b"small" * 10)
    (tmp_path / "large").write_bytes(b"large" * 1000)
    monkeypatch.setattr(digests, "ALWAYS", 1000)
    monkeypatch.setattr(digests, "_known", {})
    found = digests.record(tmp_path, ["small", "large"], {})
    digests._known.clear()
    return tmp_path, found


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("place", [0, 7, 49])
@pytest.mark.parametrize("bit", [1, 128])
def test_one_bit_is_seen(folder, name, place, bit):
    path, found = folder
    assert digests.damage(path / name, found[name]) == ""
    data = bytearray((path / name).read_bytes())
    data[place] ^= bit
    (path / name).write_bytes(data)
    assert "changed after it was written" in digests.damage(path / name, found[name])


def test_a_large_file_of_its_date_is_read_only_when_all_is(folder):
    path, found = folder
    when = found["large"]["modified"]
    data = bytearray((path / "large").read_bytes())
    data[3] ^= 1
    (path / "large").write_bytes(data)
    os.utime(path / "large", ns=(when, when))
    assert digests.damage(path / "large", found["large"]) == ""
    assert digests.damage(path / "large", found["large"], whole=True)


def test_what_others_changed_is_not_taken_for_what_was_written(folder):
    path, found = folder
    (path / "small").write_bytes(b"other" * 10)
    (path / "new").write_bytes(b"new")
    again = digests.record(path, ["small", "large", "new"], found)
    assert again["small"] == found["small"]
    assert again["large"] == found["large"]
    assert set(again) == {"small", "large", "new"}
    digests.wrote(path / "small")
    assert digests.record(path, ["small"], found)["small"] != found["small"]


def test_what_this_process_took_away_is_no_loss(folder):
    path, found = folder
    (path / "small").unlink()
    assert "small" in digests.record(path, ["large"], found)
    assert digests.damage(path / "small", found["small"]) == "it is missing"
    digests.wrote(path / "small")
    assert "small" not in digests.record(path, ["large"], found)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_seen_and_not_waited_for(folder):
    path, found = folder
    (path / "small").unlink()
    os.mkfifo(path / "small")
    assert "not a regular file" in digests.damage(path / "small", found["small"])
    assert digests.odd_files(path) == [path / "small"]
    (path / "skipped").mkdir()
    os.mkfifo(path / "skipped" / "pipe")
    assert digests.odd_files(path, ["skipped"]) == [path / "small"]
