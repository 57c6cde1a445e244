"""A text in parts: what was left out of it before clustering, and which passage is about what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shoal.text.frames import Frames


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text.

    Parameters
    ----------
    text : what stands there
    frame : whether it was left out as something that many texts share
    cluster : of the passage that it is in; None where there is none
    """

    text: str
    frame: bool = False
    cluster: int | None = None


def frames_in(text: str, frames: Frames | None) -> list[tuple[int, int]]:
    """Begin and end of what a run left out of a text.

    Parameters
    ----------
    text : as it was read
    frames : of the run
    """
    out: list[tuple[int, int]] = []
    at = 0
    for piece, is_frame in frames.parts(text) if frames else ():
        if is_frame:
            out.append((at, at + len(piece)))
        at += len(piece)
    return out


def parts_of(
    text: str,
    framed: Sequence[tuple[int, int]],
    passages: Sequence[tuple[int, int, int]] = (),
) -> list[Part]:
    """A text in parts; together they are the text.

    Parameters
    ----------
    text : as it was read
    framed : begin and end of what was left out of it
    passages : begin, end and cluster of its passages, in order
    """
    borders = {0, len(text)}
    for start, end, *_ in (*framed, *passages):
        borders |= {min(start, len(text)), min(end, len(text))}
    return [
        Part(
            text[a:b],
            any(start <= a < end for start, end in framed),
            next((cluster for start, end, cluster in passages if start <= a < end), None),
        )
        for a, b in pairwise(sorted(borders))
    ]
