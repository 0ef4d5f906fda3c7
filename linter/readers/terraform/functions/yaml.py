"""``yamlencode`` and ``yamldecode``."""

from __future__ import annotations

import re
from typing import Any

from linter.core.values import Template
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.json_text import check_size
from linter.readers.terraform.cty.numbers import format_number, parse_number
from linter.readers.terraform.cty.quoting import go_quote
from linter.readers.terraform.cty.types import STRING_TYPE
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
)
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import ELEMENT_LIMIT, bounded

DEPTH_LIMIT = 200


def yamlencode(value: Value) -> Value:
    check_size(value)
    lines: list[str] = []
    _write(value, lines, "", 0)
    return string(bounded("\n".join(lines) + "\n"))


def _scalar(value: Value) -> str | None:
    """One line for what fits on one, ``None`` for the rest."""
    kind = value.kind
    if kind is NULL:
        return "null"
    if kind is BOOL:
        return "true" if value.data else "false"
    if kind is NUMBER:
        return format_number(value.data)
    if kind is STRING:
        found: str = value.data
        return None if "\n" in found and _can_be_block(found) else _quoted(found)
    if not value.data:
        return "[]" if kind in SEQUENCES else "{}"
    return None


def _can_be_block(found: str) -> bool:
    """Whether a literal block can hold the text."""
    return (
        not re.search(r"[^\n\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", found)
        and "\ufeff" not in found
        and not re.search(r" (?:\n|$)", found)
    )


_YAML_SIMPLE = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f",
    "\r": "\\r", "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\xa0": "\\_",
    "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_YAML_SPECIAL = re.compile(r'[\x00-\x1f"\\\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')


def _quoted(found: str) -> str:
    def escape(match: re.Match[str]) -> str:
        char = match.group()
        code = ord(char)
        known = _YAML_SIMPLE.get(char)
        if known is not None:
            return known
        return f"\\x{code:02X}" if code <= 0xFF else f"\\u{code:04X}"

    return f'"{_YAML_SPECIAL.sub(escape, found)}"'


def _write(value: Value, lines: list[str], lead: str, indent: int) -> None:
    """Appends the value's lines; ``lead`` stands before the first one (``- ``, ``"key": ``)."""
    line = _scalar(value)
    if line is not None:
        lines.append(lead + line)
    elif value.kind is STRING:
        _write_block(value.data, lines, lead, indent)
    elif value.kind in SEQUENCES:
        _write_list(value, lines, lead, indent)
    else:
        _write_map(value, lines, lead, indent)


def _write_block(found: str, lines: list[str], lead: str, indent: int) -> None:
    body = found.rstrip("\n")
    trailing = len(found) - len(body)
    chomp = "-" if trailing == 0 else ("" if trailing == 1 else "+")
    hint = "2" if found[:1] in (" ", "\n") else ""
    lines.append(f"{lead}|{hint}{chomp}")
    pad = " " * max(indent, 2)
    content = found.split("\n")
    if trailing:
        content.pop()
    lines += [pad + line if line else "" for line in content]


def _write_list(value: Value, lines: list[str], lead: str, indent: int) -> None:
    # A list stands at the column of the key before it, but further in inside another list.
    inside = lead.endswith("- ")
    column = indent if inside or not lead else indent - 2
    if lead and not inside:
        lines.append(lead.rstrip())
    pad = " " * column
    for index, item in enumerate(value.data):
        first = lead if inside and index == 0 else pad
        _write(item, lines, first + "- ", column + 2)


def _write_map(value: Value, lines: list[str], lead: str, indent: int) -> None:
    inside = lead.endswith("- ")
    if lead and not inside:
        lines.append(lead.rstrip())
    pad = " " * indent
    for index, name in enumerate(sorted(value.data)):
        first = lead if inside and index == 0 else pad
        _write(value.data[name], lines, f"{first}{_quoted(name)}: ", indent + 2)


# --- decoding --------------------------------------------------------------------------------

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"([-+]?)0o?([0-7]+)")
_HEX = re.compile(r"([-+]?)0x([0-9a-fA-F]+)")
_BINARY = re.compile(r"([-+]?)0b([01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))


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
            return null()
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
        if isinstance(node, self.yaml.ScalarNode):
            return _scalar_value(node)
        if isinstance(node, self.yaml.SequenceNode):
            return tuple_of(self.of(item, depth + 1) for item in node.value)
        items: dict[str, Value] = {}
        merged: dict[str, Value] = {}
        for key_node, item in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge" and not key_node.style:
                self.merge(merged, self.of(item, depth + 1))
                continue
            key = self.of(key_node, depth + 1)
            items[_key(key)] = self.of(item, depth + 1)
        return object_of(merged | items)

    @staticmethod
    def merge(merged: dict[str, Value], value: Value) -> None:
        sources = value.data if value.kind in SEQUENCES else [value]
        for source in reversed(sources):
            if source.kind not in MAPPINGS:
                raise FunctionError("map merge requires map or sequence of maps as the value", 0)
            merged.update(source.data)


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
    tag = node.tag.removeprefix("tag:yaml.org,2002:")
    if node.style is not None and tag == "str":
        return string(found)
    explicit = {"str": string, "int": _as_number, "float": _as_number}.get(tag)
    if explicit is string and _plain_text(found):
        return string(found)
    if tag == "binary":
        return string("".join(found.split()))
    return _resolved(found)


def _plain_text(found: str) -> bool:
    return _resolved(found).kind is STRING


def _as_number(found: str) -> Value:
    return _resolved(found)


def _resolved(found: str) -> Value:
    """A plain scalar by the rules of YAML 1.2's core, with 1.1's octal and binary numbers."""
    if found in _NULLS:
        return null()
    if found in _TRUE or found in _FALSE:
        return boolean(found in _TRUE)
    compact = found.replace("_", "") if found[:1].isdigit() or found[:1] in "+-." else found
    for pattern, base in ((_OCTAL, 8), (_HEX, 16), (_BINARY, 2)):
        match = pattern.fullmatch(compact)
        if match is not None and len(compact) > 1 and len(compact) < 1000:
            amount = int(match[2], base)
            return number(-amount if match[1] == "-" else amount)
    if _INT.fullmatch(compact) or _FLOAT.fullmatch(compact):
        try:
            return number(parse_number(compact))
        except ValueError as error:
            raise FunctionError(str(error), 0) from None
    if compact.lstrip("+-").lower() in (".inf", ".nan"):
        raise FunctionError(f"the number {go_quote(found)} is not supported", 0)
    return string(found)


FUNCTIONS = {
    "yamlencode": Function(yamlencode, (anything("value", nullable=True),), returns=STRING_TYPE),
    "yamldecode": Function(yamldecode, (text("src"),)),
}
