"""Titles of clusters that no one noun is sure to name.

A title is sure if it is worth enough and, in a broad cluster, if many more of its rows bear it out
than of any other cluster's. Where none is, the cluster is named by what its rows are about at
large, by two subjects, or by words as they say them; and where they have nothing in common, by the
word that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.parts.describers.excerpts import excerpts
from shoal.parts.describers.grammar import PARTICLES
from shoal.parts.describers.judging import MIXED, Family, Judge, Judged, hinted
from shoal.parts.describers.lexicon import Word, lemma, words
from shoal.parts.describers.mixtures import of_two
from shoal.parts.describers.offers import FEW, OFTEN
from shoal.parts.describers.rows import Values, lead
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import Titles

POOR = 0.5
"""Worth, in cosine, from which a title may be sure."""
WIDE, MOST, BORNE_OUT, AHEAD, BOTH = 0.5, 0.55, 0.25, 0.05, 0.45
"""In a cluster of such a breadth, the share of the rows that bears a sure title out; or where fewer
do, how many at least, how much larger that is than in any other cluster, and both together."""
SAID_BY_MANY = 0.25
"""A title that so many rows say is sure, and a word outside the dictionary only such a one."""
WELL_BORNE, OF_GROUP, GROUP_BOTH, BETTER, ITSELF, AT_ALL = 0.4, 0.45, 0.7, 0.2, 0.2, 0.05
"""A group of subjects names a cluster if OF_GROUP of its rows bear out any of them, and that with
its lead is GROUP_BOTH, and the name itself is borne out AT_ALL; where WELL_BORNE of the rows bear
another title out, only if the group is so much BETTER and ITSELF borne out."""
A_PART, MOST_PARTS = 0.3, 0.8
"""A group names a theme if A_PART of the rows of parts with MOST_PARTS of all rows bear it out."""
HINTED, HINTED_GROUP = 0.1, 0.05
"""Share of the rows that say something like a title that none of them says, or like a group."""
TYPICAL, SAID_AS, A_SAYING = 60, 0.06, 0.1
"""Rows that are read for words as they say them, the share of them that does, and what it costs,
in cosine."""
MOST_SAYINGS, MAX_SAYINGS, MAX_WORDS, SAID_BY_SOME = 12, 3, 5, 0.15
LEAST = 0.03
"""Share of the rows with a noun that says what else a mixed cluster holds."""
ENDS = re.compile(r"^\W+|\W+$")


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of a cluster beside its titles.

    Parameters
    ----------
    said : phrase -> share of the rows with it
    vectors : (n_said, n_dims) float32, of these phrases
    typical : texts near the centre
    """

    said: Mapping[str, float]
    vectors: FloatArray
    typical: Sequence[str]

    def hinted(self, of: FloatArray) -> bool:
        """Whether rows say something like a title."""
        return hinted(list(self.said.values()), self.vectors, of) >= HINTED_GROUP


def with_safe_titles(
    judged: Mapping[int, Judged],
    judge: Judge,
    titles: Titles,
    evidence: Mapping[int, Evidence],
) -> dict[int, Judged]:
    """Put a title first that cannot mislead where the best one is not sure.

    Parameters
    ----------
    judged : cluster -> what it may be called
    judge, titles : of all clusters
    evidence : of the clusters that are judged
    """
    out = dict(judged)
    if judge.n_clusters < 2:
        return out
    best = {c: int(one.value.argmax()) for c, one in judged.items() if len(one.value)}
    forms = [judged[c].forms[i] for c, i in best.items()]
    shares = judge.bearing.of(titles.vectors(forms))
    leads = lead(shares)
    doubted = [c for c in judged if c not in best]
    astray = set(doubted)
    for place, (c, i) in enumerate(best.items()):
        share, ahead = float(shares[c, place]), float(leads[c, place])
        if name := at_large(c, judge, evidence[c], share, ahead):
            out[c] = judged[c].with_more(certain([name], float(judged[c].value[i])))
        elif not _is_sure(judged[c], i, judge, evidence[c], c, share, ahead):
            doubted.append(c)
            if share < WELL_BORNE or evidence[c].said.get(forms[place], 0.0) < FEW:
                astray.add(c)
    sayings = _sayings(doubted, judge, titles, evidence)
    for c in doubted:
        top = float(judged[c].value.max(initial=-1.0))
        some = [of_two(c, judge, evidence[c].hinted), *sayings.get(c, ())]
        if judge.breadth(c) >= WIDE or c in astray:
            some.append(mixed(judged[c], evidence[c].said))
        if some := [title for title in some if title]:
            out[c] = judged[c].with_more(certain(some, max(top, POOR)))
    return out


