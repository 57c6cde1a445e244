"""Models that fail, stall or are down cost the titles and not the run."""

import time

import numpy as np
import pytest

from shoal.parts.describers.chat import Http
from tests.failing_server import status
from tests.parts.describers.model_server import (
    good,
    named,
    plain_titles,
)


@pytest.mark.parametrize("code", [401, 404, 413, 500, 503])
def test_a_server_that_fails_costs_the_titles_and_not_the_run(server, code):
    server.behave = [status(code)] * 100
    names, told = named(server, concurrency=1)
    assert [name.title for name in names] == plain_titles()
    why = "does not accept a prompt of that length" if code == 413 else f"HTTP {code}"
    assert why in names[0].note
    assert any(why in text for text in told)


def test_a_server_that_is_down_is_not_asked_for_ever(server):
    server.behave = [status(500)] * 1000
    texts = [f"theme{c} story {i}" for c in range(40) for i in range(2)]
    labels = np.repeat(np.arange(40), 2).astype(np.int32)
    part = Http(server.url, concurrency=1, retries=0)
    names = part.describe(texts, labels, None, lambda text: None)
    assert len(server.seen) == 4  # three long calls, and a short one
    assert "failed too often" in names[-1].note


def test_a_server_that_stalls_is_left_in_time(server):
    server.behave = [lambda handler, body: time.sleep(2.0)] * 4
    started = time.monotonic()
    names, _ = named(server, timeout=0.3, retries=0)
    assert time.monotonic() - started < 1.9
    assert [name.title for name in names] == plain_titles()


def test_a_moment_of_trouble_is_waited_for(server):
    server.behave = [status(429), lambda handler, body: handler.answer(200, b"<html>"), status(503)]
    names, _ = named(server, retries=4)
    assert len(server.seen) == 4
    assert all(name.written_by != "keywords" for name in names)


def test_no_more_questions_at_once_than_allowed(server):
    def slow(told):
        time.sleep(0.05)
        return good(told)

    server.say = slow
    named(server, concurrency=2, together=1)
    assert server.most_at_once == 2
