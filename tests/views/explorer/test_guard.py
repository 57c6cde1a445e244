"""Nobody gets in without the token, from another page, or by another name of the machine."""

import base64

import pytest
from starlette.testclient import TestClient

from shoal.views.explorer import guard, serving
from shoal.views.explorer.app import make_app
from shoal.views.explorer.guard import MAX_BODY
from tests.views.explorer.conftest import HOST, TOKEN


@pytest.fixture
def stranger(app):
    return TestClient(app, base_url=f"http://{HOST}", follow_redirects=False)


@pytest.mark.parametrize("path", ["/", "/api/run", "/api/points", "/assets/page.js", "/nothing"])
def test_a_stranger_sees_nothing(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "shoal explore" in answer.text


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "é"])
def test_a_wrong_token_is_no_token(stranger, token):
    assert stranger.get("/", params={"token": token}).status_code == 401
    assert stranger.get(f"/api/run?token={TOKEN}").status_code == 401  # only the page takes it


def test_the_token_of_the_address_becomes_a_cookie_and_leaves_the_address(stranger):
    answer = stranger.get(f"/?token={TOKEN}&cluster=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "./?cluster=3"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert stranger.get("/api/run").status_code == 200


def test_another_name_of_the_machine_is_refused(client):
    answer = client.get("/api/run", headers={"host": "evil.example:8000"})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_page_cannot_edit(client, headers):
    wish = {"version": 0, "edit": {"op": "note", "cluster": 0, "note": "x"}}
    assert client.post("/api/edits", json=wish, headers=headers).status_code == 403
    assert client.post("/api/edits", json=wish, headers={"origin": f"http://{HOST}"}).is_success


def test_every_answer_has_a_strict_policy(client, stranger):
    for answer in (client.get("/api/run"), stranger.get("/"), client.get("/api/array/x")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_a_body_that_is_too_long_is_refused(client):
    length = {"content-length": str(MAX_BODY + 1), "content-type": "application/json"}
    assert client.post("/api/edits", content=b"{}", headers=length).status_code == 413


def test_a_body_that_hides_its_length_is_cut_off(client, monkeypatch):
    monkeypatch.setattr(guard, "MAX_BODY", 1000)

    def pieces():
        for _ in range(10):
            yield b" " * 500

    answer = client.post(
        "/api/edits", content=pieces(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["/assets/../app.py", "/assets/%2e%2e/app.py", "/assets/..%2f..%2f__init__.py"]
)
def test_no_path_leads_out_of_the_page(client, path):
    assert client.get(path).status_code in (404, 503)


def test_a_public_address_needs_a_password(monkeypatch, view):
    monkeypatch.delenv("SHOAL_PASSWORD", raising=False)
    with pytest.raises(serving.BadInput, match="SHOAL_PASSWORD"):
        serving.rules_for("0.0.0.0", 8000)
    monkeypatch.setenv("SHOAL_PASSWORD", "short")
    with pytest.raises(serving.BadInput, match="12 characters"):
        serving.rules_for("::", 8000)
    monkeypatch.setenv("SHOAL_PASSWORD", "long enough: é")
    rules = serving.rules_for("0.0.0.0", 8000)
    client = TestClient(make_app(view, rules), base_url="http://somewhere:8000")
    assert client.get("/api/run").status_code == 401
    assert client.get("/api/run").headers["www-authenticate"].startswith("Basic")

    def told(password):
        packed = base64.b64encode(f"me:{password}".encode()).decode()
        return client.get("/api/run", headers={"authorization": f"Basic {packed}"}).status_code

    assert told("wrong") == 401
    assert told("long enough: é") == 200
    assert client.get("/api/run", headers={"authorization": "Basic %%%"}).status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_needs_no_password(host):
    assert serving.rules_for(host, 8000).password is None


def test_two_explorers_have_tokens_of_their_own():
    one, two = (serving.rules_for("127.0.0.1", 8000) for _ in range(2))
    assert one.token != two.token
    assert len(one.token) >= 32


def test_a_port_that_is_taken_is_said():
    with serving.bind("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(serving.BadInput, match="another --port"):
            serving.bind("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(serving.BadInput, match="65535"):
        serving.bind("127.0.0.1", 70_000)


def test_behind_a_proxy_that_takes_the_prefix_off_nothing_leads_out_of_it(stranger):
    answer = stranger.get(f"/?token={TOKEN}", follow_redirects=False)
    assert not answer.headers["location"].startswith("/")
    assert "path=" not in answer.headers["set-cookie"].lower()


def test_behind_a_proxy_that_leaves_the_prefix_it_is_taken_off(view):
    rules = serving.rules_for("127.0.0.1", 8000, root_path="team/a/")
    client = TestClient(make_app(view, rules), base_url="http://127.0.0.1:8000")
    token = {"authorization": f"Bearer {rules.token}"}
    assert client.get("/team/a/api/run", headers=token).status_code == 200
    assert client.get("/api/run", headers=token).status_code == 200
    assert client.get("/team/ab/api/run", headers=token).status_code == 404


def test_names_of_a_proxy_are_let_in_when_they_are_allowed(view):
    rules = serving.rules_for("127.0.0.1", 8000, allowed=["hub.example.org"])
    token = {"authorization": f"Bearer {rules.token}"}
    app = make_app(view, rules)
    for base, status in (
        ("http://hub.example.org", 200),
        ("http://hub.example.org:8443", 200),
        ("http://localhost:9999", 200),  # the other end of a tunnel
        ("http://evil.example.org", 421),
        ("http://hub.example.org.evil.com", 421),
    ):
        assert TestClient(app, base_url=base).get("/api/run", headers=token).status_code == status


def test_a_page_behind_a_proxy_may_edit_and_no_other_page(view):
    rules = serving.rules_for("127.0.0.1", 8000, allowed=["hub.example.org"])
    client = TestClient(make_app(view, rules), base_url="http://127.0.0.1:8000")
    token = {"authorization": f"Bearer {rules.token}", "content-type": "application/json"}

    def status(**headers):
        made = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/api/undo", content=b"{}", headers=token | made).status_code

    assert status(origin="http://127.0.0.1:8000") != 403
    assert status(origin="http://127.0.0.1:7000", sec_fetch_site="same-origin") != 403
    assert status(origin="https://hub.example.org") != 403
    assert status(origin="https://evil.example.org") == 403
    assert status(origin="https://evil.example.org", sec_fetch_site="cross-site") == 403
