"""Write docs/reference.md from the code: commands, options, parts, errors.

python docs/make_reference.py [--check]
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import click

from shoal import errors
from shoal.cli.app import shoal
from shoal.parts.engines import ENGINES
from shoal.parts.metrics import METRICS, TRAITS
from shoal.parts.readers import READERS
from shoal.plugins import Family
from shoal.recipe import ALIASES, DEFAULTS, FAMILIES

TARGET = Path(__file__).with_name("reference.md")


def commands() -> list[str]:
    """Return a section per command with its help as it is printed."""
    lines = ["## Commands", ""]
    for name in sorted(shoal.commands):
        command = shoal.commands[name]
        context = click.Context(command, info_name=f"shoal {name}", max_content_width=96)
        context.terminal_width = 96
        lines += [f"### shoal {name}", "", "```", command.get_help(context), "```", ""]
    return lines


def family(stage: str, parts: Family) -> list[str]:
    """Return a section with every part of a family and its parameters."""
    known = [alias for alias, target in ALIASES.items() if target == stage]
    also = f" (also: {', '.join(known)})" if known else ""
    lines = [f"### {stage}{also}", ""]
    default = DEFAULTS.get(stage, {}).get("part")
    for name, part in parts.parts.items():
        mark = " — default" if name == default else ""
        name = f"{name}:{part.argument}" if part.argument else name
        lines.append(f"- **{name}**{mark}: {part.summary}")
        if parts is METRICS:
            better = "higher" if TRAITS[name].higher_is_better else "lower"
            lines[-1] += f"; {better} is better"
            continue
        parameters = {} if parts is READERS else parts.documented(name)
        for key, value in parameters.items():
            shown = "" if value is inspect.Parameter.empty else f" = {value!r}"
            lines.append(f"    - `{stage}.{key}`{shown}")
    return [*lines, ""]


def errors_section() -> list[str]:
    """Return a section with every error."""
    lines = ["## Errors", ""]
    for name, kind in vars(errors).items():
        if inspect.isclass(kind) and issubclass(kind, errors.ShoalError):
            first = (kind.__doc__ or "").splitlines()[0]
            lines.append(f"- **{name}** ({kind.__bases__[-1].__name__}): {first}")
    return [*lines, "", "The command line prints them in one line and leaves with exit code 2.", ""]


def reference() -> str:
    """Return the whole page."""
    lines = [
        "# Reference",
        "",
        "Made from the code by `make docs`; a test compares them.",
        "",
        *commands(),
        "## Parts",
        "",
        "Set a parameter with `--set STAGE.PARAM=VALUE`, or in Python with "
        '`settings={"STAGE.PARAM": value}`.',
        "Beside those of the parts there are `read.text`, `read.image`, `read.vectors`, `read.id`, "
        "`read.truth`, `read.part`, "
        "`read.delimiter`, `read.encoding`, `read.header`, `read.footer`, `read.columns`, "
        "`read.outcome`, "
        "`read.dates`, `read.as`, `read.rfm`, `read.ocr`, `read.split`, `read.cache`, "
        "`read.where`, `read.query`, `read.sheet`, `read.keep_frames`, `read.leave_out`, "
        "`read.sentinels`, `read.scales`, "
        "`embed.weights`, `embed.cache`, "
        "`normalize.ignore`, `reduce.dedupe`, `neighbors.k`, `neighbors.exact_rows`, "
        "`cluster.coverage` and `evaluate.metrics`. `cluster.object` is what shoal itself writes "
        "where a clusterer was handed over in Python.",
        "",
    ]
    for stage, parts in {"read": READERS, **FAMILIES}.items():
        lines += family(stage, parts)
    lines += family("evaluate", METRICS) + family("engine", ENGINES)
    return "\n".join(lines + errors_section()).rstrip() + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != reference())
    TARGET.write_text(reference(), encoding="utf-8")
