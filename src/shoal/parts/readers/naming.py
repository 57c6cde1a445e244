"""What the name of a column says of its values: codes, dates, outcomes, numbers of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

CODE_WORDS = frozenset(
    "zip zipcode postcode postal plz phone telephone tel telefon mobile fax ssn iban bic swift ean "
    "gtin upc isbn barcode sku imei passport vat tin npi version release revision flight "
    "fips ansi statefp countyfp geoid naics cvr cusip isin duns cpf cnpj dni pesel siret siren "
    "handy movil celular telefono telefone postleitzahl codigo codice kode kod 邮编 邮政编码 "
    "电话 手机 電話番号 郵便番号 전화번호 우편번호 телефон индекс".split()
)
CODE_FIRST = frozenset("codigo codice kod код קוד رمز كود".split())
"""Words for a code in languages that put it before what it is of."""
CODE_LAST = re.compile(r"(?:codes?|编码|代码|编号|コード|番号|코드|번호)$")
BEHIND = frozenset("plus four ext extension state county".split())
"""Words behind that of a code which say what part of it, or whose: zip plus four, fips state."""
VERSION_WORDS = frozenset({"version", "release", "revision"})
NUMBERED = frozenset("no nr num number code id zip".split())
"""Words behind which a code word stands: phone number, vat code."""
COUNTING = frozenset(
    "row rows rownames index idx rank case obs subject patient line record serial sl sr s sno srno "
    "lfd order".split()
)
"""Words, beside those, that a column which counts the rows may be named by."""
NUMBERED_THINGS = frozenset(
    "county state country district province city nation region subject patient student pupil firm "
    "customer client person company user member employee teacher respondent participant judge "
    "rater".split()
)
"""Places, people and firms, whole numbers of which are names; in the plural they are counted."""
GROUPING_THINGS = frozenset("household family school village community hospital ward child".split())
"""Things of which many different whole numbers are names; few may be counts."""
DATE_WORDS = frozenset(
    "date day time datetime timestamp datum since at on ts when epoch unix created updated "
    "modified opened closed sent received posted published joined registered ordered bought paid "
    "shipped delivered born birth birthday dob birthdate start started begin end ended finished "
    "expires expiry due login seen visited departed arrived hired month quarter week fecha "
    "zeit data".split()
)


def is_named_outcome(name: str) -> bool:
    """Whether a column is named as what others predict is: label, target, class, is_canceled."""
    return name.lower().strip() in OUTCOME_WORDS or is_named_outcome_flag(name)


def is_named_outcome_flag(name: str) -> bool:
    """Whether a column is named as what happened to a row or did not: churn, is_canceled."""
    plain = re.sub(r"^(?:is|has|was)[ _]+", "", name.lower().strip(" ?"))
    return plain in OUTCOME_FLAGS


OUTCOME_WORDS = ("label", "target", "class", "outcome", "y", "truth")
OUTCOME_FLAGS = (
    *("churn", "churned", "cancelled", "canceled", "defaulted", "attrition", "exited"),
    *("converted", "readmitted"),
)
"""Names of outcomes that a row has or has not."""


RATING_WORDS = frozenset("rating ratings stars star score csat nps satisfaction".split())
"""Last words of the names of columns in which people rated something."""


def is_named_rating(name: str) -> bool:
    """Whether a column is named as one of what people gave: rating, Star Rating, overall_score."""
    words = name_words(name)
    return bool(words) and words[-1] in RATING_WORDS


def name_words(name: str) -> list[str]:
    """The words of a name in lower case: of orderDate, order and date."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    plain = spaced
    if not spaced.isascii():
        plain = normalize("NFC", re.sub(r"[\u0300-\u036f]", "", normalize("NFKD", spaced)))
    return [word for word in re.split(r"[\W\d_]+", plain) if word]


def is_named_code(name: str) -> bool:
    """Whether a column is named as one of codes is: zip, phone, phone number; not phone calls."""
    every = name_words(name)
    if "year" in every:
        return False
    words = [word for word in every if word not in NUMBERED or word == "zip"]
    while len(words) > 1 and words[-1] in BEHIND:
        words.pop()
    return bool(every) and (
        (every[0] == "iso" and len(every) > 1)
        or CODE_LAST.search(every[-1]) is not None
        or (every[0] in CODE_FIRST and len(every) > 1)
        or (bool(words) and words[-1] in CODE_WORDS)
    )


def is_called_number(name: str) -> bool:
    """Whether a column is named as numbers of something are: Kundennummer, order number."""
    words = name_words(name)
    if name.strip() in ("#", "№", "n°"):
        return True
    if not words or words[0] in AMOUNTS or "of" in words:
        return False
    last = words[-1]
    return re.search(r".(nummer|number|numero)$", last) is not None or (
        len(words) > 1 and last in ("number", "nummer", "numero", "numer")
    )


def is_named_version(name: str) -> bool:
    """Whether numbers with a point are codes: 1.10 is no amount of versions."""
    return bool(VERSION_WORDS & set(name_words(name)[-1:]))


def looks_like_date(name: str) -> bool:
    """Whether a column is named as one of dates is."""
    words = name_words(name)
    return bool(words) and (words[-1] in DATE_WORDS or words[0] in ("date", "time", "day", "since"))


def counts_rows(name: str) -> bool:
    """Whether a name is one of numbers of rows: No, row, Unnamed: 0, or none of a first column."""
    words = set(name_words(name))
    return name == "column_1" or (bool(words) and words <= COUNTING | {"no", "nr", "id", "unnamed"})


def is_unnamed(name: str) -> bool:
    """Whether a column has the name of those that have none in the source: column_7."""
    return re.match(r"column_\d", name) is not None


def told_name(name: str, names: Sequence[str]) -> str:
    """What a column is called when it is looked at: "index" for a first one that alone has no name.

    Parameters
    ----------
    name : of the column
    names : of all columns
    """
    alone = len(names) > 1 and name == names[0] == "column_1"
    if len(names) > 1 and name == names[0] == "X" and "y" not in map(str.lower, names):
        return "index"  # so R writes names of rows
    return "index" if alone and not any(map(is_unnamed, names[1:])) else name


def numbers_things(name: str, *, many: bool) -> bool:
    """Whether whole numbers in a column of a name are those of places, people or firms.

    Parameters
    ----------
    name : of the column
    many : whether there are many different ones
    """
    words = set(name_words(name))
    if len(words) > 1:
        return False  # MPG.city is no city
    return bool(words & NUMBERED_THINGS) or (many and bool(words & GROUPING_THINGS))


def names_rows(name: str) -> bool:
    """Whether a column is named as programs name that of the rows' own names: rownames, index."""
    words = name_words(name)
    return words in (["rownames"], ["row", "names"], ["rowname"], ["unnamed"], ["index"])


def is_named_amount(name: str) -> bool:
    """Whether a column is named as a coordinate or a count, which numbers no rows: x, n_tokens."""
    words = name_words(name)
    return name.lower().strip() in ("x", "y", "z") or (len(words) > 1 and words[0] in AMOUNTS)


AMOUNTS = frozenset("n num number count total sum amount".split())
"""Words before the things that are counted."""
