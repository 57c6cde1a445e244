"""A disk cache of document texts by file hash, so that none is parsed twice."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import zlib
from dataclasses import asdict
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from shoal.parts.readers.documents.document import Document

log = logging.getLogger(__name__)
FORM = 3
"""Raised whenever the same file is read into another text than before."""
_warned = False


def documents_folder() -> Path:
    """Where texts are kept: inside SHOAL_CACHE, or where the system keeps caches."""
    named = os.environ.get("SHOAL_CACHE")
    root = Path(named) if named else user_cache_path("shoal", appauthor=False)
    return root / "documents"


def key_of(content: bytes, name: str, options: dict[str, object]) -> str:
    """What stands for a document: its bytes, its name, how it is read and by which version."""
    info = json.dumps([FORM, version("shoal"), name, options], sort_keys=True, default=str)
    key = blake2b(info.encode("utf-8", "replace"), digest_size=16)
    key.update(content)
    return key.hexdigest()


def find(key: str) -> Document | str | None:
    """Look up a document, or why it is unreadable; None if it is not cached."""
    try:
        info = json.loads(zlib.decompress(_place(key).read_bytes()))
        if "problem" in info:
            return str(info["problem"])
        return Document(**{**info, "attachments": tuple(info["attachments"])})
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None


def add(key: str, found: Document | str) -> None:
    """Save a result; a full or read-only disk disables the cache but never fails the run."""
    global _warned
    info = {"problem": found} if isinstance(found, str) else asdict(found)
    path = _place(key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
        temporary.write_bytes(zlib.compress(json.dumps(info).encode("utf-8", "replace"), 1))
        os.replace(temporary, path)
    except OSError as error:
        if not _warned:
            _warned = True
            log.warning("document texts cannot be cached in %s: %s", path.parent, error)


def held() -> tuple[int, int]:
    """How many documents are kept, and their bytes on disk."""
    sizes = [path.stat().st_size for path in documents_folder().glob("*/*.json.z")]
    return len(sizes), sum(sizes)


def clear() -> int:
    """Delete all documents; returns the freed bytes."""
    freed = held()[1]
    shutil.rmtree(documents_folder(), ignore_errors=True)
    return freed


def _place(key: str) -> Path:
    return documents_folder() / key[:2] / f"{key[2:]}.json.z"
