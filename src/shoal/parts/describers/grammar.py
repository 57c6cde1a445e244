"""What the words of an English text are where they stand, and the noun phrases they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import cache, lru_cache
from typing import NamedTuple

from shoal.parts.describers.lexicon import (
    UNCOMMON,
    irregular,
    is_participle,
    lemma,
    noun_base,
    verb_base,
    words,
)
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import HASH, LONGEST_WORD, WORD

NOUN, ADJECTIVE, VERB, PARTICIPLE, GERUND, UNKNOWN = "N", "A", "V", "P", "G", "X"
LINK, CONJUNCTION, PREPOSITION, DETERMINER, PASSIVE, PERSON, NOT, OTHER = "LCIDBSno"
DETERMINERS = frozenset("a an the this that these those my your his her its our their".split())
PREPOSITIONS = frozenset(
    "in on at by for with without from into onto to over about via after before during".split()
)
AUXILIARIES = frozenset("is was were be been being are get got gets getting has have had".split())
HAVE = frozenset("have has had haven't hasn't hadn't i've you've we've they've".split())
PERSONS = frozenset("i we you he she they it who i'm i've i'd i'll you've we've".split())
NOTS = frozenset("not never unable no cannot can't".split())
BEFORE_A_VERB = frozenset(
    "to i you we they he she it who can could will would shall should may might must cannot can't "
    "couldn't won't wouldn't don't didn't doesn't do did does not never please let i'll i'd "
    "you'll we'll help helps and not".split()
)
LETS = frozenset("let lets help helps".split())
"""Before "me" or "us" in "let me transfer"; in "give me cash" no verb follows."""
PARTICLES = frozenset("up out in off on down back over away".split())
OF_ANY = frozenset("for in on".split())
OF_ACTIONS = frozenset("act event communication process state".split())
"""Prepositions that any noun may have behind it, and kinds of nouns that may have others."""
AWAY = frozenset("up out off down away".split())
"""Particles that make a verb of the word before them."""
MODALS = frozenset(
    "do does did don't doesn't didn't can could will would won't should may might must can't "
    "couldn't wouldn't shouldn't".split()
)
POSSESSIVE = re.compile(r"['\u2019]s?$")
PHRASE = re.compile(r"(?:[APNXG]{1,2}C)?[APNXG]{0,3}[NXG](?:[LI]D?[APNX]?[NX])?")
INSIDE = re.compile(r"(?<=[a-z0-9,] )[A-Za-z][a-z]{2,}\b")
NAMED = 0.3
"""Share of a word's places inside of sentences where it has a capital, from which it is a name."""
COMMON = 12_000
"""Rank of a word in the vocabulary of the model from which a form of a verb is out of use."""
LONGEST_PHRASE = 4
"""Words of a title."""


class Part(NamedTuple):
    """One word where it stands.

    Parameters
    ----------
    form : as written
    key : what its forms share
    tag : what it is
    joined : whether only a space stands between it and the word before
    """

    form: str
    key: str
    tag: str
    joined: bool


class Can(NamedTuple):
    """The tags of a word after a determiner, where a verb may stand, and anywhere else."""

    named: str
    verbal: str
    alone: str


@cache
def _can(lower: str) -> Can:
    if lower in STOP_WORDS or lower in PREPOSITIONS or lower in PARTICLES:
        return Can(*(_empty(lower),) * 3)
    found = words().get(lower)
    noun, verb = noun_base(lower), verb_base(lower)
    n, v, a = (found.noun, found.verb, found.adjective) if found else (0, 0, 0)
    if found is None or not (n or a or (found.adverb or v) * (not found.infinitive)):
        return _inflected(lower, noun, verb)
    if lower in ("found", "left"):  # far more often forms of other verbs
        return Can(VERB, VERB, VERB)
    if found.infinitive and verb and a > n:
        return Can(*(PARTICIPLE if is_participle(lower, verb) else VERB,) * 3)
    if found.adverb > max(n, v, a):
        return Can(*(OTHER,) * 3)
    named = ADJECTIVE if a > n else NOUN if n else VERB
    if lower.endswith("ing") and verb and not a > n:
        named = NOUN if n > 1 else GERUND
    return Can(named, VERB if v else named, VERB if v > 3 * max(n, a) else named)


def _inflected(lower: str, noun: str, verb: str) -> Can:
    """What a form is that the lexicon does not list: a plural, a form of a verb, or unknown."""
    if verb and lower.endswith("ing"):
        return Can(*(GERUND,) * 3)
    listed = words().get(lower)
    irregular = listed is not None and listed.infinitive
    if verb and (lower.endswith("ed") or irregular):
        return Can(*(PARTICIPLE if is_participle(lower, verb) else VERB,) * 3)
    if listed is not None and listed.singular:
        return Can(*(NOUN,) * 3)
    if noun:
        return Can(NOUN, VERB if verb and words()[noun].verb else NOUN, NOUN)
    return Can(*(VERB if verb else UNKNOWN,) * 3)


