"""The run: one line a stage, each result saved the moment it exists, what is there not redone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from shoal import stages
from shoal.data import Clustering, Embeddings, FloatArray, Items, Neighbors
from shoal.embedders.base import BatchPlan, Embedder
from shoal.engines.local import LocalEngine
from shoal.errors import OutputExists
from shoal.numerics.blocks import available_threads
from shoal.planning import Plan, make_plan
from shoal.prediction import save_model
from shoal.progress import SILENT, Progress
from shoal.recipe import STAGES, Recipe
from shoal.run import Run
from shoal.run_folder import SCHEMA, RunFolder
from shoal.tables import save_tables

VERSIONS = ("numpy", "scipy", "scikit-learn", "scikit-network", "onnxruntime", "tokenizers")


@dataclasses.dataclass(slots=True)
class Record:
    """What run.json says while a run goes on: stages, counts, versions.

    Parameters
    ----------
    folder : where it is saved
    told : the content of run.json
    progress : told of each stage
    """

    folder: RunFolder
    told: dict[str, Any]
    progress: Progress

    @contextmanager
    def stage(
        self, name: str, fingerprint: str, *, rows: int, total: int | None = None
    ) -> Iterator[None]:
        """Time a stage and save that it is done."""
        self.progress.start(name, total)
        started = time.perf_counter()
        yield
        seconds = time.perf_counter() - started
        self.mark(name, fingerprint, seconds, rows)
        self.progress.finish(name, seconds)

    def resumed(self, name: str) -> None:
        """Tell that a stage's result was there already."""
        self.told["stages"][name]["resumed"] = True
        self.progress.start(name)
        self.progress.finish(name, 0.0, resumed=True)

    def mark(self, name: str, fingerprint: str, seconds: float, rows: int) -> None:
        """Save that a stage is done."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # the unit is a kilobyte on Linux and a byte on macOS
        peak_mb = peak / (1024 * 1024 if platform.system() == "Darwin" else 1024)
        self.told["stages"][name] = {
            "status": "done",
            "seconds": round(seconds, 3),
            "rows": rows,
            "peak_mb": round(peak_mb),
            "fingerprint": fingerprint,
        }
        self.save()

    def save(self) -> None:
        """Write run.json."""
        self.folder.write_json("run.json", self.told)

    def is_done(self, name: str, fingerprint: str, *files: str) -> bool:
        """Whether a stage's saved result still holds."""
        entry = self.told["stages"].get(name, {})
        return (
            entry.get("status") == "done"
            and entry.get("fingerprint") == fingerprint
            and all((self.folder / file).is_file() for file in files)
        )


