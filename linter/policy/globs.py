"""Path globs of a configuration, matched in linear time: a scanned tree may bring its own."""

from __future__ import annotations

from typing import Any

from linter.core.linear import PatternError, compiled


class PathGlob:
    """``*`` within a directory, ``**`` across them, a bare directory for all below.

    A glob without a slash is a name at any depth.
    """

    __slots__ = ("_expression", "_glob")

    def __init__(self, glob: str) -> None:
        self._glob = glob.removeprefix("./").rstrip("/")
        self._expression: Any = None

    def matches(self, path: str) -> bool:
        """Whether the glob means this whole path, or a directory above it."""
        if self._expression is None:
            try:
                self._expression = compiled(_pattern(self._glob), dot_all=True)
            except PatternError:  # larger than its memory: longer than any path
                return False
        return self._expression.fullmatch(path.encode("utf-8", "surrogatepass")) is not None


def _pattern(glob: str) -> str:
    out: list[str] = []
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position):
            out.append("(?:.*/)?")
            position += 3
        elif glob.startswith("**", position):
            out.append(".*")
            position += 2
        elif glob[position] == "*":
            out.append("[^/]*")
            position += 1
        elif glob[position] == "?":
            out.append("[^/]")
            position += 1
        else:
            out.append(_literal(glob[position]))
            position += 1
    anchor = "" if "/" in glob else "(?:.*/)?"
    return f"{anchor}{''.join(out)}(?:/.*)?"


def _literal(character: str) -> str:
    return character if character.isalnum() or character == "_" else f"\\x{{{ord(character):x}}}"
