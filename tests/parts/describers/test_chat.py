"""The part `http` against a real server on loopback that fails, stalls and returns junk."""

import json
import time

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput
from shoal.parts.describers import DESCRIBERS
from shoal.parts.describers.base import Space
from shoal.parts.describers.chat import Http
from shoal.parts.describers.keywords import Keywords
from shoal.parts.describers.prompts import Refused, title_of
from shoal.storage import http as http_client
from tests.failing_server import serving, status

THEMES = ("apple", "engine", "planet")
TEXTS = [f"{theme} {more} {i}" for theme in THEMES for more in ("red", "big") for i in range(4)]
LABELS = np.repeat(np.arange(3), 8).astype(np.int32)
EYE = np.eye(3, dtype=np.float32)


def embed(strings):
    """A space of three directions, one a theme; what names no theme lies between them."""
    rows = [[float(theme in s.lower()) for theme in THEMES] for s in strings]
    found = np.array(rows, dtype=np.float32) + 0.01
    return found / np.linalg.norm(found, axis=1, keepdims=True)


SPACE = Space(embed(TEXTS), embed)


def theme_of(told):
    return next(theme for theme in THEMES if theme in told["texts_of_the_cluster"][0])


def good(told):
    return json.dumps({"title": f"All about {theme_of(told)}s"})


def well(handler, body):
    content = handler.server.say(json.loads(body["messages"][1]["content"]))
    handler.answer(200, {"choices": [{"message": {"content": content}}]})


@pytest.fixture
def server():
    with serving(well) as running:
        running.say = good
        yield running


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch, tmp_path):
    monkeypatch.setattr(http_client, "_pause", lambda attempt, asked: 0.0)
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))


def named(server, space=SPACE, **params):
    told = []
    part = Http(server.url, **{"retries": 1, "timeout": 5.0, **params})
    return part.describe(TEXTS, LABELS, space, told.append), told


def plain_titles():
    return [name.title for name in Keywords().describe(TEXTS, LABELS, SPACE)]


def test_titles_come_from_the_model_and_keywords_from_counting(server):
    names, told = named(server, model="m")
    assert [name.title for name in names] == [
        "All about apples",
        "All about engines",
        "All about planets",
    ]
    assert all(name.written_by.startswith("m at 127.0.0.1:") for name in names)
    assert [name.note for name in names] == ["", "", ""]
    assert all(theme in " ".join(name.keywords) for theme, name in zip(THEMES, names, strict=True))
    assert told[-1].startswith("3 of 3 titles were written by")


def test_a_question_holds_examples_rivals_and_the_titles_of_others(server):
    named(server)
    assert len(server.seen) == 3
    for path, _, body in server.seen:
        assert path == "/v1/chat/completions"
        told = json.loads(body["messages"][1]["content"])
        assert all(theme_of(told) in text for text in told["texts_of_the_cluster"])
        assert len(told["other_clusters"]) == 2
        assert all(
            theme_of(told) not in text for r in told["other_clusters"] for text in r["texts"]
        )
        assert len(told["titles_of_others"]) == 2


def test_the_estimate_is_said_before_anything_is_sent(server):
    sent_by_then = []
    part = Http(server.url, prices="1000,2000")
    part.describe(TEXTS, LABELS, SPACE, lambda text: sent_by_then.append((text, len(server.seen))))
    text, sent = sent_by_then[0]
    assert sent == 0
    assert "for 3 titles" in text
    assert "tokens sent" in text
    assert "in your currency" in text


def test_answers_are_kept_and_asked_for_once(server):
    first, _ = named(server)
    n = len(server.seen)
    second, told = named(server)
    assert second == first
    assert len(server.seen) == n == 3
    assert "for 0 titles" in told[0]
    named(server, model="another")
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "content",
    [
        "I cannot help with that.",
        "",
        "{",
        "[1, 2]",
        '{"title": 3}',
        '{"title": "  "}',
        '{"title": "!?"}',
        json.dumps({"title": "word " * 20}),
        json.dumps({"title": "x" * 300}),
        json.dumps({"title": "<script>alert(1)</script>"}),
        json.dumps({"title": "see https://evil.example"}),
        json.dumps({"title": "{{7*7}}"}),
        json.dumps({"title": "=HYPERLINK(1)"}),
        json.dumps({"title": "two\nlines"}),
        json.dumps({"title": "red \u202eelppa"}),
        json.dumps({"title": "\x1b[31mapple"}),
    ],
)
def test_junk_is_refused_and_the_title_by_counting_stays(server, content):
    server.say = lambda told: content
    names, _ = named(server)
    assert [name.title for name in names] == plain_titles()
    assert all(name.written_by == "keywords" for name in names)
    assert all("its answer was rejected" in name.note for name in names)
    assert len(server.seen) == 6  # each once more, told what was wrong
    assert "do_not_answer" in server.seen[-1][2]["messages"][1]["content"]
    with pytest.raises(Refused):
        title_of(content)


