"""Parsing of files: blocks and arguments, with faults contained where they stand.

Terraform stops at the first fault. Here a fault becomes a ``Problem`` and the rest is still read:
a stray comma between arguments is skipped, an argument that cannot be parsed costs only itself, a
block that is never closed ends where the next top-level block begins.
"""

from __future__ import annotations

import re

from linter.core.documents import Problem
from linter.core.regex import lazy_regex
from linter.core.sources import Source
from linter.readers.terraform.cty.value import boolean, number
from linter.readers.terraform.syntax.expressions import ExpressionParser, plain_text
from linter.readers.terraform.syntax.lexer import EOF, Lexer, SyntaxFault
from linter.readers.terraform.syntax.tree import (
    Attribute,
    AttributeDefinition,
    Block,
    Body,
    Invalid,
    Literal,
    Node,
    ObjectNode,
    Origin,
    Template,
    TextPart,
    TupleNode,
    Variable,
)

MAX_BLOCK_DEPTH = 60

_TOP_LEVEL = lazy_regex(
    r'(?:(?:resource|data|ephemeral)[ \t]+"[^"\n]+"[ \t]+"[^"\n]+"'
    r'|(?:module|variable|output|provider)[ \t]+"[^"\n]+"|(?:locals|terraform))[ \t]*\{'
)
"""A line that starts in the first column like this begins a top-level block."""

_NAME = r"[^\W\d][\w-]*+"
_BLANKS = r"(?:[ \t\r]*+(?:(?:\#|//)[^\n]*+)?\n)*+[ \t]*+"
_BLANK = lazy_regex(_BLANKS)
_LINE = lazy_regex(
    rf"{_BLANKS}(?:"
    rf"(?P<name>{_NAME})[ \t]*=[ \t]*"
    r'(?:("[^"\\$%\n]*+")|(true|false)(?![\w.\[(-])|([1-9]\d{0,14}|0)'
    rf"|({_NAME}(?:\.{_NAME})+))[ \t]*(?:(?:\#|//)[^\n]*+)?\r?\n"
    rf'|(?P<type>{_NAME})(?P<labels>(?:[ \t]+"[^"\\$%\n]++")*+)[ \t]*+(?P<open>\{{)'
    r"[ \t]*+(?:(?:\#|//)[^\n]*+)?(?=\r?\n)"
    r"|(?P<close>\}))"
)
"""Blank lines and comments, then a line that most lines are like: an argument that is a plain
string, ``true``, a whole number or a reference, the header of a block, or a closing brace. It is
read without tokens and without the expression parser, to the same result."""

_LABEL = lazy_regex(r'"([^"]*)"')
_MAX_CONSTANT_DEPTH = 12

_REQUIRED = "An argument or block definition is required here."


