"""What a process of the command does before its work begins."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Say that there is no pandas."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is kept out while pyarrow looks for it", name=name)


def keep_pandas_out() -> None:
    """Have pyarrow decide that there is no pandas, where it was not imported yet.

    Else pyarrow imports it on the first list that it converts, to ask whether that is a Series. A
    command holds no Series, and pandas takes a third of a second and 70 MB. A part of another
    package can still import it.
    """
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        import pyarrow as pa

        pa.array([])
    finally:
        sys.meta_path.remove(finder)
