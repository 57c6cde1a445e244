"""Score candidate titles of clusters of English texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import FloatArray
from shoal.numerics.clusters import centres
from shoal.parts.describers.grammar import plural
from shoal.parts.describers.lexicon import Nouns, lemma, words
from shoal.parts.describers.subjects import GROUPS
from shoal.parts.describers.titles import SURE, TITLE_CHARS, nearness

Values = NDArray[np.float64]

MAX_AHEAD, MIN_AHEAD = 0.35, -0.3
"""Limits, in cosine, within which being nearer to its own cluster counts for a title."""
COVERED, A_SUBJECT = 0.3, 0.2
"""Bonus for covering all rows, and for being a subject in a cluster of the greatest breadth."""
A_PHRASE = 0.03
"""Bonus for more than one word in a narrow cluster."""
NARROW, BROAD = 0.65, 0.35
"""Mean cosine of the rows to their centre in the narrowest and in the broadest clusters."""
ASTRAY = 0.06
WELL_AHEAD, NARROWLY = 0.04, 1.5
"""Penalty for a title that is only just nearest to its cluster: another model may disagree."""
MIN_NEAR = 0.35
MAX_LISTED, LONGEST_LISTED = 3, 50
"""Most parts that a title lists in full, and its most characters."""
MOST_OTHERS, EVENLY, NEAR_A_PART = 0.9, 0.6, 0.25
"""A part supports a title if it is nearer to it than this share of the clusters of other families,
at least this share as near as the nearest part, and at least so near."""
OWN_ROWS, OTHER_ROWS, RIVALS, FARTHER = 150, 100, 3, 0.85
"""A row is covered if it is nearer to the title than FARTHER of the rows of each rival."""
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
AMONG, BORNE_OUT, BORNE_OUT_BY_ANY, FAR_FETCHED = 10, 0.35, 0.5, 0.5
"""A row bears a noun out that is AMONG so many of the subjects nearest to it. A title that hardly a
row says loses FAR_FETCHED if fewer than BORNE_OUT of the rows bear it out, and the name of a group
is not tried if fewer than BORNE_OUT_BY_ANY bear any of its subjects out."""
LINKING = frozenset("of for on in to at with by from".split())
"""Words that follow the head of a phrase."""
MIXED, A_THIRD, POOR = 0.8, 0.35, 0.5
"""A cluster of this breadth is named by counted words if no title covers A_THIRD of it, or if the
best is worth less than POOR."""
MEMBERS, WIDE, MIN_COVERED, A_WHOLE = 3, 0.5, 0.6, 0.15
"""The name of a group is tried if this many of its subjects are near, in a cluster of at least this
breadth. If they cover MIN_COVERED of it, the name gets the bonus A_WHOLE."""


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
        first, second, *_ = names = [self.titles[part] for part in mine]
        if len(mine) == 2 and (shared := _of_both(first, second)):
            return shared, 1.0
        last = ", " if any(" and " in name for name in names) else " and "
        whole = f"{', '.join(names[:-1])}{last}{names[-1]}"
        for title, n in ((whole, len(mine)), (f"{first}, {second} and more", 2)):
            if n == 2 or (n == MAX_LISTED and len(title) <= TITLE_CHARS):
                break
        if len(title) > LONGEST_LISTED:
            title, n = f"{first} and more", 1
        return title, float(self.sizes[mine[:n]].sum() / self.sizes[mine].sum())

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
        self._lexicon = lexicon
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

    def bearing(self, c: int) -> NDArray[np.bool_]:
        """Whether each of a cluster's rows, (n_some,), bears out each subject, (n_subjects,)."""
        return self._rows.borne_out(self._subjects, c, self._subjects)

    def is_sure(self, c: int, judged: Judged) -> bool:
        """Whether the best title covers enough of the cluster; a mixed cluster has no such one."""
        if len(self._centre) < 2 or not len(judged.value) or self._rows.breadth(c) < MIXED:
            return True
        best = int(judged.value.argmax())
        return bool(judged.covered[best] >= A_THIRD and judged.value[best] >= POOR)

    def umbrellas(self, c: int, subjects: Sequence[int]) -> Judged | None:
        """Names for several subjects of a broad cluster, such as sports for hockey and tennis.

        Such a name is near none of the rows, so it is scored by its subjects. A row is covered if
        any of them covers it.

        Parameters
        ----------
        c : number of the cluster
        subjects : indices in the lexicon of the subjects near it
        """
        breadth = self._rows.breadth(c)
        if breadth < WIDE or len(self._centre) < 2:
            return None
        names = self._lexicon.names
        place = {names[i]: i for i in subjects}
        forms, value, leads, covers = [], [], [], []
        for name, held in GROUPS.items():
            mine = [place[one] for one in (name, *held) if one in place]
            if len(mine) < MEMBERS or name not in self.subjects:
                continue
            own, ahead = nearness(self._lexicon.vectors[mine], self._centre, c)
            itself = self._lexicon.vectors[[names.index(name)]]
            lead = float(nearness(itself, self._centre, c)[1][0])
            if lead < SURE:
                continue
            borne = self._rows.borne_out(self._lexicon.vectors[mine], c, self._subjects)
            if borne.any(axis=1).mean() < BORNE_OUT_BY_ANY:
                continue
            covered = self._rows.covered_by_any(self._lexicon.vectors[mine], c)
            forms.append(name)
            leads.append(lead)
            covers.append(covered)
            value.append(
                float(own.mean() + np.minimum(ahead, MAX_AHEAD).mean())
                + COVERED * covered
                + A_WHOLE * (covered >= MIN_COVERED)
                + A_SUBJECT * breadth
                - UNSAID_SUBJECT
            )
        none = np.zeros(len(forms))
        if not forms:
            return None
        return Judged(forms, none, np.array(value), np.array(leads), np.array(covers), 0)


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


