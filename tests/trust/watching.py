"""A folder outside of every run, in which the system says of each file that is touched."""

import ctypes
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MARK = "what nobody may see"
ACCESS, MODIFY, MOVED, CREATE, DELETE, OPEN = 0x1, 0x2, 0xC0, 0x100, 0x200, 0x20
SEEN = ACCESS | MODIFY | MOVED | CREATE | DELETE | OPEN
NONBLOCK = os.O_NONBLOCK if hasattr(os, "O_NONBLOCK") else 0
ABLE = sys.platform == "linux"


class Watched:
    """Files of the kinds that shoal reads, and what was done to them.

    Parameters
    ----------
    folder : to make
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        for name in ("secret.txt", "secret.csv", "secret.json", "secret.toml", "evil.py"):
            (folder / name).write_text(f"text\n{MARK}\n", encoding="utf-8")
        np.save(folder / "secret.npy", np.ones((200, 8), dtype=np.float32))
        np.savez(folder / "secret.npz", v=np.ones((200, 8), dtype=np.float32))
        pq.write_table(pa.table({"text": [MARK] * 200}), folder / "secret.parquet")
        (folder / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n" + MARK.encode())
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._events = self._libc.inotify_init1(NONBLOCK)
        assert self._events >= 0
        assert self._libc.inotify_add_watch(self._events, os.fsencode(folder), SEEN) >= 0

    def touched(self) -> set[str]:
        """Names of the files that were touched since the last call, "" for the folder itself."""
        try:
            data, found = os.read(self._events, 1 << 20), set()
        except BlockingIOError:
            return set()
        while data:
            length = struct.unpack_from("iIII", data)[3]
            found.add(data[16 : 16 + length].rstrip(b"\0").decode())
            data = data[16 + length :]
        return found

    def close(self) -> None:
        """Watch no longer."""
        os.close(self._events)
