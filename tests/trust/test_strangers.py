"""A run folder or recipe of somebody else is harmless until its user agrees to what it would do."""

import json
import socket
import sys

import numpy as np
import pytest

import shoal
from shoal.errors import BadInput, NotTrusted
from shoal.recipe import Recipe
from shoal.storage import remote
from tests.trust.conftest import NEW_TEXTS, SECRET, Listener, give, rewrite

REACHING = {
    "predict": lambda run, new, out: ("predict", run, new, "-o", out / "p.csv"),
    "describe": lambda run, new, out: ("describe", run),
    "recut": lambda run, new, out: ("cluster", run, "-k", 3),
    "recut elsewhere": lambda run, new, out: ("cluster", run, "-k", 3, "-o", out / "r"),
    "explore": lambda run, new, out: ("explore", run, "--no-browser"),
    "recipe": lambda run, new, out: (
        "cluster", new, "--recipe", run / "recipe.toml", "-o", out / "n"
    ),
}  # fmt: skip
LOOKING = {
    "report": lambda run, new, out: ("report", run),
    "evaluate": lambda run, new, out: ("evaluate", run, "--clusters"),
    "compare": lambda run, new, out: ("compare", run, run, "-o", out / "c.html"),
    "plot": lambda run, new, out: ("plot", run, "sizes", "-o", out / "s.html"),
    "anomalies": lambda run, new, out: ("anomalies", run),
    "duplicates": lambda run, new, out: ("duplicates", run),
    "edits": lambda run, new, out: ("edits", run, "-o", out / "e.csv"),
    "tune": lambda run, new, out: ("tune", run, "--seconds", 0, "--cluster", "kmeans"),
}


