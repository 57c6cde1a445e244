"""Paths on the command line that may be remote: s3://bucket/run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from shoal.remote import address_of, pusher, stand_in


class Place(click.Path):
    """A run folder or an output file; of a remote one, its local stand-in.

    What a command changes in a stand-in is sent when the command ends, however it ends.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The local path of what was given."""
        if not isinstance(value, str | Path) or address_of(value) is None:
            return super().convert(value, param, ctx)
        path = stand_in(value, writes=isinstance(param, click.Option) and param.name != "other")
        if ctx is not None:
            ctx.call_on_close(pusher(path))
        return path


PLACE = Place(path_type=Path)
