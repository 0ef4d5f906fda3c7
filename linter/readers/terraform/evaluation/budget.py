"""How much is evaluated, and the errors of evaluation."""

from __future__ import annotations

from collections.abc import Callable

from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.syntax.tree import Node, Origin

MAX_STEPS = 1_000_000
"""Expressions evaluated in one scan; a template bomb ends here."""

MAX_TEXT = 20_000_000
"""Characters of text that functions and templates make in one scan."""

MAX_MODULES = 10_000
"""Instances of modules in one scan."""

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
        self.said = False


class Budget:
    """Work left for a whole scan, shared by all evaluators of it.

    It is counted in steps, in text and in modules, not in time, so that a result does not depend
    on the machine. Once it is used up nothing more is evaluated, and ``used_up`` says where.
    """

    def __init__(self, steps: int | None = None) -> None:
        self.steps = MAX_STEPS if steps is None else steps
        self.left = self.steps
        self.text_left = MAX_TEXT
        self.modules_left = MAX_MODULES
        self.used_up: BudgetExceededError | None = None

    def spend(self, node: Node, count: int = 1) -> None:
        """Evaluation steps. Raises :class:`BudgetExceededError`."""
        self.left -= count
        if self.left < 0:
            self._end(f"more than {self.steps:,} evaluation steps", node.origin)

    def make(self, node: Node, characters: int) -> None:
        """Text that an expression made. Raises :class:`BudgetExceededError`."""
        self.text_left -= characters
        if self.text_left < 0:
            self._end(f"more than {MAX_TEXT:,} characters of text", node.origin)

    def add_modules(self, origin: Origin, count: int) -> None:
        """Instances of a module. Raises :class:`BudgetExceededError`."""
        self.modules_left -= count
        if self.modules_left < 0:
            self._end(f"more than {MAX_MODULES:,} instances of modules", origin)

    def _end(self, what: str, origin: Origin) -> None:
        self.left = -1
        if self.used_up is None:
            message = f"The configuration takes {what} and is not evaluated further"
            self.used_up = BudgetExceededError(message, origin)
        raise self.used_up
