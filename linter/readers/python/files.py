"""Python files as texts with places: scripts, and the code cells of notebooks."""

from __future__ import annotations

import ast
import json
import posixpath
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import dropwhile
from typing import Any

from linter.core.documents import Problem
from linter.core.sources import Source, Span
from linter.readers.unread import EXCLUDE

MAX_SCRIPT_BYTES = 1_000_000
"""A larger script is generated code; it is named as not read."""

NOTEBOOK = ".ipynb"


class PythonFile:
    """One script: its path, its text, its syntax tree, and where the text stands.

    For a notebook ``text`` is the code of its cells, one after another, and ``lines`` gives for
    each of its lines the offset in the notebook's own text.
    """

    def __init__(
        self,
        source: Source,
        text: str,
        name: str,
        lines: list[int] | None = None,
        path: str = "",
    ):
        self.source = source
        self.path = path or source.path
        """Where the script is to be: of a cell that writes a module, the module's path."""
        self.text = text
        self.name = name
        self.partial = False
        """Whether cells of the notebook were left out because they are no Python."""
        self.written: list[PythonFile] = []
        """The scripts that cells of the notebook write."""
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
            return Span(self.source.path, line, start + 1, end_line, end + 1)
        first = self.offset(line, start)
        last = max(first, self.offset(end_line, end))
        return self.source.span(first, last)

    def _column(self, line: int, offset: int) -> int:
        """A column in characters from one in bytes."""
        text = self._texts[line - 1] if line <= len(self._texts) else ""
        if text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def offset(self, line: int, column: int) -> int:
        """Where in the notebook a line and column (from 1 and from 0) of its code stand."""
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
        hint=f"Correct it, {EXCLUDE}.",
    )


# --- notebooks ------------------------------------------------------------------------------------


def _notebook(source: Source, name: str) -> tuple[PythonFile, Problem | None]:
    from linter.core.jsontext import JsonLocator, parse_json_source
    from linter.readers.python import magics

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
    written: dict[str, list[tuple[str, int]]] = {}
    problems: list[Problem] = []
    for number, one in enumerate(cells):
        if not isinstance(one, dict) or one.get("cell_type") != "code":
            continue
        lines = _lines(source, locator.offsets, number, one.get("source"))
        read = magics.cell([text for text, _ in lines])
        offsets = [start for _, start in lines]
        if read.written:
            if not read.appends:
                written.pop(read.written, None)
            written.setdefault(read.written, []).extend(
                _after_magic(zip(read.lines, offsets, strict=True))
            )
        elif read.magic:
            problems.append(_unknown_magic(source, offsets[0], read.magic))
        elif magics.is_python(read.lines):
            texts += read.lines
            starts += offsets
        else:
            problems.append(_broken_cell(source, offsets[0]))
    file = PythonFile(source, "\n".join(texts) + "\n", name, starts)
    file.partial = bool(problems)
    file.written = [
        _written(source, path, found)
        for path, found in written.items()
        if path.endswith(".py") and not path.startswith(("/", "~"))
    ]
    return file, problems[0] if problems else None


def _after_magic(lines: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """What a cell writes: all that follows the line of its magic."""
    return dropwhile(lambda line: not line[0].strip(), lines)


def _written(source: Source, path: str, lines: list[tuple[str, int]]) -> PythonFile:
    """A script that a notebook writes, beside it."""
    full = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), path))
    name = posixpath.basename(path).removesuffix(".py")
    text = "\n".join(text for text, _ in lines) + "\n"
    return PythonFile(source, text, name, [start for _, start in lines], full)


def _broken_cell(source: Source, offset: int) -> Problem:
    return Problem(
        "A cell from here on is not valid Python 3 and is left out: what it says is not known",
        source.span(offset, offset),
        "SYN014",
        hint="Correct it, or remove it.",
        lost=False,
        undecided=True,
    )


def _unknown_magic(source: Source, offset: int, magic: str) -> Problem:
    return Problem(
        f"A cell from here on is left out, as it is not known what %%{magic[:50]} makes of it: "
        "what it says is not known",
        source.span(offset, offset),
        "SYN014",
        hint="Write it without this magic.",
        lost=False,
        undecided=True,
    )


def _lines(
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
