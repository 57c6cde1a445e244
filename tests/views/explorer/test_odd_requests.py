"""Random requests to the explorer, well and badly formed: each has an answer, none breaks it."""

import json
import random
import sys
from collections import Counter
from urllib.parse import quote

import pytest

from shoal.analysis.edits import Editor
from shoal.artifacts.examining import examine
from shoal.artifacts.saved import SavedRun
from shoal.views.explorer.app import READS, WRITES
from tests.hostile import EVERY
from tests.views.explorer.asking import told

ODD = [None, True, -1, 0, 1, 2**31, 2**63, 10**30, 0.5, 1e308, "", "x", "0", [], {}, [[]], {"a": 1}]
ODD += ["\ud800", "a" * 5000, "../../etc/passwd", *EVERY]
OPS = "rename merge move split noise dissolve note review undo redo nothing".split()
FIELDS = "cluster clusters into rows to title note parts kind key verdict op".split()
QUERIES = "layer above column q how row cluster".split()


def value(draw):
    """A number that may be a row or a cluster, a list of such, or something odd."""
    number = draw.randint(-2, 90)
    return draw.choice([number, number % 4, [number, number % 4], draw.choice(ODD)])


def request(draw, version):
    """Method, path and options of a request."""
    if draw.random() < 0.4:
        path = draw.choice(sorted(READS))
        for place in ("{row:int}", "{cluster:int}", "{name:path}"):
            path = path.replace(place, str(value(draw))[:200])
        asked = {name: str(value(draw)) for name in draw.sample(QUERIES, draw.randint(0, 3))}
        asked = {name: one.encode("utf-8", "replace").decode() for name, one in asked.items()}
        return draw.choice(["GET", "GET", "GET", "HEAD", "POST", "DELETE"]), path, {"params": asked}
    edit = {name: value(draw) for name in draw.sample(FIELDS, draw.randint(0, 5))}
    edit["op"] = draw.choice([*OPS, *OPS, draw.choice(ODD)])
    body = {"edit": edit, "version": draw.choice([version, version, version, draw.choice(ODD)])}
    body |= {name: value(draw) for name in draw.sample(["rows", "count", "ending"], 2)}
    body = draw.choice([body, body, body, body, draw.choice(ODD)])
    data = json.dumps(body).encode()
    data = draw.choice([data, data, data, data, data[: len(data) // 2], b"[" * 20_000, b"\xff"])
    kind = draw.choice(["application/json"] * 6 + ["text/plain", ""])
    path = draw.choice(["edits", "edits", *sorted({*WRITES} - {"copy"})])
    return "POST", path, {"content": data, "headers": {"content-type": kind}}


@pytest.mark.parametrize("n", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_no_request_breaks_the_explorer(client, run_path, capsys, n):
    draw, counts = random.Random(n), Counter()
    for number in range(n):
        version = told(client.get("/api/edits"))["version"]
        method, path, options = request(draw, version)
        answer = client.request(method, f"/api/{quote(path.encode(errors='replace'))}", **options)
        counts[answer.status_code] += 1
        assert answer.status_code < 500, (number, method, path, options)
        if method != "HEAD" and answer.status_code == 400:
            assert "\n" not in answer.json()["error"], (number, answer.text)
    with capsys.disabled():
        if n > 1000:
            sys.stdout.write(f"\n{n:,} requests: {dict(sorted(counts.items()))}\n")
    assert counts[200]
    assert counts[400]
    left = Editor(SavedRun(run_path))
    assert left.history.version == told(client.get("/api/edits"))["version"]
    assert examine(run_path) == {}
