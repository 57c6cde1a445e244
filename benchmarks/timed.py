"""One timed clustering of a process of its own; needs nothing but NumPy, so that peers have it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def save_timed(out: str, cluster: Callable[[], Any], name: str = "labels") -> None:
    """Call, and save what it gives, seconds of the clock and of the processor in a .npz."""
    started, used = time.perf_counter(), time.process_time()
    found = cluster()
    np.savez(
        out,
        **{name: found},
        seconds=time.perf_counter() - started,
        processor=time.process_time() - used,
    )
