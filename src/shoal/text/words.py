"""Formatting of numbers and names for people."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_THIN = "\u202f"  # narrow no-break space, between a number and its unit
_MINUS = "\u2212"

# What each score means, in one sentence, and whether it is a share shown in percent.
SCORES: dict[str, tuple[str, str]] = {
    "silhouette": (
        "Silhouette",
        "How much closer rows are to their own cluster than to the next one, from \u22121 to 1; 0 "
        "is on the border.",
    ),
    "davies_bouldin": (
        "Davies\u2013Bouldin",
        "How wide clusters are compared with the distance to their most similar cluster.",
    ),
    "calinski_harabasz": (
        "Cali\u0144ski\u2013Harabasz",
        "How far apart clusters are compared with the spread of rows inside them.",
    ),
    "dbcv": (
        "DBCV",
        "Whether clusters are dense and the space between them is sparse, from \u22121 to 1.",
    ),
    "coverage": ("Coverage", "The share of usable rows that were placed in a cluster."),
    "noise": ("Noise", "The share of usable rows that were left without a cluster."),
    "stability": (
        "Stability",
        "How well subsets of the rows reproduce the clusters, from 0 to 1.",
    ),
    "cohesion": ("Cohesion", "How similar rows are to the center of their cluster, at most 1."),
    "separation": ("Separation", "How far each center is from the nearest other center."),
    "trustworthiness": (
        "Trustworthiness",
        "Whether neighbors on the map are true neighbors, from 0 to 1.",
    ),
    "ari": (
        "Adjusted Rand index",
        "How many pairs of rows the clusters and the labels treat the same, beyond chance; 0 "
        "is chance, 1 is the same grouping.",
    ),
    "ami": (
        "Adjusted mutual information",
        "How much the clusters say about the labels, beyond chance; 0 is chance, 1 is everything.",
    ),
    "nmi": (
        "Normalized mutual information",
        ("How much the clusters say about the labels, from 0 to 1, without correction for chance."),
    ),
    "v_measure": (
        "V-measure",
        "The balance of homogeneity and completeness, from 0 to 1.",
    ),
    "homogeneity": ("Homogeneity", "Whether each cluster holds rows of one label only."),
    "completeness": ("Completeness", "Whether all rows of one label are in the same cluster."),
    "purity": ("Purity", "The share of rows with their cluster's most frequent label."),
    "accuracy": (
        "Matched accuracy",
        "The share of correct rows when each cluster is matched to one label.",
    ),
    "fowlkes_mallows": (
        "Fowlkes\u2013Mallows",
        "How often pairs that share a cluster also share a label, and vice versa, from 0 to 1.",
    ),
}

# (least silhouette, dots of three, word)
_MARKS = ((0.20, 3, "tight"), (0.08, 2, "fair"), (0.0, 1, "loose"), (-math.inf, 0, "mixed"))


def count(n: int | None) -> str:
    """Write a whole number with commas: 13,083."""
    return "\u2013" if n is None else f"{n:,}".replace("-", _MINUS)


def many(n: int, one: str, more: str | None = None) -> str:
    """Write a number and its noun: `1 row`, `2 rows`."""
    return f"{count(n)} {one if n == 1 else more or one + 's'}"


def decimal(value: float | None, places: int = 2) -> str:
    """Write a number with fixed places, or a dash for none."""
    if value is None:
        return "\u2013"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", _MINUS)
    written = f"{value:.{places}f}"
    if float(written) == 0:
        written = written.lstrip("-")
    return written.replace("-", _MINUS)


def percent(part: int, whole: int) -> str:
    """Write a share; all and nothing are written only where it is exactly so."""
    if whole <= 0:
        return "\u2013"
    share = 100.0 * part / whole
    if part != whole:
        share = min(share, 99.9)
    if part:
        share = max(share, 0.1)
    return f"{share:.0f}{_THIN}%" if part in (0, whole) else f"{share:.1f}{_THIN}%"


def seconds(value: float | None) -> str:
    """Write a duration: 0.10 s, 62 s, 12 min 5 s."""
    if value is None:
        return "\u2013"
    if value < 10:
        return f"{value:.2f}{_THIN}s"
    if value < 120:
        return f"{value:.0f}{_THIN}s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 120:
        return f"{minutes}{_THIN}min {rest}{_THIN}s"
    return f"{minutes // 60}{_THIN}h {minutes % 60}{_THIN}min"


def megabytes(value: float | None) -> str:
    """Write a memory size given in megabytes."""
    if value is None:
        return "\u2013"
    return f"{value:,.0f}{_THIN}MB" if value < 10_000 else f"{value / 1000:.1f}{_THIN}GB"


# Not strftime("%B"): month names must not depend on the machine's language.
MONTHS = (
    "January February March April May June July August September October November December"
).split()


def moment(written: str) -> str:
    """Write an ISO time as a date for people; what is no ISO time is left as it is."""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return written
    if when.tzinfo is not None:
        when = when.astimezone(UTC)
    zone = " UTC" if when.tzinfo is not None else ""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{zone}"


def period(begin: str, unit: str) -> str:
    """Write the ISO begin of a year, month, week or day as people do."""
    try:
        year, month, day = (int(part) for part in f"{begin}-01-01".split("-")[:3])
        named = MONTHS[month - 1]
    except (ValueError, IndexError):
        return begin
    form = {"month": f"{named} {year}", "day": f"{day} {named} {year}"}
    form["quarter"] = f"quarter {(month + 2) // 3} of {year}"
    form["week"] = f"the week of {form['day']}"
    return form.get(unit, begin)


def score_name(name: str) -> str:
    """Return the name of a score for people."""
    known = SCORES.get(name)
    return known[0] if known else name.replace("_", " ").capitalize()


def mark(silhouette: float | None) -> tuple[int, str]:
    """Return the dots (of three) and the word for a cluster's silhouette."""
    if silhouette is None:
        return 0, "not measured"
    # Judged as it is shown: a written 0.20 must not be called fair here and tight there.
    shown = round(silhouette, 2)
    return next((dots, word) for least, dots, word in _MARKS if shown >= least)


def new_rows(kind: object) -> str:
    """What stands for rows to predict in a command, by the `kind` of the source."""
    return "NEW_PICTURES/" if kind == "pictures" else "NEW.csv"
