"""Texts in parts: frames and passages, which may overlap."""

from shoal.artifacts.marked import Part, parts_of


def test_parts_are_cut_at_every_border_and_are_the_text():
    text = "Hello all. Cats purr. Banks lend. Bye"
    parts = parts_of(text, [(0, 10), (34, 37)], [(0, 21, 0), (22, 33, -1)])
    assert "".join(part.text for part in parts) == text
    assert parts == [
        Part("Hello all.", frame=True, cluster=0),
        Part(" Cats purr.", cluster=0),
        Part(" "),
        Part("Banks lend.", cluster=-1),
        Part(" "),
        Part("Bye", frame=True),
    ]


def test_spans_beyond_the_end_of_a_cut_text_do_no_harm():
    assert parts_of("short", [(2, 90)], [(40, 80, 1)]) == [Part("sh"), Part("ort", frame=True)]
    assert parts_of("plain", []) == [Part("plain")]
    assert parts_of("", []) == []
