"""Clusters of records as a marketer says them."""

import pytest

from shoal.parts.describers.outcomes import Outcome, in_shares
from shoal.parts.describers.phrases_of_columns import phrase_of
from shoal.parts.describers.segments import segments


def numbers(name, **more):
    told = {"median": 100.0, "least": 0.0, "most": 900.0, "whole": True, "clustered": True}
    return {"name": name, "kind": "number", **told, **more}


def number(effect, median=310.0, sure=0.9):
    higher = effect > 0
    return {
        "median": median, "low": median * 0.8, "high": median * 1.2, "effect": effect,
        "above": sure if higher else 1 - sure, "below": 1 - sure if higher else sure,
    }  # fmt: skip


def categories(name, levels, **more):
    shares = [[level, 1 / len(levels)] for level in levels]
    told = {"levels": shares, "n_levels": len(levels), "clustered": True}
    return {"name": name, "kind": "category", **told, **more}


def category(level, share, effect, levels=(), overall=0.5):
    told = [list(pair) for pair in levels] or [[level, share]]
    return {"level": level, "share": share, "overall": overall, "effect": effect, "levels": told}


def named(columns, *clusters, subject=""):
    told = [{"cluster": c, "columns": list(entries)} for c, entries in enumerate(clusters)]
    return segments({"columns": columns, "clusters": told, "subject": subject})


def test_a_segment_is_named_by_what_its_rows_are():
    columns = [numbers("tenure"), categories("Contract", ["Month-to-month", "Two year"])]
    new, old = named(
        columns,
        [number(-1.2, 10.0), category("Month-to-month", 0.9, 0.9)],
        [number(1.2, 60.0), category("Two year", 0.9, 0.9)],
        subject="customers",
    )
    assert new.title == "New customers on month-to-month contracts"
    assert old.title == "Long-standing customers on two year contracts"


def test_the_outcome_comes_with_the_name_and_with_that_of_all():
    columns = [
        numbers("visits"),
        categories("churned", ["No", "Yes"], clustered=False, outcome=True),
    ]
    columns[1]["levels"] = [["No", 0.73], ["Yes", 0.27]]
    entries = [number(1.5), category("Yes", 0.43, 0.3, [["No", 0.57], ["Yes", 0.43]])]
    other = [number(-1.5, 2.0), category("No", 0.95, 0.3, [["No", 0.95], ["Yes", 0.05]])]
    first, second = named(columns, entries, other, subject="customers")
    assert first.summary == ("Customers with many visits: 43 % churned; of all customers 27 %.")
    assert second.summary.endswith("5 % churned; of all customers 27 %.")
    assert "churned" not in first.title


@pytest.mark.parametrize(
    ("level", "said"), [("Yes", "60 % have label = Yes"), ("sky", "60 % are sky")]
)
def test_a_column_that_is_only_called_a_label_is_said_by_its_levels(level, said):
    info = Outcome("label", False, level, 0.6, 0.2, "", 0.4)
    assert in_shares(info, "rows") == f"{said}; of all rows 20 %"


def test_clusters_that_share_the_first_phrase_are_told_apart_by_the_next():
    columns = [numbers("spend"), categories("online", ["yes", "no"])]
    one, other, rest = named(
        columns,
        [number(1.5), category("yes", 1.0, 1.0)],
        [number(1.5), category("no", 1.0, 1.0)],
        [number(-1.5, 20.0), category("yes", 0.5, 0.0)],
    )
    assert one.title == "Online and high spend"
    assert other.title == "Not online and high spend"
    assert rest.title == "Low spend"


def test_columns_that_rise_together_are_not_said_twice():
    columns = [
        numbers("red", like={"blue": 0.98}),
        numbers("blue", like={"red": 0.98}),
        numbers("height_cm", like={}),
    ]
    first, _ = named(
        columns,
        [number(2.0), number(1.9), number(0.9)],
        [number(-2.0, 3.0), number(-1.9, 3.0), number(0.0, 100.0)],
    )
    assert "height" in first.title
    assert not ("red" in first.title and "blue" in first.title)


def test_no_internet_is_said_once_however_many_columns_say_it():
    lacks = category("No internet service", 1.0, 2.1, overall=0.2)
    columns = [
        categories(name, ["Yes", "No", "No internet service"])
        for name in ("OnlineBackup", "TechSupport")
    ]
    has = category("Yes", 0.6, 0.5)
    without, _ = named(columns, [lacks, lacks], [has, has], subject="customers")
    assert without.title == "Customers without internet service"


