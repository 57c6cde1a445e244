"""Whatever a stranger writes into any place of a run folder, nothing outside of it is touched."""

import json
import os
import pickle
import random
import shutil
import sys
import warnings
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import shoal
from shoal.artifacts.folder import RunFolder
from shoal.errors import ShoalError
from shoal.storage import run_files, trust
from shoal.views.plots import KINDS
from tests.damaging import _json_places, without_digests
from tests.trust.conftest import SECRET, give
from tests.trust.watching import ABLE, MARK, Watched

pytestmark = pytest.mark.skipif(not ABLE, reason="only Linux says which files are opened")
TRIALS = [4, pytest.param(1000, marks=pytest.mark.soak)]
BAITS = (
    "{out}/secret.txt", "{out}/secret.csv", "{out}/secret.json", "{out}/secret.toml",
    "{out}/secret.npy", "{out}/secret.npz", "{out}/secret.parquet", "{out}/secret.png", "{out}",
    "../outside/secret.csv", "../outside/secret.npy", "../outside/secret.png", "../outside",
    "model/../../outside/secret.npz", "file://{out}/secret.csv", "local://{out}/secret.npy",
    "onnx:{out}", "st:{out}", "clip:{out}", "model2vec:{out}", "timm:local-dir:{out}",
    "http://{there}/v1", "https://{there}/x.csv", "s3://bucket/{there}/x.npy", "ray://{there}",
    "//{there}/share/a.png", "http://{there}/a.png?$AWS_SECRET_ACCESS_KEY", "guest",
    "postgres://{there}/db", "AWS_SECRET_ACCESS_KEY", "$AWS_SECRET_ACCESS_KEY", "shoal.guest:x",
)  # fmt: skip
"""What a value may be; `out` is the watched folder, `there` a server that hears."""
COMMANDS = {
    "predict": "predict {run} {new} -o {made}.csv",
    "evaluate": "evaluate {run} --clusters",
    "report": "report {run} -o {made}.html",
    "anomalies": "anomalies {run} -o {made}.csv",
    "duplicates": "duplicates {run} -o {made}.csv",
    "overlap": "duplicates {run} {new} -o {made}.csv",
    "edits": "edits {run} -o {made}.csv",
    "compare": "compare {run} {whole} -o {made}.html",
    "describe": "describe {run}",
    "recut": "cluster {run} -k 3",
    "detail": "cluster {run} --detail coarse",
    "export": "cluster {run} --export copies",
    "recipe": "cluster {new} --recipe {run}/recipe.toml -o {made}",
    "tune": "tune {run} --seconds 0",
    "doctor": "doctor {run}",
    "repair": "doctor {run} --repair",
    **{f"plot {kind}": f"plot {{run}} {kind} -o {{made}}.svg" for kind in sorted(KINDS.parts)},
    "plot live": "plot {run} map -o {made}.html",
    "plot flow": "plot {run} flow --with {whole} -o {made}.svg",
}


class Code:
    """What would leave a file behind if it were read as a pickle."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


def in_json(run, draw, bait, name=None):
    """Put a bait at any place of a JSON file, as a value or as a key."""
    path = draw.choice(sorted(run.rglob("*.json"))) if name is None else run / name
    info = json.loads(path.read_text(encoding="utf-8"))
    *outer, last = draw.choice(_json_places(info))
    parent = info
    for key in outer:
        parent = parent[key]
    if isinstance(parent, dict) and draw.random() < 0.2:
        parent[bait] = parent.pop(last)
    else:
        parent[last] = draw.choice([bait, bait, bait, [bait], {bait: bait}])
    path.write_text(json.dumps(info), encoding="utf-8")
    return f"{path.name} {outer} {last}"


def in_recipe(run, draw, bait):
    """Put a bait into a line of the recipe, or a line of one's own beside it."""
    path = run / run_files.RECIPE
    lines = path.read_text(encoding="utf-8").splitlines()
    place = draw.choice([i for i, line in enumerate(lines) if "=" in line])
    key = lines[place].partition("=")[0].strip()
    more = "part model teacher vectors path key_variable address columns sources out cache".split()
    if draw.random() < 0.4:
        lines.insert(place, f"{draw.choice(more)} = {json.dumps(bait)}")
    else:
        lines[place] = f"{key} = {draw.choice([json.dumps(bait), json.dumps([bait])])}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"recipe.toml {lines[place]}"


def in_table(run, draw, bait):
    """Put a bait into cells or the name of a column of a table, or add a column of paths."""
    path = draw.choice(sorted(run.glob("*.parquet")))
    table = pq.read_table(path)
    name = draw.choice([*table.column_names, "path", "photo", "thumbnail", "source"])
    new = pa.array([bait] * len(table))
    if name not in table.column_names:
        table = table.append_column(name, new)
    elif draw.random() < 0.3:
        table = table.rename_columns([bait if n == name else n for n in table.column_names])
    else:
        table = table.set_column(table.column_names.index(name), name, new)
    pq.write_table(table, path)
    return f"{path.name} {name}"


def as_pickle(run, draw, bait, pwned):
    """Objects in place of numbers, which only a pickle can hold."""
    path = draw.choice(sorted([*run.rglob("*.npz"), *run.rglob("*.npy")]))
    evil = np.array([Code(pwned)], dtype=object)
    if path.suffix == ".npy":
        np.save(path, evil, allow_pickle=True)
    else:
        with np.load(path) as file:
            arrays = {key: file[key] for key in file.files} or {"x": evil}
        np.savez(path, **{**arrays, draw.choice(sorted(arrays)): evil})
    if draw.random() < 0.3:
        path.write_bytes(pickle.dumps(Code(pwned)))
    return f"pickle in {path.name}"


