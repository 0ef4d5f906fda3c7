"""Text that remembers where each of its characters was written.

A heredoc, a quoted string with escapes, a template file with interpolations: the text that they
denote is made of pieces of source text. Parsers of embedded documents work on the denoted text
and map positions back through the pieces.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from linter.core.record import entity, field
from linter.core.sources import Source, Span
from linter.core.values import Template, Unknown, make_string

PLACEHOLDER = "\ufdd0"
"""Stands for one unknown part. A noncharacter: valid text never holds it."""

BARE_PLACEHOLDER = "\ufdd1"
"""Stands for an unknown part outside a JSON string, while the text is parsed."""


def _defused(text: str) -> str:
    """A file's own text must not pass for an unknown part."""
    if PLACEHOLDER in text or BARE_PLACEHOLDER in text:
        return text.replace(PLACEHOLDER, "\ufffd").replace(BARE_PLACEHOLDER, "\ufffd")
    return text


class Piece(NamedTuple):
    """``text[start:end]`` of a mapped text comes from ``source.text[source_start:source_end]``.

    Where both have the same length the characters correspond one to one; otherwise (an escape
    sequence, an interpolation) every character stands for the whole source piece.
    """

    start: int
    end: int
    source: Source
    source_start: int
    source_end: int


@entity
class MappedText:
    """A text with its pieces, in order, and the unknown parts.

    ``text`` holds :data:`PLACEHOLDER` where a part is not known; ``unknowns`` gives, by position,
    what stands there. Text that no piece covers maps to the nearest piece before it.
    """

    text: str
    pieces: Sequence[Piece]
    unknowns: dict[int, Unknown] = field(default_factory=dict)

    @classmethod
    def of_source(cls, source: Source, start: int = 0, end: int | None = None) -> MappedText:
        """The text of a source, or of a part of it, as it stands.

        A placeholder character in a file's own text is replaced by U+FFFD: it must not pass for
        an unknown part.
        """
        stop = len(source.text) if end is None else end
        text = source.text if (start, stop) == (0, len(source.text)) else source.text[start:stop]
        return cls(_defused(text), (Piece(0, stop - start, source, start, stop),))

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def span(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` is written.

        When the ends lie in different files, only the start's piece is covered.
        """
        source, begin, finish = self.source_range(start, end)
        return source.span(begin, finish)

    def source_range(self, start: int, end: int) -> tuple[Source, int, int]:
        """Source and offsets in it of ``text[start:end]``; see :meth:`span`."""
        first = self._piece_at(start)
        last = self._piece_at(max(start, end - 1))
        begin = self._source_offset(first, start, at_end=False)
        if last.source is not first.source:
            return first.source, begin, first.source_end
        if end <= start:
            return first.source, begin, begin
        finish = self._source_offset(last, end, at_end=True)
        return first.source, begin, max(begin, finish)

    def _piece_at(self, offset: int) -> Piece:
        index = bisect_right(self._starts, offset) - 1
        return self.pieces[max(index, 0)]

    @staticmethod
    def _source_offset(piece: Piece, offset: int, *, at_end: bool) -> int:
        if piece.end - piece.start == piece.source_end - piece.source_start:
            shifted = piece.source_start + offset - piece.start
            return min(max(shifted, piece.source_start), piece.source_end)
        return piece.source_end if at_end else piece.source_start

    def value(self, start: int, end: int) -> str | Template | Unknown:
        """The text between two offsets as a value: a string, or a template."""
        return self.fill(self.text[start:end], start)

    def fill(self, text: str, start: int) -> str | Template | Unknown:
        """Put the unknown parts back into ``text``, whose first placeholder follows ``start``."""
        if PLACEHOLDER not in text:
            return text
        parts: list[str | Unknown] = []
        position = start
        for index, piece in enumerate(text.split(PLACEHOLDER)):
            if index:
                position = self.text.index(PLACEHOLDER, position)
                parts.append(self.unknowns[position])
                position += 1
            parts.append(piece)
        return make_string(parts)


class MappedTextBuilder:
    """Collects pieces into a :class:`MappedText`."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._pieces: list[Piece] = []
        self._unknowns: dict[int, Unknown] = {}
        self._length = 0

    def add(self, text: str, source: Source, source_start: int, source_end: int) -> None:
        """Append text written at ``source.text[source_start:source_end]``."""
        if not text:
            return
        text = _defused(text)
        self._pieces.append(
            Piece(self._length, self._length + len(text), source, source_start, source_end)
        )
        self._text.append(text)
        self._length += len(text)

    def add_unknown(
        self, unknown: Unknown, source: Source, source_start: int, source_end: int
    ) -> None:
        """Append one unknown part, written as ``${…}`` there."""
        self._unknowns[self._length] = unknown
        self._pieces.append(Piece(self._length, self._length + 1, source, source_start, source_end))
        self._text.append(PLACEHOLDER)
        self._length += 1

    def extend(self, other: MappedText) -> None:
        """Append another mapped text with its pieces and unknown parts."""
        shift = self._length
        self._pieces.extend(
            Piece(p.start + shift, p.end + shift, p.source, p.source_start, p.source_end)
            for p in other.pieces
        )
        self._unknowns.update((at + shift, unknown) for at, unknown in other.unknowns.items())
        self._text.append(other.text)
        self._length += len(other.text)

    def build(self, fallback: Source, at: int = 0) -> MappedText:
        """The finished text; ``fallback`` and ``at`` place it when it is empty."""
        pieces: Iterable[Piece] = self._pieces or (Piece(0, 0, fallback, at, at),)
        return MappedText("".join(self._text), tuple(pieces), self._unknowns)
