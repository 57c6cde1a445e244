"""The report: one self-contained page that shows a finished run.

It reads the run folder and nothing else, so a run can be reported on long after it was made and
on another machine.
"""

from shoal.views.report.notebook import fragment
from shoal.views.report.page import write

__all__ = ["fragment", "write"]
