"""The command with tables of customers."""

from __future__ import annotations

import csv
import json
import random

import numpy as np
import pyarrow.parquet as pq
import pytest

from shoal.cli.app import main
from shoal.cli.cluster import named_columns, named_weights
from shoal.errors import BadInput


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("customers")
    draw = random.Random(0)
    with (path / "customers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customerID", "spent", "visits", "plan", "city", "left"])
        for i in range(150):
            g = i % 3
            spent = "" if i == 7 else f"{draw.lognormvariate(3 + 2 * g, 0.3):,.2f}"
            city = draw.choice("Rome Oslo Bern Kyiv".split())
            left = "Yes" if draw.random() < (0.1, 0.2, 0.8)[g] else "No"
            writer.writerow(
                [f"K-{i:04}", spent, 2 + 3 * g + i % 2, "free pro team".split()[g], city, left]
            )
    return path


def give(capsys, *arguments):
    code = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, capsys.readouterr().err


def test_the_plan_says_what_is_done_with_each_column_and_the_summary_who_left(folder, capsys):
    out = folder / "run"
    code, err = give(
        capsys, "cluster", folder / "customers.csv", "--outcome", "left", "-o", out, "--verbose"
    )
    assert code == 0, err
    plan, summary = err.split("into ")[0], err.split("into ")[1]
    assert "of 4 columns" in plan
    for words in (
        "customerID  left out",
        "1 gap marked",
        "4 categories",
        "skewed: log-transformed",
    ):
        assert words in " ".join(plan.split()) or words in plan
    assert "left: Yes" in summary
    assert "parted by" in summary
    code, err = give(capsys, "predict", out, folder / "customers.csv", "-o", folder / "out.csv")
    assert code == 0, err
    assert "150 rows: 150 placed" in err
    code, err = give(capsys, "evaluate", out, "--truth", "plan")
    assert code == 0, err
    code, err = give(capsys, "cluster", out, "-k", "2", "-o", folder / "two")
    assert code == 0, err
    assert "2 clusters in 150 rows" in err
    assert "left: Yes" in err


def test_columns_and_weights_are_named_on_the_command_line(folder, capsys):
    source, out = folder / "customers.csv", folder / "named"
    code, err = give(
        capsys, "cluster", source, "--columns", "spent, city", "--weight", "city=3", "-o", out
    )
    assert code == 0, err
    assert "of 2 columns" in err
    assert "weight 3" in err
    recipe = (out / "recipe.toml").read_text(encoding="utf-8")
    assert 'columns = [\n    "spent",\n    "city",\n]' in recipe
    assert "city = 3.0" in recipe
    code, err = give(
        capsys, "cluster", source, "--recipe", out / "recipe.toml", "-o", folder / "again"
    )
    assert code == 0, err
    assert (folder / "again/profiles.json").read_bytes() == (out / "profiles.json").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--columns", "spend"], "Did you mean 'spent'"),
        (["--outcome", "lef"], "Did you mean 'left'"),
        (["--weight", "spent"], "COLUMN=NUMBER"),
        (["--weight", "spent=much"], "COLUMN=NUMBER"),
        (["--weight", "spent=0"], "above 0"),
        (["--rfm", "customerID,spent"], "customer,date,amount"),
        (["--outcome", "lef"], "asked for by --outcome"),
        (
            ["--columns", "customerID"],
            "columns named by --columns can be used for clustering. 'cust",
        ),
        (["--columns", "customerID"], "with --columns, such as spent,visits,plan."),
        (["--set", "read.dates=foo"], "a date format, such as %d/%m/%Y"),
        (["--set", "read.dates=%d. Tag"], "got '%d. Tag'"),
    ],
)
def test_mistakes_end_with_one_line_and_code_2(folder, capsys, arguments, words):
    out = folder / "never"
    code, err = give(capsys, "cluster", folder / "customers.csv", *arguments, "-o", out)
    assert code == 2
    assert words in err
    assert "Traceback" not in err
    assert not out.exists()


def test_lists_of_columns_and_weights_are_read():
    assert named_columns('a, "b, c",d,') == ["a", "b, c", "d"]
    assert named_weights(["a=2", "b=c=0.5"]) == {"a": 2.0, "b=c": 0.5}
    with pytest.raises(BadInput, match="COLUMN=NUMBER"):
        named_weights(["=2"])


def test_what_was_embedded_before_is_counted_over_all_columns(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHOAL_CACHE", str(tmp_path / "cache"))
    rows = [f"a story of boats {i},another of gardens {i % 30},{i * i % 83}" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["first,second,price", *rows]))
    said = ""
    for name in ("one", "two"):
        options = ["--columns", "first,second,price", "-o", tmp_path / name]
        code, said = give(capsys, "cluster", tmp_path / "t.csv", *options)
        assert code == 0, said
    assert "70 of 70 texts and pictures are already embedded" in said


def test_the_clusters_of_small_counts_are_not_the_counts(folder, capsys):
    """Three groups of customers, who bought once or twice, 4 or 5 times, 9 or 10 times."""
    rng = np.random.default_rng(3)
    group = np.arange(120) % 3
    orders = np.array([1, 4, 9])[group] + rng.integers(0, 2, 120)
    absent = np.array([400, 60, 1])[group] + rng.integers(0, 20, 120)
    spent = orders * np.array([15, 60, 300])[group] * np.exp(rng.normal(0, 0.15, 120))
    lines = ["absent,orders,spent"]
    lines += [f"{a},{o},{s:.2f}" for a, o, s in zip(absent, orders, spent, strict=True)]
    (folder / "counts.csv").write_text("\n".join(lines))
    out = folder / "counts"
    assert give(capsys, "cluster", folder / "counts.csv", "-o", out)[0] == 0
    labels = pq.read_table(out / "assignments.parquet")["cluster"].to_pylist()
    assert len(set(zip(labels, group, strict=True))) == 3
    separation = layers_of(out)[3]
    # another number is measured by what was known in the run
    assert give(capsys, "cluster", out, "-k", "4")[0] == 0
    assert layers_of(out)[3] == pytest.approx(separation)


def layers_of(out):
    """Number of clusters -> separation."""
    layers = json.loads((out / "evaluation.json").read_text())["layers"]
    return {layer["n_clusters"]: layer["separation"] for layer in layers}
