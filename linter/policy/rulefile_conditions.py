"""Conditions and paths of a rule file: checked, and turned into their data form."""

from __future__ import annotations

from typing import Any

from linter.core.linear import PatternError, compiled, why_refused
from linter.core.regex import lazy_regex
from linter.domain.instances import CLASSES
from linter.policy.conditions import MISSING_WORDS, PRESENCE, TESTS
from linter.policy.durations import parse_duration
from linter.policy.jsonpath import PathError, Steps, parse_path
from linter.policy.suggest import did_you_mean
from linter.policy.yamltext import YamlText

MAX_PATTERN = 500

At = tuple[str | int, ...]
Condition = dict[str, Any]

QUANTIFIERS = ("every", "some", "none")
_MODIFIERS = ("path", "missing", "ignore_case")
_TEST_NAMES = (*PRESENCE, *TESTS)
_LISTS = ("one_of", "none_of", "subset_of", "superset_of", "disjoint_from")
_ORDERS = ("lt", "lte", "gt", "gte")
_TYPES = ("string", "number", "integer", "boolean", "list", "object")
_TEXT_TESTS = ("starts_with", "ends_with", "like", "contains")
MAX_NESTING = 4

_ALIAS = lazy_regex(r"[A-Za-z_][A-Za-z0-9_]*")


class ConditionReader:
    """Reads the conditions of one target, with its named paths and the rule's parameters."""

    def __init__(self, yaml: YamlText, names: dict[str, str], parameters: dict[str, Any]) -> None:
        self.yaml = yaml
        self.names = names
        self.parameters = parameters

    def conditions(self, data: Any, at: At) -> list[Condition]:
        """A condition or a list of them, as a list."""
        if isinstance(data, list):
            if not data:
                raise self.yaml.error(at, "a list of conditions must not be empty")
            return [self.condition(item, (*at, index)) for index, item in enumerate(data)]
        return [self.condition(data, at)]

    def condition(self, data: Any, at: At, depth: int = 0) -> Condition:
        if not isinstance(data, dict):
            raise self.yaml.error(at, "a condition is a mapping: a test, all, any or not")
        if depth > MAX_NESTING:
            raise self.yaml.error(at, "conditions are nested too deeply; write a Python check")
        for word in ("all", "any"):
            if word in data:
                self._alone(data, word, at)
                items = data[word]
                if not isinstance(items, list) or not items:
                    raise self.yaml.error((*at, word), f"{word} takes a list of conditions")
                inner = [
                    self.condition(item, (*at, word, index), depth + 1)
                    for index, item in enumerate(items)
                ]
                return {word: inner}
        if "not" in data:
            self._alone(data, "not", at)
            return {"not": self.condition(data["not"], (*at, "not"), depth + 1)}
        return self._test(data, at)

    def _alone(self, data: dict[str, Any], word: str, at: At) -> None:
        for key in data:
            if key != word:
                raise self.yaml.error((*at, key), f"{key} cannot stand beside {word}")

    def _test(self, data: dict[str, Any], at: At) -> Condition:
        if "path" not in data:
            known = ("path", "all", "any", "not")
            key = next(iter(data), "")
            raise self.yaml.error(
                (*at, key) if key else at,
                f"a condition needs a path{did_you_mean(str(key), known) if key else ''}",
            )
        text = self.path_text(data["path"], (*at, "path"))
        quantifier = [word for word in QUANTIFIERS if word in data]
        if len(quantifier) > 1:
            raise self.yaml.error((*at, quantifier[1]), "only one of every, some, none is allowed")
        tests = {k: v for k, v in data.items() if k not in _MODIFIERS and k not in QUANTIFIERS}
        ignore_case = data.get("ignore_case", False)
        tests_at = at
        if quantifier:
            if tests:
                key = next(iter(tests))
                raise self.yaml.error(
                    (*at, key), f"{key} must stand inside {quantifier[0]}, not beside it"
                )
            tests_at = (*at, quantifier[0])
            inner = data[quantifier[0]]
            if not isinstance(inner, dict):
                raise self.yaml.error(tests_at, f"{quantifier[0]} takes a mapping of tests")
            tests = {k: v for k, v in inner.items() if k != "ignore_case"}
            ignore_case = inner.get("ignore_case", ignore_case)
        if not isinstance(ignore_case, bool):
            raise self.yaml.error(at, "ignore_case is true or false")
        if not tests:
            raise self.yaml.error(tests_at, "the condition tests nothing")
        checked = {
            name: self._operand(name, operand, (*tests_at, name), ignore_case)
            for name, operand in tests.items()
        }
        presence = [name for name in tests if name in PRESENCE]
        if presence and quantifier == ["none"]:
            raise self.yaml.error(
                tests_at, f"none with {presence[0]} is confusing; use {presence[0]}: false"
            )
        return {
            "path": text,
            "steps": self.parse(text, (*at, "path")),
            "quantifier": quantifier[0] if quantifier else "every",
            "tests": checked,
            "missing": self._missing(data, at, needed=len(presence) < len(tests)),
            "ignore_case": ignore_case,
        }

    def _missing(self, data: dict[str, Any], at: At, *, needed: bool) -> str | None:
        word = data.get("missing")
        if word is None and "missing" not in data:
            if needed:
                raise self.yaml.error(
                    at, "say what a missing value means: missing: pass, fail or unknown"
                )
            return None
        if not isinstance(word, str) or word not in MISSING_WORDS:
            raise self.yaml.error((*at, "missing"), "missing is pass, fail or unknown")
        if not needed:
            raise self.yaml.error((*at, "missing"), "set and exists already say what missing means")
        return word

    def path_text(self, data: Any, at: At) -> str:
        """A JSONPath with a leading name replaced by what it stands for."""
        if not isinstance(data, str) or not data:
            raise self.yaml.error(at, "a path is text like $.Arguments.VpcConfig")
        if data.startswith("$"):
            return data
        match = _ALIAS.match(data)
        name = match[0] if match else data
        if name not in self.names:
            hint = did_you_mean(name, self.names) or "; a path starts with $"
            raise self.yaml.error(at, f"{name} is not one of this target's paths{hint}")
        return self.names[name] + data[len(name) :]

    def parse(self, text: str, at: At) -> Steps:
        try:
            return parse_path(text)
        except PathError as error:
            raise self.yaml.error(at, str(error)) from None

    def _operand(self, name: str, operand: Any, at: At, ignore_case: bool) -> Any:
        if name not in _TEST_NAMES:
            hint = did_you_mean(name, (*_TEST_NAMES, *_MODIFIERS, *QUANTIFIERS))
            raise self.yaml.error(at, f"unknown test {name}{hint}")
        if name in PRESENCE:
            if not isinstance(operand, bool):
                raise self.yaml.error(at, f"{name} is true or false")
            return operand
        if isinstance(operand, dict) and operand.keys() & {"parameter", "path"}:
            return self._reference(operand, at)
        if name == "length" and isinstance(operand, dict):
            return self._limits(operand, at, durations=False)
        if name == "duration":
            return operand if operand is True else self._limits(operand, at, durations=True)
        reason = _operand_error(name, operand, ignore_case)
        if reason:
            raise self.yaml.error(at, reason)
        return operand

    def _reference(self, operand: dict[str, Any], at: At) -> dict[str, Any]:
        if len(operand) != 1:
            raise self.yaml.error(at, "a parameter or a path stands alone")
        if "parameter" in operand:
            name = operand["parameter"]
            if name not in self.parameters:
                hint = did_you_mean(str(name), self.parameters)
                raise self.yaml.error(at, f"{name} is not a parameter of this rule{hint}")
            return {"parameter": name}
        if "path" not in operand:
            raise self.yaml.error(at, "write {parameter: name} or {path: path}")
        text = self.path_text(operand["path"], (*at, "path"))
        return {"path": text, "steps": self.parse(text, (*at, "path"))}

    def _limits(self, operand: Any, at: At, *, durations: bool) -> dict[str, Any]:
        words = (*_ORDERS, "equals")
        if not isinstance(operand, dict) or not operand:
            raise self.yaml.error(at, f"give a mapping of {', '.join(words)}")
        checked: dict[str, Any] = {}
        for word, limit in operand.items():
            if word not in words:
                hint = did_you_mean(str(word), words)
                raise self.yaml.error((*at, word), f"unknown limit {word}{hint}")
            if isinstance(limit, dict):
                checked[word] = self._reference(limit, (*at, word))
                continue
            number = isinstance(limit, int | float) and not isinstance(limit, bool)
            text = durations and isinstance(limit, str) and parse_duration(limit) is not None
            if not number and not text:
                wanted = "a duration like PT1H" if durations else "a number"
                raise self.yaml.error((*at, word), f"{word} takes {wanted}")
            checked[word] = limit
        return checked


