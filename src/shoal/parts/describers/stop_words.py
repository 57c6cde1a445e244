"""Stop words: function words, and verbs that fit any theme.

The English list is our own and short on purpose: words such as "system", "name" or "call", which
longer lists hold, are themes in some texts. The lists of other languages are the library's, each
for texts that are written in it. A language without a list has the words that tell next to nothing
of a cluster (`counting.Counted.stop_words`).
"""

from __future__ import annotations

from collections.abc import Set
from functools import cache

from stop_words import AVAILABLE_LANGUAGES, get_stop_words

from shoal.parts.describers.terms import UNSPACED, singular

MIN_SHARE = 0.2
"""Of the words of a text, those that are stop words of the language it is in; in running text
they are a third to a half."""
MIN_TEXTS = 0.02
"""Share of the texts in a language from which on its stop words are left out."""

STOP_WORDS = frozenset(
    """
    a an the this that these those such some any each every either neither both all no none other
    another own same few many much more most less least several lot lots bit
    i me my mine myself we us our ours ourselves you your yours yourself yourselves u ur he him his
    himself she her hers herself it its itself they them their theirs themselves one ones
    two three
    who whom whose which what when where why how whatever whichever whenever wherever however
    someone anyone everyone somebody anybody everybody nobody something anything everything nothing
    somewhere anywhere everywhere nowhere
    and or but nor so yet if then else than because since while although though unless until whether
    as also too either
    of in on at by for with without within into onto from to over under about around
    across after before between among during through throughout against toward towards upon via per
    near along behind beside besides beyond despite except like unlike regarding concerning due
    not never ever always often sometimes usually already still just only even almost again once
    now today soon later ago here there very really quite rather pretty maybe perhaps actually
    basically simply currently recently instead otherwise therefore thus hence please thanks thank
    hello hi hey dear ok okay yes etc eg ie vs
    am is are was were be been being do does did done doing have has had having can could will would
    shall should may might must ought cannot
    get gets got gotten getting give gives gave given giving go goes went gone going come comes came
    coming take takes took taken taking make makes made making put puts let lets keep keeps kept
    keeping say says said saying tell tells told see sees saw seen know knows knew known think
    thinks thought want wants wanted wanting need needs needed try tries tried trying seem seems
    look looks looking happen happens happened happening mean means meant use uses used using
    help helps like likes feel feels wish hope guess believe suppose supposed wonder wondering
    able unable possible sure certain good well better best bad first last next
    way ways thing things stuff kind sort reason reasons idea case cases
    ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mightn't mustn't
    needn't shouldn't wasn't weren't won't wouldn't cant couldnt didnt doesnt dont hasnt havent isnt
    wasnt werent wont wouldnt im ive id i'm i've i'd i'll you're you've you'd you'll he's she's it's
    we're we've we'd we'll they're they've they'd they'll that's there's here's what's who's where's
    how's when's why's let's one's
    """.split()
)

LINKS = frozenset(
    """
    a an the this that's my your his her its our their me us you it i
    of in on at by for with without from to into and or is are was were be been
    not isn't aren't wasn't weren't don't doesn't didn't can't won't cannot
    """.split()
)
"""The stop words that may stand inside a phrase, as in "source of funds" or "card was stolen"."""


ENGLISH = "english"
LISTED_AS = {"malaysian": "malay"}
"""What the library calls a language -> what it is called elsewhere."""


def foreign(used: Set[str]) -> frozenset[str]:
    """Stop words of languages other than English, as terms.

    Parameters
    ----------
    used : languages, in lower case

    References
    ----------
    The package stop-words.
    """
    return frozenset(singular(word) for word, names in _listed().items() if used & set(names))


def languages_of(word: str) -> tuple[str, ...]:
    """The languages that a word, in lower case, is a stop word of."""
    return _listed().get(word, ())


@cache
def _listed() -> dict[str, tuple[str, ...]]:
    """Stop word -> the languages it is one of."""
    out: dict[str, tuple[str, ...]] = {}
    for name in sorted(AVAILABLE_LANGUAGES):
        for word in STOP_WORDS if name == ENGLISH else get_stop_words(name):
            plain = word.lower().replace("\u2019", "'")
            if not UNSPACED.match(plain):  # those are counted by pieces
                out[plain] = (*out.get(plain, ()), LISTED_AS.get(name, name))
    return out
