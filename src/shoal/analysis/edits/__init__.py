"""What a person changed in a finished run: an append-only log, and the clusters it leads to.

Playing the log computes nothing: each edit carries its outcome (which rows went where, and the
titles and marks that were renewed), so that undoing it brings back exactly what was before. This
package knows the run folder and nothing of stages, models or the explorer.
"""

from shoal.analysis.edits.editor import Editor, as_left, has_edits
from shoal.analysis.edits.log import FILE, EditLog
from shoal.analysis.edits.playing import Edited, History, titles_before
from shoal.analysis.edits.side_by_side import side_by_side

__all__ = [
    "FILE",
    "EditLog",
    "Edited",
    "Editor",
    "History",
    "as_left",
    "has_edits",
    "side_by_side",
    "titles_before",
]
