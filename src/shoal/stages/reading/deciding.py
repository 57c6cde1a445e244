"""Decide from all columns whether a table holds texts, records or pictures.

Each column gets a role with a reason. One column alone decides only if it holds sentences: names,
addresses, codes and phrases beside two or more columns of amounts, dates or categories are left
out of the distance, and so are addresses of pictures that cannot be read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shoal.errors import BadInput
from shoal.parts.readers.columns import TEXT_WORDS, choose_id
from shoal.parts.readers.finding import Finding
from shoal.parts.readers.kinds import find_kind, kind_options
from shoal.parts.readers.looks import MIN_STOPS, Look, look_at
from shoal.parts.readers.naming import is_named_outcome, is_named_outcome_flag
from shoal.parts.readers.numbered import DIFFERENT, FEW_LEVELS
from shoal.parts.readers.table import Table, is_text
from shoal.parts.readers.values import texts_of
from shoal.parts.readers.vectors import is_vectors
from shoal.parts.readers.wide import plain_numbers
from shoal.stages.reading.pictures import holds_pictures, readable_share

SAMPLE_ROWS = 2000
USED = ("number", "date", "category")
"""Kinds of columns that have a block of their own."""
SILENT = frozenset(
    ("empty", "constant", "nested", "picture", "date", "unsure date", "number", "id")
)
"""Kinds of columns that hold no words."""
MIN_FEATURES = 2
"""Columns of these kinds from which a table without texts is one of records."""
FILLED = 0.5
"""Share of the rows that a column must fill to be the text."""
MIN_READABLE = 0.8
"""Share of pictures that must be readable where there is something else to cluster by."""
MIN_DIFFERENT = 0.1
"""Share of different ones from which short texts in a column named like one of texts are texts."""
SPOKEN = ("text", "phrase", "name")
"""Looks of columns that may be read."""
FEW_OUTCOMES = 20
MIN_AMOUNTS = 5
"""Columns of amounts beside which titles in capitals do not decide what a table is."""
MANY_FEATURES = 20
"""Columns of any kind beside which they do not either."""
MANY_WORDS, FEW_ENDED = 12, 0.1
"""Median words, and the share of ended sentences, below which texts beside so many amounts are
labels: those of a table of indicators by year."""
SHOWN_ROLES = 5
"""Columns that are named where none of them says much."""
SURELY_TEXT = frozenset(TEXT_WORDS) - {"title", "subject", "summary", "headline", "note"}
"""Names by which short texts are texts too; a title may be that of a job or of a film."""
KINDS = {"texts": "text", "text": "text", "records": "records", "pictures": "pictures"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a table holds.

    Parameters
    ----------
    kind : "text", "records" or "pictures"
    why : in a sentence
    columns : name, role and reason of each column
    texts : columns that may be the text, the best sort of them only
    picture : the column of pictures, None where there is none that can be read
    notes : sentences for the user
    findings : what each column is, where all rows were looked at
    """

    kind: str
    why: str
    columns: tuple[Mapping[str, str], ...]
    texts: tuple[str, ...] = ()
    picture: str | None = None
    notes: tuple[str, ...] = ()
    findings: Mapping[str, Finding] = field(default_factory=dict)


