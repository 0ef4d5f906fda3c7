"""Values of root module variables: defaults, tfvars files, the environment, the command line."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from linter.core.documents import Problem
from linter.core.record import entity, field
from linter.core.sources import GivenText, Source
from linter.readers.terraform.cty.types import DYNAMIC, STRING_TYPE, Type
from linter.readers.terraform.cty.value import Value, string
from linter.readers.terraform.evaluation.budget import Budget
from linter.readers.terraform.evaluation.evaluator import Evaluator
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.scope import Scope, Step
from linter.readers.terraform.syntax.expressions import parse_expression
from linter.readers.terraform.syntax.json_syntax import _Converter
from linter.readers.terraform.syntax.lexer import SyntaxFault
from linter.readers.terraform.syntax.parser import parse_file
from linter.readers.terraform.syntax.tree import AttributeDefinition, Body, Node, Origin


@entity
class GivenVariables:
    """Variable values by name: expressions from files, texts from elsewhere."""

    expressions: dict[str, Node] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name → (text, where it comes from, for messages)."""


class _NoRoots:
    """tfvars files hold literal values only."""

    functions = None

    def traverse(
        self,
        name: str,
        steps: list[Step],
        node: Node,
        evaluator: Evaluator,
        scope: Scope,
    ) -> None:
        return None


def tfvars_body(source: Source) -> tuple[Body, list[Problem]]:
    """The assignments of a ``.tfvars`` or ``.tfvars.json`` file."""
    if not source.path.endswith(".json"):
        return parse_file(source)
    from linter.core.jsontext import JsonLocator, parse_json_source

    parsed = parse_json_source(source)
    problems = [parsed.problem] if parsed.problem is not None else []
    body = Body()
    if isinstance(parsed.value, dict) and isinstance(parsed.locator, JsonLocator):
        converter = _Converter(source, parsed.locator, problems)
        for name, item in parsed.value.items():
            place, _ = parsed.locator.member((name,))
            body.attributes[name] = AttributeDefinition(
                name,
                place[0] + 1 if place else 0,
                converter._expression(item, (name,), plain=True),
                source,
            )
    return body, problems


def given_variables(
    directory: str,
    tfvars: Mapping[str, Source],
    environment: Mapping[str, str],
    options: Sequence[Source | tuple[str, str]],
    problems: FaultLog,
) -> GivenVariables:
    """What a root module is given, in Terraform's order: the later wins.

    Environment, ``terraform.tfvars``, ``terraform.tfvars.json``, ``*.auto.tfvars`` in the order
    of their names, then ``options``: files and (name, text) in the order of the command line.
    """
    given = GivenVariables()
    for key, text in environment.items():
        if key.startswith("TF_VAR_"):
            given.texts[key.removeprefix("TF_VAR_")] = (text, key)
    for item in [*_automatic(directory, tfvars), *options]:
        if isinstance(item, tuple):
            name, text = item
            given.texts[name] = (text, f"--var {name}")
            given.expressions.pop(name, None)
            continue
        body, found = tfvars_body(item)
        problems.extend(found)
        for name, definition in body.attributes.items():
            given.expressions[name] = definition.expression
            given.texts.pop(name, None)
    return given


def _automatic(directory: str, tfvars: Mapping[str, Source]) -> list[Source]:
    here = {
        posixpath.basename(path): source
        for path, source in tfvars.items()
        if posixpath.dirname(path) == directory
    }
    names: list[str] = [n for n in ("terraform.tfvars", "terraform.tfvars.json") if n in here]
    names += sorted(n for n in here if n.endswith((".auto.tfvars", ".auto.tfvars.json")))
    return [here[name] for name in names]


def constant(node: Node, problems: FaultLog, budget: Budget) -> Value:
    """A literal expression's value."""
    return Evaluator(_NoRoots(), budget, problems).evaluate(node)  # type: ignore[arg-type]


def from_text(
    text: str, label: str, of: Type, place: Origin, problems: FaultLog, budget: Budget
) -> Value:
    """A value given as text: as it stands for a string, else read as an expression.

    It is in no file; ``place``, the variable's declaration, is where it has its effect.
    """
    source = GivenText(text, *place)
    origin = Origin(source, 0, len(text))
    if of.is_primitive or of is STRING_TYPE or of is DYNAMIC:
        return string(text, origin)
    try:
        node = parse_expression(source)
    except SyntaxFault as fault:
        problems.append(
            Problem(
                f"{label}: {fault.message}",
                place.span,
                "SYN014",
                hint=fault.detail,
                lost=False,
            )
        )
        from linter.readers.terraform.cty.value import unknown

        return unknown(f"{label} is not a valid expression")
    return constant(node, problems, budget)
