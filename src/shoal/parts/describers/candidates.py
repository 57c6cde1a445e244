"""What clusters of English texts may be called: noun phrases of rows, and of what they say is done.

"Why was my transfer declined?" offers "transfer" and "declined transfer", "how do I activate my
card" offers "card activation". Each is counted by the rows that say it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from shoal.parts.describers.grammar import (
    ADJECTIVE,
    CONJUNCTION,
    GERUND,
    LINK,
    NOT,
    NOUN,
    PARTICIPLE,
    PASSIVE,
    PERSON,
    POSSESSIVE,
    PREPOSITION,
    UNKNOWN,
    VERB,
    Part,
    gerund,
    names_in,
    parts_of,
    phrases,
    plural,
    verbs_among,
)
from shoal.parts.describers.lexicon import noun_base, verb_base, words
from shoal.parts.describers.stop_words import STOP_WORDS

MAX_PARTS = 160
"""Words of a row that are read."""
NO_ACTS = frozenset(
    "find explain expect remember recall think wonder hear show appear seem wait work use allow "
    "understand believe mean mind offer support receive accept add start begin stop stay happen "
    "continue ask speak hold amount time please love hate enjoy regard set need want found "
    "reach do".split()
)
"""Verbs that name no theme: where somebody finds or wonders, it is about what."""
QUANTITIES = frozenset(
    "amount number type kind sort couple lot list piece bit pair form set".split()
)
WHEN = frozenset(
    "yesterday today tomorrow tonight right monday tuesday wednesday thursday friday saturday "
    "sunday january february march april may june july august september october november december"
    "".split()
)
NO_HEADS = (
    WHEN
    | QUANTITIES
    | frozenset(
        "morning afternoon evening night time day week month hour minute way thing part use "
        "problem issue question everything someone".split()
    )
)
"""Nouns that no made phrase is about."""
OF_ACTS = ("tion", "sion", "ment", "ance", "ence", "ure", "al")
RARE, AS_NOUN = 1, 0.4
"""A verb's noun is used if it was tagged more often; the verb itself if it is so often a noun."""
COUNTED = frozenset("artifact communication person animal plant act event group object".split())
MASS = frozenset(
    "music mail email e-mail software hardware news advice information furniture equipment "
    "luggage baggage clothing traffic english spanish french sound art text access data help "
    "support".split()
)
"""Nouns that have no plural, of kinds that mostly have one."""
REACH = 6
"""Words between a verb and the noun it is about."""
Key = tuple[str, ...]