@dataclass(slots=True)
class _Evidence:
    """The evidence for each kind of table."""

    features: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    amounts: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def decide(table: Table, params: Mapping[str, Any], sources: Sequence[Path]) -> Decision:
    """Decide what a table holds.

    Parameters
    ----------
    table : what was read
    params : as (the kind, where the user names it), text, image, truth, outcome, id, dates
    sources : the files of the table, beside which pictures are looked for

    Raises
    ------
    BadInput : if the user names a kind that there is not
    """
    wanted = params.get("as")
    if wanted is not None and wanted not in KINDS:
        raise BadInput(f"--as takes text, records or pictures, got {wanted!r}.")
    columns = table.columns
    step = max(len(columns) // SAMPLE_ROWS, 1)
    # rows at even distances, so that a sorted file does not mislead
    some = columns if step == 1 else columns.take(pa.array(range(0, len(columns), step)))
    names = columns.column_names
    numbers = {} if params.get("dates") else plain_numbers(some)
    findings = {
        name: _finding(column, name, params, numbers.get(name), names)
        for name, column in zip(names, some.itercolumns(), strict=True)
    }
    outcomes = outcomes_of(findings, some, params)
    id_name = choose_id(table, params.get("id"), [n for n in names if findings[n].kind == "text"])[
        0
    ]
    evidence = _Evidence()
    for name in names:
        if name != id_name and name not in outcomes:
            _weigh(evidence, some, name, findings[name])
    info = tuple(
        _role_of(name, findings[name], name == id_name, outcomes.get(name)) for name in names
    )
    share, picture = _pictures(table, findings, sources)
    kind, why, texts = _kind_of(evidence, len(columns.column_names))
    notes = _doubts(findings, kind, whole=step == 1)
    named = any(params.get(key) for key in ("text", "columns", "vectors", "image", "rfm"))
    read = evidence.sentences + evidence.titles + evidence.phrases
    if texts and not named and not read and len(info) > 1:
        notes = (*notes, _only_names(info))
    alone = not evidence.features and not texts
    rival = kind == "records" or bool(evidence.sentences + evidence.titles)
    if picture and not params.get("text"):
        if share >= (MIN_READABLE if rival else FILLED if texts else 0.0) or alone:
            kind, why = "pictures", f"{picture!r} holds pictures that can be read"
        else:
            notes = (*notes, _unread(picture, share, kind))
    if wanted is not None:
        kind, why = KINDS[wanted], "you said so"
        texts = texts or tuple(read + evidence.names)
    picture = picture if kind == "pictures" else None
    return Decision(kind, why, info, texts, picture, notes, findings if step == 1 else {})


def _doubts(findings: Mapping[str, Finding], kind: str, *, whole: bool) -> tuple[str, ...]:
    """Notes on dates in a table of texts: ambiguous ones, and how many of all rows are none."""
    if kind == "records":
        return ()
    return tuple(
        note
        for found in findings.values()
        if found.role_in_word == "date"
        for note in found.notes
        if whole or "read.dates" in note
    )


def _only_names(info: Sequence[Mapping[str, str]]) -> str:
    """What to expect of a table that holds no more than names and codes."""
    roles = ", ".join(f"{entry['name']!r} ({entry['role']})" for entry in info[:SHOWN_ROLES])
    return (
        f"No column holds sentences, and too few hold amounts, dates or categories: {roles}. So "
        "the rows are clustered by the words of one of them; --text COL names another, and "
        "--columns A,B makes records of the rows."
    )


def _unread(picture: str, share: float, kind: str) -> str:
    part = "none of the pictures" if not share else f"only {share:.0%} of the pictures"
    meant = {"records": "the other columns", "text": "the text"}[kind]
    return (
        f"{part} named in {picture!r} can be read here, so the rows are clustered by {meant}. "
        f"Use --image {picture} to cluster by the pictures anyway."
    )


def _finding(
    column: Any, name: str, params: Mapping[str, Any], numbers: Any, names: Sequence[str]
) -> Finding:
    """What a sample of a column holds, pictures too; `numbers`, `names` as of `find_kind`."""
    if numbers is not None:
        return find_kind(column, name, **kind_options(params), numbers=numbers, names=names)
    if is_vectors(column.type):
        return Finding("vector", "it holds vectors; --vectors clusters by them")
    if holds_pictures(column):
        return Finding("picture", "it holds pictures, or paths of them")
    return find_kind(column, name, **kind_options(params), names=names)


def _role_of(name: str, found: Finding, is_id: bool, outcome: str | None) -> dict[str, str]:
    if is_id:
        return {"name": name, "role": "id", "why": "it is the row id"}
    if outcome is not None:
        return {"name": name, "role": "outcome", "why": outcome}
    info = {"name": name, "role": found.role_in_word, "why": found.why}
    return {**info, "form": found.form} if info["role"] == "date" and found.form else info


def _weigh(evidence: _Evidence, some: Any, name: str, found: Finding) -> None:
    """Add a column of a table to the evidence."""
    column = None if found.kind in SILENT else some[name]
    if column is None or not is_text(column.type) or (found.kind == "category" and found.form):
        if found.kind in USED:
            evidence.features.append(name)
        if found.kind in ("number", "date"):
            evidence.amounts.append(name)
        return
    texts = texts_of(column).drop_null()
    different = pc.unique(texts).to_pylist()
    share = len(different) / max(len(texts), 1)
    look = look_at(different, name)
    if found.kind == "category" and share <= DIFFERENT:
        short = _are_short_texts(name, look, len(different), share)
        (evidence.sentences if short else evidence.features).append(name)
        return
    is_text_name = _named(name, TEXT_WORDS)
    phrase = look.role == "phrase" and (look.words >= 3 or look.stops >= MIN_STOPS)
    sure = look.role == "text" or (is_text_name and (phrase or _named(name, SURELY_TEXT)))
    if sure and look.role in SPOKEN and len(texts) >= FILLED * len(column):
        titles = look.titled and look.role != "text" and not _named(name, SURELY_TEXT)
        if look.words < MANY_WORDS and _ended(different) < FEW_ENDED:
            evidence.labels.append(name)
        (evidence.titles if titles else evidence.sentences).append(name)
    elif look.role in ("text", "phrase") or (is_text_name and look.role in SPOKEN):
        evidence.phrases.append(name)
    elif look.role == "name" or found.kind in ("name", "place"):
        evidence.names.append(name)
    else:
        evidence.unclear.append(name)


def _ended(texts: Sequence[str]) -> float:
    """Share of texts that end as a sentence does."""
    return sum(text.rstrip().endswith((".", "!", "?", "…", "。")) for text in texts) / len(texts)


def _named(name: str, words: Sequence[str] | frozenset[str]) -> bool:
    return name.lower().strip() in words


def _are_short_texts(name: str, look: Look, levels: int, share: float) -> bool:
    """Whether categories are texts after all: short ones in a column that is named like one."""
    if not _named(name, TEXT_WORDS):
        return False
    if name.lower() == "text":
        return True
    if share <= MIN_DIFFERENT or levels <= FEW_LEVELS:
        return False
    # a title may be that of a job
    return _named(name, SURELY_TEXT) or look.stops >= MIN_STOPS


def _kind_of(evidence: _Evidence, n_columns: int) -> tuple[str, str, tuple[str, ...]]:
    """The kind of table that the evidence suggests, why, and its text columns."""
    n = len(evidence.features)
    # names of films or books beside many amounts are what the rows are called
    read = evidence.sentences + evidence.titles
    wide = len(evidence.amounts) >= MANY_FEATURES
    sentences = [name for name in evidence.sentences if not (wide and name in evidence.labels)]
    few = len(evidence.amounts) < MIN_AMOUNTS and n < MANY_FEATURES
    if sentences or (evidence.titles and few):
        return "text", f"{read[0]!r} holds texts", tuple(read)
    if n >= MIN_FEATURES:
        return "records", f"{n} columns hold amounts, dates or categories, and none holds texts", ()
    if evidence.phrases:
        return "text", f"{evidence.phrases[0]!r} holds phrases", tuple(evidence.phrases)
    if evidence.amounts:
        return "records", "one column holds values, and none holds texts", ()
    if evidence.features and n_columns > 1 and not (evidence.names or evidence.unclear):
        return "records", "one column holds categories, and none holds texts", ()
    texts = tuple(evidence.names or evidence.unclear)
    return "text", "no other column can be used for clustering", texts


def outcomes_of(
    findings: Mapping[str, Finding], some: Any, params: Mapping[str, Any]
) -> dict[str, str]:
    """Outcome columns, and why.

    Parameters
    ----------
    findings : of each column, in order
    some : a sample of the rows
    params : truth and outcome, where the user named some; columns
    """
    named = [name for name in (params.get("truth"), *(params.get("outcome") or ())) if name]
    out = {name: "named by you to compare with the clusters" for name in named}
    names = list(findings)
    lower = {name.lower().strip() for name in names}
    used = [name for name in names if findings[name].kind in USED]
    for name in names:
        found = findings[name]
        if name in out or not is_named_outcome(name) or found.kind not in USED:
            continue
        plain, others = name.lower().strip(), [other for other in used if other != name]
        levels = len(pc.unique(some[name].drop_null())) if len(some) else 0
        numeric = all(findings[other].kind == "number" for other in others)
        if plain == "y" and ("x" in lower or not others):
            continue  # a coordinate
        if plain != "y" and levels > FEW_OUTCOMES:
            continue
        if is_named_outcome_flag(name) and levels > len(("yes", "no")):
            continue  # such as a rate
        if plain == "class" and not (numeric and name in (names[0], names[-1])):
            continue  # of a seat, or of a wine
        out[name] = "it is named like an outcome; list it in --columns to use it"
    return out


def _pictures(
    table: Table, findings: Mapping[str, Finding], sources: Sequence[Path]
) -> tuple[float, str | None]:
    """How many of the pictures of the first column of them can be read, and its name."""
    columns = [name for name, found in findings.items() if found.kind == "picture"]
    if table.kind == "pictures":
        return 1.0, "path"
    if not columns:
        return 0.0, None
    shares = {name: readable_share(table, name, sources) for name in columns}
    best = max(columns, key=lambda name: shares[name])
    return shares[best], best
