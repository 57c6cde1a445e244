"""The look of a text column: sentences, names, addresses, or one of many kinds of code."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import islice
from statistics import median

from stop_words import AVAILABLE_LANGUAGES, get_stop_words

SAMPLE = 400
"""Different texts of a column that are looked at."""
MOSTLY = 0.9
PROSE_WORDS, LONG_WORDS, SURE_WORDS = 4, 8, 20
"""Median words from which a column may hold sentences, mostly does, and does."""
MIN_STOPS = 0.12
"""Share of function words in sentences; in names and titles of jobs they are fewer."""
MIN_LOWER = 0.5
"""Share of words behind the first one that begin with a small letter, in sentences and phrases."""
MAX_TITLED = 0.85
"""Share of words in capitals, without function words, from which a line is a title."""
UNSPACED_LENGTH = 10
LETTERS = (
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e"
    r"\u0eb1-\u0ecd\u102b-\u103e\u17b4-\u17dd])*"
)
"""A run of letters, with the vowels of scripts that write them as marks."""
WORD = re.compile(rf"{LETTERS}(?:['\u2019]{LETTERS})*")
SPELLED = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
"""Letters of scripts that write no spaces and spell their words: Thai, Lao, Burmese, Khmer."""
SPELLING = 3
"""How many of them are as long as a sign of Japanese or Chinese."""
UNSPACED = re.compile(rf"{SPELLED}|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that write no spaces: those, Japanese and Chinese."""
UNIT_WORDS = frozenset(
    "cm mm km kg mg ml cl dl kw mb gb kb tb hz xl st pc pcs no nr ft oz lb".split()
)
"""Short forms of goods and their sizes, which are function words of some language too."""
HEX = "[0-9a-fA-F]"
CELLS, VECTORS = "objects and lists of JSON", "lists of eight numbers or more"
PAIRS = "several numbers in a cell"
CODES: tuple[tuple[str, str, str], ...] = (
    ("list", CELLS, r"""(?s)\{\s*["'].*\}|\[\s*(?:[{"'\[].*)?\]"""),
    ("code", "e-mail addresses", r"[^\s@<>]+@[^\s@]+\.[^\s@]+|.*<[^\s@]+@[^\s@]+>"),
    ("code", "addresses of the web", r"(?:[a-z][a-z0-9+.-]{1,9}://|www\.)\S+"),
    ("code", "unique ids", rf"\{{?{HEX}{{8}}-(?:{HEX}{{4}}-){{3}}{HEX}{{12}}\}}?"),
    ("code", "addresses of machines", r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?"),
    ("code", "addresses of machines", rf"(?:{HEX}{{1,4}}:|::)(?:{HEX}{{0,4}}:){{1,7}}{HEX}{{0,4}}"),
    ("code", "addresses of devices", rf"{HEX}{{2}}(?:[:-]{HEX}{{2}}){{5}}"),
    ("code", "numbers of bank accounts",
     r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"),
    ("code", "hashes", rf"(?:0x)?{HEX}{{16,}}|sha\d+:\S+"),
    ("code", "colours", rf"#{HEX}{{3}}(?:{HEX}{{3}})?"),
    ("code", "versions", r"[vV]?\d+(?:\.\d+){2,3}(?:[-+.]?[A-Za-z]+[\w.+-]*)?"),
    ("place", "pairs of coordinates",
     r"[(\[]?-?\d{1,3}[.,]\d+°?\s?[NS]?\s*[,; ]\s*-?\d{1,3}[.,]\d+°?\s?[EW]?[)\]]?"),
    ("code", "phone numbers",
     r"(?=(?:\D*\d){7})(?:\+|00)?(?:\d{1,4}[-. /])?\(?\d{1,5}\)?[-. /]{1,2}\d{2,5}"
     r"(?:[-. /]?\d{2,6}){0,4}"
     r"(?:\s?(?:x|ext\.?)\s?\d+)?|\+\d{7,15}"),
    ("list", PAIRS,
     r"(?!(?:19|20)\d\d[-/])(?:0|[1-9]\d{0,3})(?:[.,]\d+)?"
     r"(?:\s?[-/:x\u00d7*\u2013]\s?(?:0|[1-9]\d{0,3})(?:[.,]\d+)?){1,3}(?:\s?[^\W\d]{1,6})?"),
    ("code", "paths of files",
     r"(?=.*[^\W\d_])(?:[A-Za-z]:\\|\\\\|~?/|\.{1,2}/)?(?:[^/\\\n]+[/\\])+[^/\\\n]*"),
    ("code", "names of files", r"[^/\\\n]*[^/\\\s]\.[A-Za-z][A-Za-z0-9]{1,4}"),
    ("name", "titles with their year", r".*\((?:19|20)\d\d\)"),
    ("list", VECTORS,
     r"[\[({]\s*+[-+]?[\d.]++(?:[eE][-+]?\d++)?(?:[,;\s]++[-+]?[\d.]++(?:[eE][-+]?\d++)?){7,}+\s*+[\])}]"),
    ("list", "lists", r"[\[({].*[\])}]"),
    ("code", "user names", r"@\w[\w.-]+"),
)  # fmt: skip
"""Role, what the values are, and how each is written; the first that fits most is taken."""
PROSE_CODES = ("names of files", "lists", "paths of files")
"""Those that a sentence may be written like."""
PLACE_WORDS = frozenset(
    "address addr street road city town village place location region county state country "
    "province district adresse anschrift direccion dirección indirizzo endereço адрес 住所 地址 "
    "주소 strasse straße ort stadt land calle rue ville pays".split()
)
NAME_WORDS = frozenset(
    "name names fullname surname firstname lastname forename author client customer person company "
    "employer contact owner player artist brand manufacturer vorname nachname nom nombre kunde "
    "firma username user fio фио имя фамилия отчество 氏名 姓名 名前 名字 이름 성명 الاسم اسم nome "
    "cognome sobrenome apellidos apellido nombres imię nazwisko navn namn jméno příjmení naam "
    "soyad voornaam achternaam όνομα שם नाम ชื่อ".split()
)
CODED = re.compile(r"\W*[A-Z]{0,3}\d+(?:\.\d+)?\s*[-\u2013:]\s")
"""A code before what it stands for: 039 - Heart transplant."""
PERSON_WORDS = frozenset(
    "surname firstname lastname forename fullname familyname vorname nachname apellido prenom name "
    "names customer client person employee patient student username kunde фио имя фамилия 氏名 "
    "姓名 名前 이름 성명 الاسم اسم apellidos imię nazwisko jméno příjmení naam nome cognome "
    "nombre nom voornaam achternaam όνομα नाम ชื่อ winner loser".split()
)
"""Those of people, of whom many have a name that another one has."""
ADDRESS_WORDS = frozenset(
    "address addr adresse anschrift street direccion dirección endereco endereço indirizzo адрес "
    "住所 地址 주소".split()
)
"""Columns of these hold where somebody lives, however long."""
SAID_WORDS = frozenset(
    "complaint complaints comment comments review reviews feedback message messages request "
    "requests question questions answer answers note notes remark remarks opinion text description "
    "descriptions".split()
)
"""What people say: a customer's complaint is not his name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What different texts of a column are.

    Parameters
    ----------
    role : "text" (sentences), "phrase", "name", "place", "code" or "list"
    what : in words, such as "phone numbers"
    words : median words
    stops : share of function words, 0 for codes
    titled : whether the words begin in capitals, as in The Lord of the Rings
    """

    role: str
    what: str
    words: int
    stops: float = 0.0
    titled: bool = False


def is_named_like(name: str, words: Set[str]) -> bool:
    """Whether some word of a column's name is among some."""
    return bool(_name_words(name) & words)


def _name_words(name: str) -> set[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()
    return {*re.split(r"[\W_]+", spaced), *WORD.findall(spaced)}


def look_at(values: Sequence[str], name: str) -> Look:
    """What different texts of a column are.

    Parameters
    ----------
    values : (n,) without blank ones, at least one
    name : of the column
    """
    some = values[:: -(-len(values) // SAMPLE)]
    said = [WORD.findall(value[:2000]) for value in some]
    words = int(median(len(value.split()) for value in some))
    named = _name_words(name)
    called = bool(named & NAME_WORDS) and not named & SAID_WORDS
    # names of goods and of quantities may have several words, and small ones
    short = LONG_WORDS if called else SURE_WORDS if named & ADDRESS_WORDS else 0
    prose = _is_prose(some, said, words) and words >= short
    found = _code_of(some, words, prose)
    if found is not None:
        return found
    if prose:
        coded = sum(CODED.match(value) is not None for value in some) >= MOSTLY * len(some)
        return Look("text", "coded" if coded else "sentences", words, _stops(said))
    digits = sum(any(sign.isdigit() for sign in value) for value in some) / len(some)
    long_words = median(sum(len(word) > 2 for word in tokens) for tokens in said)
    coded = digits >= 0.8 or (words == 1 and _are_capitals_of_a_length(some))
    if coded and (long_words <= 1 or words == 1) and not named & ADDRESS_WORDS:
        return Look("code", "codes", words)
    if not called and not named & SAID_WORDS and _are_lists(some):
        return Look("list", "lists", words)
    lower = _lower(said)
    if lower < 0 and words >= 3 and named & SAID_WORDS:  # of scripts without case the name decides
        return Look("text", "sentences", words)
    if named & PLACE_WORDS or (digits >= 0.7 and words >= 3 and lower < MIN_LOWER):
        return Look("place", "places or addresses", words)
    if called:
        return Look("name", "names", words)
    stops = _stops(said)
    if words >= 2 and (lower >= MIN_LOWER or stops >= MIN_STOPS):
        return Look("phrase", "phrases", words, stops, cased_content(said) >= MAX_TITLED)
    return Look("name", "names", words)


def _code_of(some: Sequence[str], words: int, prose: bool) -> Look | None:
    """The look of codes that nearly all texts are written as; None where they are others."""
    bare = [value.strip() for value in some]
    for role, what, pattern in CODES:
        if prose and what != CELLS and (what in PROSE_CODES or words >= PROSE_WORDS):
            continue
        others = (value for value in bare if re.fullmatch(pattern, value) is None)
        # of most columns a few values show that they are no such codes
        n_others = sum(1 for _ in islice(others, int((1 - MOSTLY) * len(bare)) + 2))
        if len(bare) - n_others >= MOSTLY * len(bare):
            return Look(role, "lists" if what == CELLS else what, words)
    return None


def _is_prose(some: Sequence[str], said: Sequence[list[str]], words: int) -> bool:
    """Whether most of the texts are sentences."""
    letters = sum(len(word) for tokens in said for word in tokens)
    signs = sum(len(re.sub(r"\s", "", value[:2000])) for value in some)
    if not letters or letters < 0.6 * signs:
        return False
    unspaced = sum(len(UNSPACED.findall(value[:2000])) for value in some)
    if unspaced > 0.5 * letters:
        lengths = (len(re.sub(rf"{SPELLED}{{1,{SPELLING}}}", ".", value)) for value in some)
        return median(lengths) >= UNSPACED_LENGTH
    if words < PROSE_WORDS:
        return False
    stops, lower = _stops(said), _lower(said)
    caseless = lower < 0
    if words >= SURE_WORDS and letters >= 0.7 * signs:
        return True
    # The Lord of the Rings: a title has its other words in capitals
    if cased_content(said) >= MAX_TITLED and not _shouted(some) and words < LONG_WORDS:
        return False
    if words >= LONG_WORDS and (stops >= MIN_STOPS / 2 or lower >= MIN_LOWER or caseless):
        return True
    return stops >= MIN_STOPS and (lower >= MIN_LOWER or caseless or _shouted(some))


def cased_content(said: Sequence[list[str]]) -> float:
    """Share of the words behind the first one, without function words, that begin in capitals."""
    known = _function_words()
    later = [word for tokens in said for word in tokens[1:] if word.lower() not in known]
    cased = [word for word in later if word[0].lower() != word[0].upper()]
    return sum(word[0].isupper() for word in cased) / max(len(cased), 1)


def _shouted(some: Sequence[str]) -> bool:
    return sum(value.isupper() for value in some) >= MOSTLY * len(some)


def _are_capitals_of_a_length(some: Sequence[str]) -> bool:
    """Whether all texts have the same number of capitals, six or more, as codes of banks do."""
    lengths = {len(value) for value in some}
    return len(lengths) == 1 and min(lengths) >= 6 and all(value.isupper() for value in some)


def _lower(said: Sequence[list[str]]) -> float:
    """Share of words behind the first one that begin with a small letter; -1 without case."""
    later = [word[0] for tokens in said for word in tokens[1:] if len(word) > 1]
    cased = [sign for sign in later if sign.lower() != sign.upper()]
    if len(cased) < 0.5 * max(len(later), 1):
        return -1.0
    return sum(sign.islower() for sign in cased) / max(len(cased), 1)


def _stops(said: Sequence[list[str]]) -> float:
    """Share of words that are function words of some language."""
    known = _function_words()
    words = [word.lower().replace("\u2019", "'") for tokens in said for word in tokens]
    return sum(word in known for word in words) / max(len(words), 1)


@cache
def _function_words() -> frozenset[str]:
    return (
        frozenset(
            word.lower()
            for name in AVAILABLE_LANGUAGES
            for word in get_stop_words(name)
            if len(word) > 1
        )
        - UNIT_WORDS
    )


def _are_lists(some: Sequence[str]) -> bool:
    """Whether most texts are entries of one list put together: drama|comedy; a; b."""
    for sign in ("|", ";", ","):
        several = [value for value in some if sign in value]
        if len(several) < 0.5 * len(some):
            continue
        entries = [entry.strip() for value in some for entry in value.split(sign) if entry.strip()]
        if len(set(entries)) <= 0.5 * len(entries) and median(map(len, entries)) <= 25:
            return True
    return False
