"""How much of a text comes back from PDF, DOCX, HTML and EML, are the clusters the same, how fast?

python benchmarks/how_well_are_documents_read.py DATA [--rows 600] [--pdfs 40] [--sets ag_news_test]

DATA is the folder of the labelled sets. Of `ag_news_test` and `newsgroups20` some rows are made
into documents: PDFs of two columns with headers, footers and broken words, written column by column
and row by row; Word documents; pages with navigation; mails with a quoted one and a signature (both
are the mail's text: what is quoted is left out when clustering, not when reading). Word F1 is
that of the bags of words of what was put in and what was read, before frames are left out and
after. The ARI with the classes is the mean of ten k-means of the vectors with as many clusters as
there are classes: of a few hundred rows the number that a run finds changes with every word, which
is told by the ARI of the run and by the plain texts with every hundredth word left out.
Pages a second are measured beside PDFium alone, in as many processes, which is the limit of the
library; so is the processor time of one process.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import made_documents as made
import numpy as np
import pyarrow.parquet as pq
import pypdfium2
from report import save, table
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

import shoal
from shoal.artifacts.saved import SavedRun
from shoal.parts.readers.documents.formats import read_document
from shoal.parts.readers.folder import read_folder

SETS = ("ag_news_test", "newsgroups20-00-of-02")
ALONE = """
import sys
import pypdfium2
for path in sys.argv[1:]:
    pdf = pypdfium2.PdfDocument(path)
    for page in pdf:
        page.get_textpage().get_text_range()
