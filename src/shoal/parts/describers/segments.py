"""Marketing-style descriptions of record clusters: a name, a sentence, and the figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from shoal.parts.describers.phrases_of_columns import MIN_EFFECT, Phrase, graded, phrase_of
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
    times,
)

N_PHRASES = 3
N_KEYWORDS = 8
TITLE_CHARS = 72
MAX_TRIED = 20
"""Further phrases that are tried to make a title unlike others."""
SMALL_WORDS = frozenset("high low mostly with without no not very many few in".split())
SECOND = 0.4
"""Worth of a second phrase, as a share of the first, from which it stands in a title."""
ALIKE = 0.75
"""Correlation of two columns from which one of them says enough."""
AVERAGE = "Typical"
"""Begins the title of a cluster that no column sets apart."""
NEARLY_ALL_OF_THEM = 0.945
UNTOLD = ("label", "target", "class", "outcome", "y", "truth")
"""Names of columns that say nothing of what their yes is."""
SAID_OUTCOME = 0.1
"""Effect on a column that was not clustered by, from which it is told of a cluster."""
Entry = Mapping[str, Any]
Said = frozenset[str]


class Segment(NamedTuple):
    """What a cluster of records is called and what is said of it.

    Parameters
    ----------
    title : unlike that of any other cluster
    keywords : what sets it apart, with figures, largest effect first
    phrases : what its title is made of, and what else it might be
    summary : one sentence, what columns say that were not clustered by at its end
    outcome : that alone, "" where they say nothing
    """

    title: str
    keywords: tuple[str, ...]
    phrases: tuple[str, ...]
    summary: str
    outcome: str


def segments(profiles: Mapping[str, Any], others: Iterable[str] = ()) -> list[Segment]:
    """Name each cluster by the columns that set it apart.

    Parameters
    ----------
    profiles : "columns", "clusters" and perhaps "subject", what the rows are, as the profiling
        stage makes them
    others : titles that are taken, such as those of the parts of these clusters
    """
    if not profiles:
        return []
    columns, subject = list(profiles["columns"]), str(profiles.get("subject") or "")
    entries = [list(cluster["columns"]) for cluster in profiles["clusters"]]
    found = [
        [phrase_of(place, c, e) if c["clustered"] else None for place, (c, e) in enumerate(pairs)]
        for pairs in (list(zip(columns, row, strict=True)) for row in entries)
    ]
    found = graded(columns, found, entries)
    out: list[Segment] = []
    taken = {_said(title) for title in others}
    for c, row in enumerate(entries):
        chosen, more = _chosen(c, found, columns)
        title, used = _unused(chosen, more, subject, taken)
        if not chosen:
            title = _in_between(c, entries, columns, subject, taken)
        taken.add(_said(title))
        chosen, more = [*chosen, *more][:used], [*chosen, *more][used:]
        ranked = _ranked(columns, row)
        keywords = tuple(_in_figures(column, entry) for column, entry in ranked[:N_KEYWORDS])
        phrases = tuple(phrase.plain for phrase in [*chosen, *more])
        outcome = _outcome_said(columns, row, subject)
        sentence = _sentence(title, chosen, more, columns, subject)
        summary = f"{sentence}: {outcome}" if outcome else f"{sentence}."
        out.append(Segment(title, keywords, phrases, summary, _capital(outcome)))
    return out


def _chosen(
    cluster: int, found: Sequence[Sequence[Phrase | None]], columns: Sequence[Entry]
) -> tuple[list[Phrase], list[Phrase]]:
    """The phrases of a title, which tell the cluster from all others, and the others by worth."""
    able = {phrase.column: phrase for phrase in found[cluster] if phrase is not None}
    chosen: list[Phrase] = []
    rivals = [c for c in range(len(found)) if c != cluster]
    while able and len(chosen) < N_PHRASES:
        worths = {
            place: phrase.worth
            * _fresh(phrase, chosen, columns)
            * (0.5 + 1.5 * _apart(phrase, rivals, found))
            for place, phrase in able.items()
        }
        best = max(worths, key=lambda place: (worths[place], -place))
        if chosen and (len(chosen) > 1 or worths[best] < SECOND * chosen[0].worth):
            # a further phrase only where it tells the cluster from one that is called alike
            if not rivals or not _apart(able[best], rivals, found):
                break
        phrase = able.pop(best)
        if any(phrase.core == one.core for one in chosen):
            continue
        chosen.append(phrase)
        rivals = [c for c in rivals if _says(found[c], phrase)]
    said = {phrase.core for phrase in chosen}
    rest = sorted(able.values(), key=lambda one: -one.worth * _fresh(one, chosen, columns))
    return chosen, [phrase for phrase in rest if phrase.core not in said]


def _says(row: Sequence[Phrase | None], phrase: Phrase) -> bool:
    """Whether a cluster would be told the same by a column."""
    own = row[phrase.column]
    return own is not None and own.core == phrase.core


def _apart(
    phrase: Phrase, rivals: Sequence[int], found: Sequence[Sequence[Phrase | None]]
) -> float:
    """Share of other clusters that a phrase tells a cluster from."""
    return sum(not _says(found[c], phrase) for c in rivals) / len(rivals) if rivals else 0.5


def _fresh(phrase: Phrase, chosen: Sequence[Phrase], columns: Sequence[Entry]) -> float:
    """How much of a phrase is not said by those before it, by the correlation of the columns."""
    out, words = 1.0, set(phrase.plain.split()) - SMALL_WORDS
    for one in chosen:
        if words <= set(one.plain.split()):
            return 0.01
        likeness = (columns[phrase.column].get("like") or {}).get(columns[one.column]["name"], 0.0)
        if abs(likeness) >= ALIKE:
            out *= 0.25
        if words & set(one.plain.split()) or phrase.plain == one.plain:
            out *= 0.6
    return out


def _unused(
    chosen: Sequence[Phrase], more: Sequence[Phrase], subject: str, taken: set[Said]
) -> tuple[str, int]:
    """A title of some phrases, or of fewer or more until it is unlike all others, and how many."""
    every = [*chosen, *more]
    # titles of many phrases are too long, whichever they are
    most = min(len(every), len(chosen) + MAX_TRIED)
    for n in [*range(len(chosen), most + 1), *range(len(chosen) - 1, 0, -1)]:
        title = _title(every[:n], subject)
        if title and _said(title) not in taken and len(title) <= TITLE_CHARS:
            return title, n
    return _numbered(_title(chosen[:2], subject), taken), min(len(chosen), 2)


def _said(title: str) -> Said:
    """What a title says, in whatever order: "high x and low y" is "low y and high x"."""
    parts = re.split(r",|\band\b|\bwith\b", title.lower())
    return frozenset(part.strip() for part in parts if part.strip())


def _numbered(title: str, taken: set[Said]) -> str:
    """The title, with a number where another cluster has it."""
    made, n = title, 1
    while _said(made) in taken:
        n += 1
        made = f"{title}, group {n}"
    return made


def _title(phrases: Sequence[Phrase], subject: str) -> str:
    """Phrases as a name: "New customers on monthly contracts", "High spend and many visits"."""
    if not phrases:
        return ""
    if not subject:
        return _capital(_listed([phrase.plain for phrase in phrases]))
    before = ", ".join(phrase.adjective for phrase in phrases if phrase.adjective)
    behind = [phrase.after or phrase.plain for phrase in phrases if not phrase.adjective]
    behind.sort(key=lambda words: words.startswith(("without ", "not ", "mostly without ")))
    behind.sort(key=lambda words: not words.startswith(("on ", "from ")))
    info = ""
    for words in behind:
        info += words if not info else _joined(info, words)
    return _capital(f"{before} {subject} {info}".replace("  ", " ").strip())


def _joined(info: str, words: str) -> str:
    """What is said behind something else: the preposition once where it is the same."""
    last = re.split(r", | and ", info)[-1] if "with " not in info else info
    for first in ("with ", "without ", "high in ", "low in ", "very high in ", "very low in "):
        if words.startswith(first) and last.startswith(first):
            return f" and {words.removeprefix(first)}"
    if info.startswith(("on ", "from ")) and "," not in info and words.startswith("with "):
        return f" {words}"
    return f", {words}"


def _listed(words: Sequence[str]) -> str:
    """Words with commas, and "and" before the last."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in_between(
    cluster: int,
    entries: Sequence[Sequence[Entry]],
    columns: Sequence[Entry],
    subject: str,
    taken: set[Said],
) -> str:
    """The name of a cluster that is like all rows: by the column that parts the others most."""
    spreads = {
        place: max(abs(row[place].get("effect") or 0.0) for row in entries)
        for place, column in enumerate(columns)
        if column["clustered"] and column["kind"] == "number"
    }
    best = max(spreads, key=lambda place: spreads[place], default=None)
    if best is None or spreads[best] < MIN_EFFECT or entries[cluster][best].get("median") is None:
        return _numbered(f"{AVERAGE} {subject or 'rows'}", taken)
    name = f"medium {column_name(columns[best]['name'])}"
    return _numbered(_capital(f"{subject} with {name}" if subject else name), taken)


