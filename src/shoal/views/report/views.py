"""What the page says, section by section, taken from a run and put into plain values.

The template only lays these out; it computes nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from shoal.artifacts.marked import parts_of
from shoal.artifacts.reading import Run, number, record, records, spans, strings, whole
from shoal.data.entries import ReadEntry
from shoal.data.records import JOINT
from shoal.text import words
from shoal.text.blanks import n_without_text
from shoal.text.cleaning import clean, clean_block, clean_piece, shorten
from shoal.views.report.links import link_of

_ROW_LENGTH = 320
_FRAME_LENGTH = 60
"""Characters that are shown of a frame within an excerpt."""
_MAX_EXAMPLES = 8
_MAX_KEYWORDS = 10
_MAX_ROLE = 160
"""Characters of what is told of a column."""
_COMPARED = ("ari", "ami", "nmi", "v_measure", "homogeneity", "completeness", "purity", "accuracy")

View = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """The row counts of a run."""

    rows: int
    used: int
    distinct: int
    excluded: int
    blank: int
    clusters: int
    noise: int

    @property
    def placed(self) -> int:
        """Rows that are in a cluster."""
        return max(self.used - self.noise, 0)


def counts(run: Run) -> Counts:
    """Take the counts from run.json, and from the assignments where it is silent."""
    given = record(run.run, "counts")

    def info(key: str, otherwise: int) -> int:
        found = whole(given, key)
        return otherwise if found is None else found

    rows = info("rows", len(run.rows.cluster))
    lost = int(np.sum(run.rows.cluster < 0))
    excluded = info("excluded", 0)
    used = info("used", rows - excluded)
    return Counts(
        rows=rows,
        used=used,
        distinct=info("distinct", used),
        excluded=excluded,
        blank=n_without_text(record(run.run, "excluded")),
        clusters=len(run.clusters) if run.n_edits else info("clusters", len(run.clusters)),
        noise=max(lost - excluded, 0) if run.n_edits else info("noise", max(lost - excluded, 0)),
    )


def head(run: Run, n: Counts) -> View:
    """Build the headline: title, when, with what, and the tiles."""
    model = record(run.run, "model")
    return {
        "title": clean(run.run.get("title")) or run.name or "A run",
        "created": words.moment(clean(run.run.get("created"))),
        "model": clean(model.get("name")),
        "notes": [_sentence(note) for note in (run.edits_said, *strings(run.run, "notes")) if note],
        "tiles": _tiles(run, n),
    }


def _sentence(text: str) -> str:
    """Begin with a capital and end with a stop."""
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…:" else ".")


def _tiles(run: Run, n: Counts) -> list[tuple[str, str, str]]:
    """Six figures at most: name, figure, a few words on it."""
    tiles = [
        ("Rows", words.count(n.rows), f"{words.count(n.distinct)} distinct"),
        ("Clusters", words.count(n.clusters), _sizes(run)),
        ("Placed", words.percent(n.placed, n.rows), f"{words.count(n.rows - n.placed)} left out"),
    ]
    return tiles


def _sizes(run: Run) -> str:
    sizes = sorted(whole(entry, "size") or 0 for entry in run.clusters)
    if not sizes:
        return "none found"
    if sizes[0] == sizes[-1]:
        return f"{words.count(sizes[0])} rows"
    return f"{words.count(sizes[0])} to {words.count(sizes[-1])} rows"


def clusters(run: Run) -> list[View]:
    """Build the entries of the clusters table, in the order of the run."""
    titles = {whole(entry, "cluster"): _title(entry) for entry in run.clusters}
    most = max([whole(entry, "size") or 0 for entry in run.clusters], default=0)
    columns = {clean(column.get("name")) for column in records(run.profiles, "columns")}
    return [
        _cluster(run, entry, index, titles, most, columns)
        for index, entry in enumerate(run.clusters)
    ]


def _title(entry: ReadEntry) -> str:
    return shorten(clean(entry.get("title")), 90) or f"Cluster {whole(entry, 'cluster')}"


def _cluster(
    run: Run,
    entry: ReadEntry,
    index: int,
    titles: dict[int | None, str],
    most: int,
    columns: Set[str],
) -> View:
    size = whole(entry, "size") or 0
    measures = {
        name: number(entry, name) for name in ("silhouette", "cohesion", "separation", "stability")
    }
    dots, word = words.mark(measures["silhouette"])
    borderline = [_row(run, row) for row in records(entry, "borderline")]
    for shown, row in zip(borderline, records(entry, "borderline"), strict=True):
        shown["rival"] = titles.get(whole(row, "rival"), "")
    parent = entry.get("parent")
    return {
        "index": index,
        "number": whole(entry, "cluster"),
        "title": _title(entry),
        "keywords": _further_keywords(entry),
        "size": size,
        "share": round(100.0 * size / most, 2) if most else 0.0,
        "dots": dots,
        "word": word,
        "measures": measures,
        "marks": _score_notes(entry, size) + _title_notes(entry, titles),
        "typical": [
            _telling_first(columns, entry, _row(run, row)) for row in records(entry, "typical")
        ],
        "diverse": [_row(run, row) for row in records(entry, "diverse")],
        "borderline": borderline,
        "parent": [clean(step) for step in parent] if isinstance(parent, list) else [],
    }


def _further_keywords(entry: ReadEntry) -> list[str]:
    """Keywords that the title above them does not say already."""
    said = {part.strip().casefold() for part in re.split("[,·]", clean(entry.get("title")))}
    words = [word for word in strings(entry, "keywords") if word.casefold() not in said]
    return [shorten(word, 60) for word in words][:_MAX_KEYWORDS]


def _score_notes(entry: ReadEntry, size: int) -> list[str]:
    """Write the marks of a cluster that have no column of their own."""
    lines = [
        f"{name} {words.decimal(value)}"
        for key, name in (("davies_bouldin", "Davies\u2013Bouldin"), ("dbcv", "DBCV"))
        if (value := number(entry, key)) is not None
    ]
    purity, truth = number(entry, "purity"), shorten(clean(entry.get("truth")), 60)
    if purity is not None and truth:
        lines.append(
            f"{words.percent(round(purity * size), size)} of its rows are labelled {truth}"
        )
    return lines


def _title_notes(entry: ReadEntry, titles: dict[int | None, str]) -> list[str]:
    """Say whether the title leads back to the cluster, and what is noted of it."""
    fit = record(entry, "title_fit")
    found, rank = number(fit, "found"), whole(fit, "rank")
    lines = []
    if found is not None:
        lines.append(
            f"of the rows nearest to the title {words.percent(round(found * 100), 100)} are its own"
        )
    rival = titles.get(whole(fit, "rival"), "")
    if rank is not None and rank > 1 and rival:
        lines.append(f"the title could be that of {rival}")
    noted = shorten(clean(entry.get("title_note")), 200)
    return [*lines, noted] if noted else lines


def _row(run: Run, row: ReadEntry) -> View:
    parts = _parts(row)
    text = "".join(text for text, _ in parts).strip() or "(no text)"
    own = shorten(clean(row.get("own")), _ROW_LENGTH)
    return {
        "id": shorten(clean(row.get("id")), 60),
        "link": link_of(run, row),
        "parts": parts or [("(no text)", "")],
        "text": text,
        # where there is room for a line only, what the row says itself
        "own": own or text,
    }


def _telling_first(columns: Set[str], entry: ReadEntry, row: ReadEntry) -> ReadEntry:
    """A row; a record's own words begin with the fields that its cluster is known by."""
    if not columns:
        return row
    known = strings(entry, "keywords")
    fields: list[tuple[int, str]] = []
    for part in clean(row.get("text")).split(JOINT):
        ends = (place for place in range(len(part) - 1, -1, -1) if part[place] == " ")
        name = next((part[:end] for end in ends if part[:end] in columns), None)
        if name is None and fields:  # the value before it holds the sign that parts fields
            fields[-1] = (fields[-1][0], f"{fields[-1][1]}{JOINT}{part}")
        else:
            place = (i for i, keyword in enumerate(known) if keyword.startswith(f"{name} "))
            fields.append((next(place, len(known)), part))
    own = JOINT.join(text for _, text in sorted(fields, key=lambda field: field[0]))
    return {**row, "own": own}


