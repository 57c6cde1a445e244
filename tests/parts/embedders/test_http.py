"""The part `http` against a real server on loopback that fails in every way."""

import contextlib
import socket
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput, ServiceFailed
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.http import Http
from shoal.storage import http as http
from tests.failing_server import serving, status

TEXTS = [f"text {i}" for i in range(5)]


def vector_of(text):
    return np.random.default_rng(list(text.encode())).normal(size=6).tolist()


def data_of(body):
    return [{"index": i, "embedding": vector_of(t)} for i, t in enumerate(body["input"])]


def well(handler, body):
    handler.answer(200, {"data": data_of(body)[::-1]})


def body(value):
    return lambda handler, _: handler.answer(200, value)


def changed(change):
    def act(handler, body):
        data = data_of(body)
        change(data)
        handler.answer(200, {"data": data})

    return act


def reset(handler, body):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def cut_short(handler, body):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.wfile.write(b'{"data": [')


def stall(handler, body):
    time.sleep(1.0)


def drip(handler, body):
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(40):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)


PASSING = {
    "429": status(429),
    "500": status(500),
    "503": status(503),
    "stall": stall,
    "drip": drip,
    "reset": reset,
    "cut short": cut_short,
    "junk": body(b"<html>busy</html>"),
    "no JSON object": body([1, 2]),
    "no data": body({"object": "list"}),
    "wrong count": changed(lambda data: data.pop()),
    "same index twice": changed(lambda data: data[1].update(index=0)),
    "wrong dims": changed(lambda data: data[2]["embedding"].append(1.0)),
    "NaN": changed(lambda data: data[0]["embedding"].__setitem__(1, float("nan"))),
    "text": changed(lambda data: data[0].update(embedding=["a"] * 6)),
    "null": changed(lambda data: data[0].update(embedding=None)),
    "no vector": changed(lambda data: [entry.update(embedding=[]) for entry in data]),
    "deep": body(b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
}


@pytest.fixture
def server():
    with serving(well) as made:
        yield made


@pytest.fixture
def pauses(monkeypatch):
    told = []
    monkeypatch.setattr(http.time, "sleep", told.append)
    return told


def expected(texts=TEXTS):
    return np.array([vector_of(text) for text in texts], dtype=np.float32)


def test_vectors_come_in_the_order_of_the_texts_whatever_the_order_of_the_answer(server):
    part = Http(server.url, model="m")
    np.testing.assert_array_equal(part.transform(TEXTS), expected())
    path, headers, sent = server.seen[0]
    assert path == "/v1/embeddings"
    assert sent["model"] == "m"
    assert sent["input"] == TEXTS
    assert "Authorization" not in headers


@pytest.mark.parametrize("how", sorted(PASSING))
def test_what_passes_is_tried_again(server, monkeypatch, how):
    monkeypatch.setattr(http, "_pause", lambda attempt, asked: 0.0)
    server.behave = [PASSING[how], PASSING[how]]
    part = Http(server.url, timeout=0.4)
    np.testing.assert_array_equal(part.transform(TEXTS), expected())
    assert len(server.seen) == 3


@pytest.mark.parametrize("how", sorted(PASSING))
def test_what_never_passes_is_told_with_its_cause(server, monkeypatch, how):
    monkeypatch.setattr(http, "_pause", lambda attempt, asked: 0.0)
    server.behave = [PASSING[how]] * 3
    with pytest.raises(
        ServiceFailed, match=r"failed 3 times, the last time with: .+embed\.retries"
    ):
        Http(server.url, timeout=0.4, retries=2).transform(TEXTS)
    assert len(server.seen) == 3


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 301, 307])
def test_what_will_not_pass_is_told_at_once(server, code):
    server.behave = [status(code, Location="http://127.0.0.1:9/steal")]
    with pytest.raises(ServiceFailed, match=f"HTTP {code}"):
        Http(server.url).transform(TEXTS)
    assert len(server.seen) == 1


def test_nobody_listening_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ServiceFailed, match="refused"):
        Http(f"http://127.0.0.1:{port}", retries=0).transform(TEXTS)


