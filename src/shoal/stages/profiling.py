"""Profiles of clusters of records: how each column differs, with effect sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from shoal.data import NOISE, Clustering, Embeddings, IntArray, Items
from shoal.data.entries import Entry, ReadEntry
from shoal.data.records import Records
from shoal.data.source_columns import Block, Compared, Feature
from shoal.numerics.arrays import AnyArray, NamedArrays
from shoal.numerics.blocks import slices
from shoal.numerics.ranking import mean_ranks
from shoal.numerics.samples import evenly
from shoal.numerics.scaling import MAX_CELLS, Scale, fit_scales, quantiles_of
from shoal.numerics.stats.effects import block_spreads, moved_without, share_effect
from shoal.parts.describers.readable import subject_of
from shoal.parts.readers.kinds import as_kind
from shoal.parts.readers.naming import is_named_outcome

MAX_SHOWN_LEVELS = 5
MAX_NEGATIVE = 0.05
"""Share of values below zero up to which a column holds amounts, of which ratios make sense."""
GAINED = 0.3
"""Share of the largest effect from which a category that a cluster has more of is named first."""
ALIKE = 0.6
"""Correlation of ranks from which it is told that two columns rise and fall together."""
MAX_LIKE, MIN_LIKE, MAX_PAIRS = 200, 10, 200_000
"""Columns that are told for each, those that are most like it: as many of thousands of columns as
make so many pairs."""
LIKENESS_ROWS = 1000
"""Columns that are compared with all others at once."""
MAX_RANKED = 5000
"""Rows that correlations are taken from."""
NUMERIC = ("number", "date")


def profile(
    items: Items,
    unit: Embeddings,
    clustering: Clustering,
    layout: Sequence[Block],
    source: str = "",
    known_columns: Sequence[ReadEntry] = (),
) -> Entry | None:
    """Profile the clusters of records; None for other items.

    Parameters
    ----------
    items : of the run, with the features and the columns they were found in
    unit : vectors of the distinct items
    clustering : of the distinct items
    layout : name, start, stop and weight of each block of the vectors
    source : what the table is called, which may say what its rows are
    known_columns : "columns" of other clusters of the same rows, which say what is like what

    Returns
    -------
    "subject": what the rows are, "" where that is not known; "columns": name, kind, whether it was
    clustered by, and what it adds to the clusters; and "clusters": for each the value of each
    column and its effect, in the order of "columns"
    """
    shown = [f for f in items.about.get("features", ()) if f["use"] != "left out"]
    if not shown:
        return None
    labels = items.spread(clustering.labels, NOISE)
    info = {entry["name"]: entry for entry in contributions(unit, clustering.labels, layout)}
    shown = [f for f in shown if f["kind"] in (*NUMERIC, "category")]
    usable = items.first >= 0
    values = [values_of(items, feature)[usable] for feature in shown]
    found = profiles_of(values, labels[usable], clustering.n_clusters, shown)
    by_column = [entries for _, entries in found]
    columns = [
        {**_named(feature), **overall, **info.get(feature["name"], {})}
        for feature, (overall, _) in zip(shown, found, strict=True)
    ]
    known = [v if f["kind"] in NUMERIC else None for f, v in zip(shown, values, strict=True)]
    clusters = [
        {"cluster": c, "columns": [entries[c] for entries in by_column]}
        for c in range(clustering.n_clusters)
    ]
    parts = [entry for entry in info.values()]
    alike = [column.get("like") for column in known_columns]
    alike = alike or _likeness([column["name"] for column in columns], known)
    for column, like in zip(columns, alike, strict=True):
        if like:
            column["like"] = like
    codes = (f["name"] for f in items.about["features"] if f["kind"] in ("code", "id"))
    subject = subject_of(str(items.about.get("id") or ""), source, *codes)
    return {"subject": subject, "columns": columns, "parts": parts, "clusters": clusters}


def profiles_of(
    columns: Sequence[AnyArray],
    labels: IntArray,
    n_clusters: int,
    features: Sequence[Compared],
) -> list[tuple[Entry, list[Entry]]]:
    """What each column says of all rows, and of each cluster.

    Parameters
    ----------
    columns : (n,) each, as `as_kind` gives them
    labels : (n,) clusters, -1 for none
    n_clusters : of the labels
    features : "kind" of each column
    """
    pairs = [pair for pair in zip(columns, features, strict=True) if pair[1]["kind"] in NUMERIC]
    numbers = iter(of_numbers([v for v, _ in pairs], labels, n_clusters, [f for _, f in pairs]))
    return [
        next(numbers) if feature["kind"] in NUMERIC else of_levels(values, labels, n_clusters)
        for values, feature in zip(columns, features, strict=True)
    ]


def values_of(items: Items, feature: Feature) -> AnyArray:
    """The values of a column that is a feature, (n_rows,), as `as_kind` gives them."""
    name, kind = feature["name"], feature["kind"]
    if isinstance(items.contents, Records) and feature["use"] == "clustered":
        column = items.contents.named.get(name)
        if column is not None and column.kind == kind:
            return column.values
    return as_kind(items.carried(name), kind, feature["form"], feature.get("meant", ()))


def _likeness(
    names: Sequence[str], known: Sequence[NDArray[np.float64] | None]
) -> list[dict[str, float] | None]:
    """For each numeric column, the columns that correlate with it by rank."""
    numeric = [place for place, values in enumerate(known) if values is not None]
    out: list[dict[str, float] | None] = [None for _ in names]
    if len(numeric) < 2:
        return out
    some = evenly(len(known[numeric[0]]), MAX_RANKED)  # type: ignore[arg-type]
    values = np.array([known[place][some] for place in numeric])  # type: ignore[index]
    ranks = mean_ranks(values)
    means = np.nanmean(ranks, axis=1, keepdims=True)
    apart = np.where(np.isnan(ranks), 0.0, ranks - means)
    most_like = max(min(MAX_LIKE, MAX_PAIRS // len(numeric)), MIN_LIKE)
    unit = apart / np.maximum(np.sqrt((apart**2).sum(axis=1, keepdims=True)), 1e-9)
    for part in slices(len(numeric), LIKENESS_ROWS):
        cosines = unit[part] @ unit.T
        cosines[np.arange(len(cosines)), np.arange(len(unit))[part]] = 0.0
        for row, found in enumerate(np.abs(cosines)):
            like = np.nonzero(found >= ALIKE)[0]
            most = like[np.argsort(-found[like], kind="stable")[:most_like]]
            out[numeric[part.start + row]] = {
                names[numeric[other]]: round(float(cosines[row, other]), 3)
                for other in sorted(most)
            }
    return out


def _named(feature: Feature) -> Entry:
    clustered = feature["use"] == "clustered"
    info: Entry = {"name": feature["name"], "kind": feature["kind"], "clustered": clustered}
    if not clustered and (is_named_outcome(feature["name"]) or "compared" in feature["why"]):
        info["outcome"] = True
    return info


def rarer_value(
    profiles: ReadEntry, names: Sequence[str | None]
) -> tuple[str, dict[int, float]] | None:
    """The first of some columns that has two values: the rarer one and its share in each cluster.

    Parameters
    ----------
    profiles : as `profile` made them
    names : of columns that were named as outcomes

    Returns
    -------
    Column and value in one text, and cluster -> share in [0, 1]; None where no column has two
    """
    for place, column in enumerate(profiles["columns"]):
        if column["name"] in names and column.get("n_levels") == 2:
            level, numbered = column["levels"][1][0], column["levels"][1][0] == "1"
            entries = {c["cluster"]: c["columns"][place] for c in profiles["clusters"]}
            shares = {
                c: float(dict(e.get("levels") or ()).get(level, 0.0)) for c, e in entries.items()
            }
            return column["name"] if numbered else f"{column['name']}: {level}", shares
    return None


def contributions(unit: Embeddings, labels: IntArray, layout: Sequence[Block]) -> list[Entry]:
    """Contribution of each block to the differences between the clusters.

    Parameters
    ----------
    unit : vectors, in which each block has its place
    labels : (n,) clusters, -1 for noise
    layout : name, start, stop and weight of each block

    Returns
    -------
    For each block its weight, its share of the dispersion between the clusters, the share of its
    own dispersion that the clusters explain, and the share of the rows that would be in another
    cluster without it
    """
    if not layout:
        return []
    places = [(block["start"], block["stop"]) for block in layout]
    spreads = block_spreads(unit.vectors, labels, places)
    moved = moved_without(unit.vectors, labels, places)
    whole = sum(spread.between for spread in spreads) or 1.0
    return [
        {
            "name": block["name"],
            "weight": block["weight"],
            "share": spread.between / whole,
            "explained": spread.explained,
            "moved": n_moved,
        }
        for block, spread, n_moved in zip(layout, spreads, moved, strict=True)
    ]


def of_numbers(
    columns: Sequence[NDArray[np.float64]],
    labels: IntArray,
    n_clusters: int,
    features: Sequence[Compared],
) -> list[tuple[Entry, list[Entry]]]:
    """Medians, their ratio to that of all rows, and the robust standardized difference.

    Of each of some columns, (n,) with nan for gaps; many together, as there may be thousands.
    """
    out: list[tuple[Entry, list[Entry]]] = []
    for part in slices(len(columns), max(MAX_CELLS // max(len(labels), 1), 1)):
        every = np.array(columns[part], dtype=np.float64)
        filled = np.asarray(~np.isnan(every).all(axis=1))
        kinds = np.array([feature["kind"] == "number" for feature in features[part]], dtype=bool)
        told = iter(_of_filled(every[filled], labels, n_clusters, kinds[filled]))
        empty: Entry = {"median": None, "effect": 0.0}
        out += [next(told) if one else ({"median": None}, [empty] * n_clusters) for one in filled]
    return out


def _of_filled(
    values: NDArray[np.float64], labels: IntArray, n_clusters: int, amounts: NDArray[np.bool_]
) -> Iterator[tuple[Entry, list[Entry]]]:
    """The same of columns with values, (n_columns, n), some of which hold amounts."""
    gaps = np.isnan(values)
    n_known = np.asarray((~gaps).sum(axis=1))
    scales = fit_scales(
        [one[~gap] for one, gap in zip(values, gaps, strict=True)], amounts.tolist()
    )
    ranked = np.sort(values, axis=1)
    low, half, high, negative = quantiles_of(ranked, (0.25, 0.5, 0.75, MAX_NEGATIVE), n_known)
    overall: NamedArrays = {
        "median": half,
        "low": low,
        "high": high,
        "logged": np.array([scale.unit is not None for scale in scales]),
        "least": ranked[:, 0],
        "most": np.take_along_axis(ranked, n_known[:, None] - 1, axis=1)[:, 0],
        "whole": (gaps | (values == np.floor(values))).all(axis=1),
        "gaps": gaps.sum(axis=1),
    }
    # a few negative amounts, such as refunds, do no harm
    may_divide = amounts & (half > 0) & (negative >= 0)
    clusters = [
        _inside(values[:, labels == c], half, scales, may_divide) for c in range(n_clusters)
    ]
    entries = zip(*clusters, strict=True) if clusters else repeat(())
    for entry, own in zip(_entries(overall), entries, strict=False):
        yield entry, list(own)


def _inside(
    values: NDArray[np.float64],
    half: NDArray[np.float64],
    scales: Sequence[Scale],
    may_divide: NDArray[np.bool_],
) -> Iterator[Entry]:
    """What each column says of one cluster, of which (n_columns, n_inside) values are given."""
    n_gaps = np.asarray(np.isnan(values).sum(axis=1))
    n_known = values.shape[1] - n_gaps
    if not values.shape[1]:
        values = np.full((len(values), 1), np.nan)
    low, middle, high = quantiles_of(
        np.sort(values, axis=1), (0.25, 0.5, 0.75), np.maximum(n_known, 1)
    )
    pairs = zip(scales, half, middle, strict=True)
    effects = [float(np.subtract(*scale.deviations(np.array([m, h])))) for scale, h, m in pairs]
    divided = may_divide & (middle >= 0)
    ratios = np.full(len(half), None, dtype=object)
    ratios[divided] = middle[divided] / half[divided]
    found = _entries(
        {
            "median": middle,
            "low": low,
            "high": high,
            "ratio": ratios,
            "effect": np.array(effects),
            "above": (values > half[:, None]).sum(axis=1) / np.maximum(n_known, 1),
            "below": (values < half[:, None]).sum(axis=1) / np.maximum(n_known, 1),
            "gaps": n_gaps,
        }
    )
    for entry, n in zip(found, n_known, strict=True):
        yield entry if n else {"median": None, "effect": 0.0, "gaps": entry["gaps"]}


def _entries(arrays: Mapping[str, AnyArray]) -> Iterator[Entry]:
    """Arrays of one length as an object for each of their places."""
    rows = zip(*(array.tolist() for array in arrays.values()), strict=True)
    return (dict(zip(arrays, row, strict=True)) for row in rows)


def of_levels(values: AnyArray, labels: IntArray, n_clusters: int) -> tuple[Entry, list[Entry]]:
    """Shares of the categories, the one that sets a cluster apart, and Cohen's h of its share."""
    counts = Counter(value for value in values if value is not None)
    n_known = max(sum(counts.values()), 1)
    ranked = sorted(counts, key=lambda level: (-counts[level], level))
    overall_shares = {level: counts[level] / n_known for level in ranked}
    overall: Entry = {
        "levels": [[level, overall_shares[level]] for level in ranked[:MAX_SHOWN_LEVELS]],
        "n_levels": len(ranked),
        "gaps": len(values) - sum(counts.values()),
    }
    entries: list[Entry] = []
    for c in range(n_clusters):
        inside = values[labels == c]
        found = Counter(value for value in inside if value is not None)
        n_inside = sum(found.values())
        if not n_inside:
            entries.append({"level": None, "effect": 0.0, "gaps": len(inside)})
            continue
        effects = {x: share_effect(found[x] / n_inside, overall_shares[x]) for x in ranked}
        info = _telling(effects, {x: found[x] / n_inside for x in ranked})
        share = found[info] / n_inside
        entries.append(
            {
                "level": info,
                "share": share,
                "overall": overall_shares[info],
                "lift": share / overall_shares[info],
                "effect": effects[info],
                "levels": [[x, n / n_inside] for x, n in found.most_common(MAX_SHOWN_LEVELS)],
                "gaps": len(inside) - n_inside,
            }
        )
    return overall, entries


def _telling(effects: Mapping[str, float], shares: Mapping[str, float]) -> str:
    """The category to name: the majority one if informative, else the most distinctive."""
    farthest = max(effects, key=lambda level: (abs(effects[level]), shares[level]))
    most = max(shares, key=lambda level: (shares[level], effects[level]))
    if shares[most] >= 0.5 and effects[most] >= 0.6 * abs(effects[farthest]):
        return most
    best = max(effects, key=lambda level: (effects[level], shares[level]))
    # presence is easier to read than absence
    return best if effects[best] >= GAINED * abs(effects[farthest]) else farthest
