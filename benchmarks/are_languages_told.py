"""Is the share of each language told right, for texts of one language and of many, short and long?

python benchmarks/are_languages_told.py DATA
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import pyarrow.parquet as pq
from report import save, table

from shoal.parts.describers.languages import languages

TEXTS = 400
"""Of each language or set."""
JOINED = 6
"""Short texts that make a long one."""
ENGLISH = ("banking77", "clinc150_oos", "stackoverflow20", "arxiv_titles_large", "ag_news_test")
NAMES: dict[str, tuple[str, ...]] = {
    "ar": ("arabic",),
    "da": ("danish",),
    "de": ("german",),
    "en": (),
    "id": ("indonesian", "malay"),
    "it": ("italian",),
    "ja": ("japanese",),
    "kk": ("kazakh",),
    "lt": ("lithuanian",),
    "nl": ("dutch",),
    "sr": ("serbian", "croatian", "bosnian"),
    "tr": ("turkish",),
    "zh": ("chinese",),
}
"""xSID's languages -> what they may be called; Serbian there is written in Latin letters."""


def measured(name: str, texts: list[str], right: tuple[str, ...]) -> dict[str, object]:
    """Share told as the right language, and as a wrong one."""
    started = time.perf_counter()
    found = languages(texts)
    told = sum(found.get(one, 0.0) for one in right) if right else 1 - sum(found.values())
    wrong = sum(share for one, share in found.items() if one not in right)
    seconds = time.perf_counter() - started
    return {"texts": name, "n": len(texts), "right": told, "wrong": wrong, "seconds": seconds}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    folder = parser.parse_args().data
    draw = random.Random(0)
    xsid = pq.read_table(folder / "xsid_multilingual.parquet").to_pydict()
    rows = []
    for code, names in NAMES.items():
        mine = [t for t, lang in zip(xsid["text"], xsid["lang"], strict=True) if lang == code]
        short = sorted(set(mine))
        draw.shuffle(short)
        rows.append(measured(f"{code} short", short[:TEXTS], names))
        long = [" ".join(draw.sample(short, JOINED)) for _ in range(TEXTS // 4)]
        rows.append(measured(f"{code} long", long, names))
    for name in ENGLISH:
        texts = pq.read_table(folder / f"{name}.parquet")["text"].to_pylist()
        rows.append(measured(name, draw.sample(texts, TEXTS), ()))
    mixed = list(zip(xsid["text"], xsid["lang"], strict=True))
    for share in (0.05, 0.5):
        german = [text for text, lang in mixed if lang == "de"][: int(share * TEXTS)]
        english = draw.sample([text for text, lang in mixed if lang == "en"], TEXTS - len(german))
        rows.append(measured(f"{share:.0%} German in English", german + english, ("german",)))
    table(rows)
    save("are_languages_told", {"rows": rows})


if __name__ == "__main__":
    main()
