"""Answers of services kept on disk under the hash of what was asked, so that none is paid twice."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

log = logging.getLogger(__name__)


def answers_folder() -> Path:
    """Where answers are kept: inside SHOAL_CACHE, or where the system keeps caches."""
    named = os.environ.get("SHOAL_CACHE")
    root = Path(named) if named else user_cache_path("shoal", appauthor=False)
    return root / "answers"


class AnswerCache:
    """One small file per answer; processes need no lock.

    Parameters
    ----------
    folder : made when the first answer is kept
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, url: str, body: Mapping[str, Any]) -> Path:
        info = json.dumps([url, body], sort_keys=True).encode("utf-8", "replace")
        return self.folder / f"{blake2b(info, digest_size=16).hexdigest()}.json"

    def find(self, url: str, body: Mapping[str, Any]) -> str | None:
        """The answer to a question, None if it was never asked or its file is damaged."""
        try:
            info = json.loads(self._path(url, body).read_text(encoding="utf-8"))
            return str(info["answer"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def add(self, url: str, body: Mapping[str, Any], answer: str) -> None:
        """Keep an answer; a disk that is full or read-only costs the cache, never the run."""
        path = self._path(url, body)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = self.folder / f".{secrets.token_hex(8)}.tmp"
            temporary.write_text(json.dumps({"answer": answer}), encoding="utf-8")
            os.replace(temporary, path)
        except OSError as error:
            log.warning("answers cannot be cached in %s: %s", self.folder, error)

    def clear(self) -> int:
        """Forget all answers; returns how many there were."""
        n = len(list(self.folder.glob("*.json")))
        shutil.rmtree(self.folder, ignore_errors=True)
        return n
