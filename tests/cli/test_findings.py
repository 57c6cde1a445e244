import csv

import pytest
from click.testing import CliRunner

import shoal
from shoal.cli.app import shoal as command


@pytest.fixture(scope="module")
def run(tmp_path_factory, request):
    texts = request.getfixturevalue("texts")
    odd = [f"zxqv {word} blorptang wibble frobnicate" for word in ("one", "two", "three", "four")]
    path = tmp_path_factory.mktemp("findings") / "run"
    return shoal.cluster([*texts, *odd, "Der schnelle braune Fuchs springt"], out=path)


def told(*arguments):
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_anomalies_are_listed_with_a_reason_and_a_group_once(run):
    out = told("anomalies", run.path)
    assert "lone row" in out
    assert "odd group" in out
    assert "2.5 robust standard deviations" in " ".join(out.split())
    assert "times as far away as usual" in " ".join(out.split())
    assert out.count("blorptang") == 1


def test_anomalies_are_written_as_a_table(run, tmp_path):
    out = tmp_path / "odd.csv"
    told("anomalies", run.path, "-n", "1", "-o", out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(run.anomalies)
    assert rows[0]["reason"] == run.anomalies[0]["reason"]
    assert {row["kind"] for row in rows} == {"lone", "group"}


def test_duplicates_are_listed_by_group(run):
    out = told("duplicates", run.path, "-n", "1")
    assert f"{run.evaluation['duplicates']['rows']:,} rows repeat another" in out
    assert "alike" in out


def test_rows_of_another_table_that_the_run_has_too(run, texts, tmp_path):
    source, out = tmp_path / "test.csv", tmp_path / "shared.csv"
    source.write_text("text\n" + "\n".join([texts[3], f"{texts[8]}!", "a row of its own"]) + "\n")
    said = " ".join(told("duplicates", run.path, source, "--text", "text", "-o", out).split())
    assert "2 of the 3 rows of" in said
    assert "1 exactly, 1 nearly" in said
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["side"], row["text"]) for row in rows] == [
        ("0", texts[3]),
        ("1", texts[3]),
        ("0", texts[8]),
        ("1", f"{texts[8]}!"),
    ]


def test_plot_writes_a_picture(run, tmp_path):
    pytest.importorskip("matplotlib")
    told("plot", run.path, "map", "--by", "pca", "-o", tmp_path / "map.png")
    told("plot", run.path, "flow", "--with", run.path, "-o", tmp_path / "flow.svg")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plot", "RUN", "flow", "-o", "x.png"], "--with RUN"),
        (["plot", "RUN", "map", "-o", "x.gif"], ".png"),
        (["plot", "RUN", "mpa", "-o", "x.png"], "map"),
        (["plot", "RUN", "sizes", "--by", "pca", "-o", "x.png"], "parameter"),
        (["anomalies", "RUN", "-o", "x.txt"], ".csv"),
        (["duplicates", "RUN", "RUN"], "the run itself"),
        (["duplicates", "RUN", "nowhere.csv"], "no file or folder"),
        (["duplicates", "RUN", "--text", "body"], "Name OTHER"),
    ],
)
def test_mistakes_end_with_two_and_one_line(run, arguments, says, capsys, tmp_path, monkeypatch):
    from shoal.cli.app import main

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main([str(run.path) if a == "RUN" else a for a in arguments])
    assert stopped.value.code == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_dedupe_by_option(run, tmp_path):
    source = tmp_path / "rows.csv"
    source.write_text(
        "text\n" + "the goal of the match\nThe goal of the match!\n" * 5 + "rain\nsnow\n"
    )
    told("cluster", source, "--dedupe", "-o", tmp_path / "run")
    assert shoal.load(tmp_path / "run").evaluation["duplicates"]["joined"]
