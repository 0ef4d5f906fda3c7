"""Checking one configured value and giving it its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from os.path import normpath
from pathlib import Path
from typing import Any

from linter.config.entries import IgnoreEntry, PolicyEntry
from linter.config.keys import (
    BUDGET_FIGURES,
    BUDGET_KEYS,
    BUDGET_SECTIONS,
    IGNORE_KEYS,
    MOST,
    PERCENT_LIMITS,
    PLAN_KEYS,
    PLAN_LIMITS,
    POLICY_KEYS,
    POLICY_KINDS,
    ROOT_KEYS,
    TELLS_APART,
    VARIANT_KEYS,
    KeySpec,
)
from linter.config.model import Budget, RootEntry, SavingsPlan
from linter.core.boundary import NO_BOUNDARY, Boundary
from linter.core.printable import printable
from linter.core.regions import has_prices_of_its_own, no_region
from linter.core.sources import Span
from linter.policy.suggest import did_you_mean

MAX_VARIANTS = 50
"""A root is evaluated once for each."""

KeyPath = tuple[str | int, ...]


class InvalidValueError(Exception):
    """A value that its key does not take; ``path`` leads to it."""

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


class Checker:
    """Checks values of one source.

    Args:
        directory: what relative paths are relative to.
        span_of: the place of a key, for ``[[ignore]]`` entries.
        globs_from: what globs are relative to.
        boundary: outside of what files may not be named.
    """

    def __init__(
        self,
        directory: str,
        span_of: Callable[[KeyPath], Span],
        globs_from: str = "",
        boundary: Boundary = NO_BOUNDARY,
    ) -> None:
        self._directory = directory
        self._span_of = span_of
        self._globs_from = globs_from
        self._boundary = boundary

    def value(self, spec: KeySpec, value: Any) -> Any:
        """The typed value. Raises :class:`InvalidValueError`."""
        path: KeyPath = (spec.key,)
        kind = spec.kind
        if kind == "url":
            return _address(path, self._text(path, value))
        if kind in ("string", "path"):
            text = self._text(path, value)
            if spec.choices and text not in spec.choices:
                raise InvalidValueError(path, _choice(spec.key, text, spec.choices))
            return self._path(path, text) if kind == "path" else text
        if kind == "region":
            text = self._text(path, value)
            if not has_prices_of_its_own(text):
                raise InvalidValueError(path, no_region(text))
            return text
        if kind == "boolean":
            if not isinstance(value, bool):
                raise InvalidValueError(path, f"{spec.key} is true or false")
            return value
        if kind == "number":
            return _number(path, value)
        if kind == "integer":
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36500:
                raise InvalidValueError(path, f"{spec.key} is a whole number from 1 to 36500")
            return value
        if kind in ("strings", "paths"):
            texts = self._texts(path, value)
            return tuple(self._path(path, t) for t in texts) if kind == "paths" else texts
        if kind == "ignores":
            return self._ignores(path, value)
        if kind == "policies":
            return self._policies(path, value)
        return self._table_kinds(kind, spec, path, value)

    def _table_kinds(self, kind: str, spec: KeySpec, path: KeyPath, value: Any) -> Any:
        table = _table(path, value)
        if kind == "budgets":
            return self._budgets(path, table)
        if kind == "roots":
            return tuple(self._root((*path, glob), glob, item) for glob, item in table.items())
        if kind == "variables":
            return self._variables(path, table)
        if kind == "savings-plan":
            return _plan(path, table)
        found: dict[str, Any] = {}
        for key, item in table.items():
            inner = (*path, key)
            if kind in ("severities", "profiles"):
                text = self._text(inner, item)
                if text not in spec.choices:
                    what = "severity" if kind == "severities" else "profile"
                    message = _choice(f"{what} of {key}", text, spec.choices)
                    raise InvalidValueError(inner, message)
                found[key] = text
            elif kind == "selectors":
                found[key] = self._texts(inner, item)
            elif kind == "parameters":
                found[key] = _floats(_table(inner, item))
        return found

    def _variables(self, path: KeyPath, value: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, item in _table(path, value).items():
            if isinstance(item, bool):
                found[key] = "true" if item else "false"
            elif isinstance(item, str | int | Decimal):
                found[key] = str(item)
            else:
                message = "a variable is text, a number, true or false"
                raise InvalidValueError((*path, key), message)
        return found

    def _root(self, path: KeyPath, glob: str, value: Any, variant: bool = False) -> RootEntry:
        """An entry of ``[roots]``, or a variant of one."""
        table = _table(path, value)
        _known_keys(path, table, VARIANT_KEYS if variant else ROOT_KEYS)
        _root_name(path, glob, variant)
        if variant and not any(table.get(key) for key in TELLS_APART):
            message = f"a variant needs {', '.join(TELLS_APART[:-1])} or {TELLS_APART[-1]}"
            raise InvalidValueError(path, message)
        variants = (*path, "variants")
        texts = {
            key: self._text((*path, key), table.get(key, ""))
            for key in ("workspace", "region", "usage-file")
        }
        if texts["region"] and not has_prices_of_its_own(texts["region"]):
            raise InvalidValueError((*path, "region"), no_region(texts["region"]))
        files = (*path, "var-files")
        return RootEntry(
            glob,
            self._span_of(path),
            tuple(self._path(files, t) for t in self._texts(files, table.get("var-files", []))),
            self._variables((*path, "variables"), table.get("variables", {})),
            texts["workspace"],
            texts["region"],
            self._path((*path, "usage-file"), texts["usage-file"]),
            self._variants(variants, table.get("variants", {})),
        )

    def _variants(self, path: KeyPath, value: Any) -> dict[str, RootEntry]:
        table = _table(path, value)
        if len(table) > MAX_VARIANTS:
            raise InvalidValueError(path, f"a root has at most {MAX_VARIANTS} variants")
        return {
            name: self._root((*path, name), name, item, variant=True)
            for name, item in table.items()
        }

    def _text(self, path: KeyPath, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidValueError(path, f"{path[-1]} is text in quotes")
        return value

    def _texts(self, path: KeyPath, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidValueError(path, f'{path[-1]} is a list of texts, as in ["a", "b"]')
        return tuple(value)

    def _path(self, key: KeyPath, text: str) -> str:
        if not text:
            return text
        found = text
        if self._directory and not Path(text).is_absolute():
            found = normpath(Path(self._directory) / text)
        if not self._boundary.holds(found):
            message = (
                f"{key[-1]}: {printable(text, 80)} is outside of the repository;"
                " only a flag or the environment names such a file"
            )
            raise InvalidValueError(key, message)
        return found

    def _ignores(self, path: KeyPath, value: Any) -> tuple[IgnoreEntry | str, ...]:
        if not isinstance(value, list):
            message = "write each suppression as [[ignore]], in two pairs of brackets"
            raise InvalidValueError(path, message)
        found: list[IgnoreEntry | str] = []
        for number, item in enumerate(value):
            inner = (*path, number)
            if isinstance(item, str):
                found.append(item)
                continue
            table = _table(inner, item)
            _known_keys(inner, table, IGNORE_KEYS)
            texts = {
                key: self._text((*inner, key), table.get(key, ""))
                for key in ("rule", "path", "address", "reason")
            }
            if not texts["rule"]:
                raise InvalidValueError(inner, "an [[ignore]] entry needs rule")
            if not texts["path"] and not texts["address"]:
                raise InvalidValueError(inner, "an [[ignore]] entry needs path or address")
            until = _date((*inner, "until"), table.get("until"))
            span = self._span_of(inner)
            found.append(IgnoreEntry(**texts, until=until, span=span, base=self._globs_from))
        return tuple(found)

    def _policies(self, path: KeyPath, value: Any) -> tuple[PolicyEntry, ...]:
        if not isinstance(value, list):
            message = "write each entry as [[policy]], in two pairs of brackets"
            raise InvalidValueError(path, message)
        found: list[PolicyEntry] = []
        for number, item in enumerate(value):
            inner = (*path, number)
            table = _table(inner, item)
            _known_keys(inner, table, POLICY_KEYS)
            glob = self._text((*inner, "path"), table.get("path", ""))
            kind = self._text((*inner, "kind"), table.get("kind", ""))
            if not glob or not kind:
                raise InvalidValueError(inner, "a [[policy]] entry needs path and kind")
            if kind not in POLICY_KINDS:
                message = _choice("kind", kind, POLICY_KINDS)
                raise InvalidValueError((*inner, "kind"), message)
            accounts = self._texts((*inner, "accounts"), table.get("accounts", []))
            for account in accounts:
                if len(account) != 12 or not account.isdecimal():
                    message = f"{printable(account, 40)} is no account: twelve digits, in quotes"
                    raise InvalidValueError((*inner, "accounts"), message)
            if accounts and kind not in ("scp", "rcp"):
                message = "only policies of an organisation (scp, rcp) have accounts"
                raise InvalidValueError((*inner, "accounts"), message)
            span = self._span_of(inner)
            found.append(PolicyEntry(glob, kind, accounts, span, self._globs_from))
        return tuple(found)

    def _budgets(self, path: KeyPath, table: Mapping[str, Any]) -> tuple[Budget, ...]:
        _known_keys(path, table, (*BUDGET_KEYS, *BUDGET_SECTIONS))
        found: list[Budget] = []
        own = {key: value for key, value in table.items() if key not in BUDGET_SECTIONS}
        if own:
            found.append(_budget(path, own))
        for section, name in BUDGET_SECTIONS.items():
            places = (*path, section)
            for glob, item in _table(places, table.get(section, {})).items():
                inner = (*places, glob)
                limits = _table(inner, item)
                _known_keys(inner, limits, BUDGET_KEYS)
                if name == "tag" and not all(glob.partition("=")):
                    raise InvalidValueError(inner, "a tag is written as name=value, or name=*")
                base = {"base": self._globs_from} if name == "path" else {}
                found.append(_budget(inner, limits, **{name: glob}, **base))
        return tuple(found)


def _address(path: KeyPath, text: str) -> str:
    """An address that reports may link to: HTTPS, and no character that ends a link."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(text).hostname
    except ValueError:
        host = None
    plain = all(c.isascii() and c.isprintable() and c not in " <>\"'\\^`|()" for c in text)
    if text and not (text.startswith("https://") and host and plain):
        shown = printable(text, 60)
        raise InvalidValueError(path, f"{path[-1]}: {shown} is no address: https://…")
    return text


