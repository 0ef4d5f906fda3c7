"""What is left out of a scan by ``exclude``, of the command line and of configurations."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from warnings import catch_warnings, simplefilter

from linter.core.paths import seen_from
from linter.core.record import record

ExcludeOf = Callable[[str], tuple[str, Sequence[str]]]
"""For what a directory holds: gitignore-style patterns, and the directory they are relative to.

Directories are named as reports name them; ``""`` is the working directory.
"""


def matcher(patterns: list[str]) -> Any:
    """Decides by gitignore-style patterns; ``None`` without any.

    Patterns come from the scanned tree: RE2 takes time in proportion to them and to a name.
    """
    if not patterns:
        return None
    from pathspec import GitIgnoreSpec

    def made(lines: list[str]) -> Any:
        with catch_warnings():
            simplefilter("ignore")  # of odd patterns, which are not ours
            return GitIgnoreSpec.from_lines(lines, backend="re2")

    try:
        return made(patterns)
    except Exception:  # the library's own errors, RE2's among them
        return made([line for line in patterns if _is_pattern(made, line)])


def _is_pattern(made: Callable[[list[str]], Any], line: str) -> bool:
    """Whether a line is a pattern; as in git, one that is not leaves nothing out."""
    try:
        made([line])
    except Exception:
        return False
    return True


@record
class Patterns:
    """Patterns with the directory they are relative to."""

    base: str
    spec: Any

    def match(self, path: str, is_directory: bool) -> bool:
        return bool(self.spec.match_file(seen_from(self.base, path) + "/" * is_directory))


class Excluded:
    """Whether a path is left out.

    A file or directory is judged by the patterns of the directory that holds it: what a
    configuration leaves out is not looked into, whatever configurations lie in it.

    Args:
        everywhere: patterns that hold for all, relative to the working directory.
        of: gives those of a directory.
    """

    def __init__(self, everywhere: Iterable[str] = (), of: ExcludeOf | None = None) -> None:
        spec = matcher(list(everywhere))
        self._everywhere = [] if spec is None else [Patterns("", spec)]
        self._of = of
        self._made: dict[tuple[str, tuple[str, ...]], list[Patterns]] = {}
        self._answers: dict[str, bool] = {}

    def patterns(self, directory: str) -> list[Patterns]:
        """What decides about the files and directories in a directory."""
        if self._of is None:
            return self._everywhere
        base, texts = self._of("" if directory == "." else directory)
        if not texts:
            return self._everywhere
        key = base, tuple(texts)
        found = self._made.get(key)
        if found is None:
            spec = matcher(list(texts))
            found = self._made[key] = [*self._everywhere, Patterns(base, spec)]
        return found

    def with_ancestors(self, path: str) -> bool:
        """Whether a file, or a directory it is in, is left out: what a walk would not reach."""
        return self._one(path, False)

    def _one(self, path: str, is_directory: bool) -> bool:
        if path in ("", ".") or path.split("/")[-1] == "..":
            return False
        if is_directory and path in self._answers:
            return self._answers[path]
        above = posixpath.dirname(path)
        found = any(p.match(path, is_directory) for p in self.patterns(above))
        found = found or (above != path and self._one(above, True))
        if is_directory:
            self._answers[path] = found
        return found