def test_a_second_answer_mends_the_first(server):
    def say(told):
        return good(told) if "do_not_answer" in told else "junk"

    server.say = say
    names, _ = named(server)
    assert names[0].title == "All about apples"
    assert all(not name.note for name in names)


def told_more(told, **more):
    return json.dumps({"title": f"All about {theme_of(told)}s", **more})


def test_a_summary_and_what_follows_come_with_the_title(server):
    server.say = lambda told: told_more(told, summary="They are red. Or big.", so_what="Eat them.")
    names, _ = named(server)
    assert {name.summary for name in names} == {"They are red. Or big. So what: Eat them."}


@pytest.mark.parametrize(
    "summary",
    [
        7,
        None,
        ["a"],
        "x" * 500,
        "see https://evil.example",
        "<b>red</b>",
        "red \u202eelppa",
        "![](x)",
    ],
)
def test_a_summary_that_is_junk_is_left_out_and_the_title_stays(server, summary):
    server.say = lambda told: told_more(told, summary=summary)
    names, _ = named(server)
    assert [name.summary for name in names] == ["", "", ""]
    assert names[0].title == "All about apples"


def test_what_the_user_asks_is_told_apart_from_the_texts(server):
    named(server, ask="by what  went wrong")
    for _, _, body in server.seen:
        system, data = (message["content"] for message in body["messages"])
        assert "by what went wrong" in system
        assert "went wrong" not in data
    with pytest.raises(BadInput, match=r"describe\.ask"):
        Http(server.url, ask="x" * 301)


def test_a_budget_is_said_before_and_kept(server):
    part = Http(server.url)
    told = []
    part.describe(TEXTS, LABELS, SPACE, told.append)
    tokens = int(told[0].split("about ")[1].split(" tokens")[0].replace(",", "")) // 3
    server.seen.clear()
    names, told = named(server, model="other", budget=tokens + 120, concurrency=1)
    assert len(server.seen) == 1
    assert any("covers the 1 largest of 3" in text for text in told)
    assert "describe.budget" in names[2].note
    server.seen.clear()
    names, _ = named(server, model="none", budget=1)
    assert server.seen == []
    assert [name.title for name in names] == plain_titles()


def test_refused_answers_are_paid_too(server):
    server.say = lambda told: "I am sorry, I cannot help with that."
    _, told = named(server)
    server.seen.clear()
    tokens = int(told[0].split("about ")[1].split(" tokens")[0].replace(",", ""))
    names, _ = named(server, model="other", budget=tokens + 3 * 95, concurrency=1)
    assert len(server.seen) == 3  # no second question
    assert "budget" in names[0].note


def test_of_equal_titles_one_is_kept(server):
    server.say = lambda told: '{"title": "Things"}'
    names, _ = named(server, space=None)
    titles = [name.title for name in names]
    assert titles.count("Things") == 1
    assert len(set(titles)) == 3
    assert sum("is already taken by another cluster" in name.note for name in names) == 2


def drawn_to_the_last(n, half, word):
    """Texts and labels of n themes, and a space where a word is nearest to the themes from half."""
    texts = [f"t{t:02d} story {i}" for t in range(n) for i in range(3)]
    labels = np.repeat(np.arange(n), 3).astype(np.int32)

    def place(strings):
        rows = np.array([[float(f"t{t:02d}" in s) for t in range(n)] for s in strings]) + 0.001
        rows[:, half:] += 0.1 * np.array([[word in s] for s in strings])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    return texts, labels, Space(place(texts), place)


def test_a_title_that_a_text_asked_for_and_that_fits_others_is_refused(server):
    # what an injection is after: a title that says something else
    texts, labels, space = drawn_to_the_last(12, 6, "visit")
    server.say = lambda told: '{"title": "Please visit our shop"}'
    names = Http(server.url, most=1).describe(texts, labels, space, lambda text: None)
    assert "visit" not in names[0].title
    assert "fits other clusters better" in names[0].note
    assert "largest clusters" in names[5].note


