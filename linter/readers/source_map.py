"""The source map beside a rendered definition: where in a script each part was made."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Mapping, Sequence
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
        _check_head(source, value)
        scripts = _scripts(source, value["sources"], source_of)
        spans = _spans(value["places"], scripts)
    except _UnusableError as error:
        stale = str(error)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        stale = "it cannot be read"
    else:
        return MapLocator(spans, own), list(scripts.values()), None
    problem = Problem(
        f"The source map beside it is not used: {stale}",
        source.span(0, 0),
        "SYN014",
        hint="Render it again.",
        lost=False,
        notice=True,
    )
    return own, [], problem


class _UnusableError(Exception):
    """Why a map is not used, as the end of a sentence."""


def _check_head(source: Source, value: Any) -> None:
    if value["PipewardenSourceMap"] != VERSION:
        raise _UnusableError("another version of pipewarden wrote it")
    if value["definition"] != digest(source.text):
        raise _UnusableError("the definition was changed since")


def digest(text: str) -> str:
    """What tells whether a text is still the one that a map was made for."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _scripts(source: Source, digests: Mapping[str, str], source_of: SourceOf) -> dict[str, Source]:
    """The scripts by the names that the map gives them."""
    found: dict[str, Source] = {}
    for name, wanted in digests.items():
        path = _path(source, name)
        script = source_of(path)
        if script is None:
            raise _UnusableError(f"{path[:200]} is not in the tree that is read")
        if digest(script.text) != wanted:
            raise _UnusableError(f"{path[:200]} was changed since")
        found[name] = script
    return found


def _path(source: Source, name: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))


def _spans(places: Any, scripts: Mapping[str, Source]) -> dict[Path, Span]:
    if not isinstance(places, list):
        raise _UnusableError("it has no list of places")
    if len(places) > MAX_PLACES:
        raise _UnusableError(f"it has more than {MAX_PLACES:,} places")
    widths: dict[str, list[int]] = {}
    spans: dict[Path, Span] = {}
    for number, entry in enumerate(places):
        name, path = entry["file"], entry["path"]
        script = scripts.get(name) if isinstance(name, str) else None
        if script is None:
            raise _UnusableError(f"place {number} is in a file that is not among its sources")
        if not isinstance(path, list) or not all(type(part) in (int, str) for part in path):
            raise _UnusableError(f"place {number} has no path in the definition")
        if name not in widths:
            widths[name] = [len(line) for line in _lines(script.text)]
        spans[tuple(path)] = _span(entry["span"], script, widths[name], number)
    return spans


def _lines(text: str) -> list[str]:
    """Lines as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _span(numbers: Any, script: Source, widths: Sequence[int], place: int) -> Span:
    """A span of the script; one that is not inside of it says that the map is of another."""
    if not (
        isinstance(numbers, list)
        and len(numbers) == 4
        and all(type(number) is int for number in numbers)
    ):
        raise _UnusableError(f"the span of place {place} is not four whole numbers")
    line, column, end_line, end_column = numbers
    inside = (
        1 <= line <= end_line <= len(widths)
        and 1 <= column <= widths[line - 1] + 1
        and 1 <= end_column <= widths[end_line - 1] + 1
        and (line, column) <= (end_line, end_column)
    )
    if not inside:
        raise _UnusableError(f"place {place} is not inside of {script.path[:200]}")
    return Span(script.path, line, column, end_line, end_column)
