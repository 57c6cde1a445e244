"""The top of the report: the verdict, next steps, and the themes with their clusters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from shoal.artifacts.reading import Run, number, numbers, record, records, strings
from shoal.data.entries import ReadEntry
from shoal.text.cleaning import clean, shorten
from shoal.text.words import decimal, percent, period
from shoal.views.report.sentences import (
    Found,
    advice,
    headline,
    number_said,
    themes_of,
    verdict,
)
from shoal.views.report.views import Counts

WIDTH, HEIGHT = 120, 24
"""Of the line of a cluster over time, in pixels."""
MAX_STEPS = 40
"""Points of it; of more periods, several are taken together."""
N_ROWS = 3
"""Typical rows of a cluster."""
MAX_SUMMARY = 300
PEAK = 2.0
"""Times the usual number of rows of a period from which on the busiest is named."""
MIN_COMPARED = 3
"""Clusters from which on the lowest and the highest are named."""
MAX_MOVED = 4
"""Rising or falling clusters that are named."""


def answer(run: Run, n: Counts, entries: Sequence[Any]) -> dict[str, Any]:
    """Build the top of the page.

    Parameters
    ----------
    run : the run
    n : its counts
    entries : the clusters as the page shows them

    Returns
    -------
    "headline", "verdict", "advice", "over_time", "compared" and "themes", each with its "clusters"
    """
    found = found_in(run, n)
    shown = {entry["number"]: entry for entry in entries}
    themes = []
    for theme in themes_of(found):
        clusters = [_cluster(run, n, shown[e["cluster"]], e) for e in theme.clusters]
        themes.append(
            {
                "title": shorten(clean(theme.title), 90),
                "size": theme.size,
                "share": percent(theme.size, n.rows),
                "clusters": clusters,
            }
        )
    return {
        "headline": f"{headline(found)}.",
        "verdict": " ".join(one for one in (verdict(found), number_said(found)) if one),
        "advice": [(one.text, one.command) for one in advice(found)],
        "themes": themes,
        "unit": clean(run.course.get("unit")),
        "over_time": over_time(run, entries),
        "compared": compared(run, entries),
    }


def over_time(run: Run, entries: Sequence[Any]) -> str:
    """When the rows are from, and which clusters rise or fall; "" without dates."""
    begins, unit = strings(run.course, "begins"), clean(run.course.get("unit"))
    totals = [total or 0.0 for total in numbers(run.course, "totals")]
    if len(begins) < 2 or len(begins) != len(totals) or not sum(totals):
        return ""
    first, last = period(begins[0], unit), period(begins[-1], unit)
    said = f"{clean(run.course.get('column'))} runs from {first} to {last}"
    most = max(range(len(totals)), key=totals.__getitem__)
    if totals[most] >= PEAK * sum(totals) / len(totals):
        share = percent(int(totals[most]), int(sum(totals)))
        said += f"; {period(begins[most], unit)} alone has {share} of the rows"
    moved = [f"{said}."]
    titles = {entry["number"]: entry["title"] for entry in entries}
    for trend in ("rising", "falling"):
        own = [
            titles[entry["cluster"]]
            for entry in run.clusters
            if record(entry, "when").get("trend") == trend and entry["cluster"] in titles
        ]
        more = f" and {len(own) - MAX_MOVED} more" if len(own) > MAX_MOVED else ""
        if own:
            moved.append(f"Share {trend}: {', '.join(own[:MAX_MOVED])}{more}.")
    if len(moved) == 1 and len(run.clusters) > 1:
        moved.append("No cluster has a steadily rising or falling share.")
    return " ".join(moved)


def compared(run: Run, entries: Sequence[Any]) -> str:
    """Where the column that clusters are compared by is lowest and highest; "" without one."""
    titles = {entry["number"]: entry["title"] for entry in entries}
    firsts = [(entry["cluster"], records(entry, "outcomes")[:1]) for entry in run.clusters]
    means = [(number(one[0], "mean"), cluster) for cluster, one in firsts if one]
    held = [(mean, titles[cluster]) for mean, cluster in means if mean is not None]
    if run.profiles or len(held) < MIN_COMPARED or len(held) < len(means):
        return ""
    one = next(one[0] for _, one in firsts if one)
    (low, lowest), (high, highest) = min(held), max(held)
    usual = decimal(number(one, "mean_overall"))
    return (
        f"{clean(one.get('column'))} is {usual} on average: lowest in {lowest} ({decimal(low)}), "
        f"highest in {highest} ({decimal(high)})."
    )


def found_in(run: Run, n: Counts) -> Found:
    """What the sentences on a run are made from.

    Parameters
    ----------
    run : the run
    n : its counts
    """
    return Found(
        clusters=run.clusters,
        evaluation=run.evaluation,
        counts={"rows": n.rows, "used": n.used, "noise": n.noise},
        themes=run.themes,
        layers=run.layers,
        run=run.name,
        blank=n.blank,
    )


def _cluster(run: Run, n: Counts, shown: dict[str, Any], entry: ReadEntry) -> dict[str, Any]:
    when = record(entry, "when")
    return {
        **shown,
        "share_said": percent(shown["size"], n.rows),
        "summary": shorten(_more(clean(entry.get("summary")), shown["title"]), MAX_SUMMARY),
        "who": _outcomes(run, entry) + _who(entry),
        "when": clean(when.get("text")),
        "trend": clean(when.get("trend")),
        "line": _line(run, when),
        "rows": shown["typical"][:N_ROWS],
        "note": shorten(clean(entry.get("person_note")), 300),
    }


def _outcomes(run: Run, entry: ReadEntry) -> list[str]:
    """What the columns say that the user named to be compared; of records the summary says it."""
    finding = [clean(one.get("text")) for one in records(entry, "outcomes")]
    return [] if run.profiles else [shorten(text, 120) for text in finding if text]


def _who(entry: ReadEntry) -> list[str]:
    """What columns say of a cluster, without the one that its summary tells already."""
    summary, out = clean(entry.get("summary")), []
    for finding in records(entry, "who"):
        text = clean(finding.get("text"))
        name = text.partition(":")[0].split(" ")[0]
        told = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", summary) is not None
        if not (told and "; of all" in summary):
            out.append(shorten(text, 120))
    return out


def _more(summary: str, title: str) -> str:
    """A summary without the title that it begins with, which stands above it."""
    if summary.startswith(title):
        rest = summary[len(title) :].lstrip(" ,:.")
        return rest[:1].upper() + rest[1:]
    return summary


def _line(run: Run, when: ReadEntry) -> str:
    """The share of a cluster in the rows of each period as the points of a line; "" for none."""
    counts = [count or 0.0 for count in numbers(when, "counts")]
    totals = [total or 0.0 for total in numbers(run.course, "totals")]
    if len(counts) < 3 or len(counts) != len(totals):
        return ""
    step = -(-len(counts) // MAX_STEPS)
    shares = []
    for start in range(0, len(counts), step):
        total = sum(totals[start : start + step])
        if total:
            shares.append((start, sum(counts[start : start + step]) / total))
    most = max((share for _, share in shares), default=0.0)
    if most <= 0 or len(shares) < 3:
        return ""
    wide = max(len(counts) - step, 1)
    return " ".join(
        f"{2 + (WIDTH - 4) * start / wide:.1f},{HEIGHT - 3 - (HEIGHT - 6) * share / most:.1f}"
        for start, share in shares
    )