def _empty(lower: str) -> str:
    info = (
        (LINK, ("of",)),
        (CONJUNCTION, ("and", "or")),
        (DETERMINER, DETERMINERS),
        (PASSIVE, AUXILIARIES),
        (PERSON, PERSONS),
        (PREPOSITION, PREPOSITIONS),
    )
    if lower in NOTS or lower.endswith("n't"):
        return NOT
    return next((tag for tag, held in info if lower in held), OTHER)


def names_in(texts: Sequence[str]) -> frozenset[str]:
    """Words that are often written with a capital where no sentence begins, in lower case.

    "Hibernate" and "Excel" are no verbs where they are the names of things.
    """
    inside = Counter(word for text in texts for word in INSIDE.findall(text))
    small: Counter[str] = Counter()
    for word, n in inside.items():
        small[word.lower()] += n
    loud: Counter[str] = Counter()
    for word, n in inside.items():
        if word[0].isupper():
            loud[word.lower()] += n
    return frozenset(word for word, n in loud.items() if n >= NAMED * small[word])


def parts_of(
    text: str, most: int, compounds: Set[str] = frozenset(), names: Set[str] = frozenset()
) -> list[Part]:
    """The words of a text in order.

    Parameters
    ----------
    text : in English
    most : words that are read
    compounds : words with a hyphen, such as "top-up", which "top up" is another way to write
    names : words that are no verbs here, see `names_in`
    """
    found: list[_Read] = []
    end = -1
    for match in WORD.finditer(text):
        form = match.group()
        joined = end >= 0 and text[end : match.start()].isspace()
        lower = _lowered(form)
        end = match.end()
        if joined and lower in PARTICLES and (whole := _phrasal(found[-1].lower, lower, compounds)):
            found[-1] = _Read(whole, whole, found[-1].joined, True)
            continue
        found.append(_Read(form, lower, joined, False))
        if len(found) == most:
            break
    tags = [_tag(found, i) for i in range(len(found))]
    _ask(found, tags)
    parts = [
        Part(one.form, lemma(one.lower), tag, one.joined)
        for one, tag in zip(found, tags, strict=True)
    ]
    for i, lower in verbs_among(parts):
        if lower in names:
            parts[i] = Part(parts[i].form, lower, UNKNOWN, parts[i].joined)
    return parts


@lru_cache(maxsize=1 << 16)
def _lowered(form: str) -> str:
    return POSSESSIVE.sub("", form.lower())


def verbs_among(parts: Sequence[Part]) -> list[tuple[int, str]]:
    """Places of the verbs, and how each is written in lower case: it could be a name as well.

    An adjective that is hardly ever used is taken for one: "Lady Gaga" is no lady that is gaga.
    """
    return [
        (i, _lowered(part.form))
        for i, part in enumerate(parts)
        if part.tag in (VERB, GERUND, PARTICIPLE) or _is_rare_adjective(part)
    ]


def _is_rare_adjective(part: Part) -> bool:
    found = words().get(_lowered(part.form)) if part.tag == ADJECTIVE else None
    return found is not None and found.adjective == 1 and found.rank >= COMMON


def _ask(found: Sequence[_Read], tags: list[str]) -> None:
    """Mark the verbs of questions: "why does my virtual card work"."""
    asked = False
    for i, one in enumerate(found):
        if not one.joined:
            asked = False
        if one.lower in MODALS:
            asked = True
        elif asked and tags[i] in (NOUN, VERB):
            can, before = _can(one.lower), tags[i - 1]
            follows = i + 1 < len(tags) and found[i + 1].joined and tags[i + 1] in (NOUN, UNKNOWN)
            known = words().get(one.lower)
            follows = follows and (known is None or known.verb < known.noun)
            if can.verbal == VERB and before in (NOUN, UNKNOWN, PERSON) and not follows:
                tags[i], asked = VERB, False
            elif tags[i] == VERB:
                asked = False
        elif tags[i] not in (NOUN, UNKNOWN, ADJECTIVE, DETERMINER, PERSON):
            asked = False


class _Read(NamedTuple):
    """A word as written and in lower case, and whether it was put together from two."""

    form: str
    lower: str
    joined: bool
    whole: bool


@cache
def _compound(base: str, particle: str) -> str:
    found = words().get(f"{base}{particle}")
    common = found is not None and found.noun and found.rank < UNCOMMON
    return f"{base}{particle}" if common else ""


def _phrasal(word: str, particle: str, compounds: Set[str]) -> str:
    """The noun for a verb and its particle, such as "login" or "top-up", "" for none."""
    base = verb_base(word)
    if not base:
        return ""
    hyphened = f"{base}-{particle}"
    return hyphened if hyphened in compounds else _compound(base, particle)


