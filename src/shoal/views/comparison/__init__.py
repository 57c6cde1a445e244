"""Two finished runs side by side: which rows belong together, and what became of the clusters.

It is told of each run what it needs (`Side`) and reads no folder itself.
"""

from shoal.analysis.comparison.matching import Side, told_apart
from shoal.views.comparison.result import Comparison, compare

__all__ = ["Comparison", "Side", "compare", "told_apart"]