def _plan(path: KeyPath, table: Mapping[str, Any]) -> SavingsPlan:
    _known_keys(path, table, PLAN_KEYS)
    numbers = {key: _number((*path, key), value) for key, value in table.items()}
    for key, most in PLAN_LIMITS.items():
        if numbers.get(key, 0) > most:
            raise InvalidValueError((*path, key), f"{key} is at most {most}")
    if ("commitment-usd-per-hour" in numbers) == ("coverage-percent" in numbers):
        message = "a Savings Plan has commitment-usd-per-hour or coverage-percent, one of them"
        raise InvalidValueError(path, message)
    return SavingsPlan(**{key.replace("-", "_"): value for key, value in numbers.items()})


def _budget(place: KeyPath, table: Mapping[str, Any], **of: Any) -> Budget:
    limits: dict[str, Any] = {
        key.replace("-", "_"): _number((*place, key), value)
        for key, value in table.items()
        if key != "of"
    }
    figure = table.get("of", BUDGET_FIGURES[0])
    if figure not in BUDGET_FIGURES:
        raise InvalidValueError((*place, "of"), _choice("of", str(figure), BUDGET_FIGURES))
    return Budget(**limits, **{**of, "of": figure})


def _root_name(path: KeyPath, name: str, variant: bool) -> None:
    if variant and not re.fullmatch(r"[\w.-]{1,60}", name):
        raise InvalidValueError(path, "a variant's name is letters, digits, -, _ and dots")
    parts = name.split("/")
    named = name == "." or any(part.strip(". ") for part in parts)
    if not variant and (not named or name.startswith("/") or ".." in parts):
        message = "a root is a directory, or a glob of directories, below this file"
        raise InvalidValueError(path, message)


def _number(path: KeyPath, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InvalidValueError(path, f"{path[-1]} is a number")
    number = Decimal(value)
    if not number.is_finite() or number < 0 or number > MOST:
        raise InvalidValueError(path, f"{path[-1]} is a number from 0 to {MOST}")
    limit = PERCENT_LIMITS.get(str(path[-1]), MOST)
    if number > limit:
        raise InvalidValueError(path, f"{path[-1]} is at most {limit}")
    return number


def _floats(value: Any) -> Any:
    """A rule's parameters, with numbers as rule files have them; only money is exact."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    return [_floats(item) for item in value] if isinstance(value, list) else value


def _date(path: KeyPath, value: Any) -> date | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise InvalidValueError(path, "until is a date, as in until = 2027-03-31")


def _table(path: KeyPath, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValueError(path, f"{path[-1]} is a table")
    return value


def _known_keys(path: KeyPath, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known) or f"; known are {', '.join(known)}"
            raise InvalidValueError((*path, key), f"unknown key {printable(key, 60)!r}{hint}")


def _choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    hint = did_you_mean(text, choices) or f"; choose from {', '.join(choices)}"
    return f"{printable(name, 60)}: {printable(text, 60)!r} is not allowed{hint}"
