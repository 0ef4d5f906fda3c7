"""Conditions: true, false, or not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.values import Template, Unknown, is_known
from linter.readers.cloudformation.template import TemplateText
from linter.readers.cloudformation.values import as_text, unknown_of

Truth = bool | Unknown

MAX_CHAIN = 40
"""Conditions that name conditions that name conditions, at most."""


class Conditions:
    """The template's ``Conditions``, each decided once.

    ``evaluate`` gives the value of an operand.
    """

    def __init__(self, text: TemplateText, evaluate: Callable[[Any], Any]) -> None:
        self._declared = text.section("Conditions")
        self._evaluate = evaluate
        self._decided: dict[str, Truth] = {}
        self._open: set[str] = set()

    def named(self, name: Any) -> Truth:
        """Whether the condition of that name holds."""
        if not isinstance(name, str):
            return Unknown("a condition's name must be text")
        if name in self._decided:
            return self._decided[name]
        if name not in self._declared:
            return Unknown(f"condition {name} is not declared", (name,))
        if name in self._open:
            return Unknown(f"condition {name} depends on itself", (name,))
        if len(self._open) >= MAX_CHAIN:
            return Unknown(f"condition {name} stands at the end of a chain that is too long")
        self._open.add(name)
        result = self.truth(self._declared[name], 0)
        self._open.discard(name)
        if isinstance(result, Unknown):
            result = Unknown(
                f"condition {name} depends on something not known", (*result.references, name)
            )
        self._decided[name] = result
        return result

    def truth(self, node: Any, depth: int) -> Truth:
        """Whether a condition expression holds."""
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict) or len(node) != 1 or depth > 50:
            value = self._evaluate(node) if depth <= 50 else None
            if value in ("true", "false"):
                return bool(value == "true")
            return value if isinstance(value, bool) else unknown_of("not a condition", [value])
        (function, argument), *_ = node.items()
        if function == "Condition":
            return self.named(argument)
        if function == "Fn::Equals":
            return self._equals(argument)
        if function in ("Fn::And", "Fn::Or", "Fn::Not"):
            if not isinstance(argument, list):
                return Unknown(f"{function} needs a list of conditions")
            values: list[Truth] = [self.truth(item, depth + 1) for item in argument]
            if function == "Fn::Not":
                first: Truth = values[0] if values else Unknown("Fn::Not has no condition")
                return first is False if isinstance(first, bool) else first
            deciding: bool = function == "Fn::Or"
            if any(value is deciding for value in values):
                return deciding
            unknowns = [value for value in values if isinstance(value, Unknown)]
            return unknown_of("", unknowns) if unknowns else not deciding
        value = self._evaluate(node)
        if isinstance(value, bool):
            return value
        return value if isinstance(value, Unknown) else Unknown("not a condition")

    def _equals(self, argument: Any) -> Truth:
        if not isinstance(argument, list) or len(argument) != 2:
            return Unknown("Fn::Equals needs two values")
        return equal(*(self._evaluate(item) for item in argument))


def equal(a: Any, b: Any) -> Truth:
    """Whether two values are equal, text with text: CloudFormation compares ``1`` with ``"1"``."""
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        return unknown_of("", [a, b])
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Unknown):
            each = {
                result
                for item in one.alternatives
                if isinstance(result := equal(item, other), bool)
            }
            if one.alternatives and len(each) == 1 and is_known(list(one.alternatives)):
                return each.pop()
            return unknown_of("", [one])
    if isinstance(a, list | dict) or isinstance(b, list | dict):
        if is_known(a) and is_known(b):
            return bool(a == b)
        return unknown_of("a list is compared that is not wholly known", [a, b])
    left, right = as_text(a), as_text(b)
    if isinstance(left, Template) and isinstance(right, str) and not left.may_equal(right):
        return False
    if isinstance(right, Template) and isinstance(left, str) and not right.may_equal(left):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return unknown_of("text is compared that is not wholly known", [a, b])
