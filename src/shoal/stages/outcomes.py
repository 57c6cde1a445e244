"""Outcome columns: columns the user wants compared with the clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from shoal.data import IntArray
from shoal.data.entries import Entry, ReadEntry
from shoal.data.source_columns import Compared
from shoal.parts.describers.outcomes import in_shares, outcomes_of, value_in_words
from shoal.parts.describers.readable import column_name, is_flag, says_yes
from shoal.parts.readers.kinds import as_kind
from shoal.stages.profiling import NUMERIC, profiles_of

MAX_STEPS = 11
"""Values of a number of few steps, such as 0 to 10."""


def outcomes(
    table: pa.Table, labels: IntArray, n_clusters: int, features: Sequence[Compared]
) -> list[list[Entry]]:
    """The shares or medians of outcome columns in each cluster.

    Parameters
    ----------
    table : pyarrow table, one row per row of the source
    labels : (n_rows,) clusters, -1 for none
    n_clusters : of the labels
    features : name, kind ("number", "date" or "category"), form and meant of each column

    Returns
    -------
    For each cluster, and for each column in the order of `features`: "column", "kind", "rows" (how
    many have a value), "text" (a sentence) and "shown" (the same in a word); of categories
    "levels" (value and share), and "value", "share" and "overall" of the one that is told; of
    numbers and dates "median" and "overall", and of numbers with few steps "mean" and
    "mean_overall"
    """
    out: list[list[Entry]] = [[] for _ in range(n_clusters)]
    values = [as_kind(table[f["name"]], f["kind"], f["form"], f.get("meant", ())) for f in features]
    found = profiles_of(values, labels, n_clusters, features)
    for feature, held, (overall, entries) in zip(features, values, found, strict=True):
        name, kind = feature["name"], feature["kind"]
        column = {"name": name, "kind": kind, "clustered": False, "outcome": True, **overall}
        known = np.isfinite(held) if kind == "number" else np.zeros(len(labels), dtype=bool)
        stepped = 2 < len(np.unique(held[known])) <= MAX_STEPS
        usual = float(held[known].mean()) if stepped else 0.0
        for cluster, entry in enumerate(entries):
            own = labels == cluster
            said = _outcome_of(column, entry, int(own.sum()))
            if stepped and (own & known).any():
                said |= _mean_said(name, float(held[own & known].mean()), usual)
            out[cluster].append(said)
    return out


def _mean_said(name: str, here: float, usual: float) -> Entry:
    """The mean in place of the median where a number has few steps, as of ratings."""
    text = f"{column_name(name)} {here:.2f} on average; of all rows {usual:.2f}"
    text = f"{text[:1].upper()}{text[1:]}"
    return {"text": text, "shown": f"{here:.2f}", "mean": here, "mean_overall": usual}


def _outcome_of(column: Entry, entry: Entry, size: int) -> Entry:
    """What a column says about one cluster."""
    info: Entry = {
        "column": column["name"],
        "kind": column["kind"],
        "rows": size - int(entry.get("gaps") or 0),
    }
    found = outcomes_of([column], [entry])
    if found:
        text = in_shares(found[0], "rows")
        info["text"] = f"{text[:1].upper()}{text[1:]}"
    else:  # no value here, or none that is more common than elsewhere
        info["text"] = f"No more of any {column['name']} than in all rows" if info["rows"] else ""
    if column["kind"] in NUMERIC:
        here, usual = entry["median"], column["median"]
        shown = "" if here is None else value_in_words(column, here)
        return {**info, "shown": shown, "median": here, "overall": usual}
    info["levels"] = entry.get("levels") or []
    value, share, overall = entry.get("level"), entry.get("share"), entry.get("overall")
    if column.get("n_levels") == 2:
        shares = dict(column["levels"])
        flag = is_flag(list(shares))
        value = next((x for x in shares if flag and says_yes(x)), list(shares)[-1])
        share, overall = float(dict(info["levels"]).get(value, 0.0)), float(shares[value])
    shown = "" if share is None or not info["rows"] else f"{share:.0%}"
    return {**info, "shown": shown, "value": value, "share": share, "overall": overall}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome column as a table column.

    Parameters
    ----------
    heading : what is told: its name, and which of two values
    cells : cluster -> what is told of it
    """

    heading: str
    cells: Mapping[int, str]


def shown_outcome(entries: Sequence[ReadEntry]) -> Outcome | None:
    """The first outcome column; None if there is none.

    Parameters
    ----------
    entries : of clusters.json
    """
    firsts = {e["cluster"]: e["outcomes"][0] for e in entries if e.get("outcomes")}
    if not firsts:
        return None
    one = next(iter(firsts.values()))
    values = {entry.get("value") for entry in firsts.values()}
    named = one["kind"] not in NUMERIC and len(values) > 1
    heading = (
        one["column"] if named or one["kind"] in NUMERIC else f"{one['column']}: {one['value']}"
    )
    cells = {
        cluster: f"{entry['value']} {entry['shown']}"
        if named and entry["shown"]
        else entry["shown"]
        for cluster, entry in firsts.items()
    }
    return Outcome(heading, cells)
