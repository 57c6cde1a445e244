"""Building blocks of every page: style, script, templates and content security policy."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from shoal.text import words
from shoal.views.figures.colours import Colour

if TYPE_CHECKING:
    from jinja2 import Environment


def policy(style: str, script: str) -> str:
    """Allow exactly this style and this script, and nothing from anywhere else.

    Parameters
    ----------
    style, script : the contents of the only two such elements of the page

    Returns
    -------
    A content security policy.
    """
    return (
        "default-src 'none'; "
        f"style-src '{_sha256(style)}'; script-src '{_sha256(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _sha256(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def asset(name: str, package: str = "shoal.views.report") -> str:
    """Style or script that comes with a package.

    Parameters
    ----------
    name : a file in its folder `assets`
    package : the package

    Returns
    -------
    Its text.
    """
    content = files(package).joinpath("assets", name).read_text(encoding="utf-8")
    return content.replace("\r\n", "\n")


def together(scripts: list[str]) -> str:
    """One script of several, which share their names with each other and no one else."""
    return '(() => {\n"use strict";\n' + "\n".join(scripts) + "})();\n"


def swatches(colours: list[Colour]) -> str:
    """Colours as rules of the style sheet: the policy of the page forbids style attributes."""
    return "\n".join(
        f".k{index}{{--light:{colour.light};--dark:{colour.dark}}}"
        for index, colour in enumerate(colours)
    )


@cache
def environment(package: str = "shoal.views.report") -> Environment:
    """The templates of a package, every value escaped.

    Parameters
    ----------
    package : has a folder `templates`

    Returns
    -------
    A Jinja environment with the filters of `words`; one a process, so that a template is compiled
    once.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def template(name: str) -> str:
        path = files(package).joinpath("templates", name)
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")

    made = Environment(
        loader=FunctionLoader(template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        count=words.count, decimal=words.decimal, many=words.many, percent=words.percent
    )
    return made
