"""Templates: quoted strings, heredocs and template files, with interpolations and directives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linter.core.record import entity, field
from linter.core.regex import lazy_regex
from linter.core.sources import Source
from linter.readers.terraform.syntax.lexer import EOF, Lexer, SyntaxFault
from linter.readers.terraform.syntax.tree import (
    ForDirective,
    IfDirective,
    Interpolation,
    Node,
    Template,
    TextPart,
)

if TYPE_CHECKING:
    from linter.readers.terraform.syntax.expressions import ExpressionParser

_QUOTED_STOP = lazy_regex(r'["\\\n]|\$\$\{|%%\{|\$\{|%\{')
_BARE_STOP = lazy_regex(r"\n|\$\$\{|%%\{|\$\{|%\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_MULTI_LINE = (
    "Quoted strings may not be split over multiple lines. To produce a multi-line string, either "
    'use the \\n escape to represent a newline character or use the "heredoc" multi-line template '
    "syntax."
)

Piece = tuple[str, int, int]


@entity
class _Text:
    """Literal text that ends at a line break or at a sequence."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(piece[0] for piece in self.pieces)

    def strip_left(self, count: int | None = None) -> None:
        """Remove leading white space, or exactly ``count`` characters of it."""
        left = -1 if count is None else count
        while self.pieces and left:
            text, start, end = self.pieces[0]
            kept = text.lstrip() if count is None else text[min(left, len(text)) :]
            removed = len(text) - len(kept)
            if kept:
                exact = end - start == len(text)
                self.pieces[0] = (kept, start + removed if exact else start, end)
                return
            self.pieces.pop(0)
            left -= removed if count is not None else 0

    def strip_right(self) -> None:
        while self.pieces:
            text, start, end = self.pieces[-1]
            kept = text.rstrip()
            if kept:
                exact = end - start == len(text)
                self.pieces[-1] = (kept, start, end - (len(text) - len(kept)) if exact else end)
                return
            self.pieces.pop()


@entity
class _Sequence:
    """``${…}`` or ``%{…}``: kind is ``value``, ``if``, ``else``, ``endif``, ``for``, ``endfor``."""

    kind: str
    start: int
    end: int
    expression: Node | None = None
    key: str = ""
    name: str = ""
    strip_before: bool = False
    strip_after: bool = False


_Item = _Text | _Sequence


class _Reader:
    """Reads items of a template until its end."""

    def __init__(self, source: Source, position: int, limit: int, depth: int) -> None:
        self.source = source
        self.body = source.text
        self.position = position
        self.limit = limit
        self.items: list[_Item] = []
        self._depth = depth
        self._current: _Text | None = None

    def add_text(self, text: str, start: int, end: int) -> None:
        if not text:
            return
        if self._current is None:
            self._current = _Text()
            self.items.append(self._current)
        self._current.pieces.append((text, start, end))

    def end_text(self) -> None:
        self._current = None

    def sequence(self, opening: int) -> None:
        """Read the ``${`` or ``%{`` at ``opening``."""
        directive = self.body[opening] == "%"
        position = opening + 2
        strip_before = self.body.startswith("~", position)
        lexer = Lexer(self.source, position + strip_before, self.limit)
        lexer.ignore_newlines = 1
        while lexer.kind == "newline":
            lexer.advance()
        from linter.readers.terraform.syntax.expressions import MAX_DEPTH, ExpressionParser

        parser = ExpressionParser(lexer)
        parser._depth = self._depth + 1
        if parser._depth > MAX_DEPTH:
            raise SyntaxFault(
                f"Expression nested deeper than {MAX_DEPTH} levels is not read",
                "Split it into local values.",
                opening,
                opening + 2,
            )
        item = (
            self._directive(parser, opening)
            if directive
            else _Sequence("value", opening, opening, parser.expression())
        )
        item.strip_before = strip_before
        if lexer.kind == "~":
            item.strip_after = True
            lexer.advance()
        if lexer.kind != "}":
            what = "directive" if directive else "interpolation"
            if lexer.kind in (EOF, "invalid", "newline", "quote"):
                raise SyntaxFault(
                    f"Unclosed template {what} sequence",
                    f"There is no closing brace for this "
                    f"{what} sequence before the end of the template. This might be caused by "
                    "incorrect nesting inside the given expression.",
                    opening,
                    opening + 2,
                )
            raise SyntaxFault(
                f"Extra characters after {what} expression",
                "Expected a closing brace to end the "
                f"{what} expression, but found extra characters.",
                lexer.start,
                lexer.end,
            )
        item.end = self.position = lexer.end
        self.end_text()
        self.items.append(item)

    @staticmethod
    def _directive(parser: ExpressionParser, opening: int) -> _Sequence:
        lexer = parser.lexer
        word = lexer.text if lexer.kind == "name" else ""
        if word not in ("if", "else", "endif", "for", "endfor"):
            raise SyntaxFault(
                "Invalid template directive",
                "A template directive must start with one of: if, else, endif, for, endfor.",
                lexer.start,
                lexer.end,
            )
        lexer.advance()
        item = _Sequence(word, opening, opening)
        if word == "if":
            item.expression = parser.expression()
        elif word == "for":
            item.name = _Reader._name(lexer)
            if lexer.kind == ",":
                lexer.advance()
                item.key, item.name = item.name, _Reader._name(lexer)
            if not (lexer.kind == "name" and lexer.text == "in"):
                raise SyntaxFault(
                    "Invalid 'for' directive",
                    "A 'for' directive requires the 'in' keyword after its names.",
                    lexer.start,
                    lexer.end,
                )
            lexer.advance()
            item.expression = parser.expression()
        return item

    @staticmethod
    def _name(lexer: Lexer) -> str:
        if lexer.kind != "name":
            raise SyntaxFault(
                "Invalid 'for' directive",
                "A 'for' directive requires a variable name.",
                lexer.start,
                lexer.end,
            )
        name = lexer.text
        lexer.advance()
        return name


