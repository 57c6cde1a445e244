"""Known vulnerabilities of what shoal installs: fails on one, and says what was not looked up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = ["-r", "requirements.lock", "--disable-pip", "--require-hashes", "--format", "json"]


def main() -> int:
    """Return 1 if a package has a known vulnerability, 2 if nothing could be read."""
    auditor = Path(sys.executable).with_name("pip-audit")
    done = subprocess.run(
        [auditor, *COMMAND, "--progress-spinner", "off"],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        print(done.stderr, file=sys.stderr)
        return 2
    packages = json.loads(done.stdout)["dependencies"]
    unknown = [package for package in packages if "skip_reason" in package]
    bad = [(p["name"], p["version"], v) for p in packages for v in p.get("vulns", [])]
    for name, version, found in bad:
        fixed = ", ".join(found["fix_versions"]) or "no version yet"
        print(f"{name} {version}: {found['id']}; mended in {fixed}", file=sys.stderr)
    print(
        f"{len(packages)} packages: {len(bad)} known vulnerabilities, "
        f"{len(unknown)} packages not looked up{' (no PyPI to ask)' if unknown else ''}"
    )
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
