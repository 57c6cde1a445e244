"""Date formats in strptime notation: reading by a format, and naming one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.parts.readers.calendar_words import meanings
from shoal.parts.readers.date_layouts import Fields, Layout, Token, Whole, clock_of

FORM_PARTS = {
    "%d": ("d", r"\d{1,2}"), "%e": ("d", r"\d{1,2}"), "%m": ("m", r"\d{1,2}"),
    "%Y": ("y", r"\d{4}"), "%y": ("y", r"\d{2}"), "%b": ("b", r"[\pL\pM]+\.?"),
    "%B": ("b", r"[\pL\pM]+\.?"), "%h": ("b", r"[\pL\pM]+\.?"), "%j": ("j", r"\d{1,3}"),
    "%a": ("", r"[\pL\pM]+\.?"), "%A": ("", r"[\pL\pM]+\.?"), "%H": ("H", r"\d{1,2}"),
    "%I": ("H", r"\d{1,2}"), "%M": ("I", r"\d{1,2}"), "%S": ("S", r"\d{1,2}"),
    "%f": ("", r"\d{1,9}"), "%p": ("P", r"[ap]\.?\s?m\.?"), "%z": ("z", r"z|[+-]\d\d:?\d\d"),
    "%Z": ("Z", r"[a-z]+"), "%%": ("", "%"),
}  # fmt: skip
"""Parts of a form of strptime: what they are, and how they are found."""
CLOCK = r"(?:[t ,]*(?P<H>\d{1,2}):(?P<I>\d\d)(?::(?P<S>\d\d))?\s*(?P<P>[ap]m)?)?"
TAIL = r"(?:\.\d+)?\s*(?:z|utc|gmt|[+-]\d\d:?\d\d)?"
"""A clock and a zone that a form does not speak of."""


def fields_of_form(distinct: Any, form: str) -> Fields:
    """The numbers of texts that are written in a form of strptime."""
    expanded = form.replace("%T", "%H:%M:%S").replace("%D", "%m/%d/%y").replace("%F", "%Y-%m-%d")
    pattern, names = [], []
    for part in re.findall(r"%.|\s+|[^%\s]+", expanded.replace("%R", "%H:%M")):
        role, how = FORM_PARTS.get(part, ("", ""))
        if how and role and role not in names:
            pattern.append(f"(?P<{role}>{how})")
            names.append(role)
        else:
            pattern.append(how or (r"\s+" if part.isspace() else re.escape(part.lower())))
    clock = "" if {"H", "I", "S", "P"} & set(names) else CLOCK
    names += ["H", "I", "S", "P"] if clock else []
    lowered = pc.utf8_lower(distinct)
    found = pc.extract_regex(lowered, rf"(?s)^\s*{''.join(pattern)}{clock}{TAIL}\s*$")
    fits = np.nonzero(np.asarray(pc.is_valid(found)))[0]
    parts = {n: pc.struct_field(found, n).take(pa.array(fits)) for n in names}
    layout, numbers, words, widths = Layout(), {}, {}, {}
    for place, (role, part) in enumerate(parts.items()):
        if role in "dmyjHIS":
            digits = pc.if_else(pc.equal(part, ""), "0", part)
            numbers[place] = np.asarray(pc.cast(digits, pa.int64()))
            widths[place] = np.asarray(pc.binary_length(part)).astype(np.int64)
        else:
            words[place] = _worded(role, part)
        if role in "dmyj":
            kind = "Y" if role == "y" and "%Y" in form else "N"
            layout.date.append(Token(kind, place))
            layout.roles += role
        elif role == "b":
            layout.date.append(Token("M", place))
            layout.roles += "b"
    places = {role: place for place, role in enumerate(parts)}
    layout.clock = [Token("N", places[role]) for role in "HIS" if role in places]
    halves = "P" in places and (not clock or bool(words[places["P"]].any()))
    layout.half = Token("P", places["P"]) if halves else None
    zone = places.get("z", places.get("Z"))
    layout.zone = None if zone is None else Token("Z", zone)
    numbers.setdefault(-1, np.zeros(len(fits), dtype=np.int64))
    seconds, clocked = clock_of(layout, numbers, words, widths)
    return Fields(fits, layout, numbers, words, widths, seconds, clocked)


def _worded(role: str, part: Any) -> Whole:
    """Numbers of months, hours of the halves of a day, minutes of zones."""
    coded = pc.dictionary_encode(part)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    texts = [text.strip(". ") for text in coded.dictionary.to_pylist()]
    known = meanings(sorted(set(texts)))
    values = []
    for text in texts:
        offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", text)
        if offset:
            minutes = int(offset[2]) * 60 + int(offset[3])
            values.append(minutes if offset[1] == "+" else -minutes)
        elif role == "P":
            values.append(12 if text.startswith("p") else 0)
        else:
            values.append(known[text].value if text in known else 0)
    info: Whole = np.array(values, dtype=np.int64)[np.asarray(coded.indices)]
    return info


def strptime_form(fields: Fields | None, order: str) -> str:
    """How dates of a layout are written, in the words of strptime."""
    if fields is None:
        return ""
    layout = fields.layout
    roles = fields.ordered(order)
    marks = {"d": "%d", "m": "%m", "b": "%b", "j": "%j", "l": "%Y%m%d", "q": "Q", "w": "W"}
    info = []
    for token, role in zip(layout.date, roles, strict=True):
        year = "%Y" if token.kind == "Y" else "%y"
        info.append(year if role == "y" else marks.get(role, "N"))
    signs = list(layout.signs) + [layout.signs[-1:] or " "] * len(info)
    day = info[0] + "".join(sign + part for sign, part in zip(signs, info[1:], strict=False))
    hour = "%I" if layout.half is not None else "%H"
    clock = ":".join([hour, "%M", "%S"][: len(layout.clock)])
    half = " %p" if layout.half is not None else ""
    return f"{day} {clock}{half}".strip()
