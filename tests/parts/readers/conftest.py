"""What tests of readers share."""

import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path_factory.mktemp("cache")))
