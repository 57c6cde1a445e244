"""The server that describers ask."""

import pytest

from shoal.storage import http as http_client
from tests.failing_server import serving
from tests.parts.describers.model_server import good, well


@pytest.fixture
def server(no_pauses):
    with serving(well) as running:
        running.say = good
        yield running


@pytest.fixture
def no_pauses(monkeypatch, tmp_path):
    monkeypatch.setattr(http_client, "_pause", lambda attempt, asked: 0.0)
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
