"""The content of run.json during a run, and whether a saved result is still valid."""

from __future__ import annotations

import dataclasses
import hashlib
import platform
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from shoal.artifacts.files import SCHEMA
from shoal.artifacts.folder import RunFolder
from shoal.artifacts.run_info import (
    Hashes,
    Ignored,
    ModelInfo,
    RunInfo,
    as_run_info,
)
from shoal.data import Items
from shoal.data.entries import Entry, ReadEntry
from shoal.data.source_columns import Block
from shoal.errors import BrokenRun, OutputExists, ShoalError
from shoal.numerics.blocks import available_threads
from shoal.numerics.scratch import give_back
from shoal.progress import Progress
from shoal.recipe import Recipe
from shoal.stages.assigning import distinct_keys
from shoal.storage import run_files
from shoal.storage.remote import push
from shoal.storage.trust import is_trusted

VERSIONS = ("numpy", "scipy", "scikit-learn", "onnxruntime", "tokenizers")


def peak_megabytes() -> int | None:
    """Peak memory of this process so far in MB; None if the system does not report it."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # the unit is a kilobyte on Linux and a byte on macOS
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))


@dataclasses.dataclass(slots=True)
class RunMetadata:
    """The content of run.json during a run: stages, counts, versions.

    Parameters
    ----------
    folder : where it is saved
    info : the content of run.json
    progress : advanced once for each stage
    """

    folder: RunFolder
    info: RunInfo
    progress: Progress

    @contextmanager
    def stage(
        self, name: str, fingerprint: str, *, rows: int, total: int | None = None
    ) -> Iterator[None]:
        """Time a stage and record that it is done."""
        self.progress.start(name, total)
        started = time.perf_counter()
        yield
        give_back()
        seconds = time.perf_counter() - started
        self.mark(name, fingerprint, seconds, rows)
        self.progress.finish(name, seconds)

    def resumed(self, name: str) -> None:
        """Record that a stage's saved result was reused."""
        self.info["stages"][name]["resumed"] = True
        self.progress.start(name)
        self.progress.finish(name, 0.0, resumed=True)

    def mark(self, name: str, fingerprint: str, seconds: float, rows: int) -> None:
        """Record that a stage is done."""
        self.info["stages"][name] = {
            "status": "done",
            "seconds": round(seconds, 3),
            "rows": rows,
            "peak_mb": peak_megabytes(),
            "fingerprint": fingerprint,
        }
        self.save()

    def add_notes(self, *notes: str) -> None:
        """Tell the reader of the run something, once."""
        self.info["notes"] += [note for note in notes if note and note not in self.info["notes"]]

    def set_model(self, model: ModelInfo) -> None:
        """Record what embeds the rows, before it does."""
        self.info["model"] = model
        self.save()

    def set_dims(self, n_dims: int) -> None:
        """Record the dimensions of the vectors."""
        self.info["model"]["dims"] = n_dims

    def set_ignored(self, ignored: Sequence[Ignored]) -> None:
        """Record the columns whose influence was removed; without any, the key is gone."""
        self.info.pop("ignored", None)
        if ignored:
            self.info["ignored"] = list(ignored)

    def set_parts(self, parts: list[Entry]) -> None:
        """Record how much each column of records had to do with the clusters."""
        self.info["parts"] = parts

    def finish(self, stages: Iterable[str], *, clusters: int, noise: int, labels: str) -> None:
        """Record the outcome; only these stages stay, in this order."""
        counts, hashes = self.info["counts"], self.info["hashes"]
        counts["clusters"], counts["noise"] = clusters, noise
        hashes["labels"] = labels
        self.info["status"] = "done"
        self.info["stages"] = {stage: self.info["stages"][stage] for stage in stages}
        self.save()

    @property
    def blocks(self) -> list[Block]:
        """The dimensions that each column of records has; none of other data."""
        return self.info["model"].get("blocks", []) if "model" in self.info else []

    def save(self) -> None:
        """Write run.json, and upload changes to a remote run."""
        self.folder.write_info(self.info)
        push(self.folder.path)

    def is_done(self, name: str, fingerprint: str, *files: str) -> bool:
        """Whether a stage's saved result is still valid."""
        entry = self.info["stages"].get(name)
        return (
            entry is not None
            and entry.get("status") == "done"
            and entry.get("fingerprint") == fingerprint
            and all(self._is_whole(file) for file in files)
        )

    def _is_whole(self, name: str) -> bool:
        """Whether a file exists and is unchanged since it was written."""
        try:
            self.folder.intact(name)
        except BrokenRun:
            return False
        return True


