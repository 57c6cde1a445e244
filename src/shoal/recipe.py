"""The recipe: the part and parameters of each stage, with reading and writing as TOML."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tomli_w

from shoal.errors import BadInput, NotTrusted, UnknownPart
from shoal.numerics.ivf.search import EXACT_ROWS
from shoal.parts.families import (
    ALIASES,
    NEVER_FROM_FILE,
    check_kind,
    outside_access_of,
    without_never,
)
from shoal.parts.families import FAMILIES as FAMILIES
from shoal.parts.metrics import METRICS
from shoal.plugins import HasChoices
from shoal.storage import run_files
from shoal.storage.trust import is_trusted

DEFAULTS: dict[str, dict[str, Any]] = {
    "read": {},
    "embed": {"part": "minilm"},
    "normalize": {"part": "l2"},
    "reduce": {"part": "pca"},
    "neighbors": {"k": 30, "exact_rows": EXACT_ROWS},
    "cluster": {"part": "communities", "coverage": "auto"},
    "evaluate": {"metrics": list(METRICS.parts)},
    "describe": {"part": "keywords"},
    "draw": {"part": "layout"},
    "engine": {"part": "local"},
}
"""Parameters of each stage, and of the engine: it works for all stages and decides no result."""
OF_MODALITY: dict[str, dict[str, str]] = {
    "image": {"embed": "efficientnet"},
    # a projection would break the cosine of records, which is a mean over columns
    "record": {"reduce": "none"},
}
"""Parts that take the place of the default ones where the data is not text."""
KINDS: dict[str, dict[str, Any]] = {
    "read": {
        "header": True,
        "footer": True,
        "keep_frames": False,
        "leave_out": [],
        "sentinels": True,
        "scales": True,
        "ocr": False,
        "split": "",
        "cache": True,
        "sources": [],
        "columns": [],
        "outcome": [],
        "rfm": [],
        **dict.fromkeys(
            (
                *("text", "image", "vectors", "id", "truth", "part", "delimiter", "encoding"),
                *("dates", "as", "where", "query", "sheet"),
            ),
            "",
        ),
    },
    "embed": {"cache": True, "weights": {}},
    "normalize": {"ignore": []},
    "reduce": {"dedupe": False},
    "neighbors": {"k": 30, "exact_rows": EXACT_ROWS},
    "cluster": {"coverage": "auto", "object": ""},
    "evaluate": {"metrics": []},
}
"""A value of the kind that each parameter of a stage takes that is not its part's."""
OWN = {stage: set(params) for stage, params in KINDS.items()}
"""Parameters that belong to a stage and not to its part."""
STAGES = tuple(stage for stage in DEFAULTS if stage != "engine")
COVERAGE_OF_K = "100 with n_clusters"
"""What -k brings: every row is placed, for as long as the number that was asked for holds."""
COVERAGES = ("auto", "100", COVERAGE_OF_K)