@pytest.mark.parametrize("command", REACHING)
def test_what_reaches_out_is_refused_without_a_keyboard(
    hostile, listener, new, tmp_path, capsys, command
):
    before = {p: p.read_bytes() for p in hostile.rglob("*") if p.is_file()}
    assert give(*REACHING[command](hostile, new, tmp_path)) == 2
    told = capsys.readouterr().err
    assert listener.address in told
    assert "--trust" in told
    assert listener.connections == 0
    assert {p: p.read_bytes() for p in hostile.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("command", LOOKING)
def test_what_only_looks_sends_nothing(hostile, listener, new, tmp_path, command):
    assert give(*LOOKING[command](hostile, new, tmp_path)) == 0
    assert listener.connections == 0


@pytest.mark.parametrize("command", [name for name in {**REACHING, **LOOKING} if name != "explore"])
def test_ones_own_run_connects_to_nobody(run_path, new, tmp_path, monkeypatch, command):
    def refuse(*_, **__):
        raise AssertionError("something was to be sent")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    rows = [f"{text} {i},{text[:3]},=1\n" for i in range(30) for text in NEW_TEXTS]
    new.write_text("text,theme,formula\n" + "".join(rows), encoding="utf-8")
    words = {**REACHING, **LOOKING}[command](run_path, new, tmp_path)
    more = ("--set", "cluster.n_clusters=2") if command == "recipe" else ()
    assert give(*words, *more) == 0


@pytest.mark.parametrize("command", ["predict", "describe", "recut"])
def test_a_run_on_another_machine_is_a_strangers_too(hostile, listener, new, tmp_path, command):
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    for path in hostile.rglob("*"):
        if path.is_file():
            files.pipe_file(f"/theirs/run/{path.relative_to(hostile)}", path.read_bytes())
    before = {name: files.cat_file(name) for name in files.find("/theirs")}
    assert give(*REACHING[command]("memory://theirs/run", new, tmp_path)) == 2
    remote._MIRRORS.clear()
    assert listener.connections == 0
    assert {name: files.cat_file(name) for name in files.find("/theirs")} == before
    files.store.clear()


def test_a_trusted_run_reaches_out_and_still_names_no_variable(
    hostile, listener, new, tmp_path, monkeypatch
):
    monkeypatch.delenv("SHOAL_API_KEY")
    assert give("predict", hostile, new, "-o", tmp_path / "p.csv", "--trust") == 2  # it answers 400
    assert listener.connections > 0
    assert b"a new text nobody" in listener.received
    assert SECRET.encode() not in listener.received


def test_the_python_api_refuses_and_can_be_told(hostile, listener):
    run = shoal.load(hostile)
    assert len(run.clusters) == 4
    assert len(run.compare(run).flows)
    for reach in (
        lambda: run.predict(NEW_TEXTS),
        lambda: shoal.recut(run, k=3),
        lambda: shoal.describe(run),
        lambda: shoal.cluster(NEW_TEXTS * 20, recipe=run.recipe),
    ):
        with pytest.raises(NotTrusted, match="trust=True"):
            reach()
    assert listener.connections == 0
    with pytest.raises(shoal.ShoalError, match="refuses"):
        shoal.load(hostile, trust=True).predict(NEW_TEXTS)
    assert listener.connections == 1


def test_the_explorer_of_a_stranger_sends_nothing(hostile, listener):
    from shoal.views.explorer import searching
    from shoal.views.explorer.view import RunView

    view = RunView(hostile)
    assert not view.knows_meaning
    with pytest.raises(BadInput):
        searching.search(view, "rocket", "meaning")
    assert searching.search(view, "rocket", "words")["total"]
    with pytest.raises(NotTrusted):
        view.editor.do({"op": "merge", "clusters": [0, 1], "into": 0})
    assert listener.connections == 0


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ({"embed": {"part": "https:{}/v1"}}, "sends what it embeds"),
        ({"embed": {"part": "st:{}", "trust_remote_code": True}}, "loads the model"),
        ({"embed": {"part": "onnx:/etc"}}, "reads the model '/etc'"),
        ({"embed": {"part": "timm:hf-hub:evil/model"}}, "loads the model"),
        ({"embed": {"part": "clip:evil/model"}}, "loads the model"),
        ({"embed": {"part": "model2vec:evil/model"}}, "loads the model"),
        ({"embed": {"part": "resnet50"}}, "timm's hub"),
        ({"embed": {"part": "student", "teacher": "http://{}/v1"}}, "sends what it embeds"),
        ({"embed": {"part": "guest"}}, "not one of shoal's own embedders"),
        ({"describe": {"part": "http://{}/v1"}}, "sends typical texts"),
        ({"describe": {"part": "guest", "anything": 1}}, "runs the code"),
        ({"normalize": {"part": "guest"}}, "runs the code"),
        ({"reduce": {"part": "guest"}}, "runs the code"),
        ({"cluster": {"part": "guest", "coverage": "auto"}}, "runs the code"),
        ({"draw": {"part": "guest"}}, "runs the code"),
        ({"engine": {"part": "ray", "address": "{}"}}, "sends the data to the Ray cluster"),
        ({"evaluate": {"metrics": ["silhouette", "guest"]}}, "runs the code"),
        ({"read": {"vectors": "/etc/secret.npy"}}, "reads the vectors in /etc/secret.npy"),
        ({"read": {"vectors": "s3://bucket/v.parquet"}}, "reads the vectors"),
        ({"read": {"part": "guest"}}, "runs the code"),
    ],
)
def test_every_way_out_of_a_recipe_is_known(
    run_path, listener, new, tmp_path, capsys, stages, said
):
    filled = json.loads(json.dumps(stages).replace("{}", listener.address))
    rewrite(run_path, **filled)
    anew = ("cluster", new, "--recipe", run_path / "recipe.toml", "-o", tmp_path / "again")
    assert give(*anew) == 2
    assert said in capsys.readouterr().err
    assert listener.connections == 0
    assert not (tmp_path / "again").exists()


def test_code_of_a_guest_is_not_even_imported(run_path, monkeypatch, new, tmp_path):
    from shoal import plugins

    class Entry:
        name = "guest"

        def load(self):
            raise AssertionError("imported")

    monkeypatch.setattr(plugins, "entry_points", lambda group: [Entry()])
    rewrite(run_path, cluster={"part": "guest", "coverage": "auto"}, describe={"part": "guest"})
    rewrite(run_path, evaluate={"metrics": ["guest"]})
    assert shoal.load(run_path).recipe.outside_access("cluster")
    assert give("predict", run_path, new, "-o", tmp_path / "p.csv") == 0  # of no use to predict
    assert give("describe", run_path) == 2
    assert give("cluster", new, "--recipe", run_path / "recipe.toml") == 2


def test_a_clusterer_of_a_guest_is_not_imported_to_see_what_it_takes(
    run_path, monkeypatch, new, tmp_path
):
    from shoal import plugins

    class Entry:
        name = "guest"

        def load(self):
            raise AssertionError("imported")

    monkeypatch.setattr(plugins, "entry_points", lambda group: [Entry()])
    rewrite(run_path, cluster={"part": "guest", "coverage": "auto"})
    recipe = run_path / "recipe.toml"
    for more in (("-k", 3), ("--detail", "fine"), ("--seed", 5)):
        assert give("cluster", run_path, *more[:2]) == 2
        assert give("cluster", new, "--recipe", recipe, *more, "-o", tmp_path / "again") == 2
    for choice in ({"k": 3}, {"detail": "fine"}):
        with pytest.raises(NotTrusted):
            shoal.recut(run_path, **choice)
    assert shoal.load(run_path).recipe.to_toml()


