"""One column of any form beside five good ones does not decide what the table is."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from shoal import stages

N = 60
GOOD = ("age", "spend", "visits", "plan", "online")
PEOPLE = ("Ana Okafor", "Ben Lind", "Cem Moreau", "Dora Silva", "Emil Novak", "Fay Petrov")
HAN = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林".split()
THAI = "สมชาย สมหญิง วิชัย มาลี ประเสริฐ นงลักษณ์ ทองดี".split()
MONTHS = {
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November".split(),
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września".split(),
}


def table_with(name, made):
    draw = random.Random(5)
    odd = [made(draw, i) for i in range(N)]
    return pa.table(
        {
            "age": [draw.randint(18, 80) for _ in range(N)],
            "spend": [round(draw.lognormvariate(4, 0.6), 2) for _ in range(N)],
            "visits": [draw.randint(0, 30) for _ in range(N)],
            "plan": [draw.choice(["basic", "plus", "pro"]) for _ in range(N)],
            "online": [draw.choice(["yes", "no"]) for _ in range(N)],
            name: odd,
        }
    )


def day(draw):
    return draw.randint(1, 28), draw.randint(1, 9), draw.randint(2015, 2023)


def dated(form, language=None):
    def made(draw, _):
        d, m, y = day(draw)
        return form.format(d=d, m=m, y=y, name=MONTHS[language or "de"][m - 1])

    return made


FORMS = {
    "home": (lambda r, i: f"{r.randint(1, 200)} Lind Street, Flat {r.randint(1, 9)}", "left out"),
    "client": (lambda r, i: f"{r.choice(PEOPLE)} {i}", "left out"),
    "steuer_id": (lambda r, i: f"{10 + i} {r.randint(100, 999)} 417 123", "left out"),
    "file": (lambda r, i: rf"C:\Users\ana\docs\a{i}.xlsx", "left out"),
    "digest": (lambda r, i: f"{r.getrandbits(128):032x}", "left out"),
    "plate": (lambda r, i: f"B-KL {r.randint(100, 9999)}", "left out"),
    "where": (lambda r, i: f"POINT({r.uniform(5, 15):.4f} {r.uniform(45, 55):.4f})", "left out"),
    "ref": (lambda r, i: 9007199254740993 + 7 * i, "left out"),
    "contact": (lambda r, i: f"555.{r.randint(200, 999)}.{r.randint(1000, 9999)}", "left out"),
    "handy": (lambda r, i: f"1{r.randint(3, 9)}{r.randint(10**8, 10**9 - 1)}", "left out"),
    "kontakt": (lambda r, i: " ".join(str(r.randint(100, 999)) for _ in range(3)), "left out"),
    "Kundennummer": (lambda r, i: str(r.randint(100000, 999999)), "left out"),
    "#": (lambda r, i: 1 + i - (i % 7 == 3), "left out"),
    "geonameid": (lambda r, i: 3040051 + 17 * i * i, "left out"),
    "Kunde": (lambda r, i: ", ".join(reversed(r.choice(PEOPLE).split())) + f" {i}", "left out"),
    "ชื่อ": (lambda r, i: f"{r.choice(THAI)} {r.choice(THAI)}กุล", "left out"),
    "氏名": (lambda r, i: f"{r.choice(HAN)} {r.choice(HAN)[:1]}", "left out"),
    "住所": (lambda r, i: f"東京都港区西{r.randint(1, 9)}-{r.randint(1, 20)}", "left out"),
    "payload": (lambda r, i: f'{{"by": "web", "note": "it is the one seen {i}"}}', "left out"),
    "harga": (lambda r, i: f"Rp{r.randint(10, 99)}.{r.randint(100, 999)}.000", "number"),
    "cost": (lambda r, i: f"R{r.randint(1, 99)} {r.randint(100, 999)}", "number"),
    "stars": (lambda r, i: "★" * (k := r.randint(1, 5)) + "☆" * (5 - k), "number"),
    "rate": (lambda r, i: ".." if i % 3 else f"{r.randint(1, 99)}.5", "number"),
    "when": (dated("0{m}{d:02}20"), "date"),
    "pay": (lambda r, i: f"£{r.randint(18, 90)},{r.randint(0, 999):03} pa", "number"),
    "load": (lambda r, i: f"{r.randint(1, 30)},{r.randint(0, 9)} t", "number"),
    "trip": (lambda r, i: f"{r.randint(0, 5)} h {r.randint(1, 59)} min", "number"),
    "rent": (lambda r, i: f"CHF {r.randint(1, 4)}'{r.randint(100, 999)}.50", "number"),
    "temp": (lambda r, i: f"{r.randint(-10, 35)} °C", "number"),
    "called": (lambda r, i: f"{r.randint(1, 12)}:{r.randint(10, 59)} pm", "number"),
    "inscrit": (dated("{d} {name} {y}", "fr"), "date"),
    "beigetreten": (dated("{d}. {name} {y}", "de"), "date"),
    "od": (dated("{d} {name} {y}", "pl"), "date"),
    "入会日": (dated("{y}年{m}月{d}日"), "date"),
    "week": (dated("{y}-W{d:02}"), "date"),
    "quarter": (lambda r, i: f"{r.randint(2015, 2023)}Q{r.randint(1, 4)}", "date"),
    "joined": (dated("{y}-0{m}-{d:02}T10:15:00 Europe/Berlin"), "date"),
    "addon": (lambda r, i: r.choice(["none", "sport", "film"]), "category"),
    "income": (lambda r, i: r.choice(["under 20k", "over 20k"]), "flag"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_the_good_columns_are_clustered_by_whatever_the_odd_one_is(name):
    made, wanted = FORMS[name]
    about = stages.read(table_with(name, made), {}).about
    use = {entry["name"]: entry["use"] for entry in about["features"]}
    role = {entry["name"]: entry["role"] for entry in about["roles"]}
    assert about["table"] == "records"
    assert all(use[good] == "clustered" for good in GOOD)
    assert use[name] == ("left out" if wanted == "left out" else "clustered")
    assert wanted in ("left out", role[name])