def _tag(found: Sequence[_Read], place: int) -> str:
    """What a word is, by the words beside it."""
    _, lower, joined, whole = found[place]
    if len(lower) > LONGEST_WORD or HASH.fullmatch(lower):
        return OTHER
    before = found[place - 1].lower if joined else ""
    after = found[place + 1].lower if place + 1 < len(found) and found[place + 1].joined else ""
    if whole:
        does = before in BEFORE_A_VERB or after in DETERMINERS or not joined
        return VERB if does else NOUN
    can = _can(lower)
    if can.alone == PARTICIPLE and (before in PERSONS or before in HAVE):
        return VERB  # "I have spent", "what I spent"
    if can.named == can.verbal == can.alone:
        return can.alone
    if before in DETERMINERS:
        return can.named
    if after in AWAY and can.verbal == VERB:
        return VERB
    lets = before in ("me", "us") and place > 1 and found[place - 2].lower in LETS
    if lets or before in BEFORE_A_VERB:
        return can.verbal
    if not joined and can.verbal == VERB and (after in DETERMINERS or after in ("me", "us")):
        return VERB
    follows = _can(after).named if after else ""
    if follows in (NOUN, UNKNOWN, GERUND) or (follows == ADJECTIVE and not joined):
        # "travel alerts", but "play music" where a sentence begins
        known = words().get(lower)
        as_verb = known is not None and known.verb >= known.noun
        return can.verbal if not joined and as_verb else can.named
    return can.alone


def runs(parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """First and last place of each stretch of words with only spaces between them."""
    first = 0
    for place in range(1, len(parts) + 1):
        if place == len(parts) or not parts[place].joined:
            yield first, place - 1
            first = place


def _hangs_on(parts: Sequence[Part], first: int, last: int) -> bool:
    """Whether what a preposition brings belongs to the noun before it, not to a verb.

    "Money to a card" is a piece of a sentence, "transfer to a card" is a thing.
    """
    for i in range(first, last + 1):
        if parts[i].tag == PREPOSITION and parts[i].form.lower() not in OF_ANY:
            key = parts[i - 1].key
            found = words().get(key)
            return found is not None and (found.kind in OF_ACTIONS or key.endswith("ment"))
    return True


def phrases(parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """First and last place of each noun phrase, and of each shorter one inside of it."""
    for start, stop in runs(parts):
        tags = "".join([part.tag for part in parts[start : stop + 1]])
        for first, last, hangs in _spans(tags):
            if not hangs or _hangs_on(parts, start + first, start + last):
                yield start + first, start + last


@lru_cache(maxsize=1 << 14)
def _spans(tags: str) -> tuple[tuple[int, int, bool], ...]:
    """First and last place of what may be a phrase by its tags, and whether a preposition is in it.

    Many sentences, and parts of sentences, are of one build.
    """
    return tuple(
        (first, last, PREPOSITION in tags[first : last + 1])
        for found in PHRASE.finditer(tags)
        for first in range(found.start(), found.end())
        for last in range(first, min(first + LONGEST_PHRASE + 2, found.end()))
        if is_phrase(tags[first : last + 1]) and _is_whole(tags, first, last)
    )


def _is_whole(tags: str, first: int, last: int) -> bool:
    """Whether a phrase is not too long, and with a preposition takes in all of both its nouns."""
    mine = tags[first : last + 1]
    if len(mine) - sum(mine.count(tag) for tag in (LINK, PREPOSITION, DETERMINER)) > LONGEST_PHRASE:
        return False
    if PREPOSITION not in mine:
        return len(mine) <= LONGEST_PHRASE
    nouns = (NOUN, UNKNOWN, GERUND)
    return (first == 0 or tags[first - 1] not in nouns) and (
        last + 1 == len(tags) or tags[last + 1] not in nouns
    )


@cache
def is_phrase(tags: str) -> bool:
    """Whether the tags of some words are those of a whole noun phrase."""
    return PHRASE.fullmatch(tags) is not None


def gerund(verb: str) -> str:
    """The form of a verb in -ing."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    doubled = verb + verb[-1] + "ing"
    listed = words().get(doubled)
    return doubled if listed is not None and listed.infinitive == verb else verb + "ing"


@cache
def participle(verb: str) -> str:
    """The past participle of a verb: "received", "taken"."""
    found = [form for form in irregular(verb) if is_participle(form, verb)]
    found = [form for form in found if words()[form].rank < COMMON]
    if found:
        return found[0]
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    doubled = verb + verb[-1] + "ed"
    return doubled if doubled in irregular(verb) else verb + "ed"


def plural(noun: str) -> str:
    """The plural of a regular noun."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s")