class Rows:
    """A sample of each cluster's rows, to measure how many of them a title covers."""

    def __init__(
        self, vectors: FloatArray, inside: Sequence[NDArray[np.int64]], centre: FloatArray
    ) -> None:
        self._vectors = vectors
        self._inside = inside
        self._centre = centre
        likeness = centre @ centre.T
        np.fill_diagonal(likeness, -np.inf)
        self._rivals = np.argsort(-likeness, axis=1, kind="stable")[:, :RIVALS]

    def some(self, cluster: int, most: int = OWN_ROWS) -> NDArray[np.int64]:
        """Evenly spaced rows of a cluster."""
        rows = self._inside[cluster]
        return rows[:: max(-(-len(rows) // most), 1)]

    def breadth(self, cluster: int) -> float:
        """How dissimilar the rows of a cluster are, in [0, 1]."""
        near = float(np.mean(self._vectors[self.some(cluster)] @ self._centre[cluster]))
        return float(np.clip((NARROW - near) / (NARROW - BROAD), 0.0, 1.0))

    def covered(self, vectors: FloatArray, cluster: int) -> Values:
        """Share of the rows that are nearer to each title than most rows of any rival, (m,)."""
        return self._ahead_of_rivals(cluster, lambda rows: self._vectors[rows] @ vectors.T)

    def borne_out(
        self, vectors: FloatArray, cluster: int, subjects: FloatArray
    ) -> NDArray[np.bool_]:
        """Whether each row, (n_some,), is nearer to each title, (m,), than to most subjects."""
        rows = self._vectors[self.some(cluster)]
        if not len(subjects):
            return np.ones((len(rows), len(vectors)), dtype=bool)
        near = np.sort(rows @ subjects.T, axis=1)[:, -min(AMONG, len(subjects))]
        return np.asarray(rows @ vectors.T >= near[:, None])

    def covered_by_any(self, vectors: FloatArray, cluster: int) -> float:
        """Share of the rows that any of several titles covers."""
        (share,) = self._ahead_of_rivals(
            cluster, lambda rows: (self._vectors[rows] @ vectors.T).max(axis=1, keepdims=True)
        )
        return float(share)

    def _ahead_of_rivals(
        self, cluster: int, near: Callable[[NDArray[np.int64]], FloatArray]
    ) -> Values:
        """Share of a cluster's rows, (m,), that are nearer than most rows of every rival."""
        own = near(self.some(cluster))
        out = np.ones(own.shape[1])
        for rival in self._rivals[cluster]:
            if rival != cluster and len(self._inside[rival]):
                others = near(self.some(int(rival), OTHER_ROWS))
                out = np.minimum(out, (own > np.quantile(others, FARTHER, axis=0)).mean(axis=0))
        return out
