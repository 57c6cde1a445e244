"""Frames are found by counting, and only they are left out."""

import html
import json

import numpy as np
import pytest

from shoal.text.finding_frames import find_frames
from shoal.text.frames import Frames, none

THEMES = (
    ("roses", "tulips", "compost", "seeds", "lawn", "hedge", "garden"),
    ("violin", "cello", "rehearsal", "choir", "concert", "tenor", "melody"),
    ("printer", "toner", "paper", "driver", "scanner", "tray", "office"),
    ("bread", "dough", "oven", "flour", "yeast", "crust", "bakery"),
)
NOTICE = (
    "CONFIDENTIAL: this message is meant for the person it was sent to. If it is not you, "
    "please delete it and tell the sender at once."
)


@pytest.fixture(scope="module")
def sayings():
    draw = np.random.default_rng(0)
    words = [[*theme] for theme in THEMES]
    link = ("near", "without", "beside", "after", "instead of", "and")
    out = []
    for row in range(240):
        theme = words[row % len(words)]
        said = draw.choice(theme, 6)
        out.append(" ".join(f"{word} {draw.choice(link)}" for word in said))
    return out


def left(texts):
    return list(find_frames(texts).stripped(texts))


def test_texts_that_share_nothing_stay_as_they_are(sayings):
    frames = find_frames(sayings)
    assert not frames
    assert [text for text, _ in frames.stripped(sayings)] == sayings


def test_a_notice_around_all_texts_is_left_out(sayings):
    texts = [f"Dear all,\n\n{said}\n\n{NOTICE}" for said in sayings]
    assert [text for text, _ in left(texts)] == sayings


def test_a_notice_in_a_tenth_of_the_texts_is_left_out(sayings):
    texts = [f"{said}. {NOTICE}" if row % 11 == 0 else said for row, said in enumerate(sayings)]
    found = [text.rstrip(".") for text, _ in left(texts)]
    assert found == sayings


def test_what_the_texts_of_one_theme_share_stays(sayings):
    phrase = "which is what every member of the local club of friends says in such a case"
    texts = [f"{said} {phrase}" if row % 4 == 1 else said for row, said in enumerate(sayings)]
    assert [text for text, _ in left(texts)] == texts


def test_a_question_that_many_texts_begin_with_stays(sayings):
    texts = [f"how do i get {said}" for said in sayings]
    assert [text for text, _ in left(texts)] == texts


def test_numbers_in_a_frame_may_differ(sayings):
    texts = [
        f"2024-03-{row % 28:02d} 10:{row % 60:02d}:11,{row:03d} INFO [w-{row % 9}] app - {said}"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "\u5c0a\u656c\u7684\u5ba2\u670d\u60a8\u597d\uff0c\u6211\u60f3\u54a8\u8be2\u4e00\u4e0b\u3002",
            "",
        ),
        (
            "",
            " \u0421 \u0443\u0432\u0430\u0436\u0435\u043d\u0438\u0435\u043c, "
            "\u043e\u0442\u0434\u0435\u043b \u043f\u0440\u043e\u0434\u0430\u0436 "
            "\u043e\u0431\u0449\u0435\u0441\u0442\u0432\u0430 \u041d\u0435\u0432\u0430",
        ),
        (
            '<div class="top"><a href="/home">Home</a><a href="/shop">Shop</a></div><p>',
            '</p></div><p class="foot">Imprint</p>',
        ),
    ],
)
def test_a_frame_may_be_of_any_script(sayings, before, after):
    texts = [before + said + after for said in sayings]
    assert [text for text, _ in left(texts)] == sayings


