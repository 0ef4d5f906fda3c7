"""What IPython adds to Python: the cells and lines of notebooks that are no Python by themselves.

Lines keep their number and their indentation, so that places stay right.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from linter.core.record import record

PYTHON_CELLS = frozenset(
    {
        "capture", "debug", "heat", "line_profiler", "local", "lprun", "memit", "mprun", "prun",
        "pyinstrument", "scalene", "snakeviz", "time", "timeit",
    }
)  # fmt: skip
"""Cell magics that run the rest of their cell as Python, with the notebook's names."""

OTHER_CELLS = frozenset(
    {
        "!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "configure", "cython", "html", "info",
        "javascript", "js", "julia", "latex", "markdown", "perl", "pretty", "pypy", "python",
        "python2", "python3", "ruby", "script", "sh", "sql", "svg", "system", "sx",
    }
)  # fmt: skip
"""Cell magics whose cell is another language, or Python with names of its own."""

WRITING_CELLS = frozenset({"file", "writefile"})

UNKNOWN = "get_ipython()"
"""Stands for what a magic gives; nothing defines this name."""

_CELL_MAGIC = re.compile(r"%%(\S+)[ \t]*(.*)")
_ASSIGNMENT = re.compile(
    r"([A-Za-z_][\w.]*(?:[ \t]*,[ \t]*[A-Za-z_][\w.]*)*[ \t]*=[ \t]*)[!%](?!=)"
)
_HELP = re.compile(r"(?:[!%]{0,2})[A-Za-z_*][\w.*%]*\?{1,2}[ \t]*$")
_UNPREFIXED = re.compile(
    r"(?:pip3?|conda|mamba|uv)[ \t]+(?:install|uninstall|list|show|freeze)\b"
    r"|(?:cd|ls)[ \t]+[-~./\w]+$"
)
"""Magics that are written without their sign, as ``pip install`` is."""
_OUTPUT = re.compile(r"(?:^|[ \t])--(?:out|err|output)[ \t=]+([A-Za-z_]\w*)")
_FIRST = {
    "capture": re.compile(r"([A-Za-z_]\w*)(?:[ \t]|$)"),
    "bigquery": re.compile(r"([A-Za-z_]\w*)(?:[ \t]|$)"),
    "sql": re.compile(r"([A-Za-z_]\w*)[ \t]*<<"),
}
"""Cell magics whose first word is the name that their output gets."""


@record
class Cell:
    """One code cell: its lines as Python, or what else it is.

    ``lines`` are empty for a cell that is no Python. ``written`` is the path that the cell writes
    its text to, ``""`` for none, and ``appends`` whether it adds to that file. ``magic`` names a
    cell magic that is not known.
    """

    lines: tuple[str, ...] = ()
    written: str = ""
    appends: bool = False
    magic: str = ""


def cell(lines: Sequence[str]) -> Cell:
    """What a cell is, by its first line that says something."""
    first = next((number for number, text in enumerate(lines) if text.strip()), None)
    if first is None:
        return Cell(tuple(lines))
    found = _CELL_MAGIC.match(lines[first].strip())
    if found is None:
        return Cell(tuple(_plain(lines)))
    name, given = found[1], found[2].strip()
    head = [""] * (first + 1)
    rest = lines[first + 1 :]
    if name in WRITING_CELLS:
        words = given.split()
        path = words[-1].strip("\"'") if words else ""
        return Cell((*head, *rest), path, appends="-a" in words[:-1] or "--append" in words[:-1])
    if name in PYTHON_CELLS:
        head[first] = _names(name, given)
        return Cell((*head, *_plain(rest)))
    if name in OTHER_CELLS or name.startswith("!"):
        head[first] = _names(name, given)
        return Cell((*head, *("" for _ in rest)))
    return Cell(magic=name)


def _names(magic: str, given: str) -> str:
    """What a cell magic puts into a name: its output."""
    names = _OUTPUT.findall(given)
    first = _FIRST[magic].match(given) if magic in _FIRST else None
    if first is not None:
        names.append(first[1])
    return "; ".join(f"{name} = {UNKNOWN}" for name in dict.fromkeys(names))


def _plain(lines: Sequence[str]) -> Sequence[str]:
    """The lines of a Python cell without its magics."""
    return lines if is_python(lines) else list(_without_magics(lines))


def _without_magics(lines: Sequence[str]) -> Iterator[str]:
    state = _State()
    continues = False
    for text in lines:
        code = text.lstrip(" \t")
        indent = text[: len(text) - len(code)]
        if continues:  # of a magic, as in a shell
            continues = code.endswith("\\")
            yield ""
        elif state.at_statement and is_magic(code):
            continues = code.endswith("\\")
            yield f"{indent}pass" if indent else ""
        elif state.at_statement and (found := _ASSIGNMENT.match(code)):
            continues = code.endswith("\\")
            yield f"{indent}{found[1]}{UNKNOWN}"
        else:
            state.take(text)
            yield text


def is_magic(code: str) -> bool:
    """Whether the text of a line, where a statement begins, is for IPython."""
    if code.startswith("!="):
        return False
    return code.startswith(("%", "!", "?")) or bool(_HELP.match(code) or _UNPREFIXED.match(code))


class _State:
    """How far a statement has gone: open brackets, an open string, a line that goes on."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._goes_on = False

    @property
    def at_statement(self) -> bool:
        return not self._depth and not self._quote and not self._goes_on

    def take(self, text: str) -> None:
        """Go over one line."""
        self._goes_on = False
        place = 0
        while place < len(text):
            sign = text[place]
            if sign == "\\":
                self._goes_on = place == len(text) - 1
                place += 2
            elif self._quote:
                ends = text.startswith(self._quote, place)
                place += len(self._quote) if ends else 1
                self._quote = "" if ends else self._quote
            elif sign == "#":
                return
            elif sign in "\"'":
                self._quote = sign * 3 if text.startswith(sign * 3, place) else sign
                place += len(self._quote)
            else:
                self._depth = max(self._depth + (sign in "([{") - (sign in ")]}"), 0)
                place += 1
        if len(self._quote) == 1 and not self._goes_on:
            self._quote = ""  # such a string ends with its line


def is_python(lines: Sequence[str]) -> bool:
    """Whether lines are Python by themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
