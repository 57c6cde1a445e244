"""Documents by their passages: what is clustered are passages, and a document is a mix of themes.

The passages are a run of their own in the folder `passages` of the run. A document gets the theme
that most of its text is about; the run of the documents is numbered, drawn and described by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from shoal import stages
from shoal.artifacts.folder import EXAMPLE_CHARS, RunFolder
from shoal.data import NOISE, IntArray, Items
from shoal.data.entries import Entry, ReadEntry
from shoal.errors import BadInput
from shoal.numerics.blocks import slices
from shoal.numerics.clusters import by_size
from shoal.parts.readers.table import Gather, in_memory
from shoal.storage import run_files
from shoal.text.passages import passages_of

FOLDER = "passages"
"""Of the run of the passages, in that of the documents."""
SHARES = run_files.SHARES
PIECE_ROWS = 256
CONTEXT = 80
"""Characters that are shown of the passages before and after an example."""
EXAMPLES = ("typical", "diverse", "borderline")
"""Lists of rows of a cluster in clusters.json."""
SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("id", pa.large_string()),
        ("passage", pa.int32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("page", pa.int32()),
        ("text", pa.large_string()),
    ]
)


def passage_table(items: Items, gather: Gather = in_memory) -> pa.Table:
    """The passages of documents, one row each, in order.

    Parameters
    ----------
    items : texts
    gather : takes the passages of some hundred documents at a time

    Returns
    -------
    pyarrow table of `SCHEMA`: row and id of the document, number of the passage in it, where it
    starts and ends in the text, its page (null without pages) and its text

    Raises
    ------
    BadInput : if the items are no texts
    """
    if items.modality != "text":
        raise BadInput("only texts have passages. Drop --split, or name a text column with --text.")
    return gather(_pieces(items))


def _pieces(items: Items) -> Iterator[pa.Table]:
    texts = items.readable or ()
    for part in slices(len(items), PIECE_ROWS):
        rows: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
        ids = items.ids.slice(part.start, part.stop - part.start).to_pylist()
        for row, id_ in zip(range(part.start, part.stop), ids, strict=True):
            text = None if items.first[row] < 0 else texts[row]
            if text is None:
                continue
            for number, (start, end) in enumerate(passages_of(text)):
                page = text.count("\f", 0, start) + 1 if "\f" in text else None
                told = (row, str(id_), number, start, end, page, text[start:end])
                for name, value in zip(SCHEMA.names, told, strict=True):
                    rows[name].append(value)
        yield pa.table(rows, schema=SCHEMA)


def as_passage_items(table: pa.Table, read: Mapping[str, Any]) -> Items:
    """The passages as items to cluster.

    Parameters
    ----------
    table : of `passage_table`
    read : parameters of the stage; keep_frames and leave_out count
    """
    numbers = zip(table["id"].to_pylist(), table["passage"].to_pylist(), strict=True)
    ids = pa.array([f"{id_}#{number}" for id_, number in numbers], pa.large_string())
    named = table.select(["row", "passage", "text"]).append_column("id", ids)
    frames = {key: read.get(key) for key in ("keep_frames", "leave_out")}
    return stages.read(named, {"text": "text", "id": "id", **frames})


def shares_of(rows: Any, themes: IntArray, lengths: Any, n_rows: int) -> ReadEntry:
    """How much of each document is about each theme.

    Parameters
    ----------
    rows : (n_passages,) the document of each passage
    themes : (n_passages,) int32, NOISE where a passage has none
    lengths : (n_passages,) characters
    n_rows : how many documents there are

    Returns
    -------
    "row", "cluster", "share", "passages": one entry for each document and theme, the largest share
    of a document first; and "largest", (n_rows,) int32, the theme with most of the text of each
    document, NOISE where none has any
    """
    n_themes = int(themes.max(initial=NOISE)) + 2
    pairs = np.asarray(rows, dtype=np.int64) * n_themes + (themes.astype(np.int64) + 1)
    found, place = np.unique(pairs, return_inverse=True)
    chars = np.bincount(place, weights=np.asarray(lengths, dtype=np.float64))
    row, cluster = found // n_themes, (found % n_themes - 1).astype(np.int32)
    whole = np.bincount(row, weights=chars, minlength=n_rows)
    order = np.lexsort((cluster, -chars, row))
    row, cluster, chars = row[order], cluster[order], chars[order]
    largest = np.full(n_rows, NOISE, dtype=np.int32)
    some = np.flatnonzero(cluster != NOISE)
    first = some[np.unique(row[some], return_index=True)[1]]
    largest[row[first]] = cluster[first]
    return {
        "row": row,
        "cluster": cluster,
        "share": np.asarray(chars / np.maximum(whole[row], 1), dtype=np.float32),
        "passages": np.bincount(place)[order].astype(np.int32),
        "largest": largest,
    }


def as_clusterer(labels: IntArray, reason: str) -> Any:
    """A clusterer that returns the given theme of each distinct document."""
    from shoal.parts.clusterers.given_labels import GivenLabels

    return GivenLabels(labels, reason)


def numbered(items: Items, themes: IntArray, largest: IntArray) -> IntArray:
    """The number of each theme among the clusters of documents, (n_themes,) int32.

    Those that are the largest of some document come first, by the number of documents; the others
    follow, by the number of their passages.
    """
    n_themes = int(themes.max(initial=NOISE)) + 1
    labels = largest[items.distinct]
    ordered = by_size(labels, items.copies)
    out = np.full(n_themes, -1, dtype=np.int32)
    placed = labels >= 0
    out[labels[placed]] = ordered[placed]
    left = np.flatnonzero(out < 0)
    counts = np.bincount(themes[themes >= 0], minlength=n_themes)
    left = left[np.argsort(-counts[left], kind="stable")]
    out[left] = np.arange(len(left), dtype=np.int32) + int(out.max(initial=-1)) + 1
    return out


def renumbered(themes: IntArray, numbers: IntArray) -> IntArray:
    """Themes by their new numbers; NOISE stays."""
    return np.where(themes >= 0, numbers[np.maximum(themes, 0)] if len(numbers) else NOISE, NOISE)


def save_passages(folder: RunFolder, table: pa.Table, themes: IntArray, shares: Any) -> None:
    """Write passages.parquet and shares.parquet, clusters by the numbers of the documents' run."""
    cluster = pa.chunked_array([pa.array(themes, pa.int32())])
    folder.write_table(run_files.PASSAGES, table.append_column("cluster", cluster))
    ids = dict(zip(table["row"].to_pylist(), table["id"].to_pylist(), strict=True))
    names = ("row", "cluster", "share", "passages")
    out = pa.table({name: pa.array(shares[name]) for name in names})
    id_ = pa.array([ids[row] for row in shares["row"].tolist()], pa.large_string())
    folder.write_table(SHARES, out.add_column(1, "id", id_))


