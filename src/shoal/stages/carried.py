"""Columns that were not clustered by, compared between each cluster and all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, ndtri

from shoal.data import NOISE, IntArray
from shoal.data.entries import Entry
from shoal.data.source_columns import Compared, SourceColumns
from shoal.numerics.ranking import mean_ranks
from shoal.numerics.samples import evenly
from shoal.numerics.stats.effects import share_effect
from shoal.numerics.stats.periods import Periods, periods, trends
from shoal.parts.describers.outcomes import UNTOLD
from shoal.parts.describers.readable import (
    column_name,
    is_flag,
    is_year,
    level_in_words,
    number_in_words,
    percent,
    says_yes,
)
from shoal.parts.readers.kinds import as_kind, find_kind
from shoal.stages.outcomes import outcomes

CHANCE = 0.01
"""Probability with which chance alone would name anything, over all that is looked at."""
MIN_EFFECT = 0.2
"""Small after Cohen; for numbers, a row of the cluster has more than one outside of it in 60 of 100
pairs."""
MIN_ROWS = 5
MAX_TOLD = 4
MAX_LEVELS = 200
MAX_COLUMNS = 60
LOOKED_AT = 5000
"""Rows by which the kind of a column is found out."""
MAX_RANKED = 500_000
"""Rows whose numbers are ranked; of more, evenly spaced."""
MIN_PERIODS = 4
PARTS = 3
"""The time is cut into so many parts; shares of the first and the last are told."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Findings about some clusters from columns that were not clustered by.

    Parameters
    ----------
    who : for each cluster the columns it has more or less of than the other rows
    when : for each cluster its rows per period and whether they rise or fall; None without dates
    course : the column of dates, the periods, and the rows of all in each; None without dates
    outcomes : for each cluster what the columns say that were named to be compared with it
    """

    who: list[list[Entry]]
    when: list[Entry | None]
    course: Entry | None
    outcomes: list[list[Entry]]

    def of(self, place: int) -> Entry:
        """What clusters.json says of the cluster at a place: who, when and outcomes."""
        return {"who": self.who[place], "when": self.when[place], "outcomes": self.outcomes[place]}


def carried_names(names: Sequence[str], about: SourceColumns) -> list[str]:
    """Names of the columns that were not clustered by.

    Parameters
    ----------
    names : of the columns of the items
    about : what reading told of the columns
    """
    used: set[str | None] = {f["name"] for f in about.get("features", ()) if f["use"] != "shown"}
    own: set[str | None] = {"id", "path", about.get("id"), about.get("text"), about.get("image")}
    used |= own if about.get("features") else own | {"text"}
    used |= {role["name"] for role in about.get("roles", ()) if role["role"] == "id"}
    return [name for name in names if name not in used][:MAX_COLUMNS]


def carried(
    table: pa.Table,
    labels: IntArray,
    clusters: Sequence[int],
    names: Sequence[str],
    compared: Sequence[Compared] = (),
) -> Carried:
    """Describe clusters by the columns that were not clustered by.

    Parameters
    ----------
    table : pyarrow table, one row per row of the source
    labels : (n_rows,) clusters, -1 for none
    clusters : which to tell of
    names : columns of the table
    compared : columns that the user asked to compare with the clusters, see `outcomes`

    Returns
    -------
    Who, when and outcomes, in the order of `clusters`
    """
    place = np.full(int(max(labels.max(initial=0), max(clusters, default=0))) + 2, NOISE, np.int32)
    place[list(clusters)] = np.arange(len(clusters), dtype=np.int32)
    dense = place[labels]
    outcome_records = outcomes(table, dense, len(clusters), compared)
    asked = {feature["name"] for feature in compared}
    names = [name for name in names if name not in asked]
    found: list[list[tuple[float, Entry]]] = [[] for _ in clusters]
    course: tuple[str, Periods] | None = None
    kinds = [(name, *kind_of(table[name], name)) for name in names]
    kinds = [(name, kind, form) for name, kind, form in kinds if kind]
    tests = max(len(kinds) * len(clusters), 1)
    for name, kind, form in kinds:
        if kind == "category":
            info = _categories(table[name], name, dense, len(clusters), tests)
        elif kind == "number":
            values = np.asarray(as_kind(table[name], kind, form), dtype=np.float64)
            info = _numbers(values, name, dense, len(clusters), tests)
        else:
            days = np.asarray(as_kind(table[name], kind, form), dtype=np.float64)
            made = periods(days)
            if course is None and made is not None and len(made.begins) >= MIN_PERIODS:
                course = name, made
            continue
        for own, entries in zip(found, info, strict=True):
            own.extend(entries)
    who = [
        [entry for _, entry in sorted(own, key=lambda pair: -pair[0])[:MAX_TOLD]] for own in found
    ]
    if course is None:
        return Carried(who, [None] * len(clusters), None, outcome_records)
    cluster_trends, whole = _trends(*course, dense, len(clusters))
    return Carried(who, list(cluster_trends), whole, outcome_records)


def kind_of(column: pa.ChunkedArray, name: str) -> tuple[str, str]:
    """Kind and format of a column, from a sample; the kind is empty for uninformative columns."""
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind):
        return "", ""
    try:
        some = column.take(pa.array(evenly(len(column), LOOKED_AT)))
        found = find_kind(some, name)
    except (
        pa.ArrowException,
        ValueError,
        TypeError,
    ):  # a column that is not clustered by may hold anything
        return "", ""
    return (found.kind, found.form) if found.kind in ("category", "number", "date") else ("", "")


def _categories(
    column: pa.ChunkedArray, name: str, dense: IntArray, n_clusters: int, tests: int
) -> list[list[tuple[float, Entry]]]:
    """For each cluster, the categories that are clearly over- or underrepresented."""
    texts = pc.cast(column, pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    coded = pc.dictionary_encode(texts)
    levels = [str(level) for level in coded.dictionary.to_pylist()]
    codes = np.asarray(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False))
    out: list[list[tuple[float, Entry]]] = [[] for _ in range(n_clusters)]
    if not 1 < len(levels) <= MAX_LEVELS:
        return out
    known = codes >= 0
    totals = np.bincount(codes[known], minlength=len(levels)).astype(np.float64)
    inside = known & (dense >= 0)
    counts = np.bincount(
        dense[inside].astype(np.int64) * len(levels) + codes[inside],
        minlength=n_clusters * len(levels),
    ).reshape(n_clusters, len(levels))
    chance = CHANCE / 2 / (tests * len(levels))
    for cluster, row in enumerate(counts.astype(np.float64)):
        told = _telling(row, totals, levels, chance)
        if told:
            shares = [(float(row[i] / row.sum()), float(totals[i] / totals.sum())) for i, _ in told]
            entry = _category(name, levels[told[0][0]], *shares[0], is_flag(levels))
            for (level, _), (share, overall) in zip(told[1:], shares[1:], strict=True):
                named = f"{level_in_words(levels[level])}: {percent(share)}"
                entry["text"] += f". {named}; of all rows {percent(overall)}"
            out[cluster].append((told[0][1], entry))
    return out


def _telling(
    row: NDArray[np.float64], totals: NDArray[np.float64], levels: Sequence[str], chance: float
) -> list[tuple[int, float]]:
    """The most over- or underrepresented category of a cluster, and the next that is common there.

    Parameters
    ----------
    row, totals : (n_levels,) rows of the cluster, and of all
    levels : (n_levels,) the categories
    chance : probability of a count below which it is no chance

    Returns
    -------
    The place and the size of the effect of up to two
    """
    n, everyone = float(row.sum()), float(totals.sum())
    if n < MIN_ROWS or n >= everyone:
        return []
    shares, rest, overall = row / n, (totals - row) / (everyone - n), totals / everyone
    effects = np.array([share_effect(*pair) for pair in zip(shares, rest, strict=True)])
    # the binomial tail and not a normal one: one row of a rare category is nothing
    above, below = bdtrc(row - 1, int(n), overall), bdtr(row, int(n), overall)
    tails = np.where(shares > overall, above, below)
    able = (tails <= chance) & (np.abs(effects) >= MIN_EFFECT)
    if is_flag(levels):
        able &= np.array([says_yes(level) for level in levels])
    elif len(levels) > 2:
        # a category is worth mentioning as rare only if it is absent
        able &= (effects > 0) | (shares <= 0.02)
    order = np.argsort(-np.where(able, np.abs(effects), -1), kind="stable")
    most = [int(i) for i in order[:1] if able[i]]
    if most and len(levels) > 2 and effects[most[0]] > 0:
        most += [int(i) for i in order[1:] if able[i] and effects[i] > 0][:1]
    return [(i, float(abs(effects[i]))) for i in most]


def _category(name: str, level: str, share: float, overall: float, flag: bool) -> Entry:
    said = (
        column_name(name)
        if flag and name.lower() not in UNTOLD
        else f"{column_name(name)} {level_in_words(level)}"
    )
    return {
        "column": name,
        "value": level,
        "share": float(share),
        "overall": float(overall),
        "more": bool(share > overall),
        "text": f"{said}: {percent(float(share))}; of all rows {percent(float(overall))}",
    }


def _numbers(
    values: NDArray[np.float64], name: str, dense: IntArray, n_clusters: int, tests: int
) -> list[list[tuple[float, Entry]]]:
    """For each cluster, whether its numbers are clearly higher or lower than the others'."""
    if len(values) > MAX_RANKED:
        some = evenly(len(values), MAX_RANKED)
        values, dense = values[some], dense[some]
    known = np.isfinite(values)
    out: list[list[tuple[float, Entry]]] = [[] for _ in range(n_clusters)]
    n = int(known.sum())
    if n < 2 * MIN_ROWS:
        return out
    ranks = mean_ranks(values[known])
    inside = dense[known]
    order = np.argsort(inside, kind="stable")
    borders = np.searchsorted(inside[order], np.arange(n_clusters + 1))
    usual, limit = float(np.median(values[known])), float(-ndtri(CHANCE / 2 / tests))
    year = is_year(name, float(values[known].min()), float(values[known].max()))
    for cluster in range(n_clusters):
        rows = order[borders[cluster] : borders[cluster + 1]]
        size, rest = len(rows), n - len(rows)
        if size < MIN_ROWS or not rest:
            continue
        above = (
            ranks[rows].mean() - (size + 1) / 2
        ) / rest  # probability of exceeding a random other row
        deviation = np.sqrt((size + rest + 1) / (12 * size * rest))
        effect = 2 * above - 1
        if abs(effect) < MIN_EFFECT or abs(above - 0.5) < limit * deviation:
            continue
        here = float(np.median(values[known][rows]))
        if here == usual:
            continue
        info, of_all = (number_in_words(v, name, year=year) for v in (here, usual))
        entry = {
            "column": name,
            "median": here,
            "overall": usual,
            "more": bool(effect > 0),
            "text": f"{column_name(name)}: typically {info}; of all rows {of_all}",
        }
        out[cluster].append((abs(float(effect)), entry))
    return out


