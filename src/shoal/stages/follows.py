"""What the clusters follow: columns that were not clustered by, and a name that texts hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shoal.data import NOISE, IntArray, Items
from shoal.data.entries import Entry
from shoal.numerics.partitions.information import adjusted_mutual_information
from shoal.numerics.samples import evenly
from shoal.parts.describers.languages import languages
from shoal.parts.describers.lexicon import lemma, words
from shoal.parts.describers.offers import READ_CHARS
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.readers.kinds import as_kind
from shoal.stages.carried import MAX_LEVELS, kind_of
from shoal.stages.vectors import contents_of

MAX_ROWS = 5000
"""Rows that are looked at; of more, evenly spaced."""
MIN_ROWS = 20
N_BINS = 10
"""Numbers and dates are cut into so many parts of equally many rows."""
WORD = re.compile(r"[^\W\d_]{3,}")
NAMED = (0.1, 0.9)
"""Shares of the texts that a name is in from which and up to which it is looked at."""
MOSTLY, HARDLY = 0.8, 0.2
"""Shares of the texts of a cluster that hold the name, or do not."""
MIN_CLUSTERS = 3
"""Clusters on either side: a name of fewer may be their subject."""
EXPLAINED = 0.5
"""Share of the entropy of who says the name that the clusters must explain."""
MAX_FOREIGN = 0.1


def follows(table: pa.Table, labels: IntArray, names: Sequence[str]) -> list[Entry]:
    """Adjusted mutual information of each column and the clusters.

    Parameters
    ----------
    table : pyarrow table, one row per row of the source
    labels : (n_rows,) clusters, -1 for none
    names : columns of the table

    Returns
    -------
    `column` and `score` of each column of categories, numbers or dates, by falling score: the
    adjusted mutual information, 0 for chance and 1 where both say the same. Columns of one value,
    or of too many to repeat, are left out
    """
    grouped = np.flatnonzero(labels != NOISE)
    rows = grouped[evenly(len(grouped), MAX_ROWS)]
    if len(rows) < MIN_ROWS:
        return []
    some, own = table.select(list(names)).take(pa.array(rows)), labels[rows]
    found = []
    for name in names:
        codes = codes_of(some[name], name)
        held = codes >= 0
        n_values = len(np.unique(codes[held]))
        if held.sum() >= MIN_ROWS and 2 <= n_values <= min(MAX_LEVELS, held.sum() / 2):
            score = adjusted_mutual_information(codes[held], own[held])
            found.append({"column": name, "score": round(max(score, 0.0), 4)})
    return sorted(found, key=lambda entry: -entry["score"])


def codes_of(column: pa.ChunkedArray, name: str) -> NDArray[np.int64]:
    """The value or the bin of each row, (n,); -1 without one."""
    kind, form = kind_of(column, name)
    if not kind:
        return np.full(len(column), -1, dtype=np.int64)
    if kind == "category":
        encoded = pc.dictionary_encode(column.cast(pa.large_string()).combine_chunks())
        return np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64)
    values = np.asarray(as_kind(column, kind, form), dtype=np.float64)
    known = np.isfinite(values)
    codes = np.full(len(values), -1, dtype=np.int64)
    if known.any():
        borders = np.quantile(values[known], np.arange(1, N_BINS) / N_BINS)
        codes[known] = np.searchsorted(np.unique(borders), values[known], side="right")
    return codes


def followed_name(items: Items, labels: IntArray) -> Entry | None:
    """The name that most parts the clusters, such as the company in some of the complaints.

    Texts on one subject come into two clusters if half of them name the company. A common noun
    or verb is never such a name: it may be what the texts are about.

    Parameters
    ----------
    items : their texts are looked at if they are English; nothing else has a name
    labels : (n_distinct,) clusters, -1 for none

    Returns
    -------
    `name` as it is written most often, `share` of the texts that hold it, and the number of
    clusters that mostly do (`with`) and hardly do (`without`); None if no name parts them
    """
    if items.modality != "text":
        return None
    some = np.flatnonzero(labels != NOISE)
    some = some[evenly(len(some), MAX_ROWS)]
    own, texts = labels[some], contents_of(items, items.distinct[some])
    held = [set(WORD.findall(text[:READ_CHARS])) for text in texts]
    written = Counter(word for words_held in held for word in words_held)
    lower = [{word.lower() for word in words_held} for words_held in held]
    counts = Counter(word for words_held in lower for word in words_held)
    best, found = EXPLAINED, None
    for word, n in counts.items():
        share = n / len(texts)
        if not NAMED[0] <= share <= NAMED[1] or word in STOP_WORDS or lemma(word) in words():
            continue
        says = np.array([word in words_held for words_held in lower])
        shares = np.bincount(own, weights=says) / np.maximum(np.bincount(own), 1)
        most, least = int(np.sum(shares >= MOSTLY)), int(np.sum(shares <= HARDLY))
        explained = 1.0 - float(np.mean(_entropy(shares[own]))) / float(_entropy(np.array(share)))
        if explained > best and min(most, least) >= MIN_CLUSTERS:
            form = max((w for w in written if w.lower() == word), key=lambda w: (written[w], w))
            best, found = explained, {"name": form, "share": round(share, 4)}
            found |= {"with": most, "without": least}
    return None if found is None or languages(texts, MAX_FOREIGN) else found


def _entropy(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of yes and no, in nats."""
    inside = np.clip(share, 1e-12, 1.0 - 1e-12)
    return np.asarray(-inside * np.log(inside) - (1.0 - inside) * np.log1p(-inside))