def quoted(parser: ExpressionParser) -> Template:
    """A quoted template whose opening quote is the parser's current token."""
    lexer = parser.lexer
    start = lexer.start
    reader = _Reader(lexer.source, start + 1, lexer.limit, parser._depth)
    body, limit = reader.body, reader.limit
    while True:
        found = _QUOTED_STOP.search(body, reader.position, limit)
        if found is None or body[found.start()] == "\n":
            at = limit if found is None else found.start()
            raise SyntaxFault("Invalid multi-line string", _MULTI_LINE, at, min(at + 1, limit))
        at = found.start()
        reader.add_text(body[reader.position : at], reader.position, at)
        mark = found.group()
        if mark == '"':
            break
        if mark == "\\":
            text, end = _escape(body, at, limit)
            reader.add_text(text, at, end)
            reader.position = end
        elif len(mark) == 3:
            reader.add_text(mark[1:], at, at + 3)
            reader.position = at + 3
        else:
            reader.sequence(at)
    _strip_white_space(reader.items)
    end = found.end()
    lexer.jump(end)
    return Template(lexer.source, start, end, _assemble(reader.items))


def _escape(body: str, at: int, limit: int) -> tuple[str, int]:
    letter = body[at + 1 : at + 2] if at + 1 < limit else ""
    if letter in _ESCAPES:
        return _ESCAPES[letter], at + 2
    if letter in ("u", "U"):
        digits = body[at + 2 : at + (6 if letter == "u" else 10)]
        try:
            if len(digits) == (4 if letter == "u" else 8):
                return chr(int(digits, 16)), at + 2 + len(digits)
        except (ValueError, OverflowError):
            pass
        raise SyntaxFault(
            "Invalid escape sequence",
            f"\\{letter} must be followed by "
            f"{'four' if letter == 'u' else 'eight'} hexadecimal digits.",
            at,
            at + 2,
        )
    raise SyntaxFault(
        "Invalid escape sequence",
        f'The symbol "{letter}" is not a valid escape sequence selector.'
        if letter.strip()
        else "Backslash must be followed by an escape sequence selector character.",
        at,
        min(at + 2, limit),
    )


def heredoc(parser: ExpressionParser) -> Template:
    """A heredoc whose ``<<MARKER`` line is the parser's current token."""
    lexer = parser.lexer
    start = lexer.start
    header = lexer.text
    flush = header.startswith("<<-")
    marker = header[3 if flush else 2 :].strip()
    closing = re.compile(rf"^[ \t]*{re.escape(marker)}[ \t\r]*$", re.MULTILINE)
    found = closing.search(lexer.body, lexer.end, lexer.limit)
    if found is None:
        raise SyntaxFault(
            "Unterminated template string",
            "No closing marker was found for the string.",
            start,
            lexer.end,
        )
    reader = _Reader(lexer.source, lexer.end, found.start(), parser._depth)
    _read_lines(reader)
    _strip_white_space(reader.items)
    if flush:
        _strip_indentation(reader.items)
    marker_end = found.start() + len(found.group().rstrip())
    lexer.jump(marker_end)
    return Template(lexer.source, start, marker_end, _assemble(reader.items), heredoc=True)


