"""Parameters of rules: what a rule declares, and what the configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from linter.policy.suggest import did_you_mean

TYPES = ("string", "number", "integer", "boolean", "list", "map")
_KEYS = ("type", "default", "description", "enum", "minimum", "maximum")


class ParameterError(ValueError):
    """A declaration or a configured value that is not valid."""


def check_declaration(name: str, declaration: Any) -> None:
    """Raises :class:`ParameterError` when a rule's parameter is not declared properly."""
    if not name.isidentifier():
        raise ParameterError(f"{name!r} cannot name a parameter")
    if not isinstance(declaration, dict):
        raise ParameterError("a parameter is a mapping of type, default and description")
    for key in declaration:
        if key not in _KEYS:
            raise ParameterError(f"unknown key {key} in a parameter{did_you_mean(str(key), _KEYS)}")
    if declaration.get("type") not in TYPES:
        raise ParameterError(f"a parameter's type is one of {', '.join(TYPES)}")
    if not isinstance(declaration.get("description"), str):
        raise ParameterError("a parameter needs a description")
    if "default" not in declaration:
        raise ParameterError("a parameter needs a default")
    check_value(name, declaration, declaration["default"])


def check_value(name: str, declaration: Mapping[str, Any], value: Any) -> None:
    """Raises :class:`ParameterError` when a value does not fit the declaration."""
    wanted = declaration["type"]
    if not _fits(wanted, value):
        raise ParameterError(f"{name} must be a {wanted}, not {value!r}")
    allowed = declaration.get("enum")
    if allowed is not None:
        for item in value if isinstance(value, list) else [value]:
            if item not in allowed:
                hint = did_you_mean(str(item), [str(one) for one in allowed])
                shown = ", ".join(str(one) for one in allowed)
                raise ParameterError(f"{name} must be one of {shown}, not {item!r}{hint}")
    for key, below in (("minimum", True), ("maximum", False)):
        limit = declaration.get(key)
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int | float)):
            raise ParameterError(f"{name}: its limits are numbers")
        if limit is not None and (value < limit if below else value > limit):
            raise ParameterError(f"{name} must be {'at least' if below else 'at most'} {limit}")


def _fits(wanted: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if wanted == "string":
        return isinstance(value, str)
    if wanted == "number":
        return number
    if wanted == "integer":
        return number and float(value).is_integer()
    if wanted == "boolean":
        return isinstance(value, bool)
    if wanted == "list":
        return isinstance(value, list) and all(isinstance(i, str | int | float) for i in value)
    return isinstance(value, dict)


def effective(
    rule: str, declared: Mapping[str, Any], configured: Mapping[str, Any]
) -> dict[str, Any]:
    """Defaults overridden by the configuration. Raises :class:`ParameterError`."""
    configured = {name: _plain(value) for name, value in configured.items()}
    for name, value in configured.items():
        if name not in declared:
            hint = did_you_mean(name, declared)
            raise ParameterError(f"{rule} has no parameter {name}{hint}")
        check_value(name, declared[name], value)
    values = {name: declaration["default"] for name, declaration in declared.items()}
    return values | configured


def _plain(value: Any) -> Any:
    """A configuration's exact numbers as a rule file has its own."""
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
