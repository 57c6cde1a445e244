"""The scikit-learn estimator: vectors or texts in, labels out, no files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from shoal import stages
from shoal.data import Embeddings, FloatArray, IntArray, Items
from shoal.errors import BadInput
from shoal.numerics.duplicates.exact import KeyLookup, first_equal
from shoal.parts.engines.local import LocalEngine
from shoal.recipe import Recipe
from shoal.stages.assigning import Assigner, Limits, content_keys, distinct_keys
from shoal.stages.detecting import Detector


class EmbeddingClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Cluster vectors, or texts by their meaning, without giving the number of clusters.

    Parameters
    ----------
    n_clusters : None to find the number; a number for exactly that many
    detail : "coarse", "normal" or "fine", where the number is found
    coverage : "auto" labels rows that fit no cluster -1, "100" places every row
    embedder : the part that embeds texts
    n_neighbors : neighbors of each row in the shared graph
    random_state : seed, a whole number, or a RandomState to draw it from; None is 0, so that
        results repeat

    Attributes
    ----------
    labels_ : (n,) int32, 0 is the largest cluster, -1 is noise
    strengths_ : (n,) float32 in [0, 1]
    reason_ : why there are that many clusters
    n_features_in_ : columns of X, when X was vectors

    Examples
    --------
    >>> import numpy as np
    >>> from shoal import EmbeddingClusterer
    >>> X = np.repeat(np.eye(3), 20, axis=0) + np.random.default_rng(0).normal(0, 0.05, (60, 3))
    >>> EmbeddingClusterer(n_clusters=3).fit(X).labels_.max()
    np.int32(2)
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        detail: str = "normal",
        coverage: str = "auto",
        embedder: str = "minilm",
        n_neighbors: int = 30,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.detail = detail
        self.coverage = coverage
        self.embedder = embedder
        self.n_neighbors = n_neighbors
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> EmbeddingClusterer:
        """Cluster X, (n, n_dims) numbers or a sequence of n texts; `y` is ignored."""
        recipe = self._recipe()
        self._of_texts, self._fitted_recipe = _are_texts(X), recipe
        contents, vectors = self._contents(X, reset=True)
        if vectors is None:
            vectors = _embedded(contents, recipe)
        items = _items(contents)
        unit = stages.normalize(Embeddings(vectors, ("given",)), recipe.build("normalize"))
        distinct = stages.distinct_vectors(items, unit)
        reducer, keys = recipe.build("reduce"), distinct_keys(items)
        reduced = stages.reduce(distinct, reducer, keys=keys)
        graph = stages.neighbors(reduced, self.n_neighbors, keys=keys)
        coverage = recipe.coverage
        clustering, centres, _ = stages.cluster(
            reduced,
            graph,
            recipe.build("cluster"),
            coverage,
            items.copies,
            keys=keys,
        )
        self.labels_: IntArray = items.spread(clustering.labels, -1)
        self.strengths_: FloatArray = items.spread(clustering.strengths, 0.0)
        self.reason_ = clustering.reason
        self._assigner = Assigner(
            keys=KeyLookup(keys),
            items=np.arange(len(items.distinct)),
            labels=clustering.labels,
            strengths=clustering.strengths,
            base=reduced.vectors,
            centres=centres,
            reducer=reducer,
            limits=Limits.of(graph, coverage),
            detector=Detector.of(items, distinct.vectors, reduced.vectors, graph),
        )
        return self

    def predict(self, X: Any) -> IntArray:
        """Predict the cluster of each row of X; fitted rows get exactly their own label.

        Returns
        -------
        (n,) int32, -1 where a row fits nowhere

        Raises
        ------
        BadInput : if X is texts and the fitted X was vectors, or the other way round
        """
        check_is_fitted(self)
        if _are_texts(X) != self._of_texts:
            given, fitted = ("vectors", "texts") if self._of_texts else ("texts", "vectors")
            raise BadInput(f"fit got {fitted}, but predict got {given}. Pass the same to both.")
        contents, vectors = self._contents(X, reset=False)
        places = self._assigner.known(content_keys(contents))
        labels = np.empty(len(contents), dtype=np.int32)
        labels[places >= 0] = self._assigner.predict_known(places[places >= 0]).labels
        new = np.nonzero(places < 0)[0]
        if len(new):
            recipe = self._fitted_recipe
            if vectors is None:
                raw = _embedded([contents[row] for row in new.tolist()], recipe)
            else:
                raw = vectors[new]
            unit = stages.normalize(Embeddings(raw, ("given",)), recipe.build("normalize"))
            labels[new] = self._assigner.assign(
                unit.vectors, [contents[row] for row in new.tolist()]
            ).labels
        return labels

    def _recipe(self) -> Recipe:
        seed = self.random_state
        if isinstance(seed, np.random.RandomState):
            seed = int(seed.randint(2**31))
        recipe = Recipe(seed=0 if seed is None else int(seed))
        recipe = recipe.choose("embed", part=self.embedder)
        if self.n_clusters is not None:
            recipe = recipe.choose("cluster", n_clusters=self.n_clusters, coverage="100")
        else:
            recipe = recipe.choose("cluster", detail=self.detail, coverage=self.coverage)
        recipe.check()
        return recipe

    def _contents(self, X: Any, *, reset: bool) -> tuple[Sequence[Any], FloatArray | None]:
        """Texts and None, or rows of numbers and the same as vectors in single precision."""
        if _are_texts(X):
            return [str(text) for text in X], None
        checked: NDArray[np.float64] = validate_data(self, X, reset=reset, dtype=np.float64)
        # only directions count: scaled before it is made single precision, where rows might
        # overflow or vanish
        scale = np.abs(checked).max(axis=1, keepdims=True, initial=0.0)
        rows = np.ascontiguousarray(checked / np.where(scale > 0, scale, 1.0), dtype=np.float32)
        return list(checked), rows


def _embedded(texts: Sequence[Any], recipe: Recipe) -> FloatArray:
    items = _items(texts)
    embedder = recipe.build("embed")
    plan = embedder.plan([texts[row] for row in items.distinct])
    return stages.embed(items, embedder, plan, LocalEngine()).vectors


def _are_texts(X: Any) -> bool:
    if isinstance(X, list | tuple):
        return len(X) > 0 and all(isinstance(x, str) for x in X)
    return np.ndim(X) == 1 and len(X) > 0 and all(isinstance(x, str) for x in X)


def _items(contents: Sequence[Any]) -> Items:
    """Items of contents in memory, repeats found."""
    keys = content_keys(contents)
    ids = pa.array(range(len(keys)))
    return Items(ids, contents, "vector", pa.table({"id": ids}), first_equal(keys), {}, keys=keys)
