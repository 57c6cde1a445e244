"""Words for missing values in columns of numbers or dates: tbd, keine Angabe, n.d."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KNOWN = frozenset(
    (
        "n.a.|n. a.|k.a.|k. a.|n/d|n.d.|s/d|s.d.|nd|nr|n.r.|unk|unkn|unknown|missing|tbd|tba|"
        "tbc|pending|not available|not applicable|not reported|not recorded|not known|"
        "not given|not stated|no data|nodata|no value|no answer|undefined|undisclosed|"
        "withheld|refused|declined|don't know|dk|dnf|dns|void|nan|(null)|<na>|<null>|#null!|"
        "#value!|#ref!|#div/0!|#num!|#name?|#n/a n/a|\\n|inf|-inf|infinity|-infinity|"
        "unbekannt|keine angabe|keine angaben|fehlt|inconnu|non renseigné|manquant|nc|"
        "desconocido|sin dato|sin datos|no disponible|no aplica|sconosciuto|non disponibile|"
        "desconhecido|não informado|onbekend|okänd|saknas|ukjent|ukendt|brak|brak danych|"
        "neznámo|ismeretlen|нет данных|неизвестно|н/д|不明|未知|なし|없음|"
        "<lod|<loq|< lod|< loq|bdl|b.d.|bld|not detected|n.d|trace|"
        "—|\u2013|…|...|..|.|:|*|**|***|x|xx|xxx"
    ).split("|")
)
"""What people write, in lower case, where there is no number and no date."""
BARE = r"^[+-]?\d[\d,.\s]*%?$"
"""A number with nothing but signs between its digits."""
SAMPLE = 2000
"""Entries that are looked at before all are."""
MIN_KNOWN = 0.3
"""Share of the entries that must be something else than such a word."""
MAX_UNKNOWN, MIN_SURE, MIN_NUMBERS = 2, 0.8, 10
"""Different words that may be unknown, the share of the other entries, and how many different ones
of those there must be."""


def without_words(texts: Any) -> tuple[Any, dict[str, int]]:
    """A column of texts with null where a word says that there is nothing.

    Words that are not known are taken for such if there are one or two of them, they have no digit,
    and nearly all other entries have one.

    Parameters
    ----------
    texts : an Arrow column of text without spaces around its entries

    Returns
    -------
    The column, and how often each of the words is in it
    """
    if len(texts) > SAMPLE:  # a column of many words is no column of numbers
        some = texts.take(pa.array(range(0, len(texts), len(texts) // SAMPLE)))
        if not _wordy(pc.value_counts(some.drop_null())):
            return texts, {}
    counted = pc.value_counts(texts.drop_null())
    counts = {entry["values"]: entry["counts"] for entry in _wordy(counted)}
    if not counts:
        return texts, {}
    total = len(texts) - texts.null_count
    known = {word: n for word, n in counts.items() if word.lower() in KNOWN}
    others = {word: n for word, n in counts.items() if word not in known}
    rest = total - sum(counts.values())
    sure = 0 < len(others) <= MAX_UNKNOWN and rest >= MIN_SURE * total
    if sure and len(counted) - len(counts) >= MIN_NUMBERS:
        known = counts
    left = total - sum(known.values())
    if not known or (left < MIN_KNOWN * total and not _are_amounts(counted, known, left)):
        return texts, {}
    found = pc.is_in(texts, pa.array(list(known), texts.type))
    return pc.if_else(found, pa.scalar(None, texts.type), texts), known


def _are_amounts(counted: Any, words: Collection[str], n: int) -> bool:
    """Whether all that is left is written as numbers, however little that is."""
    values = counted.field("values")
    others = values.filter(pc.invert(pc.is_in(values, pa.array(list(words), values.type))))
    return n >= MIN_NUMBERS and bool(pc.all(pc.match_substring_regex(others, BARE)).as_py())


def _wordy(counted: Any) -> list[dict[str, Any]]:
    """The entries without a digit, and #DIV/0!, where they are too few to be the values."""
    values = counted.field("values")
    # the one word for nothing with a digit is what a spreadsheet makes of a division by zero
    wordy = np.asarray(pc.match_substring_regex(values, r"^\D*$|^#(DIV|div)/0!$"), dtype=bool)
    if wordy.sum() > len(KNOWN):
        return []
    out: list[dict[str, Any]] = counted.filter(pa.array(wordy)).to_pylist()
    return out


PHONE = r"^\+\d[\d ]{6,17}$"
SCORE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:/|\bout of\b|\bof\b|\bvon\b|\bsur\b)\s*(\d{1,3})\s*")
MONTHS = 12


def looks_like_phones(texts: Any) -> bool:
    """Whether nearly all entries are numbers with the sign of a country's code: +4930123456."""
    known = texts.drop_null()
    same = pc.sum(pc.match_substring_regex(known, PHONE)).as_py() or 0
    lengths = pc.unique(pc.utf8_length(known))
    return bool(same >= 0.98 * len(known) and len(lengths) <= 8 and pc.min(lengths).as_py() >= 8)


def are_scores(texts: Any) -> bool:
    """Whether the entries are what was got of what could be: 4/5, 8.3/10, 7 out of 10."""
    found = Counter[str]()
    for text in pc.unique(texts.drop_null()).to_pylist():
        match = SCORE.fullmatch(text.lower())
        if match is None or float(match[1].replace(",", ".")) > float(match[2]):
            return False
        found[match[2]] += 1
        found["sure"] += "/" not in text or not match[1].isdigit() or int(match[1]) > MONTHS
        if len(found) > 2:
            return False
    most = int(next((key for key in found if key != "sure"), 0))
    # 3/21 may be of March 2021, 3/5 of no year
    return 0 < most < MONTHS or found["sure"] > 0
