"""Titles of clusters of pictures: words of folders and files, what they show, and colours.

A word counts where many of a cluster's pictures have it in their path and few others do, a class
or a colour where it is found in more of them than of the others. Names that cameras give are no
words.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shoal.numerics.arrays import DoubleArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import members
from shoal.parts.describers.colours import NAMED, colour_shares
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import words
from shoal.parts.describers.zero_shot import Shown

JOINT = " · "
CAMERA = frozenset(
    "img image images pic pics picture pictures photo photos dsc dscn dscf dcim pxl mvimg mvc sam "
    "jpg jpeg jpe jfif png apng webp gif tif tiff bmp dib mpo copy edited".split()
)
"""Words that cameras, and programs like them, put into the names of files."""
MIN_SHARE = 0.2
"""Share of a cluster's pictures that must have a word, or of their area a colour."""
MIN_LIFT = 1.3
"""How many times more common it must be inside than outside."""
MIN_CLASS = 0.04
"""Mean probability in a cluster that a class must have: one in a thousand is what chance gives."""
RECOGNISED = 600
RECOGNISED_OF_CLUSTER = (4, 24)
"""Pictures of one cluster that are looked at for classes, at least and at most."""
N_TITLE = 3
COLOUR_SIDE = 16
BATCH = 256


def describe_pictures(
    paths: Sequence[str],
    thumbnails: Sequence[bytes],
    labels: NDArray[np.int32],
    shown: Shown | None = None,
) -> list[tuple[str, tuple[str, ...]]]:
    """Title and keywords of each cluster of pictures.

    Parameters
    ----------
    paths : (n,) of the distinct pictures, or their ids
    thumbnails : (n,) a small JPEG of each
    labels : (n,) int32, -1 for noise
    shown : says what they show; None for nothing

    Returns
    -------
    One (title, keywords) per cluster; titles are unique
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    shares = _colours(thumbnails)
    classes = _classes(members(labels, n_clusters), shown)
    terms = [_path_words(path) for path in paths]
    out: list[tuple[str, tuple[str, ...]]] = []
    taken: set[str] = set()
    for cluster, rows in enumerate(members(labels, n_clusters)):
        outside = np.setdiff1d(np.arange(len(labels)), rows, assume_unique=True)
        said = _standing_out(*_word_shares(terms, rows, outside))
        colours = _standing_out(shares[rows].mean(axis=0), _mean(shares, outside), list(NAMED))
        colours = colours or [list(NAMED)[int(shares[rows].mean(axis=0).argmax())]]
        keywords = tuple(dict.fromkeys([*said[:5], *classes[cluster][:4], *colours[:3]]))
        title = _title(said, [*classes[cluster][:2], *colours], cluster, taken)
        taken.add(title.lower())
        out.append((title, keywords))
    return out


def _classes(inside: Sequence[NDArray[np.int64]], shown: Shown | None) -> list[list[str]]:
    """Names of what the pictures of each cluster show more than those of the others."""
    if shown is None or not inside:
        return [[] for _ in inside]
    most = int(np.clip(RECOGNISED // len(inside), *RECOGNISED_OF_CLUSTER))
    means = []
    for rows in inside:
        some = rows[np.arange(min(len(rows), most)) * len(rows) // min(len(rows), most)]
        means.append(shown.of(some).mean(axis=0))
    found = np.array(means, dtype=np.float64)
    rest = (found.sum(axis=0) - found) / max(len(inside) - 1, 1)
    return [
        _standing_out(one, other, shown.names, least=MIN_CLASS)
        for one, other in zip(found, rest, strict=True)
    ]


def _title(said: Sequence[str], seen: Sequence[str], cluster: int, taken: set[str]) -> str:
    """The best words, then colours; more of them until no other cluster is called the same."""
    all_of_them = [*said[:N_TITLE], *seen, *said[N_TITLE:]]
    first = min(len(said), N_TITLE) or min(len(seen), 2)
    for n in range(first, len(all_of_them) + 1):
        title = JOINT.join(all_of_them[:n])
        if title.lower() not in taken:
            return title
    return f"{JOINT.join(all_of_them[:first])} ({cluster})"


def _path_words(path: str) -> frozenset[str]:
    """The words in a path that a person may have put there."""
    # joined words come apart where a small letter meets a capital
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path)
    found = words(re.sub(r"[\W\d_]+", " ", spaced).lower())
    return frozenset(w for w in found if len(w) > 1 and w not in CAMERA and w not in STOP_WORDS)


def _word_shares(
    terms: Sequence[frozenset[str]], rows: NDArray[np.int64], outside: NDArray[np.int64]
) -> tuple[DoubleArray, DoubleArray, list[str]]:
    """Of each word the share of pictures that have it, inside and outside a cluster."""
    counts: dict[str, int] = {}
    for row in rows:
        for word in terms[row]:
            counts[word] = counts.get(word, 0) + 1
    names = sorted(word for word, n in counts.items() if n >= MIN_SHARE * len(rows))
    others = dict.fromkeys(names, 0)
    for row in outside if names else ():
        for word in terms[row]:
            if word in others:
                others[word] += 1
    inside = np.array([counts[name] for name in names]) / max(len(rows), 1)
    return inside, np.array(list(others.values())) / max(len(outside), 1), names


def _standing_out(
    inside: DoubleArray, outside: DoubleArray, names: Sequence[str], least: float = MIN_SHARE
) -> list[str]:
    """Names that are common inside and clearly less so outside, the strongest first."""
    inside, outside = np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    kept = (inside >= least) & (inside >= MIN_LIFT * outside)
    weight = (inside * np.log((inside + 0.01) / (outside + 0.01))).round(9)
    order = np.lexsort((np.arange(len(names)), -weight))
    return [names[i] for i in order if kept[i]]


def _mean(shares: DoubleArray, rows: NDArray[np.int64]) -> DoubleArray:
    return shares[rows].mean(axis=0) if len(rows) else np.zeros(shares.shape[1])


def _colours(thumbnails: Sequence[bytes]) -> DoubleArray:
    """Shares of the named colours in each picture, (n, n_colours)."""
    from PIL import Image

    def work(part: slice) -> DoubleArray:
        out = np.zeros((part.stop - part.start, len(NAMED)))
        for row, data in enumerate(thumbnails[part]):
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                image.draft("RGB", (COLOUR_SIDE, COLOUR_SIDE))
                small = image.convert("RGB").resize((COLOUR_SIDE, COLOUR_SIDE))
            out[row] = colour_shares(np.asarray(small).reshape(-1, 3))
        return out

    parts = list(ordered_map(work, slices(len(thumbnails), BATCH)))
    return np.concatenate(parts) if parts else np.zeros((0, len(NAMED)))
