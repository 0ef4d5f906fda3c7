"""The functions of Terraform's own provider: ``provider::terraform::encode_tfvars`` ..."""

from __future__ import annotations

from itertools import groupby

from linter.core.regex import lazy_regex
from linter.core.values import Unknown
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.json_text import check_size
from linter.readers.terraform.cty.numbers import format_number
from linter.readers.terraform.cty.types import DYNAMIC, STRING_TYPE, Type
from linter.readers.terraform.cty.value import (
    BOOL,
    MAPPINGS,
    NULL,
    NUMBER,
    SEQUENCES,
    STRING,
    Value,
    string,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import bounded

_IDENTIFIER = lazy_regex(r"[^\W\d][\w-]*")


def _string_text(found: str) -> str:
    """A quoted string of Terraform's language."""
    escaped = found.replace("\\", "\\\\").replace('"', '\\"')
    escaped = escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if not escaped.isprintable():
        escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped)
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _write(value: Value, indent: str) -> str:
    kind = value.kind
    if kind is NULL:
        return "null"
    if kind is BOOL:
        return "true" if value.data else "false"
    if kind is NUMBER:
        return format_number(value.data)
    if kind is STRING:
        return _string_text(value.data)
    if kind in SEQUENCES:
        return "[" + ", ".join(_write(item, indent) for item in value.data) + "]"
    if not value.data:
        return "{}"
    return "{\n" + _attributes(value, indent + "  ") + indent + "}"


def _attributes(value: Value, indent: str) -> str:
    """One attribute a line; the equals signs of neighbours that fit on one line are aligned."""
    rows = [
        (
            name if _IDENTIFIER.fullmatch(name) else _string_text(name),
            _write(value.data[name], indent),
        )
        for name in sorted(value.data)
    ]
    out: list[str] = []
    for long, group in groupby(rows, key=lambda row: "\n" in row[1]):
        found = list(group)
        width = 0 if long else max(len(shown) for shown, _ in found)
        out += [f"{indent}{shown.ljust(width)} = {body}\n" for shown, body in found]
    return "".join(out)


def encode_expr(value: Value) -> Value:
    check_size(value)
    return string(bounded(_write(value, "")))


def encode_tfvars(value: Value) -> Value:
    if value.kind not in MAPPINGS:
        raise FunctionError(
            "invalid value to encode: must be an object whose attribute names will"
            " become the encoded variable names",
            0,
        )
    check_size(value)
    for name in value.data:
        if not _IDENTIFIER.fullmatch(name):
            raise FunctionError(f'invalid variable name "{name}": must be a valid identifier', 0)
    return string(bounded(_attributes(value, "")))


def decode_tfvars(source: Value) -> Value:
    """Unknown: needs the parser, which functions do not have."""
    del source
    return unknown(Unknown("decode_tfvars() is not evaluated"), of=DYNAMIC, not_null=True)


_TEXT: Type = STRING_TYPE

FUNCTIONS = {
    "provider::terraform::encode_expr": Function(encode_expr, (anything("expr"),), returns=_TEXT),
    "provider::terraform::encode_tfvars": Function(
        encode_tfvars, (anything("value"),), returns=_TEXT
    ),
    "provider::terraform::decode_tfvars": Function(decode_tfvars, (text("src"),)),
}
