"""How much is evaluated, and the errors of evaluation."""

from __future__ import annotations

from collections.abc import Callable

from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.syntax.tree import Node, Origin

MAX_STEPS = 1_000_000
"""Expressions evaluated in one scan; a template bomb ends here."""

MAX_ELEMENTS = 100_000
"""Elements one ``for`` expression or template directive may visit."""


class LocatedError(EvaluationError):
    """An evaluation error with its place."""

    def __init__(self, message: str | Callable[[], str], origin: Origin) -> None:
        super().__init__(message)
        self.origin = origin


class BudgetExceededError(Exception):
    """The scan has no steps left: the whole expression is given up, not only a part of it.

    Not an ``EvaluationError``: ``try`` and ``can`` must not take it for one of Terraform's.
    """

    def __init__(self, message: str, origin: Origin) -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin


class Budget:
    """Steps left for a whole scan, shared by all evaluators of it."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps
        self.steps = steps

    def spend(self, node: Node, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise BudgetExceededError(
                f"The configuration takes more than {self.steps:,} evaluation steps and is not "
                "evaluated further",
                node.origin,
            )
