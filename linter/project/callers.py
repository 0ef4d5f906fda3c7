"""Which directories call a local Terraform module: a change is checked through them too."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from linter.core.regex import lazy_regex
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