def test_names_of_people_and_pages_are_left_out(sayings):
    texts = [
        f"@user{row % 50} {said} https://example.org/{row} TICKET-{10000 + row}"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings


def test_quoted_lines_are_left_out_and_prompts_are_not(sayings):
    texts = [
        f"{said}\n\nOn Monday Ann wrote:\n> {sayings[row - 7]}\n> bye\n"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings
    for begin in ("AB> ", ": ", "}", "> > ", "| ", "# ", "$", "%> "):
        texts = [
            f"{said}\n\nAnn (ann@here.org) writes:\n{begin}{sayings[row - 7]}\n{begin}bye\n"
            for row, said in enumerate(sayings)
        ]
        assert [text for text, _ in left(texts)] == sayings
    texts = [f"{said}\nParameters:\n:param a: {said}\n:param b: it" for said in sayings]
    assert [text.split()[:3] for text, _ in left(texts)] == [said.split()[:3] for said in sayings]
    texts = [f">>> {said}" for said in sayings]
    assert [text for text, _ in left(texts)] == texts


def test_lines_behind_a_colon_are_quotes_with_no_word_of_whose(sayings):
    texts = [
        f": {sayings[row - 7]}\n: {sayings[row - 9]}\n: bye\n{said}"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings
    for sign in ("+", "<", "-|"):
        texts = [
            "".join(f"{sign} {sayings[row - back]} which\n" for back in (5, 7, 9)) + said
            for row, said in enumerate(sayings)
        ]
        assert [text for text, _ in left(texts)] == sayings
    items = [f"To do:\n- {said}\n- Then rest\n- Then more\n+ {said}" for said in sayings]
    assert all(said in text for said, (text, _) in zip(sayings, left(items), strict=True))
    table = [f"Numbers of May:\n| {said} | 3 |\n| sum | 4 |" for said in sayings]
    assert all(said in text for said, (text, _) in zip(sayings, left(table), strict=True))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("", ("Von", "Gesendet", "An", "Betreff")),
        ("-----Original Message-----\n", ("From", "Sent", "To", "Subject")),
    ],
)
def test_a_mail_below_header_lines_is_a_quote_below_an_answer_only(sayings, line, names):
    def answer(said, row):
        who, when, whom, what = names
        return (
            f"{said}\n\n{line}{who}: Ann <ann{row}@here.org>\n"
            f"{when}: 3 May 2021 10:{row % 60:02d}\n"
            f"{whom}: Bob\n{what}: {sayings[row - 5][:20]}\n\n{sayings[row - 7]}\n"
        )

    texts = [answer(said, row) for row, said in enumerate(sayings)]
    assert [text for text, _ in left(texts)] == sayings
    texts[3] = answer("See below", 3)
    assert sayings[3 - 7] in left(texts)[3][0]


def test_what_stands_below_the_lines_of_a_form_or_of_a_review_stays(sayings):
    form = [
        "A new request came from the website today\n\n"
        f"Name: Ann\nMail: a{row}@b.org\nTime: 10:{row % 60:02d}\n\n{said}"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(form)] == sayings
    review = [
        f"{sayings[row - 3]}\n\nPros: {said}\nCons: {sayings[row - 5]}\n"
        f"Advice: {sayings[row - 7]}\n\nso {sayings[row - 9]}"
        for row, said in enumerate(sayings)
    ]
    for row, (text, _) in enumerate(left(review)):
        assert sayings[row] in text
        assert sayings[row - 9] in text


def test_one_of_a_few_names_beside_a_frame_is_part_of_it(sayings):
    names = ("Anna Weber", "Tom Okoye", "Mia Rossi", "Jon Dahl", "Eva Nowak", "Li Chen")
    texts = [
        f"[REQ{70000 + 7 * row}] Priority: {('Low', 'High')[row // 2 % 2]} | "
        f"Opened by: {names[row // 4 % 6]} | {said} | Status: open"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings
    texts = [
        f"Dear {names[row // 4 % 6]}, thanks for writing to us. {said}"
        for row, said in enumerate(sayings)
    ]
    assert [text for text, _ in left(texts)] == sayings


@pytest.mark.parametrize(
    "around",
    [
        "{name}  3:{minute} PM\n{said}\n:thumbsup: 4  2 replies",
        "Sent by the form of our page\nName: {name}\nOrder: {number}\nText: {said}\n--\nEnd",
        "{said}\n\nBest wishes from the office,\n{name}\n\n{notice}",
        "[14.04.23, 19:{minute}:40] {name}: {said}",
    ],
)
def test_names_that_come_twice_are_no_rest_of_few_texts(sayings, around):
    names = [
        f"{one} {other}" for one in ("Ana", "Ben", "Cem", "Dora") for other in ("Lind", "Roux")
    ]
    some = sayings[:32]
    texts = [
        around.format(
            name=names[row // 4 % 8],
            minute=10 + row,
            number=70000 + 37 * row,
            said=said,
            notice=NOTICE,
        )
        for row, said in enumerate(some)
    ]
    found = [text for text, _ in left(texts)]
    assert not any(name in text for text in found for name in names)
    assert all(said in text for said, text in zip(some, found, strict=True))


@pytest.mark.parametrize("sign", ["\u00a9", "\u060c", "\u0964", "\u2192"])
def test_a_sign_that_a_frame_leaves_is_no_word(sayings, sign):
    texts = [
        f"News of the town {sign}\n{said}\nAll rights are with the town {sign}" for said in sayings
    ]
    assert [text for text, _ in left(texts)] == sayings


def test_short_texts_that_come_twice_stay(sayings):
    asked = [
        f"{one} {other}" for one in ("reset", "lost", "new") for other in ("card", "pin", "app")
    ]
    texts = [f"Dear all,\n\n{one}\n\n{NOTICE}" for one in asked * 2]
    texts = [f"{text} {row}" for row, text in enumerate(texts)]
    assert all(one in (text or "") for one, (text, _) in zip(asked * 2, left(texts), strict=True))


def test_a_text_that_is_nothing_but_frame_is_whole_and_told(sayings):
    texts = [f"{said}. {NOTICE}" for said in sayings] + [NOTICE]
    found = left(texts)
    assert found[-1] == (NOTICE, True)
    assert not any(only for _, only in found[:-1])


def test_a_letter_that_many_signed_stays_and_a_comment_in_it_is_found(sayings):
    letter = (
        "I write to you as a citizen who is worried about the plan to close the old bridge. "
        "The bridge is used by many people each day, and there is no other way over the river. "
        "Please vote against it."
    )
    texts = [f"{letter} Name{row}" for row in range(100)]
    texts += [f"{letter} {said} {said}" for said in sayings[:20]] + sayings[20:140]
    found = [text for text, _ in left(texts)]
    assert found[:100] == texts[:100]
    assert found[100:120] == [f"{said} {said}" for said in sayings[:20]]


def test_frames_are_the_same_in_any_order_and_after_they_were_saved(sayings):
    texts = [f"Dear all,\n\n{said}\n\n{NOTICE}" for said in sayings]
    one, other = find_frames(texts), find_frames(texts[::-1])
    assert one.record() == other.record()
    again = Frames.from_record(json.loads(json.dumps(one.record())))
    assert list(again.stripped(texts)) == list(one.stripped(texts))


def test_the_parts_of_a_text_make_the_text(sayings):
    texts = [f"Dear all,\n\n{said}\n\n{NOTICE}" for said in sayings]
    parts = find_frames(texts).parts(texts[3])
    assert "".join(piece for piece, _ in parts) == texts[3]
    assert [piece for piece, framed in parts if not framed] == [sayings[3]]


def test_no_frames_are_false_and_change_nothing():
    assert not none()
    assert list(none().stripped(["a https://example.org b", None])) == [
        ("a https://example.org b", False),
        (None, False),
    ]


def test_a_number_is_no_rest_of_a_text(sayings):
    notice = "The scheduled backup of the archive was finished without any error at step"
    numbers = [f"{notice} {n}" for n in range(12, 42)]
    frames = find_frames([*(f"{notice} {n}. {text}" for n, text in enumerate(sayings)), *numbers])
    assert all(
        (text, True) == told for text, told in zip(numbers, frames.stripped(numbers), strict=True)
    )


@pytest.mark.parametrize(
    "templates",
    [
        (
            "ร้านเบเกอรี่เหลือขนมปัง {} ชิ้น",
            "ขนมปังแข็งหลังจาก {} ชั่วโมง",
            "โซ่จักรยานขาดหลังจากขี่ไป {} กิโลเมตร",
        ),
        ("The bakery had only {} rolls left", "The chain of my bicycle broke after {} miles"),
    ],
)
def test_what_is_said_again_with_another_number_stays(templates):
    texts = [template.format(n) for template in templates for n in range(11, 61)]
    assert [text for text, _ in find_frames(texts).stripped(texts)] == texts


def test_short_greetings_are_named_in_the_sentence():
    """Lines shared by many are told as the longer frames are: the sentence never names nothing."""
    subjects = ["parcel", "refund", "login", "zip", "colour", "support", "basket", "label"]
    faults = ["is lost again", "came too late", "broke at once", "never works", "looks wrong"]
    texts = [
        f"{'Hello team, ' if i % 3 else ''}the {s} from order {'abcdefgh'[k]} {f}"
        for i, (s, f, k) in enumerate((s, f, k) for s in subjects for f in faults for k in range(4))
    ]
    frames = find_frames(texts)
    assert [(one.text, one.words) for one in frames.info] == [("Hello team", 2)]
    assert "share a 2-word frame (\u201cHello team\u201d)" in frames.in_words(160, 100, 0)


def test_html_in_the_cells_of_a_table_is_left_out(sayings):
    said = [f"{text}'s & more" if i < 3 else text for i, text in enumerate(sayings)]
    set_in_html = [html.escape(text, quote=True) for text in said]
    written = [f'<p class="body">{text}</p><br>' for text in set_in_html]
    found = find_frames(written)
    assert "HTML tags" in found.token_names
    assert [text for text, _ in found.stripped(written)] == said


def test_words_between_brackets_that_are_no_html_stay(sayings):
    written = [f"{text} List<String> <your name> a <b and c> d" for text in sayings[:5]]
    written += [f"how is a <div> centered? {text}" for text in sayings[5:]]
    assert "HTML tags" not in find_frames(written).token_names