def _parts(row: ReadEntry) -> list[tuple[str, str]]:
    """An excerpt of a row in parts, each with "frame", "passage" or nothing that sets it apart.

    A frame is cut short, so that what the row says itself is in the excerpt.
    """
    text = row.get("text")
    if not isinstance(text, str):
        return []
    out: list[tuple[str, str]] = []
    left = _ROW_LENGTH
    passage = [(start, end, 0) for start, end in spans([row.get("passage")])]
    for part in parts_of(text, spans(row.get("frames")), passage):
        said = clean_piece(part.text)
        kind = "frame" if part.frame else "" if part.cluster is None else "passage"
        if part.frame and len(said) > _FRAME_LENGTH:
            said = f"{shorten(said, _FRAME_LENGTH)} "
        short = shorten(said, left)
        if said.strip() or out:
            out.append((short, kind))
        left -= len(short)
        if left <= 1 or short != said:
            break
    return out


def left_out(run: Run, n: Counts) -> View:
    """Build the account of rows that are in no cluster, or are there only as copies."""
    reasons = record(run.run, "excluded")
    examples: dict[str, list[View]] = {clean(reason): [] for reason in reasons}
    for example in records(run.run, "excluded_examples"):
        of_reason = examples.setdefault(clean(example.get("reason")), [])
        if len(of_reason) < _MAX_EXAMPLES:
            of_reason.append({"row": whole(example, "row"), "id": clean(example.get("id"))})
    amounts = {clean(reason): whole(reasons, reason) for reason in reasons}
    return {
        "excluded": [
            {"reason": reason, "n": amounts.get(reason), "examples": rows}
            for reason, rows in examples.items()
        ],
        "noise": _noise(run, set(examples)),
        "copies": max(n.used - n.distinct, 0),
        "truncated": whole(record(run.run, "model"), "truncated") or 0,
        "texts": not run.profiles,
    }


