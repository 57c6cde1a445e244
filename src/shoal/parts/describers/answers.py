"""Reading what a language model answers: titles and summaries, or why they are refused."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_CHARS, MAX_WORDS, MAX_SAID = 60, 8, 400
"""Characters and words of a title, and characters of a summary."""
MAX_OBJECTS = 200
"""Places of an answer where an object may begin."""
_ALLOWED = re.compile(r"(?:[^<>{}\[\]`|\\=$^~*_\"“”]|\b_\b|(?<=\w)_(?=\w))+")
_SAYABLE = re.compile(r"[^<>{}\[\]`|\\=^~*_]+")
_ADDRESS = re.compile(r"://|www\.|@\w")
_INSTRUCTION = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|override)\b.*\b(?:instruction|prompt|previous|above|rule)"
    r"|\bsystem prompt\b|\bas an ai\b|\blanguage model\b.*\b(?:cannot|sorry)\b",
    re.IGNORECASE,
)
"""What a text says that wants to be obeyed, or a model that obeyed it or would not answer."""
_CALLED = re.compile(r"(?:cluster|theme|id)[\s_#:-]*", re.IGNORECASE)
"""What models put before the number of a cluster."""


class Refused(Exception):
    """An unusable answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says.

    Parameters
    ----------
    titles, summaries : cluster -> what it is called, and what is said of it
    themes : theme -> what it is called
    wrong : cluster -> why nothing usable is said of it
    """

    titles: dict[int, str]
    summaries: dict[int, str]
    themes: dict[int, str]
    wrong: dict[int, str]


def theme_id(theme: int) -> str:
    """What a theme is called in a question, unlike any cluster."""
    return f"T{theme}"


def read_answer(content: str, clusters: Sequence[int], themes: Sequence[int] = ()) -> Said:
    """Read an answer, whatever stands around its JSON: prose, fences, or what a model thinks.

    Parameters
    ----------
    content : the answer; of one that is cut, what is whole is read
    clusters, themes : what was asked about; what is said of any other is left out
    """
    found: dict[str, Mapping[str, Any]] = {}
    alone = str(clusters[0]) if len(clusters) == 1 else ""
    for info in _objects(content):
        # what is thought comes before what is said
        found.update(_entries(info, alone))
    said = Said({}, {}, {}, {})
    for cluster in clusters:
        entry = found.get(str(cluster))
        try:
            said.titles[cluster] = title_of(entry)
            said.summaries[cluster] = summary_of(entry or {})
        except Refused as why:
            said.wrong[cluster] = f"its answer was rejected: {why}"
    for theme in themes:
        try:
            said.themes[theme] = title_of(found.get(theme_id(theme)))
        except Refused:
            continue  # it is called by what its clusters are called
    return said


def _objects(content: str) -> Iterator[Any]:
    """The JSON objects in an answer; what is inside of one that is cut is found by itself."""
    decoder, end = json.JSONDecoder(), 0
    for opening in [match.start() for match in re.finditer(r"\{", content)][:MAX_OBJECTS]:
        if opening < end:
            continue  # inside of one that was read
        try:
            info, end = decoder.raw_decode(content, opening)
        except (ValueError, RecursionError):
            continue
        yield info


def _entries(info: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is said by the id it is said of, in a list or under that id."""
    todo = [(key, info)]
    while todo:
        key, value = todo.pop(0)
        if isinstance(value, list):
            todo += [(key, one) for one in value]
        elif isinstance(value, dict):
            if "title" in value:
                yield _bare(value.get("id", key)), value
            todo += [(name, one) for name, one in value.items() if isinstance(one, list | dict)]
            titles = [(name, one) for name, one in value.items() if isinstance(one, str)]
            if "title" not in value and "id" not in value:
                yield from ((_bare(name), {"title": one}) for name, one in titles)


def _bare(name: object) -> str:
    text = str(name).strip()
    return text[found.end() :] if (found := _CALLED.match(text)) else text


def title_of(entry: Mapping[str, Any] | None) -> str:
    """The title in what is said of a cluster.

    Raises
    ------
    Refused : if it holds none, or one that is too long, empty, or more than words
    """
    if entry is None or not isinstance(entry.get("title"), str):
        raise Refused("it is not JSON with a title")
    title = unicodedata.normalize("NFC", str(entry["title"])).strip().strip("\"'“”.").strip()
    if not title or not any(char.isalnum() for char in title):
        raise Refused("its title is empty")
    if len(title) > MAX_CHARS or len(title.split()) > MAX_WORDS:
        raise Refused("its title is too long")
    if not title.isprintable() or any(unicodedata.category(char) == "Cf" for char in title):
        raise Refused("its title contains invisible characters")
    if not _ALLOWED.fullmatch(title) or _ADDRESS.search(title):
        raise Refused("its title is markup or an address")
    if _INSTRUCTION.search(title):
        raise Refused("its title is an instruction")
    return title


def summary_of(entry: Mapping[str, Any]) -> str:
    """The summary in what is said of a cluster, and what follows from it; "" for none to be shown.

    A summary with markup, an address or signs that cannot be seen is left out, and its title
    stays.
    """
    summary, so_what = _sentence(entry.get("summary")), _sentence(entry.get("so_what"))
    return " ".join(part for part in (summary, so_what and f"So what: {so_what}") if part)


def _sentence(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    text = " ".join(unicodedata.normalize("NFC", value).split())
    hidden = not text.isprintable() or any(unicodedata.category(char) == "Cf" for char in text)
    if not text or hidden or len(text) > MAX_SAID or _ADDRESS.search(text):
        return ""
    if _INSTRUCTION.search(text):
        return ""
    return text if _SAYABLE.fullmatch(text) else ""
