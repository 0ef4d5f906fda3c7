"""``regex``, ``regexall`` and ``replace`` with a pattern."""

from __future__ import annotations

import re
from typing import Any

from linter.core.linear import (
    PatternError,
    Spans,
    TooLargeError,
    compiled,
    names_of,
    spans_of_all,
)
from linter.core.regex import lazy_regex
from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.types import (
    DYNAMIC,
    STRING_TYPE,
    ListType,
    ObjectType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import (
    LIST,
    OBJECT,
    TUPLE,
    Value,
    null,
    string,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, text
from linter.readers.terraform.functions.support import TEXT_LIMIT, check_count

_TOKEN = lazy_regex(
    r"\\Q.*?(?:\\E|\Z)"  # literal text
    r"|\\."  # an escape
    r"|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]"  # a class
    r"|\(\?P?<(?P<name>[^>=!]+)>"
    r"|(?P<group>\((?!\?))",
    re.DOTALL,
)
"""What opens a group, and what may hold a bracket that does not."""


class _Pattern:
    """A compiled pattern, and the names of its groups, ``""`` for one without."""

    def __init__(self, source: str) -> None:
        tokens = list(_TOKEN.finditer(source))
        if any(token[0] == "\\C" for token in tokens):  # one byte to RE2, nothing to Go
            raise PatternError("invalid escape sequence: \\C")
        self.expression: Any = compiled(source)
        self.groups = [token["name"] or "" for token in tokens if token["name"] or token["group"]]
        named = [name for name in self.groups if name]
        if not named:
            self.type: Type = TupleType([STRING_TYPE] * len(self.groups))
        elif len(named) == len(self.groups):
            self.type = ObjectType(dict.fromkeys(named, STRING_TYPE))
        else:
            raise PatternError("cannot mix both named and unnamed capture groups")
        if not self.groups:
            self.type = STRING_TYPE

    def result(self, source: bytes, spans: Spans) -> Value:
        def group(index: int) -> Value:
            start, end = spans[index]
            return null(STRING_TYPE) if start < 0 else string(source[start:end].decode("utf-8"))

        if not self.groups:
            return group(0)
        found = [group(index) for index in range(1, len(self.groups) + 1)]
        if self.groups[0]:
            # Of two groups of one name the last counts, as Terraform has it.
            return Value(OBJECT, dict(zip(self.groups, found, strict=True)))
        return Value(TUPLE, found)


def _pattern(source: str, index: int) -> _Pattern | Value:
    """The pattern, or what the result is when it is too large for us and not for Terraform."""
    try:
        return _Pattern(source)
    except TooLargeError:
        return _too_large(DYNAMIC)
    except PatternError as error:
        raise FunctionError(f"invalid regexp pattern: {error}", index) from None


def _too_large(of: Type) -> Value:
    return unknown(Unknown("a pattern this large is not supported"), of=of, not_null=True)


def regex(pattern: Value, source: Value) -> Value:
    found = _pattern(pattern.data, 0)
    if isinstance(found, Value):
        return found
    content = source.data.encode("utf-8")
    spans = next(spans_of_all(found.expression, content), None)
    if spans is None:
        raise FunctionError("pattern did not match any part of the given string")
    return found.result(content, spans)


def regexall(pattern: Value, source: Value) -> Value:
    found = _pattern(pattern.data, 0)
    if isinstance(found, Value):
        return _too_large(ListType(DYNAMIC))
    content = source.data.encode("utf-8")
    items: list[Value] = []
    for spans in spans_of_all(found.expression, content):
        items.append(found.result(content, spans))
        check_count(len(items))
    return Value(LIST, items, found.type)


_REFERENCE = lazy_regex(r"\$(?:\$|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})")


def replace_pattern(source: Value, pattern: str, replacement: str) -> Value:
    """``replace(str, "/pattern/", "a${1}b")``, with Go's expansion of ``$1`` and ``${name}``."""
    try:
        expression = compiled(pattern)
    except TooLargeError:
        return _too_large(STRING_TYPE)
    except PatternError as error:
        raise FunctionError(str(error)) from None
    groups = names_of(expression)
    content = source.data.encode("utf-8")
    out: list[bytes] = []
    position = size = 0
    for spans in spans_of_all(expression, content):
        made = _expand(groups, content, spans, replacement).encode("utf-8")
        out += (content[position : spans[0][0]], made)
        size += len(made)
        if size > TEXT_LIMIT:
            raise FunctionError(f"the result would be longer than {TEXT_LIMIT} characters")
        position = spans[0][1]
    out.append(content[position:])
    return string(b"".join(out).decode("utf-8"))


def _expand(groups: list[str], source: bytes, spans: Spans, replacement: str) -> str:
    def reference(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        if name.isdecimal():
            index = int(name) if len(name) < 6 else -1
        else:
            index = groups.index(name) + 1 if name in groups else -1
        if not 0 <= index <= len(groups) or spans[index][0] < 0:
            return ""
        return source[slice(*spans[index])].decode("utf-8")

    return _REFERENCE.sub(reference, replacement)


_PARAMETERS = (text("pattern"), text("string"))

FUNCTIONS = {
    "regex": Function(regex, _PARAMETERS),
    "regexall": Function(regexall, _PARAMETERS),
}
