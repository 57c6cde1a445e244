"""What a table is, decided from all of its columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal import stages
from shoal.errors import BadInput

N = 120
RNG = np.random.default_rng(3)
GOOD = {
    "age": RNG.integers(18, 80, N),
    "spend": RNG.gamma(2, 50, N).round(2),
    "plan": RNG.choice(["free", "plus", "pro"], N),
    "visits": RNG.integers(0, 30, N),
}
SYLLABLES = ["mar", "tel", "dor", "vin", "sha", "bel", "kro", "lun", "fir", "osta"]


def word():
    return "".join(RNG.choice(SYLLABLES, 2)).title()


ODD = {
    "person": lambda i: f"{word()} {word()}",
    "boss": lambda i: f"{word()}, Mrs. {word()} {word()[0]}.",
    "mail": lambda i: f"{word().lower()}{i}@example.org",
    "site": lambda i: f"https://www.{word().lower()}.example/p/{i}",
    "sku": lambda i: f"{word()[:2].upper()}-{1000 + 7 * i}",
    "telephone": lambda i: f"({200 + i}) 555-{1000 + 13 * i}",
    "intl": lambda i: f"+49 30 {100000 + 17 * i}",
    "iban": lambda i: f"DE{10 + i % 80} 3704 0044 0532 {1000 + i} 00",
    "address": lambda i: f"{i + 1} {word()} Street, {word()}",
    "strasse": lambda i: f"{word()}weg {i + 1}",
    "job": lambda i: f"Senior {word()} {RNG.choice(['Engineer', 'Manager'])} {word()}",
    "passport": lambda i: f"C{i:02}X{1000 + i}T{i % 10}",
    "path": lambda i: f"/srv/{word().lower()}/data/file{i}.csv",
    "windows": lambda i: f"D:\\{word()}\\report {i}.docx",
    "sha": lambda i: f"{hash(('a', i)) & (2**64 - 1):016x}{i:024x}",
    "uuid": lambda i: f"123e4567-e89b-12d3-a456-{i:012x}",
    "account": lambda i: f"{1000 + i} 5678 {2000 + i} 3456",
    "version": lambda i: f"{i % 9}.{i % 21}.{i}",
    "ip": lambda i: f"10.{i}.7.{i % 250}",
    "spot": lambda i: f"{-40 + i / 3:.4f}, {100 - i / 2:.4f}",
    "clock": lambda i: f"{i % 24:02}:{i * 7 % 60:02}",
    "pay": lambda i: f"£{1000 + 13 * i:,} pa",
    "load": lambda i: f"{i},5 t",
    "took": lambda i: f"{i % 9 + 1} h {i % 60} min",
    "disk": lambda i: f"{i + 1} GB",
    "wish": lambda i: f"{20 + i % 9}-{30 + i % 9}k",
    "price": lambda i: f"{10 + i}.50 CHF",
    "tags": lambda i: "|".join(RNG.choice(["a", "b", "c", "d"], 2, replace=False)),
    "when": lambda i: f"{i % 28 + 1:02}-{['Jan', 'Feb', 'Mar'][i % 3]}-{15 + i % 6}",
    "film": lambda i: f"The {word()} of {word()}",
    "remark": lambda i: "please ring twice at the door" if i % 40 == 0 else "",
}


@pytest.mark.parametrize("name", sorted(ODD))
@pytest.mark.parametrize("first", [True, False])
def test_one_odd_column_does_not_make_texts_of_records(name, first):
    odd = {name: [ODD[name](i) for i in range(N)]}
    table = pa.table({**odd, **GOOD} if first else {**GOOD, **odd})
    about = stages.read(table, {}).about
    assert about["table"] == "records"
    used = {f["name"] for f in about["features"] if f["use"] == "clustered"}
    assert set(GOOD) <= used


@pytest.mark.parametrize("name", ["pay", "load", "took", "disk", "wish", "price", "clock"])
def test_amounts_with_units_count_as_numbers(name):
    about = stages.read(pa.table({name: [ODD[name](i) for i in range(N)], **GOOD}), {}).about
    assert about["roles"][0]["role"] == "number"
    assert about["features"][0]["use"] == "clustered"


@pytest.mark.parametrize("name", ["person", "mail", "sku", "telephone", "path", "address", "spot"])
def test_what_is_left_out_has_a_role_and_a_reason(name):
    about = stages.read(pa.table({name: [ODD[name](i) for i in range(N)], **GOOD}), {}).about
    role = about["roles"][0]
    assert role["role"] in ("name", "code", "place")
    assert role["why"]


def test_sentences_make_texts_whatever_stands_beside_them():
    said = [f"the {word().lower()} came {i} days late and it was broken" for i in range(N)]
    for name in ("said", "remark", "x"):
        about = stages.read(pa.table({**GOOD, name: said}), {}).about
        assert (about["table"], about["text"]) == ("text", name)


def test_titles_of_goods_are_texts_and_those_of_jobs_are_not():
    goods = [f"{word()} table with {['wheels', 'a lamp', 'two drawers'][i % 3]}" for i in range(N)]
    jobs = [f"Senior {word().lower()} engineer" for _ in range(N)]
    amounts = {"price": GOOD["spend"], "stock": GOOD["visits"]}
    assert stages.read(pa.table({"title": goods, **amounts}), {}).about["table"] == "text"
    assert stages.read(pa.table({"job_title": jobs, **amounts}), {}).about["table"] == "records"


def test_pictures_that_cannot_be_read_do_not_decide():
    links = [f"https://cdn.example/{i}.jpg" for i in range(N)]
    items = stages.read(pa.table({**GOOD, "photo": links}), {})
    assert items.about["table"] == "records"
    assert "none of the pictures named in 'photo' can be read here" in items.notes[0]


def test_a_column_is_no_outcome_by_its_name_alone():
    points = pa.table(
        {"x": RNG.normal(size=N), "Y": RNG.normal(size=N), "label": [0, 1] * (N // 2)}
    )
    used = {f["name"]: f["use"] for f in stages.read(points, {}).about["features"]}
    assert used == {"x": "clustered", "Y": "clustered", "label": "shown"}
    seats = pa.table({"age": GOOD["age"], "class": GOOD["plan"], "fare": GOOD["spend"]})
    used = {f["name"]: f["use"] for f in stages.read(seats, {}).about["features"]}
    assert used["class"] == "clustered"
    goals = pa.table({**GOOD, "target": RNG.gamma(2, 900, N)})
    used = {f["name"]: f["use"] for f in stages.read(goals, {}).about["features"]}
    assert used["target"] == "clustered"


@pytest.mark.parametrize(
    ("name", "values", "use"),
    [
        ("Churned", ["yes", "no"], "shown"),
        ("cancelled", [1, 0], "shown"),
        ("is_canceled", [1, 0], "shown"),
        ("Exited", [1, 0], "shown"),
        ("attrition", ["low", "middle", "high"], "clustered"),
    ],
)
def test_what_a_customer_did_or_not_is_an_outcome(name, values, use):
    table = pa.table({**GOOD, name: [values[i % len(values)] for i in range(N)]})
    used = {f["name"]: f["use"] for f in stages.read(table, {}).about["features"]}
    assert used[name] == use


def test_words_for_nothing_mean_something_among_words():
    table = pa.table(
        {
            **GOOD,
            "guarantor": RNG.choice(["none", "parent", "bank"], N),
            "mark": RNG.choice(["+", "-", "++"], N),
            "land": RNG.choice(["NA", "DE", "FR", "ZA", "BR", "IN"], N),
            "reply": RNG.choice(["N/A", "yes", "no"], N),
        }
    )
    gaps = {f["name"]: f["gaps"] for f in stages.read(table, {}).about["features"]}
    assert (gaps["guarantor"], gaps["mark"], gaps["land"]) == (0, 0, 0)
    assert gaps["reply"] == table["reply"].to_pylist().count("N/A")


def test_what_the_user_says_overrules():
    assert stages.read(pa.table(GOOD), {"as": "records"}).about["table"] == "records"
    said = [f"the {word().lower()} came {i} days late and it was broken" for i in range(N)]
    both = pa.table({**GOOD, "said": said})
    assert stages.read(both, {"as": "records"}).about["table"] == "records"
    assert stages.read(
        pa.table({**GOOD, "who": [f"{word()} {word()}" for _ in said]}), {"as": "text"}
    )
    with pytest.raises(BadInput, match="--as takes"):
        stages.read(both, {"as": "poems"})


def test_a_day_or_month_that_nothing_tells_is_carried_and_the_line_to_give_is_said():
    days = [f"{RNG.integers(1, 13):02}/{RNG.integers(1, 13):02}/2023" for _ in range(N)]
    table = pa.table({"joined": days, **GOOD})
    items = stages.read(table, {})
    joined = items.about["features"][0]
    assert joined["use"] == "left out"
    assert "--set read.dates=" in joined["why"]
    given = stages.read(table, {"dates": "%d/%m/%Y"}).about["features"][0]
    assert (given["use"], given["role"]) == ("clustered", "date")


def test_a_number_of_the_row_beside_one_or_two_categories_makes_records(tmp_path):
    path = tmp_path / "trial.csv"
    rows = [
        f"{i},{'drug' if i % 2 else 'placebo'},{'died' if i % 3 else 'lived'}" for i in range(40)
    ]
    path.write_text("rownames,group,outcome\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert stages.read(path, {}).modality == "record"


def test_one_column_of_amounts_is_a_table_of_records():
    for values in (GOOD["spend"], GOOD["age"], [f"{i * 7 % 50}.5 kg" for i in range(N)]):
        about = stages.read(pa.table({"measure": values}), {}).about
        assert about["table"] == "records"


def test_a_table_of_names_and_codes_says_that_its_words_decide():
    contacts = {
        "name": [f"{word()} {word()}" for _ in range(N)],
        "email": [ODD["mail"](i) for i in range(N)],
    }
    items = stages.read(pa.table(contacts), {})
    assert items.about["text"] == "name"
    assert "'name' (name), 'email' (code)" in items.notes[0]
    assert not stages.read(pa.table(contacts), {"text": "name"}).notes


def test_titles_in_capitals_beside_many_amounts_are_what_the_rows_are_called():
    films = [f"The {word()} {['War', 'House'][i % 2]} of {word()}" for i in range(N)]
    few = {"title": films, "year": list(range(1900, 1900 + N)), "score": GOOD["spend"]}
    assert stages.read(pa.table(few), {}).about["table"] == "text"
    votes = {f"votes_{i}": RNG.gamma(2, 50, N) for i in range(4)}
    items = stages.read(pa.table({**few, **votes}), {})
    assert items.about["table"] == "records"
    used = {f["name"]: f["use"] for f in items.about["features"]}
    assert (used["title"], used["score"]) == ("left out", "clustered")


def test_names_of_indicators_beside_many_years_are_no_texts(tmp_path):
    rows = [
        f"Share of {word().lower()} in the {word().lower()} of {i} (% of total)" for i in range(N)
    ]
    years = {str(1990 + y): RNG.normal(50, 9, N).round(2) for y in range(24)}
    by_year = stages.read(pa.table({"indicator": rows, **years}), {})
    assert by_year.about["table"] == "records"
    said = [f"The {word().lower()} broke in week {i} and nobody came to mend it." for i in range(N)]
    with_texts = stages.read(pa.table({"indicator": said, **years}), {})
    assert with_texts.about["table"] == "text"


def test_sentences_of_scripts_without_case_are_no_addresses():
    kinds = ["האוטובוס מספר {} איחר שוב", "בחנות נשארו {} כיסאות", "המדפסת נתקעה {} פעמים השבוע"]
    rows = [kinds[i % 3].format(10 + i) for i in range(90)]
    table = pa.table({"topic": [i % 3 for i in range(90)], "comment": rows})
    assert stages.read(table, {}).modality == "text"
    # what is named as a place stays one
    places = pa.table(
        {"size": range(90), "price": [i * 7 % 50 for i in range(90)], "address": rows}
    )
    assert stages.read(places, {}).modality == "record"
