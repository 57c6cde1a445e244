"""A clusterer for labels that were found elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from shoal.parts.clusterers.base import Estimator


class GivenLabels(Estimator):
    """A clusterer that returns given labels, such as the theme of each document.

    Parameters
    ----------
    labels : (n,) int32, of the distinct rows
    reason : why there are that many
    """

    final_ = True

    def __init__(self, labels: Any = None, reason: str = "") -> None:
        self.labels = labels
        self.reason = reason

    def fit(self, X: Any, y: Any = None, *, order: Any = None) -> GivenLabels:
        """Take the labels that are there already, of the rows that `order` says X holds."""
        labels = np.asarray(self.labels, dtype=np.int32)
        self.labels_ = labels if order is None else labels[order]
        self.reason_ = self.reason
        return self
