"""Values of a template's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import Unknown
from linter.readers.cloudformation.template import TemplateText

PSEUDO = frozenset(
    {
        "AWS::AccountId",
        "AWS::NotificationARNs",
        "AWS::NoValue",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)
_NUMBER = lazy_regex(r"[+-]?\d{1,300}(\.\d{1,300})?")


class Parameters:
    """What ``Ref`` gives for each parameter: the user's value, else its default.

    A parameter with ``AllowedValues`` and a default has its default: that is what holds when
    nobody says otherwise. One without a default is unknown, with the allowed values as its
    alternatives.
    """

    def __init__(self, text: TemplateText, given: Mapping[str, str]) -> None:
        self._declared = text.section("Parameters")
        self._given = given
        self._values: dict[str, Any] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._declared

    def value(self, name: str) -> Any:
        """The value; call it only with a declared name."""
        if name not in self._values:
            self._values[name] = self._make(name)
        return self._values[name]

    def place(self, name: str) -> Path | None:
        """The path of the default in the template, where that is what holds."""
        if name in self._given or isinstance(self.value(name), Unknown):
            return None
        return ("Parameters", name, "Default")

    def _make(self, name: str) -> Any:
        declared = self._declared[name]
        if not isinstance(declared, dict):
            return Unknown(f"parameter {name} is not declared properly", (name,))
        kind = declared.get("Type", "String")
        kind = kind if isinstance(kind, str) else "String"
        if name in self._given:
            return _typed(self._given[name], kind)
        if "Default" not in declared:
            allowed = declared.get("AllowedValues")
            values = [_typed(v, kind) for v in allowed] if isinstance(allowed, list) else []
            return Unknown(f"parameter {name} has no default", (name,), values)
        default = declared["Default"]
        if kind.startswith("AWS::SSM::Parameter::Value"):
            return Unknown(
                f"parameter {name} is read from Systems Manager ({str(default)[:80]})", (name,)
            )
        return _typed(default, kind)


def _typed(value: Any, kind: str) -> Any:
    """A parameter's text as the type it is declared with."""
    if isinstance(value, dict):
        return Unknown("a parameter's value must be text or a number")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        items = value if isinstance(value, list) else _text(value).split(",") if value != "" else []
        item_kind = "Number" if kind == "List<Number>" else "String"
        return [_typed(_text(item).strip(), item_kind) for item in items]
    if isinstance(value, list):
        return [_typed(item, kind) for item in value]
    if kind == "Number":
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        text = _text(value).strip()
        if _NUMBER.fullmatch(text):
            return float(text) if "." in text else int(text)
        return text
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return "" if value is None else str(value)
