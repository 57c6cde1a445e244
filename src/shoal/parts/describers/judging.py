"""Score candidate titles of clusters of English texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import centres
from shoal.parts.describers.grammar import plural
from shoal.parts.describers.lexicon import Nouns, lemma, words
from shoal.parts.describers.rows import Bearing, Rows, Values
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import SURE, nearness

MAX_AHEAD, MIN_AHEAD = 0.35, -0.3
"""Limits, in cosine, within which being nearer to its own cluster counts for a title."""
COVERED, A_SUBJECT = 0.3, 0.2
"""Bonus for covering all rows, and for being a subject in a cluster of the greatest breadth."""
A_PHRASE = 0.03
"""Bonus for more than one word in a narrow cluster."""
ASTRAY = 0.06
WELL_AHEAD, NARROWLY = 0.04, 1.5
"""Penalty for a title that is only just nearest to its cluster: another model may disagree."""
MIN_NEAR = 0.35
MAX_LISTED, LONGEST_LISTED, MOSTLY_LISTED = 4, 50, 0.7
"""Most parts that a title lists, its most characters, and the share of the rows in these parts from
which on it does not say that there are more."""
MIXED = "mixed"
MOST_OTHERS, EVENLY, NEAR_A_PART = 0.9, 0.6, 0.25
"""A part supports a title if it is nearer to it than this share of the clusters of other families,
at least this share as near as the nearest part, and at least so near."""
UNSAID_SUBJECT, UNSAID_NOUN = 0.13, 0.25
"""Penalty for a title that no row contains, in cosine."""
OFTENER, A_PART, A_QUALIFIER = 4.0, 0.05, 0.12
SAID_BY_MOST, AS_FAR = 0.5, 0.7
"""If a part of a phrase is OFTENER as frequent and names the cluster by itself, the phrase loses so
much per e-fold: A_PART for its head, A_QUALIFIER for any other part that SAID_BY_MOST of the rows
have and that is AS_FAR ahead."""
FARTHER_OFF, SAID_BY_SOME = 1.5, 0.1
"""What a title that hardly a row says loses for each unit of cosine by which something is nearer
that so many rows say."""
BORNE_OUT, FAR_FETCHED = 0.35, 0.5
"""A title that hardly a row says loses FAR_FETCHED if fewer than BORNE_OUT of the rows bear it
out."""
ALIKE = 0.45
"""Cosine of a phrase that rows say and a title from which they hint at it."""
LINKING = frozenset("of for on in to at with by from".split())
"""Words that follow the head of a phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Candidate titles of one cluster and their scores.

    Parameters
    ----------
    forms : (m,) as shown; those that occur in rows come first
    costs, value : (m,) penalty and score, in cosine
    ahead : (m,) how much nearer each is to its own cluster than to any other
    covered : (m,) share of the rows that each covers
    n_said : how many of them occur in rows
    """

    forms: list[str]
    costs: Values
    value: Values
    ahead: Values
    covered: Values
    n_said: int

    def where(self, kept: NDArray[np.bool_], cost: Values) -> Judged:
        """The kept candidates, each with a further penalty."""
        return Judged(
            [form for form, yes in zip(self.forms, kept, strict=True) if yes],
            self.costs[kept],
            (self.value - cost)[kept],
            self.ahead[kept],
            self.covered[kept],
            int(kept[: self.n_said].sum()),
        )

    def with_more(self, other: Judged) -> Judged:
        """These candidates and those of another list."""
        return Judged(
            [*self.forms, *other.forms],
            np.concatenate([self.costs, other.costs]),
            np.concatenate([self.value, other.value]),
            np.concatenate([self.ahead, other.ahead]),
            np.concatenate([self.covered, other.covered]),
            self.n_said,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The fine clusters that make up each coarser cluster.

    Parameters
    ----------
    labels : (n,) int32, fine cluster of each row, -1 for noise
    parts : for each coarser cluster, its fine clusters
    sizes : (n_parts,) rows of each fine cluster
    titles : (n_parts,) title of each fine cluster as it reads inside a title; may be empty
    """

    labels: NDArray[np.int32]
    parts: list[list[int]]
    sizes: NDArray[np.int64]
    titles: Sequence[str]

    @classmethod
    def of(
        cls, fine: NDArray[np.int32], coarse: NDArray[np.int32], titles: Sequence[str] = ()
    ) -> Family | None:
        """The family of two layers; None if they are the same layer."""
        if fine is coarse:
            return None
        n_parts, n = int(fine.max(initial=-1)) + 1, int(coarse.max(initial=-1)) + 1
        both = (fine >= 0) & (coarse >= 0)
        table = np.zeros((n_parts, max(n, 1)), dtype=np.int64)
        np.add.at(table, (fine[both], coarse[both]), 1)
        owner, sizes = table.argmax(axis=1), table.sum(axis=1)
        held = [np.nonzero((owner == c) & (sizes > 0))[0].tolist() for c in range(n)]
        return cls(fine, held, sizes, titles)

    def listed(self, cluster: int) -> tuple[str, float] | None:
        """A title that lists the largest parts, and the share of rows in them."""
        mine = sorted(self.parts[cluster], key=lambda part: (-self.sizes[part], part))
        if len(mine) < 2 or not self.titles:
            return None
        share = self.sizes[mine] / self.sizes[mine].sum()
        names = [(self.titles[part], n) for part, n in zip(mine, share.tolist(), strict=True)]
        if len(mine) == 2 and (shared := _of_both(names[0][0], names[1][0])):
            return shared, 1.0
        clear = _apart([(name, n) for name, n in names if not name.lower().startswith(MIXED)])
        title, held = MIXED.capitalize() + " topics", float(share.sum())
        for n in range(1, min(len(clear), MAX_LISTED) + 1):
            covered = sum(part for _, part in clear[:n])
            whole = covered >= MOSTLY_LISTED
            longer = _listing([name for name, _ in clear[:n]], whole=whole)
            if n > 1 and len(longer) > LONGEST_LISTED:
                break
            title, held = longer, covered
            if whole:
                break
        return title, held

    def spread(self, vectors: FloatArray, rows: FloatArray, cluster: int) -> Values:
        """Share of a cluster's rows, (m,), in parts that support a title.

        Parameters
        ----------
        vectors : (m, n_dims) float32, unit vectors of the titles
        rows : (n, n_dims) float32, unit vectors of the rows
        cluster : number of the coarser cluster
        """
        near = vectors @ centres(rows, self.labels, len(self.sizes)).T
        mine = self.parts[cluster]
        others = np.setdiff1d(np.nonzero(self.sizes)[0], mine)
        if not len(others) or not mine:
            return np.ones(len(vectors))
        least = np.quantile(near[:, others], MOST_OTHERS, axis=1)
        least = np.maximum(least, np.maximum(EVENLY * near[:, mine].max(axis=1), NEAR_A_PART))
        share = self.sizes[mine] / self.sizes[mine].sum()
        return np.asarray((near[:, mine] > least[:, None]) @ share, dtype=np.float64)


