"""Columns of forms that people bring and that are no plain numbers, dates or words."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal.parts.readers.kinds import as_kind, find_kind
from shoal.parts.readers.words_for_nothing import without_words

N = 40


def column(values):
    return pa.array(values, pa.large_string())


def spread(made):
    return column([made(i) for i in range(N)])


@pytest.mark.parametrize(
    ("made", "first"),
    [
        (lambda i: f"{4 + i % 7},{i % 10} l/100km", 4.0),
        (lambda i: f"₹{1 + i % 8},2{i % 10},34{i % 10}", 120340.0),
        (lambda i: f"1:{10 + i}.500", 1 + 10.5 / 60),
        (lambda i: f"{i}.5 ± 0.3", 0.5),
        (lambda i: f"Fr. {i}.50", 0.5),
        (lambda i: f"{1 + i}h{10 + i}", 1 + 10 / 60),
        (lambda i: f"{i % 24}:{10 + i} Uhr", 10 / 60),
        (lambda i: f"{1 + i % 5} days 02:{10 + i}:00", 26 + 10 / 60),
        (lambda i: "10+ years" if i % 9 == 8 else f"{1 + i} years", 1.0),
        (lambda i: f"{1 + i} 1/2", 1.5),
        (lambda i: f"{1 + i}½ cups", 1.5),
        (lambda i: f"{i}.5" + "*" * (i % 4), 0.5),
        (lambda i: f"{7 * i + 1}[{i % 5}]", 1.0),
        (lambda i: "#DIV/0!" if i % 6 == 5 else f"{i}.4", 0.4),
        (lambda i: f"{i % 90}°30'36\"N" if i % 2 else f"{i % 90 + 1}°30'36\"S", -1.51),
        (lambda i: f"{13 + i / 100:.4f} E", 13.0),
        (lambda i: f"{52 + i / 100:.2f} N" if i % 2 else f"{33 + i / 100:.2f} S", -33.0),
        (lambda i: f"{2 + i / 100:.2f} s" if i % 2 else f"{500 + i} ms", 500.0),
        (lambda i: f"▲ {i}.5%" if i % 2 else f"▼ {i}.5%", -0.5),
        (lambda i: f'="{3 * i + 18}"', 18.0),
        (lambda i: f"{i},{i % 10}" if i % 2 else f"{i}.{i % 10}", 0.0),
        (lambda i: f"{1 + i % 9} {100 + i} 500", 1100500.0),
        (lambda i: f"{i % 9 + 1} out of 10", 1.0),
        (lambda i: f"{i % 9}.3/10", 0.3),
        (lambda i: f"{i % 5 + 1}/5", 1.0),
        (lambda i: "n.a." if i % 5 == 4 else f"{100 + i}", 100.0),
        (lambda i: "Keine Angabe" if i % 5 == 4 else f"{100 + i} kg", 100.0),
        (lambda i: "ask Bob" if i == 4 else f"{100 + i}", 100.0),
        (lambda i: "inf" if i == 39 else f"{i}.25", 0.25),
    ],
)
def test_amounts_with_what_stands_around_them_are_numbers(made, first):
    values = spread(made)
    found = find_kind(values, "measure")
    assert found.kind == "number"
    assert found.values[0] == pytest.approx(first)
    again = as_kind(values, found.kind, found.form, found.meant)
    assert np.array_equal(again, found.values, equal_nan=True)


def test_words_for_nothing_are_counted_and_named():
    found = find_kind(spread(lambda i: "tbd" if i % 5 == 4 else f"{100 + i}"), "income")
    assert found.notes == ("8 entries of 'income' are not numbers ('tbd') and count as missing.",)
    dates = find_kind(spread(lambda i: "unknown" if i % 5 == 4 else f"2021-03-{1 + i % 28}"), "on")
    assert dates.kind == "date"
    assert any("8 entries of 'on' are not dates" in note for note in dates.notes)


def test_words_beside_few_numbers_are_categories():
    sizes = column((["S", "M", "L", "38", "40"] * 8)[:N])
    assert find_kind(sizes, "size").kind == "category"
    assert without_words(sizes) == (sizes, {})


@pytest.mark.parametrize(
    ("made", "name", "kind"),
    [
        (lambda i: f"+4930{1000000 + 7919 * i}", "number", "code"),
        (lambda i: f"{3 + i % 21}.{i}", "app_version", "code"),
        (lambda i: f"{111111 + 17 * i}", "industry_code", "code"),
        (lambda i: f"{1 + i % 3}", "region_code", "category"),
        (lambda i: f"0.{i}17", "x.VAT1", "number"),
        (lambda i: f"{i % 12 + 1}/{2018 + i % 4}", "paid", "date"),
        (lambda i: f"{i % 12 + 1:02}/{22 + i % 7}", "card", "date"),
        (lambda i: f"{i % 12 + 1:02}/{i % 28 + 1:02}", "which", "code"),
        (lambda i: f"4929 {1000 + i} {2000 + i} {3000 + i}", "card", "code"),
        (lambda i: f"{1000000000 + 791919 * i}", "NPI", "code"),
        (lambda i: f"01H{'XJSXC'[i % 5]}{i:03}HT{'57X2D'[i % 3]}Z3{i % 7}", "ref", "code"),
        (
            lambda i: f"{'DORK BELA MART'.split()[i % 3]}DE{'ABCDEFGH'[i % 8]}{'PQRS'[i // 10]}XXX",
            "bank",
            "code",
        ),
    ],
)
def test_names_and_forms_of_codes(made, name, kind):
    assert find_kind(spread(made), name).kind == kind


@pytest.mark.parametrize("mark", ["x", "✓", "1", "yes", "Coffee", True])
def test_a_box_that_is_ticked_or_blank_is_a_flag(mark):
    ticked = pa.array([mark if i % 3 else None for i in range(N)])
    found = find_kind(ticked, "Do you like: coffee")
    assert (found.kind, found.role_in_word) == ("category", "flag")
    assert set(found.values) == {str(mark).lower() if mark is True else mark, "blank"}
    assert list(as_kind(ticked, "category", found.form)) == list(found.values)
    assert find_kind(pa.array(["EUR", None] * 20), "currency").kind == "constant"


def test_names_that_all_differ_are_names_in_a_table_of_five_rows_too():
    people = column(["Ada", "Ben", "Cleo", "Dan", "Eve"])
    assert find_kind(people, "customer").role_in_word == "name"
    assert find_kind(people, "colour").kind == "category"


@pytest.mark.parametrize("name", ["film", "name"])
def test_titles_in_capitals_and_names_of_several_words_are_no_sentences(name):
    titles = [
        "The Lord of the Rings",
        "A Room with a View",
        "Gone with the Wind",
        "Some Like It Hot",
    ]
    quantities = ["mass of the proton", "charge of an electron", "speed of light in a vacuum"]
    values = titles if name == "film" else quantities
    found = find_kind(
        column([f"{values[i % len(values)]} {'IVX'[i % 3]}{i}" for i in range(N)]), name
    )
    assert found.kind != "text"


@pytest.mark.parametrize(
    ("number", "others", "gap"),
    [
        (-999, range(20, 60), True),
        (9999, range(20, 60), True),
        (99, range(1, 6), True),
        (99, range(60, 110), False),  # inside
        (-99, range(-400, -50), False),
        (999, range(100, 900, 20), False),  # not far
    ],
)
def test_nines_far_from_all_other_numbers_are_gaps_and_said(number, others, gap):
    numbers = [number if i % 8 == 7 else list(others)[i * 7 % len(others)] for i in range(N)]
    for values in (pa.array(numbers), column(list(map(str, numbers)))):
        found = find_kind(values, "income")
        assert found.kind == "number"
        assert np.isnan(found.values).sum() == (5 if gap else 0)
        assert any(f"are {number}, far" in note for note in found.notes) == gap
        again = as_kind(values, found.kind, found.form, found.meant)
        assert np.array_equal(again, found.values, equal_nan=True)
        kept = find_kind(values, "income", sentinels=False)
        assert not np.isnan(kept.values).any()


def test_one_odd_number_is_no_gap():
    values = pa.array([*range(20, 60), 9999])
    assert not np.isnan(find_kind(values, "income").values).any()


def test_long_numbers_that_all_differ_name_things():
    devices = spread(lambda i: str(358_240_051_111_110 + 7_919 * i * i))
    assert find_kind(devices, "handset").kind == "id"
    budgets = spread(lambda i: str((358 + 7 * i) * 10**9))
    assert find_kind(budgets, "budget").kind == "number"


@pytest.mark.parametrize("sign", ["/", ":", " - ", "-", "\u2013", "x"])
def test_two_numbers_in_a_cell_are_neither_phones_nor_paths_nor_dates(sign):
    found = find_kind(spread(lambda i: f"{110 + i}{sign}{70 + i % 9}"), "measured")
    assert found.kind == "list"
    assert "make columns of them" in found.why


def test_seasons_and_article_numbers_are_no_pairs():
    assert find_kind(spread(lambda i: f"{1960 + i}/{(61 + i) % 100:02}"), "season").kind != "list"
    assert find_kind(spread(lambda i: f"0{i % 9}-5{i % 9}-{i:03}"), "article").kind == "code"


def test_a_house_number_with_its_street_is_no_amount():
    found = find_kind(spread(lambda i: f"{100 + 7 * i} Mill Lane"), "ships to")
    assert found.kind not in ("number", "category")


@pytest.mark.parametrize(
    "name",
    ["fips_state", "zipPlusFour", "código postal", "קוד ענף", "商品编码", "郵便番号", "телефон"],
)
def test_codes_are_known_by_their_name_in_other_languages(name):
    assert find_kind(spread(lambda i: str(1001 + 17 * i)), name).kind == "code"


def test_the_gaps_of_a_database_are_gaps():
    found = find_kind(pa.chunked_array([[r"\N"] * 80 + [str(i * i) for i in range(20)]]), "votes")
    assert found.kind == "number"
    assert not found.notes


def test_few_numbers_among_words_for_nothing_are_numbers():
    cells = [".."] * 180 + [str(3000 + 17 * i) for i in range(20)]
    assert find_kind(pa.chunked_array([cells]), "income").kind == "number"
    words = ["x"] * 180 + [f"x{i}" for i in range(20)]
    assert find_kind(pa.chunked_array([words]), "mark").kind != "number"


def test_years_of_editions_and_codes_of_counties():
    years = pa.array([1992 + i % 30 for i in range(90)])
    assert find_kind(years, "book version").kind == "number"
    assert find_kind(pa.array([100 + 7 * i for i in range(90)]), "book version").kind == "code"
    assert find_kind(pa.array([1 + 2 * i for i in range(90)]), "County ANSI").kind == "code"


def test_a_first_column_named_x_names_the_rows():
    numbers = pa.array([833 + 417 * i % 9001 for i in range(90)])
    assert find_kind(numbers, "X", names=["X", "age"]).kind == "id"
    assert find_kind(numbers, "X", names=["X", "Y"]).kind == "number"


def test_long_names_of_groups_that_come_again_and_again_are_categories():
    offices = [
        f"OFFICE OF THE {a} AND OF {b}" for a in "ROADS BOATS TREES LAMPS BREAD".split()
        for b in (f"DISTRICT {n}" for n in range(24))
    ]  # fmt: skip
    assert find_kind(pa.array(offices * 30), "office").kind == "category"
    sentences = [f"The lamp of the {one.lower()} is out." for one in offices]
    assert find_kind(pa.array(sentences * 30), "said").kind == "text"
