"""Texts, and places in them."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from linter.core.record import entity, field, record
from linter.core.regex import lazy_regex


class Span(NamedTuple):
    """A piece of a file: 1-based lines and columns in characters, the end exclusive."""

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int


@record
class Related:
    """Another place that helps to understand a finding: a call site, an attachment."""

    message: str
    span: Span


@record
class Location:
    """Where a value is written, and the places it came through on its way."""

    span: Span
    related: tuple[Related, ...] = ()


@entity
class Source:
    """One text file.

    ``path`` is relative to the scanned root with forward slashes, as reports print it. Offsets
    into ``text`` are code points; line endings are kept as they are in the file.
    """

    path: str
    text: str
    _spans: dict[tuple[int, int], Span] = field(default_factory=dict, repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        position = find("\n")
        while position != -1:
            starts.append(position + 1)
            position = find("\n", position + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both 1-based, of a code point offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of ``text[start:end]``."""
        return Span(self.path, *self.position(start), *self.position(max(start, end)))

    def outermost(self, start: int, end: int) -> tuple[Source, int, int]:
        """The file that ``text[start:end]`` is written in, and the offsets there."""
        return self, start, end

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line ending; ``""`` past the end."""
        start, end = self.line_bounds(number)
        return self.text[start:end]

    def line_bounds(self, number: int) -> tuple[int, int]:
        """Offsets of a 1-based line without its line ending; an empty range past the end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return 0, 0
        start = starts[number - 1]
        end = starts[number] if number < len(starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end


_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = lazy_regex(rf"\\(?:{_PAIR}|u[0-9a-fA-F]{{4}}|.)")
"""One escape sequence of a JSON string: it stands for one character."""


class JsonString(Source):
    """What a JSON string denotes, as a text of its own whose places are those in the file.

    Args:
        outer: the file.
        start, end: offsets of the string in it, without the quotes.
        text: what it denotes.
    """

    def __init__(self, outer: Source, start: int, end: int, text: str) -> None:
        super().__init__(outer.path, text)
        self._outer = outer
        self._start = start
        self._end = end

    @cached_property
    def _shifts(self) -> tuple[list[int], list[int]]:
        """Offsets of this text behind each escape sequence, and the offsets there in the file."""
        here, there = [0], [self._start]
        for found in _ESCAPE.finditer(self._outer.text, self._start, self._end):
            here.append(here[-1] + found.start() - there[-1] + 1)
            there.append(found.end())
        return here, there

    def _outside(self, offset: int) -> int:
        here, there = self._shifts
        index = bisect_right(here, offset) - 1
        return min(there[index] + offset - here[index], self._end)

    def position(self, offset: int) -> tuple[int, int]:
        return self._outer.position(self._outside(offset))

    def outermost(self, start: int, end: int) -> tuple[Source, int, int]:
        return self._outer.outermost(self._outside(start), self._outside(end))


class GivenText(Source):
    """A text that is in no file (an option, the environment), placed where it has its effect."""

    def __init__(self, text: str, place: Source, start: int, end: int) -> None:
        super().__init__(place.path, text)
        self._place = place
        self._start = start
        self._end = end

    def position(self, offset: int) -> tuple[int, int]:
        return self._place.position(self._start)

    def span(self, start: int, end: int) -> Span:
        return self._place.span(self._start, self._end)

    def outermost(self, start: int, end: int) -> tuple[Source, int, int]:
        return self._place.outermost(self._start, self._end)
