"""``templatefile`` and ``templatestring``: a text evaluated as a template of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.core.sources import Source
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.value import Value
from linter.readers.terraform.evaluation.budget import Budget
from linter.readers.terraform.evaluation.evaluator import Evaluator
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.lexer import SyntaxFault
from linter.readers.terraform.syntax.templates import template_body
from linter.readers.terraform.syntax.tree import Node, Origin

if TYPE_CHECKING:
    from linter.readers.terraform.functions.context import FunctionContext

MAX_NESTING = 10


class _TemplateRoots:
    """A template sees only the variables it is given."""

    def __init__(self, files: FunctionContext, name: str) -> None:
        self.functions = files
        self._name = name

    def traverse(
        self,
        name: str,
        steps: list[Step],
        node: Node,
        evaluator: Evaluator,
        scope: Scope,
    ) -> tuple[Value, int] | None:
        raise EvaluationError(
            f'vars map does not contain key "{name}", referenced at '
            f"{node.source.path}:{node.source.position(node.start)[0]},"
            f"{node.source.position(node.start)[1]}"
        )


def render(
    text: Value, variables: dict[str, Value], *, name: str, files: FunctionContext, budget: Budget
) -> Value:
    """The text of a template. Raises ``EvaluationError``; places point into the template."""
    place = text.text_map if isinstance(text.text_map, Origin) else None
    source = (
        place.source
        if place is not None
        else Source(
            text.origin.source.path if isinstance(text.origin, Origin) else "<template>", text.data
        )
    )
    try:
        template = template_body(source)
    except SyntaxFault as fault:
        line, column = source.position(fault.start)
        raise EvaluationError(
            f"{fault.message} at {source.path}:{line},{column}: {fault.detail}"
        ) from fault
    problems = FaultLog()
    evaluator = Evaluator(_TemplateRoots(files, name), budget, problems)
    evaluator.catch_nothing()
    value = evaluator.eval(template, Scope(variables))
    if place is None:
        value.text_map = None
        value.origin = text.origin
    return value