def data_hash(items: Items) -> str:
    """Hash of ids, contents and what was excluded: what every result depends on."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(items.modality).encode())
    for content in items.contents:
        data = b"\0" if content is None else str(content).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    digest.update(items.first.tobytes())
    return digest.hexdigest()


def run(
    recipe: Recipe,
    source: Any,
    path: Path,
    *,
    title: str = "",
    objects: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Progress = SILENT,
    on_plan: Callable[[Plan], None] | None = None,
) -> Run:
    """Do a whole run into a folder; a run that was stopped goes on where it stopped.

    Parameters
    ----------
    recipe : every choice
    source : what `stages.read` takes
    path : the run folder
    title : what the data is called
    objects : stage -> an object used in place of the recipe's part
    force : do again what another recipe or other data left in the folder
    progress : told how it goes
    on_plan : told the plan before the work

    Returns
    -------
    The finished run

    Raises
    ------
    ShoalError : for whatever the user can mend
    """
    recipe.check()
    objects = dict(objects or {})
    parts = {
        stage: objects.get(stage) or recipe.build(stage)
        for stage in ("normalize", "reduce", "cluster", "describe", "draw")
    }
    started = time.perf_counter()
    progress.start("read")
    items = stages.read(source, recipe.stages["read"])
    seconds = time.perf_counter() - started
    recipe = recipe.choose("read", text=items.about["text"], id=items.about["id"])
    hashed = data_hash(items)
    folder = RunFolder(path)
    record = _record(folder, recipe, items, title, hashed, force=force, progress=progress)
    progress.finish("read", seconds)
    if record.told.get("status") == "done":
        return Run(path)
    embedder = objects.get("embed") or recipe.build("embed")
    batches = embedder.plan([items.contents[row] for row in items.distinct])
    plan = make_plan(items, embedder, batches, path, recipe.stages["neighbors"]["k"])
    if on_plan:
        on_plan(plan)
    folder.claim(force=force)
    record.told["model"] = {
        "name": embedder.info.name,
        "licence": embedder.info.licence,
        "revision": embedder.info.revision,
        "truncated": batches.truncated,
    }
    _save_items(record, items, seconds, recipe.fingerprint("read", hashed))
    unit = _vectors(record, recipe, items, embedder, batches, parts["normalize"], hashed)
    record.told["model"]["dims"] = int(unit.vectors.shape[1])
    reduced, graph = _graph(record, recipe, items, unit, parts["reduce"], hashed)
    clustering = _clusters(record, recipe, items, reduced, graph, parts["cluster"], hashed)
    _explain(record, recipe, items, unit, reduced, graph, clustering, parts, hashed)
    _finish(record, recipe, items, clustering)
    return Run(path)


def _record(
    folder: RunFolder,
    recipe: Recipe,
    items: Items,
    title: str,
    hashed: str,
    *,
    force: bool,
    progress: Progress,
) -> Record:
    """The record of this run: the one in the folder if it is of the same data and recipe."""
    whole = recipe.fingerprint("draw", hashed)
    old = folder.read_json("run.json") if folder.is_run else {}
    same = old.get("hashes", {}).get("recipe") == whole
    if old and not same and not force:
        raise OutputExists(
            f"{folder.path} holds a run of other data or with other choices. "
            "Choose another -o, or add --force to write over it."
        )
    if old and same and old.get("status") == "done" and not force:
        return Record(folder, old, progress)
    reasons = Counter(items.excluded.values())
    told = {
        "schema": SCHEMA,
        "shoal": version("shoal"),
        "status": "running",
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seed": recipe.seed,
        "title": title,
        "source": list(recipe.stages["read"].get("sources", [])),
        "columns": dict(items.about),
        "notes": list(items.notes),
        "counts": {
            "rows": len(items),
            "used": len(items) - len(items.excluded),
            "distinct": len(items.distinct),
            "excluded": len(items.excluded),
        },
        "excluded": dict(reasons),
        "excluded_examples": [
            {"row": row, "id": str(items.ids[row]), "reason": why}
            for row, why in list(items.excluded.items())[:20]
        ],
        "stages": old.get("stages", {}),
        "versions": {
            "python": platform.python_version(),
            "shoal": version("shoal"),
            **{name: version(name) for name in VERSIONS},
        },
        "threads": available_threads(),
        "hashes": {"items": hashed, "recipe": whole},
    }
    return Record(folder, told, progress)


def _save_items(record: Record, items: Items, seconds: float, fingerprint: str) -> None:
    import pyarrow as pa

    if not record.is_done("read", fingerprint, "items.parquet"):
        table = pa.table({"id": items.ids, "text": pa.array(items.contents, pa.large_string())})
        for name in items.columns.column_names:
            table = table.append_column(name, items.columns[name])
        record.folder.write_table("items.parquet", table)
    record.mark("read", fingerprint, seconds, len(items))


def _vectors(
    record: Record,
    recipe: Recipe,
    items: Items,
    embedder: Embedder,
    plan: BatchPlan,
    normalizer: Any,
    hashed: str,
) -> Embeddings:
    """Embed and normalize into a memory map; resumes after the last finished batch."""
    folder, n_rows = record.folder, len(items)
    data = f"{hashed} {embedder.info.revision}"
    print_normal = recipe.fingerprint("normalize", data)
    history = (embedder.info.name, *normalizer.history)
    if record.is_done("normalize", print_normal, "embeddings.npy"):
        record.resumed("embed")
        record.resumed("normalize")
        return Embeddings(folder.map_array("embeddings.npy"), history)
    print_embed = recipe.fingerprint("embed", data)
    raw_name, count_name = "model/embeddings.raw.npy", "model/embeddings.done.json"
    done = 0
    if (folder / count_name).is_file() and (folder / raw_name).is_file():
        count = json.loads((folder / count_name).read_text(encoding="utf-8"))
        done = count["batches"] if count["fingerprint"] == print_embed else 0
    with record.stage("embed", print_embed, rows=n_rows, total=len(items.distinct)):
        if done:
            out: FloatArray = np.load(folder / raw_name, mmap_mode="r+")
        else:
            contents = [items.contents[items.distinct[i]] for i in plan.batches[0][:1]]
            n_dims = embedder.transform(contents).shape[1]
            out = folder.new_map(raw_name, (n_rows, n_dims))
        save = _saver(folder, out, count_name, print_embed)
        raw = stages.embed(
            items,
            embedder,
            plan,
            LocalEngine(),
            out,
            done=done,
            saved=save,
            progress=record.progress,
        )
    with record.stage("normalize", print_normal, rows=n_rows):
        with folder.writing("embeddings.npy") as path:
            target: Any = np.lib.format.open_memmap(
                path, mode="w+", dtype=np.float32, shape=raw.vectors.shape
            )
            stages.normalize(raw, normalizer, target)
            target.flush()
            del target
        for name in (raw_name, count_name):
            (folder / name).unlink(missing_ok=True)
    return Embeddings(folder.map_array("embeddings.npy"), history)


def _saver(
    folder: RunFolder, out: FloatArray, count_name: str, fingerprint: str
) -> Callable[[int], None]:
    """Save the number of finished batches every few seconds, after the vectors themselves."""
    last = time.monotonic()

    def save(batches: int) -> None:
        nonlocal last
        if time.monotonic() - last > 2.0:
            out.flush()  # type: ignore[attr-defined]
            folder.write_json(count_name, {"fingerprint": fingerprint, "batches": batches})
            last = time.monotonic()

    return save


def _graph(
    record: Record, recipe: Recipe, items: Items, unit: Embeddings, reducer: Any, hashed: str
) -> tuple[Embeddings, Neighbors]:
    """Reduce, then find the neighbors that every later stage shares."""
    folder = record.folder
    vectors = stages.distinct_vectors(items, unit)
    data = f"{hashed} {record.told['model']['revision']}"
    print_reduce = recipe.fingerprint("reduce", data)
    if record.is_done("reduce", print_reduce, "model/reducer.npz"):
        reducer.restore(folder.read_arrays("model/reducer.npz"))
        saved = folder / "model/reduced.npy"
        base = folder.map_array("model/reduced.npy") if saved.is_file() else vectors.vectors
        reduced = Embeddings(base, unit.history + tuple(reducer.history))
        record.resumed("reduce")
    else:
        with record.stage("reduce", print_reduce, rows=len(vectors)):
            (folder / "model/reduced.npy").unlink(missing_ok=True)
            reduced = stages.reduce(vectors, reducer)
            if reduced.vectors.shape != vectors.vectors.shape:
                folder.write_array("model/reduced.npy", reduced.vectors)
            folder.write_arrays("model/reducer.npz", **reducer.arrays())
    print_graph = recipe.fingerprint("neighbors", data)
    if record.is_done("neighbors", print_graph, "neighbors.npz"):
        record.resumed("neighbors")
        return reduced, folder.read_neighbors(items.distinct)
    with record.stage("neighbors", print_graph, rows=len(reduced), total=len(reduced)):
        k = recipe.stages["neighbors"]["k"]
        graph = stages.neighbors(reduced, k, progress=record.progress)
        folder.write_neighbors(graph, items.distinct, len(items))
    return reduced, graph


def _clusters(
    record: Record,
    recipe: Recipe,
    items: Items,
    reduced: Embeddings,
    graph: Neighbors,
    clusterer: Any,
    hashed: str,
) -> Clustering:
    """Cluster, and save what predict needs."""
    folder = record.folder
    fingerprint = recipe.fingerprint("cluster", f"{hashed} {record.told['model']['revision']}")
    files = ("model/clustering.npz", "model/contents.npz", "model/model.json")
    if record.is_done("cluster", fingerprint, *files):
        record.resumed("cluster")
        return folder.read_clustering()[0]
    coverage = recipe.stages["cluster"]["coverage"]
    with record.stage("cluster", fingerprint, rows=len(reduced)):
        clustering, centres = stages.cluster(reduced, graph, clusterer, coverage)
        folder.write_clustering(clustering, centres)
        save_model(folder, items, graph, clustering, coverage)
    return clustering


def _explain(
    record: Record,
    recipe: Recipe,
    items: Items,
    unit: Embeddings,
    reduced: Embeddings,
    graph: Neighbors,
    clustering: Clustering,
    parts: Mapping[str, Any],
    hashed: str,
) -> None:
    """Evaluate, describe, draw, and save the tables that people and programs read."""
    vectors = stages.distinct_vectors(items, unit)
    n = len(vectors)
    truth_name = recipe.stages["read"].get("truth")
    truth = None
    if truth_name:
        place = items.about["text"] == truth_name
        truth = [str(v) for v in (items.contents if place else _column(items, truth_name))]
    with record.stage("evaluate", recipe.fingerprint("evaluate", hashed), rows=n):
        names = recipe.stages["evaluate"]["metrics"]
        evaluation, values, rivals = stages.evaluate(items, vectors, clustering, names, truth)
    with record.stage("describe", recipe.fingerprint("describe", hashed), rows=n):
        descriptions = stages.describe(
            items,
            vectors,
            clustering,
            values,
            rivals,
            parts["describe"],
            recipe.part("describe"),
        )
    epochs = getattr(parts["draw"], "n_epochs", None)
    with record.stage("draw", recipe.fingerprint("draw", hashed), rows=n, total=epochs):
        picture = stages.draw(reduced, graph, parts["draw"], progress=record.progress)
        detail = recipe.stages["cluster"].get("detail", "normal")
        save_tables(
            record.folder,
            items,
            graph,
            clustering,
            evaluation,
            descriptions,
            picture,
            {"detail": detail, "truth": truth_name},
        )


def _column(items: Items, name: str) -> list[Any]:
    """Values of a column of the source by the name it has there."""
    if name == items.about["id"]:
        values: list[Any] = items.ids.to_pylist()
        return values
    for candidate in (name, f"{name}_1"):
        if candidate in items.columns.column_names:
            values = items.columns[candidate].to_pylist()
            return values
    raise AssertionError(name)  # read has checked that the column exists


def _finish(record: Record, recipe: Recipe, items: Items, clustering: Clustering) -> None:
    """Save the recipe with its outcome, then say that the run is done."""
    labels = items.spread(clustering.labels, -1)
    used = items.first >= 0
    record.told["counts"]["clusters"] = clustering.n_clusters
    record.told["counts"]["noise"] = int((labels[used] < 0).sum())
    record.told["hashes"]["labels"] = hashlib.sha256(labels.tobytes()).hexdigest()
    outcome = {
        "n_clusters": clustering.n_clusters,
        "reason": clustering.reason,
        "labels_sha256": record.told["hashes"]["labels"],
    }
    record.folder.write_text("recipe.toml", recipe.to_toml(outcome))
    record.told["status"] = "done"
    record.told["stages"] = {s: record.told["stages"][s] for s in STAGES}
    record.save()
