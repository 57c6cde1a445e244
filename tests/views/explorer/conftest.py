"""The explorer of a small run, without a browser."""

from __future__ import annotations

import pytest

pytest.importorskip("starlette")

from shoal.views.explorer.app import make_app
from shoal.views.explorer.guard import Rules
from shoal.views.explorer.view import RunView

TOKEN = "a-token-of-the-tests"
HOST = "127.0.0.1:8000"


@pytest.fixture
def view(run_path):
    made = RunView(run_path)
    return made


@pytest.fixture
def app(view):
    return make_app(view, Rules(TOKEN, frozenset({HOST})))


@pytest.fixture
def client(app):
    from starlette.testclient import TestClient

    with TestClient(app, base_url=f"http://{HOST}") as made:
        made.headers["authorization"] = f"Bearer {TOKEN}"
        yield made
