"""Does predict refuse rows of another set, another language and noise, and place rows of the kind?

python benchmarks/does_predict_refuse_what_is_foreign.py DATA --vectors FOLDER

Each set of texts is fitted on 3,000 rows; 1,000 others are new rows of the kind. The vectors are
those that which_clusterer_finds_the_groups.py keeps for 4,000 rows. The rule without a detector,
one distance for the whole run, is measured on the same rows.
"""

from __future__ import annotations

import argparse
import base64
import random
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from report import save, table
from which_clusterer_finds_the_groups import texts_of, vectors_of

from shoal import stages
from shoal.data import Embeddings
from shoal.estimator import _embedded, _items
from shoal.numerics.duplicates.exact import KeyLookup
from shoal.recipe import Recipe
from shoal.stages.assigning import Assigner, Limits, distinct_keys
from shoal.stages.detecting import Detector

SETS = (
    "ag_news_test",
    "banking77",
    "stackoverflow20",
    "newsgroups20",
    "clinc150_oos",
    "arxiv_titles_large",
)
ON_ONE_SUBJECT = {
    frozenset(("newsgroups20", "ag_news_test")),
    frozenset(("clinc150_oos", "banking77")),
}
"""Pairs that share subjects, so that rows of one are no strangers in the other; told apart."""
N_FITTED, N_ROWS, N_FOREIGN = 3000, 4000, 500


def noise(seed: int = 0, n: int = 60) -> list[str]:
    """Keyboard rubbish, random letters, base64, addresses in memory, log lines, traces, signs."""
    chosen = random.Random(seed)
    keys = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    out = [
        " ".join(
            "".join(chosen.sample(chosen.choice(keys), 4)) for _ in range(chosen.randint(2, 6))
        )
        for row in range(n)
    ]
    out += ["".join(chosen.choices(string.ascii_lowercase, k=20)) for _ in range(n)]
    out += [base64.b64encode(chosen.randbytes(chosen.randint(12, 60))).decode() for _ in range(n)]
    out += [" ".join(hex(chosen.getrandbits(32)) for _ in range(3)) for _ in range(n)]
    out += [
        f"2024-0{chosen.randint(1, 9)}-11 10:{chosen.randint(10, 59)}:07,"
        f"{chosen.randint(100, 999)} {chosen.choice(('INFO', 'ERROR'))} "
        f"db.pool: retry {chosen.randint(1, 9)} of 9"
        for _ in range(n)
    ]
    out += [
        f'Traceback (most recent call last):\n  File "main.py", line {line}\nKeyError: {line % 7}'
        for line in range(n)
    ]
    return [*out, *string.ascii_letters, *"?!.,;:-#"]


def refused(assigner: Assigner, vectors: Any, texts: list[str]) -> float:
    """Share of new rows that get no cluster."""
    return float((assigner.assign(vectors, texts).labels < 0).mean())


def fitted(vectors: Any, texts: list[str]) -> Assigner:
    """What assigns new rows to the default clusters of these."""
    recipe, items = Recipe(), _items(texts)
    unit = Embeddings(vectors[items.distinct], ("given",))
    reducer = recipe.build("reduce")
    reduced = stages.reduce(unit, reducer)
    graph = stages.neighbors(reduced, recipe.stages["neighbors"]["k"])
    clustering, centres, _ = stages.cluster(reduced, graph, recipe.build("cluster"), "auto")
    return Assigner(
        keys=KeyLookup(distinct_keys(items)),
        items=np.arange(len(unit)),
        labels=clustering.labels,
        strengths=clustering.strengths,
        base=reduced.vectors,
        centres=centres,
        reducer=reducer,
        limits=Limits.of(graph, "auto"),
        detector=Detector.of(items, unit.vectors, reduced.vectors, graph),
    )


def main() -> None:
    """Measure every set against all others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, required=True)
    given = parser.parse_args()
    texts = {name: texts_of(given.data, name, N_ROWS)[0] for name in (*SETS, "xsid_multilingual")}
    vectors = {
        name: stages.normalize(
            Embeddings(vectors_of(given.data, name, given.vectors, N_ROWS)[0], ()),
            Recipe().build("normalize"),
        ).vectors
        for name in texts
    }
    strange = noise()
    unit = stages.normalize(
        Embeddings(_embedded(strange, Recipe()), ()), Recipe().build("normalize")
    )
    source = pq.read_table(given.data / "xsid_multilingual.parquet", columns=["lang"])
    drawn = np.sort(np.random.default_rng(0).choice(len(source), N_ROWS, replace=False))
    other = np.flatnonzero(np.array(source["lang"].to_pylist())[drawn] != "en")[:N_FOREIGN]
    xsid = [texts["xsid_multilingual"][row] for row in other]
    rows = []
    for name in SETS:
        order = np.random.default_rng(1).permutation(N_ROWS)
        old, new = np.sort(order[:N_FITTED]), order[N_FITTED:]
        ours = fitted(vectors[name][old], [texts[name][row] for row in old])
        for rule, assigner in (("detector", ours), ("one distance", replace(ours, detector=None))):
            found: dict[str, list[float]] = {"other sets": [], "sets on its subject": []}
            for second in SETS:
                if second != name:
                    near = frozenset((name, second)) in ON_ONE_SUBJECT
                    found["sets on its subject" if near else "other sets"].append(
                        refused(assigner, vectors[second][:N_FOREIGN], texts[second][:N_FOREIGN])
                    )
            rows.append(
                {
                    "set": name,
                    "rule": rule,
                    "its own kind": refused(
                        assigner, vectors[name][new], [texts[name][row] for row in new]
                    ),
                    "other languages": refused(assigner, vectors["xsid_multilingual"][other], xsid),
                    "noise": refused(assigner, unit.vectors, strange),
                }
                | {key: float(np.mean(shares)) for key, shares in found.items() if shares}
            )
    columns = ("its own kind", "other sets", "other languages", "noise")
    means = {
        rule: {c: float(np.mean([r[c] for r in rows if r["rule"] == rule])) for c in columns}
        for rule in ("detector", "one distance")
    }
    save("does_predict_refuse_what_is_foreign", {"rows": rows, "means": means})
    table([{"rule": rule, **shares} for rule, shares in means.items()])


if __name__ == "__main__":
    main()
