"""How long the price book of one region takes to load.

    python benchmarks/price_book.py [RUNS]

Prints the median and the worst for the largest region, in a process that has the modules loaded
and in fresh ones (imports included). The bound is 10 ms for the book itself.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

BOUND_MS = 10
DATA = Path(__file__).parent.parent / "pricing" / "data"
_FRESH = """
import time
start = time.perf_counter()
from pricing.book import load_book
imported = time.perf_counter()
load_book({region!r}, use_cache=False).price("Training", "ml.m5.xlarge")
done = time.perf_counter()
print(imported - start, done - imported)
"""


def largest() -> str:
    """The region with the largest file."""
    files = (file for file in DATA.glob("*.json") if file.name != "index.json")
    return max(files, key=lambda file: file.stat().st_size).stem


def warm(region: str, runs: int) -> list[float]:
    from pricing.book import load_book

    times = []
    for _ in range(runs):
        start = time.perf_counter()
        load_book(region, use_cache=False).price("Training", "ml.m5.xlarge")
        times.append((time.perf_counter() - start) * 1000)
    return times


def fresh(region: str, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds of importing and of loading, each in a process of its own."""
    imports, loads = [], []
    for _ in range(runs):
        command = [sys.executable, "-c", _FRESH.format(region=region)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        imports.append(float(out[0]) * 1000)
        loads.append(float(out[1]) * 1000)
    return imports, loads


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    region = largest()
    imports, loads = fresh(region, runs)
    for name, times in (
        ("book, warm process", warm(region, runs * 5)),
        ("book, fresh process", loads),
        ("its imports", imports),
    ):
        print(f"{region}  {name:<20} median {statistics.median(times):6.2f} ms", end="")
        print(f"  worst {max(times):6.2f} ms")
    return 0 if statistics.median(loads) < BOUND_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
