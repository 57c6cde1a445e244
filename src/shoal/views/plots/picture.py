"""A picture of a run: shown in a notebook, saved for print or for the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shoal.errors import BadInput
from shoal.views.plots import live, still
from shoal.views.plots.marks import Drawing
from shoal.writing import check_free

STILL, LIVE = (".png", ".svg", ".pdf"), (".html",)
ENDINGS = STILL + LIVE


class Picture(Drawing):
    """A picture of a run: shows itself in a notebook, and is saved as .png, .svg, .pdf or .html."""

    @property
    def figure(self) -> Any:
        """The picture as a matplotlib Figure."""
        return still.figure(self)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the picture; the ending says how.

        Raises
        ------
        BadInput : for another ending
        OutputExists : if the file exists and `force` is not given
        MissingExtra : if the library that draws it is not installed
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise BadInput(f"a plot file must end in {', '.join(ENDINGS)}, got {path.name!r}.")
        check_free(path, force=force)
        (live if ending in LIVE else still).write(self, path)
        return path

    def _repr_png_(self) -> bytes:
        return still.png(self)