def _is_sure(
    judged: Judged,
    best: int,
    judge: Judge,
    evidence: Evidence,
    c: int,
    share: float,
    ahead: float,
) -> bool:
    """Whether the best title of a cluster is worth enough, and its rows bear it out."""
    form = judged.forms[best]
    said = evidence.said.get(form, 0.0)
    strange = not any(is_plain(word) for word in form.split())
    if judged.value[best] < POOR or (strange and said < SAID_BY_MANY):
        return False
    if judge.breadth(c) < WIDE or not judge.names or said >= SAID_BY_MANY:
        return True
    return bool(are_borne(np.array(share), np.array(ahead)))


def are_borne(share: Values, ahead: Values) -> NDArray[np.bool_]:
    """Whether the rows of a broad cluster bear titles out, and those of others do not.

    Parameters
    ----------
    share : of the rows that bear each out
    ahead : how much larger that is than in any other cluster
    """
    return np.asarray(
        (share >= MOST) | ((share >= BORNE_OUT) & (ahead >= AHEAD) & (share + ahead >= BOTH))
    )


def is_plain(word: str) -> bool:
    """Whether a word is a name, or in the dictionary as a word and not only as a piece of names."""
    return word != word.lower() or word in STOP_WORDS or _word(word) is not None


def _word(word: str) -> Word | None:
    found = words().get(lemma(word))
    kinds = found and (found.noun, found.verb, found.adjective, found.adverb, found.infinitive)
    return found if kinds and any(kinds) else None


def at_large(c: int, judge: Judge, evidence: Evidence, share: float, ahead: float) -> str:
    """The group of subjects that the rows of a broad cluster are about, "" for none.

    Parameters
    ----------
    c : number of the cluster
    judge, evidence : as in `with_safe_titles`
    share, ahead : of the rows, that bear the best title out, and how much larger that is
    """
    for place, both in _groups(c, judge, evidence):
        name = list(GROUPS)[place]
        itself = judge.bearing.subjects[c, judge.names.index(name)]
        if share < WELL_BORNE or (both >= share + ahead + BETTER and itself >= ITSELF):
            return name
    return ""


def of_parts(
    c: int, judge: Judge, evidence: Evidence, family: Family, parts: NDArray[np.float64]
) -> str:
    """The group of subjects that nearly all parts of a theme are about, "" for none.

    Parameters
    ----------
    c, judge, evidence : as in `at_large`, of the theme
    family : of the themes
    parts : (n_parts, n_groups) share of the rows of each part that bears each group out
    """
    mine = family.parts[c]
    share = family.sizes[mine] / max(family.sizes[mine].sum(), 1)
    for place, _ in _groups(c, judge, evidence):
        if float(share[parts[mine, place] >= A_PART].sum()) >= MOST_PARTS:
            return list(GROUPS)[place]
    return ""


def _groups(c: int, judge: Judge, evidence: Evidence) -> Iterator[tuple[int, float]]:
    """Groups of subjects that many rows of a broad cluster bear out, and more than elsewhere."""
    if judge.breadth(c) < WIDE or not judge.names:
        return
    shares, leads = judge.bearing.groups[c], lead(judge.bearing.groups)[c]
    both = shares + leads
    for place in np.argsort(-both, kind="stable").tolist():
        name = list(GROUPS)[place]
        enough = shares[place] >= OF_GROUP and leads[place] >= AHEAD and both[place] >= GROUP_BOTH
        itself = name in judge.names and judge.bearing.subjects[c, judge.names.index(name)]
        if enough and itself >= AT_ALL and evidence.hinted(judge.vectors_of((name, *GROUPS[name]))):
            yield place, float(both[place])


