"""Where a key stands in a TOML text; the parser keeps no places."""

from __future__ import annotations

from linter.core.regex import lazy_regex

_NAME = r"""(?:"[^"\n]*"|'[^'\n]*'|[\w-]+)"""
_DOTTED = rf"{_NAME}(?:[ \t]*\.[ \t]*{_NAME})*"
_HEADER = lazy_regex(rf"[ \t]*(\[\[?)[ \t]*({_DOTTED})[ \t]*\]")
_KEY = lazy_regex(rf"[ \t]*({_DOTTED})[ \t]*=")
_PART = lazy_regex(r"""[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([\w-]+))[ \t]*\.?""")
_LONG = lazy_regex(r'"""|\'\'\'')

Path = tuple[str | int, ...]


class Places:
    """The places of a text's keys, found in one pass when first asked for.

    Whole numbers in a path count the elements of an array of tables.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[Path, tuple[int, int]] | None = None

    def locate(self, path: Path) -> tuple[int, int]:
        """Line and column (1-based) of a key, or of the nearest table around it."""
        if self._known is None:
            self._known = _index(self._text)
        for length in range(len(path), 0, -1):
            place = self._known.get(path[:length])
            if place is not None:
                return place
        return 1, 1


def _index(text: str) -> dict[Path, tuple[int, int]]:
    known: dict[Path, tuple[int, int]] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if inside:
            if inside in line:
                inside = ""
            continue
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found, column = table, header.start(2) + 1
        elif key:
            found, column = (*table, *_parts(key[1])), key.start(1) + 1
        else:
            continue
        for length in range(1, len(found) + 1):
            known.setdefault(found[:length], (number, column))
        quotes = _LONG.findall(line)
        if len(quotes) % 2:
            inside = quotes[-1]
    return known


def _parts(text: str) -> Path:
    return tuple(a or b or c for a, b, c in _PART.findall(text))
