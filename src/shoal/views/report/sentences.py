"""The results in plain words, the same in terminal, report and notebooks."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shoal.data.entries import ReadEntry
from shoal.text.words import count, many, percent

CLEAR, SHADES = 0.20, 0.08
"""Silhouette from which a group is clear, and below which it overlaps with others."""
NEARLY = 0.97
"""Share of the best score from which another number of groups is nearly as good."""
BROAD, NEXT_BEST = 4, 0.6
"""Up to so many clusters, finer ones are offered too if their score is this share of the best."""
UNSURE = 0.6
"""Agreement with clusterings of parts of the rows below which the groups change with the rows."""
FEW, GLANCE = 8, (3, 12)
"""Groups that need no themes above them, and themes that a person takes in at a glance."""
REPEATED = 0.03
"""Share of rows that repeat others from which something should be done about it."""


@dataclass(frozen=True, slots=True)
class Found:
    """The facts that sentences are made from.

    Parameters
    ----------
    clusters : entries as in clusters.json, the largest first
    evaluation : as in evaluation.json
    counts : "rows", "used", "noise"; "excluded" where there are some
    themes : as in clusters.json; may be empty
    layers : the same, titles of coarser levels
    run : what a command calls the run
    blank : rows without a cluster because their text is blank
    """

    clusters: Sequence[ReadEntry]
    evaluation: ReadEntry
    counts: Mapping[str, int]
    themes: Sequence[ReadEntry]
    layers: Sequence[ReadEntry]
    run: str
    blank: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggested next step.

    Parameters
    ----------
    text : why
    command : what to give; empty where there is none
    """

    text: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Theme:
    """Clusters that belong together.

    Parameters
    ----------
    title : of them; empty where the clusters stand for themselves
    clusters : their entries, the largest first
    """

    title: str
    clusters: tuple[ReadEntry, ...]

    @property
    def size(self) -> int:
        """Rows of all."""
        return sum(int(entry.get("size") or 0) for entry in self.clusters)


def headline(found: Found) -> str:
    """State the number of clusters and rows, and the rows without a cluster."""
    counts, n = found.counts, len(found.clusters)
    sentence = f"{many(n, 'cluster')} in {many(int(counts['rows']), 'row')}"
    if not n:
        return f"No clusters were found in {many(int(counts['rows']), 'row')}"
    lost = without_cluster(
        int(counts.get("noise") or 0), int(counts["rows"]) - int(counts["used"]), found.blank
    )
    return f"{sentence}; {' and '.join(lost)}" if lost else f"{sentence}; every row has one"


def without_cluster(noise: int, unused: int, blank: int) -> list[str]:
    """Say how many rows have no cluster, a part for each reason.

    Parameters
    ----------
    noise : rows that fit none
    unused : rows that could not be clustered
    blank : those of them whose text is blank
    """
    parts = ((noise, "fits no cluster", "fit no cluster"), (blank, "has no text", "have no text"))
    said = [many(n, f"row {one}", f"rows {more}") for n, one, more in parts if n]
    if unused > blank:
        said.append(f"{many(unused - blank, 'row')} could not be used")
    return said


def verdict(found: Found) -> str:
    """Whether the groups are clear, and whether they would come back, in one or two sentences."""
    measured = [e["silhouette"] for e in found.clusters if e.get("silhouette") is not None]
    if len(found.clusters) < 2 or not measured:
        return ""
    # groups of one and the same cloud look apart too, the more so the fewer columns there are
    by_chance = found.evaluation.get("silhouette_by_chance") or 0.0
    clear = sum(round(value, 2) >= max(CLEAR, by_chance) for value in measured)
    shade = sum(round(value, 2) < SHADES for value in measured)
    if clear == len(measured):
        sentence = "Both are clear" if clear == 2 else f"All {count(clear)} are clear"
    elif not clear:
        sentence = "None is clear: the clusters overlap, so many rows would fit another one as well"
        if by_chance > CLEAR:
            sentence = "None is clear: shuffled columns give clusters that are as far apart"
        elif not shade:
            sentence = (
                "The clusters blur at the edges, as those of short texts mostly do: "
                "some rows would fit another one as well"
            )
    else:
        sentence = f"{count(clear)} {'is' if clear == 1 else 'are'} clear"
        soft = len(measured) - clear - shade
        if soft:
            sentence += f", {count(soft)} {'blurs' if soft == 1 else 'blur'} at the edges"
        if shade:
            sentence += f", {count(shade)} {'overlaps' if shade == 1 else 'overlap'} with others"
        which = "many" if shade >= soft else "some"
        sentence += f": {which} of their rows would fit another cluster as well"
    stability = _score(found, "stability")
    if stability is None:
        return f"{sentence}."
    sure = "nearly the same" if stability >= 0.8 else "much the same"
    if stability < UNSURE:
        return f"{sentence}. A new sample of such rows would give partly different clusters."
    return f"{sentence}. Leaving out some of the rows gives {sure} clusters."


