"""Connections of clients that send nothing, little, or too many of them."""

import asyncio
import logging
import os
import socket
import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

pytest.importorskip("uvicorn")

import uvicorn

from shoal.views.explorer import connections
from shoal.views.explorer.connections import Door, Limited, Limits, Unhurried, client_of

SHORT = 0.3
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def app(scope, receive, send):
    """Answer once the whole request is there."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answer"})


@contextmanager
def served(limits):
    """A server with these limits; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=partial(Limited, Door(limits)), log_config=None, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def opened(address, sent=b""):
    made = socket.create_connection(address, timeout=20)
    made.sendall(sent)
    return made


def is_answered(address):
    with opened(address, REQUEST) as made:
        return made.recv(100).startswith(b"HTTP/1.1 200")


def seconds_until_closed(made):
    """How long until the server hangs up, and all that it said before."""
    started, told = time.monotonic(), b""
    try:
        while piece := made.recv(1000):
            told += piece
    except ConnectionError:
        pass
    return time.monotonic() - started, told


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: he",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf",
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(sent):
    with served(Limits(head=SHORT, body=SHORT)) as address, opened(address, sent) as made:
        seconds, told = seconds_until_closed(made)
        assert (seconds < 10, told) == (True, b"")
        assert is_answered(address)


def test_a_line_now_and_then_wins_no_time():
    with served(Limits(head=SHORT)) as address, opened(address, REQUEST[:-2]) as made:
        made.settimeout(SHORT / 10)
        started = time.monotonic()
        assert _is_hung_up_on(made, started + 10)


def _is_hung_up_on(made, until):
    """Whether the server hangs up although bytes keep coming."""
    try:
        while time.monotonic() < until:
            made.sendall(b"a: b\r\n")
            try:
                if made.recv(10) == b"":
                    return True
            except TimeoutError:
                pass
    except ConnectionError:
        return True
    return False


def test_one_client_with_too_many_connections_shuts_nobody_out():
    with served(Limits(most=20, of_client=5)) as address:
        held = [opened(address) for _ in range(40)]
        assert is_answered(address)
        assert sum(_is_open(made) for made in held) < 5
        for made in held:
            made.close()


def _is_open(made):
    made.settimeout(0.01)
    try:
        return made.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


class Held:
    """A connection as `Door` sees it."""

    def __init__(self, host, waits=True):
        self.client, self.waits, self.closed = (host, 1), waits, False
        self.transport = self

    def abort(self):
        self.closed = True


def test_who_waits_longest_makes_room_and_who_is_answered_stays():
    door = Door(Limits(most=4, of_client=2))
    busy, waiting, third = Held("a", waits=False), Held("a"), Held("a")
    assert all(map(door.enter, (busy, waiting, third)))
    assert (busy.closed, waiting.closed, third.closed) == (False, True, False)
    third.waits = False
    assert not door.enter(Held("a"))
    others = [Held("b"), Held("c"), Held("d")]
    assert all(map(door.enter, others))
    assert [other.closed for other in others] == [True, False, False]


def test_an_owner_of_a_network_is_one_client():
    assert client_of(("2001:db8::1", 1)) == client_of(("2001:db8::ffff", 2))
    assert client_of(("2001:db8::1", 1)) != client_of(("2001:db8:1::1", 1))
    assert client_of(("::ffff:10.0.0.1", 1)) == client_of(("10.0.0.1", 1)) == "10.0.0.1"
    assert client_of(None) == ""


def test_there_are_fewer_connections_than_files(monkeypatch):
    resource = pytest.importorskip("resource")
    for files, most in ((64, 16), (1024, 256), (10**6, 256), (4, 8)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, n=files: (n, n))
        found = connections.limits_here()
        assert found.most == most
        assert found.most + found.backlog <= max(files, 16)


def test_nobody_reading_errors_stops_nothing(monkeypatch):
    stuck = threading.Event()
    monkeypatch.setattr(os, "write", lambda *_: stuck.wait())
    handler = Unhurried()
    record = logging.LogRecord("x", logging.ERROR, "", 0, "y" * 1000, None, None)
    started = time.monotonic()
    for _ in range(2000):
        handler.emit(record)
    assert time.monotonic() - started < 10
    stuck.set()
