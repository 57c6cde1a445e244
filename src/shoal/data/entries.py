"""Objects of JSON files, whose keys docs/run_folder.md documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Entry = dict[str, Any]
"""An object as JSON holds it: an entry of a file of the run, or an answer to a page."""
ReadEntry = Mapping[str, Any]
"""The same where it is only read."""
