import pytest

from shoal.parts.describers import segmenting
from shoal.parts.describers.terms import alike, singular, terms, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Don't e-mail the C++ and C# code!",
            ["don't", "e-mail", "the", "c++", "and", "c#", "code"],
        ),
        ("the U.S. plan, node.js and np.linalg.norm", "the u.s plan node.js and np.linalg.norm"),
        ("it stopped.Now what...then--no", "it stopped now what then no"),
        ("in 2024 the 3rd GPT4 model", ["in", "the", "gpt4", "model"]),
        ("it\u2019s", ["it's"]),
        ("हिन्दी में लिखें", ["हिन्दी", "में", "लिखें"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("用Python学习", ["用", "python", "学习"]),
        ("naïve café — résumé.", ["naïve", "café", "résumé"]),
        ("_private __name__ a_b", ["a_b"]),
        ("", []),
        ("… 12 !", []),
    ],
)
def test_words_are_what_a_reader_of_the_script_calls_so(text, expected):
    assert words(text) == (expected.split() if isinstance(expected, str) else expected)


def test_stop_words_are_left_out_and_plurals_count_as_their_singular():
    assert terms("the prices of a price", {"the", "of", "a"}) == ["price", "price"]


def test_scripts_without_spaces_are_cut_into_pieces_of_two_to_four(monkeypatch):
    monkeypatch.setattr(segmenting, "_jieba", lambda: None)
    assert terms("机器学习", set()) == ["机器", "器学", "学习", "机器学", "器学习", "机器学习"]
    assert terms("猫", set()) == ["猫"]


@pytest.mark.parametrize(
    ("text", "whole", "cut"),
    [
        ("打印机换了81次墨盒还是不行", ["打印机", "墨盒"], ["印机", "打印", "还是"]),
        ("自行车链条骑了84公里就断了", ["自行车", "链条", "自行车链条"], ["行车", "自行", "就断"]),
        ("เครื่องพิมพ์ไม่ทำงานหลังเปลี่ยนหมึก", ["เครื่องพิมพ์", "ทำงาน", "หมึก"], ["เครื่อ", "หมึ"]),
        ("マックスの誕生日を設定", ["マックス", "誕生日", "設定"], ["誕生", "日"]),
    ],
)
def test_words_without_spaces_are_whole(text, whole, cut):
    pytest.importorskip("rjieba")
    pytest.importorskip("icu4py")
    found = terms(text, {"the"})
    assert set(whole) <= set(found)
    assert not set(cut) & set(found)


def test_japanese_is_cut_where_its_scripts_change_and_grammar_is_left_out():
    text = "注文をキャンセルしたいです"
    assert words(text) == ["注文", "を", "キャンセル", "したいです"]
    assert terms(text, {"the"}) == ["注文", "キャンセル"]
    assert "です" in terms(text, set())  # where nothing else is left, it is all there is


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("currencies", "currency"),
        ("matrices", "matrice"),
        ("fees", "fees"),  # too short to tell from "news"
        ("news", "news"),
        ("address", "address"),
        ("status", "status"),
    ],
)
def test_a_plural_loses_its_ending_where_that_is_safe(word, expected):
    assert singular(word) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("price", "prices"),
        ("train", "training"),
        ("bake", "baked"),
        ("matrix", "matrices"),
        ("scale", "scaling"),
        ("pin", "pins"),
        ("atms", "atm's"),
        ("top-up", "topup"),
        ("cancelled", "cancellation"),
        ("verify", "verification"),
        ("verified", "verifications"),
    ],
)
def test_forms_of_one_word_are_alike(one, other):
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("car", "card"), ("transfer", "transaction"), ("top", "topic"), ("date", "data"), ("a", "b")],
)
def test_different_words_are_not_alike(one, other):
    assert not alike(one, other)
