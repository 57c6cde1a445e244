"""The summary printed at the end of a run."""

from __future__ import annotations

import shlex

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shoal.cli.evaluate import missing
from shoal.cli.screen import cell, clean, path_as_text, say, say_edits
from shoal.data.entries import Entry
from shoal.run.handle import Run
from shoal.storage import run_files
from shoal.text.words import many, new_rows
from shoal.views.report.sentences import (
    Found,
    advice,
    headline,
    name_followed,
    number_said,
    verdict,
)
from shoal.views.report.tree import tree

FOLLOWED = 0.1
"""Adjusted mutual information with a column from which on it is said."""
SHOWN_PARTS = 6
"""Columns of which it is said what they add to the clusters."""
SHOWN_DOUBTS = 3
"""Titles named in a summary because they lead to another cluster."""


def show_summary(console: Console, run: Run, *, verbose: bool = False) -> None:
    """Print the results: a verdict, the tree of themes, and what to do next.

    Parameters
    ----------
    console : where
    run : a finished run
    verbose : with scores, what parted the clusters, and where the tables are
    """
    found = run.found()
    console.print()
    console.print(Text(f"{headline(found)}.", "bold"), soft_wrap=not console.is_terminal)
    shown_text = " ".join(one for one in (verdict(found), number_said(found)) if one)
    if shown_text:
        console.print(Text(shown_text), soft_wrap=not console.is_terminal)
    say_edits(console, run.edits_said)
    console.print()
    console.print(_tree(run, found, console))
    for text in unread(run):
        say(console, "unread", text)
    for text in (_followed(run), name_followed(found)):
        if text:
            say(console, "follows", text)
    console.print()
    if verbose:
        _show_details(console, run)
    path = shlex.quote(path_as_text(run.path))
    said = [advice_ for advice_ in advice(found) if "-k " in advice_.command]
    other = said[0].command if said else f"shoal cluster {path} -k {max(len(run.clusters) + 1, 2)}"
    say(console, "report", path_as_text(run.path / run_files.REPORT), whole=True)
    say(console, "explore", f"shoal explore {path}", whole=True)
    if run.info["counts"]["distinct"] > len(run.clusters):  # there are no others to be made of them
        say(console, "regroup", other, whole=True)


def _followed(run: Run) -> str:
    """The column that the clusters follow most, if they follow any."""
    found = run.evaluation.get("follows") or [{"score": 0.0}]
    if found[0]["score"] < FOLLOWED:
        return ""
    more = " more than any other column" if len(found) > 1 else ""
    name = found[0]["column"]
    gone = any(entry["name"] == name for entry in run.info.get("ignored", ()))
    out = "" if gone else f"; use --ignore {shlex.quote(name)} to remove its influence"
    return f"clusters follow {name} ({found[0]['score']:.2f}){more}{out}"


def _show_details(console: Console, run: Run) -> None:
    """Print scores and settings, for experts."""
    new = new_rows(run.info["columns"].get("kind"))
    console.print(Text(run.reason, "dim"), soft_wrap=not console.is_terminal)
    rest = [
        *([("parted by", _parts(run))] if run.profiles else []),
        *[("without", text) for text in _ablation(run)],
        ("quality", _scores(run)),
        *[("titles", text) for text in doubtful_titles(run.clusters)],
        ("odd", _findings(run)),
        ("table", path_as_text(run.path / run_files.ASSIGNMENTS)),
        ("predict", f"shoal predict {shlex.quote(path_as_text(run.path))} {new} -o out.csv"),
    ]
    for name, text in rest:
        say(console, name, text, whole=name in ("table", "predict"))
    console.print()


