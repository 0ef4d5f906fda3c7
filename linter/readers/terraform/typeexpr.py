"""Type constraints: ``list(object({ a = optional(string, "x") }))``."""

from __future__ import annotations

from collections.abc import Callable

from linter.readers.terraform.cty.convert import convert
from linter.readers.terraform.cty.errors import ConversionError, EvaluationError
from linter.readers.terraform.cty.types import (
    BOOL_TYPE,
    DYNAMIC,
    NUMBER_TYPE,
    STRING_TYPE,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from linter.readers.terraform.cty.value import Value
from linter.readers.terraform.syntax.tree import (
    Call,
    Node,
    ObjectNode,
    Parenthesized,
    Template,
    TextPart,
    TupleNode,
    Variable,
)

_KEYWORDS: dict[str, Type] = {
    "string": STRING_TYPE,
    "number": NUMBER_TYPE,
    "bool": BOOL_TYPE,
    "any": DYNAMIC,
    # Written without an element type in old modules.
    "list": ListType(DYNAMIC),
    "map": MapType(DYNAMIC),
    "set": SetType(DYNAMIC),
}
_COLLECTIONS: dict[str, Callable[[Type], Type]] = {
    "list": ListType,
    "set": SetType,
    "map": MapType,
}


def parse_type(node: Node, evaluate: Callable[[Node], Value]) -> Type:
    """The type an expression denotes; ``evaluate`` gives defaults of ``optional``.

    Raises ``EvaluationError`` with Terraform's sentence.
    """
    if isinstance(node, Parenthesized):
        return parse_type(node.inner, evaluate)
    if isinstance(node, Template):
        # The quoted form of Terraform 0.11 ("string", "list"), and of any type in JSON syntax.
        text = "".join(part.text for part in node.parts if isinstance(part, TextPart))
        if text in _KEYWORDS:
            return _KEYWORDS[text]
        return parse_type(_parsed(node, text), evaluate)
    if isinstance(node, Variable) and node.name in _KEYWORDS:
        return _KEYWORDS[node.name]
    if isinstance(node, Call):
        return _constructor(node, evaluate)
    raise EvaluationError(
        "Invalid type specification: A type specification is either a primitive type keyword "
        "(bool, number, string), complex type constructor call, or a keyword any."
    )


def _parsed(node: Node, text: str) -> Node:
    from linter.core.sources import Source
    from linter.readers.terraform.syntax.expressions import parse_expression
    from linter.readers.terraform.syntax.lexer import SyntaxFault

    try:
        found = parse_expression(Source(node.source.path, text))
    except SyntaxFault as fault:
        raise EvaluationError(f"Invalid type specification: {fault.message}") from fault
    if isinstance(found, Template):
        raise EvaluationError("Invalid type specification: a text in a text is no type")
    return found


def _constructor(node: Call, evaluate: Callable[[Node], Value]) -> Type:
    name, arguments = node.name, node.arguments
    if len(arguments) != 1:
        raise EvaluationError(
            f"Invalid type specification: The {name} type constructor requires one argument."
        )
    only = arguments[0]
    make = _COLLECTIONS.get(name)
    if make is not None:
        return make(parse_type(only, evaluate))
    if name == "tuple" and isinstance(only, TupleNode):
        return TupleType(parse_type(item, evaluate) for item in only.items)
    if name == "object" and isinstance(only, ObjectNode):
        return _object(only, evaluate)
    raise EvaluationError(
        f'Invalid type specification: Keyword "{name}" is not a valid type constructor here.'
    )


def _object(node: ObjectNode, evaluate: Callable[[Node], Value]) -> Type:
    attributes: dict[str, Type] = {}
    optional: set[str] = set()
    defaults: dict[str, Value] = {}
    for key, value in node.items:
        if isinstance(key, Variable):
            name = key.name
        elif isinstance(key, Template):
            name = "".join(part.text for part in key.parts if isinstance(part, TextPart))
        else:
            raise EvaluationError(
                "Invalid type specification: Object constructor map keys must be attribute names."
            )
        if isinstance(value, Call) and value.name == "optional":
            if not value.arguments:
                raise EvaluationError(
                    "Invalid type specification: Optional attribute modifier requires the "
                    "attribute type as its argument."
                )
            of = parse_type(value.arguments[0], evaluate)
            optional.add(name)
            if len(value.arguments) > 1:
                default = evaluate(value.arguments[1])
                try:
                    defaults[name] = convert(default, of)
                except ConversionError as error:
                    raise EvaluationError(
                        "Invalid default value for optional attribute: This default value is not "
                        f"compatible with the attribute's type constraint: {error}."
                    ) from error
            attributes[name] = of
        else:
            attributes[name] = parse_type(value, evaluate)
    return ObjectType(attributes, optional, defaults)
