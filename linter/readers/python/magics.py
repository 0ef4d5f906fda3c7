"""Cells of notebooks as Python: lines for IPython and for a shell are taken out.

A line is taken for a magic only where Python's parser stops at it, so that ``% x`` on the next line
of an expression, and ``%s`` in a text of several lines, stay what they are.
"""

from __future__ import annotations

import ast
import warnings

from linter.core.regex import lazy_regex

MAX_MAGICS = 200
"""Lines of one cell that may be taken out."""
UNKNOWN_RESULT = "__what_ipython_gives__"
"""A name that no cell defines, in the place of what a magic gives."""
_RUN_PYTHON = frozenset(
    {"time", "timeit", "capture", "prun", "mprun", "lprun", "memit", "snakeviz"}
)
"""Magics of a whole cell whose text is Python."""
_CELL = lazy_regex(r"%%(\w*)")
_GIVEN = lazy_regex(r"^([ \t]*[\w.\[\]'\", ]+?[ \t]*=)[ \t]*[%!](?!=)")
_HELP = lazy_regex(r"^[ \t]*[\w.]+\?\??[ \t]*$")


def as_python(lines: list[str]) -> list[str] | None:
    """The lines with magics left blank, as many as before; ``None`` for what is no Python then.

    A cell for another language (``%%bash``) is blank.
    """
    first = next((number for number, text in enumerate(lines) if text.strip()), None)
    if first is None:
        return lines
    found = list(lines)
    cell = _CELL.match(found[first].lstrip())
    if cell is not None:
        if cell[1] not in _RUN_PYTHON:
            return [""] * len(lines)
        found[first] = ""
    for _ in range(MAX_MAGICS):
        error = _error(found)
        if error is None:
            return found
        if not _take_out(found, error):
            return None
    return None


def _error(lines: list[str]) -> int | None:
    """The number of the line that Python's parser stops at; ``None`` for a whole cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            return error.lineno or 1
        except (ValueError, RecursionError, MemoryError):
            return 0
    return None


def _take_out(lines: list[str], number: int) -> bool:
    """Blank the magic at a line, and what goes on from it; whether there is one."""
    index = min(number, len(lines)) - 1
    if index < 0:
        return False
    text = lines[index]
    plain = text.lstrip()
    given = _GIVEN.match(text)
    if given is not None:
        lines[index] = f"{given[1]} {UNKNOWN_RESULT}"
    elif (plain.startswith(("%", "!", "?")) and not plain.startswith("!=")) or _HELP.match(text):
        indent = text[: len(text) - len(plain)]
        lines[index] = f"{indent}pass" if indent else ""
    else:
        return False
    # A command for a shell goes on behind a backslash.
    while text.rstrip().endswith("\\") and index + 1 < len(lines):
        index += 1
        text, lines[index] = lines[index], ""
    return True