class Judge:
    """Scores titles by nearness, by the rows they cover, and by their wording."""

    def __init__(self, centre: FloatArray, rows: Rows, lexicon: Nouns) -> None:
        self._centre = centre
        self._rows = rows
        self.subjects = frozenset(lexicon.names[: lexicon.n_topics])
        self._subjects = lexicon.vectors[: lexicon.n_topics]
        self.names = lexicon.names[: lexicon.n_topics]
        self.n_clusters = len(centre)

    def __call__(
        self, c: int, forms: list[str], vectors: FloatArray, costs: Values, said: Sequence[float]
    ) -> Judged:
        """Score candidates of a cluster; `said` has the share of rows for the first of them."""
        n_said = len(said)
        own, ahead = nearness(vectors, self._centre, c)
        value = own + np.clip(ahead, MIN_AHEAD, MAX_AHEAD) - costs
        unsaid = np.arange(len(forms)) >= n_said
        value[unsaid & (own < MIN_NEAR)] -= 1.0
        covered = self._rows.covered(vectors, c)
        if len(self._centre) > 1:
            breadth = self._rows.breadth(c)
            value += COVERED * covered
            value += A_PHRASE * (1 - breadth) * np.array([" " in form for form in forms])
            value += A_SUBJECT * breadth * np.array([form in self.subjects for form in forms])
            # a title nearer to another cluster is taken only if there is no better one
            value -= np.where(ahead < SURE, ASTRAY, 0.0)
            value -= NARROWLY * np.clip(WELL_AHEAD - ahead, 0.0, WELL_AHEAD)
            value[:n_said] -= _narrower(forms, said, ahead)
            # where rows say nothing that could be a title, the nearest noun is the measure
            some = [own[i] for i in range(n_said) if said[i] >= SAID_BY_SOME]
            nearest = max(some or own, default=0.0)
            hardly = unsaid & (costs >= UNSAID_SUBJECT)
            value[hardly] -= FARTHER_OFF * np.maximum(nearest - own[hardly], 0.0)
            if hardly.any():
                borne = self._rows.borne_out(vectors[hardly], c, self._subjects).mean(axis=0)
                value[hardly] -= FAR_FETCHED * (borne < BORNE_OUT)
        return Judged(forms, costs, value, ahead, covered, n_said)

    def breadth(self, c: int) -> float:
        """How dissimilar the rows of a cluster are, in [0, 1]."""
        return self._rows.breadth(c)

    @cached_property
    def bearing(self) -> Bearing:
        """What rows of all clusters bear out."""
        return self.bearing_in()

    def bearing_in(self, inside: Sequence[NDArray[np.int64]] | None = None) -> Bearing:
        """What rows of these clusters, or of others of the same rows, bear out."""
        place = {name: i for i, name in enumerate(self.names)}
        held = [[place[one] for one in (name, *GROUPS[name]) if one in place] for name in GROUPS]
        return self._rows.bearing(self._subjects, held, inside)

    def vectors_of(self, subjects: Sequence[str]) -> FloatArray:
        """The vectors of those of some names that are subjects."""
        return self._subjects[[i for i, name in enumerate(self.names) if name in subjects]]

    def borne(self, c: int) -> NDArray[np.bool_]:
        """Whether each of a cluster's rows, (n_some,), bears out each subject, (n_subjects,)."""
        return self._rows.borne_out(self._subjects, c, self._subjects)