def _value(text: str) -> Any:
    """Parse a command-line value as TOML, or keep it as text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def parsed(setting: str) -> tuple[str, Any]:
    """Split ``stage.param=value`` into its name and its value.

    Raises
    ------
    BadInput : if it is not of that form
    """
    left, equals, right = setting.partition("=")
    stage, dot, key = left.strip().partition(".")
    if not (equals and dot and key):
        raise BadInput(
            f"--set takes stage.param=value, such as cluster.n_trials=8, got {setting!r}."
        )
    return f"{stage}.{key}", _value(right.strip())


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every choice of a run.

    Parameters
    ----------
    stages : stage -> its parameters; "part" names the part
    seed : of all randomness
    unasked : stage and parameter of what came from a file that nobody vouched for: such a choice
        may decide how rows are clustered, and not what is sent, loaded or read
    """

    stages: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {stage: dict(params) for stage, params in DEFAULTS.items()}
    )
    seed: int = 0
    unasked: frozenset[tuple[str, str]] = frozenset()

    def choose(self, stage: str, **params: Any) -> Recipe:
        """Return the recipe with some parameters of a stage set; a new part drops the old ones."""
        old = dict(self.stages[stage])
        if stage in FAMILIES and params.get("part"):
            params["part"] = FAMILIES[stage].canonical(str(params["part"]))
        if "part" in params:
            old.pop("object", None)  # a part chosen by name takes the place of an object
        if "part" in params and params["part"] != old.get("part"):
            old = self._kept(stage, old)
        return self._with(stage, old, params)

    def _with(self, stage: str, kept: Mapping[str, Any], chosen: Mapping[str, Any]) -> Recipe:
        """Return the recipe with a stage's kept parameters and the new ones."""
        unasked = {(s, key) for s, key in self.unasked if s != stage or key in kept}
        unasked -= {(stage, key) for key in chosen}
        stages = {**self.stages, stage: {**kept, **chosen}}
        return replace(self, stages=stages, unasked=frozenset(unasked))

    def for_modality(self, modality: str) -> Recipe:
        """Return the recipe with the default parts for a kind of data."""
        recipe = self
        for stage, part in OF_MODALITY.get(modality, {}).items():
            if self.part(stage) == DEFAULTS[stage]["part"]:
                recipe = recipe.choose(stage, part=part)
        return recipe

    def anew(self, stage: str, part: str) -> Recipe:
        """Return the recipe with a stage reset to its default part."""
        return self._with(stage, self._kept(stage, self.stages[stage]), {"part": part})

    @staticmethod
    def _kept(stage: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters a stage keeps when its part changes: its own, but not those set by -k."""
        own = {key: value for key, value in params.items() if key in OWN.get(stage, set())}
        return own | ({"coverage": "auto"} if own.get("coverage") == COVERAGE_OF_K else {})

    def with_setting(self, setting: str) -> Recipe:
        """Return the recipe with one ``stage.param=value`` set.

        Raises
        ------
        BadInput : if it is not of that form
        UnknownPart : if the stage does not exist
        """
        name, value = parsed(setting)
        stage, _, key = name.partition(".")
        return self.choose_checked(stage, key, value)

    def choose_checked(self, stage: str, key: str, value: Any) -> Recipe:
        """Return the recipe with one parameter set; the stage is given by name or kind of part.

        Raises
        ------
        UnknownPart : if the stage does not exist
        """
        stage = ALIASES.get(stage, stage)
        if stage not in DEFAULTS:
            raise UnknownPart.among("stage", stage, DEFAULTS)
        if isinstance(KINDS.get(stage, {}).get(key), str) and not isinstance(value, str):
            value = str(value)  # a column may be called 5, and coverage is the word "100"
        return self.choose(stage, **{key: value})

    def part(self, stage: str) -> str:
        """Name of the part that does a stage."""
        return str(self.stages[stage]["part"])

    @property
    def coverage(self) -> str:
        """What happens to rows that fit no cluster: "auto" leaves them out, "100" places them."""
        return str(self.stages["cluster"]["coverage"]).partition(" ")[0]

    def asks_for(self, metric: str) -> bool:
        """Whether a metric was requested by name; such a metric may be expensive."""
        names = self.stages["evaluate"]["metrics"]
        return metric in names and names != DEFAULTS["evaluate"]["metrics"]

    def params(self, stage: str) -> dict[str, Any]:
        """Parameters of a stage's part."""
        own = OWN.get(stage, set()) | {"part"}
        return {key: value for key, value in self.stages[stage].items() if key not in own}

    def build(self, stage: str, **context: Any) -> Any:
        """Build the part of a stage.

        Raises
        ------
        UnknownPart : if the part or a parameter does not exist
        MissingExtra : if a package it needs is not installed
        NotTrusted : if it comes from a file that nobody vouched for, and reaches out
        """
        self.check_trusted("the recipe", stage)
        return FAMILIES[stage].build(
            self.part(stage), self.params(stage), seed=self.seed, **context
        )

    def trusted(self) -> Recipe:
        """Return the recipe, marked as trusted by the user."""
        return replace(self, unasked=frozenset())

    def outside_access(self, *stages: str) -> list[str]:
        """What an untrusted recipe would reach outside the run, one phrase each.

        Parameters
        ----------
        stages : only what these do; all when none is named
        """
        return [
            info
            for stage in stages or self.stages
            for key, info in outside_access_of(stage, self.stages[stage])
            if (stage, key) in self.unasked
        ]

    def check_trusted(self, what: str, *stages: str) -> None:
        """Raise if an untrusted recipe would reach outside the run.

        Parameters
        ----------
        what : where it is from, for error messages
        stages : only what these do; all when none is named

        Raises
        ------
        NotTrusted : with everything that would be done
        """
        if info := self.outside_access(*stages):
            raise NotTrusted.because(what, info)

    def check(self) -> None:
        """Raise for unknown names and invalid values, before any work is done.

        Raises
        ------
        BadInput : if a stage, part, parameter or value is not one that exists
        """
        for stage in self.stages:
            self._check_stage(stage)
        if self.stages["cluster"]["coverage"] not in COVERAGES:
            raise BadInput(
                f"coverage must be auto or 100, got {self.stages['cluster']['coverage']!r}."
            )
        if not isinstance(self.seed, int) or not 0 <= self.seed < 2**31:
            raise BadInput(f"the seed must be a whole number from 0 to 2147483647: {self.seed!r}.")
        if not self.outside_access("evaluate"):
            for name in self.stages["evaluate"]["metrics"]:
                METRICS.find(name)

    def _check_stage(self, stage: str) -> None:
        """Raise for an unknown parameter of a stage or its part, or an invalid value."""
        if stage not in DEFAULTS:
            raise UnknownPart.among("stage", stage, DEFAULTS)
        if self.outside_access(stage):
            return  # its parameters are known only by running foreign code; `build` refuses it
        known: dict[str, Any] = dict(KINDS.get(stage, {}))
        words: Mapping[str, tuple[str, ...]] = {}
        if stage in FAMILIES:
            known |= {"part": "", **FAMILIES[stage].parameters(self.part(stage))}
            part = FAMILIES[stage].find(self.part(stage))
            words = part.words if isinstance(part, HasChoices) else words
        for key, value in self.stages[stage].items():
            if key not in known:
                raise UnknownPart.among(f"parameter of the stage {stage!r}", key, known)
            if value is not None:
                check_kind(f"{stage}.{key}", value, known[key])
            if key in words and value not in words[key]:
                raise UnknownPart.among(f"value of {stage}.{key}", str(value), words[key])

    def completed(self) -> Recipe:
        """Return the recipe with every default written out."""
        full = {stage: dict(params) for stage, params in self.stages.items()}
        for stage, family in FAMILIES.items():
            if family.has(self.part(stage)) and not self.outside_access(stage):
                defaults = family.parameters(self.part(stage))
                full[stage] = {"part": self.part(stage), **defaults, **full[stage]}
        return replace(self, stages=full)

    def fingerprint(self, until: str, data: str, without: Set[str] = frozenset()) -> str:
        """Hash of all choices up to a stage, the data and the version: what its result depends on.

        Parameters
        ----------
        until : the stage
        data : hash of the data
        without : parameters of that stage that do not matter
        """
        place = STAGES.index(until)
        full = self.completed().stages
        of_no_result = {"sources", "cache", *NEVER_FROM_FILE}
        info = {
            stage: {k: v for k, v in full[stage].items() if k not in of_no_result}
            for stage in STAGES[1 : place + 1]
        }
        if "cluster" in info:
            info["cluster"]["coverage"] = self.coverage  # whoever asked for it
        for key in without:
            info[until].pop(key, None)
        # column names only matter to the stages that save them
        named = ("id", "truth") if place >= STAGES.index("evaluate") else ("id",) * (not place)
        info["read"] = {key: full["read"].get(key) for key in named}
        text = json.dumps([info, self.seed, data, version("shoal")], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def to_toml(self, outcome: Mapping[str, Any] | None = None) -> str:
        """Format the recipe as TOML; the outcome goes in a table that is not read back."""
        full = self.completed().stages
        info: dict[str, Any] = {"schema": 1, "seed": self.seed}
        for stage in DEFAULTS:
            info[stage] = {
                key: value
                for key, value in full[stage].items()
                if value is not None and key not in NEVER_FROM_FILE
            }
        if outcome:
            info["outcome"] = dict(outcome)
        return tomli_w.dumps(info)

    @classmethod
    def from_toml(cls, text: str, name: str = "the recipe", *, trust: bool = False) -> Recipe:
        """Read a recipe back.

        Parameters
        ----------
        text : TOML
        name : what it is called, for messages
        trust : whether it may name servers, models and files; else `build` refuses such parts

        Raises
        ------
        BadInput : if it is not TOML, or has what a recipe has not
        """
        try:
            info = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"{name} is not valid TOML: {error}.") from error
        info.pop("outcome", None)
        if info.pop("schema", 1) != 1:
            raise BadInput(
                f"{name} was written by a newer version of shoal. Upgrade with: "
                "pip install -U shoal"
            )
        recipe = cls(seed=info.pop("seed", 0))
        for stage, params in info.items():
            if stage not in DEFAULTS or not isinstance(params, dict):
                raise UnknownPart.among(f"table of {name}", stage, DEFAULTS)
            recipe = recipe.choose(stage, **without_never(params, stage, name))
        if not trust:
            keys = {(stage, key) for stage, params in recipe.stages.items() for key in params}
            recipe = replace(recipe, unasked=frozenset(keys))
        recipe.check()
        return recipe

    @classmethod
    def from_file(cls, path: Path, *, trust: bool = False) -> Recipe:
        """Read a recipe from a file.

        Parameters
        ----------
        path : the file
        trust : as of `from_toml`; that of a run which this user made is trusted in any case

        Raises
        ------
        BadInput : if the file is missing or no recipe
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"cannot read the recipe {path}: {error}.") from error
        trust = trust or (path.name == run_files.RECIPE and is_trusted(path.parent))
        return cls.from_toml(text, path.name, trust=trust)