def name_after_passages(
    folder: RunFolder,
    inner: RunFolder,
    clusters: IntArray,
    numbers: IntArray,
    titles: Sequence[str | None] | None,
) -> None:
    """Give the clusters of documents the titles of their themes, and passages as examples.

    Parameters
    ----------
    folder, inner : of the run of the documents and of that of the passages
    clusters : (n_passages,) of each passage, by the numbers of the documents' run
    numbers : (n_themes,) the number of each theme of the passages among them
    titles : (n_rows,) of the documents, or None
    """
    told = folder.read_json(run_files.CLUSTERS)
    themes = {
        int(numbers[e["cluster"]]): e for e in inner.read_json(run_files.CLUSTERS)["clusters"]
    }
    shown = {
        (example["row"], entry["cluster"])
        for entry in told["clusters"]
        for kind in EXAMPLES
        for example in entry[kind]
    }
    passages = _longest(folder, clusters, shown)
    for entry in told["clusters"]:
        theme = themes.pop(entry["cluster"])
        for key in ("title", "keywords", "written_by", "title_fit", "title_note"):
            entry[key] = theme[key]
        entry["passages"] = theme["size"]
        for example in (example for kind in EXAMPLES for example in entry[kind]):
            found = passages.get((example["row"], entry["cluster"]))
            if found is not None:
                title = titles[example["row"]] if titles is not None else None
                example |= found.as_example(title or "")
                example.pop("own", None)  # what was left out was left out of passages
                example.pop("frames", None)
    told["passage_clusters"] = [
        {
            "cluster": number,
            "title": theme["title"],
            "keywords": theme["keywords"],
            "passages": theme["size"],
        }
        for number, theme in sorted(themes.items())
    ]
    told["numbers"] = [int(number) for number in numbers]
    folder.write_json(run_files.CLUSTERS, told)


