"""Does what many texts share around each of them change the clusters?

Puts five frames around the texts of labelled sets and clusters each with and without frames, and
with `keep_frames`; prints the ARI of each as a ratio to that of the bare texts.

    python benchmarks/are_frames_left_out.py DATA [--rows 3000] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import shoal
from shoal.text.finding_frames import SAMPLE, find_frames

SETS = ("newsgroups20*", "ag_news_test", "banking77")
NAMES = ("Anna Weber", "Tom Okoye", "Mia Rossi", "Jon Dahl", "Eva Nowak", "Li Chen")
GREETINGS = ("Dear Sir or Madam,", "Hello,", "Hi there,", "Good morning,")
CLOSINGS = ("Kind regards", "Many thanks in advance", "Best wishes", "Cheers")


def mail(text: str, place: int, draw: np.random.Generator, _: list[str]) -> str:
    name = NAMES[draw.integers(len(NAMES))]
    return (
        f"{text}\n\n-- \n{name}\nSample Works Ltd, 12 Any Road, Tel. 030 {draw.integers(10**6, 10**7)}"
        "\nThis message is confidential and meant for the addressee alone. Should it have reached "
        "you by mistake, please tell the sender and delete it together with all attachments."
    )


def reply(text: str, place: int, draw: np.random.Generator, texts: list[str]) -> str:
    other = texts[draw.integers(len(texts))][:400]
    quoted = "\n".join(f"> {line}" for line in other.splitlines())
    name = NAMES[draw.integers(len(NAMES))]
    day = f"{draw.integers(1, 29)} Mar 2023 at {draw.integers(24)}:{draw.integers(60):02d}"
    return f"{text}\n\nOn {day}, {name} wrote:\n{quoted}\n"


def issue(text: str, place: int, draw: np.random.Generator, _: list[str]) -> str:
    release = f"{draw.integers(9)}.{draw.integers(20)}.{draw.integers(9)}"
    return (
        "### What happened\n<!-- Tell us clearly what went wrong and what you expected. -->\n\n"
        f"{text}\n\n### Environment\n- System: {draw.choice(['Linux', 'Windows', 'macOS'])}\n"
        f"- Release: {release}\n\n### Before you send\n- [x] I looked for the same report\n"
        "- [x] I read the guide\n"
    )


def page(text: str, place: int, draw: np.random.Generator, _: list[str]) -> str:
    return (
        '<html><body><nav><a href="/">Home</a> <a href="/shop">Shop</a> <a href="/about">About us'
        '</a> <a href="/contact">Contact</a></nav><main class="text"><p>'
        f'{text}</p></main><footer>&copy; 2023 Sample Works <a href="/imprint">Imprint</a> '
        f'<img src="https://px.example/o.gif?u={draw.integers(10**6)}"></footer></body></html>'
    )


def polite(text: str, place: int, draw: np.random.Generator, _: list[str]) -> str:
    return (
        f"{draw.choice(GREETINGS)} I hope that you are well and I am sorry to trouble you. {text} "
        f"I would be very glad of an answer. {draw.choice(CLOSINGS)}, {draw.choice(NAMES)}"
    )


def log(text: str, place: int, draw: np.random.Generator, _: list[str]) -> str:
    time = f"{draw.integers(24):02d}:{draw.integers(60):02d}:{draw.integers(60):02d}"
    return f"2023-03-{draw.integers(1, 29):02d} {time} INFO [worker-{draw.integers(16)}] intake: {text}"


FRAMES = {f.__name__: f for f in (mail, reply, issue, page, polite, log)}


def ari(texts: list[str], labels: list[str], **options: object) -> float:
    """ARI of a run on the rows that it places, and on all others as one more cluster."""
    table = pa.table({"text": texts, "label": labels})
    run = shoal.cluster(table, text="text", truth="label", **options)
    return float(run.scores["ari"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--kept", action="store_true", help="measure --keep-frames too")
    parser.add_argument("--found", action="store_true", help="only what is found, without a model")
    args = parser.parse_args()
    out = []
    for name in SETS:
        table = pa.concat_tables(
            [
                pq.read_table(path, columns=["text", "label"])
                for path in sorted(args.data.glob(f"{name}.parquet" if "*" not in name else name))
            ]
        )
        draw = np.random.default_rng(0)
        rows = np.sort(draw.permutation(len(table))[: args.rows])
        texts, labels = (table[key].take(pa.array(rows)).to_pylist() for key in ("text", "label"))
        bare = None if args.found else ari(texts, labels)
        for frame, put in FRAMES.items():
            draw = np.random.default_rng(1)
            framed = [put(text, place, draw, texts) for place, text in enumerate(texts)]
            frames = find_frames(sorted(framed)[:: max(len(framed) // SAMPLE, 1)])
            left = [text for text, _ in frames.stripped(framed)]
            told = {"set": name.strip("*"), "frame": frame, "rows": len(texts)}
            told["same_words"] = float(
                np.mean([(a or "").split() == b.split() for a, b in zip(left, texts, strict=True)])
            )
            sizes = [
                (len((a or "").split()), len(b.split())) for a, b in zip(left, texts, strict=True)
            ]
            told["words_kept"] = sum(min(a, b) for a, b in sizes) / sum(b for _, b in sizes)
            told["words_more"] = sum(max(a - b, 0) for a, b in sizes) / sum(b for _, b in sizes)
            if bare is not None:
                told |= {"bare": bare, "framed": ari(framed, labels)}
                told["ratio"] = told["framed"] / bare
                if args.kept:
                    told["kept"] = ari(framed, labels, keep_frames=True)
            print(
                json.dumps(
                    {k: round(v, 3) if isinstance(v, float) else v for k, v in told.items()}
                ),
                flush=True,
            )
            if args.found:
                for place in (0, 1):
                    print("   ", repr(left[place][:60]), "...", repr(left[place][-110:]))
            out.append(told)
    if args.json:
        args.json.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
