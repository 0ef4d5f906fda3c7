"""Quoted strings as Go and Terraform write them."""

from __future__ import annotations

import re

from linter.core.regex import lazy_regex

_SIMPLE = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    '"': '\\"', "\\": "\\\\",
}  # fmt: skip
_GO_SPECIAL = lazy_regex(r'[\x00-\x1f"\\\x7f-\x9f\xad\u2028\u2029\ufeff\ud800-\udfff]')


def _go_escape(match: re.Match[str]) -> str:
    found = match.group()
    simple = _SIMPLE.get(found)
    if simple is not None:
        return simple
    code = ord(found)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def go_quote(text: str) -> str:
    """Go's ``%q``."""
    return f'"{_GO_SPECIAL.sub(_go_escape, text)}"'


_JSON = lazy_regex(r'[\x00-\x1f"\\<>&\u2028\u2029]')
_JSON_SIMPLE = {
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f",
}  # fmt: skip


def _json_escape(match: re.Match[str]) -> str:
    found = match.group()
    return _JSON_SIMPLE.get(found) or f"\\u{ord(found):04x}"


def json_text(text: str) -> str:
    """The inside of a JSON string as Go's encoder writes it (``<`` becomes ``\\u003c``)."""
    return _JSON.sub(_json_escape, text)
