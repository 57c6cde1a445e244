"""Values as JSON can hold them, and curves as they stand in evaluation.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from shoal.data import Curve


def plain(value: Any) -> Any:
    """Numbers that JSON has no word for become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def curve_record(curve: Curve) -> dict[str, Any]:
    """A curve as it stands in evaluation.json: its fields, the arrays as lists."""
    return {**asdict(curve), "xs": curve.xs.tolist(), "ys": curve.ys.tolist()}


def curve_of(details: Mapping[str, Any]) -> Curve:
    """The curve of such a record."""
    ys = [np.nan if y is None else y for y in details["ys"]]
    return Curve(**{**details, "xs": np.array(details["xs"]), "ys": np.array(ys)})
