"""A run folder or recipe of somebody else is harmless until its user agrees to what it would do."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.cli.app import main
from shoal.errors import BadInput, BrokenRun, NotTrusted
from shoal.recipe import Recipe
from shoal.storage import trust

SECRET = "the-secret-of-the-environment"
NEW_TEXTS = ["a new text nobody has seen", "rocket orbit planet of another kind"]


class Listener:
    """Listens, and keeps every byte that arrives."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.connections, self.received = 0, b""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(0.3)
            try:
                while part := connection.recv(1 << 16):
                    self.received += part
            except OSError:
                pass
            try:
                connection.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                pass
            connection.close()


@pytest.fixture
def listener(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("SHOAL_API_KEY", SECRET)
    found = Listener()
    yield found
    found.socket.close()


def rewrite(run, **stages):
    """Change stages of a run's recipe, as whoever sends it to somebody may."""
    path = run / "recipe.toml"
    import tomllib

    import tomli_w

    told = tomllib.loads(path.read_text(encoding="utf-8"))
    for stage, params in stages.items():
        told[stage] = {**told[stage], **params} if "part" not in params else params
    path.write_text(tomli_w.dumps(told), encoding="utf-8")


def tell(run, **told):
    """Change what run.json says."""
    path = run / "run.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**before, **told}), encoding="utf-8")


@pytest.fixture
def hostile(run_path, listener):
    """A run whose every choice leads to the listener."""
    url = f"http://{listener.address}/v1"
    rewrite(
        run_path,
        embed={"part": url, "key_variable": "AWS_SECRET_ACCESS_KEY", "retries": 0},
        describe={"part": url, "key_variable": "AWS_SECRET_ACCESS_KEY", "retries": 0},
    )
    info = json.loads((run_path / "run.json").read_text(encoding="utf-8"))
    model = {**info["model"], "revision": f"http:{url}/embeddings::"}
    tell(run_path, model=model)
    return run_path


def give(*arguments):
    """Exit code of a command that is given without a keyboard."""
    try:
        main([str(word) for word in arguments])
    except SystemExit as error:
        return error.code or 0
    return 0


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("text\n" + "\n".join(NEW_TEXTS) + "\n", encoding="utf-8")
    return path


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
    view.close()
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
        ({"embed": {"part": "resnet50"}}, "hub of timm"),
        ({"embed": {"part": "student", "teacher": "http://{}/v1"}}, "sends what it embeds"),
        ({"embed": {"part": "guest"}}, "no embedder of shoal's own"),
        ({"describe": {"part": "http://{}/v1"}}, "sends typical texts"),
        ({"describe": {"part": "guest", "anything": 1}}, "runs the code"),
        ({"normalize": {"part": "guest"}}, "runs the code"),
        ({"reduce": {"part": "guest"}}, "runs the code"),
        ({"cluster": {"part": "guest", "coverage": "auto"}}, "runs the code"),
        ({"draw": {"part": "guest"}}, "runs the code"),
        ({"engine": {"part": "ray", "address": "{}"}}, "hands the data to the Ray cluster"),
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
    assert shoal.load(run_path).recipe.reach("cluster")
    assert give("predict", run_path, new, "-o", tmp_path / "p.csv") == 0  # of no use to predict
    assert give("describe", run_path) == 2
    assert give("cluster", new, "--recipe", run_path / "recipe.toml") == 2


def test_a_choice_of_ones_own_takes_the_place_of_a_strangers(hostile, listener, new, tmp_path):
    recipe = Recipe.from_file(hostile / "recipe.toml")
    assert len(recipe.reach()) == 2
    assert recipe.choose("embed", part="hashing").reach("embed") == []
    # the same part named again keeps the rest of what the file says, which is not vouched for
    ray = Recipe.from_toml('[engine]\npart = "ray"\naddress = "evil:1"')
    assert ray.choose("engine", part="ray").reach()
    assert not ray.choose("engine", part="ray", address="mine:1").reach()
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
    assert "there is no SOURCE" in capsys.readouterr().err


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


def test_ones_own_run_is_known_wherever_it_is_copied(small_run, tmp_path):
    assert trust.is_own(small_run)
    assert trust.is_own(shutil.copytree(small_run, tmp_path / "elsewhere"))
    key = trust.key_file()
    assert len(key.read_bytes()) == 32
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["recipe.toml", "run.json"])
def test_a_run_that_was_changed_is_not_ones_own(run_path, name):
    (run_path / name).write_bytes((run_path / name).read_bytes() + b"\n")
    assert not trust.is_own(run_path)