def _sayings(
    clusters: Sequence[int], judge: Judge, titles: Titles, evidence: Mapping[int, Evidence]
) -> dict[int, list[str]]:
    """Of each cluster, words as many of its typical rows say them that name it, the best first."""
    tried: dict[int, list[tuple[str, float]]] = {}
    for c in clusters:
        texts = evidence[c].typical
        said = excerpts(texts)
        shares = {
            form: _share(form, texts)
            for form, n in said.items()
            if n >= 2 and len(form.split()) <= MAX_WORDS
        }
        often = sorted(
            (form for form in shares if _stands(form, shares[form], texts)),
            key=lambda f: (-said[f], f),
        )
        tried[c] = [(form, shares[form]) for form in often[:MOST_SAYINGS]]
    vectors = titles.vectors([form for some in tried.values() for form, _ in some])
    borne = judge.bearing.of(vectors)
    leads = lead(borne)
    out: dict[int, list[str]] = {}
    start = 0
    for c, some in tried.items():
        mine = slice(start, start + len(some))
        start += len(some)
        if not some:
            continue
        costs = np.array([A_SAYING - OFTEN * float(np.log(share)) for _, share in some])
        forms = [form for form, _ in some]
        one = judge(c, forms, vectors[mine], costs, [share for _, share in some])
        good = borne[c, mine] >= WELL_BORNE
        if judge.breadth(c) >= WIDE:
            good &= (one.value >= POOR) & (leads[c, mine] >= AHEAD)
        order = np.argsort(-one.value, kind="stable")
        out[c] = [forms[i] for i in order if good[i]][:MAX_SAYINGS]
    return out


def _share(form: str, texts: Sequence[str]) -> float:
    """Share of the texts that hold some words as they stand."""
    held = re.compile(rf"\b{re.escape(form)}\b", re.IGNORECASE)
    return sum(held.search(text) is not None for text in texts) / max(len(texts), 1)


def _stands(form: str, share: float, texts: Sequence[str]) -> bool:
    """Whether words of rows stand alone: a phrase, what many rows say, or whole rows."""
    said = form.lower().split()
    if len(said) == 1:
        return share >= SAID_BY_SOME and said[0] not in PARTICLES and _says(said[0])
    if said[0] not in STOP_WORDS | PARTICLES and is_plain(said[0]):
        return share >= SAID_AS
    whole = " ".join(said)
    return share >= SAID_BY_MANY or sum(ENDS.sub("", t).lower() == whole for t in texts) >= 2


def _says(word: str) -> bool:
    """Whether a word says something alone: an adjective, such as great, or no stop word."""
    found = _word(word)
    return found is not None and (found.adjective > 0 or word not in STOP_WORDS)


def mixed(judged: Judged, said: Mapping[str, float]) -> str:
    """That a cluster is mixed, with the two best of the nouns that its rows say."""
    some: list[str] = []
    keys: set[str] = set()
    for i in np.argsort(-judged.value[: judged.n_said], kind="stable"):
        form = judged.forms[int(i)]
        mine = {lemma(word) for word in form.split()}
        if said.get(form, 0.0) >= LEAST and not keys & mine and _word(form) is not None:
            some.append(form)
            keys |= mine
    return f"{MIXED}: {', '.join(some[:2])}" if some else f"{MIXED} topics"


def certain(titles: Sequence[str], above: float) -> Judged:
    """Titles that go before all others, the best first, and cover enough."""
    one = np.ones(len(titles))
    value = above + 0.01 * np.arange(len(titles), 0, -1.0)
    return Judged([*titles], 0 * one, value, one, one, 0)
