"""Marketing-style descriptions of record clusters: a name, a sentence, and the figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from shoal.data.entries import ReadEntry
from shoal.parts.describers.outcomes import in_shares, outcomes_of, value_in_words
from shoal.parts.describers.phrases_of_columns import MIN_EFFECT, Phrase, graded, phrase_of
from shoal.parts.describers.readable import column_name, percent, times

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
    cluster: int, found: Sequence[Sequence[Phrase | None]], columns: Sequence[ReadEntry]
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


def _fresh(phrase: Phrase, chosen: Sequence[Phrase], columns: Sequence[ReadEntry]) -> float:
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
        plain = sorted((phrase.plain for phrase in phrases), key=_is_where)
        where = sum(_is_where(words) for words in plain)
        first = _listed(plain[: len(plain) - where])
        return _capital(" ".join([first, *plain[len(plain) - where :]]).strip())
    before = ", ".join(phrase.adjective for phrase in phrases if phrase.adjective)
    behind = [phrase.after or phrase.plain for phrase in phrases if not phrase.adjective]
    behind.sort(key=lambda words: words.startswith("who "))
    behind.sort(key=lambda words: words.startswith(("without ", "not ", "mostly without ")))
    behind.sort(key=lambda words: not words.startswith(("on ", "from ")))
    info = ""
    for words in behind:
        info += words if not info else _joined(info, words)
    return _capital(f"{before} {subject} {info}".replace("  ", " ").strip())


def _is_where(words: str) -> bool:
    """Whether words say where or when, and stand behind others without "and": "in May"."""
    return words.startswith(("in ", "on ", "at ", "from "))


def _joined(info: str, words: str) -> str:
    """What is said behind something else: the preposition once where it is the same."""
    for first in ("with ", "without ", "high in ", "low in ", "very high in ", "very low in "):
        at = f" {info}".rfind(f" {first}")
        if words.startswith(first) and at >= 0 and "," not in info[at:]:
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
    entries: Sequence[Sequence[ReadEntry]],
    columns: Sequence[ReadEntry],
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


def _ranked(
    columns: Sequence[ReadEntry], entries: Sequence[ReadEntry]
) -> list[tuple[ReadEntry, ReadEntry]]:
    """Columns that were clustered by, largest effect first, without those too small to tell."""
    pairs = zip(columns, entries, strict=True)
    able = [
        (c, e) for c, e in pairs if c["clustered"] and abs(e.get("effect") or 0.0) >= MIN_EFFECT
    ]
    return sorted(able, key=lambda pair: -abs(pair[1]["effect"]))


def _in_figures(column: ReadEntry, entry: ReadEntry) -> str:
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
    columns: Sequence[ReadEntry],
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
        after = extra.after.removeprefix("who are ").removeprefix("mostly ")
        info += f", {_how_many(extra)} of them {after}"
    elif extra is not None and not subject:
        has = extra.adjective if extra.adjective == extra.plain else _most_have(extra.plain)
        info += f", {_how_many(extra)} of them {has}"
    return info.replace(", all of them not ", ", none of them ")


def _outcome_said(columns: Sequence[ReadEntry], entries: Sequence[ReadEntry], subject: str) -> str:
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
    if plain.startswith("no "):
        return f"without {plain[3:]}"
    as_it_is = ("with ", "without ", "paying ", "not ")
    return plain if plain.startswith(as_it_is) or _is_where(plain) else f"with {plain}"
