"""Evaluating one expression by itself: for tests and for comparison with Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.sources import Source
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.value import Value, from_plain
from linter.readers.terraform.evaluation.budget import Budget, BudgetExceededError
from linter.readers.terraform.evaluation.evaluator import Evaluator
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.files import FileAccess, ModuleFiles
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.expressions import parse_expression
from linter.readers.terraform.syntax.lexer import SyntaxFault
from linter.readers.terraform.syntax.tree import Node


class _VariableRoots:
    """``var.NAME`` from a mapping, and nothing else."""

    def __init__(
        self, variables: Mapping[str, Value], files: Mapping[str, str], budget: Budget
    ) -> None:
        self._variables = variables
        self.functions = ModuleFiles(FileAccess(None, None, files), "", budget)

    def traverse(
        self,
        name: str,
        steps: list[Step],
        node: Node,
        evaluator: Evaluator,
        scope: Scope,
    ) -> tuple[Value, int] | None:
        if name == "var" and steps and steps[0][1] in self._variables:
            return self._variables[str(steps[0][1])], 1
        raise EvaluationError(f'Reference to undeclared name: "{name}" is not declared here.')


def evaluate_expression(
    text: str, variables: Mapping[str, Any] | None = None, files: Mapping[str, str] | None = None
) -> Value:
    """The value of an expression; raises ``EvaluationError`` for what Terraform refuses.

    ``variables`` are available as ``var.NAME``: plain Python, core's partly known values, or
    evaluated values. ``files`` are texts that ``file()`` sees.
    """
    values = {name: from_plain(item) for name, item in (variables or {}).items()}
    problems = FaultLog()
    try:
        node = parse_expression(Source("expression", text))
    except SyntaxFault as fault:
        raise EvaluationError(f"{fault.message}: {fault.detail}") from fault
    budget = Budget()
    evaluator = Evaluator(_VariableRoots(values, files or {}, budget), budget, problems)
    evaluator.catch_nothing()
    try:
        return evaluator.eval(node)
    except BudgetExceededError as error:
        raise EvaluationError(error.message) from error