def data_hash(items: Items, salt: bytes = b"") -> str:
    """Hash of the contents, their texts and the exclusions: what every result depends on.

    Parameters
    ----------
    items : of the run
    salt : what results depend on beside that, such as the values that are ignored
    """
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(items.modality).encode())
    digest.update(distinct_keys(items).tobytes())
    for text in items.texts or ():
        data = b"\0" if text is None else str(text).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    digest.update(items.first.tobytes())
    if not salt:
        return digest.hexdigest()
    return hashlib.blake2b(digest.hexdigest().encode() + salt, digest_size=16).hexdigest()


def open_metadata(
    folder: RunFolder,
    recipe: Recipe,
    items: Items,
    title: str,
    hashed: str,
    *,
    force: bool,
    progress: Progress,
) -> RunMetadata:
    """Open a run's metadata: that of the finished run if data and recipe are the same.

    Parameters
    ----------
    folder : of the run
    recipe : every choice, columns named
    items : what was read
    title : what the data is called
    hashed : `data_hash` of the items
    force : whether another run in the folder may be written over
    progress : advanced once for each stage

    Raises
    ------
    OutputExists : if the folder holds another run and `force` is not given
    """
    whole = recipe.fingerprint("draw", hashed)
    old: ReadEntry = folder.read_json(run_files.RUN) if folder.is_run else {}
    same = old.get("hashes", {}).get("recipe") == whole
    if old and not same and not force:
        cut = _other_cut(folder, old, recipe, hashed)
        same_rows = f" For another cut of these rows: {cut}" if cut else ""
        raise OutputExists(
            f"{folder.path} holds a run of other data or other settings. Choose another -o, or add "
            f"--force to overwrite it.{same_rows}"
        )
    if old and same and old.get("status") == "done" and not force:
        return RunMetadata(folder, as_run_info(old), progress)
    info = _first_info(recipe, items, title, Hashes(items=hashed, recipe=whole))
    info["stages"] = dict(old.get("stages", {}))
    if not is_trusted(folder.path):
        info["stages"].pop("read", None)  # only a trusted run may say where its rows came from
    return RunMetadata(folder, info, progress)


def _counts(items: Items) -> dict[str, int]:
    """Count the rows that were read; with --where, also those that it left out."""
    counts = {
        "rows": len(items),
        "used": len(items) - len(items.excluded),
        "distinct": len(items.distinct),
        "excluded": len(items.excluded),
    }
    if "source_rows" in items.about:
        n_source = items.about["source_rows"]
        counts |= {"source": n_source, "filtered": n_source - len(items)}
    return counts


def _other_cut(folder: RunFolder, old: ReadEntry, recipe: Recipe, hashed: str) -> str | None:
    """The command that regroups a finished run by a recipe; None if regrouping is not enough."""
    if old.get("status") != "done" or old.get("hashes", {}).get("items") != hashed:
        return None
    try:
        before = Recipe.from_file(folder / run_files.RECIPE).completed().stages
    except ShoalError:
        return None
    wanted = recipe.completed().stages
    for stage in ("embed", "normalize", "reduce", "neighbors"):
        if {k: v for k, v in wanted[stage].items() if v is not None} != dict(before[stage]):
            return None
    cluster = wanted["cluster"]
    words = ["shoal", "cluster", str(folder.path)]
    if cluster["part"] != before["cluster"]["part"]:
        words += ["--cluster", str(cluster["part"])]
    if cluster.get("n_clusters") is not None:
        words += ["-k", str(cluster["n_clusters"])]
    elif cluster.get("detail") not in (None, before["cluster"].get("detail")):
        words += ["--detail", str(cluster["detail"])]
    if recipe.coverage != str(before["cluster"]["coverage"]).partition(" ")[0]:
        words += [] if "-k" in words else ["--coverage", recipe.coverage]
    return shlex.join(words) if len(words) > 3 else None


def _first_info(recipe: Recipe, items: Items, title: str, hashes: Hashes) -> RunInfo:
    """The content of run.json when a run begins."""
    return {
        "schema": SCHEMA,
        "shoal": version("shoal"),
        "status": "running",
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seed": recipe.seed,
        "title": title,
        "kind": items.about.get("table", "text"),
        "source": list(recipe.stages["read"].get("sources", [])),
        "columns": items.about.copy(),
        "notes": list(items.notes),
        "frames": None if items.taken is None else items.taken.info(),
        "counts": _counts(items),
        "excluded": dict(Counter(items.excluded.values())),
        "excluded_examples": [
            {"row": row, "id": str(items.ids[row]), "reason": why}
            for row, why in list(items.excluded.items())[:20]
        ],
        "versions": {
            "python": platform.python_version(),
            "shoal": version("shoal"),
            **{name: version(name) for name in VERSIONS},
        },
        "threads": available_threads(),
        "hashes": hashes,
        "stages": {},
    }
