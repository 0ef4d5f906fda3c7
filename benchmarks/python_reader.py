"""How much of a pipeline's definition is read from its script, against what the SDK wrote.

    python benchmarks/python_reader.py SCRIPT=DEFINITION.json [SCRIPT=DEFINITION.json ...]

Every leaf of the definition is compared. A leaf is *fixed by the script* unless its text holds
what only the caller, the account or the SDK's upload gives: the account, the region, a role, a
bucket, an address with a time or a digest. ``wrong`` is what the reader claims to know and what
the SDK did not write; there must be none.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter
from typing import Any

from linter.core.sources import Source
from linter.core.values import MISSING, Rest, Template, Unknown, lookup
from linter.readers.python.reader import read_python

_NOT_THE_SCRIPTS = re.compile(
    r"\b\d{12}\b|\b[a-z]{2}-[a-z]+-\d\b|role/|-\d{4}-\d{2}-\d{2}-|/[0-9a-f]{32,64}(?:/|$)"
    r"|\bNone/|\bx-[a-z]|/home/"
)


def compare(read: Any, written: Any, path: str, found: list[tuple[str, str, Any, Any]]) -> None:
    """Judge every leaf of what was written: equal, unknown, wrong."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            compare(lookup(read, key), value, f"{path}.{key}", found)
        for key in read:
            if key not in written:
                found.append((f"{path}.{key}", "wrong", read[key], MISSING))
        return
    if isinstance(written, list) and isinstance(read, list):
        loose = any(isinstance(item, Rest) for item in read)
        if len(read) != len(written) and not loose:
            found.append((path, "wrong", read, written))
            return
        if loose and not _may_be_list(read, written):
            found.append((path, "wrong", read, written))
            return
        for index, value in enumerate(written):
            inner = Unknown("a list that is not wholly known") if loose else read[index]
            if (
                loose
                and index < len(read)
                and not any(isinstance(item, Rest) for item in read[: index + 1])
            ):
                inner = read[index]
            compare(inner, value, f"{path}[{index}]", found)
        return
    if isinstance(written, dict | list) and written and isinstance(read, Unknown | Template):
        if not may_be(read, written):
            found.append((path, "wrong", read, written))
            return
        for leaf, value in leaves(written, path):
            found.append((leaf, "unknown", read, value))
        return
    found.append((path, verdict(read, written), read, written))


def leaves(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        return [leaf for key, one in value.items() for leaf in leaves(one, f"{path}.{key}")]
    if isinstance(value, list) and value:
        return [leaf for i, one in enumerate(value) for leaf in leaves(one, f"{path}[{i}]")]
    return [(path, value)]


def verdict(read: Any, written: Any) -> str:
    if not may_be(read, written):
        return "wrong"
    return "unknown" if isinstance(read, Unknown | Template) else "equal"


def may_be(read: Any, written: Any) -> bool:
    """Whether what was written is one of the values that were read as possible."""
    if isinstance(read, Unknown):
        return not read.alternatives or any(may_be(one, written) for one in read.alternatives)
    if isinstance(read, Template):
        return isinstance(written, str) and read.may_equal(written)
    if isinstance(read, dict) and isinstance(written, dict):
        if any(key not in written for key in read):
            return False
        return all(may_be(lookup(read, key), value) for key, value in written.items())
    if isinstance(read, list) and isinstance(written, list):
        return _may_be_list(read, written)
    return type(read) is type(written) and bool(read == written)


def _may_be_list(read: list[Any], written: list[Any]) -> bool:
    """Whether the elements fit, those of a ``Rest`` any number of times."""
    reached = {0}
    for item in read:
        if not isinstance(item, Rest):
            fits = {at for at in reached if at < len(written) and may_be(item, written[at])}
            reached = {at + 1 for at in fits}
            continue
        pending = list(reached)
        while pending:
            at = pending.pop()
            if at < len(written) and at + 1 not in reached and may_be(item, written[at]):
                reached.add(at + 1)
                pending.append(at + 1)
    return len(written) in reached


def steps_of(definition: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    pending = list(definition.get("Steps", []))
    while pending:
        step = pending.pop(0)
        if isinstance(step, dict):
            found.append((step.get("Name"), step.get("Type")))
            arguments = step.get("Arguments")
            for key in ("IfSteps", "ElseSteps"):
                inner = arguments.get(key) if isinstance(arguments, dict) else None
                pending += inner if isinstance(inner, list) else []
    return found


def judge(script: Path, definition: Path) -> Counter[str]:
    written = json.loads(definition.read_text("utf-8"))
    script = script.resolve()
    root = next((one for one in script.parents if (one / ".git").exists()), script.parent)
    source = Source(script.relative_to(root).as_posix(), script.read_text("utf-8"))
    started = perf_counter()
    result = read_python([source], boundary=root, base=root)
    seconds = perf_counter() - started
    print(f"\n{script}")
    for problem in result.problems:
        print(f"  problem: {problem.message}")
    candidates = [d.embedded[("PipelineDefinition",)].value for d in result.documents]
    if not candidates:
        print("  no pipeline found")
        return Counter({"missed": 1})
    best: list[tuple[str, str, Any, Any]] | None = None
    for read in candidates:
        found: list[tuple[str, str, Any, Any]] = []
        compare(read, written, "", found)
        wrong = sum(kind == "wrong" for _, kind, _, _ in found)
        if best is None or wrong < sum(kind == "wrong" for _, kind, _, _ in best):
            best, chosen = found, read
    assert best is not None
    counts: Counter[str] = Counter()
    for path, kind, read_value, written_value in best:
        fixed = not _NOT_THE_SCRIPTS.search(json.dumps(written_value, default=str))
        counts[kind] += 1
        counts[f"{kind} fixed" if fixed else f"{kind} given"] += 1
        if kind == "wrong" or (kind == "unknown" and fixed):
            print(f"  {kind}{path}: {str(read_value)[:110]!r} | {str(written_value)[:90]!r}")
    read_steps, own_steps = steps_of(chosen), steps_of(written)
    missing = [step for step in own_steps if step not in read_steps]
    counts["steps"] += len(own_steps)
    counts["steps missing"] += len(missing)
    total = counts["equal fixed"] + counts["unknown fixed"] + counts["wrong fixed"]
    print(
        f"  {len(own_steps)} steps, {len(missing)} missing; of {total} leaves fixed by the script "
        f"{100 * counts['equal fixed'] / max(total, 1):.1f} % equal, {counts['wrong']} wrong; "
        f"others {counts['equal given']} of {counts['equal given'] + counts['unknown given']}; "
        f"{seconds * 1000:.0f} ms"
    )
    for step in missing:
        print(f"  missing step: {step}")
    return counts


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    counts: Counter[str] = Counter()
    for argument in arguments:
        script, _, definition = argument.partition("=")
        counts += judge(Path(script), Path(definition))
    total = counts["equal fixed"] + counts["unknown fixed"] + counts["wrong fixed"]
    print(
        f"\n{len(arguments)} scripts, {counts['steps']} steps, {counts['steps missing']} missing; "
        f"{total} leaves fixed by the scripts, {100 * counts['equal fixed'] / max(total, 1):.2f} % "
        f"equal, {counts['wrong']} wrong"
    )
    return 1 if counts["wrong"] or counts["steps missing"] or counts["missed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
