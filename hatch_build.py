"""Builds the explorer's page into the wheel, or says what is missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = "src/shoal/views/explorer/static/index.html"
MIN_NODE = 20


class CustomBuildHook(BuildHookInterface):
    """Run before a wheel or source distribution is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the page where it is not there yet; an editable install does without."""
        root = Path(self.root)
        if version == "editable" or (root / PAGE).is_file():
            return
        npm, node = shutil.which("npm"), shutil.which("node")
        if not npm or not node or _major(node) < MIN_NODE:
            raise RuntimeError(
                f"the explorer's page is not built, and building it needs Node {MIN_NODE} or newer "
                "with npm. Run `make page` first, or install Node."
            )
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=root / "explorer", check=True)


def _major(node: str) -> int:
    version = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = version.strip().lstrip("v").partition(".")[0]
    return int(number) if number.isdigit() else 0
