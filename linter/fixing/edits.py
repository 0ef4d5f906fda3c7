"""Edits of one text: members set or removed in objects of JSON, HCL and YAML.

Only what is written as a literal in the file is touched: a value that comes from a variable, a
local in another place or a pipeline parameter is left to people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from linter.core.documents import Path
from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.sources import Source, Span
from linter.core.values import MISSING, OpenDict, lookup
from linter.discovery.detect import SNAPSHOT_MARK
from linter.policy.model import CannotFixError, Expression, Subject

_JSON_MEMBER = lazy_regex(r'\{\s*"(?:[^"\\\n]|\\.)*"\s*:')
_LITERAL = lazy_regex(r'"(?:[^"\\\n$%]|\\.)*"|true|false|null|-?\d+(?:\.\d+)?')
_HEADER = lazy_regex(r'[a-z]+(?:[ \t]+"[^"\n]*")*[ \t]*\{')
MAX_ON_ONE_LINE = 3
"""Elements that a list written on one line is given before it is broken into lines."""

_NAME = lazy_regex(r"[A-Za-z_][A-Za-z0-9_-]*")


@record
class Edit:
    """``text`` in place of ``source.text[start:end]``. ``key`` names what it sets, where."""

    path: str
    start: int
    end: int
    text: str
    key: tuple[int, str]


def set_value(subject: Subject, sources: Mapping[str, Source], at: Path, value: Any) -> Edit:
    """Set a member of a subject, making the objects around it. Raises :class:`CannotFixError`."""
    node = subject.raw
    for depth, key in enumerate(at):
        if not isinstance(node, dict) or isinstance(node, OpenDict):
            if isinstance(node, list) and isinstance(key, int) and key < len(node):
                node = node[key]
                continue
            raise CannotFixError("what is around it is not written as an object")
        child = lookup(node, key)
        if child is MISSING or child is None:
            if subject.kind == "terraform" and not depth and at[1:2] == (0,) and child is MISSING:
                return _insert_block(subject, sources, str(key), str(at[2]), value)
            for name in reversed(at[depth + 1 :]):
                value = {name: value}
            if child is None:
                return _replace(subject, sources, at[: depth + 1], value)
            return _insert(subject, sources, at[:depth], node, str(key), value)
        node = child
    if isinstance(node, dict | list):
        raise CannotFixError("the value is not a literal")
    return _replace(subject, sources, at, value)


def replace(subject: Subject, sources: Mapping[str, Source], at: Path, values: list[str]) -> Edit:
    """Write several texts where one stands, alone or in a list. Raises :class:`CannotFixError`."""
    span = subject.locator.locate(at).span
    source = _source(sources, span)
    start, end = _offsets(source, span)
    text = source.text
    is_yaml = source.path.endswith((".yaml", ".yml", ".template"))
    if not is_yaml and not _LITERAL.fullmatch(text[start:end].strip()):
        raise CannotFixError("the value is not written as a literal here")
    items = [json.dumps(value) for value in values]
    line = text.rfind("\n", 0, start) + 1
    before, indent = text[line:start], re.sub(r"[^ \t].*", "", text[line:start])
    if is_yaml and before.strip() == "-":
        written = f"{_newline(source)}{before}".join(items)
    elif subject.locator.locate(at[:-1]).span == span:  # a text alone where a list may stand
        written = f"[{', '.join(items)}]"
    elif not before.strip():
        written = f",{_newline(source)}{indent}".join(items)
    elif len(items) > MAX_ON_ONE_LINE and text[start - 1 : start] + text[end : end + 1] == "[]":
        margin = f"{_newline(source)}{indent}"
        last = (
            "," if source.path.endswith((".tf", ".tofu")) and not _is_json_text(text, start) else ""
        )
        written = f"{margin}  " + f",{margin}  ".join(items) + f"{last}{margin}"
    else:
        written = ", ".join(items)
    return Edit(source.path, start, end, written, (start, "replace"))


def _is_json_text(text: str, position: int) -> bool:
    """Whether a list in Terraform is written inside JSON text: its key is quoted."""
    return re.search(r'"\s*:\s*\[\s*$', text[:position]) is not None


def remove(subject: Subject, sources: Mapping[str, Source], at: Path) -> Edit:
    """Remove a member, with its separator. Raises :class:`CannotFixError`."""
    key, value = subject.locator.locate_key(at).span, subject.locator.locate(at).span
    source = _source(sources, key)
    start, last = _offsets(source, key)[0], _offsets(source, value)[1]
    if value.path != key.path or last < start:
        raise CannotFixError("the member is not written in one place")
    text = source.text
    after = re.compile(r"[ \t]*,?[ \t]*").match(text, last)
    assert after is not None
    end = after.end()
    line = text.rfind("\n", 0, start) + 1
    alone = not text[line:start].strip() and text[end : end + 1] in ("\n", "\r", "")
    separated = "," in text[last:end]
    if not separated:
        before = re.compile(r",\s*$").search(text[:start])
        if before is not None:
            return Edit(source.path, before.start(), last, "", (start, "remove"))
    if alone:
        end = text.find("\n", end) + 1 or len(text)
        start = line
    return Edit(source.path, start, end, "", (start, "remove"))


def _replace(subject: Subject, sources: Mapping[str, Source], at: Path, value: Any) -> Edit:
    span = subject.locator.locate(at).span
    source = _source(sources, span)
    start, end = _offsets(source, span)
    if not _LITERAL.fullmatch(source.text[start:end].strip()):
        raise CannotFixError("the value is not written as a literal here")
    is_hcl = source.path.endswith((".tf", ".tofu")) and isinstance(value, Expression | dict)
    written = _hcl(value) if is_hcl else json.dumps(value, default=_unwritable)
    return Edit(source.path, start, end, written, (start, "set"))


def _unwritable(value: object) -> None:
    raise CannotFixError(f"{getattr(value, 'text', value)} cannot be written here")


def _insert(
    subject: Subject,
    sources: Mapping[str, Source],
    at: Path,
    members: dict[str, Any],
    key: str,
    value: Any,
) -> Edit:
    locator = subject.locator
    body = None if at else getattr(locator, "body", None)  # of a template's resource
    span = body().span if body is not None else locator.locate(at).span
    source = _source(sources, span)
    start, end = _offsets(source, span)
    body = source.text[start:end]
    if not body.startswith("{"):
        if subject.kind == "terraform" and not at:
            return _insert_argument(source, start, key, value)
        return _insert_yaml(subject, source, at, members, key, value)
    is_json = source.path.endswith(".json") or _JSON_MEMBER.match(body) is not None
    written = _json_member(key, value) if is_json else _hcl_member(key, value)
    if not members or not body[1:-1].strip():
        return Edit(source.path, start, end, f"{{ {written} }}", (start, key))
    last = 0
    for name in members:
        place = subject.locator.locate((*at, name)).span
        if place.path != span.path:
            continue  # written in another file, whose lines are not these
        first, stop = _offsets(source, place)
        if start < first and stop <= end:
            last = max(last, stop)
    if not last:
        raise CannotFixError("its members come from elsewhere")
    line = source.text.rfind("\n", 0, last) + 1
    multiline = line > start
    if not multiline:
        return Edit(source.path, last, last, f", {written}", (last, key))
    indent = _indent(subject, source, at, members)
    comma = "," if is_json or _uses_commas(source.text[start:last]) else ""
    return Edit(source.path, last, last, f"{comma}{_newline(source)}{indent}{written}", (last, key))


def _insert_block(
    subject: Subject, sources: Mapping[str, Source], name: str, key: str, value: Any
) -> Edit:
    """A block with one argument, before everything else in a block."""
    span = subject.locator.locate(()).span
    source = _source(sources, span)
    header = _offsets(source, span)[0]
    opening = _HEADER.match(source.text, header)
    if opening is None or not source.path.endswith((".tf", ".tofu")):
        raise CannotFixError("the block is not written in the usual form")
    rest = source.text[opening.end() : opening.end() + 1]
    if rest not in ("\n", "\r"):
        raise CannotFixError("the block is written on one line")
    line = source.text.rfind("\n", 0, header) + 1
    indent = re.sub(r"[^ \t].*", "", source.text[line:header]) + "  "
    margin = f"{_newline(source)}{indent}"
    written = f"{margin}{name} {{{margin}  {_hcl_member(key, value)}{margin}}}"
    return Edit(source.path, opening.end(), opening.end(), written, (opening.end(), name))


def _insert_argument(source: Source, header: int, key: str, value: Any) -> Edit:
    """An argument as the first line of a block."""
    opening = _HEADER.match(source.text, header)
    if opening is None or isinstance(value, list):
        raise CannotFixError("the block is not written in the usual form")
    line = source.text.rfind("\n", 0, header) + 1
    indent = re.sub(r"[^ \t].*", "", source.text[line:header]) + "  "
    position = opening.end()
    written = f"{_newline(source)}{indent}{_hcl_member(key, value)}"
    rest = source.text[position : position + 1]
    if rest not in ("\n", "\r"):
        raise CannotFixError("the block is written on one line")
    return Edit(source.path, position, position, written, (position, key))


def _insert_yaml(
    subject: Subject, source: Source, at: Path, members: dict[str, Any], key: str, value: Any
) -> Edit:
    if not source.path.endswith((".yaml", ".yml", ".template")) or not members:
        raise CannotFixError("what is around it is not written as an object here")
    place = subject.locator.locate_key((*at, next(iter(members)))).span
    if place.path != source.path:
        raise CannotFixError("its members come from elsewhere")
    start = _offsets(source, place)[0]
    line = source.text.rfind("\n", 0, start) + 1
    indent = re.sub(r"[^ ]", " ", source.text[line:start])
    return Edit(
        source.path,
        start,
        start,
        f"{key}: {json.dumps(value, default=_unwritable)}{_newline(source)}{indent}",
        (start, key),
    )


def _indent(subject: Subject, source: Source, at: Path, members: dict[str, Any]) -> str:
    """That of the last member that begins its line."""
    for name in reversed(members):
        place = subject.locator.locate_key((*at, name)).span
        if place.path == source.path:
            first = _offsets(source, place)[0]
            line = source.text.rfind("\n", 0, first) + 1
            before = source.text[line:first]
            if not before.strip(' \t"'):
                return before.rstrip('"')
    return "  "


def _json_member(key: str, value: Any) -> str:
    return f"{json.dumps(key)}: {json.dumps(value, default=_unwritable)}"


def _hcl_member(key: str, value: Any) -> str:
    name = key if _NAME.fullmatch(key) else json.dumps(key)
    return f"{name} = {_hcl(value)}"


def _hcl(value: Any) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, dict):
        return "{ " + ", ".join(_hcl_member(str(k), v) for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_hcl(item) for item in value) + "]"
    text = json.dumps(value)
    return text.replace("${", "$${").replace("%{", "%%{") if isinstance(value, str) else text


def _uses_commas(text: str) -> bool:
    return re.search(r",[ \t]*(?:#[^\n]*)?\r?\n", text) is not None


def _newline(source: Source) -> str:
    return _newline_of(source.text)


@lru_cache(maxsize=16)  # asked for every finding of a file
def _newline_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _source(sources: Mapping[str, Source], span: Span) -> Source:
    source = sources.get(span.path)
    if source is None:
        raise CannotFixError(f"{span.path} was not read as a file")
    if span.path.endswith(".json") and _is_plan(source.text):
        raise CannotFixError("a plan is what Terraform wrote; fix the configuration")
    if span.path.endswith(".json") and _is_snapshot(source.text):
        raise CannotFixError("a snapshot is what the account holds; fix the code that made it")
    return source


@lru_cache(maxsize=16)
def _is_plan(text: str) -> bool:
    return '"planned_values"' in text


@lru_cache(maxsize=16)
def _is_snapshot(text: str) -> bool:
    return f'"{SNAPSHOT_MARK}"' in text


def _offsets(source: Source, span: Span) -> tuple[int, int]:
    """Offsets of a span's start and end in the text."""
    start = source.line_starts[span.start_line - 1] + span.start_column - 1
    end = source.line_starts[span.end_line - 1] + span.end_column - 1
    return start, end
