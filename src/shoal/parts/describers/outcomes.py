"""What columns say of clusters that they were not made by: "43 % left; of all customers 27 %"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shoal.data.entries import ReadEntry
from shoal.parts.describers.readable import (
    column_name,
    day_in_words,
    is_flag,
    is_year,
    level_in_words,
    number_in_words,
    percent,
    says_yes,
    share_in_words,
)

UNTOLD = ("label", "target", "class", "outcome", "y", "truth")
"""Names of columns that say nothing of what their yes is."""
SAID_OUTCOME = 0.1
"""Effect on a column that was not clustered by, from which it is told of a cluster."""


def value_in_words(column: ReadEntry, value: float) -> str:
    """A number or a day of a column as a person reads it."""
    if column["kind"] == "date":
        return day_in_words(value)
    least, most = column.get("least"), column.get("most")
    year = least is not None and most is not None and is_year(column["name"], least, most)
    return number_in_words(value, column["name"], year=year, unit=column.get("unit"))


class Outcome(NamedTuple):
    """What a column that was not clustered by says of a cluster.

    Parameters
    ----------
    name : of the column, as a person says it
    verb : whether the name is one: "left", "bought"
    level : the category that is told, empty where yes is meant; a median in words of a number
    share, overall : of its rows, and of all; None of a number
    usual : the median of all rows in words; empty of a category
    effect : how far the cluster is from all rows
    """

    name: str
    verb: bool
    level: str
    share: float | None
    overall: float | None
    usual: str
    effect: float


def outcomes_of(columns: Sequence[ReadEntry], entries: Sequence[ReadEntry]) -> list[Outcome]:
    """What columns say of a cluster that were not clustered by, the most telling first."""
    found = []
    for column, entry in zip(columns, entries, strict=True):
        if column["clustered"] or (not column.get("levels") and column.get("median") is None):
            continue
        info = _outcome(column, entry)
        if info is not None and (column.get("outcome") or abs(info.effect) >= SAID_OUTCOME):
            found.append((not column.get("outcome"), -abs(info.effect), info))
    return [info for *_, info in sorted(found, key=lambda one: one[:2])]


def _outcome(column: ReadEntry, entry: ReadEntry) -> Outcome | None:
    name = column_name(column["name"])
    if column["kind"] != "category":
        if entry.get("median") is None:
            return None
        here = value_in_words(column, entry["median"])
        usual = value_in_words(column, column["median"])
        return Outcome(name, False, here, None, None, usual, float(entry.get("effect") or 0.0))
    levels = [level for level, _ in column["levels"]]
    flag = column.get("n_levels") == 2 and is_flag(levels)
    if column.get("n_levels") == 2:
        level = next((x for x in levels if flag and says_yes(x)), levels[-1])
        overall = float(dict(column["levels"])[level])
        share = float(dict(entry.get("levels") or ()).get(level, 0.0))
        effect = share - overall
    else:
        if entry.get("level") is None:
            return None
        level, share = entry["level"], float(entry["share"])
        overall, effect = float(entry["overall"]), float(entry["effect"])
        if effect < 0:
            return None
    verb = flag and (name.endswith("ed") or name in ("left", "bought", "lost", "won", "paid"))
    shown = "" if flag and name not in UNTOLD else level_in_words(str(level))
    return Outcome(name, verb, shown, share, overall, "", effect)


def in_shares(info: Outcome, rows: str) -> str:
    """An outcome in words: "nearly half left (45 %; of all customers 27 %)".

    Parameters
    ----------
    info : the outcome
    rows : what the rows are called
    """
    if info.share is None or info.overall is None:
        return f"{info.name} typically {info.level}; of all {rows} {info.usual}"
    said, exact = share_in_words(info.share), percent(info.share)
    behind = info.name if info.verb else f"with {info.name} {info.level}".rstrip()
    if info.name in UNTOLD:  # the name says nothing of what is told
        coded = not info.level.isalpha() or any(is_flag([info.level, a]) for a in ("yes", "no"))
        behind = f"have {info.name} = {info.level}" if coded else f"are {info.level}"
    figures = f"of all {rows} {percent(info.overall)}"
    if said == exact or info.share in (0, 1):
        exact = said
        return f"{exact} {behind}; {figures}"
    return f"{said} {behind} ({exact}; {figures})"
