"""Parsing of expressions."""

from __future__ import annotations

from linter.core.sources import Source
from linter.readers.terraform.cty.value import boolean, null, number, written_number
from linter.readers.terraform.syntax.lexer import EOF, Lexer, SyntaxFault
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Binary,
    Call,
    Conditional,
    For,
    Index,
    Literal,
    Node,
    ObjectNode,
    Origin,
    Parenthesized,
    Splat,
    Template,
    TextPart,
    TupleNode,
    Unary,
    Variable,
)

MAX_DEPTH = 200
"""Expressions nested deeper are refused."""

_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_EXPECTED = "Expected the start of an expression, but found an invalid expression token."


def plain_text(source: Source, start: int, end: int, text: str) -> Template:
    """A quoted string without sequences, quotes at ``start`` and before ``end``."""
    parts = (TextPart(text, ((text, start + 1, end - 1),)),) if text else ()
    return Template(source, start, end, parts)


class ExpressionParser:
    """Recursive descent over a :class:`Lexer`; leaves the lexer behind the expression."""

    def __init__(self, lexer: Lexer) -> None:
        self.lexer = lexer
        self.source: Source = lexer.source
        self._depth = 0

    def expression(self) -> Node:
        """One expression; raises ``SyntaxFault``."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            lexer = self.lexer
            raise SyntaxFault(
                f"Expression nested deeper than {MAX_DEPTH} levels is not read",
                "Split it into local values.",
                lexer.start,
                lexer.end,
            )
        try:
            return self._conditional()
        finally:
            self._depth -= 1

    def _conditional(self) -> Node:
        condition = self._binary(1)
        lexer = self.lexer
        if lexer.kind != "?":
            return condition
        lexer.advance()
        then = self.expression()
        if lexer.kind != ":":
            raise SyntaxFault(
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by "
                "a colon.",
                lexer.start,
                lexer.end,
            )
        lexer.advance()
        return Conditional(condition, then, self.expression())

    def _binary(self, level: int) -> Node:
        left = self._unary()
        lexer = self.lexer
        while True:
            operator = lexer.kind
            precedence = _PRECEDENCE.get(operator, 0)
            if precedence < level or not precedence:
                return left
            lexer.advance()
            left = Binary(left, operator, self._binary(precedence + 1))

    def _unary(self) -> Node:
        lexer = self.lexer
        if lexer.kind in ("!", "-"):
            start, operator = lexer.start, lexer.kind
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise SyntaxFault(
                    f"Expression nested deeper than {MAX_DEPTH} levels is not read",
                    "Split it into local values.",
                    lexer.start,
                    lexer.end,
                )
            lexer.advance()
            operand = self._unary()
            self._depth -= 1
            return Unary(self.source, start, operator, operand)
        return self._traversals(self._primary())

    def _primary(self) -> Node:
        lexer = self.lexer
        kind, start, end = lexer.kind, lexer.start, lexer.end
        if kind == "name":
            return self._name()
        if kind == "number":
            value = written_number(lexer.text, Origin(self.source, start, end))
            lexer.advance()
            return Literal(self.source, start, end, value)
        if kind == "quote":
            return self.quoted()
        if kind == "heredoc":
            from linter.readers.terraform.syntax.templates import heredoc

            return heredoc(self)
        if kind == "(":
            return self._parenthesized()
        if kind == "[":
            return self._tuple()
        if kind == "{":
            return self._object()
        raise SyntaxFault("Invalid expression", _EXPECTED, start, max(end, start))

    def quoted(self) -> Template:
        """A quoted template; the current token is its opening quote."""
        lexer = self.lexer
        start = lexer.start
        if len(lexer.text) > 1:
            text, end = lexer.text[1:-1], lexer.end
            lexer.advance()
            return plain_text(self.source, start, end, text)
        from linter.readers.terraform.syntax.templates import quoted

        return quoted(self)

    def _name(self) -> Node:
        lexer = self.lexer
        start, end, name = lexer.start, lexer.end, lexer.text
        lexer.advance()
        if name in ("true", "false") and lexer.kind != "(":
            value = boolean(name == "true", Origin(self.source, start, end))
            return Literal(self.source, start, end, value)
        if name == "null" and lexer.kind != "(":
            return Literal(self.source, start, end, null(origin=Origin(self.source, start, end)))
        while lexer.kind == "::":
            lexer.advance()
            if lexer.kind != "name":
                raise SyntaxFault(
                    "Missing function name",
                    "Function scope resolution symbol :: must be followed "
                    "by a function name in this scope.",
                    lexer.start,
                    lexer.end,
                )
            name, end = f"{name}::{lexer.text}", lexer.end
            lexer.advance()
        if lexer.kind == "(":
            return self._call(name, start, end)
        if "::" in name:
            raise SyntaxFault(
                "Missing open parenthesis",
                "Function selector must be followed by an open "
                "parenthesis to begin the function call.",
                lexer.start,
                lexer.end,
            )
        return Variable(self.source, start, end, name)

    def _call(self, name: str, start: int, name_end: int) -> Call:
        lexer = self.lexer
        lexer.ignore_newlines += 1
        opening = lexer.start
        lexer.advance()
        arguments: list[Node] = []
        expand = False
        while lexer.kind != ")":
            if lexer.kind == EOF:
                raise SyntaxFault(
                    "Unterminated function call",
                    "There is no closing parenthesis for this "
                    "function call before the end of the file. This may be caused by incorrect "
                    "parenthesis nesting elsewhere in this file.",
                    start,
                    opening + 1,
                )
            arguments.append(self.expression())
            if lexer.kind == "...":
                expand = True
                lexer.advance()
                if lexer.kind == ",":
                    lexer.advance()
                if lexer.kind != ")":
                    raise SyntaxFault(
                        "Missing closing parenthesis",
                        "An expanded function argument (with ...) "
                        "must be immediately followed by closing parentheses.",
                        lexer.start,
                        lexer.end,
                    )
                break
            if lexer.kind == ",":
                lexer.advance()
            elif lexer.kind != ")":
                raise SyntaxFault(
                    "Missing argument separator",
                    "A comma is required to separate each function argument from the next.",
                    lexer.start,
                    lexer.end,
                )
        end = lexer.end
        lexer.ignore_newlines -= 1
        lexer.advance()
        return Call(self.source, start, end, name, name_end, tuple(arguments), expand)

    def _parenthesized(self) -> Node:
        lexer = self.lexer
        start = lexer.start
        lexer.ignore_newlines += 1
        lexer.advance()
        inner = self.expression()
        if lexer.kind != ")":
            raise SyntaxFault(
                "Unbalanced parentheses",
                "Expected a closing parenthesis to terminate the expression.",
                lexer.start,
                lexer.end,
            )
        end = lexer.end
        lexer.ignore_newlines -= 1
        lexer.advance()
        return Parenthesized(self.source, start, end, inner)

    def _tuple(self) -> Node:
        lexer = self.lexer
        start = lexer.start
        lexer.ignore_newlines += 1
        lexer.advance()
        if lexer.kind == "name" and lexer.text == "for" and lexer.peek() == "name":
            return self._for(start, "]")
        items: list[Node] = []
        while lexer.kind != "]":
            if lexer.kind == EOF:
                raise SyntaxFault(
                    "Unterminated tuple constructor expression",
                    "There is no closing bracket "
                    "before the end of the file. This may be caused by incorrect bracket nesting "
                    "elsewhere in this file.",
                    start,
                    start + 1,
                )
            items.append(self.expression())
            if lexer.kind == ",":
                lexer.advance()
            elif lexer.kind != "]":
                raise SyntaxFault(
                    "Missing item separator",
                    "Expected a comma to mark the beginning of the next item.",
                    lexer.start,
                    lexer.end,
                )
        end = lexer.end
        lexer.ignore_newlines -= 1
        lexer.advance()
        return TupleNode(self.source, start, end, tuple(items))

    def _object(self) -> Node:
        lexer = self.lexer
        start = lexer.start
        outer, lexer.ignore_newlines = lexer.ignore_newlines, 1
        lexer.advance()
        if lexer.kind == "name" and lexer.text == "for" and lexer.peek() == "name":
            return self._for(start, "}", outer)
        lexer.ignore_newlines = 0
        if lexer.kind == "}":
            return self._end_object(start, outer, [])
        items: list[tuple[Node, Node]] = []
        while True:
            while lexer.kind == "newline":
                lexer.advance()
            if lexer.kind == "}":
                return self._end_object(start, outer, items)
            if lexer.kind == EOF:
                raise SyntaxFault(
                    "Unterminated object constructor expression",
                    "There is no closing brace "
                    "before the end of the file. This may be caused by incorrect brace nesting "
                    "elsewhere in this file.",
                    start,
                    start + 1,
                )
            key = self.expression()
            if lexer.kind not in ("=", ":"):
                raise SyntaxFault(
                    "Missing key/value separator",
                    'Expected an equals sign ("=") to mark the beginning of the attribute value.',
                    lexer.start,
                    lexer.end,
                )
            lexer.advance()
            while lexer.kind == "newline":
                raise SyntaxFault("Invalid expression", _EXPECTED, lexer.start, lexer.end)
            items.append((key, self.expression()))
            if lexer.kind in (",", "newline"):
                lexer.advance()
            elif lexer.kind != "}":
                raise SyntaxFault(
                    "Missing attribute separator",
                    "Expected a newline or comma to mark the beginning of the next attribute.",
                    lexer.start,
                    lexer.end,
                )

    def _end_object(self, start: int, outer: int, items: list[tuple[Node, Node]]) -> ObjectNode:
        lexer = self.lexer
        end = lexer.end
        lexer.ignore_newlines = outer
        lexer.advance()
        return ObjectNode(self.source, start, end, tuple(items))

    def _for(self, start: int, closing: str, outer: int | None = None) -> For:
        lexer = self.lexer
        lexer.advance()
        key, name = "", self._for_name()
        if lexer.kind == ",":
            lexer.advance()
            key, name = name, self._for_name()
        if not (lexer.kind == "name" and lexer.text == "in"):
            raise self._bad_for(
                "For expression requires the 'in' keyword after its name declarations."
            )
        lexer.advance()
        collection = self.expression()
        if lexer.kind != ":":
            raise self._bad_for("For expression requires a colon after the collection expression.")
        lexer.advance()
        value = self.expression()
        key_expression: Node | None = None
        group = False
        if lexer.kind == "=>":
            if closing == "]":
                raise self._bad_for("Key expression is not valid when building a tuple.")
            lexer.advance()
            key_expression, value = value, self.expression()
            if lexer.kind == "...":
                group = True
                lexer.advance()
        elif closing == "}":
            raise self._bad_for("Key expression is required when building an object.")
        condition: Node | None = None
        if lexer.kind == "name" and lexer.text == "if":
            lexer.advance()
            condition = self.expression()
        if lexer.kind != closing:
            raise self._bad_for("Extra characters after the end of the 'for' expression.")
        end = lexer.end
        if outer is None:
            lexer.ignore_newlines -= 1
        else:
            lexer.ignore_newlines = outer
        lexer.advance()
        return For(
            self.source,
            start,
            end,
            key=key,
            name=name,
            collection=collection,
            key_expression=key_expression,
            value_expression=value,
            condition=condition,
            group=group,
        )

    def _for_name(self) -> str:
        lexer = self.lexer
        if lexer.kind != "name":
            raise self._bad_for("For expression requires variable name after 'for'.")
        name = lexer.text
        lexer.advance()
        return name

    def _bad_for(self, detail: str) -> SyntaxFault:
        return SyntaxFault("Invalid 'for' expression", detail, self.lexer.start, self.lexer.end)

    def _traversals(self, node: Node) -> Node:
        lexer = self.lexer
        while True:
            if lexer.kind == ".":
                node = self._dot(node)
            elif lexer.kind == "[":
                node = self._bracket(node)
            else:
                return node

    def _dot(self, node: Node) -> Node:
        lexer = self.lexer
        lexer.advance()
        if lexer.kind == "name":
            name, start, end = lexer.text, lexer.start, lexer.end
            lexer.advance()
            return Attribute(node, name, start, end)
        if lexer.kind == "number":
            return self._legacy_index(node)
        if lexer.kind == "*":
            end = lexer.end
            lexer.advance()
            steps: list[tuple[str, object]] = []
            while lexer.kind == ".":
                lexer.advance()
                end = lexer.end
                if lexer.kind == "number":
                    steps.append(("index", self._legacy_number()))
                elif lexer.kind == "name":
                    steps.append(("attribute", lexer.text))
                    lexer.advance()
                else:
                    raise SyntaxFault(
                        "Invalid attribute name",
                        "An attribute name is required after a dot.",
                        lexer.start,
                        lexer.end,
                    )
            return Splat(node, tuple(steps), end)
        raise SyntaxFault(
            "Invalid attribute name",
            "An attribute name is required after a dot.",
            lexer.start,
            lexer.end,
        )

    def _legacy_index(self, node: Node) -> Node:
        """``a.0``; of ``a.0.1`` the lexer makes one number, which Terraform refuses."""
        index = self._legacy_number()
        return Index(node, index, index.end)

    def _legacy_number(self) -> Literal:
        lexer = self.lexer
        start, end, digits = lexer.start, lexer.end, lexer.text
        if not digits.isdecimal():
            proper = "".join(f"[{part}]" for part in digits.split("."))
            raise SyntaxFault(
                "Invalid legacy index syntax",
                "When using the legacy index syntax, chaining two "
                "indexes together is not permitted. Use the proper index syntax instead, like "
                f"{proper}.",
                start,
                end,
            )
        lexer.advance()
        return self._number(int(digits), start, end)

    def _number(self, amount: int, start: int, end: int) -> Literal:
        return Literal(self.source, start, end, number(amount, Origin(self.source, start, end)))

    def _bracket(self, node: Node) -> Node:
        lexer = self.lexer
        opening = lexer.start
        lexer.ignore_newlines += 1
        lexer.advance()
        if lexer.kind == "*":
            lexer.advance()
            self._close_bracket(opening)
            return self._full_splat(node, lexer.previous_end)
        key = self.expression()
        self._close_bracket(opening)
        return Index(node, key, lexer.previous_end)

    def _close_bracket(self, opening: int) -> None:
        lexer = self.lexer
        if lexer.kind != "]":
            raise SyntaxFault(
                "Missing close bracket on index",
                'The index operator must end with a closing bracket ("]").',
                opening,
                lexer.end,
            )
        lexer.ignore_newlines -= 1
        lexer.advance()

    def _full_splat(self, node: Node, end: int) -> Node:
        lexer = self.lexer
        steps: list[tuple[str, object]] = []
        while True:
            if lexer.kind == "." and lexer.peek() == "name":
                lexer.advance()
                steps.append(("attribute", lexer.text))
                end = lexer.end
                lexer.advance()
            elif lexer.kind == "." and lexer.peek() == "number":
                lexer.advance()
                end = lexer.end
                steps.append(("index", self._legacy_number()))
            elif lexer.kind == "[":
                opening = lexer.start
                lexer.ignore_newlines += 1
                lexer.advance()
                if lexer.kind == "*":
                    lexer.advance()
                    self._close_bracket(opening)
                    inner = self._full_splat(node, lexer.previous_end)
                    assert isinstance(inner, Splat)
                    return Splat(node, (*steps, ("splat", inner.steps)), inner.end)
                key = self.expression()
                self._close_bracket(opening)
                end = lexer.previous_end
                steps.append(("index", key))
            else:
                return Splat(node, tuple(steps), end)


def parse_expression(source: Source, start: int = 0, end: int | None = None) -> Node:
    """A text that is one expression; raises ``SyntaxFault``."""
    lexer = Lexer(source, start, end)
    while lexer.kind == "newline":
        lexer.advance()
    lexer.ignore_newlines = 0
    node = ExpressionParser(lexer).expression()
    while lexer.kind == "newline":
        lexer.advance()
    if lexer.kind != EOF:
        raise SyntaxFault(
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
            lexer.start,
            lexer.end,
        )
    return node
