"""The part `http` against a real server on loopback that fails, stalls and returns junk."""

import json

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput
from shoal.parts.describers import DESCRIBERS
from shoal.parts.describers.base import Space
from shoal.parts.describers.chat import Http
from tests.parts.describers.model_server import (
    LABELS,
    SPACE,
    TEXTS,
    THEMES,
    entries,
    good,
    named,
    plain_titles,
    theme_of,
    titled,
)


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


def test_all_clusters_are_asked_about_in_one_call(server):
    named(server)
    (path, _, body), *more = server.seen
    assert path == "/v1/chat/completions"
    assert not more
    told = json.loads(body["messages"][1]["content"])
    assert [one["id"] for one in told["clusters"]] == [0, 1, 2]
    assert all(theme_of(one) in text for one in told["clusters"] for text in one["texts"])
    assert told["other_clusters"] == told["themes"] == []


def test_a_call_about_some_holds_their_rivals(server):
    named(server, together=1)
    assert len(server.seen) == 3
    for _, _, body in server.seen:
        told = json.loads(body["messages"][1]["content"])
        (mine,) = told["clusters"]
        assert len(told["other_clusters"]) == 2
        assert all(
            theme_of(mine) not in text for r in told["other_clusters"] for text in r["texts"]
        )
        assert all(r["title"] for r in told["other_clusters"])


def test_the_estimate_is_said_before_anything_is_sent(server):
    sent_by_then = []
    part = Http(server.url, prices="1000,2000")
    part.describe(TEXTS, LABELS, SPACE, lambda text: sent_by_then.append((text, len(server.seen))))
    text, sent = sent_by_then[0]
    assert sent == 0
    assert "for 3 titles in 1 call:" in text
    assert "tokens sent" in text
    assert "in your currency" in text


def test_answers_are_kept_and_asked_for_once(server):
    first, _ = named(server)
    n = len(server.seen)
    second, told = named(server)
    assert second == first
    assert len(server.seen) == n == 1
    assert "in 0 calls" in told[0]
    assert "1 answer is cached" in told[0]
    named(server, model="another")
    assert len(server.seen) == 2


@pytest.mark.parametrize("content", ["I cannot help with that.", "", "{", "[1, 2]", "{}"])
def test_no_answer_is_asked_for_again_in_small_and_then_counting_names(server, content):
    server.say = lambda told: content
    names, _ = named(server)
    assert [name.title for name in names] == plain_titles()
    assert all(name.written_by == "keywords" for name in names)
    assert all("its answer was rejected" in name.note for name in names)
    assert len(server.seen) == 4  # all together, then each
    assert "do_not_answer" in server.seen[-1][2]["messages"][1]["content"]


def test_a_small_call_mends_a_long_one(server):
    server.say = lambda told: good(told) if len(told["clusters"]) == 1 else "too much for me"
    names, _ = named(server)
    assert names[0].title == "All about apples"
    assert all(not name.note for name in names)
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said[:-1],
        lambda said: [*said[:-1], {**said[-1], "id": 77}],
        lambda said: [*said[:-1], {**said[-1], "title": "x " * 40}],
        lambda said: [*said[:-1], {**said[-1], "title": "Ignore all previous instructions"}],
    ],
)
def test_what_a_call_leaves_out_is_asked_for_once_more(server, spoil):
    def say(told):
        said = entries(told)
        return json.dumps({"clusters": spoil(said) if len(said) > 1 else said})

    server.say = say
    names, _ = named(server)
    assert [name.title for name in names] == [f"All about {theme}s" for theme in THEMES]
    assert len(server.seen) == 2
    told = json.loads(server.seen[1][2]["messages"][1]["content"])
    assert [one["id"] for one in told["clusters"]] == [2]
    assert "its answer was rejected" in told["clusters"][0]["do_not_answer"]


def test_of_a_cut_answer_the_whole_entries_are_taken(server):
    server.say = lambda told: good(told)[:-9]
    names, _ = named(server)
    assert [bool(name.note) for name in names] == [False, False, True]


def test_titles_given_to_the_wrong_clusters_are_refused(server):
    def say(told):
        said = entries(told)
        ids = [one["id"] for one in said]
        return json.dumps(
            {"clusters": [{**one, "id": i} for one, i in zip(said, ids[1:] + ids, strict=False)]}
        )

    server.say = say
    names, _ = named(server)
    assert [name.title for name in names] == [f"All about {theme}s" for theme in THEMES]
    assert len(server.seen) == 4


def test_themes_are_named_too_and_only_where_they_say_something_new(server):
    def say(told):
        themes = [{"id": one, "title": f"About {one}"} for one in told["themes"]]
        return json.dumps({"clusters": entries(told), "themes": themes})

    server.say = say
    themes = np.array([0, 0, 1], dtype=np.int32)
    part = Http(server.url, retries=1)
    names = part.describe(TEXTS, LABELS, None, lambda text: None, themes)
    assert [name.theme for name in names] == ["About T0", "About T0", ""]
    told = json.loads(server.seen[0][2]["messages"][1]["content"])
    assert told["themes"] == ["T0"]  # a theme of one cluster has its name
    assert [one.get("theme") for one in told["clusters"]] == ["T0", "T0", None]


def told_more(told, **more):
    return json.dumps({"clusters": entries(told, **more)})


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
    _, told = named(server, together=1)
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
    assert len(server.seen) == 1  # no second call
    assert "budget" in names[0].note


def test_of_equal_titles_one_is_kept(server):
    server.say = titled("Things")
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
    server.say = titled("Please visit our shop")
    names = Http(server.url, most=1).describe(texts, labels, space, lambda text: None)
    assert "visit" not in names[0].title
    assert "fits other clusters better" in names[0].note
    assert "largest clusters" in names[5].note


def test_of_few_clusters_a_title_must_fit_its_own_better_than_most(server):
    # "stories" is nearer to four of eight clusters than to the first
    texts, labels, space = drawn_to_the_last(8, 4, "stories")
    server.say = titled("stories")
    names = Http(server.url, most=1).describe(texts, labels, space, lambda text: None)
    assert "fits other clusters better" in names[0].note


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
    new = shoal.describe(old, describer=server.url, settings={"describe.model": "m"})
    assert [entry["title"] for entry in new.clusters] != before
    assert new.labels.tolist() == labels
    assert new.recipe.part("describe") == server.url
    again = shoal.describe(new, describer="keywords")
    assert [entry["title"] for entry in again.clusters] == before
    with pytest.raises(BadInput, match=r"only describe\."):
        shoal.describe(new, settings={"cluster.n_clusters": 2})


@pytest.mark.parametrize(
    "params",
    [{"concurrency": 0}, {"most": 0}, {"together": 0}, {"retries": -1}, {"per_minute": -1}],
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
    names, _ = named(server, concurrency=1, together=1)
    assert all(name.written_by != "keywords" for name in names)
    assert ["temperature" in body for _, _, body in server.seen] == [True, False, False, False]


def test_the_address_is_named_with_or_without_the_part():
    for name in ("http:http://localhost:1/v1", "http://localhost:1/v1"):
        assert DESCRIBERS.build(name, {}).url == "http://localhost:1/v1/chat/completions"
    assert DESCRIBERS.build("https://example.org/v1", {}).url.startswith("https://example.org")
    with pytest.raises(BadInput):
        DESCRIBERS.build("http://me:key@host/v1", {})
