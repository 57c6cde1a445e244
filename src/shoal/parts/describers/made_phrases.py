"""Phrases that a text implies without containing them literally.

"Why was my transfer declined" makes "declined transfer", "how do I activate my card" makes "card
activation", "my card does not work" makes "card not working", and "how long does a transfer take"
makes "transfer time".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from shoal.parts.describers.grammar import (
    ADJECTIVE,
    AWAY,
    DETERMINER,
    GERUND,
    NOT,
    NOUN,
    OTHER,
    PARTICIPLE,
    PASSIVE,
    PERSON,
    POSSESSIVE,
    PREPOSITION,
    UNKNOWN,
    VERB,
    Part,
    gerund,
    participle,
    plural,
)
from shoal.parts.describers.lexicon import noun_base, verb_base, words
from shoal.parts.describers.stop_words import STOP_WORDS

NO_ACTS = frozenset(
    "find explain expect remember recall think wonder hear show appear seem wait work use allow "
    "understand believe mean mind offer support receive accept add start begin stop stay happen "
    "continue ask speak hold amount time please love hate enjoy regard set need want found "
    "reach do prefer".split()
)
"""Verbs that name no theme: where somebody finds or wonders, it is about what."""
LIGHT = frozenset("call turn check send move keep buy bring put swap run walk talk write".split())
"""Verbs that say little of a thing where they have no noun of their own: "turning volume"."""
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
    "dice music mail email e-mail software hardware news advice information furniture equipment "
    "luggage baggage clothing traffic english spanish french sound art text access data media help "
    "support".split()
)
"""Nouns that have no plural, of kinds that mostly have one."""
NOT_YET = frozenset("be get gets getting".split())
"""Before a participle: it is wished for, or may come."""
DOES = frozenset("do does did wo will would".split())
IS = frozenset("is are was were ai".split())
HAS = frozenset("has have had".split())
"""What stands before "not", as "wo" does in "won't"."""
NO_DENIALS = frozenset(
    "be have do get go think know want like need understand mean remember recall expect see hear "
    "help care make say tell try let seem look give take come put feel believe wish happen "
    "keep find want wonder".split()
)
"""Verbs whose denial says nothing of a thing."""
TIMES = frozenset("time times day days hour hours week weeks minute minutes month months".split())
LASTING = frozenset("act event process phenomenon state time".split())
"""Kinds of nouns that take their time: a transfer does, but one waits for a card."""
REACH, DENIED = 6, 3
"""Words between a verb and the noun it is about, and before it that say whether it is done."""
UNABLE = re.compile(
    r"\b(?:can't|couldn't)\b|\bcannot\b|\b(?:could|can)\b.*\bnot$|\bunable to$|\bnot able to$"
)
CLAUSES = frozenset("since because when while if as than until that".split())
"""What a verb has behind them is not what it is done to: "cannot log in since the update"."""
MAKES = frozenset("make do complete".split())
"""Verbs for any act: "could not make a transfer" is a failed transfer."""
Key = tuple[str, ...]


def made(parts: Sequence[Part]) -> Iterator[tuple[Key, str, Key]]:
    """Phrases of words that do not stand together: what is done to a thing, or said of it."""
    nouns = [
        i
        for i, part in enumerate(parts)
        if part.tag in (NOUN, UNKNOWN)
        and part.key not in NO_HEADS
        and not says_nothing(part.form.lower())
    ]
    for i, part in enumerate(parts):
        if part.tag in (VERB, GERUND) or part.form.lower() in MAKES:
            noun = next((n for n in nouns if i < n <= i + REACH), None)
            yield from _done(parts, i, noun)
            yield from _failed(parts, i, noun)
        elif part.tag in (PARTICIPLE, ADJECTIVE):
            before = next((n for n in reversed(nouns) if i - REACH <= n < i), None)
            if before is not None:
                yield from _said_of(parts, before, i)
        elif part.tag == NOT:
            yield from _denied(parts, i, nouns)
        elif part.form.lower() == "how":
            yield from _how_long(parts, i, nouns)


def _said_of(parts: Sequence[Part], noun: int, place: int) -> Iterator[tuple[Key, str, Key]]:
    """What a participle or an adjective says of a noun before it: "declined transfer"."""
    part, head = parts[place], _compound(parts, noun)
    first = noun - len(head) + 1
    between = range(noun + 1, place)
    # "my transfer was declined", and "was my transfer declined"
    before = range(max(first - 2, 0), first)
    auxiliaries = [i for i in (*between, *before) if parts[i].tag == PASSIVE]
    tags = {parts[i].tag for i in between}
    if not auxiliaries or {PERSON, PREPOSITION, VERB} & tags:
        return
    last = auxiliaries[0]
    asked = last < first and (last == 0 or parts[last - 1].form.lower() != "why")
    asked = asked or any(
        p.form.lower() in ("if", "whether") for p in parts[max(first - 3, 0) : first]
    )
    wished = parts[last].form.lower() in NOT_YET
    denied = NOT in tags or any(parts[i].tag == NOT for i in before)
    if not (asked or wished or denied or part.key in (p.key for p in head)):
        form = f"{part.form.lower()} {written(head)}"
        yield (part.key, *(p.key for p in head)), form, unknown_in(head)
    if part.tag == PARTICIPLE and not _act_of(part).endswith("ing"):
        yield from _act(head, verb_base(part.form.lower()))


def _denied(
    parts: Sequence[Part], place: int, nouns: Sequence[int]
) -> Iterator[tuple[Key, str, Key]]:
    """What does not happen: "card not working", "refund not received"."""
    word = parts[place].form.lower().replace("\u2019", "'")
    auxiliary = word.removesuffix("n't")
    if word == "not" and place:
        auxiliary = parts[place - 1].form.lower()
    if auxiliary not in DOES and auxiliary not in IS and auxiliary not in HAS:
        return
    verb = next(
        (i for i in range(place + 1, min(place + REACH, len(parts))) if _is_verb(parts[i])),
        None,
    )
    if verb is None or any(not parts[i].joined for i in range(place + 1, verb + 1)):
        return
    base = verb_base(parts[verb].form.lower())
    if not base or base in NO_DENIALS:
        return
    passive = any(parts[i].form.lower() == "been" for i in range(place, verb))
    inside = [n for n in nouns if place < n < verb]
    subject = inside[-1] if inside else _before_denial(parts, place, nouns)
    goes_on = parts[verb].form.endswith("ing")
    info = gerund(base) if auxiliary in DOES or goes_on else participle(base)
    object_ = next((n for n in nouns if verb < n <= verb + 3), None)
    near = {part.tag for part in parts[verb + 1 : object_ or verb + 1]}
    if object_ is not None and not passive and not {PERSON, VERB, PREPOSITION} & near:
        # "I have not received my refund", "the app does not recognise my face"
        subject, info = object_, participle(base)
    if subject is None or not info:
        return
    for head in _heads(parts, subject):
        key = tuple(part.key for part in head)
        if base not in key:
            yield (*key, "not", base), f"{written(head)} not {info}", unknown_in(head)


def _is_verb(part: Part) -> bool:
    """Whether a word behind "not" is a form of a verb, whatever else it may be elsewhere."""
    if part.tag in (VERB, GERUND, PARTICIPLE):
        return True
    return part.form.endswith(("ing", "ed")) and verb_base(part.form.lower()) != ""


def _before_denial(parts: Sequence[Part], place: int, nouns: Sequence[int]) -> int | None:
    """The noun that something is denied of, right before it but for an auxiliary."""
    for i in range(place - 1, max(place - 4, -1), -1):
        if i in nouns and parts[i + 1].joined:
            return i
        if parts[i].tag not in (PASSIVE, OTHER) or not parts[i + 1].joined:
            return None
    return None


def _how_long(
    parts: Sequence[Part], place: int, nouns: Sequence[int]
) -> Iterator[tuple[Key, str, Key]]:
    """The time that is asked for: "how long does a transfer take" makes "transfer time"."""
    asked = [part.form.lower() for part in parts[place + 1 : place + 3]]
    if not asked or not (
        asked[0] in ("long", "soon", "quickly", "fast")
        or (asked[0] in ("much", "many") and asked[-1] in TIMES)
    ):
        return
    for i in range(place + 2, min(place + 2 + 2 * REACH, len(parts))):
        if parts[i].form.lower() == "since":
            return  # that asks for a date
        if i in nouns:
            head = _compound(parts, i)
            found = words().get(head[-1].key)
            lasts = found is None or found.kind in LASTING
            form = f"{_before(head)} time" if lasts else f"waiting time for {written(head)}"
            yield (*(p.key for p in head), "time"), form, unknown_in(head)
            return
        act = _act_of(parts[i]) if parts[i].tag == VERB else ""
        if act and verb_base(parts[i].form.lower()) not in NO_ACTS | STOP_WORDS:
            yield (act, "time"), f"{act} time", ()


def _act_of(part: Part) -> str:
    base = verb_base(part.form.lower())
    return words()[base].act if base else ""


def _done(parts: Sequence[Part], place: int, noun: int | None) -> Iterator[tuple[Key, str, Key]]:
    """What a verb does, alone and with the noun after it."""
    base = verb_base(parts[place].form.lower())
    between = parts[place + 1 : noun]
    near = not {PERSON, VERB} & {p.tag for p in between}
    near = near and not CLAUSES & {p.form.lower() for p in between}
    head = _compound(parts, noun) if noun is not None and near else []
    if not base:  # "top up my card" is a card top-up
        act = parts[place].key
        yield (act,), act, ()
        if head:
            yield (*(p.key for p in head), act), f"{_before(head)} {act}", unknown_in(head)
        return
    after = parts[place + 1].form.lower() if place + 1 < len(parts) else ""
    if base in NO_ACTS or base in STOP_WORDS or after in AWAY:
        return
    act = words()[base].act
    if act and act != base:
        yield (act,), act, ()
    if noun is None or not head:
        return
    denied = any(part.tag == NOT for part in parts[max(place - DENIED, 0) : place])
    between = [p for p in parts[place + 1 : noun] if p.tag == PREPOSITION]
    link = between[0].form.lower() + " " if between and between[0] is parts[place + 1] else ""
    for one in _heads(parts, noun):
        # "spending on food"; where a preposition comes later, the noun is not what it is done to
        goes = (link or not between) and not denied
        yield from _act(one, base, link if goes else None)


def _failed(parts: Sequence[Part], place: int, noun: int | None) -> Iterator[tuple[Key, str, Key]]:
    """What somebody cannot do: "I can't transfer money" is a failed money transfer."""
    before = " ".join(part.form.lower() for part in parts[max(place - DENIED, 0) : place])
    if not UNABLE.search(before.replace("\u2019", "'")):
        return
    if noun is not None and verb_base(parts[place].form.lower()) in MAKES:
        head = _compound(parts, noun)
        yield ("fail", *(p.key for p in head)), f"failed {written(head)}", unknown_in(head)
    for key, form, unknown in _done(parts, place, noun):
        yield ("fail", *key), f"failed {form}", unknown


def _act(head: Sequence[Part], base: str, link: str | None = "") -> Iterator[tuple[Key, str, Key]]:
    """Such as "card activation", or "playing songs" where the verb has no noun of its own.

    Parameters
    ----------
    head : what it is done to
    base : the verb
    link : the preposition between them and a space; None where they do not go together
    """
    if not base or base in NO_ACTS or base in STOP_WORDS or base in (p.key for p in head):
        return
    found, key = words()[base], tuple(p.key for p in head)
    act = words().get(found.act)
    used = act is not None and (act.noun > RARE or found.act.endswith(OF_ACTS))
    own = used and (found.act != base or _is_noun_too(base))
    own = own and found.act != gerund(base)
    if own and found.act not in key:
        yield (*key, found.act), f"{_before(head)} {found.act}", unknown_in(head)
    # a word that hardly ever is a verb is none where it may be a noun: "sprint planning"
    elif not own and link is not None and found.verb > 1 + bool(found.noun) and base not in LIGHT:
        yield (base, *key), f"{gerund(base)} {link}{_several(head)}", unknown_in(head)


def _is_noun_too(verb: str) -> bool:
    found = words()[verb]
    return found.noun >= AS_NOUN * found.verb


def _before(head: Sequence[Part]) -> str:
    """Nouns as they stand before another: "tire" of tires."""
    return " ".join([*written(head).split()[:-1], single(head[-1])])


def _several(head: Sequence[Part]) -> str:
    """What is done again and again: "songs", but "music"."""
    last, found = head[-1], words().get(head[-1].key)
    if found is None or last.tag != NOUN or last.form != last.key or last.key in MASS:
        return written(head)
    is_act = found.kind == "act" and last.key.endswith("ing")
    if is_act or found.kind not in COUNTED or last.key.endswith(OF_ACTS):
        return written(head)
    return " ".join([*written(head).split()[:-1], plural(last.form)])


def unknown_in(parts: Sequence[Part]) -> Key:
    """The words of a phrase that are in no dictionary."""
    return tuple(part.key for part in parts if part.tag == UNKNOWN)


def _heads(parts: Sequence[Part], noun: int) -> list[list[Part]]:
    """A noun with the noun beside it, and the same after its adjective: "virtual card"."""
    head = _compound(parts, noun)
    first = next((i for i in range(noun, max(noun - 2, -1), -1) if parts[i] is head[0]), noun)
    before = first - 1
    if before < 0 or not head[0].joined or parts[before].tag != ADJECTIVE:
        return [head]
    return [head, [parts[before], *head]]


def _compound(parts: Sequence[Part], noun: int) -> list[Part]:
    """A noun with the noun that stands right after or before it."""
    first = last = noun
    if last + 1 < len(parts) and parts[last + 1].joined and parts[last + 1].tag == NOUN:
        if parts[last + 1].key not in NO_HEADS and not says_nothing(parts[last + 1].form.lower()):
            last += 1
    if last == noun and first > 0 and parts[first].joined:
        if parts[first - 1].tag in (NOUN, UNKNOWN) and parts[first - 1].key not in NO_HEADS:
            first -= 1
    return list(parts[first : last + 1])


@cache
def says_nothing(form: str) -> bool:
    """Whether a word is a form of a verb that names no theme, such as "showing"."""
    verb = verb_base(form) if form.endswith(("ing", "s", "ed")) else ""
    return form != verb and (verb in NO_ACTS or verb in STOP_WORDS)


def written(parts: Sequence[Part]) -> str:
    """As it is written; a capital that begins a sentence tells nothing."""
    parts = [part for part in parts if part.tag != DETERMINER or part.form.lower() in ARTICLES]
    forms = [part.form for part in parts]
    if not parts[0].joined and forms[0].istitle() and parts[0].tag != UNKNOWN:
        forms[0] = forms[0].lower()
    # "tire change", not "tires change"
    for i, part in enumerate(parts):
        bare = POSSESSIVE.sub("", forms[i])
        if i + 1 == len(parts) or not (part.key in WHEN or _are_several(bare.lower())):
            forms[i] = bare
    for i, part in enumerate(parts[:-1]):
        following = parts[i + 1]
        plain = forms[i].islower() and not POSSESSIVE.search(forms[i])
        if plain and part.tag == NOUN and following.tag in (NOUN, UNKNOWN):
            forms[i] = single(part)
    return " ".join(forms)


def _are_several(form: str) -> bool:
    """Whether a noun keeps its s before another: "women's team"."""
    found = words().get(form)
    return found is not None and found.singular not in ("", form)


ARTICLES = ("the", "a", "an")
AS_THEY_ARE = frozenset("sports goods savings customs sales arms earnings news".split())
"""Nouns that stay as they are before another."""


def single(part: Part) -> str:
    """A noun as it stands before another."""
    form = POSSESSIVE.sub("", part.form)
    if part.tag != NOUN or not form.islower() or form in AS_THEY_ARE | MASS:
        return form
    return noun_base(form) or form