def test_years_and_dates_are_told_as_such():
    columns = [
        numbers("year_built", least=1900.0, most=2020.0, median=1970.0),
        {**numbers("signed_up", median=19000.5), "kind": "date"},
    ]
    (told,) = named(columns, [number(1.5, 2004.0), number(0.5, 19723.5)])
    assert "1603" in told.title or "after" in told.title
    assert any("median 2004 (all: 1970)" in word for word in told.keywords)
    assert any("1 January 2024" in word for word in told.keywords)


def test_factors_and_deviations_are_not_in_titles():
    columns = [numbers("Milk"), numbers("Fresh")]
    for segment in named(columns, [number(3.0), number(-1.0, 4.0)], [number(-2.0), number(1.0)]):
        assert " x" not in segment.title
        assert " sd" not in segment.title + segment.summary


@pytest.mark.parametrize("subject", ["", "customers"])
def test_titles_differ_also_of_clusters_that_are_alike(subject):
    columns = [numbers("a"), numbers("b")]
    alike = [number(1.0), number(0.9)]
    flat = [number(0.0, 100.0), number(0.0, 100.0)]
    titles = [s.title for s in named(columns, alike, alike, flat, flat, subject=subject)]
    assert len(set(titles)) == 4


def test_of_several_that_are_high_the_highest_by_far_is_very_high():
    columns = [numbers("score")]
    titles = [s.title for s in named(columns, [number(2.5)], [number(0.8)], [number(-1.0)])]
    assert titles == ["Very high score", "High score", "Low score"]


def test_what_only_some_rows_are_is_not_in_the_title():
    columns = [categories("plan", ["a", "b", "c"]), numbers("visits")]
    (told, _) = named(
        columns,
        [category("a", 0.4, 0.9), number(0.5)],
        [category("b", 0.4, 0.3), number(-0.5, 3.0)],
    )
    assert told.title == "Many visits"


def test_columns_are_said_as_a_person_says_them():
    many = {"effect": 1.5, "median": 9.0, "low": 7.0, "high": 11.0, "above": 0.9}
    number = {"kind": "number", "whole": True, "least": 0.0, "most": 20.0, "median": 3.0}
    year = {"kind": "number", "whole": True, "least": 2001.0, "most": 2024.0, "median": 2015.0}
    recent = {"effect": 1.0, "median": 2021.0, "low": 2019.0, "high": 2023.0, "above": 0.9}
    said = {
        name: phrase_of(0, {"name": name, **column}, entry).after
        for name, column, entry in (
            ("visits_per_month", number, many),
            ("numChildren", number, many),
            ("joined_year", year, recent),
        )
    }
    assert said["visits_per_month"] == "with many visits per month"
    assert said["numChildren"] == "with many children"
    assert said["joined_year"] == "joined after 2019"


def test_thousands_of_columns_are_named_at_once():
    columns = [numbers(f"amount {place}") for place in range(3000)]
    rows = [[number(sign * (1 + place % 7 / 10)) for place in range(3000)] for sign in (1, -1, 1)]
    found = named(columns, *rows)
    assert len({segment.title for segment in found}) == 3
    assert all(len(segment.title) <= 72 for segment in found)


def test_a_letter_is_no_answer_where_its_other_is_missing():
    """F beside M is a sex, F beside T a no."""
    columns = [categories("sex", ["F", "M"]), numbers("visits")]
    (women,) = named(columns, [category("F", 1.0, 0.9), number(1.0)], subject="patients")
    assert women.title == "Female patients with many visits"
    columns = [categories("grade", ["F", "A", "B"]), numbers("visits")]
    (failed,) = named(columns, [category("F", 1.0, 0.9), number(1.0)], subject="pupils")
    assert "without" not in failed.title
    columns = [categories("refund", ["F", "T"]), numbers("visits")]
    (kept,) = named(columns, [category("F", 1.0, 0.9), number(1.0)], subject="orders")
    assert kept.title == "Orders with many visits, without refund"


@pytest.mark.parametrize(
    ("column", "entry", "after"),
    [
        (categories("ward", ["maternity", "cardiology", "x"]),
         category("maternity", 1.0, 0.9), "in the maternity ward"),
        (categories("smoker", ["0", "1"]), category("0", 1.0, 0.9), "who are not smokers"),
        (numbers("birth_year", least=1930, most=2020), number(0.9, 2014.0), "born after 1611"),
        (numbers("HbA1c"), number(0.9), "high in HbA1c"),
        ({"name": "member_since", "kind": "date", "clustered": True, "median": 19000.0},
         number(-2.0, 16000.0), "who are members since July 2022 or before"),
        ({"name": "visit", "kind": "date", "least": 10960.0, "most": 11310.0, "median": 11100.0},
         {"effect": 1.5, "median": 11200.0, "low": 11150.0, "high": 11300.0},
         "with visit since July"),
        (numbers("time", least=0.5, most=23.0), number(0.9, 17.0), "late in the day"),
        (numbers("time", least=0.5, most=9.0), number(0.9, 8.0), "with long time"),
    ],
)  # fmt: skip
def test_a_phrase_stands_behind_the_noun(column, entry, after):
    assert phrase_of(0, column, entry).after == after