def _tree(run: Run, found: Found, console: Console) -> Table:
    """Themes with their clusters, as many as fit."""
    table = Table(box=None, padding=(0, 1), header_style="dim", expand=False)
    table.add_column("rows", justify="right")
    outcome = run.outcome
    if outcome:
        table.add_column(clean(outcome.heading, 24), justify="right")
    table.add_column("cluster", no_wrap=True)
    is_record = run.profiles is not None
    if not is_record:
        table.add_column("a typical row", no_wrap=True, style="dim")
    width = console.width
    title_width = max(40, width - 24) if is_record else max(18, min(46, width * 2 // 5))
    for line in tree(found):
        size, entry = "" if line.size is None else f"{line.size:,}", line.entry
        cells: list[str | Text] = [size]
        if outcome:
            shown_text = "" if entry is None else outcome.cells.get(entry["cluster"], "")
            cells.append(cell(shown_text, 24))
        indent = "  " * line.depth
        name = Text(indent) + cell(line.title, title_width - len(indent))
        if entry is None:
            name.stylize("dim" if line.size is None else "bold")
        first = entry["typical"][0] if entry and entry["typical"] else {"text": ""}
        example = " · ".join(line.parts) or first.get("own") or first["text"]
        row = [] if is_record else [cell(example, max(20, width - title_width - 14))]
        table.add_row(*cells, name, *row)
    return table


def _findings(run: Run) -> str:
    """Count anomalies and near-duplicates."""
    odd = many(run.evaluation["anomalies"]["n"], "anomaly", "anomalies")
    near_duplicates = run.evaluation["duplicates"]
    joined = ", joined" if near_duplicates["joined"] else ""
    return f"{odd}, {many(near_duplicates['rows'], 'row repeats', 'rows repeat')} another{joined}"


def unread(run: Run) -> list[str]:
    """One sentence on the pictures and vectors of records that could not be used, if there are."""
    found = [f for f in run.info["columns"].get("features", ()) if f.get("unread")]
    if not found:
        return []
    details = [f"{f['unread']:,} of {clean(f['name'], 40)!r}" for f in found]
    return [
        f"{', '.join(details)} could not be used; these rows are clustered by their other "
        "columns (see the note column)"
    ]


def _scores(run: Run) -> str:
    words = {
        "silhouette": "silhouette",
        "davies_bouldin": "Davies-Bouldin",
        "dbcv": "DBCV",
        "stability": "stability",
        "ari": "ARI",
        "ami": "AMI",
        "v_measure": "V",
        "accuracy": "accuracy",
    }
    details = [
        f"{word} {run.scores[name]:.3f}" for name, word in words.items() if name in run.scores
    ]
    if not details and len(run.clusters) == 1:
        return "not defined for one cluster"
    details = details or [f"{name} {value:.3f}" for name, value in run.scores.items()]
    return ", ".join(details) or "; ".join(missing(run, []))


def doubtful_titles(clusters: list[Entry]) -> list[str]:
    """One sentence on titles that fit another cluster better; empty if none do."""
    found = [entry for entry in clusters if entry.get("title_fit")]
    lost = [entry for entry in found if entry["title_fit"]["rank"] > 1]
    if not lost:
        return []
    worst = sorted(lost, key=lambda entry: entry["title_fit"]["ahead"] or 0.0)[:SHOWN_DOUBTS]
    titles = {entry["cluster"]: entry["title"] for entry in clusters}
    pairs = [
        f"{clean(entry['title'], 40)!r} could be {clean(titles[entry['title_fit']['rival']], 40)!r}"
        for entry in worst
    ]
    n = f"{len(found) - len(lost):,} of {len(found):,} lead back to their cluster"
    return [f"{n}; {'; '.join(pairs)}"]


def _parts(run: Run) -> str:
    """The columns that contribute most to the differences between clusters."""
    parts = sorted((run.profiles or {}).get("parts", ()), key=lambda part: -part["share"])
    details = [f"{clean(part['name'], 30)} {part['share']:.0%}" for part in parts[:SHOWN_PARTS]]
    rest = sum(part["share"] for part in parts[SHOWN_PARTS:])
    more = f", {many(len(parts) - SHOWN_PARTS, 'other')} {rest:.0%}" if rest else ""
    return ", ".join(details) + more


def _ablation(run: Run) -> list[str]:
    """What share of the rows each column or block decides; nothing where there is only one."""
    parts = [
        part for part in (run.profiles or {}).get("parts", ()) if part.get("moved") is not None
    ]
    if not parts:
        return []
    parts = sorted(parts, key=lambda part: -part["moved"])[:SHOWN_PARTS]
    details = [f"{clean(part['name'], 30)} {part['moved']:.0%}" for part in parts]
    rest = " of the rows would change cluster"
    return [f"{details[0]}{rest}" + "".join(f", {one}" for one in details[1:])]