def test_a_seed_of_ones_own_makes_no_recipe_trusted(hostile, listener, new, tmp_path, capsys):
    again = tmp_path / "again"
    recipe = hostile / "recipe.toml"
    for seed in (0, 5):
        assert give("cluster", new, "--recipe", recipe, "--seed", seed, "-o", again) == 2
        assert "sends what it embeds" in capsys.readouterr().err
        with pytest.raises(NotTrusted):
            shoal.cluster(NEW_TEXTS * 20, recipe=shoal.load(hostile).recipe, seed=seed, out=again)
    assert listener.connections == 0
    assert not again.exists()


def test_a_query_of_a_stranger_is_not_run(run_path, new, tmp_path, capsys):
    rewrite(run_path, read={"query": "SELECT pg_read_file('/etc/passwd') AS text"})
    given = ("cluster", new, "--recipe", run_path / "recipe.toml", "-o", tmp_path / "again")
    assert give(*given) == 2
    assert "runs the query" in capsys.readouterr().err
    assert "runs the query" in str(Recipe.from_file(run_path / "recipe.toml").outside_access())
    own = ("--query", "SELECT text FROM source")
    give(*given, *own, "--plan")
    assert "runs the query" not in capsys.readouterr().err


def test_a_choice_of_ones_own_takes_the_place_of_a_strangers(hostile, listener, new, tmp_path):
    recipe = Recipe.from_file(hostile / "recipe.toml")
    assert len(recipe.outside_access()) == 2
    assert recipe.choose("embed", part="hashing").outside_access("embed") == []
    # the same part named again keeps the rest of what the file says, which is not vouched for
    ray = Recipe.from_toml('[engine]\npart = "ray"\naddress = "evil:1"')
    assert ray.choose("engine", part="ray").outside_access()
    assert not ray.choose("engine", part="ray", address="mine:1").outside_access()
    own = ("--embedder", "hashing", "--describe", "keywords")
    many = tmp_path / "many.csv"
    many.write_text(
        "text,theme\n"
        + "".join(f"{text} {i},{text[:3]}\n" for i in range(30) for text in NEW_TEXTS)
    )
    anew = ("cluster", many, "--recipe", hostile / "recipe.toml", "-o", tmp_path / "again")
    assert give(*anew, *own, "--set", "cluster.n_clusters=2") == 0
    assert listener.connections == 0


def test_the_sources_of_a_recipe_are_given_again(run_path, capsys, tmp_path):
    rewrite(run_path, read={"sources": ["/etc/passwd"]})
    assert give("cluster", "--recipe", run_path / "recipe.toml", "-o", tmp_path / "x") == 2
    assert "no SOURCE given" in capsys.readouterr().err


def test_what_never_comes_from_a_file(run_path, capsys):
    text = '[embed]\npart = "http://host/v1"\nkey_variable = "AWS_SECRET_ACCESS_KEY"\n'
    recipe = Recipe.from_toml(text, trust=True)
    assert recipe.build("embed").key_variable == "SHOAL_API_KEY"
    assert "key_variable" not in recipe.choose("embed", key_variable="MINE").to_toml()
    assert "trust_remote_code" not in Recipe.from_toml("[embed]\npart='minilm'").to_toml()


def test_the_keyboard_is_asked(hostile, listener, new, tmp_path, monkeypatch, capsys):
    class Keyboard:
        def __init__(self, line):
            self.line = line

        def isatty(self):
            return True

        def readline(self, *_):
            return self.line

    command = ("predict", hostile, new, "-o", tmp_path / "p.csv")
    monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
    assert give(*command) == 2
    told = capsys.readouterr().err
    assert f"sends what it embeds to http://{listener.address}" in told
    assert "you did not agree" in told
    assert listener.connections == 0
    monkeypatch.setattr(sys, "stdin", Keyboard("y\n"))
    give(*command)
    assert listener.connections > 0


# whose a run is


def test_the_listener_hears():
    found = Listener()
    host, port = found.address.split(":")
    with socket.create_connection((host, int(port))) as other:
        other.sendall(b"x")
        other.recv(100)
    assert (found.connections, found.received) == (1, b"x")
    assert np.isfinite(found.connections)
