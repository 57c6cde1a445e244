"""Shuffled, a table has the same clusters; with one row more it has nearly the same."""

import functools
import random
import sys
from statistics import mean

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score

import shoal

LETTERS = "bcdfghklmnprstvz"
SETS = [3, pytest.param(60, marks=pytest.mark.soak)]
SAME, LITTLE = 0.98, 0.9
"""Adjusted Rand index that a shuffle has at least, and one row more in the mean."""


def words(draw, n):
    """Made-up words."""
    return [
        "".join(draw.choice(LETTERS) + draw.choice("aeiou") for _ in range(3)) for _ in range(n)
    ]


def texts(draw, n, n_groups, shared):
    """Texts of words that groups have of their own, or share."""
    common, own = words(draw, 30), [words(draw, 8) for _ in range(n_groups)]
    rows = []
    for _ in range(n):
        group = draw.choice(own)
        rows.append(
            " ".join(draw.choice(common if draw.random() < shared else group) for _ in range(8))
        )
    return {"text": rows}


def records(draw, n, n_groups, shared):
    """Amounts and categories around the values of groups."""
    rng = np.random.default_rng(draw.randrange(9**9))
    group, middle = rng.integers(0, n_groups, n), rng.normal(0, 4, (n_groups, 3))
    amounts = middle[group] + rng.normal(0, 0.5 + 2 * shared, (n, 3))
    kind = np.where(rng.random(n) < shared, rng.integers(0, 4, n), group % 4)
    names = ("height", "width", "weight")
    columns = {name: amounts[:, i].round(2).tolist() for i, name in enumerate(names)}
    return {**columns, "colour": [("red", "blue", "green", "white")[i] for i in kind]}


def vectors(draw, n, n_groups, shared):
    """Directions around those of groups."""
    rng = np.random.default_rng(draw.randrange(9**9))
    middle = rng.normal(size=(n_groups, 24))
    found = middle[rng.integers(0, n_groups, n)] + (0.3 + 2 * shared) * rng.normal(size=(n, 24))
    return {"v": found.astype(np.float32).tolist()}


MADE = {texts: {"text": "text"}, records: {}, vectors: {"vectors": "v"}}


def table_of(seed):
    """What a table holds, and the table: groups more or less apart, some rows twice."""
    draw = random.Random(seed)
    make = list(MADE)[seed % len(MADE)]
    n = draw.choice([100, 150] if seed < 3 else [100, 200, 400, 800, 1600])
    table = pa.table(make(draw, n, draw.randint(2, 9), draw.choice([0.1, 0.3, 0.5])))
    twice = table.take([draw.randrange(n) for _ in range(n // 20)])
    return make, pa.concat_tables([table, twice])


def labels_of(table, make):
    """The cluster of each row by the default, whatever has to be chosen."""
    return shoal.cluster(table, embedder="hashing" if make is texts else None, **MADE[make]).labels


@functools.cache
def made(seed):
    """What a table holds, the table, and its labels."""
    make, table = table_of(seed)
    return make, table, labels_of(table, make)


@pytest.mark.parametrize("n_sets", SETS)
def test_shuffled_rows_have_the_same_clusters(n_sets, capsys):
    alike, found = [], []
    for seed in range(n_sets):
        make, table, before = made(seed)
        order = np.random.default_rng(seed).permutation(len(table))
        after = labels_of(table.take(order), make)
        alike.append(adjusted_rand_score(before[order], after))
        found.append(int(before.max()) + 1)
        assert alike[-1] >= SAME, (seed, make.__name__, len(table))
    assert max(found) > 2
    with capsys.disabled():
        if n_sets > 10:
            sys.stdout.write(
                f"\n{n_sets} tables of 105 to 1,680 rows shuffled, {min(found)} to {max(found)} "
                f"clusters: ARI at least {min(alike):.3f}, 1 in {sum(a == 1 for a in alike)}\n"
            )


@pytest.mark.parametrize("n_sets", [1, SETS[1]])
def test_one_row_more_changes_little(n_sets, capsys):
    alike = []
    for seed in range(n_sets):
        make, table, before = made(seed)
        new = table_of(seed + len(MADE) * 1000)[1].slice(0, 1)
        after = labels_of(pa.concat_tables([table, new]), make)
        alike.append(adjusted_rand_score(before, after[:-1]))
    assert mean(alike) >= LITTLE
    with capsys.disabled():
        if n_sets > 10:
            sys.stdout.write(
                f"\n{n_sets} tables with one row more: ARI {mean(alike):.3f} in the mean, at least "
                f"{min(alike):.3f}, under 0.95 in {sum(one < 0.95 for one in alike)}\n"
            )