def test_digests_alone_prove_nothing(hostile):
    told = json.loads((hostile / "signature.json").read_text(encoding="utf-8"))
    told["files"] = {name: trust._digest(hostile / name) for name in told["files"]}
    (hostile / "signature.json").write_text(json.dumps(told), encoding="utf-8")
    assert not trust.is_own(hostile)
    told["hmac"] = trust._code(b"", told["files"])
    (hostile / "signature.json").write_text(json.dumps(told), encoding="utf-8")
    assert not trust.is_own(hostile)


@pytest.mark.parametrize("junk", ["", "[]", '{"files": 3, "hmac": 1}', '{"files": {}}', "[" * 9999])
def test_a_damaged_signature_is_none(run_path, junk):
    (run_path / "signature.json").write_text(junk, encoding="utf-8")
    assert not trust.is_own(run_path)


def test_the_key_of_another_user_makes_a_stranger(run_path, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "of another"))
    assert not trust.is_own(run_path)
    trust.sign(run_path)
    assert trust.is_own(run_path)


def test_a_run_stays_ones_own_through_recut_and_describe(run_path, tmp_path):
    shoal.recut(run_path, k=3)
    assert trust.is_own(run_path)
    shoal.describe(run_path)
    assert trust.is_own(run_path)
    shoal.recut(run_path, k=2, out=tmp_path / "other")
    assert trust.is_own(tmp_path / "other")


def test_another_cut_does_not_make_a_strangers_run_ones_own(run_path, listener):
    rewrite(run_path, read={"vectors": "/etc/x.npy"})
    shoal.load(run_path, trust=True)
    shoal.recut(run_path, k=3)
    assert not trust.is_own(run_path)


