"""Which modules and scripts call a file, or read it: a change to it shows there too."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from linter.core.regex import lazy_regex
from linter.discovery.detect import makes_pipeline
from linter.discovery.walk import FoundFile, read_text

_SOURCE = lazy_regex(r"""["']?source["']?\s*[=:]\s*"(\.\.?/[^"$%\n]*)\"""")


def callers_of(directories: Collection[Path], files: Iterable[FoundFile]) -> set[Path]:
    """The given directories and all that call them, directly or through other modules.

    ``files`` are Terraform files to look for calls in. Sources with interpolations, which
    Terraform refuses, are not followed.
    """
    called_by: dict[str, set[str]] = defaultdict(set)
    for file in files:
        text, reason = read_text(file)
        if reason or "source" not in text:
            continue
        directory = str(file.absolute.parent)
        for match in _SOURCE.finditer(text):
            called_by[os.path.normpath(f"{directory}/{match[1]}")].add(directory)
    found = {str(directory) for directory in directories}
    waiting = list(found)
    while waiting:
        for caller in called_by.get(waiting.pop(), ()):
            if caller not in found:
                found.add(caller)
                waiting.append(caller)
    return {Path(directory) for directory in found}


def readers_of(named: Iterable[FoundFile], files: Iterable[FoundFile]) -> set[Path]:
    """The directories of Terraform files that name one of some other files.

    A file is named by its name: how the path to it is put together is known when it is evaluated.
    """
    names = {file.absolute.name for file in named}
    if not names:
        return set()
    found: set[Path] = set()
    for file in files:
        if file.absolute.parent in found or file.absolute.name in names:
            continue
        text, reason = read_text(file)
        if not reason and any(name in text for name in names):
            found.add(file.absolute.parent)
    return found


def scripts_of(named: Iterable[FoundFile], scripts: Iterable[FoundFile]) -> list[FoundFile]:
    """The scripts that make pipelines and name one of some other files: import it, or read it."""
    names = {file.absolute.name for file in named}
    words = names | {name.removesuffix(".py") for name in names if name.endswith(".py")}
    if not words:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, words)))})\b")
    found: list[FoundFile] = []
    for file in scripts:
        text, reason = read_text(file)
        if not reason and makes_pipeline(text) and pattern.search(text):
            found.append(file)
    return found
