"""Places in a text, as the protocol counts them and as we do.

The protocol counts lines and columns from 0, columns in the units of an encoding that client and
server agree on (UTF-16 by default). Here both start at 1, and columns count characters.
"""

from __future__ import annotations

_WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


class Positions:
    """Converts places of one text.

    Args:
        text: the whole text.
        encoding: ``utf-8``, ``utf-16`` or ``utf-32``.
    """

    def __init__(self, text: str, encoding: str) -> None:
        self._lines = text.split("\n")
        self._codec = encoding if encoding == "utf-8" else f"{encoding}-le"
        self._width = _WIDTH[encoding]

    def _units(self, text: str) -> int:
        return len(text.encode(self._codec, "surrogatepass")) // self._width

    def to_client(self, line: int, column: int) -> tuple[int, int]:
        """Of our line and column; one that is past the end is at the end."""
        number = min(max(line, 1), len(self._lines)) - 1
        if line > len(self._lines):
            return number, self._units(self._lines[number])
        return number, self._units(self._lines[number][: max(column, 1) - 1])

    def of_offset(self, offset: int) -> tuple[int, int]:
        """Of an offset in the text."""
        for number, line in enumerate(self._lines):
            if offset <= len(line):
                return number, self._units(line[:offset])
            offset -= len(line) + 1
        return len(self._lines) - 1, self._units(self._lines[-1])

    def from_client(self, line: int, character: int) -> tuple[int, int]:
        """Our line and column."""
        number = min(line, len(self._lines) - 1)
        units = 0
        for column, sign in enumerate(self._lines[number], start=1):
            if units >= character:
                return number + 1, column
            units += self._units(sign)
        return number + 1, len(self._lines[number]) + 1
