"""Names of files as text, also those whose bytes are no UTF-8, and the files by such names."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

MAX_LISTED = 200_000
"""Entries of a folder among which a name is looked for."""


def shown_name(path: Path | str) -> str:
    """A path as text that any file can hold, slashes forward: bytes that are no UTF-8 as Latin-1.

    `path_named` leads back from it.
    """
    text = path.as_posix() if isinstance(path, Path) else path
    try:
        text.encode("utf-8")
        return text
    except UnicodeEncodeError:
        return "/".join(map(_shown, text.split("/")))


def _shown(part: str) -> str:
    try:
        part.encode("utf-8")
    except UnicodeEncodeError:
        data = os.fsencode(part)
        try:
            part = data.decode("cp1252")
        except UnicodeDecodeError:
            part = data.decode("latin-1")
    return part


def path_named(text: str) -> Path:
    """The file that a text names, which may be what `shown_name` made of its name."""
    path = Path(text)
    if text.isascii() or os.path.lexists(path):
        return path
    found = Path(path.anchor)
    for part in path.relative_to(path.anchor).parts:
        there = found / part
        if not part.isascii() and not os.path.lexists(there):
            other = _by_shown(str(found) or ".").get(part)
            there = there if other is None else found / other
        found = there
    return found if os.path.lexists(found) else path


@lru_cache(maxsize=64)
def _by_shown(folder: str) -> dict[str, str]:
    """Names in a folder that are no UTF-8, by what is shown of them."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry, _ in zip(entries, range(MAX_LISTED), strict=False)]
    except OSError:
        return {}
    return {shown: name for name in names if (shown := _shown(name)) != name}
