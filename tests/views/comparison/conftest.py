"""Runs to compare that were never made: what a comparison is told of a run, no more."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from shoal.views.comparison import Side

SCRIPT = "</script></style><img src=x onerror=alert(1)>"
HOSTILE = (
    SCRIPT,
    "{{ 7 * 7 }}",
    '"><svg onload=alert(1)>',
    "]]>&amp;<!--",
    "\u202egnp.exe",
    "\x1b[31m",
)


def make(name, labels, *, ids=None, id_column="id", contents=None, titles=None, **more):
    """A side with texts "text 0", "text 1", ... unless told otherwise."""
    labels = np.asarray(labels, dtype=np.int32)
    n, n_clusters = len(labels), int(labels.max(initial=-1)) + 1
    texts = [f"text {i}" for i in range(n)] if contents is None else contents
    return Side(
        name=name,
        ids=pa.array(range(n) if ids is None else ids),
        id_column=id_column,
        contents=None if contents is False else pa.array(texts, pa.large_string()),
        labels=labels,
        usable=np.asarray(more.get("usable", np.ones(n)), dtype=bool),
        titles=tuple(titles or (f"{name} {i}" for i in range(n_clusters))),
        sources=tuple(more.get("sources", ())),
    )


@pytest.fixture
def sides():
    """Two runs of 20 rows: one cluster split, two merged, one row moved, one lost its cluster."""
    before = [0] * 8 + [1] * 5 + [2] * 4 + [-1] * 3
    after = [0] * 5 + [1] * 3 + [2] * 9 + [-1] * 2 + [2]
    after[0], after[12] = 2, -1
    return make("old", before), make("new", after)
