"""Names an expression can use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from linter.readers.terraform.cty.value import Value
from linter.readers.terraform.functions.context import FunctionContext
from linter.readers.terraform.syntax.tree import Node

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator

Step = tuple[str, object, Node]
"""One step of a traversal: (``attribute``, name, node) or (``index``, key Node, node)."""


class Roots(Protocol):
    """Resolves the root names of a module: ``var``, ``local``, ``aws_iam_role`` …"""

    @property
    def functions(self) -> FunctionContext:
        """Files and templates, for functions."""
        ...

    def traverse(
        self, name: str, steps: list[Step], node: Node, evaluator: Evaluator, scope: Scope
    ) -> tuple[Value, int] | None:
        """The value of ``name`` with as many steps as belong to the reference, and how many.

        ``None`` when the name is not a root of the module. Raises ``EvaluationError``.
        """
        ...


class Scope:
    """Variables of ``for`` expressions and of blocks (``each``, ``count``), innermost first."""

    __slots__ = ("names", "outer")

    def __init__(self, names: Mapping[str, Value], outer: Scope | None = None) -> None:
        self.names = names
        self.outer = outer

    def find(self, name: str) -> Value | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.outer
        return None


EMPTY = Scope({})
