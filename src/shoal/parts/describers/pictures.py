"""Titles of clusters of pictures: words of folders, what they show in general, or colours.

A word of a folder counts where many of a cluster's pictures lie in it and few others do. What a
model recognises counts as what it is a kind of, "dress" or "clothing", and only where it is sure of
most of the pictures; else colours are told. Names of files are keywords at most: cameras and
programs give them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence, Set
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shoal.data.pictures import made_ground
from shoal.numerics.arrays import DoubleArray
from shoal.numerics.blocks import ordered_map, slices
from shoal.numerics.clusters import members
from shoal.parts.describers.colours import NAMED, colour_shares
from shoal.parts.describers.english import headline
from shoal.parts.describers.lexicon import kinds, nouns
from shoal.parts.describers.stop_words import STOP_WORDS
from shoal.parts.describers.terms import words
from shoal.parts.describers.zero_shot import Shown

CAMERA = frozenset(
    "img image images pic pics picture pictures photo photos dsc dscn dscf dcim pxl mvimg mvc sam "
    "jpg jpeg jpe jfif png apng webp gif tif tiff bmp dib mpo copy edited".split()
)
"""Words that cameras, and programs like them, put into the names of files."""
MIN_SHARE = 0.2
"""Share of a cluster's pictures that must have a word."""
MIN_LIFT = 1.3
"""How many times more common it must be inside than outside."""
MIN_CLASS = 0.04
"""Mean probability in a cluster that a class must have: one in a thousand is what chance gives."""
SURE, SURE_LIFT, SHOWN, SHOWN_BY = 0.15, 4.0, 0.05, 0.6
"""Mean probability of a kind of thing from which it names a cluster, how many times that of the
others, and how probable it is in how many of the pictures: what a small model sees in a scene is
spread over many classes, but elsewhere it is nil."""
FIRST = 0.4
"""Share of the pictures in which the likeliest class must be of the kind: a forest is a bit like
each of a hundred dogs, and those together are likelier than anything else."""
NEARLY = 0.75
"""Of kinds that are nearly as probable as the surest one, the least general is told."""
MIN_COLOUR, COLOUR_LIFT, COLOURED = 0.1, 2.0, 0.3
"""Share of the area that a colour must have to name a cluster, how many times the usual one that
is, and the share that one or two such colours must have."""
IN_FOLDER = 0.5
"""Share of the pictures from which a folder, or two of them, names a cluster."""
MOST_GENERAL = frozenset(
    "entity,physical entity,object,unit,artifact,living thing,being,covering,instrumentation,"
    "device,"
    "structure,transport,equipment,container,implement,substance,matter,commodity,chordate,group,"
    "vertebrate,placental,mammal,formation,person,abstraction,psychological feature,event,"
    "consumer goods,creation,article,wheeled vehicle,self-propelled vehicle,carnivore,conveyance,"
    "surface,way,organism,domestic animal,instrument,mechanism,protective covering,thing,"
    "elevation,canine,feline,ungulate,equine,woman's clothing,garment,overgarment".split(",")
)
"""Kinds that hold too much, or are called as nobody would."""
RECOGNISED = 600
RECOGNISED_OF_CLUSTER = (4, 24)
"""Pictures of one cluster that are looked at for classes, at least and at most."""
COLOUR_SIDE, AS_GROUND = 16, 40
"""Side to which pictures are shrunk for their colours, and levels from a made ground that are no
colour of the drawing: JPEG blurs its edges."""
BATCH = 256
MIXED = "mixed pictures"
"""What a cluster is called whose pictures show nothing in common that is sure."""


