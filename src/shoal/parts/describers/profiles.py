"""A cluster of records in words: "Grocery 3.1 x the median", "Contract is Two year for 84 %"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoal.data.records import value_as_text
from shoal.numerics.clusters import members
from shoal.numerics.samples import evenly

LEAST = 0.3
"""Size of an effect from which it is told: between small and medium."""
N_TITLE = 3
N_KEYWORDS = 8
N_WORDS = 5
"""Keywords of texts that stand before what sets the columns apart."""
JOINT = " · "
TITLE_CHARS = 70
AVERAGE = "average"
"""Title of a cluster that no column sets apart."""
MAX_LOOKED_AT = 300
"""Texts of a cluster in which the words of a title are looked for."""
MIN_LIFT = 1.5
"""How many times more common than in any other cluster the words of a title must be."""
MOSTLY = 0.5
"""Share of its texts from which a cluster keeps a title that says too little."""
Entry = Mapping[str, Any]


def in_words(
    profiles: Mapping[str, Any], *, n_title: int = N_TITLE
) -> list[tuple[str, tuple[str, ...]]]:
    """A title and what sets it apart, in words, for each cluster.

    Parameters
    ----------
    profiles : "columns" and "clusters" as the profiling stage makes them
    n_title : at most so many columns in a title

    Returns
    -------
    Titles that differ from each other, and sentences without a full stop, largest effect first
    """
    columns = [column for column in profiles["columns"]]
    out: list[tuple[str, tuple[str, ...]]] = []
    taken: set[str] = set()
    for cluster in profiles["clusters"]:
        ranked = _ranked(columns, cluster["columns"])
        phrases = [_short(column, entry) for column, entry in _for_title(ranked)]
        title = _title(phrases, taken, n_title, cluster["cluster"])
        taken.add(title)
        info = tuple(_long(column, entry) for column, entry in ranked[:N_KEYWORDS])
        out.append((title, info))
    return out


def together(
    words: Sequence[tuple[str, tuple[str, ...]]], profiles: Sequence[tuple[str, tuple[str, ...]]]
) -> list[tuple[str, tuple[str, ...]]]:
    """Titles and keywords of texts, which differ from each other, before what profiles tell."""
    return [
        (title, (*keywords[:N_WORDS], *info))
        for (title, keywords), (_, info) in zip(words, profiles, strict=True)
    ]


def told_apart(
    titles: Sequence[str],
    profiles: Sequence[str],
    texts: Sequence[str],
    labels: NDArray[np.int32],
    *,
    counted: bool = True,
) -> list[str]:
    """Titles of texts, with what the columns say where the texts do not tell the clusters apart.

    A title says too little where it is another's but for a number, or where its words are about as
    common in another cluster. What the columns say takes its place then, after it where most rows
    of the cluster hold its words.

    Parameters
    ----------
    titles, profiles : (n_clusters,) by the texts and by the columns, each unlike the others
    texts, labels : (n,) the texts and their clusters, -1 for noise
    counted : whether the titles are made of words of the texts, so that they can be looked for
    """
    said = [title.removesuffix(f" ({c})") for c, title in enumerate(titles)]
    inside = members(labels, len(titles))
    some = [
        [texts[row].casefold() for row in rows[evenly(len(rows), MAX_LOOKED_AT)]] for rows in inside
    ]
    out: list[str] = []
    for c, title in enumerate(titles):
        held = [_held(said[c], rows) for rows in some]
        rival = max((share for other, share in enumerate(held) if other != c), default=0.0)
        alike = said.count(said[c]) > 1 or (counted and 0 < held[c] < MIN_LIFT * rival)
        if not alike or profiles[c].startswith(AVERAGE):
            out.append(title)
            continue
        phrases = profiles[c].split(JOINT)
        best = [said[c]] if held[c] >= MOSTLY else []
        best.append(phrases.pop(0))
        while phrases and (len(JOINT.join([*best, phrases[0]])) <= TITLE_CHARS):
            best.append(phrases.pop(0))
        made = JOINT.join(best)
        out.append(made if made not in (*out, *titles) else f"{made} ({c})")
    return out


def _held(title: str, texts: Sequence[str]) -> float:
    """Share of the texts that hold any part of a title."""
    parts = [part.strip().casefold() for part in title.split(",") if part.strip()]
    return sum(any(part in text for part in parts) for text in texts) / max(len(texts), 1)


def _ranked(columns: Sequence[Entry], entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Columns that were clustered by, largest effect first, without those too small to tell."""
    pairs = zip(columns, entries, strict=True)
    able = [(c, e) for c, e in pairs if c["clustered"] and abs(e["effect"]) >= LEAST]
    return sorted(able, key=lambda pair: -abs(pair[1]["effect"]))


