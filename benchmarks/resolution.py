"""Prints how much of the pipeline definitions and IAM policies in Terraform could be resolved.

``python benchmarks/resolution.py PATH...`` reads every directory (or file) as a scan of its own and
counts documents inside strings as fully, partly or not resolved, with the commonest reasons. It is
a measure of the reader, not a check.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linter.core.documents import Embedded, ReadResult
from linter.core.sources import Source
from linter.core.values import OpenDict, Rest, Template, Unknown
from linter.readers.terraform import read_terraform

SUFFIXES = (".tf", ".tf.json", ".tfvars", ".tfvars.json")


def _sources(path: Path) -> dict[str, Source]:
    found: dict[str, Source] = {}
    folders = [(str(path.parent), [], [path.name])] if path.is_file() else os.walk(path)
    base = path.parent if path.is_file() else path
    for folder, below, names in folders:
        below[:] = sorted(name for name in below if name not in (".git", ".terraform"))
        for name in sorted(names):
            file = Path(folder) / name
            if name.endswith(SUFFIXES) and file.is_file():
                key = file.relative_to(base).as_posix()
                found[key] = Source(key, file.read_text("utf-8-sig", errors="replace"))
    return found


def unknowns(value: Any) -> Iterator[str]:
    """The reason of everything in a value that is not known."""
    if isinstance(value, Unknown | Rest):
        yield value.reason
    elif isinstance(value, Template):
        for part in value.parts:
            if isinstance(part, Unknown):
                yield part.reason
    elif isinstance(value, dict):
        if isinstance(value, OpenDict) and value.rest is not None:
            yield value.rest.reason
        for item in value.values():
            yield from unknowns(item)
    elif isinstance(value, list):
        for item in value:
            yield from unknowns(item)


def _degree(embedded: Embedded) -> tuple[str, list[str]]:
    if embedded.problem is not None:
        return "not", [f"invalid: {embedded.problem.message}"]
    reasons = list(unknowns(embedded.value))
    if not reasons:
        return "fully", []
    return ("not" if isinstance(embedded.value, Unknown | Template) else "partly"), reasons


def _count(
    result: ReadResult, degrees: Counter[tuple[str, str]], reasons: Counter[tuple[str, str, str]]
) -> None:
    for document in result.documents:
        for embedded in document.embedded.values():
            what = "pipeline_definition" if document.type == "aws_sagemaker_pipeline" else "policy"
            degree, why = _degree(embedded)
            degrees[(what, degree)] += 1
            for reason in set(why):
                reasons[(what, degree, _general(reason))] += 1


def _general(reason: str) -> str:
    """A reason without the names in it."""
    words = (word for word in reason.split() if not ("." in word.strip(".") or '"' in word))
    return " ".join(words) or reason


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--reasons", type=int, default=8, help="reasons shown for each share")
    options = parser.parse_args()
    degrees: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str, str]] = Counter()
    rules: Counter[str] = Counter()
    for path in options.paths:
        base = path.parent if path.is_file() else path
        result = read_terraform(_sources(path), root=base, base=base)
        rules.update(problem.rule for problem in result.problems)
        _count(result, degrees, reasons)
    for what in ("pipeline_definition", "policy"):
        total = sum(count for (of, _), count in degrees.items() if of == what)
        print(f"{what}: {total}")
        for degree in ("fully", "partly", "not"):
            count = degrees[(what, degree)]
            print(f"  {degree} resolved: {count} ({count / total:.0%})" if total else "  none")
            ranked = Counter(
                {why: n for (of, at, why), n in reasons.items() if (of, at) == (what, degree)}
            )
            for reason, number in ranked.most_common(options.reasons):
                print(f"    {number:5} {reason}")
            if not total:
                break
    print("problems:", ", ".join(f"{rule} {n}" for rule, n in sorted(rules.items())) or "none")


if __name__ == "__main__":
    main()
