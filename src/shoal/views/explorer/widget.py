"""The explorer as a notebook widget, with the selection available in Python."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shoal.errors import BadInput, MissingExtra
from shoal.views.explorer.app import STATIC
from shoal.views.explorer.frozen import frozen
from shoal.views.explorer.view import RunView

HEIGHT = 640


def make_widget(path: Path, *, height: int = HEIGHT) -> Any:
    """A widget of a run for Jupyter, VS Code or Colab.

    Parameters
    ----------
    path : a finished run
    height : pixels

    Returns
    -------
    anywidget: ``widget.selection`` holds the rows that are drawn around, found, or of the chosen
    cluster; ``widget.observe(function, "selection")`` calls a function whenever that changes

    Raises
    ------
    MissingExtra : if anywidget is not installed
    BadInput : if the page is not built, or the run has too many rows
    """
    if find_spec("anywidget") is None:
        raise MissingExtra(
            "the widget needs anywidget, which is not installed. Install it with: pip "
            "install 'shoal[notebook]'"
        )
    import anywidget
    import traitlets

    module, style = STATIC / "widget" / "widget.js", STATIC / "widget" / "widget.css"
    if not module.is_file():
        raise BadInput("the widget is not built. In a clone of the project, run: make page")

    class Explorer(anywidget.AnyWidget):  # type: ignore[misc]
        """The map, the list and the pages of a run's clusters."""

        _esm = module.read_text(encoding="utf-8")
        _css = style.read_text(encoding="utf-8")
        data = traitlets.Dict().tag(sync=True)
        height = traitlets.Int().tag(sync=True)
        selection = traitlets.List(traitlets.Int()).tag(sync=True)

    return Explorer(data=frozen(RunView(path)), height=height, selection=[])
