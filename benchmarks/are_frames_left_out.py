"""Does what many texts share around each of them change the clusters?

Puts frames around the texts of labelled sets and clusters them with and without, and prints the ARI
as a ratio to that of the bare texts, beside how much of their own words is left and of others.

The ARI of a run and the mean ARI of five k-means of its vectors, with as many clusters as there are
classes: the number of clusters that a run of a thousand rows finds moves with a blank more or less.

    python benchmarks/are_frames_left_out.py DATA [--rows 3000] [--sets banking77] [--found]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from report import save, table
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

import shoal
from shoal.text.finding_frames import SAMPLE, find_frames

SETS = ("newsgroups20*", "ag_news_test", "banking77")
NAMES = ("Anna Weber", "Tom Okoye", "Mia Rossi", "Jon Dahl", "Eva Nowak", "Li Chen")
GREETINGS = ("Dear Sir or Madam,", "Hello,", "Hi there,", "Good morning,")
CLOSINGS = ("Kind regards", "Many thanks in advance", "Best wishes", "Cheers")
Draw = np.random.Generator


def mail(text: str, draw: Draw, _: list[str]) -> str:
    """Put a signature and a disclaimer below a text."""
    number = draw.integers(10**6, 10**7)
    return (
        f"{text}\n\n-- \n{draw.choice(NAMES)}\nSample Works Ltd, 12 Any Road, Tel. 030 {number}\n"
        "This message is confidential and meant for the addressee alone. Should it have reached "
        "you by mistake, please tell the sender and delete it together with all attachments."
    )


def reply(text: str, draw: Draw, texts: list[str]) -> str:
    """Quote another text below a text."""
    lines = texts[draw.integers(len(texts))][:400].splitlines()
    day = f"{draw.integers(1, 29)} Mar 2023 at {draw.integers(24)}:{draw.integers(60):02d}"
    quoted = "\n".join(f"> {line}" for line in lines)
    return f"{text}\n\nOn {day}, {draw.choice(NAMES)} wrote:\n{quoted}\n"


def issue(text: str, draw: Draw, _: list[str]) -> str:
    """Fill a text into the template of an issue."""
    release = f"{draw.integers(9)}.{draw.integers(20)}.{draw.integers(9)}"
    return (
        "### What happened\n<!-- Tell us clearly what went wrong and what you expected. -->\n\n"
        f"{text}\n\n### Environment\n- System: {draw.choice(['Linux', 'Windows', 'macOS'])}\n"
        f"- Release: {release}\n\n### Before you send\n- [x] I looked for the same report\n"
        "- [x] I read the guide\n"
    )


def page(text: str, draw: Draw, _: list[str]) -> str:
    """Put a page with its navigation around a text."""
    return (
        '<html><body><nav><a href="/">Home</a> <a href="/shop">Shop</a> <a href="/about">About us'
        '</a> <a href="/contact">Contact</a></nav><main class="text"><p>'
        f'{text}</p></main><footer>&copy; 2023 Sample Works <a href="/imprint">Imprint</a> '
        f'<img src="https://px.example/o.gif?u={draw.integers(10**6)}"></footer></body></html>'
    )


def polite(text: str, draw: Draw, _: list[str]) -> str:
    """Put a greeting before a text and a closing after it."""
    return (
        f"{draw.choice(GREETINGS)} I hope that you are well and I am sorry to trouble you. {text} "
        f"I would be very glad of an answer. {draw.choice(CLOSINGS)}, {draw.choice(NAMES)}"
    )


def log(text: str, draw: Draw, _: list[str]) -> str:
    """Put the prefix of a log before a text."""
    hour, minute, second = (int(draw.integers(most)) for most in (24, 60, 60))
    day = f"2023-03-{draw.integers(1, 29):02d} {hour:02d}:{minute:02d}:{second:02d}"
    return f"{day} INFO [worker-{draw.integers(16)}] intake: {text}"


FRAMES: tuple[Callable[[str, Draw, list[str]], str], ...] = (mail, reply, issue, page, polite, log)


def ari(texts: list[str], labels: list[str], **options: Any) -> tuple[float, float]:
    """ARI of a run of texts, and of k-means of its vectors."""
    both = pa.table({"text": texts, "label": labels})
    run = shoal.cluster(both, text="text", truth="label", **options)
    vectors, n_classes = np.asarray(run.embeddings), len(set(labels))
    found = [KMeans(n_classes, n_init=3, random_state=s).fit_predict(vectors) for s in range(5)]
    means = float(np.mean([adjusted_rand_score(labels, one) for one in found]))
    return float(run.scores["ari"]), means


def left_of(framed: list[str], texts: list[str]) -> dict[str, float]:
    """Shares of the words of the bare texts that are left, and that are left of the frames."""
    frames = find_frames(sorted(framed)[:: max(len(framed) // SAMPLE, 1)])
    left = [len((text or "").split()) for text, _ in frames.stripped(framed)]
    bare = [len(text.split()) for text in texts]
    total = sum(bare)
    pairs = list(zip(left, bare, strict=True))
    return {
        "words_left": sum(min(pair) for pair in pairs) / total,
        "words_more": sum(max(a - b, 0) for a, b in pairs) / total,
    }


def measured(name: str, data: Path, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The figures of one set."""
    paths = sorted(data.glob(f"{name}.parquet"))
    read = pa.concat_tables([pq.read_table(path, columns=["text", "label"]) for path in paths])
    rows = pa.array(np.sort(np.random.default_rng(0).permutation(len(read))[: args.rows]))
    texts, labels = (read[key].take(rows).to_pylist() for key in ("text", "label"))
    bare = None if args.found else ari(texts, labels)
    out = []
    for put in FRAMES:
        draw = np.random.default_rng(1)
        framed = [put(text, draw, texts) for text in texts]
        told: dict[str, Any] = {"set": name.strip("*"), "frame": put.__name__, "rows": len(texts)}
        told |= left_of(framed, texts)
        if bare is not None:
            found = ari(framed, labels)
            told |= {"bare": bare[0], "framed": found[0], "ratio": found[0] / bare[0]}
            told |= {"bare, k-means": bare[1], "ratio, k-means": found[1] / bare[1]}
            if args.kept:
                told["kept"] = ari(framed, labels, keep_frames=True)[0]
        out.append({k: round(v, 4) if isinstance(v, float) else v for k, v in told.items()})
        print(json.dumps(out[-1]), flush=True)
    return out


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--kept", action="store_true", help="measure --keep-frames too")
    parser.add_argument("--found", action="store_true", help="only what is found, with no model")
    args = parser.parse_args()
    out = [one for name in args.sets for one in measured(name, args.data, args)]
    table(out)
    save("are_frames_left_out", out)


if __name__ == "__main__":
    main()
