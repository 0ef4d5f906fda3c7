"""Python files as texts with places: scripts, and the code cells of notebooks."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

from linter.core.documents import Problem
from linter.core.sources import Source, Span
from linter.readers.python.magics import as_python

MAX_SCRIPT_BYTES = 1_000_000
"""A larger script is generated code; it is named as not read."""

NOTEBOOK = ".ipynb"


class PythonFile:
    """One script: its path, its text, its syntax tree, and where the text stands.

    For a notebook ``text`` is the code of its cells, one after another, and ``lines`` gives for
    each of its lines the offset in the notebook's own text.
    """

    def __init__(self, source: Source, text: str, name: str, lines: list[int] | None = None):
        self.source = source
        self.path = source.path
        self.text = text
        self.name = name
        self.partial = False
        """Whether cells of the notebook were left out because they are no Python."""
        self._lines = lines

    @cached_property
    def _texts(self) -> list[str]:
        return self.text.split("\n")

    def span(self, node: Any) -> Span:
        """Where a node is written; the file's start for one without a place."""
        line = getattr(node, "lineno", None)
        if line is None:
            return self.source.span(0, 0)
        end_line = node.end_lineno or line
        start = self._column(line, node.col_offset)
        end = self._column(end_line, node.end_col_offset or node.col_offset)
        if self._lines is None:
            return Span(self.path, line, start + 1, end_line, end + 1)
        first = self._outer(line, start)
        last = max(first, self._outer(end_line, end))
        return self.source.span(first, last)

    def _column(self, line: int, offset: int) -> int:
        """A column in characters from one in bytes."""
        text = self._texts[line - 1] if line <= len(self._texts) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def _outer(self, line: int, column: int) -> int:
        lines = self._lines or []
        if line > len(lines):
            return 0
        # Inside of a JSON string an escape takes more characters than it stands for.
        text = self._texts[line - 1][:column]
        return lines[line - 1] + len(json.dumps(text, ensure_ascii=False)) - 2


def python_file(source: Source, name: str) -> tuple[PythonFile, Problem | None]:
    """A script, or a notebook's code. Never raises."""
    if source.path.endswith(NOTEBOOK):
        return _notebook(source, name)
    text = source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return PythonFile(source, text, name), None


def parsed(file: PythonFile) -> tuple[ast.Module | None, Problem | None]:
    """The syntax tree, or what is wrong. Never raises."""
    if len(file.text) > MAX_SCRIPT_BYTES:
        return None, _problem(
            file, 1, 0, f"This script has more than {MAX_SCRIPT_BYTES:,} characters"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(file.text), None
        except SyntaxError as error:
            message = f"This is not valid Python 3: {error.msg}"
            return None, _problem(file, error.lineno or 1, (error.offset or 1) - 1, message)
        except (ValueError, RecursionError, MemoryError) as error:
            reason = "it is nested too deeply"
            if isinstance(error, ValueError):
                reason = "it holds characters that no script may hold"
            return None, _problem(file, 1, 0, f"This script cannot be parsed: {reason}")


def _problem(file: PythonFile, line: int, column: int, message: str) -> Problem:
    class Point:
        lineno = end_lineno = max(line, 1)
        col_offset = end_col_offset = max(column, 0)

    return Problem(
        f"{message}; its pipeline is not checked",
        file.span(Point),
        "SYN013",
        hint="Correct it, or leave the file out: --exclude, or exclude in the configuration.",
    )


# --- notebooks ------------------------------------------------------------------------------------


def _notebook(source: Source, name: str) -> tuple[PythonFile, Problem | None]:
    from linter.core.jsontext import JsonLocator, parse_json_source

    document = parse_json_source(source)
    value = document.value
    cells = value.get("cells") if isinstance(value, dict) else None
    locator = document.locator
    if not isinstance(cells, list) or not isinstance(locator, JsonLocator):
        problem = document.problem or Problem(
            "This notebook has no cells that can be read",
            source.span(0, 0),
            hint="Save it again as a notebook of format 4.",
        )
        return PythonFile(source, "", name, []), problem
    texts: list[str] = []
    starts: list[int] = []
    broken: Problem | None = None
    for number, cell in enumerate(cells):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            lines = _cell(source, locator.offsets, number, cell.get("source"))
            code = as_python([text for text, _ in lines])
            if code is not None:
                texts += code
                starts += [start for _, start in lines]
            elif broken is None:
                broken = _broken_cell(source, lines[0][1])
    file = PythonFile(source, "\n".join(texts) + "\n", name, starts)
    file.partial = broken is not None
    return file, broken


def _broken_cell(source: Source, offset: int) -> Problem:
    return Problem(
        "A cell from here on is not valid Python 3 and is left out: what it says is not known",
        source.span(offset, offset),
        "SYN014",
        hint="Correct it, or remove it.",
        lost=False,
        undecided=True,
    )


def _cell(
    source: Source, offsets: Callable[..., tuple[int, int]], number: int, lines: Any
) -> list[tuple[str, int]]:
    """The lines of a cell, each with its offset in the notebook."""
    found: list[tuple[str, int]] = []
    many = isinstance(lines, list)
    for index, item in enumerate(lines if isinstance(lines, list) else [lines]):
        if not isinstance(item, str):
            continue
        path = ("cells", number, "source", index) if many else ("cells", number, "source")
        start = offsets(path)[0] + 1
        for text in item.removesuffix("\n").split("\n"):
            found.append((text, start))
            start += len(json.dumps(text + "\n", ensure_ascii=False)) - 2
    return found
