"""Search clusterers and parameters on a finished run; nothing is embedded again.

Every result is saved in tune.json the moment it exists, so that a search that was stopped goes
on. What is measured does not depend on when, or how often, that happened.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shoal.analysis.measuring import (
    N_PARTS,
    QUALITY,
    TrialContext,
    open_context,
    try_out,
    with_truth,
)
from shoal.analysis.trials import Candidate, Trial, key_of, pareto_front, space
from shoal.artifacts.files import SCHEMA
from shoal.artifacts.folder import RunFolder
from shoal.progress import SILENT, Progress
from shoal.stages.refinding import PART
from shoal.storage import run_files

FILE = run_files.TUNE


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a search has found so far.

    Parameters
    ----------
    run : the run folder
    trials : all that were tried, in their order
    kept : how many of them were tried before
    left : how many candidates were not tried, because the time was over
    """

    run: Path
    trials: tuple[Trial, ...]
    kept: int = 0
    left: int = 0

    @property
    def pareto_front(self) -> list[Trial]:
        """The trials worth a look, by rising number of clusters."""
        return pareto_front(self.trials)

    @property
    def best(self) -> Trial | None:
        """The trial of the highest quality, None where nothing was found."""
        return max(self.pareto_front, key=lambda trial: trial.quality, default=None)


def tune(
    path: Path,
    *,
    seconds: float | None = None,
    clusterers: Iterable[str] = (),
    truth: str | None = None,
    progress: Progress = SILENT,
) -> Tuning:
    """Try clusterers and parameters on a finished run; what was tried before is kept.

    Parameters
    ----------
    path : the run folder; tune.json is written there
    seconds : begin no trial that would end later than this, None for no limit
    clusterers : names of the parts to try, all that are installed when empty
    truth : column of true classes that the run carries; adds the ARI of each trial; the one
        of the last search when None
    progress : advanced once for each trial

    Returns
    -------
    All that is known now

    Raises
    ------
    ShoalError : if the data or an argument is unusable
    """
    context = open_context(path)
    info = context.run.info
    log = _Log.opened(context, info, truth)
    context = with_truth(context, log.truth)
    kept = len(log.trials)
    wanted = space(context.recipe, context.graph, int(info["counts"]["clusters"]), clusterers)
    todo = [candidate for candidate in wanted if not log.holds(candidate)]
    started = time.perf_counter()
    left = 0
    progress.start("tune", len(todo))
    if todo and seconds != 0:
        _ = context.parts  # made now, so that no trial is blamed for the time
    clock = _Clock(seconds, log.trials.values())
    for candidate in todo:
        if clock.allows(candidate.part):
            trial = try_out(context, candidate, log.found(candidate))
            clock.took(trial)
            log.add(trial)
        else:
            left += 1
        progress.advance()
    progress.finish("tune", time.perf_counter() - started, resumed=not todo)
    return Tuning(path, tuple(log.trials.values()), kept, left)


@dataclass(slots=True)
class _Log:
    """The trials of a run as they are saved in tune.json.

    Parameters
    ----------
    folder : of the run
    fingerprint : of what the trials depend on beside themselves
    truth : the column that their ARI is measured by, None if there is none
    trials : by their key
    """

    folder: RunFolder
    fingerprint: str
    truth: str | None
    trials: dict[str, Trial]

    @classmethod
    def opened(cls, context: TrialContext, info: Mapping[str, Any], truth: str | None) -> _Log:
        """What was saved before; nothing where the run's vectors are others now."""
        folder = context.run.folder
        log = cls(folder, _fingerprint(context, info), truth, {})
        details = folder.read_json(FILE) if (folder / FILE).is_file() else {}
        if details.get("schema") != SCHEMA or details.get("fingerprint") != log.fingerprint:
            return log
        before = details["truth"]
        log.truth = truth or before
        for entry in details["trials"]:
            trial = Trial(**entry)
            if log.truth != before:
                trial = replace(trial, ari=None)
            log.trials[key_of(trial.part, trial.params)] = trial
        return log

    def found(self, candidate: Candidate) -> Trial | None:
        return self.trials.get(key_of(candidate.part, candidate.params))

    def holds(self, candidate: Candidate) -> bool:
        """Whether nothing is left to do for a candidate."""
        trial = self.found(candidate)
        if trial is None:
            return False
        return bool(trial.failed) or self.truth is None or trial.ari is not None

    def add(self, trial: Trial) -> None:
        """Save a trial, and which are worth a look now."""
        self.trials[key_of(trial.part, trial.params)] = trial
        trials = list(self.trials.values())
        places = {id(trial): at for at, trial in enumerate(trials)}
        self.folder.write_json(
            FILE,
            {
                "schema": SCHEMA,
                "fingerprint": self.fingerprint,
                "quality": QUALITY,
                "truth": self.truth,
                "front": [places[id(trial)] for trial in pareto_front(trials)],
                "trials": [asdict(trial) for trial in trials],
            },
        )


class _Clock:
    """Tells whether another trial of a clusterer fits into the time that is left."""

    def __init__(self, seconds: float | None, known: Iterable[Trial]) -> None:
        self._end = float("inf") if seconds is None else time.perf_counter() + seconds
        self._last: dict[str, float] = {}
        for trial in known:
            self.took(trial)

    def took(self, trial: Trial) -> None:
        self._last[trial.part] = trial.seconds

    def allows(self, part: str) -> bool:
        return time.perf_counter() + self._last.get(part, 0.0) < self._end


def _fingerprint(context: TrialContext, info: Mapping[str, Any]) -> str:
    """What the trials of a run depend on beside themselves."""
    graph = info["stages"]["neighbors"]["fingerprint"]
    details = [graph, context.recipe.seed, context.coverage, info["shoal"], N_PARTS, PART, QUALITY]
    return hashlib.sha256(json.dumps(details).encode()).hexdigest()[:32]
