"""Options that may be given only once: a second one would silently replace the first."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from shoal.cli.starting import keep_pandas_out

INSTEAD = {
    "text": "To cluster by several text columns, use --columns 'A,B'.",
    "image": "To cluster by several picture columns, use --columns 'A,B'.",
    "vectors": "To cluster by several vector columns, use --columns 'A,B'.",
    "columns": "Use one list: --columns 'A,B'.",
    "outcome": "Use one list: --outcome 'A,B'.",
    "where": "Join the conditions: --where 'A AND B'.",
}
"""What is meant, perhaps, by who gives an option twice."""


class Once(click.Command):
    """A command that rejects repeated options, unless they are repeatable."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Count how often each option is given, then parse the arguments."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for param, n in Counter(order).items():
            if n > 1 and isinstance(param, click.Option) and not _takes_several(param):
                name = max(param.opts, key=len)
                end = INSTEAD.get(str(param.name), "Keep the one you mean.")
                raise click.UsageError(f"{name} was given {n} times. {end}", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; in a process of its own, nothing but the command counts."""
        if ctx.obj:
            keep_pandas_out()
        return super().invoke(ctx)


def _takes_several(param: Any) -> bool:
    return bool(param.multiple or param.count or param.is_flag)