def _read_lines(reader: _Reader) -> None:
    """Items up to the reader's limit; every line is a text of its own."""
    body, limit = reader.body, reader.limit
    while reader.position < limit:
        found = _BARE_STOP.search(body, reader.position, limit)
        if found is None:
            reader.add_text(body[reader.position : limit], reader.position, limit)
            break
        at, mark = found.start(), found.group()
        if mark == "\n":
            reader.add_text(body[reader.position : at + 1], reader.position, at + 1)
            reader.end_text()
            reader.position = at + 1
            continue
        reader.add_text(body[reader.position : at], reader.position, at)
        if len(mark) == 3:
            reader.add_text(mark[1:], at, at + 3)
            reader.position = at + 3
        else:
            reader.sequence(at)


def _strip_indentation(items: list[_Item]) -> None:
    """What ``<<-`` does: the least indentation of the lines goes; blank lines do not count."""
    least: int | None = None
    lines: list[_Text] = []
    at_line_start = True
    for item in items:
        text = item.text if isinstance(item, _Text) else ""
        if at_line_start:
            at_line_start = False
            trimmed = text.lstrip()
            if not (isinstance(item, _Text) and not trimmed and text.endswith("\n")):
                spaces = len(text) - len(trimmed)
                least = spaces if least is None else min(least, spaces)
                if isinstance(item, _Text):
                    lines.append(item)
        if text.endswith("\n"):
            at_line_start = True
    for line in lines:
        line.strip_left(least or 0)


def template_body(source: Source, start: int = 0, end: int | None = None) -> Template:
    """A whole text as a template, as ``templatefile`` reads it; raises ``SyntaxFault``."""
    limit = len(source.text) if end is None else end
    reader = _Reader(source, start, limit, 0)
    _read_lines(reader)
    _strip_white_space(reader.items)
    return Template(source, start, limit, _assemble(reader.items))


def _strip_white_space(items: list[_Item]) -> None:
    """What ``~`` does: white space goes from the text beside it, which ends with its line."""
    for index, item in enumerate(items):
        if not isinstance(item, _Sequence):
            continue
        if item.strip_before and index and isinstance(text := items[index - 1], _Text):
            text.strip_right()
        if (
            item.strip_after
            and index + 1 < len(items)
            and isinstance(text := items[index + 1], _Text)
        ):
            text.strip_left()


def _assemble(items: list[_Item]) -> tuple[Any, ...]:
    """Nest directives, join neighbouring texts."""
    parts: tuple[Any, ...]
    parts, position = _nest(items, 0, ())
    if position < len(items):
        stray = items[position]
        assert isinstance(stray, _Sequence)
        raise SyntaxFault(
            f"Unexpected {stray.kind} directive",
            f"There is no directive open that {stray.kind} could belong to.",
            stray.start,
            stray.end,
        )
    return parts


def _nest(items: list[_Item], position: int, closing: tuple[str, ...]) -> tuple[Any, int]:
    parts: list[Any] = []
    pieces: list[Piece] = []

    def flush() -> None:
        if pieces:
            parts.append(TextPart("".join(piece[0] for piece in pieces), tuple(pieces)))
            pieces.clear()

    while position < len(items):
        item = items[position]
        if isinstance(item, _Text):
            pieces.extend(item.pieces)
            position += 1
            continue
        if item.kind in closing or item.kind in ("else", "endif", "endfor"):
            break
        flush()
        position += 1
        if item.kind == "value":
            assert item.expression is not None
            parts.append(Interpolation(item.expression, item.start, item.end))
        elif item.kind == "if":
            part, position = _nest_if(items, position, item)
            parts.append(part)
        else:
            inner, position = _nest(items, position, ("endfor",))
            _expect(items, position, "endfor", item)
            assert item.expression is not None
            parts.append(
                ForDirective(item.key, item.name, item.expression, inner, item.start, item.end)
            )
            position += 1
    flush()
    return tuple(parts), position


def _nest_if(items: list[_Item], position: int, opening: _Sequence) -> tuple[IfDirective, int]:
    then, position = _nest(items, position, ("else", "endif"))
    otherwise: tuple[Any, ...] = ()
    if position < len(items):
        item = items[position]
        if isinstance(item, _Sequence) and item.kind == "else":
            otherwise, position = _nest(items, position + 1, ("endif",))
    _expect(items, position, "endif", opening)
    assert opening.expression is not None
    return (
        IfDirective(opening.expression, then, otherwise, opening.start, opening.end),
        position + 1,
    )


def _expect(items: list[_Item], position: int, kind: str, opening: _Sequence) -> None:
    item = items[position] if position < len(items) else None
    if not (isinstance(item, _Sequence) and item.kind == kind):
        raise SyntaxFault(
            "Unclosed template directive",
            f"The {opening.kind} directive is missing its {kind}.",
            opening.start,
            opening.end,
        )
