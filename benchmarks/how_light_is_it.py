"""How long until `import shoal` and `shoal --help` are done, and how much is installed?

Run it with the Python of an environment that holds shoal and what it needs, nothing else.

    python benchmarks/how_light_is_it.py
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
from importlib.metadata import distribution, requires

from packaging.requirements import Requirement
from report import save, table

RUNS = 9


def median_seconds(*command: str) -> float:
    """Median wall time of a command over RUNS runs, after one that does not count."""
    times = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def closure(name: str, found: dict[str, float] | None = None) -> dict[str, float]:
    """Size in MB of a distribution and of all it requires."""
    found = {} if found is None else found
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return found
    files = distribution(name).files or []
    paths = (file.locate() for file in files if file.suffix != ".pyc")
    found[key] = sum(path.stat().st_size for path in paths if path.is_file()) / 1e6
    for line in requires(name) or []:
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            closure(needed.name, found)
    return found


def main() -> None:
    """Measure and print."""
    sizes = closure("shoal")
    figures = {
        "bare python s": median_seconds(sys.executable, "-c", "pass"),
        "import shoal s": median_seconds(sys.executable, "-c", "import shoal"),
        "shoal --help s": median_seconds(sys.executable, "-m", "shoal", "--help"),
        "packages": len(sizes),
        "install MB": sum(sizes.values()),
    }
    table([figures])
    largest = sorted(sizes.items(), key=lambda entry: -entry[1])[:8]
    print("\nlargest: " + ", ".join(f"{name} {size:.0f} MB" for name, size in largest))
    save("how_light_is_it", {**figures, "largest": dict(largest)})


if __name__ == "__main__":
    main()