@dataclass(slots=True)
class Found:
    """One candidate in one cluster.

    Parameters
    ----------
    rows : how many say it
    forms : how it is written, and how often
    unknown : words of it that are in no dictionary
    """

    rows: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    unknown: Key = ()

    @property
    def form(self) -> str:
        """As it is mostly written, small where it often is."""
        small = {form: n for form, n in self.forms.items() if form == form.lower()}
        loud = sum(n for form, n in self.forms.items() if form.isupper())
        least = 0.5 if 2 * loud > self.rows else 0.2  # "PIN" is written as most write it
        among = small if sum(small.values()) >= least * self.rows else self.forms
        return min(among, key=lambda form: (-among[form], form))


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds candidates in the texts of one cluster.

    Parameters
    ----------
    compounds : words with a hyphen that stand in the texts of all clusters
    """

    compounds: Set[str] = frozenset()

    def __call__(self, texts: Sequence[str]) -> dict[Key, Found]:
        """Noun phrases of some texts, and phrases for what they say is done, by their key.

        Parameters
        ----------
        texts : of one cluster, or some of them, in English
        """
        out: dict[Key, Found] = defaultdict(Found)
        names = names_in(texts)
        for text in texts:
            # only these can change how the text is read, so other ones ask for no new reading
            mine = frozenset(c for c in self.compounds if c.partition("-")[2] in text.lower())
            for key, (form, unknown) in _read(text, mine).said(names).items():
                found = out[key]
                found.rows += 1
                found.forms[form] += 1
                found.unknown = unknown
        return out


class _Reading:
    """What a text offers, which depends on the names in it that are written as verbs are.

    Parameters
    ----------
    text, compounds : as for `parts_of`
    """

    __slots__ = ("_compounds", "_said", "_text", "_verbs")

    def __init__(self, text: str, compounds: frozenset[str]) -> None:
        self._text, self._compounds = text, compounds
        parts = parts_of(text, MAX_PARTS, compounds)
        self._verbs = frozenset(lower for _, lower in verbs_among(parts))
        self._said = {frozenset[str](): _said(parts)}

    def said(self, names: Set[str]) -> Mapping[Key, tuple[str, Key]]:
        """Candidates by their key: how each is written, and the unknown words of it."""
        mine = self._verbs & names
        if mine not in self._said:
            self._said[mine] = _said(parts_of(self._text, MAX_PARTS, self._compounds, mine))
        return self._said[mine]


_read = lru_cache(maxsize=1 << 15)(_Reading)
"""A row is in a cluster of every level of detail, and says the same in each."""


def _said(parts: Sequence[Part]) -> dict[Key, tuple[str, Key]]:
    said: dict[Key, tuple[str, Key]] = {}
    for first, last in phrases(parts):
        mine = parts[first : last + 1]
        key = tuple(part.key for part in mine if part.tag not in (LINK, CONJUNCTION))
        if len(set(key)) == len(key) and _stands(mine):
            said.setdefault(key, (_written(mine), _unknown(mine)))
    for key, form, unknown in _made(parts):
        said.setdefault(key, (form, unknown))
    return said


def _stands(parts: Sequence[Part]) -> bool:
    """Whether a phrase says more than when, or how many."""
    if any(part.tag != UNKNOWN and _says_nothing(part.form.lower()) for part in parts):
        return False
    if len(parts) > 1 and (parts[0].key in QUANTITIES or parts[-1].key in WHEN):
        return False
    return (not any(part.key in WHEN for part in parts[1:]) and parts[-1].tag != GERUND) or (
        len(parts) == 1 and parts[0].key not in WHEN
    )


def _says_nothing(form: str) -> bool:
    """Whether a word is a form of a verb that names no theme, such as "showing"."""
    verb = verb_base(form) if form.endswith(("ing", "s", "ed")) else ""
    return form != verb and (verb in NO_ACTS or verb in STOP_WORDS)


def _written(parts: Sequence[Part]) -> str:
    """As it is written; a capital that begins a sentence tells nothing."""
    forms = [part.form for part in parts]
    if not parts[0].joined and forms[0].istitle() and parts[0].tag != UNKNOWN:
        forms[0] = forms[0].lower()
    # "tire change", not "tires change"
    for i, part in enumerate(parts):
        if part.key not in WHEN or i + 1 == len(parts):
            forms[i] = POSSESSIVE.sub("", forms[i])
    for i, part in enumerate(parts[:-1]):
        following = parts[i + 1]
        if part.tag == NOUN and following.tag in (NOUN, UNKNOWN) and forms[i].islower():
            forms[i] = _single(part)
    return " ".join(forms)


AS_THEY_ARE = frozenset("sports goods savings customs sales arms earnings news".split())
"""Nouns that stay as they are before another."""


def _single(part: Part) -> str:
    """A noun as it stands before another."""
    form = POSSESSIVE.sub("", part.form)
    if part.tag != NOUN or not form.islower() or form in AS_THEY_ARE:
        return form
    return noun_base(form) or form


def _made(parts: Sequence[Part]) -> Iterator[tuple[Key, str, Key]]:
    """Phrases of words that do not stand together: what is done to a thing, or said of it."""
    nouns = [
        i
        for i, part in enumerate(parts)
        if part.tag in (NOUN, UNKNOWN) and part.key not in NO_HEADS
    ]
    for i, part in enumerate(parts):
        if part.tag in (VERB, GERUND):
            yield from _done(parts, i, next((n for n in nouns if i < n <= i + REACH), None))
        elif part.tag in (PARTICIPLE, ADJECTIVE):
            noun = next((n for n in reversed(nouns) if i - REACH <= n < i), None)
            if noun is None:
                continue
            head = _compound(parts, noun)
            between = [part.tag for part in parts[noun + 1 : i]]
            # "my transfer was declined", and "was my transfer declined"
            before = [part.tag for part in parts[max(noun - len(head) - 1, 0) : noun]]
            if PASSIVE not in (*between, *before) or {PERSON, PREPOSITION, VERB} & {*between}:
                continue
            between += before
            if NOT not in between and part.key not in (p.key for p in head):
                form = f"{part.form.lower()} {_written(head)}"
                yield (part.key, *(p.key for p in head)), form, _unknown(head)
            if part.tag == PARTICIPLE and not _act_of(part).endswith("ing"):
                yield from _act(head, verb_base(part.form.lower()))


def _act_of(part: Part) -> str:
    base = verb_base(part.form.lower())
    return words()[base].act if base else ""


def _done(parts: Sequence[Part], place: int, noun: int | None) -> Iterator[tuple[Key, str, Key]]:
    """What a verb does, alone and with the noun after it."""
    base = verb_base(parts[place].form.lower())
    near = noun is not None and not {PERSON, VERB} & {p.tag for p in parts[place + 1 : noun]}
    head = _compound(parts, noun) if noun is not None and near else []
    if not base:  # "top up my card" is a card top-up
        act = parts[place].key
        yield (act,), act, ()
        if head:
            yield (*(p.key for p in head), act), f"{_before(head)} {act}", _unknown(head)
        return
    if base in NO_ACTS or base in STOP_WORDS:
        return
    act = words()[base].act
    if act and act != base:
        yield (act,), act, ()
    if head:
        yield from _act(head, base)


def _act(head: Sequence[Part], base: str) -> Iterator[tuple[Key, str, Key]]:
    """Such as "card activation", or "playing songs" where the verb has no noun of its own."""
    if not base or base in NO_ACTS or base in STOP_WORDS or base in (p.key for p in head):
        return
    found, key = words()[base], tuple(p.key for p in head)
    act = words().get(found.act)
    used = act is not None and (act.noun > RARE or found.act.endswith(OF_ACTS))
    own = used and (found.act != base or _is_noun_too(base))
    own = own and found.act != gerund(base)
    if own and found.act not in key:
        yield (*key, found.act), f"{_before(head)} {found.act}", _unknown(head)
    elif not own and found.verb > 1:
        yield (base, *key), f"{gerund(base)} {_several(head)}", _unknown(head)


def _is_noun_too(verb: str) -> bool:
    found = words()[verb]
    return found.noun >= AS_NOUN * found.verb


def _before(head: Sequence[Part]) -> str:
    """Nouns as they stand before another: "tire" of tires."""
    return " ".join([*_written(head).split()[:-1], _single(head[-1])])


def _several(head: Sequence[Part]) -> str:
    """What is done again and again: "songs", but "music"."""
    last, found = head[-1], words().get(head[-1].key)
    if found is None or last.tag != NOUN or last.form != last.key or last.key in MASS:
        return _written(head)
    if found.kind not in COUNTED:
        return _written(head)
    return " ".join([*_written(head).split()[:-1], plural(last.form)])


def _unknown(parts: Sequence[Part]) -> Key:
    return tuple(part.key for part in parts if part.tag == UNKNOWN)


def _compound(parts: Sequence[Part], noun: int) -> list[Part]:
    """A noun with the noun that stands right after or before it."""
    first = last = noun
    if last + 1 < len(parts) and parts[last + 1].joined and parts[last + 1].tag == NOUN:
        if parts[last + 1].key not in NO_HEADS:
            last += 1
    if last == noun and first > 0 and parts[first].joined:
        if parts[first - 1].tag in (NOUN, UNKNOWN) and parts[first - 1].key not in NO_HEADS:
            first -= 1
    return list(parts[first : last + 1])
