"""`shoal describe`, and what clusters.json and the summary say of titles."""

import json
import shutil

import pytest

from shoal.cli.app import main
from shoal.cli.summary import doubtful_titles


def clusters_of(folder):
    return json.loads((folder / "clusters.json").read_text(encoding="utf-8"))


def test_every_cluster_says_how_its_title_does_and_has_rows_of_three_kinds(finished):
    told = clusters_of(finished)
    for entry in told["clusters"]:
        assert entry["title_fit"]["rank"] >= 1
        assert 0.0 <= entry["title_fit"]["found"] <= 1.0
        assert entry["title_fit"]["rival"] != entry["cluster"]
        assert entry["typical"]
        assert len({row["row"] for row in entry["diverse"]}) == len(entry["diverse"]) > 1
        assert all(row["rival"] != entry["cluster"] for row in entry["borderline"])
    chosen = len(told["clusters"])
    assert all(len(layer["clusters"]) <= chosen for layer in told["layers"])


def test_a_run_is_named_anew_with_other_parameters(finished, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    before = clusters_of(run)["clusters"]
    main(["describe", str(run), "--set", "describe.n_title=1", "--set", "describe.n_keywords=2"])
    after = clusters_of(run)["clusters"]
    assert [entry["size"] for entry in after] == [entry["size"] for entry in before]
    assert all(len(entry["keywords"]) <= 2 for entry in after)
    assert all("," not in entry["title"] for entry in after)
    assert after[0]["title"] in (run / "report.html").read_text(encoding="utf-8")
    assert after[0]["title"] in capsys.readouterr().err


def test_a_server_that_answers_nothing_leaves_the_run_as_it_was(finished, tmp_path, capsys):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    before = {name: (run / name).read_bytes() for name in ("clusters.json", "recipe.toml")}
    told = json.loads((run / "run.json").read_text(encoding="utf-8"))
    options = ["--set", "describe.model=x", "--set", "describe.retries=0"]
    with pytest.raises(SystemExit) as ended:
        main(["describe", str(run), "--describe", "http://127.0.0.1:9/v1", *options])
    assert ended.value.code
    assert "the run keeps its titles" in capsys.readouterr().err
    assert {name: (run / name).read_bytes() for name in before} == before
    assert json.loads((run / "run.json").read_text(encoding="utf-8")) == told


@pytest.mark.parametrize(
    "wrong",
    [
        ["--describe", "nobody"],
        ["--set", "describe.nothing=1"],
        ["--set", "cluster.k=3"],
        ["--describe", "ftp://x"],
        ["--describe", "http:"],
    ],
)
def test_a_wrong_wish_ends_in_one_line(finished, wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["describe", str(finished), *wrong])
    assert stopped.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def entry(cluster, title, rank, rival, ahead):
    fit = {"rank": rank, "found": 0.5, "rival": rival, "ahead": ahead}
    return {"cluster": cluster, "title": title, "title_fit": fit}


def test_only_doubtful_titles_are_told_the_worst_first():
    good = entry(0, "cats", 1, 1, 0.2)
    assert doubtful_titles([good, {"cluster": 1, "title": "dogs", "title_fit": None}]) == []
    some = [good, entry(1, "dogs", 2, 0, -0.1), entry(2, "birds", 3, 1, -0.3)]
    (text,) = doubtful_titles(some)
    assert text == (
        "1 of 3 lead back to their cluster; 'birds' could be 'dogs'; 'dogs' could be 'cats'"
    )


def test_a_wish_for_a_language_model_needs_one(tmp_path, capsys):
    source = tmp_path / "texts.txt"
    source.write_text("one text\nanother text\n")
    with pytest.raises(SystemExit) as ended:
        main(["cluster", str(source), "--ask", "by place"])
    assert ended.value.code == 2
    assert "--describe http://HOST/v1" in capsys.readouterr().err