def as_link(run, draw, bait, out):
    """A link in the place of a file or a folder of the run."""
    found = sorted(p for p in run.rglob("*") if not p.name.startswith("."))
    path = draw.choice([*found, run / "edits.jsonl", run / "tune.json", run / "folders"])
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    same = sorted(p for p in out.iterdir() if p.suffix == path.suffix)
    path.symlink_to(draw.choice([*same, out]) if path.suffix else out)
    return f"link {path.name}"


def looked_at(run):
    """Read a run by Python and by the pages of the explorer."""
    from starlette.testclient import TestClient

    from shoal.views.explorer.app import READS, make_app
    from shoal.views.explorer.guard import Rules
    from shoal.views.explorer.view import RunView

    found = shoal.load(run)
    for use in (
        found.summary, found.to_frame, found._repr_html_, lambda: found.predict(["a rocket"]),
        lambda: found.compare(found), lambda: found.plot.sizes(),
    ):  # fmt: skip
        try:
            use()
        except (ShoalError, ImportError):
            continue
    view = RunView(run)
    app = make_app(view, Rules("token", frozenset({"127.0.0.1:1"})))
    with TestClient(app, base_url="http://127.0.0.1:1") as client:
        client.headers["authorization"] = "Bearer token"
        for path in READS:
            for place in ("{row:int}", "{cluster:int}"):
                path = path.replace(place, "0")
            client.get(f"/api/{path.replace('{name:path}', 'labels')}", params={"q": "rocket"})


def attacked(run, draw, words, watched):
    """Change one place of a run; what was changed."""
    bait = draw.choice(BAITS).format(**words)
    ways = [
        lambda: in_json(run, draw, bait, run_files.RUN),
        lambda: in_json(run, draw, bait, run_files.RUN),
        lambda: in_json(run, draw, bait),
        lambda: in_json(run, draw, bait),
        lambda: in_recipe(run, draw, bait),
        lambda: in_recipe(run, draw, bait),
        lambda: in_table(run, draw, bait),
        lambda: as_pickle(run, draw, bait, words["pwned"]),
        lambda: as_link(run, draw, bait, watched.folder),
    ]
    how = f"{draw.choice(ways)()}: {bait}"
    (run / run_files.SIGNATURE).unlink(missing_ok=True)
    if draw.random() < 0.5 and run_files.RUN not in how and "link" not in how:
        try:
            RunFolder(run).note()  # as whoever made it up would
        except (ShoalError, OSError, ValueError, KeyError, TypeError, AttributeError):
            without_digests(run)
    elif (run / run_files.RUN).is_file() and not (run / run_files.RUN).is_symlink():
        without_digests(run)
    return how


def test_the_watch_sees_what_is_opened(tmp_path):
    watched = Watched(tmp_path / "outside")
    assert not watched.touched()
    (watched.folder / "secret.csv").read_bytes()
    pq.read_table(watched.folder / "secret.parquet")
    (watched.folder / "secret.txt").unlink()
    assert watched.touched() == {"secret.csv", "secret.parquet", "secret.txt"}
    watched.close()


@pytest.fixture(scope="module")
def runs(small_run, tmp_path_factory):
    """Runs of texts and of records, and rows that are new to each."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(0)
    rows = [f"{3 * (i % 3) + rng.normal():.3f},{rng.random():.3f},{'ab'[i % 2]}" for i in range(60)]
    (folder / "records.csv").write_text("x,y,z\n" + "\n".join(rows) + "\n", encoding="utf-8")
    shoal.cluster(folder / "records.csv", columns=["x", "y", "z"], k=3, out=folder / "records")
    (folder / "new.csv").write_text("text\na rocket in orbit\noven and flour\n", encoding="utf-8")
    return [(small_run, folder / "new.csv"), (folder / "records", folder / "records.csv")]


@pytest.mark.parametrize("n", TRIALS)
def test_nothing_outside_of_a_strangers_run_is_touched(
    runs, listener, tmp_path, monkeypatch, capsys, n
):
    counts: Counter[str] = Counter()
    watched = Watched(tmp_path / "outside")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run, made, pwned = tmp_path / "run", tmp_path / "made", tmp_path / "pwned"
    words = {"out": watched.folder, "there": listener.address, "pwned": str(pwned)}
    warnings.simplefilter("ignore")
    for seed in range(n):
        draw = random.Random(seed)
        whole, new = draw.choice(runs)
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(whole, run)
        how = attacked(run, draw, words, watched)
        watched.touched()
        for name in draw.sample([*COMMANDS, "python"], 4):
            trust._agreed.clear()
            for left in tmp_path.glob("made*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            if name == "python":
                try:
                    looked_at(run)
                    code = 0
                except ShoalError:
                    code = 2
            else:
                told = {"run": run, "new": new, "whole": whole, "made": made}
                code = give(*COMMANDS[name].format(**told).split())
            counts["refused" if code else "done"] += 1
            said = capsys.readouterr()
            assert code in (0, 2), (seed, how, name)
            assert not watched.touched(), (seed, how, name)
            assert listener.connections == 0, (seed, how, name)
            assert not pwned.exists(), (seed, how, name)
            for text in (said.out, said.err):
                assert MARK not in text, (seed, how, name)
                assert SECRET not in text, (seed, how, name)
            if made.with_suffix(".html").is_file():
                assert MARK not in made.with_suffix(".html").read_text(encoding="utf-8")
    watched.close()
    assert counts["done"]
    with capsys.disabled():
        if n > 100:
            sys.stdout.write(f"\n{n:,} strangers' runs: {dict(counts)}, nothing touched\n")