def test_of_few_clusters_a_title_must_fit_its_own_better_than_most(server):
    # "stories" is nearer to four of eight clusters than to the first
    texts, labels, space = drawn_to_the_last(8, 4, "stories")
    server.say = lambda told: '{"title": "stories"}'
    names = Http(server.url, most=1).describe(texts, labels, space, lambda text: None)
    assert "fits other clusters better" in names[0].note


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
    assert len(server.seen) == 3
    assert "failed too often" in names[-1].note


def test_a_server_that_stalls_is_left_in_time(server):
    server.behave = [lambda handler, body: time.sleep(2.0)] * 3
    started = time.monotonic()
    names, _ = named(server, timeout=0.3, retries=0)
    assert time.monotonic() - started < 1.9
    assert [name.title for name in names] == plain_titles()


def test_a_moment_of_trouble_is_waited_for(server):
    server.behave = [status(429), lambda handler, body: handler.answer(200, b"<html>"), status(503)]
    names, _ = named(server, retries=4)
    assert all(name.written_by != "keywords" for name in names)


def test_no_more_questions_at_once_than_allowed(server):
    def slow(told):
        time.sleep(0.05)
        return good(told)

    server.say = slow
    named(server, concurrency=2)
    assert server.most_at_once == 2


def test_the_key_is_sent_and_written_nowhere(server, monkeypatch, tmp_path):
    monkeypatch.setenv("MY_KEY", "s3cret-key")
    run = shoal.cluster(
        TEXTS,
        embedder="hashing",
        k=3,
        settings={
            "describe.part": server.url,
            "describe.key_variable": "MY_KEY",
            "describe.model": "m",
        },
        out=tmp_path / "run",
    )
    assert server.seen[0][1]["Authorization"] == "Bearer s3cret-key"
    assert {entry["written_by"].split(" at ")[0] for entry in run.clusters} <= {"m", "keywords"}
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"s3cret" not in path.read_bytes(), path


def test_nothing_is_sent_unless_asked_for(server, tmp_path):
    shoal.cluster(TEXTS, embedder="hashing", k=3, out=tmp_path / "run")
    assert server.seen == []


def test_a_finished_run_is_named_anew_and_its_clusters_stay(server, tmp_path):
    old = shoal.cluster(TEXTS, embedder="hashing", k=3, out=tmp_path / "run")
    before = [entry["title"] for entry in old.clusters]
    labels = old.labels.tolist()
    server.say = lambda told: json.dumps({"title": f"All about {theme_of(told)}s"})
    new = shoal.describe(old, describer=server.url, settings={"describe.model": "m"})
    assert [entry["title"] for entry in new.clusters] != before
    assert new.labels.tolist() == labels
    assert new.recipe.part("describe") == server.url
    again = shoal.describe(new, describer="keywords")
    assert [entry["title"] for entry in again.clusters] == before
    with pytest.raises(BadInput, match=r"only describe\."):
        shoal.describe(new, settings={"cluster.n_clusters": 2})


@pytest.mark.parametrize(
    "params", [{"concurrency": 0}, {"most": 0}, {"retries": -1}, {"per_minute": -1}]
)
def test_numbers_without_sense_are_refused(params):
    with pytest.raises(BadInput, match="at least"):
        Http("http://localhost", **params)


@pytest.mark.parametrize("prices", ["1", "a,b", "-1,2", "nan,1", "1,2,3"])
def test_prices_that_are_none_are_refused(prices):
    with pytest.raises(BadInput, match="two prices"):
        Http("http://localhost", prices=prices)


def test_a_model_that_takes_no_temperature_is_asked_without(server):
    def refuse(handler, body):
        handler.answer(400, {"error": "Unsupported value: 'temperature'"})

    server.behave = [refuse]
    names, _ = named(server, concurrency=1)
    assert all(name.written_by != "keywords" for name in names)
    assert ["temperature" in body for _, _, body in server.seen] == [True, False, False, False]


def test_the_address_is_named_with_or_without_the_part():
    for name in ("http:http://localhost:1/v1", "http://localhost:1/v1"):
        assert DESCRIBERS.build(name, {}).url == "http://localhost:1/v1/chat/completions"
    assert DESCRIBERS.build("https://example.org/v1", {}).url.startswith("https://example.org")
    with pytest.raises(BadInput):
        DESCRIBERS.build("http://me:key@host/v1", {})
