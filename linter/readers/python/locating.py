"""From paths in a definition back to the script that makes it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from linter.core.documents import Path
from linter.core.sources import Location, Related
from linter.readers.python.sdk.pipeline import Places
from linter.readers.python.values import Place


class PythonLocator:
    """Points from a path to the keyword or the assignment that a value came from."""

    knows_missing = True

    def __init__(self, places: Places, keys: Places, around: Place) -> None:
        self._places = places
        self._keys = keys
        self._around = around

    def locate(self, path: Path) -> Location:
        return self._location(self._nearest(path, self._places))

    def locate_key(self, path: Path) -> Location:
        found = self._keys.get(path)
        return self._location(found) if found is not None else self.locate(path)

    def _nearest(self, path: Path, places: Places) -> Place:
        while path:
            found = places.get(path)
            if found is not None:
                return found
            path = path[:-1]
        return places.get((), self._around)

    def _location(self, place: Place) -> Location:
        span = place.file.span(narrowed(place))
        pipeline = self._around
        if pipeline.file.source.path == span.path:
            return Location(span)
        return Location(
            span, (Related("the pipeline is made here", pipeline.file.span(narrowed(pipeline))),)
        )


class _Header(NamedTuple):
    """The first words of a function or class."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


def narrowed(place: Place) -> object:
    """Of a call the name that is called: what is missing is missing there."""
    node = place.node
    if isinstance(node, ast.Call):
        return node.func
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        end = node.col_offset + len("def ") + len(node.name)
        return _Header(node.lineno, node.col_offset, node.lineno, end)
    return node
