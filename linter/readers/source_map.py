"""The source map beside a rendered definition: where in a script each part was made."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from linter.core.documents import Locator, Path, Problem
from linter.core.sources import Location, Source, Span

VERSION = 1
MAX_PLACES = 200_000

SourceOf = Callable[[str], Source | None]
"""Gives a script of the tree by its displayed path."""


class MapLocator:
    """Points from paths of a definition to the script that made it."""

    knows_missing = True

    def __init__(self, spans: Mapping[Path, Span], own: Locator) -> None:
        self._spans = spans
        self._own = own

    def locate(self, path: Path) -> Location:
        around = path
        while True:
            found = self._spans.get(around)
            if found is not None:
                return Location(found)
            if not around:
                return self._own.locate(path)
            around = around[:-1]

    def locate_key(self, path: Path) -> Location:
        return self.locate(path)


def mapped(
    source: Source, own: Locator, text: str, source_of: SourceOf
) -> tuple[Locator, list[Source], Problem | None]:
    """The locator of a definition with a map beside it, and the scripts that it names.

    A map that does not belong to the text, or whose scripts have changed since, is said once, and
    the places are those in the definition.
    """
    try:
        value = json.loads(text)
        stale = ""
        if value["PipewardenSourceMap"] != VERSION:
            stale = "another version of pipewarden wrote it"
        elif value["definition"] != _digest(source.text):
            stale = "the definition was changed since"
        else:
            scripts, stale = _scripts(source, value["sources"], source_of)
            if not stale:
                return MapLocator(_spans(source, value["places"], scripts), own), scripts, None
    except _BadPlaceError as error:
        stale = str(error)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        stale = "it cannot be read"
    problem = Problem(
        f"The source map beside it is not used: {stale}",
        source.span(0, 0),
        "SYN014",
        hint="Render it again.",
        lost=False,
        notice=True,
    )
    return own, [], problem


class _BadPlaceError(Exception):
    """A place that is in none of the scripts."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _scripts(
    source: Source, digests: Mapping[str, str], source_of: SourceOf
) -> tuple[list[Source], str]:
    found: list[Source] = []
    for name, wanted in digests.items():
        path = _path(source, name)
        script = source_of(path)
        if script is None:
            return [], f"{path[:200]} is not in the tree that is read"
        if _digest(script.text) != wanted:
            return [], f"{path[:200]} was changed since"
        found.append(script)
    return found, ""


def _path(source: Source, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))


def _spans(source: Source, places: list[Any], scripts: list[Source]) -> dict[Path, Span]:
    if len(places) > MAX_PLACES:
        raise _BadPlaceError(f"it has more than {MAX_PLACES:,} places")
    lengths = {
        posixpath.normpath(script.path): [len(line) for line in script.text.split("\n")]
        for script in scripts
    }
    spans: dict[Path, Span] = {}
    for entry in places:
        file = _path(source, str(entry["file"]))
        path = tuple(part if type(part) is int else str(part) for part in entry["path"])
        spans[path] = _span(file, entry["span"], lengths.get(file))
    return spans


def _span(file: str, numbers: Any, lengths: list[int] | None) -> Span:
    if lengths is None:
        raise _BadPlaceError(f"{file[:200]} is not among its sources")
    if not isinstance(numbers, list) or [type(number) for number in numbers] != [int] * 4:
        raise _BadPlaceError("a place in it is no four numbers")
    line, column, end_line, end_column = numbers
    for number, at in ((line, column), (end_line, end_column)):
        if not (1 <= number <= len(lengths) and 1 <= at <= lengths[number - 1] + 2):
            raise _BadPlaceError(f"a place in it lies outside of {file[:200]}")
    if (line, column) > (end_line, end_column):
        raise _BadPlaceError("a place in it ends before it begins")
    return Span(file, line, column, end_line, end_column)