@dataclass(frozen=True, slots=True)
class _Passage:
    """A passage as an example of its theme.

    Parameters
    ----------
    text, page : of it
    before, after : the passages around it, empty where there is none
    """

    text: str
    page: int | None
    before: str
    after: str

    def as_example(self, title: str) -> Entry:
        """What an example says: the passage and a little of what is around it, and where it is.

        Parameters
        ----------
        title : of the document, empty where it has none
        """
        before = self.before if len(self.before) <= CONTEXT else f"… {self.before[-CONTEXT:]}"
        head = f"{title}: " if title and title not in before + self.text else ""
        head = f"{head}{before} " if before else head
        whole = head + self.text
        if len(whole) > EXAMPLE_CHARS:
            return {
                "text": f"{whole[:EXAMPLE_CHARS]}…",
                "page": self.page,
                "passage": [min(len(head), EXAMPLE_CHARS), EXAMPLE_CHARS],
            }
        after = self.after if len(self.after) <= CONTEXT else f"{self.after[:CONTEXT]}…"
        text = f"{whole} {after}" if after else whole
        return {"text": text, "page": self.page, "passage": [len(head), len(whole)]}


def _longest(
    folder: RunFolder, clusters: IntArray, wanted: set[tuple[int, int]]
) -> dict[tuple[int, int], _Passage]:
    """The longest passage of a document in a cluster, for some of them."""
    table = folder.read_table(run_files.PASSAGES, ["row", "text", "page"])
    rows = table["row"].to_numpy()
    some = np.flatnonzero(np.isin(rows, [row for row, _ in wanted]))
    out: dict[tuple[int, int], _Passage] = {}
    taken = table.take(pa.array(some))
    texts, pages = taken["text"].to_pylist(), taken["page"].to_pylist()
    owners = rows[some].tolist()
    for place, (at, row, text) in enumerate(zip(some.tolist(), owners, texts, strict=True)):
        key = row, int(clusters[at])
        if key in wanted and (key not in out or len(text) > len(out[key].text)):
            # all passages of a document are there, one after the other
            before = texts[place - 1] if place and owners[place - 1] == row else ""
            last = place + 1 == len(texts) or owners[place + 1] != row
            out[key] = _Passage(text, pages[place], before, "" if last else texts[place + 1])
    return out


def tables_of_passages(
    items: Items,
    table: pa.Table,
    themes: IntArray,
    numbers: Sequence[int],
    titles: Mapping[int, str],
) -> tuple[pa.Table, pa.Table]:
    """What is predicted of documents, and of their passages.

    Parameters
    ----------
    items : the documents
    table : of `passage_table`
    themes : (n_passages,) int32, by the run of the passages
    numbers : (n_themes,) the number of each theme among the clusters
    titles : of the clusters

    Returns
    -------
    id, cluster, title, strength, note for each document; and the passages with their clusters
    """
    clusters = renumbered(themes, np.asarray(numbers, dtype=np.int32)).astype(np.int32)
    lengths = np.asarray(table["end"].to_numpy() - table["start"].to_numpy())
    shares = shares_of(table["row"].to_numpy(), clusters, lengths, len(items))
    largest = shares["largest"]
    strength = np.zeros(len(items), dtype=np.float32)
    most = shares["cluster"] == largest[shares["row"]]
    strength[shares["row"][most]] = shares["share"][most]
    strength[largest == NOISE] = 0.0
    notes = [
        items.excluded.get(row)
        or ("new: none of its passages fits a cluster" if c == NOISE else None)
        for row, c in enumerate(largest.tolist())
    ]
    documents = pa.table(
        {
            "id": items.ids,
            "cluster": largest,
            "title": pa.array([titles.get(c) for c in largest.tolist()], pa.large_string()),
            "strength": strength,
            "note": pa.array(notes, pa.large_string()),
        }
    )
    return documents, table.append_column("cluster", pa.chunked_array([pa.array(clusters)]))


def inner_folder(path: Path) -> Path:
    """Folder of the passage-level run inside a run."""
    return path / FOLDER
