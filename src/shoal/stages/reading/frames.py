"""Removing frames that many texts share, and the note about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shoal.data import IntArray
from shoal.data.texts import Texts
from shoal.errors import BadInput
from shoal.numerics.blocks import BLOCK_ROWS, ordered_map, slices
from shoal.parts.readers.table import Gather, in_memory
from shoal.text.finding_frames import SAMPLE, find_frames
from shoal.text.frames import Frames, none
from shoal.text.tokens import Tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class TakenOut:
    """The frames that were left out of texts before embedding.

    Parameters
    ----------
    frames : what was looked for
    changed : (n_rows,) bool, texts of which something was left out
    whole : (n_rows,) bool, texts that are nothing but frames, which were left whole
    """

    frames: Frames
    changed: NDArray[np.bool_]
    whole: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))

    @property
    def only_words(self) -> bool:
        """Whether nothing is looked for but words that somebody named."""
        return bool(self.frames.words) and not replace(self.frames, words=frozenset())

    @property
    def note(self) -> str:
        """One sentence for the user; empty where nothing was left out."""
        if not self.changed.any():
            return ""
        return self.frames.in_words(
            len(self.changed), int(self.changed.sum()), int(self.whole.sum())
        )

    def info(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {
            "rows": int(self.changed.sum()),
            "of": len(self.changed),
            "only_frame": int(self.whole.sum()),
            "shared": [
                {"text": one.text, "share": round(one.share, 4), "words": one.words}
                for one in self.frames.info
            ],
            "tokens": self.frames.token_names,
            "note": self.note,
        }


def frames_of(texts: Sequence[str | None], keys: NDArray[np.uint8], first: IntArray) -> Frames:
    """The frames of some texts, found in those whose keys are smallest, whatever their order.

    Parameters
    ----------
    texts : (n_rows,)
    keys, first : as of `Items`
    """
    distinct = np.flatnonzero(first == np.arange(len(first)))
    order = np.argsort(keys[distinct].copy().view(">u8")[:, 0], kind="stable")
    some = distinct[order[:SAMPLE]]
    chosen = texts.listed(some) if isinstance(texts, Texts) else [texts[row] for row in some]
    return find_frames([text or "" for text in chosen])


def without_frames(
    texts: Sequence[str | None], frames: Frames, gather: Gather = in_memory
) -> tuple[Texts, TakenOut]:
    """Texts without their frames, and what was left out.

    Parameters
    ----------
    texts : (n_rows,)
    frames : what is left out
    gather : puts the pieces of the new column together
    """
    n = len(texts)
    changed, whole = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    parts = slices(n, BLOCK_ROWS)

    def stripped(part: slice) -> list[tuple[str | None, bool]]:
        return list(frames.stripped(list(texts[part])))

    def pieces() -> Iterator[Any]:
        done = ordered_map(stripped, parts, releases_lock=False)
        for part, block in zip(parts, done, strict=True):
            before = list(texts[part])
            changed[part] = [new != old for (new, _), old in zip(block, before, strict=True)]
            whole[part] = [only for _, only in block]
            yield pa.table({"text": pa.array([new for new, _ in block], pa.large_string())})

    column = gather(pieces())["text"]
    if not changed.any():  # the user wants to keep the frames
        whole[:] = False
    return Texts(column), TakenOut(frames, changed, whole)


def _one_word(word: str) -> str:
    """A word that is to be left out, in lower case."""
    if len(Tokenizer().of([word])) != 1:
        raise BadInput(f"leave_out takes single words, got {word!r}. Name each word by itself.")
    return word.strip().lower()


def taken_out(
    texts: Sequence[str | None],
    keys: NDArray[np.uint8],
    first: IntArray,
    params: Mapping[str, Any],
    gather: Gather,
) -> tuple[Texts | None, TakenOut | None]:
    """The texts without their frames; None where none has any, or where they are to be kept.

    Parameters
    ----------
    texts, keys, first : as of `Items`
    params : keep_frames; leave_out, words; frames, those of a run whose rows these shall be read as
    gather : puts the pieces of the new column together
    """
    words = frozenset(_one_word(word) for word in params.get("leave_out") or ())
    if params.get("keep_frames") and not words:
        return None, None
    frames = params.get("frames")
    if frames is None:
        frames = none() if params.get("keep_frames") else frames_of(texts, keys, first)
        frames = replace(frames, words=words)
    if not frames:
        return None, TakenOut(frames, np.zeros(len(texts), dtype=bool))
    column, taken = without_frames(texts, frames, gather)
    return (column if taken.changed.any() else None), taken
