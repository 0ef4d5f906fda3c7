"""``python -m tests.fuzz --minutes 5 --seed 1``: inputs from a seed, crashers kept as files."""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Iterator
from hashlib import sha256

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import CORPUS, CRASHERS, run

SLOW_SECONDS = 20
"""Of the processor: a machine that does other things as well makes nothing slow."""


def inputs(seed: int) -> Iterator[tuple[str, bytes]]:
    """Endless inputs, the same for the same seed: a name of the corpus, and content."""
    random_ = random.Random(seed)
    corpus = {path.name: path.read_bytes() for path in sorted(CORPUS.iterdir())}
    names, texts = list(corpus), list(corpus.values())
    while True:
        name = random_.choice(names)
        yield name, mutated(random_, corpus[name], texts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--inputs", type=int, default=0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    count, found = 0, set()
    for name, data in inputs(options.seed):
        if time.monotonic() > end or count == options.inputs > 0:
            break
        count += 1
        start = time.process_time()
        try:
            run(name, data)
            fault = "slow" if time.process_time() - start > SLOW_SECONDS else ""
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            fault = f"{type(error).__name__} at {last.filename}:{last.lineno} {str(error)[-300:]}"
        if fault and fault not in found:
            found.add(fault)
            CRASHERS.mkdir(exist_ok=True)
            file = CRASHERS / f"{sha256(data).hexdigest()[:12]}-{name}"
            file.write_bytes(data)
            print(f"{file.name}: {fault}")
    print(f"{count:,} inputs from seed {options.seed}: {len(found)} crashes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