def _operand_error(name: str, operand: Any, ignore_case: bool) -> str:
    """Why an operand does not fit its test, or ``""``."""
    if name in _LISTS:
        return "" if isinstance(operand, list) and operand else f"{name} takes a list"
    if name in _ORDERS:
        number = isinstance(operand, int | float) and not isinstance(operand, bool)
        return "" if number else f"{name} takes a number"
    if name == "length":
        ok = isinstance(operand, int) and not isinstance(operand, bool)
        return "" if ok else "length takes a number or a mapping of limits"
    if name == "empty":
        return "" if isinstance(operand, bool) else "empty is true or false"
    if name == "is":
        return _word_error(name, operand, _TYPES)
    if name == "instance":
        return _word_error(name, operand, CLASSES)
    if name == "matches":
        if not isinstance(operand, str):
            return "matches takes a regular expression as text"
        if len(operand) > MAX_PATTERN:
            return f"a regular expression longer than {MAX_PATTERN} characters is refused"
        try:
            compiled(operand, ignore_case=ignore_case, dot_all=True)
        except PatternError as error:
            return f"the regular expression {operand!r} is refused: {why_refused(error)}"
        return ""
    if name in _TEXT_TESTS:
        items = operand if isinstance(operand, list) else [operand]
        ok = bool(items) and all(
            isinstance(item, str | int | float) and item != "" for item in items
        )
        return "" if ok else f"{name} takes a text or a list of texts, none of them empty"
    return "" if operand is not None else f"{name} cannot take null; use exists: false"


def _word_error(name: str, operand: Any, words: tuple[str, ...]) -> str:
    for word in operand if isinstance(operand, list) and operand else [operand]:
        if word not in words:
            return f"{name} takes one of {', '.join(words)}{did_you_mean(str(word), words)}"
    return ""