SLACK = 1.1
"""Times by which a number may miss the range of the best: clusters of rows without a home go."""


def number_said(found: Found) -> str:
    """Which other numbers of groups are as good, in a sentence; nothing where none is known."""
    n, best = len(found.clusters), found.evaluation.get("range")
    if isinstance(best, list) and len(best) == 2 and best[0] is not None:
        least, most = int(best[0]), int(best[1])
        if n * SLACK < least or n > most * SLACK:  # another number was asked for
            span = count(least) if least == most else f"{count(least)} to {count(most)}"
            return f"By their scores, {span} clusters would be better."
        if least < most:
            return f"Any number of clusters from {count(least)} to {count(most)} is about as good."
        finer = _finer_number(found)
        return "" if finer is None else f"{count(finer)} finer clusters are the next best choice."
    other = _other_number(found)
    return (
        "" if other is None else f"{count(other)} clusters would be nearly as good as {count(n)}."
    )


def _other_number(found: Found) -> int | None:
    """Another number of groups that is nearly as good by the score of the levels of detail."""
    n, best = len(found.clusters), found.evaluation.get("range")
    if isinstance(best, list) and len(best) == 2 and best[0] is not None:
        if best[0] == best[1] == n:
            return _finer_number(found)
        ends = [int(end) for end in best if int(end) != n]
        if not min(best) <= n <= max(best):
            return min(ends, key=lambda end: abs(end - n))
        # fewer where there are more than a person takes in, else the farthest
        fewer = [end for end in ends if end < n > GLANCE[1]]
        return max(fewer or ends, key=lambda end: abs(end - n), default=None)
    scores = _level_scores(found)
    top = max(scores.values(), default=0.0)
    able = [k for k, score in scores.items() if k != n and score >= NEARLY * top > 0]
    return min(able, key=lambda k: (abs(k - n), k), default=None)


def _finer_number(found: Found) -> int | None:
    """The best of the numbers that are at least twice that of a few broad clusters."""
    n = len(found.clusters)
    layers = sorted(_level_scores(found).items())
    if not 1 < n <= BROAD:
        return None
    # one level that stands out from those beside it does so mostly by chance
    around = [layers[max(place - 1, 0) : place + 2] for place in range(len(layers))]
    scores = {
        k: sum(score for _, score in near) / len(near)
        for (k, _), near in zip(layers, around, strict=True)
        if k >= 2 * n
    }
    best = max(scores, key=lambda k: (scores[k], -k), default=None)
    top = max((score for _, score in layers), default=0.0)
    return best if best is not None and scores[best] >= NEXT_BEST * top > 0 else None


def _level_scores(found: Found) -> dict[int, float]:
    """Number of clusters of each level of detail -> its score, where it has one."""
    return {
        int(layer["n_clusters"]): float(layer["score"])
        for layer in found.evaluation.get("layers") or ()
        if layer.get("score") is not None and layer.get("n_clusters", 0) > 1
    }


def _score(found: Found, name: str) -> float | None:
    for score in found.evaluation.get("scores") or ():
        if score.get("name") == name and score.get("value") is not None:
            return float(score["value"])
    return None


