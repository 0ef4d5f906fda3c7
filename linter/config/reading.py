"""Reading a configuration file and the environment; loaded only where there is one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from linter.config.entries import IgnoreEntry
from linter.config.keys import BY_KEY, KEYS, KeySpec, variable_name
from linter.config.load import MAX_BYTES
from linter.config.model import ConfigError, Origin
from linter.config.places import Places
from linter.config.values import Checker, InvalidValueError, KeyPath
from linter.core.boundary import TRUST_VARIABLE, Boundary
from linter.core.printable import printable
from linter.core.sources import Span
from linter.policy.suggest import did_you_mean

_TRUE = {"1": True, "true": True, "yes": True, "on": True}
_FALSE = {"0": False, "false": False, "no": False, "off": False}
OTHER_VARIABLES = frozenset(
    {
        "PIPEWARDEN_DEBUG",
        "PIPEWARDEN_CONFIG",
        "PIPEWARDEN_GOLDEN",
        "PIPEWARDEN_BASE_CONFIG",
        "PIPEWARDEN_PROTECT_CONFIG",
        "PIPEWARDEN_NO_CACHE",
        "PIPEWARDEN_CACHE_DIR",
        "PIPEWARDEN_CACHE_KEY",
        TRUST_VARIABLE,
    }
)
"""Variables with the prefix that are not settings."""


def read_file(
    path: Path,
    shown: str,
    values: dict[str, Any],
    origins: dict[str, Origin],
    globs_from: str = "",
    boundary: str = "",
    paths_from: str = ".",
) -> None:
    """Add a file's settings. Raises :class:`ConfigError` with the place, ``shown`` its name.

    ``globs_from`` is the directory that globs are relative to, ``paths_from`` that of paths.
    Paths that leave ``boundary`` are refused.
    """
    if not Boundary(boundary).holds(str(path)):
        raise ConfigError(shown, 0, 0, "the configuration is a symbolic link out of the repository")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(shown, 1, 1, f"larger than {MAX_BYTES // 1_000_000} MB")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(shown, 0, 0, f"cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(shown, 1, 1, "the file is not UTF-8 text") from error
    places = Places(text)
    data, base = _parse(shown, text, path.name, places)

    def span_of(key: KeyPath) -> Span:
        line, column = places.locate((*base, *key))
        return Span(shown, line, column, line, column)

    own = "" if paths_from == "." else paths_from
    checker = Checker(own, span_of, globs_from, Boundary(boundary))
    for key, value in data.items():
        try:
            spec = _spec(key)
            _store(spec, checker.value(spec, value), values)
        except InvalidValueError as fault:
            place = span_of(fault.path)
            raise ConfigError(shown, place.start_line, place.start_column, fault.message) from fault
        line = span_of((key,)).start_line
        origins[spec.field] = Origin("file", f"{shown}:{line}")
        if spec.field == "ignore" and "ignore_rules" in values:
            origins.setdefault("ignore_rules", origins["ignore"])


def _store(spec: KeySpec, value: Any, values: dict[str, Any]) -> None:
    if spec.kind != "ignores":
        before = values.get(spec.field, ()) if spec.field == "ignore_rules" else ()
        values[spec.field] = (*before, *value) if before else value
        return
    values["ignore"] = tuple(item for item in value if isinstance(item, IgnoreEntry))
    rules = tuple(item for item in value if isinstance(item, str))
    if rules:
        values["ignore_rules"] = (*values.get("ignore_rules", ()), *rules)


def _parse(shown: str, text: str, name: str, places: Places) -> tuple[dict[str, Any], KeyPath]:
    try:
        data: Any = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(shown, text, str(error)) from error
    except (RecursionError, InvalidOperation, ValueError) as error:
        raise ConfigError(shown, 1, 1, "the file is not valid TOML") from error
    if name != "pyproject.toml":
        return data, ()
    tool = data.get("tool", {})
    own = tool.get("pipewarden", {}) if isinstance(tool, dict) else {}
    if not isinstance(own, dict):
        place = places.locate(("tool", "pipewarden"))
        raise ConfigError(shown, *place, "pipewarden is a table")
    return own, ("tool", "pipewarden")


def _syntax_error(shown: str, text: str, message: str) -> ConfigError:
    """The parser says the place at the message's end: ``(at line 3, column 7)``."""
    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if found is None:
        return ConfigError(shown, 1, 1, printable(message))
    clean = printable(message[: found.start()])
    if found[1] is None:
        lines = text.split("\n")
        return ConfigError(shown, len(lines), len(lines[-1]) + 1, f"{clean} (the text ends)")
    return ConfigError(shown, int(found[1]), int(found[2]), clean)


def _spec(key: str) -> KeySpec:
    spec = BY_KEY.get(key)
    if spec is None:
        hint = did_you_mean(key.replace("_", "-"), BY_KEY)
        raise InvalidValueError((key,), f"unknown key {printable(key, 60)!r}{hint}")
    return spec


def read_environment(
    environment: Mapping[str, str], values: dict[str, Any], origins: dict[str, Origin]
) -> None:
    """Add what ``PIPEWARDEN_*`` variables say. Raises :class:`ConfigError` with the name."""
    known = {variable_name(spec): spec for spec in KEYS if spec.environment}
    checker = Checker("", lambda _: Span("", 1, 1, 1, 1))
    for name in sorted(environment):
        if name in OTHER_VARIABLES:
            continue
        spec = known.get(name)
        if spec is None:
            hint = did_you_mean(name, known)
            raise ConfigError(name, 0, 0, f"no setting has this environment variable{hint}")
        try:
            values[spec.field] = checker.value(spec, _from_text(spec, environment[name]))
        except InvalidValueError as fault:
            raise ConfigError(name, 0, 0, fault.message) from fault
        origins[spec.field] = Origin("env", name)


def _from_text(spec: KeySpec, text: str) -> Any:
    """A variable's text as the file would have the value; lists are separated by commas."""
    if spec.kind in ("strings", "paths"):
        return [item.strip() for item in text.split(",") if item.strip()]
    if spec.kind == "boolean":
        return {**_TRUE, **_FALSE}.get(text.strip().lower(), text)
    if spec.kind == "integer":
        return int(text) if text.strip().isascii() and text.strip().isdigit() else text
    if spec.kind == "number":
        try:
            return Decimal(text.strip())
        except InvalidOperation:
            return text
    return text