class FileParser:
    """Parses one file; ``problems`` collects what was wrong."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._lexer: Lexer
        self._block_opened_on_this_line = False
        self._unclosed_at = -1

    def parse(self) -> Body:
        """The file's body; never raises for what is in the text."""
        body = Body()
        try:
            self._lexer = Lexer(self.source)
        except SyntaxFault as fault:
            self._lexer = Lexer(self.source, len(self.source.text))
            self._note(fault, lost=True)
            self._restart(fault.end)
        while True:
            self._items(body, depth=0)
            if self._lexer.kind == EOF:
                return body
            # A closing brace that closes nothing.
            lexer = self._lexer
            self._note(
                SyntaxFault(
                    "Argument or block definition required", _REQUIRED, lexer.start, lexer.end
                ),
                lost=False,
            )
            self._advance()

    def _note(self, fault: SyntaxFault, *, lost: bool) -> None:
        self.problems.append(fault.problem(self.source, lost=lost))

    def _advance(self) -> None:
        """Next token; characters HCL does not use are reported and passed over."""
        lexer = self._lexer
        while True:
            try:
                lexer.advance()
            except SyntaxFault as fault:
                self._note(fault, lost=fault.message != "Invalid character")
                lexer.end = fault.end
                continue
            return

    def _restart(self, position: int) -> None:
        """Continue at ``position`` with a fresh token, outside all brackets."""
        lexer = self._lexer
        lexer.ignore_newlines = 0
        lexer.end = position
        self._advance()

    def _items(self, body: Body, depth: int) -> None:
        """Items up to the closing brace (left as current token) or the end of the file."""
        lexer = self._lexer
        while True:
            kind = lexer.kind
            if kind == "newline":
                self._plain_lines(body, depth)
            elif kind == EOF or kind == "}" or (depth and self._starts_top_level()):
                return
            elif kind == "name":
                self._item(body, depth)
            elif kind == ";":
                self._semicolon()
            elif kind == "quote" and depth == 0:
                self._stray(
                    lexer.start,
                    lexer.end,
                    "Invalid argument name",
                    "Argument names must not be quoted.",
                )
            else:
                self._stray(
                    lexer.start, lexer.end, "Argument or block definition required", _REQUIRED
                )

    def _plain_lines(self, body: Body, depth: int) -> None:
        """Read lines that are like most, from the current line break on.

        Leaves as current token what follows them: a closing brace, what needs tokens, or a line
        break.
        """
        lexer = self._lexer
        text = lexer.body
        position = lexer.start
        while True:
            found = _LINE.match(text, position)
            if found is None:
                break
            form = found.lastgroup
            if form == "close":
                lexer.start, lexer.end = found.span("close")
                lexer.kind = lexer.text = "}"
                return
            if form == "open":
                at = found.start("type")
                if depth >= MAX_BLOCK_DEPTH or (depth and self._top_level_at(at)):
                    break
                labels = found["labels"]
                self._stand_at(found.end())
                self._block(
                    body,
                    found["type"],
                    tuple(_LABEL.findall(labels)) if labels else (),
                    at,
                    depth,
                    (found.end("labels") if labels else found.end("type"), found.start("open")),
                )
                return
            if not self._simple(body, found):
                break
            position = found.end() - 1
        blank = _BLANK.match(text, position)
        assert blank is not None  # it matches the empty text
        lexer.end = blank.end()
        self._advance()

    def _stand_at(self, position: int) -> None:
        """Make what stands at ``position`` the current token, of a kind that is passed over."""
        lexer = self._lexer
        lexer.kind = "newline"
        lexer.start = lexer.end = position

    def _starts_top_level(self) -> bool:
        return self._top_level_at(self._lexer.start)

    def _top_level_at(self, start: int) -> bool:
        body = self._lexer.body
        return (start == 0 or body[start - 1] == "\n") and _TOP_LEVEL.match(body, start) is not None

    def _stray(self, start: int, end: int, message: str, detail: str) -> None:
        self._note(SyntaxFault(message, detail, start, end), lost=True)
        self._skip_item(start)

    def _simple(self, body: Body, found: re.Match[str]) -> bool:
        """Define a simple argument; false when it needs the expression parser after all."""
        source = self.source
        form = found.lastindex or 0
        start, end = found.span(form)
        text = found[form]
        node: Node
        if form == 2:
            node = plain_text(source, start, end, text[1:-1])
        elif form == 3:
            node = Literal(source, start, end, boolean(text == "true", Origin(source, start, end)))
        elif form == 4:
            node = Literal(source, start, end, number(int(text), Origin(source, start, end)))
        else:
            names = text.split(".")
            if names[0] in ("true", "false", "null"):
                return False
            at = start + len(names[0])
            node = Variable(source, start, at, names[0])
            body.constant = False
            for name in names[1:]:
                node = Attribute(node, name, at + 1, at + 1 + len(name))
                at += 1 + len(name)
        self._define(body, found[1], found.start(1), node)
        return True

    def _item(self, body: Body, depth: int) -> None:
        lexer = self._lexer
        name, start, name_end = lexer.text, lexer.start, lexer.end
        self._advance()
        if lexer.kind == "=":
            self._attribute(body, name, start, name_end)
            return
        labels = self._labels()
        if labels is not None and lexer.kind == "{":
            self._block(body, name, labels, start, depth)
            return
        if labels or lexer.kind in ("quote", "name"):
            detail = (
                'Either a quoted string block label or an opening brace ("{") is expected here.'
            )
            self._stray(lexer.start, lexer.end, "Invalid block definition", detail)
            return
        self._stray(
            start,
            name_end,
            "Argument or block definition required",
            f'{_REQUIRED} To set an argument, use the equals sign "=" to introduce the argument '
            "value.",
        )

    def _labels(self) -> tuple[str, ...] | None:
        """Block labels up to the brace; ``None`` when a label is not a plain string."""
        lexer = self._lexer
        labels: list[str] = []
        while True:
            if lexer.kind == "name":
                labels.append(lexer.text)
                self._advance()
            elif lexer.kind == "quote":
                start = lexer.start
                try:
                    template = ExpressionParser(lexer).quoted()
                except SyntaxFault as fault:
                    self._note(fault, lost=True)
                    return None
                text = "".join(p.text for p in template.parts if isinstance(p, TextPart))
                if any(not isinstance(part, TextPart) for part in template.parts):
                    self._note(
                        SyntaxFault(
                            "Invalid string literal",
                            "Template sequences are not allowed in this string.",
                            start,
                            template.end,
                        ),
                        lost=False,
                    )
                labels.append(text)
            else:
                return tuple(labels)

    def _attribute(self, body: Body, name: str, start: int, name_end: int) -> None:
        lexer = self._lexer
        expression: Node
        try:
            lexer.advance()
            expression = ExpressionParser(lexer).expression()
        except SyntaxFault as fault:
            self._note(fault, lost=True)
            expression = Invalid(self.source, start, max(fault.start, name_end))
            body.constant = False
            self._skip_item(start, fault.start)
            self._define(body, name, start, expression)
            return
        if body.constant and not _is_constant(expression):
            body.constant = False
        self._define(body, name, start, expression)
        self._end_of_argument()

    def _define(self, body: Body, name: str, start: int, expression: Node) -> None:
        known = body.attributes.get(name)
        if known is not None:
            line, column = known.source.position(known.name_start)
            self._note(
                SyntaxFault(
                    "Attribute redefined",
                    f'The argument "{name}" was already set at line {line}, '
                    f"column {column}. Each argument may be set only once.",
                    start,
                    start + len(name),
                ),
                lost=False,
            )
            return
        body.attributes[name] = AttributeDefinition(name, start, expression, self.source)

    def _end_of_argument(self) -> None:
        """An argument ends with its line; what else stands there is reported and passed over."""
        lexer = self._lexer
        kind = lexer.kind
        if kind in ("newline", "}", EOF):
            return
        if kind == ";":
            self._semicolon()
            return
        one_line = self._block_opened_on_this_line
        if kind == ",":
            if one_line:
                fault = SyntaxFault(
                    "Invalid single-argument block definition",
                    "Single-line block syntax can "
                    "include only one argument definition. To define multiple arguments, use the "
                    "multi-line block syntax with one argument definition per line.",
                    lexer.start,
                    lexer.end,
                )
            else:
                fault = SyntaxFault(
                    "Unexpected comma after argument",
                    "Argument definitions must be separated by "
                    "newlines, not commas. An argument definition must end with a newline.",
                    lexer.start,
                    lexer.end,
                )
            self._note(fault, lost=False)
            self._advance()
            return
        if kind == "name" and lexer.peek() in ("=", "{", "quote", "name"):
            if one_line:
                fault = SyntaxFault(
                    "Invalid single-argument block definition",
                    "A single-line block definition "
                    "must end with a closing brace immediately after its single argument "
                    "definition.",
                    lexer.start,
                    lexer.end,
                )
            else:
                fault = SyntaxFault(
                    "Missing newline after argument",
                    "An argument definition must end with a newline.",
                    lexer.start,
                    lexer.end,
                )
            self._note(fault, lost=False)
            return
        self._note(
            SyntaxFault(
                "Missing newline after argument",
                "An argument definition must end with a newline.",
                lexer.start,
                lexer.end,
            ),
            lost=True,
        )
        self._skip_item(lexer.start)

    def _semicolon(self) -> None:
        lexer = self._lexer
        self._note(
            SyntaxFault(
                "Invalid character",
                'The ";" character is not valid. Use newlines to separate '
                "arguments and blocks, and commas to separate items in collection values.",
                lexer.start,
                lexer.end,
            ),
            lost=False,
        )
        self._advance()

    def _block(
        self,
        body: Body,
        name: str,
        labels: tuple[str, ...],
        start: int,
        depth: int,
        header: tuple[int, int] | None = None,
    ) -> None:
        """Read a block, from its opening brace on.

        Args:
            header: the ends of the last label and of what is before the brace, where the brace
                has been passed already and its line ends.
        """
        lexer = self._lexer
        header_end, opening = header or (lexer.previous_end, lexer.start)
        inner = Body(constant=name != "dynamic")
        block = Block(name, labels, self.source, start, header_end, opening + 1, opening + 1, inner)
        body.blocks.append(block)
        if depth >= MAX_BLOCK_DEPTH:
            self._note(
                SyntaxFault(
                    f"Blocks nested deeper than {MAX_BLOCK_DEPTH} levels are not read",
                    "No provider nests its blocks like this.",
                    start,
                    header_end,
                ),
                lost=True,
            )
            body.constant = False
            self._skip_block(opening)
            return
        outer = self._block_opened_on_this_line
        if header is None:
            self._advance()
        self._block_opened_on_this_line = lexer.kind != "newline"
        self._items(inner, depth + 1)
        self._block_opened_on_this_line = outer
        if not inner.constant:
            body.constant = False
        if lexer.kind != "}":
            block.end = lexer.start
            if self._unclosed_at == lexer.start:
                return  # the block inside has been named for the same missing brace
            self._unclosed_at = lexer.start
            title = " ".join([name, *(f'"{label}"' for label in labels)])
            self._note(
                SyntaxFault(
                    "Unclosed configuration block",
                    f"There is no closing brace for the block {title}. "
                    "This may be caused by incorrect brace nesting elsewhere in this file.",
                    opening,
                    opening + 1,
                ),
                lost=False,
            )
            return
        block.end = lexer.end
        if lexer.body.startswith("\n", lexer.end):
            self._stand_at(lexer.end)
            return
        self._advance()
        if lexer.kind not in ("newline", EOF, "}"):
            self._note(
                SyntaxFault(
                    "Missing newline after block definition",
                    "A block definition must end with a newline.",
                    lexer.start,
                    lexer.end,
                ),
                lost=False,
            )
            if lexer.kind == ",":
                self._advance()

    def _skip_block(self, opening: int) -> None:
        self._restart(_matching_brace(self._lexer.body, opening))

    def _skip_item(self, start: int, fault: int | None = None) -> None:
        """Pass over an item that cannot be parsed, brackets it opened included.

        The item ends with the line on which its brackets are balanced; a line that looks like the
        next top-level block ends it in any case.
        """
        body = self._lexer.body
        position = _end_of_item(body, start, max(fault or start, start))
        self._restart(position)


