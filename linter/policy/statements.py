"""IAM policies as rules see them: lists everywhere, with the way back to what is written."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Locator, Path
from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.core.sources import Location
from linter.core.values import Choice, OpenDict, Template, Unknown, make_string

LISTS = ("Action", "NotAction", "Resource", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")


def normal_policy(value: Any) -> Any:
    """A policy whose ``Statement`` is a list of normal statements; unknowns stay."""
    if not isinstance(value, dict):
        return value
    found = _same_kind(value)
    if "Statement" in value:
        statements = value["Statement"]
        if isinstance(statements, dict):
            statements = [statements]
        if isinstance(statements, list):
            statements = [normal_statement(item) for item in statements]
        found["Statement"] = statements
    return found


def normal_statement(value: Any) -> Any:
    """A statement with lists of actions and resources, and mappings of lists elsewhere."""
    if not isinstance(value, dict):
        return value
    found = _same_kind(value)
    for key in LISTS:
        if key in found:
            found[key] = _listed(found[key])
    for key in PRINCIPALS:
        if key in found:
            found[key] = _principal(found[key])
    condition = found.get("Condition")
    if isinstance(condition, dict):
        found["Condition"] = _mapped(
            condition, lambda keys: _mapped(keys, _listed) if isinstance(keys, dict) else keys
        )
    return found


def _same_kind(value: dict[str, Any]) -> dict[str, Any]:
    return OpenDict(value, value.rest) if isinstance(value, OpenDict) else dict(value)


def _mapped(value: dict[str, Any], change: Any) -> dict[str, Any]:
    found = _same_kind(value)
    for key in found:
        found[key] = change(found[key])
    return found


_DYNAMIC = lazy_regex(r"(\{\{resolve:[^{}]*\}\})")


def resolved_later(text: str) -> Any:
    """A text without CloudFormation's dynamic references: what they stand for is not known."""
    if "{{resolve:" not in text:
        return text
    unread = Unknown("a dynamic reference is resolved when the stack is made")
    parts = [unread if part.startswith("{{resolve:") else part for part in _DYNAMIC.split(text)]
    whole = make_string(parts)
    return unread if isinstance(whole, Template) and len(whole.parts) == 1 else whole


def _listed(value: Any) -> Any:
    """A single value as a list of one; an unknown stays, since it may be a list itself."""
    if isinstance(value, list):
        if any(isinstance(item, str) and "{{resolve:" in item for item in value):
            return [resolved_later(item) if isinstance(item, str) else item for item in value]
        return value
    if value is None or isinstance(value, Unknown):
        return value
    if isinstance(value, str):
        value = resolved_later(value)
    if isinstance(value, Choice) and any(isinstance(item, list) for item in value.values):
        return value
    return [value]


def _principal(value: Any) -> Any:
    if isinstance(value, dict):
        return _mapped(value, _listed)
    return {"*": ["*"]} if value == "*" else value


@record
class NormalLocator:
    """Answers paths of the normal form with places in the written form."""

    inner: Locator
    written: Any

    def locate(self, path: Path) -> Location:
        return self.inner.locate(self._written_path(path))

    def locate_key(self, path: Path) -> Location:
        return self.inner.locate_key(self._written_path(path))

    def _written_path(self, path: Path) -> Path:
        found: list[str | int] = []
        value = self.written
        for key in path:
            if isinstance(key, int) and not isinstance(value, list):
                continue  # a single value stands where the normal form has a list
            if not isinstance(key, int) and not isinstance(value, dict):
                break
            found.append(key)
            if isinstance(value, dict):
                value = value.get(str(key))
            else:
                value = value[int(key)] if int(key) < len(value) else None
        return tuple(found)
