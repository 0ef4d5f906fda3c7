"""``yamlencode`` and ``yamldecode``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import Template
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.json_text import check_size
from linter.readers.terraform.cty.numbers import format_number, parse_number
from linter.readers.terraform.cty.types import NUMBER_TYPE, STRING_TYPE, friendly_name
from linter.readers.terraform.cty.value import (
    BOOL,
    MAPPINGS,
    NULL,
    NUMBER,
    SEQUENCES,
    STRING,
    Value,
    boolean,
    null,
    number,
    object_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import ELEMENT_LIMIT, bounded

DEPTH_LIMIT = 200
_STANDARD = "tag:yaml.org,2002:"


def yamlencode(value: Value) -> Value:
    check_size(value)
    lines: list[str] = []
    _write(value, lines, "", -2)
    if value.kind in (NULL, BOOL, NUMBER):
        # A plain scalar that is the whole document is followed by the document's end.
        lines.append("...")
    return string(bounded("\n".join(lines) + "\n"))


_WIDTH = 80
_KEY_LIMIT = 128
_NOT_IN_BLOCK = lazy_regex(
    r"[^\n\x20-\x7e\x85\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]| (?:\n|$)"
)
_YAML_SIMPLE = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f",
    "\r": "\\r", "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\u2028": "\\L",
    "\u2029": "\\P",
}  # fmt: skip
_YAML_SPECIAL = lazy_regex(
    r'[\x00-\x1f"\\\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff'
    r"\U00010000-\U0010ffff]"
)


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    known = _YAML_SIMPLE.get(char)
    if known is not None:
        return known
    if code > 0xFFFF:
        return f"\\U{code:08X}"
    return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"


def _quoted(found: str) -> str:
    return f'"{_YAML_SPECIAL.sub(_escape, found)}"'


def _folded(found: str, column: int, indent: int) -> str:
    """A quoted string from that column on, broken at spaces when it gets long."""
    quoted = _quoted(found)
    if column + len(quoted) <= _WIDTH or " " not in found:
        return quoted
    out = ['"']
    column += 1
    after_space = False
    for index, char in enumerate(found):
        inner = 0 < index < len(found) - 1
        if char == " ":
            if not after_space and column > _WIDTH and inner:
                out.append("\n" + " " * indent + ("\\" if found[index + 1] == " " else ""))
                column = indent + (found[index + 1] == " ")
            else:
                out.append(char)
                column += 1
            after_space = True
            continue
        shown = _YAML_SPECIAL.sub(_escape, char)
        out.append(shown)
        column += len(shown)
        after_space = False
    out.append('"')
    return "".join(out)


def _write(value: Value, lines: list[str], lead: str, column: int) -> None:
    """Appends the value's lines.

    ``lead`` stands before the first one (``- ``, ``"key": ``); ``column`` is that of the list or
    map the value is in, -2 for the whole document.
    """
    kind = value.kind
    if kind is STRING:
        _write_text(value.data, lines, lead, column + 2 if column >= 0 else 2)
    elif kind is NULL:
        lines.append(lead + "null")
    elif kind is BOOL:
        lines.append(lead + ("true" if value.data else "false"))
    elif kind is NUMBER:
        lines.append(lead + format_number(value.data))
    elif not value.data:
        lines.append(lead + ("[]" if kind in SEQUENCES else "{}"))
    elif kind in SEQUENCES:
        _write_list(value, lines, lead, column)
    else:
        _write_map(value, lines, lead, column)


def _write_text(found: str, lines: list[str], lead: str, indent: int) -> None:
    if "\n" not in found or _NOT_IN_BLOCK.search(found):
        lines.append(lead + _folded(found, len(lead), indent))
        return
    trailing = len(found) - len(found.rstrip("\n"))
    chomp = "-" if trailing == 0 else ("" if trailing == 1 and len(found) > 1 else "+")
    hint = "2" if found[0] in " \n" else ""
    lines.append(f"{lead}|{hint}{chomp}")
    content = found.split("\n")
    if trailing:
        content.pop()
    lines += [" " * indent + line if line else "" for line in content]


def _is_inline(lead: str) -> bool:
    """Whether what follows starts on the same line: behind a dash or a key of several lines."""
    return lead.endswith("- ") or lead.strip() == ":"


def _write_list(value: Value, lines: list[str], lead: str, column: int) -> None:
    # A list stands at the column of the key before it, but further in inside another list.
    inside = _is_inline(lead)
    if inside or not lead:
        column += 2
    else:
        lines.append(lead.rstrip())
    pad = " " * column
    for index, item in enumerate(value.data):
        first = lead if inside and index == 0 else pad
        _write(item, lines, first + "- ", column)


def _write_map(value: Value, lines: list[str], lead: str, column: int) -> None:
    inside = _is_inline(lead)
    if lead and not inside:
        lines.append(lead.rstrip())
    column += 2
    pad = " " * column
    for index, name in enumerate(sorted(value.data)):
        first = lead if inside and index == 0 else pad
        if "\n" in name or len(name) > _KEY_LIMIT:
            _write_text(name, lines, f"{first}? ", column + 2)
            _write(value.data[name], lines, f"{pad}: ", column)
            continue
        _write(value.data[name], lines, f"{first}{_quoted(name)}: ", column)


# --- decoding --------------------------------------------------------------------------------

_HEX = lazy_regex(r"([-+]?)0x([0-9a-fA-F]+)", re.ASCII)
_OCTAL = lazy_regex(r"([-+]?)0o([0-7]+)", re.ASCII)
_DECIMAL = lazy_regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_TIMESTAMP = lazy_regex(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:[Tt ]+(\d\d?):(\d\d?):(\d\d?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"))
_FALSE = frozenset(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"))


def yamldecode(source: Value) -> Value:
    if isinstance(source.data, Template):  # only wholly known text is decoded
        return source
    import yaml

    loader_class = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        loader = loader_class(source.data)
    except yaml.YAMLError as error:
        raise FunctionError(_problem(error), 0) from None
    try:
        node = loader.get_single_node()
        if node is None:
            raise FunctionError("on line 1, column 1: missing start of document")
        return _Decoder(yaml).of(node, 0)
    except yaml.YAMLError as error:
        raise FunctionError(_problem(error), 0) from None
    except RecursionError:
        raise FunctionError("the YAML text is nested too deeply", 0) from None
    finally:
        loader.dispose()


def _problem(error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"on line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return where + str(getattr(error, "problem", None) or error).split("\n", 1)[0]


class _Decoder:
    """Nodes to values. Aliases share values, and what they stand for is counted each time."""

    def __init__(self, yaml: Any) -> None:
        self.yaml = yaml
        self.left = ELEMENT_LIMIT
        self.done: dict[int, tuple[Value, int]] = {}
        self.open: set[int] = set()

    def of(self, node: Any, depth: int) -> Value:
        key = id(node)
        known = self.done.get(key)
        if known is not None:
            self.left -= known[1]
            if self.left <= 0:
                raise FunctionError("the YAML text has too many elements", 0)
            return known[0]
        if key in self.open:
            raise FunctionError("an alias refers to a value that contains it", 0)
        if depth > DEPTH_LIMIT:
            raise FunctionError("the YAML text is nested too deeply", 0)
        before = self.left
        self.left -= 1
        if self.left <= 0:
            raise FunctionError("the YAML text has too many elements", 0)
        self.open.add(key)
        value = self.make(node, depth)
        self.open.discard(key)
        self.done[key] = (value, before - self.left)
        return value

    def make(self, node: Any, depth: int) -> Value:
        if not node.tag.startswith(_STANDARD):
            raise FunctionError(f'unsupported tag "{node.tag[:60]}"')
        if isinstance(node, self.yaml.ScalarNode):
            return _scalar_value(node)
        if isinstance(node, self.yaml.SequenceNode):
            return tuple_of(self.of(item, depth + 1) for item in node.value)
        items: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, item in node.value:
            if key_node.tag == _STANDARD + "merge" and not key_node.style:
                source = self.of(item, depth + 1)
                if source.kind not in MAPPINGS:
                    raise FunctionError(f"cannot merge {friendly_name(source.type)} into mapping")
                merged.update(source.data)
                continue
            key = self.of(key_node, depth + 1)
            items[_key(key)] = self.of(item, depth + 1)
        return object_of(merged | items)


def _key(key: Value) -> str:
    if key.kind is STRING:
        found: str = key.data
        return found
    if key.kind is NUMBER:
        return format_number(key.data)
    if key.kind is BOOL:
        return "true" if key.data else "false"
    if key.kind is NULL:
        raise FunctionError("a mapping key cannot be null", 0)
    raise FunctionError("only primitive values can be mapping keys", 0)


def _scalar_value(node: Any) -> Value:
    found: str = node.value
    if node.style:
        return string(found)
    if node.tag == _STANDARD + "binary":
        return string("".join(found.split()))
    resolved = _resolved(found)
    # A plain scalar gets the tag of a string from PyYAML when it is none of YAML 1.1's others,
    # and the same tag when the text says ``!!str``; only then the rules below find another type.
    if node.tag == _STANDARD + "str" and resolved.data != found and _says_str(node):
        return string(found)
    return resolved


def _says_str(node: Any) -> bool:
    """Whether ``!!str`` stands before the scalar: its text starts before its value."""
    length = node.end_mark.index - node.start_mark.index
    return bool(length != len(node.value))


def _resolved(found: str) -> Value:
    """A plain scalar as Terraform's YAML library reads it."""
    if found in _NULLS:
        return null()
    if found in _TRUE or found in _FALSE:
        return boolean(found in _TRUE)
    if len(found) < 1000:
        for pattern, base in ((_HEX, 16), (_OCTAL, 8)):
            match = pattern.fullmatch(found)
            if match is not None:
                amount = int(match[2], base)
                return number(-amount if match[1] == "-" else amount)
    if _DECIMAL.fullmatch(found):
        try:
            return number(parse_number(found))
        except ValueError as error:
            raise FunctionError(str(error), 0) from None
    if found.lstrip("+-") in (".inf", ".Inf", ".INF"):
        why = "the number is infinite, which is not computed with"
        return unknown(why, of=NUMBER_TYPE, not_null=True)
    match = _TIMESTAMP.fullmatch(found)
    return string(found) if match is None else string(_timestamp(found, match))


def _timestamp(found: str, match: re.Match[str]) -> str:
    """Dates become timestamps, also those that were not meant to (``Version: 2012-10-17``)."""
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return found
    return f"{moment:%Y-%m-%dT%H:%M:%S}{match[7] or 'Z'}"


FUNCTIONS = {
    "yamlencode": Function(yamlencode, (anything("value", nullable=True),), returns=STRING_TYPE),
    "yamldecode": Function(yamldecode, (text("src"),)),
}
