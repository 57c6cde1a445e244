"""The shapes of dates: what texts look like whatever numbers they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shoal.parts.readers.values import MAX_STRAYS, letters_in

PERIOD = r"^(?:fy|[qhs][1-4]|[12]h|\d{4}[ -/]?[hs][12]$)"
"""How texts begin that may be one of `PERIODS`."""
PERIODS = (
    (r"^fy ?(\d\d)[ \-/]?(q[1-4])$", r"20\1 \2"),
    (r"^(q[1-4])[ \-/]?fy ?(\d\d)$", r"\1 20\2"),
    (r"fy ?(\d{4})", r"\1"),
    (r"^[hs]1[ \-/]?(\d{4})$", r"q1 \1"),
    (r"^[hs]2[ \-/]?(\d{4})$", r"q3 \1"),
    (r"^(\d{4})[ \-/]?[hs]1$", r"\1 q1"),
    (r"^(\d{4})[ \-/]?[hs]2$", r"\1 q3"),
    (r"^1h ?(\d{4}|\d\d)$", r"1q\1"),
    (r"^2h ?(\d{4}|\d\d)$", r"3q\1"),
    (r"^q([1-4])(\d{4})$", r"q\1 \2"),
)
"""Halves and quarters that are written without a sign between, or with a word for the year."""

MAX_SHORT_YEARS, MIN_SHORT_MONTHS, MIN_DAYS = 15, 10, 4
"""Years between which lie months such as 03/24, how many different ones there must be, and how far
apart numbers behind a month and the next are at least that are days of them."""


def prepared(texts: Any) -> tuple[Any, Any]:
    """Lower case, without fractions of seconds and what stands in brackets, and names of zones.

    Parameters
    ----------
    texts : an Arrow column

    Returns
    -------
    The column, and another with the name of the zone of each text, null where it has none
    """
    plain = pc.utf8_lower(texts)
    zones = pc.struct_field(
        pc.extract_regex(plain, r"(?:^|[\s\[])(?P<zone>[a-z_]+/[a-z_]+(?:/[a-z_]+)?)\]?$"), "zone"
    )
    plain = pc.replace_substring_regex(plain, r"[\s\[]*[a-z_]+/[a-z_]+(/[a-z_]+)?\]?$", "")
    plain = pc.replace_substring_regex(plain, r"\s*\([^)]*\)$", "")
    plain = pc.replace_substring_regex(plain, r"((:|\s\d\d\.\d\d\.)\d\d)[.,]\d+", r"\1")
    plain = pc.replace_substring_regex(plain, r"([-/.]\d{2,4}) (\d{1,2})\.(\d\d)$", r"\1 \2:\3")
    plain = pc.replace_substring_regex(plain, r"^(\d{4})m(\d{1,2})$", r"\1-\2")
    plain = pc.replace_substring_regex(plain, r"([ap])\.\s?m\.?", r"\1m")
    if pc.any(pc.match_substring_regex(plain, PERIOD)).as_py():
        for pattern, written in PERIODS:
            plain = pc.replace_substring_regex(plain, pattern, written)
    plain = pc.replace_substring_regex(plain, r"[\s\x{00a0}\x{202f}]+", " ")
    return pc.utf8_trim_whitespace(plain), zones


def shapes_of(plain: Any) -> Any:
    """The shape of each text: A is a word, N one or two digits, T three, Y four, L more.

    Parameters
    ----------
    plain : as `prepared` gave them
    """
    shape = pc.replace_substring_regex(plain, letters_in(plain), "A")
    for digits, letter in ((r"\d{5,}", "L"), (r"\d{4}", "Y"), (r"\d{3}", "T"), (r"\d{1,2}", "N")):
        shape = pc.replace_substring_regex(shape, digits, letter)
    return shape


def are_months_of_short_years(distinct: Any, *, named: bool) -> bool:
    """Whether 03/24 is March 2024, as on a card, and neither a day of a month nor a score.

    Where the name does not speak of dates, or months have one digit, the years lie close together,
    and are no days of a month: of those, some would be the first twelve.
    """
    parts = pc.extract_regex(distinct, r"^(?P<m>0?[1-9]|1[0-2])[/-](?P<y>\d\d)$")
    if not len(distinct) or parts.null_count > MAX_STRAYS * len(distinct):
        return False
    parts = parts.drop_null()
    months, years = (np.asarray(pc.cast(pc.struct_field(parts, n), pa.int64())) for n in "my")
    spread = np.ptp(years)
    close = bool(spread <= MAX_SHORT_YEARS and years.min() > 12)
    within = np.ptp(months) <= 1 and spread >= MIN_DAYS
    if (
        not close
        and 1 <= years.min()
        and years.max() <= 31
        and (spread > MAX_SHORT_YEARS or within)
    ):
        return False  # days of a year that is not told
    padded = not pc.any(pc.match_substring_regex(distinct, r"^\d\D")).as_py()
    return (named and (padded or close)) or (close and len(distinct) >= MIN_SHORT_MONTHS)