def test_without_a_home_nothing_is_signed_and_all_goes_on(small_table, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    out = tmp_path / "run"
    run = shoal.cluster(small_table, text="text", embedder="hashing", k=4, out=out)
    assert not (out / "signature.json").exists()
    assert run.predict(NEW_TEXTS).shape == (2,)
    assert shoal.recut(out, k=3).path == out


def test_two_processes_agree_on_one_key(tmp_path):
    lines = (
        "import sys",
        "from shoal.storage import trust",
        "sys.stdout.write(trust._key(make=True).hex())",
    )
    code = "; ".join(lines)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    given = {"env": environment, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", code], **given) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1


# links, copies, and where things are written


def test_a_link_out_of_a_run_is_not_followed(run_path, tmp_path, capsys):
    outside = tmp_path / "bashrc"
    outside.write_text("mine\n", encoding="utf-8")
    (run_path / "edits.jsonl").symlink_to(outside)
    for command in ("report", "edits", "evaluate", "anomalies", "duplicates"):
        assert give(command, run_path) == 2
        assert "edits.jsonl is a link" in capsys.readouterr().err
    with pytest.raises(NotTrusted):
        shoal.load(run_path)
    assert outside.read_text(encoding="utf-8") == "mine\n"
    assert shoal.load(run_path, trust=True)


def test_links_within_a_run_and_exported_ones_are_no_matter(run_path):
    (run_path / "folders").mkdir()
    (run_path / "folders" / "picture.png").symlink_to("/etc/hostname")
    (run_path / "again.html").symlink_to("report.html")
    assert shoal.load(run_path)


@pytest.mark.parametrize("name", ["model", ".run.json.tmp"])
def test_nothing_is_written_through_a_link(run_path, tmp_path, small_table, name):
    outside = tmp_path / "outside"
    if name == "model":
        shutil.move(run_path / "model", outside)
    else:
        outside.touch()
    (run_path / name).symlink_to(outside)
    with pytest.raises(NotTrusted):
        shoal.cluster(small_table, text="text", embedder="hashing", out=run_path, force=True)


@pytest.fixture
def sorted_pictures(run_path, tmp_path):
    """The small run as one whose rows are files, the first of them a secret."""
    secret = tmp_path / "id_rsa"
    secret.write_text("secret", encoding="utf-8")
    items = pq.read_table(run_path / "items.parquet")
    paths = [str(secret), *[None] * (len(items) - 1)]
    pq.write_table(items.append_column("path", pa.array(paths)), run_path / "items.parquet")
    return run_path


@pytest.mark.parametrize("copies", [True, False])
def test_files_that_a_stranger_names_are_not_copied(sorted_pictures, copies, tmp_path):
    assert trust.is_own(sorted_pictures)  # recipe.toml and run.json are as they were
    with pytest.raises(NotTrusted, match="takes 1 files that it names"):
        shoal.load(sorted_pictures).export_folders(tmp_path / "out", copies=copies)
    assert not (tmp_path / "out").exists()
    way = "copies" if copies else "folders"
    assert give("cluster", sorted_pictures, "--export", way) == 2
    assert give("cluster", sorted_pictures, "--export", way, "--trust") == 0


def test_what_was_read_is_written_again_over_a_strangers_folder(small_table, tmp_path):
    out = tmp_path / "run"
    given = {"text": "text", "embedder": "hashing", "k": 4, "out": out}
    shoal.cluster(small_table, **given)
    real = (out / "items.parquet").read_bytes()
    tell(out, status="running")
    items = pq.read_table(out / "items.parquet")
    pq.write_table(items.append_column("path", items["text"]), out / "items.parquet")
    trust._agreed.clear()
    shoal.cluster(small_table, **given)
    assert (out / "items.parquet").read_bytes() == real


def test_predict_never_writes_into_a_run(run_path, new, tmp_path, capsys):
    before = (run_path / "assignments.parquet").read_bytes()
    for name in ("assignments.parquet", "new.parquet", "model/new.csv"):
        assert give("predict", run_path, new, "-o", run_path / name, "--force") == 2
        assert "inside of the run" in capsys.readouterr().err
    (tmp_path / "link").symlink_to(run_path)
    assert give("predict", run_path, new, "-o", tmp_path / "link" / "x.csv") == 2
    assert (run_path / "assignments.parquet").read_bytes() == before


@pytest.mark.parametrize("command", ["anomalies", "duplicates", "edits"])
def test_no_command_writes_over_a_file_of_a_run(run_path, command):
    before = (run_path / "items.parquet").read_bytes()
    assert give(command, run_path, "-o", run_path / "items.parquet", "--force") == 2
    assert (run_path / "items.parquet").read_bytes() == before


# models


def test_a_models_files_are_checked_before_they_are_opened(tmp_path, monkeypatch):
    from shoal.parts.embedders import sentence_models as others
    from shoal.parts.embedders import torch_images

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    was = others.revision_of_folder(folder)
    (folder / "evil.py").write_text("raise SystemExit", encoding="utf-8")
    for name in ("sentence_transformers", "transformers", "timm", "model2vec"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it raises ImportError
    for make in (
        lambda: others.SentenceTransformers(str(folder), pinned=f"st:{was}:256:"),
        lambda: others.Model2Vec(str(folder), pinned=f"model2vec:{was}"),
        lambda: torch_images.Clip(str(folder), pinned=f"clip:{was}:224"),
        lambda: torch_images.Timm(f"local-dir:{folder}", pinned=f"timm:{was}:224"),
    ):
        with pytest.raises(BrokenRun, match="were not opened"):
            make()
    shutil.rmtree(folder)  # and a hub's model of the same name is another one
    with pytest.raises(BrokenRun, match="were not opened"):
        others.SentenceTransformers(str(folder), pinned=f"st:{was}:256:")
    assert others.commit_of(f"st:{'a' * 40}:256:") == {"revision": "a" * 40}
    assert others.commit_of(f"st:{was}:256:") == {}


def test_an_onnx_file_is_checked_before_it_is_opened(tmp_path):
    from shoal.parts.embedders import onnx_images
    from shoal.parts.embedders import sentence_models as others

    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"no model at all")
    with pytest.raises(BrokenRun, match="were not opened"):
        others.OnnxFolder(str(tmp_path), pinned="0" * 32)
    with pytest.raises(BrokenRun, match="were not opened"):
        onnx_images.OnnxImageFile(str(tmp_path / "model.onnx"), pinned="0" * 32)


def test_the_listener_hears():
    found = Listener()
    host, port = found.address.split(":")
    with socket.create_connection((host, int(port))) as other:
        other.sendall(b"x")
        other.recv(100)
    assert (found.connections, found.received) == (1, b"x")
    assert np.isfinite(found.connections)
