"""Where the header of a table is, whether there is one, and tables that are named as texts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from shoal.parts.readers.delimited import read_delimited
from shoal.parts.readers.sniff import kind_of

PICK = random.Random(5)
NOUNS = "kettle ladder carpet mirror hammer curtain".split()
KINDS = "red small old steel garden folding".split()
PHRASES = [f"{PICK.choice(KINDS)} {PICK.choice(NOUNS)}" for _ in range(80)]
TEXTS = [f"we looked at the {phrase} and liked it" for phrase in PHRASES]


def table(head: list[str], rows: list[list[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in [*([head] if head else []), *rows])


def amounts(width: int, low: int = 10, high: int = 900, n: int = 40) -> list[list[str]]:
    pick = random.Random(1)
    return [[f"shop-{i}", *(str(pick.randint(low, high)) for _ in range(width))] for i in range(n)]


def read(path: Path, content: str, **options):
    path.write_text(content, encoding="utf-8")
    return read_delimited(path, **options)


@pytest.mark.parametrize(
    "names",
    [
        ["2001", "2002"],
        ["2024", "2023", "2022"],
        ["Q1 2023", "Q2 2023", "Q3 2023"],
        ["2023-Q1", "2023-Q2"],
        ["2023-01", "2023-02", "2023-03"],
        ["202311", "202312", "202401"],
        ["11.2023", "12.2023", "01.2024"],
        ["2023-01-01", "2023-02-01"],
        ["1", "2", "3", "4", "5"],
        ["100234", "100977", "100415"],
        ["Jan", "Feb", "Mar"],
    ],
)
@pytest.mark.parametrize("corner", ["branch", ""])
def test_periods_and_numbers_of_articles_name_columns(tmp_path, names, corner):
    rows = amounts(len(names))
    found = read(tmp_path / "a.csv", table([corner, *names], rows))
    assert found.columns.column_names == [corner or "column_1", *names]
    assert found.columns.num_rows == len(rows)
    # without it the first row stays
    bare = read(tmp_path / "b.csv", table([], rows))
    assert bare.columns.num_rows == len(rows)
    assert bare.choices["header"] is False


@pytest.mark.parametrize(
    "rows",
    [
        amounts(4, 1990, 2030),
        amounts(1, 1990, 2030),
        [[str(1990 + i + j) for j in range(4)] for i in range(30)],
        [[str(i + j) for j in range(4)] for i in range(1, 30)],
        [[f"2024-05-{i:02}", text] for i, text in enumerate(TEXTS[:25], 1)],
        [
            [phrase, "", text] if i == 0 else [phrase, "x", text]
            for i, (phrase, text) in enumerate(zip(PHRASES, TEXTS, strict=True))
        ],
        [["Bern", "yes", "no"], *([["Rome", "no", "yes"], ["Bern", "no", "no"]] * 9)],
    ],
)
def test_a_table_without_a_header_keeps_its_first_row(tmp_path, rows):
    found = read(tmp_path / "a.csv", table([], rows))
    assert found.columns.num_rows == len(rows)
    assert found.choices["header"] is False


@pytest.mark.parametrize("word", [])
def test_one_word_names_the_only_column_in_any_language(tmp_path, word):
    found = read(tmp_path / "a.csv", table([word], [[phrase] for phrase in PHRASES]))
    assert found.columns.column_names == [word]
    assert found.columns.num_rows == len(PHRASES)
    assert "read.header=false" in " ".join(found.notes)
    assert read(tmp_path / "a.csv", table([word], [["x y"]]), header=False).columns.num_rows == 2


@pytest.mark.parametrize(
    "texts",
    [
        PHRASES,
        ["kettle", *PHRASES],
        NOUNS + KINDS,
        ["Great!", *TEXTS],
        ["Zürich", "Basel", "Genf", "Bern", "Chur", "Thun", "Köln", "Bonn", "Ulm", "Jena"] * 1,
    ],
)
def test_a_list_without_a_header_keeps_its_first_text(tmp_path, texts):
    found = read(tmp_path / "a.csv", table([], [[text] for text in texts]))
    assert found.columns["text"].to_pylist() == texts


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Report of the shop\n", 2),
        ("Report of the shop\nMade on,2024-01-02\n\n", 4),
        ("Report of the shop,,\n,,\n", 3),
        ("Report; made: 2024; by: us\nsecond; line; of: it\n", 3),
        ("Shop,Bern,CH\nMade,2024-01-02,noon\n,,\n", 4),
        ("# made by a program, version 2\n", 2),
        ("\n\nReport\n\n", 5),
    ],
)
def test_lines_above_the_header_are_left_out_and_said(tmp_path, above, line):
    rows = [
        [str(i), phrase, text] for i, (phrase, text) in enumerate(zip(PHRASES, TEXTS, strict=True))
    ]
    found = read(tmp_path / "a.csv", above + table(["Nr", "Thing", "Said"], rows))
    assert found.columns.column_names == ["Nr", "Thing", "Said"]
    assert found.columns["Said"].to_pylist() == TEXTS
    assert f"the header is line {line};" in " ".join(found.notes)


def test_lines_above_a_header_of_numbers(tmp_path):
    rows = amounts(3)
    head = table(["branch", "2020", "2021", "2022"], rows, ";")
    found = read(tmp_path / "a.csv", "Sales per branch\n\n" + head)
    assert found.columns.column_names == ["branch", "2020", "2021", "2022"]
    assert found.columns.num_rows == len(rows)


@pytest.mark.parametrize(
    ("upper", "lower", "names"),
    [
        (
            ["", "2023", "", "2024", ""],
            ["branch", "in", "out", "in", "out"],
            ["branch", "2023 in", "2023 out", "2024 in", "2024 out"],
        ),
        (
            ["branch", "height", "weight", "age", "price"],
            ["", "cm", "kg", "years", "EUR"],
            ["branch", "height cm", "weight kg", "age years", "price EUR"],
        ),
    ],
)
@pytest.mark.parametrize("above", ["", "Branches of ours\n\n"])
def test_a_header_of_two_lines_is_joined(tmp_path, upper, lower, names, above):
    rows = amounts(4)
    found = read(tmp_path / "a.csv", above + table(upper, [lower, *rows]))
    assert found.columns.column_names == names
    assert found.columns.num_rows == len(rows)
    assert "joined" in " ".join(found.notes) or above


def test_a_first_row_of_missing_amounts_is_a_row(tmp_path):
    rows = [["shop-x", "n/a", "n/a"], *amounts(2)]
    found = read(tmp_path / "a.csv", table(["shop", "in", "out"], rows))
    assert found.columns.num_rows == len(rows)


def test_the_header_of_an_index_without_a_name_is_the_first_line(tmp_path):
    rows = [[str(i), text] for i, text in enumerate(TEXTS)]
    found = read(tmp_path / "a.csv", table(["", "words"], rows))
    assert found.columns["words"].to_pylist() == TEXTS


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("name", ["a.txt", "a.xls", "a.dat", "a.text", "a"])
def test_a_table_of_tabs_is_one_whatever_its_name(tmp_path, encoding, name):
    rows = [[str(i), text] for i, text in enumerate(TEXTS)]
    path = tmp_path / name
    path.write_bytes(table(["Nr", "Words"], rows, "\t").replace("\n", "\r\n").encode(encoding))
    assert kind_of(path, path.read_bytes()[: 1 << 16]) == "csv"
    found = read_delimited(path)
    assert found.columns["Words"].to_pylist() == TEXTS
    assert ("read.part=lines" in " ".join(found.notes)) == name.endswith(("txt", "text"))


def test_columns_of_one_name_above_numbers_are_named(tmp_path):
    rows = [[str(i), str(i % 7), str(3 * i)] for i in range(30)]
    found = read(tmp_path / "a.csv", table(["score", "score", "age"], rows))
    assert len(found.columns["age"]) == 30


def test_long_questions_above_answers_that_come_again_are_a_header(tmp_path):
    long = "Which of these two sentences would you say is more correct in written English?"
    answers = [f"It is important for anybody to be honest and kind{c}." for c in (" too", "")]
    why = "How much do you care about the use of the comma before the last one of a list?"
    rows = [
        [str(901 + 7 * i), answers[i % 2], ("A lot", "Some", "Not at all")[i % 3]]
        for i in range(40)
    ]
    found = read(tmp_path / "a.csv", table(["RespondentID", long, why], rows))
    assert list(found.columns.column_names) == ["RespondentID", long, why]


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["state", "totalPop"], lambda i: [f"Town {i}", f'"{1 + i},{200 + i},736"']),
        (["place", "share"], lambda i: [f"Town {i}", f"{i}.5%"]),
        (["Player Name", "Tattoos yes/no"], lambda i: [f"A. Lind {i}", ("yes", "no")[i % 2]]),
        (["state", "2021"], lambda i: [f"Town {i}", f"R+{10 + i}"]),
        (["Bias", "Name", "Bias", "n"], lambda i: [f"R +{i}.0", f"Lind {i}", f"D +{i}.1", str(i)]),
    ],
)
def test_names_above_amounts_and_answers_are_a_header(tmp_path, names, made):
    path = tmp_path / "a.csv"
    path.write_text("".join(",".join(row) + "\n" for row in [names, *map(made, range(30))]))
    assert len(read_delimited(path).columns) == 30


def test_a_header_of_one_name_too_few_leaves_out_that_of_the_rows(tmp_path):
    rows = [[f"r{i}", str(i % 7), str(3 * i), "ab"[i % 2]] for i in range(30)]
    found = read(tmp_path / "a.csv", table(["size", "cost", "kind"], rows))
    assert found.columns["kind"].to_pylist() == [row[3] for row in rows]
    ended = read(tmp_path / "b.csv", table(["r", "size", "cost"], [[*row[:3], ""] for row in rows]))
    assert ended.columns["cost"].to_pylist() == [row[2] for row in rows]


@pytest.mark.parametrize("name", ["a.txt", "a.dat", "a.csv"])
def test_columns_that_are_aligned_by_blanks_are_a_table(tmp_path, name):
    rows = [("town", "age", "rate")] + [(f"t{i}", 20 + i, i / 4) for i in range(30)]
    text = "".join(f"{a:<8}{b:>6}{c:>9}\n" for a, b, c in rows)
    path = tmp_path / name
    path.write_text(text)
    assert kind_of(path, text.encode()) == "csv"
    found = read_delimited(path)
    assert found.columns["age"].to_pylist() == [str(20 + i) for i in range(30)]
    assert found.columns["rate"].to_pylist()[-1] == "7.25"


@pytest.mark.parametrize(
    "lines",
    [
        TEXTS,
        [f"at {i} the cat sat on mat {i % 3}" for i in range(30)],
        [f"{a}, {b}" for a, b in zip(PHRASES, TEXTS, strict=True)],
        ["\tIndented once, and not again.", *TEXTS],
        ["Dear all,", *TEXTS, "Yours, the shop"],
        [f"\t{text}" for text in TEXTS],
    ],
)
def test_prose_stays_one_text_a_line(lines):
    assert kind_of(Path("a.txt"), "\n".join(lines).encode()) == "lines"


def test_quotes_behind_a_backslash_stay_in_their_text(tmp_path):
    texts = [rf'said "{text}", and "left" C:\new\table' for text in TEXTS]
    escaped = [text.replace("\\", r"\\").replace('"', r"\"") for text in texts]
    rows = [[str(i), f'"{text}"'] for i, text in enumerate(escaped)]
    found = read(tmp_path / "a.csv", table(["Nr", "Words"], rows))
    assert found.columns["Words"].to_pylist() == texts


def test_a_backslash_at_the_end_of_a_cell_ends_no_text(tmp_path):
    rows = [[str(i), f'"C:\\{text}\\"', '"a ""good"" one"'] for i, text in enumerate(TEXTS)]
    found = read(tmp_path / "a.csv", table(["Nr", "Folder", "Words"], rows))
    assert found.columns["Folder"].to_pylist() == [f"C:\\{text}\\" for text in TEXTS]
    assert set(found.columns["Words"].to_pylist()) == {'a "good" one'}


def test_known_names_tell_a_header_below_other_lines(tmp_path):
    content = "Export,\nTicket,Said\n7,it squeaks\n"
    found = read(tmp_path / "a.csv", content, known=("Ticket", "Said"))
    assert found.columns["Said"].to_pylist() == ["it squeaks"]


def test_blank_columns_and_dots_for_nothing_do_not_hide_a_header(tmp_path):
    question = "How many people of the parish were counted in the year of the census of all ages"
    years = [str(year) for year in range(1990, 1996)]
    rows = [
        [f"parish {i}", "", *(".." if (i + y) % 3 else f"{i}.{y}" for y in range(5))]
        for i in range(40)
    ]
    found = read(tmp_path / "a.csv", table(["place", *years], rows))
    assert found.columns.column_names == ["place", *years]
    found = read(tmp_path / "b.csv", table(["place", question, *years[1:]], rows))
    assert found.columns.column_names == ["place", question, *years[1:]]


def test_numbers_above_the_names_are_no_header(tmp_path):
    rows = [[f"land {i}", str(i), str(2 * i), str(i % 7)] for i in range(30)]
    content = table(["0", "1", "2", "3"], [["", "summer", "winter", "games"], *rows])
    found = read(tmp_path / "a.csv", content)
    assert found.columns.column_names == ["column_1", "summer", "winter", "games"]
    assert found.columns.num_rows == 30


@pytest.mark.parametrize("head", [["CountryCode", "CountryName"], ["state", "abbreviation"]])
def test_names_above_codes_and_words_are_a_header(tmp_path, head):
    rows = [["Ohio", "OH"], ["Utah", "UT"], ["New York", "NY"], ["Iowa", "IA"], ["Texas", "TX"]] * 3
    found = read(tmp_path / "a.csv", table(head, rows))
    assert found.columns.column_names == head
    assert read(tmp_path / "b.csv", table([], rows)).columns.num_rows == len(rows)


def test_names_of_fields_are_a_header(tmp_path):
    fields = ["city", "first_seen", "is_last", "place_kind", "deaths", "order_of_place"]
    kinds = ["text", "date", "bool", "text", "integer", "integer"]
    rows = [list(pair) for pair in zip(fields, kinds, strict=True)]
    found = read(tmp_path / "a.csv", table(["field_name", "field_type"], rows))
    assert found.columns.column_names == ["field_name", "field_type"]
    bare = read(
        tmp_path / "b.csv", table([], [[f"item_{i}_name", f"n_{i}_name"] for i in range(9)])
    )
    assert bare.columns.num_rows == 9


def test_names_in_two_languages_with_blanks_between_are_a_header(tmp_path):
    head = [
        "Nummer" + " " * 40 + "Number",
        "Ort" + " " * 60 + "Place",
        "Betrag" + " " * 30 + "Amount",
    ]
    rows = [[f"N{i}", f"Town {i % 9}", f"{i}.5"] for i in range(30)]
    found = read(tmp_path / "a.csv", table(head, rows))
    assert found.columns.num_rows == 30


def test_a_file_without_a_header_whose_numbers_have_commas_is_cut_at_semicolons(tmp_path):
    rows = [[f"K{i}", str(20 + i % 40), f"{i},5", "basic" if i % 2 else "pro"] for i in range(30)]
    found = read(tmp_path / "a.csv", table([], rows, ";"))
    assert found.choices["delimiter"] == ";"
    assert found.columns.num_columns == 4


def test_numbers_of_articles_among_words_are_names_whatever_is_below(tmp_path):
    head = ["", "Date", "Average Price", "4046", "4225", "kind"]
    rows = [
        [
            str(i),
            f"2023-01-{i % 28 + 1:02}",
            f"{i}.5",
            f"{90 * i}.25",
            f"{70 * i}.5",
            "old" * (i % 2),
        ]
        for i in range(80)
    ]
    found = read(tmp_path / "a.csv", table(head, rows))
    assert found.columns.column_names == ["column_1", *head[1:]]
    bare = read(tmp_path / "b.csv", table([], rows))
    assert bare.columns.num_rows == 80


def test_a_table_of_r_with_blanks_between_is_read(tmp_path):
    rows = [f'"{i}" {i} {i % 7}.5 "{NOUNS[i % 6]} red"' for i in range(30)]
    path = tmp_path / "a.dat"
    path.write_text("\n".join(['"n" "size" "thing"', *rows]) + "\n")
    assert kind_of(path, path.read_bytes()) == "csv"
    found = read_delimited(path).columns
    assert found.column_names == ["column_1", "n", "size", "thing"]
    assert found["thing"][1].as_py() == "ladder red"


def test_rows_whose_last_cells_are_left_out_are_rows(tmp_path):
    names = ["area", "town", "year", "births", "note"]
    rows = [["Asia", f"T{i}", str(1900 + i), *(["7"] if i % 9 == 0 else [])] for i in range(40)]
    path = tmp_path / "a.txt"
    path.write_text("\r".join("\t".join(row) for row in [names, *rows]) + "\r")
    assert kind_of(path, path.read_bytes()) == "csv"
    table = read_delimited(path).columns
    assert table.column_names == names
    assert len(table) == 40


@pytest.mark.parametrize("sign", [",", " "])
def test_many_remarks_above_do_not_hide_the_table(tmp_path, sign):
    rows = [[f"{i}.5", f"{40 - i}.25", str(i % 7)] for i in range(30)]
    remarks = "# measured by hand, in the garden, in May\n" * 20 + "#\n"
    path = tmp_path / "a.csv"
    path.write_text(remarks + "".join(sign.join(row) + "\n" for row in [["a", "b", "c"], *rows]))
    table = read_delimited(path)
    assert table.columns.column_names == ["a", "b", "c"]
    assert len(table.columns) == 30
    assert any("21 lines of remarks" in note for note in table.notes)
