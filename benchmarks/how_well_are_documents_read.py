"""How much of a text comes back from PDF, DOCX, HTML and EML, are the clusters the same, how fast?

python benchmarks/how_well_are_documents_read.py DATA [--rows 600] [--pdfs 40]

DATA is the folder of the labelled sets. Of `ag_news_test` and `newsgroups20` some rows are made
into documents: PDFs of two columns with headers, footers and broken words, written column by column
and row by row; Word documents; pages with navigation; mails with a quoted one and a signature (both
are the mail's text: what is quoted is left out when clustering, not when reading). Word F1 is
that of the bags of words of what was put in and what was read. The ARI of the clusters with the
classes is that of the run of the documents and of one of the plain texts. Pages a second are
measured beside PDFium alone, in as many processes, which is the limit of the library.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import made_documents as made
import pyarrow.parquet as pq
from report import save, table
from sklearn.metrics import adjusted_rand_score

import shoal
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


def f1(put: str, got: str) -> float:
    """Of two bags of words."""
    a, b = words(put), words(got)
    return 2 * (a & b).total() / max(a.total() + b.total(), 1)


def ari(source: Any, labels: list[str], **wanted: Any) -> float:
    """Of the clusters with the classes, rows with no home as one cluster."""
    run = shoal.cluster(source, **wanted)
    return float(adjusted_rand_score(labels, run.labels))


def one_set(data: Path, name: str, n: int) -> list[dict[str, Any]]:
    """Figures of all formats for one set."""
    texts, labels = rows_of(data, name, n)
    plain = ari(texts, labels)
    rows = [{"set": name, "format": "plain", "rows": len(texts), "f1": 1.0, "ari": plain}]
    makes = {**made.MAKE, "pdf, row by row": partial(made.pdf, across=True)}
    for kind, make in makes.items():
        ending = kind.partition(",")[0]
        with tempfile.TemporaryDirectory() as folder:
            for i, text in enumerate(texts):
                path = Path(folder) / f"{i:06}.{ending}"
                path.write_bytes(make(f"Document {i}", text))
            read = read_folder(Path(folder))
            got = read.columns["text"].to_pylist()
            put = [made.mail_text(t) if kind == "eml" else t for t in texts]
            score = sum(f1(p, g or "") for p, g in zip(put, got, strict=True)) / len(put)
            found = ari(Path(folder), labels)
        entry = {"set": name, "format": kind, "rows": len(texts), "f1": score, "ari": found}
        rows.append({**entry, "ari less plain": found - plain, "unread": len(read.problems)})
        print(rows[-1], flush=True)
    return rows


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
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--pdfs", type=int, default=40)
    wanted = parser.parse_args()
    fast = speed(wanted.data, wanted.pdfs)
    print(fast, flush=True)
    rows = [row for name in SETS for row in one_set(wanted.data, name, wanted.rows)]
    table([{"ari less plain": 0.0, "unread": 0, **row} for row in rows])
    save("how_well_are_documents_read", {"documents": rows, "speed": fast})


if __name__ == "__main__":
    main()