def _noise(run: Run, reasons: set[str]) -> list[View]:
    """Pick the noise rows that stand out most."""
    rows = run.rows
    lost = np.flatnonzero(rows.cluster < 0)
    if np.isfinite(rows.x).any():  # a row with no place on a map that exists was excluded
        lost = lost[np.isfinite(rows.x[lost])]
    oddest = np.argsort(-np.nan_to_num(rows.outlier[lost], nan=-np.inf), kind="stable")
    noted_so = reasons - {""}
    noise = (row for row in lost[oddest].tolist() if rows.note(row) not in noted_so)
    return [
        {
            "id": shorten(clean(rows.ids[row].as_py()), 60),
            "text": shorten(rows.text(row), _ROW_LENGTH) or "(no text)",
            "note": rows.note(row),
        }
        for row in islice(noise, _MAX_EXAMPLES)
    ]


def scores(run: Run) -> View:
    """Build the scores table."""
    entries = []
    for score in records(run.evaluation, "scores"):
        name = clean(score.get("name"))
        low, high = number(score, "low"), number(score, "high")
        better = score.get("higher_is_better")
        direction = "" if not isinstance(better, bool) else "higher" if better else "lower"
        value = number(score, "value")
        entries.append(
            {
                "name": words.score_name(name),
                "value": words.decimal(value, 3) if value is not None else "not measured",
                "range": f"{words.decimal(low, 3)} to {words.decimal(high, 3)}"
                if low is not None and high is not None
                else "",
                "better": direction,
                "meaning": words.SCORES.get(name, ("", ""))[1],
                "n_items": words.count(whole(score, "n_items")),
                # "labels" is where every score lives that looks at no vectors: nothing to say
                "space": "" if score.get("space") == "labels" else clean(score.get("space")),
                "compared": name in _COMPARED,
            }
        )
    return {"scores": entries, "truth": clean(run.evaluation.get("truth"))}


def made(run: Run) -> View:
    """Build the account of how the run was made and how to make use of it."""
    columns = record(run.run, "columns")
    model = record(run.run, "model")
    # A terminal takes the folder's name as one word, whatever is in it.
    quoted, recipe = shlex.quote(run.name), shlex.quote(f"{run.name}/recipe.toml")
    facts = [
        ("Source", strings(run.run, "source")),
        ("Text", [clean(columns.get("text"))]),
        ("Ids", [clean(columns.get("id"))]),
        ("Carried along", strings(columns, "carried")),
        ("Model", [clean(model.get("name"))]),
        ("Dimensions", [words.count(whole(model, "dims"))] if "dims" in model else []),
        ("Licence", [clean(model.get("licence"))]),
        ("Seed", [clean(run.run.get("seed"))]),
        ("Detail", [clean(run.evaluation.get("detail"))]),
    ]
    return {
        "facts": [(name, kept) for name, info in facts if (kept := [t for t in info if t])],
        "reasons": {
            "Text": clean(columns.get("text_reason")),
            "Ids": clean(columns.get("id_reason")),
        },
        "roles": [
            {key: shorten(clean(entry.get(key)), _MAX_ROLE) for key in ("name", "role", "why")}
            for entry in records(columns, "roles")
        ],
        "recipe": clean_block(run.recipe),
        "stages": _stages(record(run.run, "stages")),
        "versions": _pairs(record(run.run, "versions")),
        "hashes": _pairs(record(run.run, "hashes")),
        "again": f"shoal cluster SOURCE --recipe {recipe} -o again.clusters",
        "predict": f"shoal predict {quoted} {words.new_rows(columns.get('kind'))} -o out.csv",
        "load": f"run = shoal.load({json.dumps(run.name, ensure_ascii=False)})",
    }


def _pairs(given: ReadEntry) -> list[tuple[str, str]]:
    return [(clean(name), clean(value)) for name, value in given.items()]


def _stages(given: ReadEntry) -> View:
    entries = []
    longest = max([number(record(given, name), "seconds") or 0.0 for name in given], default=0.0)
    for name in given:
        stage = record(given, name)
        took = number(stage, "seconds")
        entries.append(
            {
                "name": clean(name),
                "status": clean(stage.get("status")),
                "seconds": words.seconds(took),
                "share": round(100.0 * (took or 0.0) / longest, 2) if longest else 0.0,
                "rows": words.count(whole(stage, "rows")),
                "memory": words.megabytes(number(stage, "peak_mb")),
            }
        )
    total = sum(number(record(given, name), "seconds") or 0.0 for name in given)
    return {"entries": entries, "total": words.seconds(total) if entries else ""}
