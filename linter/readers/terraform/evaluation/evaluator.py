"""Evaluation of expressions, with the unknown kept unknown.

Every result is sound: what is claimed known holds for all values of what is not known. An error
in one element of a tuple, object or argument list costs that element only: it becomes unknown and
a ``Problem``; inside ``try`` and ``can`` errors are caught as Terraform does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.bugs import bug
from linter.core.documents import Problem
from linter.core.values import PossibleKeys, Unknown
from linter.core.values import Template as TemplateValue
from linter.readers.terraform.conditionals import chosen, either
from linter.readers.terraform.cty.alternatives import one_of
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import BOOL_TYPE, STRING_TYPE
from linter.readers.terraform.cty.value import (
    NULL,
    STRING,
    UNKNOWN,
    Value,
    is_wholly_known,
    marked,
    object_of,
    reasons_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.budget import Budget, BudgetExceededError, LocatedError
from linter.readers.terraform.evaluation.calls import call
from linter.readers.terraform.evaluation.faults import FaultLog
from linter.readers.terraform.evaluation.loops import for_expression
from linter.readers.terraform.evaluation.templates import template
from linter.readers.terraform.evaluation.traversals import splat, traversal, variable
from linter.readers.terraform.operators import binary, negative, not_
from linter.readers.terraform.scope import EMPTY, Roots, Scope
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Binary,
    Call,
    Conditional,
    For,
    Index,
    Invalid,
    Literal,
    Node,
    ObjectNode,
    Origin,
    Parenthesized,
    Splat,
    Template,
    TupleNode,
    Unary,
    Variable,
)

_LESS = "Scan parts of it, or a plan: terraform show -json plan.out"


class Evaluator:
    """Evaluates expressions of one module.

    ``problems`` collects what Terraform would refuse (``SYN014``). ``doubts`` counts uses of
    unknown values where an error is possible, for ``try`` and ``can``; ``strict`` how many of
    those are around the expression, whose errors are theirs.
    """

    def __init__(self, roots: Roots, budget: Budget, problems: FaultLog) -> None:
        self.roots = roots
        self.budget = budget
        self.problems = problems
        self.doubts = 0
        self.strict = 0
        self._reported: dict[tuple[int, int, str], int] = {}

    def evaluate(self, node: Node, scope: Scope = EMPTY) -> Value:
        """The value; an error becomes a problem and an unknown. Never raises."""
        strict, self.strict = self.strict, 0
        try:
            return self.contained(node, scope)
        except BudgetExceededError as error:
            self.give_up(error)
            return unknown(f"it is not evaluated: {error.message}", origin=node.origin)
        finally:
            self.strict = strict

    def catch_nothing(self) -> None:
        """From now on an error in a part is an error of the whole expression."""
        self.strict += 1

    def report(self, message: str, origin: Origin, hint: str = "") -> None:
        """Add a problem once per place and message."""
        message = message.rstrip(".")
        key = (id(origin.source), origin.start, message)
        if key in self._reported:
            self.problems.recall((self._reported[key],))
            return
        self._reported[key] = len(self.problems)
        self.problems.append(Problem(message, origin.span, "SYN014", hint=hint, lost=False))

    def give_up(self, error: BudgetExceededError) -> None:
        """Say once that the scan has no work left, and where that was noticed."""
        if not error.said:
            error.said = True
            problem = Problem(error.message, error.origin.span, "SYN014", hint=_LESS)
            self.problems.append(problem)

    def contained(self, node: Node, scope: Scope) -> Value:
        """The value of a part: its error costs only itself, except inside ``try``."""
        try:
            return self.eval(node, scope)
        except EvaluationError as error:
            if self.strict:
                raise
            origin = error.origin if isinstance(error, LocatedError) else node.origin
            self.report(error.message, origin)
            message = error.message.rstrip(".")
            return unknown(f"it cannot be evaluated: {message}", origin=node.origin)
        except RecursionError:
            message = "The expression is nested too deeply to be evaluated"
            if self.strict:
                raise LocatedError(message, node.origin) from None
            self.report(message, node.origin)
            return unknown(message, origin=node.origin)
        except BudgetExceededError:
            raise
        except Exception as error:  # a bug of ours costs this expression, not the scan
            self.problems.append(bug(error, "An expression", node.origin.span))
            self.doubts += 1
            return unknown("it is not evaluated because of a bug in pipewarden", origin=node.origin)

    def eval(self, node: Node, scope: Scope = EMPTY) -> Value:
        """The value; raises ``EvaluationError`` for the expression itself."""
        self.budget.spend(node)
        try:
            value = _DISPATCH[type(node)](self, node, scope)
        except LocatedError:
            raise
        except EvaluationError as error:
            raise LocatedError(error.message, node.origin) from error
        if value.origin is None:
            if type(node) in _REFERENCES:  # kept for others, who refer to it from elsewhere
                return value.replaced(origin=node.origin)
            value.origin = node.origin
        return value

    def _literal(self, node: Literal, scope: Scope) -> Value:
        found: Value = node.value
        return found

    def _invalid(self, node: Invalid, scope: Scope) -> Value:
        return unknown("its text is not valid", origin=node.origin)

    def _parenthesized(self, node: Parenthesized, scope: Scope) -> Value:
        return self.eval(node.inner, scope)

    def _tuple(self, node: TupleNode, scope: Scope) -> Value:
        items = [self.contained(item, scope) for item in node.items]
        return tuple_of(items, node.origin)

    def _object(self, node: ObjectNode, scope: Scope) -> Value:
        attributes: dict[str, Value] = {}
        origins: dict[str, Any] = {}
        rest: Unknown | None = None
        possible: dict[str, Value] = {}
        perhaps: list[Value] = []
        for key_node, value_node in node.items:
            key = self._object_key(key_node, scope)
            value = self.contained(value_node, scope)
            if key.kind is STRING and isinstance(key.data, str):
                attributes[key.data] = value
                possible.pop(key.data, None)
                origins[key.data] = key_node.origin
                continue
            names = [option.data for option in key.options]
            if names and rest is None and all(isinstance(name, str) for name in names):
                why = reasons_of(key)
                for name in names:
                    if name in attributes:
                        attributes[name] = one_of(why, (attributes[name], value))
                    else:
                        before = [possible[name]] if name in possible else []
                        possible[name] = one_of(why, (*before, value))
                perhaps.append(key)
                continue
            rest = reasons_of(key)
            if not is_wholly_known(key):
                # It may be any of the keys written before it, and then it wins.
                for name in attributes:
                    if not (isinstance(key.data, TemplateValue) and not key.data.may_equal(name)):
                        attributes[name] = unknown(rest, origin=attributes[name].origin)
        if rest is None and perhaps:
            why = reasons_of(*perhaps)
            rest = PossibleKeys(why.reason, why.references, possible)
        return object_of(attributes, rest, key_origins=origins, origin=node.origin)

    def _object_key(self, node: Node, scope: Scope) -> Value:
        if isinstance(node, Variable):
            return string(node.name, node.origin)
        if isinstance(node, Literal):
            if node.value.kind is NULL:
                return string("null", node.origin)  # a bare word is a key
            inner: Value = node.value
        else:
            try:
                inner = self.eval(node, scope)
            except EvaluationError as error:
                if self.strict:
                    raise
                self.report(error.message, node.origin)
                return unknown("its key cannot be evaluated", of=STRING_TYPE)
        if inner.kind is NULL:
            raise LocatedError("Null value as key: Can't use a null value as a key.", node.origin)
        try:
            return convert(inner, STRING_TYPE)
        except ConversionError as error:
            raise LocatedError(
                f"Incorrect key type: Can't use this value as a key: {error}.", node.origin
            ) from error

    def _unary(self, node: Unary, scope: Scope) -> Value:
        value = self.eval(node.operand, scope)
        if value.kind is UNKNOWN:
            self.doubts += 1
        return not_(value) if node.operator == "!" else negative(value)

    def _binary(self, node: Binary, scope: Scope) -> Value:
        # Left-leaning chains (a + b + c …) are walked without recursion.
        chain: list[Binary] = []
        at: Node = node
        while isinstance(at, Binary):
            chain.append(at)
            at = at.left
        value = self.eval(at, scope)
        for link in reversed(chain):
            right = self.eval(link.right, scope)
            if link.operator not in ("==", "!=") and (
                value.kind is UNKNOWN
                or right.kind is UNKNOWN
                or not is_wholly_known(value)
                or not is_wholly_known(right)
            ):
                self.doubts += 1
            try:
                value = binary(link.operator, value, right)
            except LocatedError:
                raise
            except EvaluationError as error:
                raise LocatedError(error.message, link.origin) from error
        return value

    def _conditional(self, node: Conditional, scope: Scope) -> Value:
        condition = self.condition(node.condition, scope)
        if condition.kind is UNKNOWN:
            then, error = self.attempt(node.then, scope)
            otherwise, second = self.attempt(node.otherwise, scope)
            if error is not None or second is not None:
                # The failing branch may never be taken.
                self.doubts += 1
                alternatives = [v for v in (then, otherwise) if v is not None]
                why = condition.data
                return unknown(
                    Unknown(
                        f"it depends on a condition: {why.reason}",
                        [
                            *why.references,
                            *(r for v in alternatives for r in reasons_of(v).references),
                        ],
                    )
                )
            assert then is not None
            assert otherwise is not None
            return marked(either(condition.data, then, otherwise), condition)
        taken, left = (node.then, node.otherwise) if condition.data else (node.otherwise, node.then)
        value = self.eval(taken, scope)
        if isinstance(left, Literal) and left.value.kind is value.kind:
            return marked(value, condition)
        other, _ = self.attempt(left, scope)
        return marked(chosen(value, other), condition)

    def attempt(self, node: Node, scope: Scope) -> tuple[Value | None, EvaluationError | None]:
        """A value without reporting errors (the branch may not be taken)."""
        doubts = self.doubts
        self.strict += 1
        try:
            return self.eval(node, scope), None
        except EvaluationError as error:
            return None, error
        finally:
            self.strict -= 1
            if self.strict == 0:
                self.doubts = doubts

    def condition(self, node: Node, scope: Scope) -> Value:
        value = self.eval(node, scope)
        if value.kind is NULL:
            raise LocatedError(
                "Null condition: The condition value is null. Conditions must either be true or "
                "false.",
                node.origin,
            )
        try:
            truth = convert(value, BOOL_TYPE)
        except ConversionError as error:
            raise LocatedError(
                "Incorrect condition type: The condition expression must be of type bool: "
                f"{error}.",
                node.origin,
            ) from error
        if truth.kind is UNKNOWN:
            self.doubts += 1
        return truth


_DISPATCH: dict[type, Callable[[Evaluator, Any, Scope], Value]] = {
    Literal: Evaluator._literal,
    Invalid: Evaluator._invalid,
    Parenthesized: Evaluator._parenthesized,
    TupleNode: Evaluator._tuple,
    ObjectNode: Evaluator._object,
    Variable: variable,
    Attribute: traversal,
    Index: traversal,
    Splat: splat,
    Unary: Evaluator._unary,
    Binary: Evaluator._binary,
    Conditional: Evaluator._conditional,
    Call: call,
    For: for_expression,
    Template: template,
}
_REFERENCES = frozenset({Variable, Attribute, Index})
