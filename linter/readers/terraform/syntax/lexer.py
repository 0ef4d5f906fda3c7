"""HCL tokens, one at a time, from one regular expression."""

from __future__ import annotations

import re

from linter.core.documents import Problem
from linter.core.regex import lazy_regex
from linter.core.sources import Source

_COMMENT = r"\#[^\n]*+|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/"
_TOKEN = r"""(?:
    ([^\W\d][\w-]*+)
  | (<<-?[^\W\d][\w-]*[ \t]*\r?\n)
  | (\.\.\.|==|!=|<=|>=|&&|\|\||=>|::|/(?!\*)|[-+*%<>!?:=.,;()\[\]{}~])
  | (\n)
  | ("(?:[^"\\$%\n]*+")?)
  | (\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
)?"""
_KINDS = ("", "name", "heredoc", "", "newline", "quote", "number")
"""Kinds of the groups; an operator's kind is its text."""

TOKEN = lazy_regex(rf"(?:[ \t\r\ufeff]++|{_COMMENT})*+{_TOKEN}", re.VERBOSE)
"""White space and comments, then a token. A name may hold hyphens. Comments run to the end of the
line; the line break is its own token. A quoted string without escapes and template sequences is one
token, of any other string the token is the opening quote."""

TOKEN_ACROSS_LINES = lazy_regex(rf"(?:[ \t\r\n\ufeff]++|{_COMMENT})*+{_TOKEN}", re.VERBOSE)
"""The same where line breaks are white space."""

EOF = "eof"


class SyntaxFault(Exception):  # noqa: N818 - a fault in the text, not in the program
    """The parser cannot go on here. ``start`` and ``end`` are offsets of the fault."""

    def __init__(self, message: str, detail: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.start = start
        self.end = end

    def problem(self, source: Source, *, lost: bool) -> Problem:
        return Problem(self.message, source.span(self.start, self.end), hint=self.detail, lost=lost)


class Lexer:
    """A cursor over a text.

    ``kind`` and ``text`` describe the current token, ``start`` and ``end`` delimit it.
    ``previous_end`` is the end of the token before. While ``ignore_newlines`` is positive line
    breaks are white space.
    """

    def __init__(self, source: Source, position: int = 0, end: int | None = None) -> None:
        self.source = source
        self.body = source.text
        self.limit = len(self.body) if end is None else end
        self.ignore_newlines = 0
        self.kind = EOF
        self.text = ""
        self.start = position
        self.end = position
        self.previous_end = position
        self.advance()

    def advance(self) -> None:
        """Move to the next token; raises ``SyntaxFault`` on a character HCL does not use."""
        self.previous_end = self.end
        pattern = TOKEN_ACROSS_LINES if self.ignore_newlines else TOKEN
        found = pattern.match(self.body, self.end, self.limit)
        assert found is not None  # it matches the empty text
        index = found.lastindex
        if index is None:
            position = found.end()
            if position < self.limit:
                self._strange(position)
            self.kind, self.text = EOF, ""
            self.start = self.end = self.limit
            return
        self.start, self.end = found.span(index)
        text = self.text = found[index]
        self.kind = _KINDS[index] or text

    def _strange(self, position: int) -> None:
        character = self.body[position]
        self.start, self.end = position, position + 1
        self.kind, self.text = "invalid", character
        message = "Invalid character"
        if character == "'":
            detail = 'Single quotes are not valid. Use double quotes (") to enclose strings.'
        elif character == "`":
            detail = (
                'The "`" character is not valid. To create a multi-line string, use the "heredoc" '
                'syntax, like "<<EOT".'
            )
        elif character in "\u201c\u201d":
            detail = 'Curly quotes are not valid. Use straight double quotes (").'
        elif self.body.startswith("/*", position):
            message = "Unclosed comment"
            detail = "There is no */ that ends this comment."
            self.end = self.limit
        elif character in "&|^":
            double = character * 2
            detail = (
                f"This operator is not supported. Did you mean {double!r}?"
                if character != "^"
                else "Bitwise operators are not supported."
            )
        else:
            detail = "This character is not used within the language."
        raise SyntaxFault(message, detail, position, self.end)

    def jump(self, position: int) -> None:
        """Continue behind ``position`` (a template has been read up to there)."""
        self.end = position
        self.advance()

    def peek(self) -> str:
        """The kind of the token behind the current one; line breaks count unless ignored."""
        pattern = TOKEN_ACROSS_LINES if self.ignore_newlines else TOKEN
        found = pattern.match(self.body, self.end, self.limit)
        if found is None or found.lastindex is None:
            return EOF
        return _KINDS[found.lastindex] or found[found.lastindex]
