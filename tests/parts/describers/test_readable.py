"""Names and values of columns as a person says them."""

import pytest

from shoal.parts.describers.readable import (
    column_name,
    day_in_words,
    is_flag,
    is_money,
    is_year,
    level_in_words,
    number_in_words,
    percent,
    plural,
    share_in_words,
    subject_of,
    unit_of,
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("MonthlyCharges", "monthly charges"),
        ("Detergents_Paper", "detergents paper"),
        ("rawblue-mean", "rawblue mean"),
        ("StreamingTV", "streaming TV"),
        ("avg_order_value", "average order value"),
        ("is_member", "member"),
        ("Annual Income (k$)", "annual income"),
        ("spend_eur", "spend"),
        ("customerID", "customer ID"),
        ("last.purchase", "last purchase"),
        ("Straße", "straße"),
        ("年齢", "年齢"),
        ("x", "x"),
        ("", "a column without a name"),
    ],
)
def test_names_of_columns_are_words(name, said):
    assert column_name(name) == said


def test_units_and_money_are_known_by_the_name():
    assert unit_of("Annual Income (k$)") == "k$"
    assert unit_of("weight_kg") == "kg"
    assert unit_of("age") == ""
    assert is_money("MonthlyCharges")
    assert is_money("spend_usd")
    assert not is_money("tenure")


def test_numbers_carry_their_unit_and_years_have_no_comma():
    assert number_in_words(1200, "price_usd") == "$1,200"
    assert number_in_words(64.762, "MonthlyCharges") == "64.76"
    assert number_in_words(3.5, "weight_kg") == "3.5 kg"
    assert number_in_words(1998, "built", year=is_year("year built", 1900, 2020)) == "1998"
    assert not is_year("price", 1900, 2020)
    assert not is_year("year", 0, 40)
    assert day_in_words(19723.5) == "1 January 2024"


def test_yes_and_no_are_known_however_they_are_written():
    assert is_flag(["Yes", "No"])
    assert is_flag(["0", "1"])
    assert is_flag(["TRUE", "false"])
    assert not is_flag(["yes", "maybe"])
    assert not is_flag(["yes", "no", "perhaps"])


def test_categories_keep_capitals_that_mean_something():
    assert level_in_words("Fiber optic") == "fiber optic"
    assert level_in_words("Month-to-month") == "month-to-month"
    assert level_in_words("DSL") == "DSL"
    assert level_in_words("Berlin-Mitte") == "Berlin-Mitte"
    assert level_in_words("some_thing") == "some thing"


def test_shares_in_words_are_never_more_than_they_are():
    assert share_in_words(1.0) == "all"
    assert share_in_words(0.999) == "nearly all"
    assert share_in_words(0.48) == "nearly half"
    assert share_in_words(0.43) == "43 %"
    assert share_in_words(0.0) == "none"
    assert share_in_words(0.0001) == "below 1 %"
    assert [percent(s) for s in (0.0, 0.004, 0.5, 0.996, 1.0)] == [
        "0 %", "below 1 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip


def test_what_the_rows_are_is_found_in_a_name():
    assert subject_of("wholesale_customers") == "customers"
    assert subject_of("data", "customerID") == "customers"
    assert subject_of("companies") == "companies"
    assert subject_of("image_segment7", "") == ""
    assert plural("company") == "companies"
    assert plural("plan") == "plans"


def test_names_in_capitals_are_words():
    assert column_name("LAST_UPDATE_YEAR") == "last update year"
    assert column_name("TMIE_CLASS") == "TMIE class"