def describe_pictures(
    paths: Sequence[str],
    thumbnails: Sequence[bytes],
    labels: NDArray[np.int32],
    shown: Shown | None = None,
    without: Set[str] = frozenset(),
) -> list[tuple[str, tuple[str, ...]]]:
    """Title and keywords of each cluster of pictures.

    Parameters
    ----------
    paths : (n,) of the distinct pictures, or their ids
    thumbnails : (n,) a small JPEG of each
    labels : (n,) int32, -1 for noise
    shown : says what they show; None for nothing
    without : titles in lower case that are not given

    Returns
    -------
    One (title, keywords) per cluster; titles are unique
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    inside = members(labels, n_clusters)
    shares = _colours(thumbnails)
    seen = _seen(inside, shown)
    terms = [_path_words(path) for path in paths]
    folders = [_folders(path) for path in paths]
    out: list[tuple[str, tuple[str, ...]]] = []
    taken: set[str] = set(without)
    for cluster, rows in enumerate(inside):
        outside = np.setdiff1d(np.arange(len(labels)), rows, assume_unique=True)
        said = _standing_out(*_word_shares(terms, rows, outside))
        own = shares[rows].mean(axis=0)
        usual = _mean(shares, outside)
        telling = _standing_out(own, usual, list(NAMED), MIN_COLOUR, COLOUR_LIFT)[:2]
        if sum(own[list(NAMED).index(colour)] for colour in telling) < COLOURED:
            telling = []
        colours = list(dict.fromkeys([*telling, *(list(NAMED)[i] for i in np.argsort(-own))]))
        keywords = dict.fromkeys([*said[:5], *seen[cluster].classes[:4], *colours[:3]])
        named = [*_in_folders(*_word_shares(folders, rows, outside)), *seen[cluster].kinds]
        title = _title(named, telling, colours, taken)
        taken.add(title.lower())
        out.append((title, tuple(keywords)))
    return out


class Seen(NamedTuple):
    """What the pictures of a cluster show more than the others, the surest first.

    Parameters
    ----------
    classes : as the model calls them
    kinds : what most of them are for sure, in general
    """

    classes: list[str]
    kinds: list[str]


def _seen(inside: Sequence[NDArray[np.int64]], shown: Shown | None) -> list[Seen]:
    if shown is None or not inside:
        return [Seen([], []) for _ in inside]
    most = int(np.clip(RECOGNISED // len(inside), *RECOGNISED_OF_CLUSTER))
    above = [[name, *kinds().get(name, ())] for name in shown.names]
    common = frozenset(nouns().names) - MOST_GENERAL
    general = sorted({kind for chain in above for kind in chain[1:]} & common | {*shown.names})
    place = {kind: i for i, kind in enumerate(general)}
    sums = np.zeros((len(shown.names), len(general)))
    for i, chain in enumerate(above):
        sums[i, [place[kind] for kind in dict.fromkeys(chain) if kind in place]] = 1
    means, wholes, agreed = [], [], []
    for rows in inside:
        some = rows[np.arange(min(len(rows), most)) * len(rows) // min(len(rows), most)]
        found = np.asarray(shown.of(some), dtype=np.float64)
        whole = found @ sums
        means.append(found.mean(axis=0))
        wholes.append(whole.mean(axis=0))
        first = sums[found.argmax(axis=1)].mean(axis=0)
        agreed.append(((whole >= SHOWN).mean(axis=0) >= SHOWN_BY) & (first >= FIRST))
    rest, others = _others(np.array(means)), _others(np.array(wholes))
    out = []
    for c, (one, whole) in enumerate(zip(means, wholes, strict=True)):
        sure = np.where(agreed[c], whole, 0.0)
        told = _standing_out(sure, others[c], general, least=SURE, lift=SURE_LIFT)
        best = max((whole[place[kind]] for kind in told), default=0.0)
        near = [kind for kind in told if whole[place[kind]] >= NEARLY * best]
        near.sort(key=lambda kind: int(sums[:, place[kind]].sum()))
        out.append(Seen(_standing_out(one, rest[c], shown.names, least=MIN_CLASS), near))
    return out


def _others(found: DoubleArray) -> DoubleArray:
    """Of each cluster the mean of the other ones."""
    return np.asarray((found.sum(axis=0) - found) / max(len(found) - 1, 1))


def _title(
    named: Sequence[str],
    telling: Sequence[str],
    colours: Sequence[str],
    taken: set[str],
) -> str:
    """The surest name, or colours; more of them until no other cluster is called the same.

    Parameters
    ----------
    named : what the pictures show, the surest first
    telling : colours that they have more of than others; without any they are mixed pictures
    colours : all, those first
    taken : titles of others
    """
    plain = [f"{telling[0]} and {colour} pictures" for colour in telling[1:]]
    plain += [f"{colour} pictures" for colour in telling]
    plain = plain or [MIXED]
    told = [f"{name}, {colour}" for name in named[:1] for colour in colours]
    for title in (*named[:1], *told, *plain):
        if title.lower() not in taken:
            return headline(title)
    numbered = (f"{plain[0]} {n}" for n in count(2))
    return headline(next(title for title in numbered if title.lower() not in taken))


def _in_folders(inside: DoubleArray, outside: DoubleArray, names: Sequence[str]) -> list[str]:
    """The folder that most of the pictures lie in, or the two."""
    held = dict(zip(names, inside, strict=True))
    best = _standing_out(inside, outside, names)[:2]
    if best and held[best[0]] >= IN_FOLDER:
        return [best[0]]
    if len(best) == 2 and held[best[0]] + held[best[1]] >= IN_FOLDER:
        return [" and ".join(best)]
    return []


def _folders(path: str) -> frozenset[str]:
    """The folders a picture lies in, as a person would write their names."""
    out = set()
    for folder in path.replace("\\", "/").split("/")[:-1]:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folder)
        name = " ".join(re.sub(r"[\W\d_]+", " ", spaced).lower().split())
        if len(name) > 1 and not set(name.split()) <= CAMERA:
            out.add(name)
    return frozenset(out)


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
    inside: DoubleArray,
    outside: DoubleArray,
    names: Sequence[str],
    least: float = MIN_SHARE,
    lift: float = MIN_LIFT,
) -> list[str]:
    """Names that are common inside and clearly less so outside, the strongest first."""
    inside, outside = np.asarray(inside, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    kept = (inside >= least) & (inside >= lift * outside)
    weight = (inside * np.log((inside + 0.01) / (outside + 0.01))).round(9)
    order = np.lexsort((np.arange(len(names)), -weight))
    return [names[i] for i in order if kept[i]]


def _mean(shares: DoubleArray, rows: NDArray[np.int64]) -> DoubleArray:
    return shares[rows].mean(axis=0) if len(rows) else np.zeros(shares.shape[1])


def _drawn(pixels: NDArray[np.uint8], ground: int) -> NDArray[np.uint8]:
    """The pixels that are not the ground a drawing was laid over, or all if none is another."""
    away = np.abs(pixels.astype(np.int16) - ground).max(axis=1) > AS_GROUND
    return pixels[away] if away.any() else pixels


def _colours(thumbnails: Sequence[bytes]) -> DoubleArray:
    """Shares of the named colours in each picture, (n, n_colours)."""
    from PIL import Image

    def work(part: slice) -> DoubleArray:
        out = np.zeros((part.stop - part.start, len(NAMED)))
        for row, data in enumerate(thumbnails[part]):
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                ground = made_ground(image)
                if ground is None:
                    image.draft("RGB", (COLOUR_SIDE, COLOUR_SIDE))
                    small = image.convert("RGB").resize((COLOUR_SIDE, COLOUR_SIDE))
                    pixels = np.asarray(small).reshape(-1, 3)
                else:
                    pixels = _drawn(np.asarray(image.convert("RGB")).reshape(-1, 3), ground)
            out[row] = colour_shares(pixels)
        return out

    parts = list(ordered_map(work, slices(len(thumbnails), BATCH)))
    return np.concatenate(parts) if parts else np.zeros((0, len(NAMED)))