"""
TEN_PAGES = 72_000
"""Characters of ten pages of two columns, half filled with lines of a usual length."""


def rows_of(data: Path, name: str, n: int) -> tuple[list[str], list[str]]:
    """Texts of 100 to 20,000 characters and their classes, at even distances."""
    read = pq.read_table(data / f"{name}.parquet", columns=["text", "label"])
    pairs = zip(read["text"].to_pylist(), read["label"].to_pylist(), strict=True)
    kept = [(text, label) for text, label in pairs if 100 <= len(text) <= 20_000]
    some = kept[:: max(len(kept) // n, 1)][:n]
    return [text for text, _ in some], [label for _, label in some]


def words(text: str) -> Counter[str]:
    """The bag of words of a text."""
    return Counter(re.findall(r"\w+", text.casefold()))


def f1_of(put: str, got: str) -> float:
    """Of two bags of words."""
    a, b = words(put), words(got)
    return 2 * (a & b).total() / max(a.total() + b.total(), 1)


def clustered(source: Any, labels: list[str]) -> dict[str, Any]:
    """ARI of the clusters with the classes, rows with no home as one cluster; what was embedded."""
    run = shoal.cluster(source)
    n_classes, vectors = len(set(labels)), np.asarray(run.embeddings)
    found = [KMeans(n_classes, n_init=3, random_state=s).fit_predict(vectors) for s in range(10)]
    used = SavedRun(run.path).as_items().contents
    return {
        "ari": float(np.mean([adjusted_rand_score(labels, one) for one in found])),
        "ari, own number": float(adjusted_rand_score(labels, run.labels)),
        "used": list(used),
    }


def with_words_lost(text: str) -> str:
    """A text without every hundredth word, the first of which is drawn by what it says."""
    words = text.split(" ")
    start = zlib.crc32(text.encode()) % 100
    return " ".join(word for place, word in enumerate(words) if place % 100 != start)


def one_set(data: Path, name: str, n: int) -> list[dict[str, Any]]:
    """Figures of all formats for one set."""
    texts, labels = rows_of(data, name, n)
    plain = clustered(texts, labels)
    rows = [_told(name, "plain", plain, plain, f1=1.0)]
    lost = clustered([with_words_lost(text) for text in texts], labels)
    rows.append(_told(name, "plain, a hundredth lost", lost, plain, f1=None))
    makes = {**made.MAKE, "pdf, row by row": partial(made.pdf, across=True)}
    for kind, make in makes.items():
        ending = kind.partition(",")[0]
        with tempfile.TemporaryDirectory() as folder:
            for i, text in enumerate(texts):
                path = Path(folder) / f"{i:06}.{ending}"
                path.write_bytes(make(f"Document {i}", text))
            got = read_folder(Path(folder)).columns["text"].to_pylist()
            put = [made.mail_text(t) if kind == "eml" else t for t in texts]
            score = sum(f1_of(p, g or "") for p, g in zip(put, got, strict=True)) / len(put)
            found = clustered(Path(folder), labels)
        rows.append(_told(name, kind, found, plain, f1=score))
        print(rows[-1], flush=True)
    return rows


def _told(
    name: str, kind: str, found: dict[str, Any], plain: dict[str, Any], f1: float | None
) -> dict[str, Any]:
    pairs = list(zip(plain["used"], found["used"], strict=True))
    keys = ("ari", "ari, own number")
    return {
        "set": name,
        "format": kind,
        "rows": len(pairs),
        "f1": f1,
        "f1 of what is embedded": sum(f1_of(a or "", b or "") for a, b in pairs) / len(pairs),
        **{key: found[key] for key in keys},
        **{f"{key}, less plain": found[key] - plain[key] for key in keys},
    }


def speed(data: Path, n_pdfs: int) -> dict[str, Any]:
    """Seconds for ten-page PDFs, of shoal and of PDFium alone, in turn."""
    texts, _ = rows_of(data, SETS[1], 3000)
    whole = "\n".join(" ".join(text.split()) for text in texts)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        pages = 0
        for i in range(n_pdfs):
            start = (i * 7919) % max(len(whole) - TEN_PAGES, 1)
            path = Path(folder) / f"{i}.pdf"
            path.write_bytes(made.pdf(f"PDF {i}", whole[start : start + TEN_PAGES]))
            paths.append(str(path))
            pages += read_document(path.read_bytes(), path.name).pages or 0
        cores = len(os.sched_getaffinity(0))
        one = _processor_time(paths[: min(n_pdfs, 10)])
        seconds: dict[str, list[float]] = {"shoal": [], "pdfium": []}
        for _ in range(3):
            started = time.perf_counter()
            read_folder(Path(folder), cache=False)
            seconds["shoal"].append(time.perf_counter() - started)
            started = time.perf_counter()
            halves = [paths[i::cores] for i in range(cores)]
            running = [subprocess.Popen([sys.executable, "-c", ALONE, *half]) for half in halves]
            for process in running:
                process.wait()
            seconds["pdfium"].append(time.perf_counter() - started)
    best = {key: min(values) for key, values in seconds.items()}
    return {
        "pdfs": n_pdfs,
        "pages": pages,
        "processes": cores,
        "ten pages a second": pages / 10 / best["shoal"],
        "ten pages a second, PDFium alone": pages / 10 / best["pdfium"],
        "times PDFium alone": best["shoal"] / best["pdfium"],
        **one,
        "load": os.getloadavg()[0],
    }


def _processor_time(paths: list[str]) -> dict[str, float]:
    """Processor seconds a ten-page PDF of one process, the least of five, in turn."""
    contents = [Path(path).read_bytes() for path in paths]
    took: dict[str, list[float]] = {"shoal": [], "pdfium": []}
    for _ in range(5):
        started = time.process_time()
        for content in contents:
            read_document(content, "a.pdf")
        took["shoal"].append(time.process_time() - started)
        started = time.process_time()
        for content in contents:
            for page in pypdfium2.PdfDocument(content):
                page.get_textpage().get_text_range()
        took["pdfium"].append(time.process_time() - started)
    return {f"processor seconds, {key}": min(found) / len(paths) for key, found in took.items()}


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--pdfs", type=int, default=40)
    parser.add_argument("--sets", nargs="+", default=SETS)
    wanted = parser.parse_args()
    fast = speed(wanted.data, wanted.pdfs)
    print(fast, flush=True)
    rows = [row for name in wanted.sets for row in one_set(wanted.data, name, wanted.rows)]
    table(rows)
    save("how_well_are_documents_read", {"documents": rows, "speed": fast})


if __name__ == "__main__":
    main()
