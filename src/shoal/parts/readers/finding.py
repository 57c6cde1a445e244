"""What is found out about a column of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """What a column is.

    Parameters
    ----------
    kind : "number", "date", "category", "text", or what it is left out for: "id", "constant",
        "empty", "free text", "nested", "code", "name", "place", "list", "unsure date"
    why : in a few words
    values : (n,) float64 with nan for gaps, or texts with None; empty for what is left out
    form : how its values are written: of numbers or of dates, or ""
    notes : sentences for the user
    role : what it holds, for people: also "flag"; as `kind` where ""
    meant : words such as "none" that are values of this column, and gaps in others; of numbers
        those that are gaps, such as -999
    """

    kind: str
    why: str
    values: Values = field(default_factory=lambda: np.empty(0))
    form: str = ""
    notes: tuple[str, ...] = ()
    role: str = ""
    meant: tuple[str, ...] = ()

    @property
    def role_in_word(self) -> str:
        """The role in one word."""
        plain = {"free text": "text", "unsure date": "date", "nested": "list"}
        return self.role or plain.get(self.kind, self.kind)
