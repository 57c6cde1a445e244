"""Two finished runs side by side: matched rows, and what became of the clusters.

It gets what it needs from each run (`Side`) and reads no folder itself.
"""

from shoal.analysis.comparison.matching import Side, distinct_names
from shoal.views.comparison.result import Comparison, compare

__all__ = ["Comparison", "Side", "compare", "distinct_names"]
