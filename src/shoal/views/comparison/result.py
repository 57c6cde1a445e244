"""A comparison that can be displayed in a notebook and saved to a file."""

from __future__ import annotations

import json
from pathlib import Path

from shoal.analysis.comparison.result import ComparedRuns
from shoal.errors import BadInput
from shoal.views.comparison.page import cell, page, picture
from shoal.writing import TABLE_ENDINGS, check_free, write_table, write_text

ENDINGS = (".html", ".svg", ".json", *TABLE_ENDINGS)


class Comparison(ComparedRuns):
    """Two runs of the same rows side by side; shows itself in a notebook."""

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Save the comparison; the file ending decides the format.

        Parameters
        ----------
        path : .html for a page with the flow picture, .svg for the picture, .json for changes
            and flows, .csv, .jsonl or .parquet for the table of rows
        force : write over what is there

        Returns
        -------
        The path

        Raises
        ------
        BadInput : for any other ending
        OutputExists : if the file exists and `force` is not given
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise BadInput(
                f"a comparison file must end in {', '.join(ENDINGS)}, got {path.name!r}."
            )
        check_free(path, force=force)
        if ending in TABLE_ENDINGS:
            write_table(self.rows(), path)
        elif ending == ".json":
            info = json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
            write_text(info + "\n", path)
        else:
            write_text(page(self) if ending == ".html" else picture(self), path)
        return path

    def _repr_html_(self) -> str:
        """The flow picture and a sentence, for notebooks; every text is escaped."""
        return cell(self)


compare = Comparison.of
