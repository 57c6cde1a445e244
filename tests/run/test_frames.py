"""A run with frames: they are left out, kept for new rows, and the rows are shown as they were."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal

NOTICE = (
    "CONFIDENTIAL: this message is meant for the person it was sent to. If it is not you, "
    "please delete it and tell the sender at once."
)


@pytest.fixture(scope="module")
def plain(request):
    return list(dict.fromkeys(request.getfixturevalue("texts")))


@pytest.fixture(scope="module")
def framed(plain):
    return [*(f"{text}\n\n{NOTICE}" for text in plain), NOTICE]


@pytest.fixture(scope="module")
def run(framed, tmp_path_factory):
    return shoal.cluster(framed, out=tmp_path_factory.mktemp("frames") / "run", embedder="hashing")


def test_the_clusters_are_those_of_the_texts_without_frames(run, plain):
    without = shoal.cluster([*plain, NOTICE], embedder="hashing")
    assert run.labels.tolist() == without.labels.tolist()
    frame = set(NOTICE.lower().split()) - {"the", "to", "it", "is", "at", "and"}
    assert not any(frame & set(c["title"].lower().split()) for c in run.clusters)


def test_the_rows_are_shown_as_they_were(run, framed):
    assert pq.read_table(run.path / "items.parquet")["text"].to_pylist() == framed
    assert run.to_frame()["text"].to_list() == framed


def test_what_was_left_out_is_told(run, plain):
    told = json.loads((run.path / "run.json").read_text())["frames"]
    assert (told["rows"], told["of"], told["only_frame"]) == (len(plain), len(plain) + 1, 1)
    assert "CONFIDENTIAL: this message is meant" in told["shared"][0]["text"]
    assert any("100% of the rows share a" in note for note in run.info["notes"])
    notes = pq.read_table(run.path / "assignments.parquet")["note"].to_pylist()
    assert "only text that many rows share" in notes[-1]
    assert not any("holds only text" in (note or "") for note in notes[:-1])


def test_new_rows_lose_the_frames_of_the_run(run, framed, plain):
    known = run.predict(framed)
    assert known.tolist() == run.labels.tolist()
    bare = run.predict(plain)
    assert bare.tolist() == run.labels.tolist()[:-1]


def test_another_cut_still_knows_the_frames(run, plain, tmp_path):
    other = shoal.recut(run, k=3, out=tmp_path / "other")
    assert not any("confidential" in c["title"].lower() for c in other.clusters)
    assert other.predict(plain).tolist() == other.labels.tolist()[:-1]


def test_frames_are_kept_where_that_is_asked_for(framed, tmp_path):
    run = shoal.cluster(framed, out=tmp_path / "run", embedder="hashing", keep_frames=True)
    assert run.info["frames"] is None
    assert not (run.path / "model" / "frames.json").exists()
    assert run.predict(framed[:3]).tolist() == run.labels.tolist()[:3]


def test_rows_that_differ_in_a_link_are_one_and_not_exactly_the_same(plain, tmp_path):
    texts = [*(f"{text} https://example.org/{row}" for row, text in enumerate(plain)), plain[0]]
    run = shoal.cluster(texts, out=tmp_path / "run", embedder="hashing")
    pair = [entry for entry in run.duplicates if entry["row"] in (0, len(plain))]
    assert len(pair) == 2
    assert not any(entry["exact"] for entry in pair if not entry["representative"])


def test_frames_are_grey_in_the_report_and_missing_where_there_is_room_for_a_line(run):
    example = run.clusters[0]["typical"][0]
    (span,) = example["frames"]
    assert example["text"][slice(*span)].endswith(NOTICE)
    assert example["text"].startswith(example["own"])
    assert NOTICE not in example["own"]
    page = (run.path / "report.html").read_text()
    grey = page.partition(f"{example['own']}<span class=")[2]
    assert grey.startswith('"frame" title="left out before clustering')
    assert "CONFIDENTIAL" in grey[:140]
    teaser = page.partition('<span class="teaser" dir="auto">')[2].partition("</span>")[0]
    assert "CONFIDENTIAL" not in teaser
    assert "CONFIDENTIAL" not in run._repr_html_()


def test_the_explorer_tells_the_frame_of_a_row(run, plain):
    from shoal.views.explorer.pages import whole_row
    from shoal.views.explorer.view import RunView

    told = whole_row(RunView(run.path), 0)
    assert "".join(part["text"] for part in told["parts"]) == told["text"]
    assert [part["text"].endswith(NOTICE) for part in told["parts"]] == [False, True]
    assert [part["frame"] for part in told["parts"]] == [False, True]
    assert all(part["title"] is None for part in told["parts"])
    assert "parts" not in whole_row(RunView(run.path), len(plain))  # it is nothing else


def test_rows_of_which_frames_leave_a_word_or_two_are_copies_only_to_the_letter(plain, tmp_path):
    links = [f"Stop it https://a.example/{row}" for row in range(30)]
    texts = [*plain, *links, links[0]]
    run = shoal.cluster(texts, out=tmp_path / "run", embedder="hashing", dedupe=True)
    groups: dict[int, list[int]] = {}
    for entry in run.duplicates:
        groups.setdefault(entry["group"], []).append(entry["row"])
    pairs = {tuple(sorted(rows)) for rows in groups.values() if max(rows) >= len(plain)}
    assert pairs == {(len(plain), len(texts) - 1)}
    assert len(set(run.labels[len(plain) :].tolist())) == 1
    other = run.duplicates_with([links[0], "Stop it https://a.example/9999", plain[0]])
    assert (other.exact, other.near) == (2, 0)


@pytest.fixture(scope="module")
def by_maker(plain):
    """Every other text names a firm, in one way or another."""
    forms = ("{} Norvig", "NORVIG's {}", "norvig {}", "{}, Norvig")
    return [text if i % 2 else forms[i // 2 % 4].format(text) for i, text in enumerate(plain)]


def test_a_word_that_somebody_asks_for_is_left_out(by_maker, plain, tmp_path):
    more = {"embedder": "hashing", "keep_frames": True}
    run = shoal.cluster(by_maker, out=tmp_path / "run", leave_out="Norvig", **more)
    bare = shoal.cluster(plain, **more)
    assert run.labels.tolist() == bare.labels.tolist()
    assert run.to_frame()["text"].to_list() == by_maker
    assert any("\u201cnorvig\u201d" in note for note in run.info["notes"])
    assert not any("--keep-frames" in note for note in run.info["notes"])
    assert run.predict(by_maker).tolist() == run.labels.tolist()
    assert run.predict(plain).tolist() == run.labels.tolist()
    # an example is shown as it was: without a word in its midst it is hard to read
    assert all("own" not in row for entry in run.clusters for row in entry["typical"])


def test_only_single_words_of_texts_are_left_out(plain):
    with pytest.raises(shoal.BadInput, match="single words, got 'the firm'"):
        shoal.cluster(plain, leave_out=["the firm"], embedder="hashing")
    table = pa.table({"size": range(40), "price": [i % 7 for i in range(40)]})
    with pytest.raises(shoal.BadInput, match="needs rows of one text each, got record rows"):
        shoal.cluster(table, leave_out=["firm"])
