"""Paths on the command line: they may be remote, such as s3://bucket/run, and untrusted."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shoal.storage.remote import address_of, local_mirror, push


class Place(click.Path):
    """A run folder or an output file; for a remote one, its local mirror.

    What a command changes in a stand-in is sent when the command ends, however it ends.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The local path of what was given."""
        if not isinstance(value, str | Path) or address_of(value) is None:
            return super().convert(value, param, ctx)
        path = local_mirror(value, writes=isinstance(param, click.Option) and param.name != "other")
        if ctx is not None:
            ctx.call_on_close(functools.partial(push, path))
        return path


PLACE = Place(path_type=Path)
TRUST = click.option(
    "--trust",
    is_flag=True,
    help="Allow a run or recipe made by someone else to use the servers, models and files it "
    "names.",
)


def agreed(*stages: str, of: tuple[str, ...] = ("run",)) -> Callable[[Any], Any]:
    """A command that asks before using a run that this user did not make.

    Parameters
    ----------
    stages : whose parts the command uses; none for one that only looks at a run
    of : its arguments that are run folders
    """

    def wrap(command: Callable[..., None]) -> Any:
        @functools.wraps(command)
        def asking(*args: Any, trust: bool, **options: Any) -> None:
            from shoal.cli.agreeing import agree_on

            for name in of:
                if options[name] is not None:
                    agree_on(options[name], stages, trust=trust)
            command(*args, **options)

        return TRUST(asking)

    return wrap
