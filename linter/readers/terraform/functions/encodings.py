"""JSON, base64, CSV and URL encodings."""

from __future__ import annotations

import base64
import binascii
import codecs
import csv
import re
from urllib.parse import quote_plus

from linter.core.regex import lazy_regex
from linter.core.values import Template, make_string
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.json_text import check_size, decode, encode, through_json
from linter.readers.terraform.cty.types import DYNAMIC, STRING_TYPE, ObjectType
from linter.readers.terraform.cty.value import (
    LIST,
    STRING,
    UNKNOWN,
    EncodedValue,
    Value,
    object_of,
    string,
    unknown,
)
from linter.readers.terraform.functions.signature import Function, anything, text
from linter.readers.terraform.functions.support import bounded, check_count, not_known


def jsonencode(value: Value) -> Value:
    check_size(value)
    return EncodedValue(value, encode)


def jsondecode(source: Value) -> Value:
    inner = source.decoded
    if inner is not None:
        return through_json(inner)
    if source.kind is UNKNOWN or isinstance(source.data, Template):
        return not_known(source, of=DYNAMIC, not_null=False)
    return decode(source.data)


def base64encode(source: Value) -> Value:
    if source.kind is UNKNOWN or isinstance(source.data, Template):
        if source.kind is UNKNOWN or source.decoded is not None:
            return not_known(source, of=STRING_TYPE)
        # Three bytes make four letters: what stands before the first unknown is known so far.
        start = source.data.prefix.encode("utf-8", "surrogatepass")
        known = base64.b64encode(start[: len(start) // 3 * 3]).decode("ascii")
        return Value(STRING, make_string([known, source.unknown]))
    raw = source.data.encode("utf-8", "surrogatepass")
    return string(bounded(base64.b64encode(raw).decode("ascii")))


def _base64_bytes(text_value: str, message: str) -> bytes:
    compact = text_value.replace("\n", "").replace("\r", "")
    try:
        return base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise FunctionError(message) from None


def base64decode(source: Value) -> Value:
    if source.kind is UNKNOWN:
        return not_known(source, of=STRING_TYPE)
    if isinstance(source.data, Template):
        return _decoded_start(source)
    raw = _base64_bytes(source.data, f'failed to decode base64 data "{source.data[:100]}"')
    try:
        return string(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise FunctionError(
            "the result of decoding the provided string is not valid UTF-8"
        ) from None


def _decoded_start(source: Value) -> Value:
    """The text before the first unknown letter, as far as it is whole characters."""
    known = source.data.prefix
    if source.decoded is None and known.isalnum():
        raw = base64.b64decode(known[: len(known) // 4 * 4])
        for cut in range(4):
            try:
                text_of = raw[: len(raw) - cut].decode("utf-8")
            except UnicodeDecodeError:
                continue
            return Value(STRING, make_string([text_of, source.unknown]))
    return not_known(source, of=STRING_TYPE)


def base64gzip(source: Value) -> Value:
    """Unknown: the bytes depend on the compressor, and Terraform's is another one."""
    del source
    return unknown("the result of base64gzip is not reproduced", of=STRING_TYPE, not_null=True)


_PYTHON_ONLY = lazy_regex(
    r"(base64|bz2|hex|quopri|rot|uu|zip|zlib|idna|punycode|mbcs|oem|raw_unicode|unicode_escape"
    r"|undefined|utf_8_sig|utf-8-sig)",
    re.I,
)


def _codec(encoding: str) -> codecs.CodecInfo:
    if not _PYTHON_ONLY.match(encoding):
        try:
            return codecs.lookup(encoding)
        except LookupError:
            pass
    raise FunctionError(
        f'"{encoding}" is not a supported IANA encoding name or alias in this Terraform version', 1
    )


def _codec_name(encoding: str) -> str:
    """UTF-16 without a byte order is written big-endian with a mark."""
    codec = _codec(encoding)
    return codec.name


def textencodebase64(source: Value, encoding: Value) -> Value:
    name = _codec_name(encoding.data)
    try:
        if name == "utf-16":
            raw = codecs.BOM_UTF16_BE + source.data.encode("utf-16-be")
        else:
            raw = source.data.encode(name)
    except UnicodeError:
        raise FunctionError(
            "the given string contains characters that cannot be represented in "
            + encoding.data.upper(),
            0,
        ) from None
    return string(bounded(base64.b64encode(raw).decode("ascii")))


def textdecodebase64(source: Value, encoding: Value) -> Value:
    name = _codec_name(encoding.data)
    raw = _base64_bytes(source.data, "the given value is not valid base64")
    try:
        decoded = raw.decode(name)
    except UnicodeError:
        decoded = "\ufffd"
    if "\ufffd" in decoded:
        raise FunctionError(
            "the given string contains symbols that are not defined for " + encoding.data.upper(), 0
        )
    return string(decoded)


def urlencode(source: Value) -> Value:
    return string(bounded(quote_plus(source.data, safe="~")))


def csvdecode(source: Value) -> Value:
    rows = _csv_rows(source.data)
    if not rows:
        raise FunctionError("missing header line")
    header, *lines = rows
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise FunctionError(f'duplicate column name "{name}"')
        seen.add(name)
    check_count(len(lines))
    of = ObjectType(dict.fromkeys(header, STRING_TYPE))
    items: list[Value] = []
    for index, line in enumerate(lines):
        if len(line) != len(header):
            raise FunctionError(f"CSV parse error on line {index + 2}: wrong number of fields")
        items.append(
            object_of({name: string(cell) for name, cell in zip(header, line, strict=True)})
        )
    return Value(LIST, items, of)


def _csv_rows(source: str) -> list[list[str]]:
    """The records; empty lines are none, as in Go."""
    normal = source.replace("\r\n", "\n")
    for number_of, line in enumerate(normal.split("\n"), 1):
        if '"' in line and re.search(r'(?:^|,)[^",\n]+"', line) and normal.count('"') % 2:
            raise FunctionError(f'parse error on line {number_of}: bare " in non-quoted-field')
    try:
        found = list(csv.reader(normal.splitlines(keepends=True), strict=True))
    except csv.Error as error:
        raise FunctionError(f"the text is not valid CSV: {error}") from None
    return [row for row in found if row]


_STR = (text("str"),)

FUNCTIONS = {
    "jsonencode": Function(
        jsonencode,
        (anything("val", nullable=True),),
        returns=STRING_TYPE,
        partial=True,
        gathers=True,
    ),
    "jsondecode": Function(jsondecode, _STR, partial=True),
    "base64encode": Function(base64encode, _STR, returns=STRING_TYPE, partial=True),
    "base64decode": Function(base64decode, _STR, returns=STRING_TYPE, partial=True),
    "base64gzip": Function(base64gzip, _STR, returns=STRING_TYPE),
    "textencodebase64": Function(
        textencodebase64, (text("string"), text("encoding")), returns=STRING_TYPE
    ),
    "textdecodebase64": Function(
        textdecodebase64, (text("source"), text("encoding")), returns=STRING_TYPE
    ),
    "urlencode": Function(urlencode, _STR, returns=STRING_TYPE),
    "csvdecode": Function(csvdecode, _STR),
}
