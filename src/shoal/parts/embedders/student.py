"""A fast approximation of a model, fitted to one set of texts: sums of word vectors.

It learns from a sample that the real model (the teacher) has embedded. A word's vector is the
teacher's own for the word, turned by least squares to what the teacher says of whole texts, plus
a correction for each word seen in the sample, found by conjugate gradients. So words outside the
sample have a sensible vector too. What word order or context mean is lost: `agreement` says how
much, on texts of the sample that were held back.

The teacher's vectors of single words as a start are the idea of Model2Vec (Tulkens and van
Dongen, 2024), the weights that of Arora, Liang, Ma (2017), A Simple but Tough-to-Beat Baseline for
Sentence Embeddings.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.linalg import eigh, solve

from shoal.errors import BadInput
from shoal.numerics.arrays import AnyArray, FloatArray, NamedArrays
from shoal.numerics.blocks import serial_algebra
from shoal.numerics.clusters import unit
from shoal.parts.embedders.base import BatchPlan, Embedder, ModelInfo, even_plan

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")
"""A character of a script without spaces, a word, or a sign."""
BATCH_ROWS = 1024
HELD_BACK = 0.1
RARE = 1e-2
"""Words more frequent than this share of all words weigh less than half. Only those that say
next to nothing: how much the others count is learned (docs/embedding.md)."""
RIDGE_START = 0.1
RIDGE_WORDS = 1.0
STEPS = 15
"""Of conjugate gradients; more changed the agreement by less than 0.001."""


class Student:
    """Word vectors fitted to this data after another model.

    Parameters
    ----------
    teacher : name of the part it learns from
    sample_rows : texts that the teacher embeds
    n_words : most different words that get a vector
    n_dims : numbers in a vector, fewer than the teacher's: it foretells the directions in which
        the teacher's vectors differ little badly, and without them its clusters are better
    seed : of the sample
    """

    parallel = True
    cheap = True

    def __init__(
        self,
        *,
        teacher: str = "minilm",
        sample_rows: int = 16_000,
        n_words: int = 30_000,
        n_dims: int = 64,
        seed: int = 0,
    ) -> None:
        if sample_rows < 10 or n_words < 1 or n_dims < 2:
            raise BadInput(
                "sample_rows must be at least 10, n_words at least 1 and n_dims at least 2, got "
                f"{sample_rows}, {n_words} and {n_dims}."
            )
        self.teacher = teacher
        self.sample_rows = sample_rows
        self.n_words = n_words
        self.n_dims = n_dims
        self.seed = seed
        self.info = ModelInfo("student, not fitted", "student:", "of its teacher", remember="no")
        self.agreement: float | None = None
        self._places: dict[str, int] = {}
        self._vectors: FloatArray = np.empty((0, n_dims), dtype=np.float32)
        self._start: FloatArray = np.empty(n_dims, dtype=np.float32)
        self._weights: FloatArray = np.empty(0, dtype=np.float32)

    def lessons(self, contents: Sequence[str]) -> list[str]:
        """Texts for the teacher to embed: sampled texts, then the words of all texts."""
        rng = np.random.default_rng(self.seed)
        n = min(self.sample_rows, len(contents))
        chosen = np.sort(rng.choice(len(contents), n, replace=False))
        counts: Counter[str] = Counter()
        for text in contents:
            counts.update(WORD.findall(text.lower()))
        often = {word: count for word, count in counts.items() if count > 1} or counts
        ranked = sorted(often, key=lambda word: (-often[word], word))[: self.n_words]
        self._places = {word: place for place, word in enumerate(ranked)}
        share = np.array([counts[word] for word in ranked]) / max(counts.total(), 1)
        self._weights = (RARE / (RARE + share)).astype(np.float32)
        return [*(contents[row] for row in chosen.tolist()), *ranked]

    def fit(self, lessons: Sequence[str], vectors: FloatArray, teacher: Embedder) -> Student:
        """Fit to the teacher's vectors of the lessons.

        Parameters
        ----------
        lessons : of `lessons`
        vectors : (n, teacher's n_dims), of each
        teacher : for its name and revision
        """
        n = len(lessons) - len(self._places)
        said, words = unit(vectors[:n]), unit(vectors[n:])
        with serial_algebra():  # the bits must not depend on the threads
            self._learn(self._features(lessons[:n]), said, words)
        digest = hashlib.sha256(repr([*self._places]).encode())
        for array in (self._vectors, self._start, self._weights):
            digest.update(array.tobytes())
        self._named(f"{teacher.info.name}", digest.hexdigest()[:32], teacher.info.licence)
        return self

    def _learn(self, features: csr_matrix, said: FloatArray, words: FloatArray) -> None:
        n = features.shape[0]
        order = np.random.default_rng(self.seed).permutation(n)
        held, kept = np.split(order, [int(n * HELD_BACK)])
        n_dims = min(self.n_dims, said.shape[1])
        # the directions in which the teacher's vectors differ most from their mean
        said = said - said.mean(axis=0)
        axes = eigh(np.asarray(said.T @ said, dtype=np.float64))[1][:, ::-1][:, :n_dims]
        axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n_dims)])
        wanted = np.asarray(said @ axes, dtype=np.float32)
        begun = np.hstack([features @ words, np.ones((n, 1), dtype=np.float32)])
        square = begun[kept].T @ begun[kept] + RIDGE_START * np.eye(begun.shape[1])
        turn = solve(square, begun[kept].T @ wanted[kept], assume_a="pos").astype(np.float32)
        rest = wanted[kept] - begun[kept] @ turn
        self._start = turn[-1]
        self._vectors = words @ turn[:-1] + _ridge(features[kept], rest, RIDGE_WORDS)
        if len(held):
            got = unit(np.asarray(features[held] @ self._vectors) + self._start)
            self.agreement = float(np.einsum("ij,ij->i", got, unit(wanted[held])).mean())

    def _named(self, teacher: str, revision: str, licence: str) -> None:
        details = "" if self.agreement is None else f", agreement {self.agreement:.2f}"
        self.info = ModelInfo(
            f"student of {teacher}{details}", f"student:{revision}", licence, remember="no"
        )

    def _features(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted words of each text as a sparse row of length one, (n, n_words)."""
        find, get = WORD.findall, self._places.get
        flat: list[int] = []
        ends = [0]
        for text in texts:
            flat += [place for word in find(text.lower()) if (place := get(word)) is not None]
            ends.append(len(flat))
        places = np.array(flat, dtype=np.int32)
        rows = sparse.csr_matrix(
            (self._weights[places], places, np.array(ends)), shape=(len(texts), len(self._places))
        )
        rows.sum_duplicates()
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        rows.data *= np.repeat(scale, np.diff(rows.indptr)).astype(np.float32)
        return rows

    def plan(self, contents: Sequence[str]) -> BatchPlan:
        """Batches of 1,024 in order."""
        return even_plan(len(contents), BATCH_ROWS)

    def transform(self, contents: Sequence[str]) -> FloatArray:
        """Vectors (n, n_dims) float32.

        Raises
        ------
        BadInput : if it was not fitted
        """
        if not len(self._vectors):
            raise BadInput(
                "the student is not fitted yet; it learns from the data when a "
                "run clusters with it."
            )
        return np.asarray(self._features(contents) @ self._vectors + self._start, dtype=np.float32)

    def arrays(self) -> NamedArrays:
        """The learned state as plain arrays."""
        return {
            "words": np.frombuffer("\n".join(self._places).encode("utf-8", "surrogatepass"), "u1"),
            "vectors": self._vectors,
            "start": self._start,
            "weights": self._weights,
            "told": np.array([self.info.name, self.info.revision, self.info.licence]),
            "agreement": np.array(np.nan if self.agreement is None else self.agreement),
        }

    def restore(self, arrays: Mapping[str, AnyArray]) -> Student:
        """Restore the state that `arrays` returned."""
        words = arrays["words"].tobytes().decode("utf-8", "surrogatepass").split("\n")
        self._places = {word: place for place, word in enumerate(words)}
        self._vectors, self._start = arrays["vectors"], arrays["start"]
        self._weights = arrays["weights"]
        name, revision, licence = (str(details) for details in arrays["told"])
        self.agreement = None if np.isnan(arrays["agreement"]) else float(arrays["agreement"])
        self.info = ModelInfo(name, revision, licence, remember="no")
        return self


def _ridge(features: csr_matrix, wanted: FloatArray, penalty: float) -> FloatArray:
    """Least squares with a penalty, all columns at once by conjugate gradients.

    Parameters
    ----------
    features : (n, n_features) sparse
    wanted : (n, n_dims)
    penalty : on the squares of the result

    Returns
    -------
    (n_features, n_dims) float32

    References
    ----------
    Hestenes, Stiefel (1952), Methods of conjugate gradients for solving linear systems.
    """
    across = features.T.tocsr()
    found = np.zeros((features.shape[1], wanted.shape[1]), dtype=np.float32)
    rest = np.asarray(across @ wanted)
    step = rest.copy()
    size = np.einsum("ij,ij->j", rest, rest)
    for _ in range(STEPS):
        image = across @ (features @ step) + penalty * step
        length = size / np.maximum(np.einsum("ij,ij->j", step, image), 1e-20)
        found += length * step
        rest -= length * image
        new = np.einsum("ij,ij->j", rest, rest)
        step = rest + new / np.maximum(size, 1e-20) * step
        size = new
    return np.asarray(found, dtype=np.float32)