def _for_title(ranked: Sequence[tuple[Entry, Entry]]) -> list[tuple[Entry, Entry]]:
    """What a title may tell: what a cluster has before what it lacks, and nothing twice.

    Columns such as "online backup" and "online security" often share a category of the very same
    rows, "no internet service".
    """
    out, seen = [], set()
    for column, entry in ranked:
        if column["kind"] == "category":
            same = (round(entry["share"], 6), round(entry["overall"], 6))
            if same in seen:
                continue
            seen.add(same)
        out.append((column, entry))
    lacks = [c["kind"] == "category" and e["effect"] < 0 for c, e in out]
    return [out[i] for i in sorted(range(len(out)), key=lambda i: lacks[i])]


def _title(phrases: Sequence[str], taken: set[str], n_title: int, cluster: int) -> str:
    best: list[str] = []
    for phrase in phrases[:n_title]:
        if not best or len(JOINT.join([*best, phrase])) <= TITLE_CHARS:
            best.append(phrase)
    more = [phrase for phrase in phrases if phrase not in best]
    for n in range(len(more) + 1):
        title = JOINT.join([*best, *more[:n]])
        if title and title not in taken:
            return title
    return f"{JOINT.join(best) or AVERAGE} ({cluster})" if taken or best else AVERAGE


def _short(column: Entry, entry: Entry) -> str:
    name = column["name"]
    if column["kind"] == "category":
        if entry["effect"] < 0:
            return f"{name} rarely {entry['level']}"
        mostly = "" if entry["share"] >= 0.9 else "mostly " if entry["share"] >= 0.5 else "often "
        return f"{name} {mostly}{entry['level']}"
    if entry.get("ratio") is not None and not 0.95 < entry["ratio"] < 1.05:
        return f"{name} {times(entry['ratio'])}"
    if column["kind"] == "date":
        return f"{name} {'late' if entry['effect'] > 0 else 'early'}"
    return f"{name} {'high' if entry['effect'] > 0 else 'low'}"


def _long(column: Entry, entry: Entry) -> str:
    name = column["name"]
    if column["kind"] == "category":
        info = f"{percent(entry['share'])} (all: {percent(entry['overall'])})"
        return f"{name} is {entry['level']} for {info}"
    here = middle_as_text(entry["median"], column["kind"])
    there = middle_as_text(column["median"], column["kind"])
    if entry.get("ratio") is not None and entry["ratio"] > 0:
        return f"{name} {times(entry['ratio'])} the median: {here} (all: {there})"
    return f"{name} {entry['effect']:+.1f} sd: median {here} (all: {there})"


def middle_as_text(median: float, kind: str) -> str:
    """A median as a person reads it; that of dates is a day."""
    return value_as_text(float(int(median // 1)) if kind == "date" else median, kind)


def times(ratio: float) -> str:
    """A ratio such as "3.1 x"; small ones keep two digits that count."""
    if ratio >= 10:
        return f"{ratio:,.0f} x"
    return f"{ratio:.1f} x" if ratio >= 1 else f"{ratio:.2g} x"


def percent(share: float) -> str:
    """A share in whole percent, where it is none of the ends."""
    if 0 < share < 0.01:
        return "below 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")