def _trends(
    name: str, made: Periods, dense: IntArray, n_clusters: int
) -> tuple[list[Entry | None], Entry]:
    """Rows of each cluster per period, and whether its share rises or falls beyond chance."""
    totals, counts = made.totals(), made.counts(dense, list(range(n_clusters)))
    slopes = trends(counts, totals)
    limit = float(-ndtri(CHANCE / 2 / max(n_clusters, 1)))
    first, last = _ends(totals)
    out: list[Entry | None] = []
    for row, slope in zip(counts, slopes, strict=True):
        before = float(row[first].sum() / max(totals[first].sum(), 1))
        after = float(row[last].sum() / max(totals[last].sum(), 1))
        trend = ""
        # slope and end points must agree, and the change must be large enough to mention
        if abs(slope) >= limit and n_clusters > 1:
            trend = "rising" if slope > 0 and after > 1.2 * before else trend
            trend = "falling" if slope < 0 and before > 1.2 * after else trend
        info = ""
        if trend:
            info = f"{trend}: {percent(before)} of the rows in the first third of the time, "
            info += f"{percent(after)} in the last"
        out.append(
            {
                "counts": [int(count) for count in row],
                "trend": trend,
                "first": before,
                "last": after,
                "text": info,
            }
        )
    whole = {
        "column": name,
        "unit": made.unit,
        "begins": made.names,
        "totals": [int(total) for total in totals],
    }
    return out, whole


def _ends(totals: NDArray[np.float64]) -> tuple[slice, slice]:
    """The first and the last third of the time."""
    n = max(len(totals) // PARTS, 1)
    return slice(0, n), slice(len(totals) - n, len(totals))