def test_the_order_of_two_phrases_makes_no_other_title():
    columns = [numbers("x3"), numbers("x5")]
    first, second = named(columns, [number(1.0), number(1.2)], [number(1.2), number(1.0)])
    assert {*first.title.lower().split(" and ")} != {*second.title.lower().split(" and ")}
    (above,) = segments(
        {"columns": columns, "clusters": [{"columns": [number(1.2), number(1.0)]}], "subject": ""},
        [first.title],
    )
    assert above.title not in (first.title, "High x5 and high x3", "High x3 and high x5")


@pytest.mark.parametrize(("share", "word"), [(1.0, "all"), (0.96, "nearly all"), (0.9, "most")])
def test_a_sentence_says_of_how_many_rows_its_end_is_true(share, word):
    columns = [numbers("visits"), numbers("spend"), categories("plan", ["pro", "basic", "x"])]
    entries = [number(2.0), number(2.0), category("pro", share, 0.5)]
    (one,) = named(columns, entries, subject="customers")
    assert one.summary == f"{one.title}, {word} of them on pro plans."


def test_two_segments_of_one_time_are_told_apart_by_something_else():
    since = {"name": "member_since", "kind": "date", "clustered": True, "median": 19000.0}
    columns = [since, categories("autopay", ["yes", "no"])]
    first, second = named(
        columns,
        [number(-2.6, 14000.0), category("yes", 1.0, 0.5)],
        [number(-2.6, 14060.0), category("no", 1.0, 0.5)],
        subject="customers",
    )
    assert "with autopay" in first.title
    assert "without autopay" in second.title


@pytest.mark.parametrize(
    ("column", "entry", "after"),
    [
        (numbers("YearsAtCompany"), number(0.9), "with many years at company"),
        (numbers("NumOfProducts"), number(0.9), "with many products"),
        (categories("adults", ["1", "2"]), category("1", 0.9, 0.4), "with 1 adult"),
        (categories("adults", ["1", "2"]), category("2", 0.9, 0.4), "with 2 adults"),
        (categories("gender", ["1", "2"]), category("1", 1.0, 0.5), "with gender 1"),
        (categories("Geography", ["Spain", "France"]), category("Spain", 1.0, 0.5), "from Spain"),
        (categories("month", ["jul", "may"]), category("jul", 1.0, 0.5), "in July"),
        (categories("hotel", ["City Hotel", "Resort Hotel"]), category("City Hotel", 1.0, 0.5),
         "at the City Hotel"),
        (categories("unit of measurement", ["m", "ft"]), category("m", 1.0, 0.5),
         "with m unit of measurement"),
        (numbers("Year", least=1990, most=2017), number(-0.9, 1995.0), "from before 2394"),
        (categories("OverTime", ["Yes", "No"]), category("Yes", 1.0, 0.5), "with overtime"),
        (categories("HasCrCard", ["1", "0"]), category("1", 1.0, 0.5), "with credit card"),
        (categories("IsActiveMember", ["1", "0"]), category("1", 0.7, 0.5),
         "who are mostly active members"),
    ],
)  # fmt: skip
def test_columns_say_where_and_how_much_say_them(column, entry, after):
    assert phrase_of(0, column, entry).after == after


def test_what_rows_are_without_a_noun_ends_with_where_and_when():
    columns = [categories("month", ["jul", "may"]), categories("contact", ["phone", "letter"])]
    entry = [category("jul", 1.0, 0.9), category("phone", 1.0, 0.5)]
    (one,) = named(columns, entry)
    assert one.title == "Phone contact in July"


def test_what_none_of_the_rows_are_is_said_so():
    columns = [numbers("visits"), numbers("spend"), categories("is_open", ["1", "0"])]
    entries = [number(2.0), number(2.0), category("0", 1.0, 0.5)]
    (one,) = named(columns, entries, subject="shops")
    assert one.summary.endswith(", none of them open.")


@pytest.mark.parametrize(
    ("column", "level", "said"),
    [("Vehicle Size", "Large", "large"), ("Make", "Ford", "Ford"), ("Gear", "MANUAL", "")],
)
def test_some_columns_need_no_name_beside_their_values(column, level, said):
    levels = categories(column, [level, "Another"])
    assert phrase_of(0, levels, category(level, 1.0, 0.5)).adjective == said
