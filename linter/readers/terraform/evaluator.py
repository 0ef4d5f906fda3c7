"""Evaluation of expressions, with the unknown kept unknown.

Every result is sound: what is claimed known holds for all values of what is not known. An error
in one element of a tuple, object or argument list costs that element only: it becomes unknown and
a ``Problem``; inside ``try`` and ``can`` errors are caught as Terraform does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from linter.core.documents import Problem
from linter.core.mapped import MappedTextBuilder
from linter.core.values import Template as TemplateValue
from linter.core.values import Unknown, make_string
from linter.readers.terraform.conditionals import chosen, either
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError, FunctionError
from linter.readers.terraform.cty.numbers import exact, is_integer
from linter.readers.terraform.cty.sets import elements_in_order
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    Type,
    friendly_name,
)
from linter.readers.terraform.cty.value import (
    LIST,
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    SEQUENCES,
    SET,
    STRING,
    TUPLE,
    UNKNOWN,
    Value,
    first_unknown,
    is_wholly_known,
    number,
    object_of,
    reasons_of,
    rest_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.operators import binary, negative, not_
from linter.readers.terraform.scope import EMPTY, Roots, Scope, Step
from linter.readers.terraform.syntax.tree import (
    Attribute,
    Binary,
    Call,
    Conditional,
    For,
    ForDirective,
    IfDirective,
    Index,
    Interpolation,
    Invalid,
    Literal,
    Node,
    ObjectNode,
    Origin,
    Parenthesized,
    Splat,
    Template,
    TextPart,
    TupleNode,
    Unary,
    Variable,
)
from linter.readers.terraform.text_map import append

MAX_STEPS = 1_000_000
"""Expressions evaluated in one scan; a template bomb ends here."""

MAX_ELEMENTS = 100_000
"""Elements one ``for`` expression or template directive may visit."""


class LocatedError(EvaluationError):
    """An evaluation error with its place."""

    def __init__(self, message: str, origin: Origin) -> None:
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


class Evaluator:
    """Evaluates expressions of one module.

    ``problems`` collects what Terraform would refuse (``SYN014``). ``doubts`` counts uses of
    unknown values where an error is possible, for ``try`` and ``can``.
    """

    def __init__(self, roots: Roots, budget: Budget, problems: list[Problem]) -> None:
        self.roots = roots
        self.budget = budget
        self.problems = problems
        self.doubts = 0
        self._strict = 0
        self._reported: set[tuple[int, int, str]] = set()

    def evaluate(self, node: Node, scope: Scope = EMPTY) -> Value:
        """The value; an error becomes a problem and an unknown. Never raises."""
        strict, self._strict = self._strict, 0
        try:
            return self._contained(node, scope)
        except BudgetExceededError as error:
            self.report(error.message, error.origin)
            return unknown(f"it is not evaluated: {error.message}", origin=node.origin)
        finally:
            self._strict = strict

    def catch_nothing(self) -> None:
        """From now on an error in a part is an error of the whole expression."""
        self._strict += 1

    def value_or_error(self, node: Node, scope: Scope = EMPTY) -> Value:
        """The value; raises ``EvaluationError`` for the expression itself."""
        return self._eval(node, scope)

    def report(self, message: str, origin: Origin, hint: str = "") -> None:
        """Add a problem once per place and message."""
        key = (id(origin.source), origin.start, message)
        if key in self._reported:
            return
        self._reported.add(key)
        self.problems.append(Problem(message, origin.span, "SYN014", hint=hint, lost=False))

    def _contained(self, node: Node, scope: Scope) -> Value:
        """The value of a part: its error costs only itself, except inside ``try``."""
        try:
            return self._eval(node, scope)
        except EvaluationError as error:
            if self._strict:
                raise
            origin = error.origin if isinstance(error, LocatedError) else node.origin
            message = error.message.rstrip(".")
            self.report(message, origin)
            return unknown(f"it cannot be evaluated: {message}", origin=node.origin)
        except RecursionError:
            message = "The expression is nested too deeply to be evaluated"
            if self._strict:
                raise LocatedError(message, node.origin) from None
            self.report(message, node.origin)
            return unknown(message, origin=node.origin)

    # --- dispatch ----------------------------------------------------------------------------

    def _eval(self, node: Node, scope: Scope) -> Value:
        self.budget.spend(node)
        try:
            value = _DISPATCH[type(node)](self, node, scope)
        except LocatedError:
            raise
        except EvaluationError as error:
            raise LocatedError(error.message, node.origin) from error
        if value.origin is None:
            value.origin = node.origin
        return value

    def _literal(self, node: Literal, scope: Scope) -> Value:
        found: Value = node.value
        return found

    def _invalid(self, node: Invalid, scope: Scope) -> Value:
        return unknown("its text is not valid", origin=node.origin)

    def _parenthesized(self, node: Parenthesized, scope: Scope) -> Value:
        return self._eval(node.inner, scope)

    def _tuple(self, node: TupleNode, scope: Scope) -> Value:
        items = [self._contained(item, scope) for item in node.items]
        return tuple_of(items, node.origin)

    def _object(self, node: ObjectNode, scope: Scope) -> Value:
        attributes: dict[str, Value] = {}
        origins: dict[str, Any] = {}
        rest: Unknown | None = None
        for key_node, value_node in node.items:
            key = self._object_key(key_node, scope)
            value = self._contained(value_node, scope)
            if key.kind is STRING and isinstance(key.data, str):
                attributes[key.data] = value
                origins[key.data] = key_node.origin
                continue
            rest = reasons_of(key)
            if not is_wholly_known(key):
                # It may be any of the keys written before it, and then it wins.
                for name in attributes:
                    if not (isinstance(key.data, TemplateValue) and not key.data.may_equal(name)):
                        attributes[name] = unknown(rest, origin=attributes[name].origin)
        return object_of(attributes, rest, key_origins=origins, origin=node.origin)

    def _object_key(self, node: Node, scope: Scope) -> Value:
        if isinstance(node, Variable):
            return string(node.name, node.origin)
        if isinstance(node, Literal):
            inner: Value = node.value
        else:
            try:
                inner = self._eval(node, scope)
            except EvaluationError as error:
                if self._strict:
                    raise
                self.report(error.message.rstrip("."), node.origin)
                return unknown("its key cannot be evaluated", of=STRING_TYPE)
        if inner.kind is NULL:
            raise LocatedError("Null value as key: Can't use a null value as a key.", node.origin)
        try:
            return convert(inner, STRING_TYPE)
        except ConversionError as error:
            raise LocatedError(
                f"Incorrect key type: Can't use this value as a key: {error}.", node.origin
            ) from error

    # --- names and traversals ----------------------------------------------------------------

    def _variable(self, node: Variable, scope: Scope) -> Value:
        return self._reference(node, [], scope)

    def _attribute(self, node: Attribute, scope: Scope) -> Value:
        return self._traversal(node, scope)

    def _index(self, node: Index, scope: Scope) -> Value:
        return self._traversal(node, scope)

    def _traversal(self, node: Node, scope: Scope) -> Value:
        steps: list[Step] = []
        at = node
        while True:
            if isinstance(at, Attribute):
                steps.append(("attribute", at.name, at))
                at = at.of
            elif isinstance(at, Index):
                steps.append(("index", at.key, at))
                at = at.of
            else:
                break
        steps.reverse()
        if isinstance(at, Variable):
            return self._reference(at, steps, scope)
        return self._steps(self._eval(at, scope), steps, scope)

    def _reference(self, root: Variable, steps: list[Step], scope: Scope) -> Value:
        local = scope.find(root.name)
        if local is not None:
            return self._steps(local, steps, scope)
        found = self.roots.traverse(root.name, steps, root, self, scope)
        if found is None:
            raise LocatedError(
                f'Invalid reference: A reference to "{root.name}" must be followed by at least one '
                "attribute access, specifying the resource name."
                if not steps
                else f'Reference to undeclared name: "{root.name}" is not declared here.',
                root.origin,
            )
        value, used = found
        return self._steps(value, steps[used:], scope)

    def _steps(self, value: Value, steps: Sequence[Step], scope: Scope) -> Value:
        for kind, what, node in steps:
            try:
                if kind == "attribute":
                    value = self.attribute_of(value, str(what))
                else:
                    assert isinstance(what, Node)
                    value = self.index_of(value, self._eval(what, scope))
            except LocatedError:
                raise
            except EvaluationError as error:
                raise LocatedError(error.message, node.origin) from error
        return value

    def attribute_of(self, value: Value, name: str) -> Value:
        """``value.name``; raises ``EvaluationError``."""
        kind = value.kind
        if kind in MAPPINGS:
            found: Value | None = value.data.get(name)
            if found is not None:
                return found
            if value.rest is not None:
                self.doubts += 1
                return unknown(_deeper(value.rest, name), of=value.of or DYNAMIC)
            what = "object" if kind is OBJECT else "map"
            raise EvaluationError(
                f'Unsupported attribute: This object does not have an attribute named "{name}".'
                if what == "object"
                else f"Missing map element: This map does not have an element "
                f'with the key "{name}".'
            )
        if kind is UNKNOWN or kind is REST:
            self.doubts += 1
            return unknown(_deeper(value.data, name), of=_member_type(value.type, name))
        if kind is NULL:
            raise EvaluationError(
                "Attempt to get attribute from null value: This value is null, so it does not have "
                "any attributes."
            )
        raise EvaluationError(
            f"Unsupported attribute: Can't access attributes on a {_kind_word(value)}."
            if kind in SEQUENCES
            else "Unsupported attribute: Can't access attributes on a "
            f"primitive-typed value ({friendly_name(value.type)})."
        )

    def index_of(self, value: Value, key: Value) -> Value:
        """``value[key]``; raises ``EvaluationError``."""
        kind = value.kind
        if kind is NULL:
            raise EvaluationError(
                "Attempt to index null value: This value is null, so it does not have any indices."
            )
        if key.kind is NULL:
            raise EvaluationError("Invalid index: Can't use a null value as an indexing key.")
        if kind is UNKNOWN or kind is REST:
            self.doubts += 1
            return unknown(_indexed(value.data, key), of=_element_type(value.type))
        if kind in MAPPINGS:
            return self._map_index(value, key)
        if kind is TUPLE or kind is LIST:
            return self._list_index(value, key)
        if kind is SET:
            raise EvaluationError(
                "Invalid index: Elements of a set are identified only by their value and don't "
                "have any separate index or key to select with, so it's only possible to perform "
                "operations across all elements of the set."
            )
        raise EvaluationError("Invalid index: This value does not have any indices.")

    def _map_index(self, value: Value, key: Value) -> Value:
        try:
            name = convert(key, STRING_TYPE)
        except ConversionError as error:
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                f"value: {error}."
            ) from error
        if name.kind is STRING and isinstance(name.data, str):
            found: Value | None = value.data.get(name.data)
            if found is not None:
                return found
            if value.rest is None:
                raise EvaluationError(
                    "Invalid index: The given key does not identify an element in this collection "
                    "value."
                )
            self.doubts += 1
            return unknown(_deeper(value.rest, name.data), of=value.of or DYNAMIC)
        self.doubts += 1
        why = reasons_of(key, value) if value.has_rest else reasons_of(key)
        return unknown(_with_references(why, value), of=value.of or DYNAMIC)

    def _list_index(self, value: Value, key: Value) -> Value:
        try:
            at = convert(key, NUMBER_TYPE)
        except ConversionError as error:
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                f"value: {error}."
            ) from error
        items: list[Value] = value.data
        if at.kind is UNKNOWN:
            self.doubts += 1
            return unknown(_with_references(reasons_of(key), value), of=value.of or DYNAMIC)
        if not is_integer(at.data):
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                "value: indexing a sequence requires a whole number, but the given index has a "
                "fractional part."
            )
        index = int(exact(at.data))
        if index < 0:
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                "value: a negative number is not a valid index for a sequence."
            )
        rest = next((i for i, item in enumerate(items) if item.kind is REST), None)
        if rest is not None and index >= rest:
            self.doubts += 1
            return unknown(reasons_of(*items[rest:]), of=value.of or DYNAMIC)
        if index >= len(items):
            detail = (
                "the collection has no elements"
                if not items
                else "the given index is greater than or equal to the length of the collection"
            )
            raise EvaluationError(
                "Invalid index: The given key does not identify an element in this collection "
                f"value: {detail}."
            )
        return items[index]

    # --- splat -------------------------------------------------------------------------------

    def _splat(self, node: Splat, scope: Scope) -> Value:
        source = self._eval(node.of, scope)
        return self._splat_over(source, node.steps, node, scope)

    def _splat_over(
        self, source: Value, steps: tuple[tuple[str, Any], ...], node: Node, scope: Scope
    ) -> Value:
        kind = source.kind
        if kind is NULL:
            return tuple_of(())
        if kind is UNKNOWN or kind is REST:
            self.doubts += 1
            if steps:
                name = "".join(f".{w}" if k == "attribute" else "[…]" for k, w in steps)
                return unknown(_deeper(source.data, "*" + name, star=True), not_null=True)
            return unknown(source.data, not_null=True)
        if kind not in SEQUENCES:
            items = [source]
        else:
            items = elements_in_order(source)
        results: list[Value] = []
        for item in items:
            self.budget.spend(node)
            if item.kind is REST:
                results.append(item)
                continue
            results.append(self._splat_item(item, steps, node, scope))
        if kind is LIST or kind is SET:
            return _as_list(results)
        return tuple_of(results)

    def _splat_item(
        self, item: Value, steps: tuple[tuple[str, Any], ...], node: Node, scope: Scope
    ) -> Value:
        for kind, what in steps:
            if kind == "attribute":
                item = self.attribute_of(item, what)
            elif kind == "index":
                item = self.index_of(item, self._eval(what, scope))
            else:
                item = self._splat_over(item, what, node, scope)
        return item

    # --- operators ---------------------------------------------------------------------------

    def _unary(self, node: Unary, scope: Scope) -> Value:
        value = self._eval(node.operand, scope)
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
        value = self._eval(at, scope)
        for link in reversed(chain):
            right = self._eval(link.right, scope)
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
        condition = self._condition(node.condition, scope)
        if condition.kind is UNKNOWN:
            then, error = self._attempt(node.then, scope)
            otherwise, second = self._attempt(node.otherwise, scope)
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
            return either(condition.data, then, otherwise)
        taken, left = (node.then, node.otherwise) if condition.data else (node.otherwise, node.then)
        value = self._eval(taken, scope)
        if isinstance(left, Literal) and left.value.kind is value.kind:
            return value
        other, _ = self._attempt(left, scope)
        return chosen(value, other)

    def _attempt(self, node: Node, scope: Scope) -> tuple[Value | None, EvaluationError | None]:
        """A value without reporting errors (the branch may not be taken)."""
        doubts = self.doubts
        self._strict += 1
        try:
            return self._eval(node, scope), None
        except EvaluationError as error:
            return None, error
        finally:
            self._strict -= 1
            if self._strict == 0:
                self.doubts = doubts

    def _condition(self, node: Node, scope: Scope) -> Value:
        value = self._eval(node, scope)
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

    # --- calls -------------------------------------------------------------------------------

    def _call(self, node: Call, scope: Scope) -> Value:
        from linter.readers.terraform import functions

        name = node.name
        if not functions.exists(name):
            raise LocatedError(
                _unknown_function(name), Origin(node.source, node.start, node.name_end)
            )
        if functions.is_lazy(name):
            return self._lazy_call(node, scope)
        if name in _TEMPLATE_STRING and node.arguments:
            _check_template_reference(node.arguments[0])
        arguments = [self._contained(item, scope) for item in node.arguments]
        if node.expand:
            expanded = self._expanded(arguments.pop(), node)
            if expanded is None:
                self.doubts += 1
                return unknown(f"{name} is called with arguments that are not known")
            arguments.extend(expanded)
        if not all(map(is_wholly_known, arguments)):
            self.doubts += 1
        self.budget.spend(node, 1 + sum(_weight(item) for item in arguments) // 16)
        try:
            result = functions.call(name, arguments, self.roots.functions)
        except FunctionError as error:
            at = error.argument_index
            place: Node = node
            if at is not None and at < len(node.arguments):
                place = node.arguments[at]
            raise LocatedError(f"{_call_title(error)}: {error.message}", place.origin) from error
        if name in ("jsondecode", "core::jsondecode"):
            from linter.readers.terraform.json_values import with_places

            result = with_places(result, arguments[0])
        return result

    def _expanded(self, value: Value, node: Call) -> list[Value] | None:
        kind = value.kind
        if kind is UNKNOWN:
            return None
        if kind in (TUPLE, LIST, SET):
            items = elements_in_order(value)
            return None if any(item.kind is REST for item in items) else items
        raise LocatedError(
            "Invalid expanding argument value: The expanding argument (indicated by ...) must be "
            "of a tuple, list, or set type.",
            node.arguments[-1].origin,
        )

    def _lazy_call(self, node: Call, scope: Scope) -> Value:
        from linter.readers.terraform import functions

        def thunk(item: Node) -> Callable[[], tuple[Value, bool]]:
            def run() -> tuple[Value, bool]:
                before = self.doubts
                self._strict += 1
                try:
                    value = self._eval(item, scope)
                finally:
                    self._strict -= 1
                return value, self.doubts == before

            return run

        before = self.doubts
        result = functions.call_lazy(node.name, [thunk(item) for item in node.arguments])
        # Errors inside were caught: only an undecided result leaves a doubt.
        self.doubts = before + (1 if not is_wholly_known(result) else 0)
        return result

    # --- for ---------------------------------------------------------------------------------

    def _for(self, node: For, scope: Scope) -> Value:
        source = self._eval(node.collection, scope)
        if source.kind is NULL:
            raise LocatedError(
                "Iteration over null value: A null value cannot be used as the collection in a "
                "'for' expression.",
                node.collection.origin,
            )
        if source.kind is UNKNOWN:
            self.doubts += 1
            return unknown(reasons_of(source), not_null=True)
        pairs = self._pairs(source, node.collection)
        if node.key_expression is not None:
            return self._for_object(node, pairs, scope)
        results: list[Value] = []
        for key, item in pairs:
            if item.kind is REST:
                results.append(rest_of(item.data))
                continue
            inner = self._bind(node.key, node.name, key, item, scope)
            wanted = self._wanted(node, inner)
            if wanted is False:
                continue
            if isinstance(wanted, Unknown):
                results.append(rest_of(wanted))
                continue
            results.append(self._contained(node.value_expression, inner))
        return tuple_of(results)

    def _pairs(self, source: Value, node: Node) -> list[tuple[Value, Value]]:
        """(key, element) of a collection; ``REST`` elements stand for unknown ones."""
        kind = source.kind
        if kind in MAPPINGS:
            pairs = [
                (string(key, (source.key_origins or {}).get(key)), source.data[key])
                for key in sorted(source.data)
            ]
            if source.rest is not None:
                rest = rest_of(source.rest)
                mixed: list[tuple[Value, Value]] = [(rest, rest)]
                for pair in pairs:
                    mixed += (pair, (rest, rest))
                pairs = mixed
        elif kind in SEQUENCES:
            items = elements_in_order(source)
            pairs = []
            certain = True
            for index, item in enumerate(items):
                certain = certain and item.kind is not REST
                if kind is SET:
                    pairs.append((item, item))
                elif certain:
                    pairs.append((number(index), item))
                else:
                    pairs.append((unknown(reasons_of(*items), of=NUMBER_TYPE), item))
        else:
            raise LocatedError(
                "Iteration over non-iterable value: A value of type "
                f"{friendly_name(source.type)} cannot be used as the collection in a 'for' "
                "expression.",
                node.origin,
            )
        if len(pairs) > MAX_ELEMENTS:
            raise LocatedError(
                f"A loop over {len(pairs):,} elements is not evaluated (the limit is "
                f"{MAX_ELEMENTS:,})",
                node.origin,
            )
        return pairs

    @staticmethod
    def _bind(key_name: str, name: str, key: Value, item: Value, scope: Scope) -> Scope:
        names = {name: item}
        if key_name:
            names[key_name] = key
        return Scope(names, scope)

    def _wanted(self, node: For, scope: Scope) -> bool | Unknown:
        if node.condition is None:
            return True
        truth = self._condition(node.condition, scope)
        if truth.kind is UNKNOWN:
            found: Unknown = truth.data
            return found
        return bool(truth.data)

    def _for_object(self, node: For, pairs: list[tuple[Value, Value]], scope: Scope) -> Value:
        assert node.key_expression is not None
        results: dict[str, Any] = {}
        origins: dict[str, Any] = {}
        rest: Unknown | None = None
        for key, item in pairs:
            if item.kind is REST:
                rest = item.data
                continue
            inner = self._bind(node.key, node.name, key, item, scope)
            wanted = self._wanted(node, inner)
            if wanted is False:
                continue
            name = self._for_key(node.key_expression, inner)
            if isinstance(wanted, Unknown) or not isinstance(name.data, str):
                rest = wanted if isinstance(wanted, Unknown) else reasons_of(name)
                if node.group and isinstance(name.data, str):
                    results.setdefault(name.data, []).append(rest_of(rest))
                continue
            value = self._contained(node.value_expression, inner)
            if node.group:
                results.setdefault(name.data, []).append(value)
            elif name.data in results:
                raise LocatedError(
                    f'Duplicate object key: Two different items produced the key "{name.data}" in '
                    "this 'for' expression. If duplicates are expected, use the ellipsis (...) "
                    "after the value expression to enable grouping by key.",
                    node.key_expression.origin,
                )
            else:
                results[name.data] = value
            origins.setdefault(name.data, name.origin)
        if node.group:
            results = self._groups(results, rest)
        return object_of({key: results[key] for key in sorted(results)}, rest, key_origins=origins)

    @staticmethod
    def _groups(groups: dict[str, list[Value]], rest: Unknown | None) -> dict[str, Value]:
        """Grouped values as tuples; with unknown members anywhere, each group may hold more."""
        made: dict[str, Value] = {}
        for key, items in groups.items():
            if all(item.kind is REST for item in items):
                continue  # the group may not exist at all
            if rest is not None:
                more = rest_of(rest)
                spread: list[Value] = [more]
                for item in items:
                    spread += (item, more)
                items = spread
            made[key] = tuple_of(items)
        return made

    def _for_key(self, node: Node, scope: Scope) -> Value:
        key = self._eval(node, scope)
        if key.kind is NULL:
            raise LocatedError(
                "Invalid object key: Key expression in 'for' expression must not "
                "produce a null value.",
                node.origin,
            )
        try:
            return convert(key, STRING_TYPE)
        except ConversionError as error:
            raise LocatedError(
                f"Invalid object key: The key expression produced an invalid result: {error}.",
                node.origin,
            ) from error

    # --- templates ---------------------------------------------------------------------------

    def _template(self, node: Template, scope: Scope) -> Value:
        parts = node.parts
        if not parts:
            return string("", node.origin)
        if len(parts) == 1:
            only = parts[0]
            if isinstance(only, TextPart):
                made = string(only.text, node.origin)
                made.text_map = _TextMap(node, [(only, None)])
                return made
            if isinstance(only, Interpolation) and not node.heredoc:
                # "${x}" is x itself, whatever its type.
                return self._eval(only.expression, scope)
        collected: list[tuple[Any, Value | None]] = []
        self._parts(parts, scope, collected)
        pieces: list[Any] = []
        uncertain = False
        for part, value in collected:
            if value is None:
                pieces.append(part.text)
            elif value.kind is UNKNOWN:
                pieces.append(value.data)
                uncertain = True
            else:
                pieces.append(value.data)
        if uncertain:
            self.doubts += 1
        total = sum(len(p) for p in pieces if isinstance(p, str))
        if total > 10_000_000:
            raise EvaluationError("The text would be longer than 10,000,000 characters")
        text = make_string(pieces)
        if isinstance(text, Unknown):
            made = unknown(text, of=STRING_TYPE, origin=node.origin, not_null=True)
            made.sensitive = any(v is not None and v.sensitive for _, v in collected)
            return made
        made = string(text, node.origin)
        made.text_map = _TextMap(node, collected)
        made.sensitive = any(v is not None and v.sensitive for _, v in collected)
        return made

    def _parts(
        self, parts: tuple[Any, ...], scope: Scope, out: list[tuple[Any, Value | None]]
    ) -> None:
        for part in parts:
            if isinstance(part, TextPart):
                out.append((part, None))
            elif isinstance(part, Interpolation):
                out.append((part, self._interpolated(part, scope)))
            elif isinstance(part, IfDirective):
                self._if_directive(part, scope, out)
            else:
                self._for_directive(part, scope, out)

    def _interpolated(self, part: Interpolation, scope: Scope) -> Value:
        value = self._contained(part.expression, scope)
        if value.kind is NULL:
            raise LocatedError(
                "Invalid template interpolation value: The expression result is null. Cannot "
                "include a null value in a string template.",
                part.expression.origin,
            )
        if value.kind is UNKNOWN:
            return value
        if value.kind is STRING:
            return value
        try:
            return convert(value, STRING_TYPE)
        except ConversionError as error:
            raise LocatedError(
                "Invalid template interpolation value: Cannot include the given value in a string "
                f"template: {error}.",
                part.expression.origin,
            ) from error

    def _if_directive(
        self, part: IfDirective, scope: Scope, out: list[tuple[Any, Value | None]]
    ) -> None:
        condition = self._condition(part.condition, scope)
        if condition.kind is UNKNOWN:
            out.append((part, unknown(condition.data, of=STRING_TYPE)))
        else:
            self._parts(part.then if condition.data else part.otherwise, scope, out)

    def _for_directive(
        self, part: ForDirective, scope: Scope, out: list[tuple[Any, Value | None]]
    ) -> None:
        source = self._eval(part.collection, scope)
        if source.kind is NULL:
            raise LocatedError(
                "Iteration over null value: A null value cannot be used as the collection in a "
                "'for' directive.",
                part.collection.origin,
            )
        if source.kind is UNKNOWN:
            self.doubts += 1
            out.append((part, unknown(source.data, of=STRING_TYPE)))
            return
        for key, item in self._pairs(source, part.collection):
            if item.kind is REST:
                out.append((part, unknown(item.data, of=STRING_TYPE)))
                continue
            self.budget.spend(part.collection, 1 + len(part.body))
            self._parts(part.body, self._bind(part.key, part.name, key, item, scope), out)


class _TextMap:
    """Builds the mapped text of a template from its collected parts."""

    __slots__ = ("_node", "_parts")

    def __init__(self, node: Template, parts: list[tuple[Any, Value | None]]) -> None:
        self._node = node
        self._parts = parts

    def __call__(self, builder: MappedTextBuilder) -> None:
        source = self._node.source
        for part, value in self._parts:
            if value is None:
                for text, start, end in part.pieces:
                    builder.add(text, source, start, end)
            elif value.kind is UNKNOWN:
                builder.add_unknown(value.data, source, part.start, part.end)
            elif value.text_map is not None:
                append(builder, value, Origin(source, part.start, part.end))
            else:
                place = Origin(source, part.start, part.end)
                pieces = (
                    value.data.parts if isinstance(value.data, TemplateValue) else (value.data,)
                )
                for piece in pieces:
                    if isinstance(piece, Unknown):
                        builder.add_unknown(piece, source, place.start, place.end)
                    else:
                        builder.add(piece, source, place.start, place.end)


_DISPATCH: dict[type, Callable[[Evaluator, Any, Scope], Value]] = {
    Literal: Evaluator._literal,
    Invalid: Evaluator._invalid,
    Parenthesized: Evaluator._parenthesized,
    TupleNode: Evaluator._tuple,
    ObjectNode: Evaluator._object,
    Variable: Evaluator._variable,
    Attribute: Evaluator._attribute,
    Index: Evaluator._index,
    Splat: Evaluator._splat,
    Unary: Evaluator._unary,
    Binary: Evaluator._binary,
    Conditional: Evaluator._conditional,
    Call: Evaluator._call,
    For: Evaluator._for,
    Template: Evaluator._template,
}


def _weight(value: Value) -> int:
    """A rough size, for the budget."""
    if value.kind is STRING:
        if value.decoded is not None:
            return 1
        return len(value.data) if isinstance(value.data, str) else 1
    return len(value.data) if value.kind in SEQUENCES or value.kind in MAPPINGS else 1


def _deeper(why: Unknown, name: str, *, star: bool = False) -> Unknown:
    """The unknown of an attribute of something unknown: the same reason, longer references."""
    suffix = f"[{name}" if star else f".{name}"
    if star:
        suffix = "[*]" + name.removeprefix("*")
    return Unknown(why.reason, [reference + suffix for reference in why.references])


def _indexed(why: Unknown, key: Value) -> Unknown:
    if key.kind is STRING and isinstance(key.data, str):
        suffix = f'["{key.data}"]'
    elif key.kind.name == "NUMBER" and is_integer(key.data):
        suffix = f"[{int(exact(key.data))}]"
    else:
        suffix = "[…]"
    return Unknown(why.reason, [reference + suffix for reference in why.references])


def _with_references(why: Unknown, value: Value) -> Unknown:
    """An index that is not known: what the elements refer to is still a hint for linking."""
    inner = first_unknown(value)
    if inner is None:
        return why
    return Unknown(why.reason, [*why.references, *reasons_of(value).references])


def _member_type(of: Type, name: str) -> Type:
    if isinstance(of, ObjectType):
        return of.attributes.get(name, DYNAMIC)
    return of.of if isinstance(of, MapType) else DYNAMIC


def _element_type(of: Type) -> Type:
    return of.of if isinstance(of, ListType | MapType | SetType) else DYNAMIC


def _as_list(items: list[Value]) -> Value:
    """Results of a splat over a list: a list when they have one type, as Terraform has it."""
    types = [item.type for item in items if item.kind is not REST]
    if not types or any(t != types[0] for t in types) or types[0] is DYNAMIC:
        return tuple_of(items) if types else Value(LIST, items, DYNAMIC)
    return Value(LIST, items, types[0])


def _kind_word(value: Value) -> str:
    return {LIST: "list of objects", SET: "set of objects", TUPLE: "tuple"}.get(value.kind, "value")


_TEMPLATE_STRING = frozenset({"templatestring", "core::templatestring"})


def _check_template_reference(node: Node) -> None:
    """``templatestring`` takes a reference to a text, never an expression that builds one."""
    if isinstance(node, Variable | Attribute | Index | Splat):
        return
    words = (
        "templatestring is only for rendering templates retrieved dynamically from elsewhere, and "
        "so does not support providing a literal template; consider using a template string "
        "expression instead"
        if isinstance(node, Template)
        else "must be a direct reference to a single string from elsewhere, containing valid "
        "Terraform template syntax"
    )
    raise LocatedError(
        'Invalid function argument: Invalid value for "template" parameter: invalid template '
        f"expression: {words}.",
        node.origin,
    )


def _call_title(error: FunctionError) -> str:
    if error.argument_index is not None:
        return "Invalid function argument"
    if error.message.startswith("Call to function"):
        return "Error in function call"
    return (
        "Not enough function arguments"
        if "at least" in error.message or "Missing value" in error.message
        else "Too many function arguments"
    )


def _unknown_function(name: str) -> str:
    from difflib import get_close_matches

    from linter.readers.terraform import functions

    near = get_close_matches(name, functions.names(), 1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    if "::" in name and not name.startswith(("core::", "provider::terraform::")):
        return (
            f'Unknown provider function: the function "{name}" comes from a provider and is not '
            "evaluated"
        )
    return f'Call to unknown function: There is no function named "{name}".{hint}'