def _ranked(columns: Sequence[Entry], entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    """Columns that were clustered by, largest effect first, without those too small to tell."""
    pairs = zip(columns, entries, strict=True)
    able = [
        (c, e) for c, e in pairs if c["clustered"] and abs(e.get("effect") or 0.0) >= MIN_EFFECT
    ]
    return sorted(able, key=lambda pair: -abs(pair[1]["effect"]))


def value_in_words(column: Entry, value: float) -> str:
    """A number or a day of a column as a person reads it."""
    if column["kind"] == "date":
        return day_in_words(value)
    least, most = column.get("least"), column.get("most")
    year = least is not None and most is not None and is_year(column["name"], least, most)
    return number_in_words(value, column["name"], year=year, unit=column.get("unit"))


def _in_figures(column: Entry, entry: Entry) -> str:
    """What a column says of a cluster, exactly: "Contract is Two year for 84 % (all: 24 %)"."""
    name = column["name"]
    if column["kind"] == "category":
        info = f"{percent(entry['share'])} (all: {percent(entry['overall'])})"
        return f"{name} is {entry['level']} for {info}"
    here, there = value_in_words(column, entry["median"]), value_in_words(column, column["median"])
    if entry.get("ratio"):
        return f"{name} {times(entry['ratio'])} the median: {here} (all: {there})"
    return f"{name} {entry['effect']:+.1f} sd: median {here} (all: {there})"


def _sentence(
    title: str,
    chosen: Sequence[Phrase],
    more: Sequence[Phrase],
    columns: Sequence[Entry],
    subject: str,
) -> str:
    """The cluster in half a sentence: its name, and what else most of its rows are."""
    extra = next(
        (
            one
            for one in more
            if one.worth >= MIN_EFFECT
            and one.coverage >= 0.6
            and _fresh(one, chosen, columns) > 0.5
        ),
        None,
    )
    info = title
    if extra is not None and extra.adjective and subject:
        info += f", {_how_many(extra)} of them {extra.adjective.removeprefix('mostly ')}"
    elif extra is not None and extra.after and subject:
        info += f", {_how_many(extra)} of them {extra.after.removeprefix('mostly ')}"
    elif extra is not None and not subject:
        info += f", {_how_many(extra)} of them {_most_have(extra.plain)}"
    return info


def _outcome_said(columns: Sequence[Entry], entries: Sequence[Entry], subject: str) -> str:
    """What the most telling column says that was not clustered by, or nothing."""
    found = outcomes_of(columns, entries)
    return f"{in_shares(found[0], subject or 'rows')}." if found else ""


def _how_many(phrase: Phrase) -> str:
    """Of how many rows a phrase is true, in a word."""
    if phrase.coverage >= 1:
        return "all"
    return "nearly all" if phrase.coverage >= NEARLY_ALL_OF_THEM else "most"


def _most_have(plain: str) -> str:
    plain = plain.removeprefix("mostly ")
    return plain if plain.startswith(("with ", "without ", "paying ")) else f"with {plain}"


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


def outcomes_of(columns: Sequence[Entry], entries: Sequence[Entry]) -> list[Outcome]:
    """What columns say of a cluster that were not clustered by, the most telling first."""
    found = []
    for column, entry in zip(columns, entries, strict=True):
        if column["clustered"] or (not column.get("levels") and column.get("median") is None):
            continue
        info = _outcome(column, entry)
        if info is not None and (column.get("outcome") or abs(info.effect) >= SAID_OUTCOME):
            found.append((not column.get("outcome"), -abs(info.effect), info))
    return [info for *_, info in sorted(found, key=lambda one: one[:2])]


def _outcome(column: Entry, entry: Entry) -> Outcome | None:
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
        return f"{info.name} {info.level} in the middle; of all {rows} {info.usual}"
    said, exact = share_in_words(info.share), percent(info.share)
    behind = info.name if info.verb else f"with {info.name} {info.level}".rstrip()
    if info.name in UNTOLD:  # the name says nothing of what is told
        coded = not info.level.isalpha() or any(is_flag([info.level, a]) for a in ("yes", "no"))
        behind = f"have {info.level} as {info.name}" if coded else f"are {info.level}"
    figures = f"of all {rows} {percent(info.overall)}"
    if said == exact or info.share in (0, 1):
        exact = said
        return f"{exact} {behind}; {figures}"
    return f"{said} {behind} ({exact}; {figures})"