def _is_constant(node: Node, depth: int = 0) -> bool:
    """Whether an expression is written out: nothing is referred to, nothing can fail."""
    kind = type(node)
    if kind is Literal:
        return True
    if kind is Template:
        return all(type(part) is TextPart for part in node.parts)  # type: ignore[attr-defined]
    if depth >= _MAX_CONSTANT_DEPTH:
        return False
    if isinstance(node, TupleNode):
        return all(_is_constant(item, depth + 1) for item in node.items)
    if isinstance(node, ObjectNode):
        return all(
            isinstance(key, Variable | Template)
            and (isinstance(key, Variable) or _is_constant(key))
            and _is_constant(value, depth + 1)
            for key, value in node.items
        )
    return False


_SKIP = lazy_regex(
    r'"(?:[^"\\\n]|\\.)*"?|\#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/'
    r"|<<-?([^\W\d][\w-]*)[ \t\r]*\n|[\[({]|[\])}]|\n"
)


def _end_of_item(body: str, start: int, at_least: int) -> int:
    depth = 0
    position = start
    while True:
        found = _SKIP.search(body, position)
        if found is None:
            return len(body)
        text = found.group()
        position = found.end()
        if found.group(1):
            closing = re.compile(rf"^[ \t]*{re.escape(found.group(1))}[ \t\r]*$", re.MULTILINE)
            end = closing.search(body, position)
            position = end.end() if end else len(body)
        elif text in "([{":
            depth += 1
        elif text in ")]}":
            depth -= 1
            if depth < 0:
                if text == "}" and found.start() > start:
                    return found.start()
                depth = 0  # closes nothing: part of what is passed over
        elif text == "\n":
            if depth <= 0 and position > at_least:
                return found.start()
            if _TOP_LEVEL.match(body, position):
                return position


def _matching_brace(body: str, opening: int) -> int:
    """The offset behind the brace that closes the one at ``opening``."""
    depth = 0
    for found in _SKIP.finditer(body, opening):
        text = found.group()
        if text in "([{":
            depth += 1
        elif text in ")]}":
            depth -= 1
            if depth <= 0:
                return found.end()
    return len(body)


def parse_file(source: Source) -> tuple[Body, list[Problem]]:
    """A file's body and what was wrong with it; never raises for what is in the text."""
    parser = FileParser(source)
    return parser.parse(), parser.problems
