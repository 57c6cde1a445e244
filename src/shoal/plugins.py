"""Find a part by its name: built-in tables and entry points, through the same door.

A family (``shoal.parts.clusterers`` and so on) holds one table, name -> :class:`Part`. Nothing is
imported until a part is asked for. Other packages add parts with the entry-point group of the
same name as the family's package. A Python object is accepted wherever a name is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from importlib.util import find_spec
from pkgutil import resolve_name
from typing import Any, Protocol, runtime_checkable

from shoal.errors import MissingExtra, UnknownPart

CONTEXT = frozenset({"seed", "n_threads", "pinned"})
"""Constructor arguments that the run fills in where a part has them."""


def taken(function: Callable[..., Any], **offered: Any) -> dict[str, Any]:
    """Return those of the offered arguments that a part's function has parameters for."""
    known = parameters_of(function)
    return {name: value for name, value in offered.items() if name in known}


def parameters_of(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a part's constructor or method, by name."""
    # a part is configured by what its constructor declares, as in scikit-learn
    return inspect.signature(function).parameters


@runtime_checkable
class HasChoices(Protocol):
    """A part some of whose parameters take one of a few words: parameter -> those words."""

    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part lives and what it needs.

    Parameters
    ----------
    target : "package.module:Class"
    summary : one line for `shoal parts`
    extra : the extra of shoal that brings its packages, if it needs one
    module : the package whose absence means that the extra is missing
    argument : what follows the name and a colon, such as "PATH"; it is handed to the part as its
        first argument. None for a part that is called by its name alone
    reaches : what it does outside of the run, such as "sends ... to {argument}"; None for a part
        that needs nothing but what is installed
    param_reaches : the same for a parameter that is not empty, with {value}
    part_params : parameters that name another part of the family
    """

    target: str
    summary: str
    extra: str | None = None
    module: str | None = None
    argument: str | None = None
    reaches: str | None = None
    param_reaches: Mapping[str, str] = field(default_factory=dict)
    part_params: tuple[str, ...] = ()

    def load(self) -> Callable[..., Any]:
        """Import the class or function."""
        found: Callable[..., Any] = resolve_name(self.target)
        return found


@dataclass(frozen=True, slots=True)
class Family:
    """The interchangeable parts of one kind.

    Parameters
    ----------
    kind : singular, such as "clusterer"
    group : entry-point group, such as "shoal.parts.clusterers"
    parts : the built-in table
    """

    kind: str
    group: str
    parts: Mapping[str, Part]

    def names(self) -> list[str]:
        """Names of the built-in and installed parts, sorted."""
        own = (f"{n}:{p.argument}" if p.argument else n for n, p in self.parts.items())
        return sorted({*own, *(e.name for e in entry_points(group=self.group))})

    def canonical(self, name: str) -> str:
        """Return a part's name as its table has it, where `-` and `_` are interchangeable.

        A name that no built-in part has is returned unchanged.
        """
        head, colon, argument = name.partition(":")
        same = {known.replace("-", "_"): known for known in self.parts}
        return same.get(head.replace("-", "_"), head) + colon + argument

    def has(self, name: str) -> bool:
        """Whether a name, with or without argument, stands for a part."""
        name = self.canonical(name)
        return name.partition(":")[0] in self.parts or name in self.names()

    def split(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Split a name into the part and the argument after its colon.

        Raises
        ------
        UnknownPart : if a part is given an argument it has no use for, or not given one it needs
        """
        head, colon, argument = self.canonical(name).partition(":")
        part = self.parts.get(head)
        if part is None:
            return name, ()
        if part.argument is None and colon:
            raise UnknownPart(f"the {self.kind} {head!r} takes no argument, got {name!r}.")
        if part.argument is not None and not argument:
            raise UnknownPart(
                f"the {self.kind} {head!r} needs an argument: {head}:{part.argument}, got {name!r}."
            )
        return head, (argument,) if argument else ()

    def outside_access(self, name: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What a part does outside the run, found without importing it.

        Parameters
        ----------
        name : the part, with its argument
        params : its parameters, the ones that are not its own too

        Yields
        ------
        The parameter that says so ("part" for the part itself), and a sentence without its end
        """
        head, _, argument = self.canonical(name).partition(":")
        part = self.parts.get(head)
        if part is None:
            yield (
                "part",
                (f"runs the code of {name!r}, which is not one of shoal's own {self.kind}s"),
            )
            return
        if part.reaches:
            yield "part", part.reaches.format(argument=argument, name=name)
        for key, info in part.param_reaches.items():
            if params.get(key):
                yield key, info.format(value=params[key])
        for key in part.part_params:
            for _, info in self.outside_access(str(params[key]), {}) if key in params else ():
                yield key, info

    def find(self, name: str) -> Callable[..., Any]:
        """Return the class or function of a name, with or without an argument.

        Raises
        ------
        UnknownPart : if no part has that name
        MissingExtra : if the packages it needs are not installed
        """
        name, _ = self.split(name)
        part = self.parts.get(name)
        if part is None:
            for entry in entry_points(group=self.group):
                if entry.name == name:
                    guest: Callable[..., Any] = entry.load()
                    return guest
            raise UnknownPart.among(self.kind, name, self.names())
        if part.module and find_spec(part.module) is None:
            raise MissingExtra(
                f"the {self.kind} {name!r} needs the package {part.module!r}, which is not "
                f"installed. Install it with: pip install 'shoal[{part.extra}]'"
            )
        return part.load()

    def parameters(self, name: str) -> dict[str, Any]:
        """Names and defaults of a part's parameters, without those the run fills in."""
        return self._own_parameters(name, self.find(name))

    def documented(self, name: str) -> dict[str, Any]:
        """Like `parameters`, of a built-in part whose packages may not be installed."""
        return self._own_parameters(name, self.parts[self.split(name)[0]].load())

    def _own_parameters(self, name: str, make: Callable[..., Any]) -> dict[str, Any]:
        given = len(self.split(name)[1])
        signature = parameters_of(make)
        return {
            key: parameter.default
            for key, parameter in list(signature.items())[given:]
            if key not in CONTEXT
            and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        }

    def taking(self, param: str) -> list[str]:
        """Names of the installed built-in parts that have a parameter, sorted."""
        able = []
        for name in sorted(self.parts):
            try:
                known = self.parameters(name)
            except MissingExtra:
                continue
            if param in known:
                able.append(name)
        return able

    def build(self, name: str, params: Mapping[str, Any], **context: Any) -> Any:
        """Build the part from the user's parameters and the run's context.

        Parameters
        ----------
        name : the part
        params : what the user chose; every key must be a parameter of the part
        context : `seed` and `n_threads`, handed on where the constructor has them

        Raises
        ------
        UnknownPart : if the name or one of the parameters does not exist
        """
        make = self.find(name)
        known = self.parameters(name)
        for key in params:
            if key not in known:
                raise UnknownPart.among(f"parameter of the {self.kind} {name!r}", key, known)
        signature = parameters_of(make)
        wanted = {key: value for key, value in context.items() if key in signature}
        return make(*self.split(name)[1], **dict(params), **wanted)