def name_followed(found: Found) -> str:
    """The name in the texts that parts the clusters, and what to do about it; "" without one."""
    info = found.evaluation.get("followed_name")
    if not isinstance(info, Mapping):
        return ""
    name, those, others = (info.get(key) for key in ("name", "with", "without"))
    if not (isinstance(name, str) and isinstance(those, int) and isinstance(others, int)):
        return ""
    return (
        f"{count(those)} clusters hold texts that say “{name}”, and {count(others)} texts that do "
        f"not. Add --leave-out {shlex.quote(name)} to the command to group them by what else they "
        "say."
    )


def advice(found: Found) -> list[Advice]:
    """Two or three next steps, most useful first."""
    run, out = shlex.quote(found.run), []
    if followed := name_followed(found):
        out.append(Advice(followed))
    other = _other_number(found)
    if other is not None and number_said(found):
        out.append(Advice(f"To see {count(other)} clusters:", f"shoal cluster {run} -k {other}"))
    rows = max(int(found.counts["rows"]), 1)
    near_duplicates = found.evaluation.get("duplicates") or {}
    repeats = int(near_duplicates.get("rows") or 0)
    if repeats >= REPEATED * rows and not near_duplicates.get("joined"):
        sentence = (
            f"{many(repeats, 'row repeats', 'rows repeat')} another ({percent(repeats, rows)})."
        )
        out.append(Advice(f"{sentence} Review them, and use --dedupe to count each once.",
                          f"shoal duplicates {run}"))  # fmt: skip
    odd = int((found.evaluation.get("anomalies") or {}).get("n") or 0)
    if odd:
        sentence = f"{many(odd, 'row stands', 'rows stand')} out from the rest."
        out.append(Advice(sentence, f"shoal anomalies {run}"))
    noise = int(found.counts.get("noise") or 0)
    if noise:
        sentence = f"{many(noise, 'row fits', 'rows fit')} no cluster and was left out."
        sentence = sentence if noise == 1 else sentence.replace("was left", "were left")
        out.append(Advice(f"{sentence} To place every row:", f"shoal cluster {run} --coverage 100"))
    if len(out) < 2 and found.clusters:
        out.append(Advice("See, search, rename and join the clusters:", f"shoal explore {run}"))
    return out[:3]


def themes_of(found: Found) -> list[Theme]:
    """The clusters by theme, the largest theme first; one without a title where there are few."""
    clusters = list(found.clusters)
    sentence = {
        int(theme["theme"]): str(theme["title"]) for theme in found.themes if "theme" in theme
    }
    if not sentence:
        return _by_layer(found)
    groups: dict[int, list[ReadEntry]] = {}
    for entry in clusters:
        key = entry.get("theme")
        groups.setdefault(int(key) if key is not None else -1, []).append(entry)
    made = [_theme(sentence.get(key, "Other"), group) for key, group in groups.items()]
    if len(made) == len(clusters):
        return [Theme("", tuple(clusters))]
    return sorted(made, key=lambda theme: -theme.size)


def _theme(title: str, group: Sequence[ReadEntry]) -> Theme:
    """A theme; one of a single cluster would only say its title twice."""
    return Theme(title if len(group) > 1 else "", tuple(group))


def _by_layer(found: Found) -> list[Theme]:
    """The same by a coarser level of detail that can be taken in at a glance."""
    clusters = list(found.clusters)
    whole = [Theme("", tuple(clusters))]
    depth = min((len(entry.get("parent") or ()) for entry in clusters), default=0)
    if len(clusters) <= FEW:
        return whole
    layers = sorted(found.layers, key=lambda layer: int(layer["layer"]))
    for step in range(min(depth, len(layers))):
        titles = {int(e["cluster"]): str(e["title"]) for e in layers[step].get("clusters") or ()}
        groups: dict[int, list[ReadEntry]] = {}
        for entry in clusters:
            groups.setdefault(int(entry["parent"][step]), []).append(entry)
        if GLANCE[0] <= len(groups) <= GLANCE[1] and len(groups) < len(clusters):
            made = [_theme(titles.get(key, ""), group) for key, group in groups.items()]
            return sorted(made, key=lambda theme: -theme.size)
    return whole
