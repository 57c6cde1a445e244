"""The file of a document is sent to the person at this machine, if the run is their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from starlette.testclient import TestClient

import shoal
from shoal.recipe import Recipe
from shoal.storage.run_files import SIGNATURE
from shoal.views.explorer.app import make_app
from shoal.views.explorer.guard import Rules
from shoal.views.explorer.view import RunView
from tests.views.explorer.conftest import HOST, TOKEN


@pytest.fixture(scope="module")
def path(tmp_path_factory, request):
    place = tmp_path_factory.mktemp("documents")
    (place / "in/sub").mkdir(parents=True)
    for row, text in enumerate(request.getfixturevalue("texts")[:30]):
        (place / f"in/sub/{row:02}.txt").write_text(text)
    (place / "in/page.html").write_text("<p>A page on bread and butter.</p><script>x</script>")
    (place / "secret.txt").write_text("no document of the run")
    (place / "in/out.txt").symlink_to(place / "secret.txt")
    recipe = Recipe().choose("read", sources=[str(place / "in")])  # as the command does
    shoal.cluster(place / "in", out=place / "run", embedder="hashing", recipe=recipe)
    return place / "run"


def client_of(path, **rules):
    view = RunView(path)
    asked = TestClient(make_app(view, Rules(TOKEN, frozenset({HOST}), **rules)))
    asked.base_url = f"http://{HOST}"
    asked.headers["authorization"] = f"Bearer {TOKEN}"
    return view, asked


def test_a_document_is_sent_to_be_saved_and_never_as_a_page(path):
    view, client = client_of(path)
    ids = view.rows.table["id"].to_pylist()
    for name in ("sub/03.txt", "page.html"):
        row = ids.index(name)
        told = client.get(f"/api/rows/{row}").json()["document"]
        assert told == {"address": f"api/documents/{row}", "name": Path(name).name}
        answer = client.get(f"/{told['address']}")
        assert answer.content == (path.parent / "in" / name).read_bytes()
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_outside_of_the_source_is_sent(path):
    view, client = client_of(path)
    rows = [view.rows.table["id"].to_pylist().index("out.txt"), -1, 9999]
    for row in rows:
        assert client.get(f"/api/documents/{row}").status_code in (400, 404)
    assert "document" not in client.get(f"/api/rows/{rows[0]}").json()


def test_whoever_has_the_password_gets_no_files(path):
    _view, client = client_of(path, password="open sesame")
    client.auth = ("", "open sesame")
    del client.headers["authorization"]
    assert "document" not in client.get("/api/rows/3").json()
    assert client.get("/api/documents/3").status_code == 400


def test_a_run_of_somebody_else_opens_no_file(path, tmp_path, monkeypatch):
    import shutil

    other = tmp_path / "other"
    shutil.copytree(path, other)
    (other / SIGNATURE).unlink(missing_ok=True)
    told = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**told, "source": ["/etc/hostname"]}))
    _view, client = client_of(other)
    assert "document" not in client.get("/api/rows/3").json()
    assert client.get("/api/documents/3").status_code == 400