def hinted(said: Sequence[float], vectors: FloatArray, of: FloatArray) -> float:
    """How many rows say something like a title, as a share, as far as counted phrases tell.

    Parameters
    ----------
    said : (n,) share of the rows that say each phrase
    vectors : (n, n_dims) float32, of the phrases
    of : (m, n_dims) float32, of the title, or of the subjects it takes in
    """
    if not len(said) or not len(of):
        return 0.0
    like = (vectors @ of.T).max(axis=1) >= ALIKE
    return min(float(np.asarray(said)[like].sum()), 1.0)


def _apart(names: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Titles with what each covers, and those in one that all their words, or more, are in."""
    out: list[tuple[str, float]] = []
    for name, share in names:
        keys = {lemma(word) for word in name.lower().split()}
        for place, (other, held) in enumerate(out):
            theirs = {lemma(word) for word in other.lower().split()}
            if keys <= theirs or theirs <= keys:
                out[place] = (min(name, other, key=len), held + share)
                break
        else:
            out.append((name, share))
    return out


def _listing(names: Sequence[str], *, whole: bool) -> str:
    """Titles in one, with a word for those that are left out."""
    *most, last = [*names] if whole else [*names, "more"]
    several = any(" and " in name for name in names) and whole
    return f"{', '.join(most)}{', ' if several else ' and '}{last}" if most else last


def _of_both(first: str, second: str) -> str:
    """What two titles are about if one says all that the other does: several data caps."""
    keys = [{lemma(word) for word in title.lower().split()} for title in (first, second)]
    if not (keys[0] <= keys[1] or keys[1] <= keys[0]):
        return ""
    shorter = first if keys[0] <= keys[1] else second
    last = shorter.split()[-1]
    known = words().get(last)
    return (
        f"{shorter[: -len(last)]}{plural(last)}"
        if known is not None and known.noun and last.islower()
        else ""
    )


def _narrower(forms: Sequence[str], said: Sequence[float], ahead: Values) -> Values:
    """What phrases lose, (n_said,), because a part that is far more frequent names the cluster too.

    "Lemon juice substitution" is too narrow if most rows are about other substitutions, and so is
    "transactions in Spring" if they are about all of Spring.
    """
    words = [[lemma(word) for word in form.lower().split()] for form in forms[: len(said)]]
    out = np.zeros(len(said))
    for i, whole in enumerate(words):
        link = next((place for place, word in enumerate(whole) if word in LINKING), len(whole))
        for j, part in enumerate(words):
            is_part = len(part) < len(whole) and set(part) < set(whole)
            if is_part and said[j] >= OFTENER * said[i] and ahead[j] >= SURE:
                of_most = said[j] >= SAID_BY_MOST and ahead[j] >= AS_FAR * ahead[i]
                of_most &= "not" not in whole  # what is denied is no detail
                cost = A_PART if whole[max(link - 1, 0)] in part else A_QUALIFIER * of_most
                out[i] = max(out[i], cost * float(np.log(said[j] / said[i])))
    return out
