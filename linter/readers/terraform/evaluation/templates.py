"""String templates with their directives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linter.core.mapped import MappedTextBuilder
from linter.core.values import Template as TemplateValue
from linter.core.values import Unknown, make_string
from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import STRING_TYPE
from linter.readers.terraform.cty.value import (
    NULL,
    REST,
    STRING,
    UNKNOWN,
    Value,
    marked,
    string,
    unknown,
)
from linter.readers.terraform.evaluation.budget import LocatedError
from linter.readers.terraform.evaluation.calls import with_links
from linter.readers.terraform.evaluation.loops import bind, pairs_of
from linter.readers.terraform.scope import Scope
from linter.readers.terraform.syntax.tree import (
    ForDirective,
    IfDirective,
    Interpolation,
    Origin,
    Template,
    TextPart,
)
from linter.readers.terraform.text_map import append

if TYPE_CHECKING:
    from linter.readers.terraform.evaluation.evaluator import Evaluator


def template(evaluator: Evaluator, node: Template, scope: Scope) -> Value:
    """A text, or for ``"${x}"`` the value itself; raises ``LocatedError``."""
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
            return evaluator.eval(only.expression, scope)
    collected: list[tuple[Any, Value | None]] = []
    _parts(evaluator, parts, scope, collected)
    alternatives = _alternatives(node, collected)
    if alternatives is not None:
        evaluator.doubts += 1
        return _of_parts(alternatives, collected)
    return _joined(evaluator, node, collected)


_MAX_ALTERNATIVE_TEXT = 256
"""Characters of a name or ARN; of longer texts (documents) the parts are kept, not alternatives."""


def _alternatives(node: Template, collected: list[tuple[Any, Value | None]]) -> Value | None:
    """A short text of which a part is one of a few is itself one of a few."""
    from linter.readers.terraform.cty.alternatives import has_options, over_options

    values = [value for _, value in collected if value is not None]
    if node.heredoc or not any(map(has_options, values)):
        return None
    written = "".join(part.text for part, value in collected if value is None)
    if len(written) > _MAX_ALTERNATIVE_TEXT or "{" in written:
        return None

    def text(chosen: list[Value]) -> Value:
        left = iter(chosen)
        parts = [(part, None if value is None else next(left)) for part, value in collected]
        pieces = [part.text if value is None else _text(value) for part, value in parts]
        made = string_of(make_string(pieces), node.origin)
        if made.kind is STRING:
            made.text_map = _TextMap(node, parts)
        return made

    found = over_options(values, text)
    return None if found is None else found[0]


def _text(value: Value) -> Any:
    if value.kind is UNKNOWN:
        return value.data
    converted = convert(value, STRING_TYPE)
    return converted.data


def string_of(text: Any, origin: Any) -> Value:
    if isinstance(text, Unknown):
        return unknown(text, of=STRING_TYPE, origin=origin, not_null=True)
    return string(text, origin)


def _joined(
    evaluator: Evaluator, node: Template, collected: list[tuple[Any, Value | None]]
) -> Value:
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
        evaluator.doubts += 1
    total = sum(len(p) for p in pieces if isinstance(p, str))
    if total > 10_000_000:
        raise EvaluationError("The text would be longer than 10,000,000 characters")
    evaluator.budget.make(node, total)
    made = string_of(make_string(pieces), node.origin)
    if made.kind is UNKNOWN:
        return _of_parts(made, collected)
    made.text_map = _TextMap(node, collected)
    return _of_parts(made, collected)


def _of_parts(made: Value, collected: list[tuple[Any, Value | None]]) -> Value:
    parts = [value for _, value in collected if value is not None]
    return with_links(marked(made, *parts), parts)


def _parts(
    evaluator: Evaluator, parts: tuple[Any, ...], scope: Scope, out: list[tuple[Any, Value | None]]
) -> None:
    for part in parts:
        if isinstance(part, TextPart):
            out.append((part, None))
        elif isinstance(part, Interpolation):
            out.append((part, _interpolated(evaluator, part, scope)))
        elif isinstance(part, IfDirective):
            _if_directive(evaluator, part, scope, out)
        else:
            _for_directive(evaluator, part, scope, out)


def _interpolated(evaluator: Evaluator, part: Interpolation, scope: Scope) -> Value:
    value = evaluator.contained(part.expression, scope)
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
    evaluator: Evaluator, part: IfDirective, scope: Scope, out: list[tuple[Any, Value | None]]
) -> None:
    condition = evaluator.condition(part.condition, scope)
    if condition.kind is UNKNOWN:
        out.append((part, unknown(condition.data, of=STRING_TYPE)))
    else:
        _parts(evaluator, part.then if condition.data else part.otherwise, scope, out)


def _for_directive(
    evaluator: Evaluator, part: ForDirective, scope: Scope, out: list[tuple[Any, Value | None]]
) -> None:
    source = evaluator.eval(part.collection, scope)
    if source.kind is NULL:
        raise LocatedError(
            "Iteration over null value: A null value cannot be used as the collection in a "
            "'for' directive.",
            part.collection.origin,
        )
    if source.kind is UNKNOWN:
        evaluator.doubts += 1
        out.append((part, unknown(source.data, of=STRING_TYPE)))
        return
    for key, item in pairs_of(source, part.collection):
        if item.kind is REST:
            out.append((part, unknown(item.data, of=STRING_TYPE)))
            continue
        evaluator.budget.spend(part.collection, 1 + len(part.body))
        _parts(evaluator, part.body, bind(part.key, part.name, key, item, scope), out)


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
