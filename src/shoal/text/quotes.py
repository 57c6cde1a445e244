"""Lines of a text that quote another one: behind a sign, or below the header lines of a mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.text.tokens import Tokens

REST = r"[^\n]*(?:\n|\Z)"
BLOCK = re.compile(
    rf"(?:^[ \t]*>(?!>> ){REST})+"
    rf"|(?:^[ \t]*[A-Z][A-Za-z]{{0,3}}>{REST}){{2,}}"
    rf"|(?:^[ \t]*[^\w\s<>=-]{{1,2}}>{REST}){{2,}}"
    rf"|^[ \t]*(?P<sign>[^\w\s<>()\[*\"'+.\u2022-]){REST}(?:^[ \t]*(?P=sign){REST})*"
    rf"|^[ \t]*(?P<list>\)|[<+]|-[|>]){REST}(?:^[ \t]*(?P=list){REST})+",
    re.MULTILINE,
)
"""Lines that may quote another text: behind > (>>> is a Python prompt), behind initials or a sign
and >, or behind any other sign again and again."""
WHOSE = re.compile(r"(?:(?<=\n)|\A)[^\n]{0,200}[:\uff1a][ \t]*\n(?:[ \t]*\n)?\Z")
"""The line above them that says whose they are."""
BEFORE = re.compile(r"(?:(?<=\n)|\A)[^\n]{0,200}[@<][^\n]{0,200}\n\Z")
"""The first half of such a line: mail programs break it behind an address."""
MAILER = re.compile(r"\w@\w|\d[.:/-]\d")
"""An address, a time or a date: the head of a list or table has none."""
SAID = re.compile(r"^[ \t]*\S[ \t]*[^\n]{0,60}?\w\W+\w+\W+\w+\W+\w", re.MULTILINE)
"""At least four words behind a sign: closing brackets of programs have none."""
FIELD = re.compile(r"[ \t]*:[^\s:][^:\n]{0,40}:")
"""A line of the documentation of a function, or one that begins with the name of an emoji."""
BULLETS = ("<", "+", "-|", "->")
FULL_LINE = 45
"""Characters of a line that was broken because it was full."""
FAR = 420
MAY_QUOTE = re.compile(r"^[ \t]*(?:[A-Z][A-Za-z]{0,3}>|[^\w\s\"'(\[*.])", re.MULTILINE)
LINE = r"[ \t]*[*_]{0,2}[^\W\d_][^\n:\uff1a]{0,30}[:\uff1a][*_]{0,2}[ \t]*\S[^\n]*\n"
HEADED = re.compile(
    rf"^(?P<above>[ \t]*[-_=]{{5,}}[^\n]*\n\s*)?(?<=\n)(?P<lines>(?:{LINE}){{3,9}})(?=[ \t]*\n)",
    re.MULTILINE,
)
"""The header lines of a mail below an answer to it, and the line of signs above them."""
OWN = 6
"""Words above the header lines from which on a mail answers; below that it forwards."""
NAMED = 3
"""Header lines whose names, in their order, tell the program."""
WORD = re.compile(r"[^\W_]+")


def quoted(
    texts: Sequence[str], tokens: Tokens, programs: Iterable[str] = (), *, signs: bool = True
) -> NDArray[np.bool_]:
    """Tokens that quote another text, (n_tokens,).

    Parameters
    ----------
    texts : the texts
    tokens : of them
    programs : names of the first header lines of mails that are answered, as of `answered`
    signs : whether lines behind signs are quotes
    """
    out = np.zeros(len(tokens), dtype=bool)
    known = frozenset(programs)
    for row, text in enumerate(texts):
        spans = []
        if signs and MAY_QUOTE.search(text):
            spans = list(_behind_signs(text))
        if known:
            spans += [(at, len(text)) for at, name, _ in _headed(text) if name in known][:1]
        if not spans:
            continue
        first, last = np.searchsorted(tokens.row, (row, row + 1))
        mine = tokens.start[first:last]
        for start, end in spans:
            out[first:last] |= (mine >= start) & (mine < end)
    return out


def _behind_signs(text: str) -> Iterator[tuple[int, int]]:
    """Where lines quote behind a sign, with the line above that says whose they are."""
    for found in BLOCK.finditer(text):
        start, head = found.start(), text[max(found.start() - FAR, 0) : found.start()]
        whose = WHOSE.search(head)
        if whose:
            start -= len(whose[0])
            before = BEFORE.search(head[: whose.start()])
            start -= len(before[0]) if before else 0
        sign = found["sign"] or found["list"]
        if not sign or _quotes(found[0], sign, text[start : found.start()]):
            yield start, found.end()


def _quotes(lines: str, sign: str, whose: str) -> bool:
    """Whether lines behind a sign quote something, by what stands above them."""
    n, first = lines.rstrip("\n").count("\n") + 1, lines.lstrip(" \t")
    if sign in BULLETS:
        return n > 2 and _is_prose(lines, sign)
    if whose and MAILER.search(whose) and (n > 1 or SAID.search(lines)):
        return True
    if sign == ":":
        return bool(((whose and n > 1) or n > 2) and SAID.search(lines) and not FIELD.match(lines))
    if sign in "}])":
        apart = first[1:2].isspace()
        return bool((whose and n > 1 and not apart) or (n > 2 and SAID.search(lines)))
    # the lines of a table have more bars
    return bool(whose and n > 1 and sign == "|" and first.partition("\n")[0].count("|") == 1)


def _is_prose(lines: str, sign: str) -> bool:
    """Whether sentences go on from line to line: those of a list are short, or begin anew."""
    rows = [line.strip()[len(sign) :].strip() for line in lines.splitlines()]
    rows = [row for row in rows if row]
    full = sum(len(row) >= FULL_LINE for row in rows[:-1])
    goes_on = sum(row[0].islower() for row in rows)
    return len(rows) > 1 and 2 * full > len(rows) - 1 and 3 * goes_on >= len(rows)


def answered(texts: Sequence[str], least: int) -> frozenset[str]:
    """What the header lines of mails begin with that many texts answer.

    A form has header lines too, but below the same words in each text, or with no mail in sight.

    Parameters
    ----------
    texts : a sample
    least : texts that have such lines
    """
    above: dict[str, list[str]] = {}
    mails: dict[str, int] = {}
    for text in texts:
        for at, name, is_mail in _headed(text)[:1]:
            above.setdefault(name, []).append(" ".join(WORD.findall(text[:at])[:OWN]))
            mails[name] = mails.get(name, 0) + is_mail
    return frozenset(
        name
        for name, heads in above.items()
        if len(heads) >= least and len(set(heads)) > len(heads) / 2 and mails[name] > len(heads) / 2
    )


def _headed(text: str) -> list[tuple[int, str, bool]]:
    """Where header lines begin, their names, and whether they are those of a mail."""
    if text.count(":") + text.count("\uff1a") < NAMED:
        return []
    out = []
    for found in HEADED.finditer(text):
        if len(WORD.findall(text[: found.start()])) < OWN:
            continue
        lines = found["lines"].splitlines()
        names = [re.split(r"[:\uff1a]", line)[0].strip(" \t*_").casefold() for line in lines]
        if len(set(names)) == len(names):  # who speaks comes again
            is_mail = bool(found["above"]) or "@" in found["lines"]
            out.append((found.start(), "|".join(names[:NAMED]), is_mail))
    return out