def test_pauses_grow_and_are_not_the_same_for_everyone(server, pauses):
    server.behave = [status(503)] * 6
    Http(server.url).transform(TEXTS)
    assert len(pauses) == 6
    for attempt, pause in enumerate(pauses):
        assert 0.5 * 2**attempt <= pause <= 2**attempt
    assert len({round(pause / 2**attempt, 6) for attempt, pause in enumerate(pauses)}) > 1


@pytest.mark.parametrize("kind", ["seconds", "date"])
def test_the_pause_that_the_server_asks_for_is_kept(server, pauses, kind):
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.behave = [status(429, Retry_After="30" if kind == "seconds" else later)]
    Http(server.url).transform(TEXTS)
    assert len(pauses) == 1
    assert 27 <= pauses[0] <= 31


def test_a_server_that_asks_for_hours_is_not_waited_for(server, pauses):
    server.behave = [status(429, Retry_After="86400")]
    with pytest.raises(ServiceFailed, match="wait of 86400 s"):
        Http(server.url).transform(TEXTS)
    assert pauses == []


def test_a_request_that_is_too_large_is_halved(server):
    server.behave = [status(413), None, status(413)]
    np.testing.assert_array_equal(Http(server.url).transform(TEXTS), expected())
    assert [len(sent["input"]) for _, _, sent in server.seen] == [5, 2, 3, 1, 2]


def test_requests_keep_to_their_number_a_minute(server):
    part = Http(server.url, per_minute=600)
    threads = [threading.Thread(target=part.transform, args=(TEXTS,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.times[-1] - server.times[0] >= 0.2


def test_the_key_comes_from_the_environment_and_goes_nowhere_else(server, monkeypatch, tmp_path):
    monkeypatch.setenv("MY_KEY", "s3cret-key")
    run = shoal.cluster(
        [f"{word} {i}" for word in ("apple", "car") for i in range(20)],
        embedder=server.url,
        settings={"embed.key_variable": "MY_KEY", "embed.model": "m"},
        out=tmp_path / "run",
    )
    assert server.seen[0][1]["Authorization"] == "Bearer s3cret-key"
    assert run.recipe.part("embed") == server.url
    for path in (tmp_path / "run").rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes(), path


@pytest.mark.parametrize("name", ["http:{}", "{}"])
def test_the_address_is_named_with_or_without_the_part(server, name):
    part = EMBEDDERS.build(name.format(server.url), {"batch_rows": 3})
    assert part.url == f"{server.url}/embeddings"
    assert [len(batch) for batch in part.plan(TEXTS).batches] == [3, 2]
    assert EMBEDDERS.build("https://example.org/v1/embeddings", {}).url.startswith("https://ex")


@pytest.mark.parametrize("url", ["ftp://example.org", "http:", "http://", "http://me:key@host/v1"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(BadInput):
        EMBEDDERS.build(url, {})


@pytest.mark.parametrize("params", [{"batch_rows": 0}, {"timeout": 0.0}, {"retries": -1}])
def test_numbers_without_sense_are_refused(params):
    with pytest.raises(BadInput, match="at least"):
        Http("http://localhost", **params)


def test_a_run_resumes_after_the_server_gave_up(server, monkeypatch, tmp_path):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(http, "_pause", lambda attempt, asked: 0.0)
    monkeypatch.setenv("SHOAL_THREADS", "1")
    texts = [f"{word} {i}" for word in ("apple", "car", "sky") for i in range(40)]
    told = {"embed.retries": 0, "embed.batch_rows": 10}
    server.behave = [None] * 9 + [status(500)] * 30
    with pytest.raises(ServiceFailed):
        shoal.cluster(texts, embedder=server.url, settings=told, out=tmp_path / "run")
    server.behave.clear()
    before = sum(len(sent["input"]) for _, _, sent in server.seen[:9])
    server.seen.clear()
    run = shoal.cluster(texts, embedder=server.url, settings=told, out=tmp_path / "run")
    assert len(run.labels) == len(texts)
    assert sum(len(sent["input"]) for _, _, sent in server.seen) == len(texts) - before
