"""Documents are read in processes of their own: in parallel, and none that fails ends the run.

PDFium takes one thread at a time, a damaged file may crash or hang whatever reads it, and a small
one may ask for all memory. So each document is read by a process that may be lost: who waits for it
is a thread, which gets the document or why there is none, and starts another process.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from shoal.parts.readers.documents import cache
from shoal.parts.readers.documents.document import MAX_CHARS, Document, Unreadable
from shoal.parts.readers.documents.entries import Entry
from shoal.parts.readers.documents.formats import read_document

SECONDS = 120.0
"""Of one document, after which its process is ended."""
MEMORY_BYTES = 4 << 30
"""Of address space of one process."""
SIZE = struct.Struct("<Q")
START = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve()"

Found = Document | str
"""A document, or why there is none."""


def read_here(entry: Entry, options: dict[str, Any]) -> Found:
    """Read a document in this process.

    Parameters
    ----------
    entry : which one
    options : encoding, ocr; cache, whether its text is kept for the next time
    """
    try:
        content = entry.content()
    except Unreadable as error:
        return str(error)
    except MemoryError:
        return "too large for memory"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    how = {key: value for key, value in options.items() if key != "cache"}
    key = cache.key_of(content, entry.name, how) if options.get("cache", True) else None
    known = cache.find(key) if key else None
    if known is not None:
        return known
    found = _parsed(content, entry.name, how)
    if key and not (isinstance(found, str) and "install" in found):
        cache.add(key, found)
    return found


def _parsed(content: bytes, name: str, options: dict[str, Any]) -> Found:
    try:
        found = read_document(content, name, **options)
    except Unreadable as error:
        return str(error)
    except MemoryError:
        return "too large for memory"
    except Exception as error:  # libraries raise anything on files that are not what they seem
        return f"damaged: it cannot be read ({type(error).__name__})"
    if len(found.text) > MAX_CHARS:
        return f"too large: {len(found.text):,} characters of text, the limit is {MAX_CHARS:,}"
    return found


class _Process:
    """A process that reads documents, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", START.format(path=sys.path, module=__name__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def read(self, entry: Entry, options: dict[str, Any]) -> Found | None:
        """A document, or why there is none; None where the process was lost."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(SECONDS, end)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            _send(self._process.stdin, (entry, options))
            return _received(self._process.stdout)  # type: ignore[no-any-return]
        except (OSError, EOFError, pickle.UnpicklingError):
            return f"it takes longer than {SECONDS:.0f} seconds to read" if late.is_set() else None
        finally:
            timer.cancel()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        self._process.kill()
        self._process.wait()


_idle: list[_Process] = []
"""Processes that wait for a document."""


def read_apart(entry: Entry, options: dict[str, Any]) -> Found:
    """Read a document in another process, which the next one is read in too; see `read_here`."""
    try:
        process = _idle.pop()
    except IndexError:
        try:
            process = _Process()
        except OSError:  # no more processes are to be had
            return read_here(entry, options)
    found = process.read(entry, options)
    if found is not None and process.lives:
        _idle.append(process)
    else:
        process.end()
    return "damaged: its reader crashes" if found is None else found


@contextmanager
def dismissing() -> Iterator[None]:
    """End all processes afterwards."""
    try:
        yield
    finally:
        while _idle:
            _idle.pop().end()


def _send(pipe: IO[bytes], what: Any) -> None:
    content = pickle.dumps(what)
    pipe.write(SIZE.pack(len(content)) + content)
    pipe.flush()


def _received(pipe: IO[bytes]) -> Any:
    head = pipe.read(SIZE.size)
    if len(head) < SIZE.size:
        raise EOFError
    (size,) = SIZE.unpack(head)
    content = pipe.read(size)
    if len(content) < size:
        raise EOFError
    return pickle.loads(content)


def serve() -> None:
    """Read documents until nobody asks any more: what a process does."""
    _bound()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    while True:
        try:
            entry, options = _received(sys.stdin.buffer)
        except (EOFError, KeyboardInterrupt):
            return
        _send(answers, read_here(entry, options))


def _bound() -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ImportError, ValueError, OSError):
        pass
