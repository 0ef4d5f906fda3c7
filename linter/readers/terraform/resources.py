"""Resource and data blocks as values and documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from linter.core.documents import ConstantLocator, Document, Embedded, Path
from linter.core.jsontext import parse_json
from linter.core.mapped import MappedText
from linter.core.values import Unknown
from linter.readers.embedded import paths_of
from linter.readers.terraform.cty.alternatives import has_options, joined, one_of, rest_over
from linter.readers.terraform.cty.types import DYNAMIC
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    NULL,
    REST,
    SEQUENCES,
    SET,
    STRING,
    UNKNOWN,
    Value,
    object_of,
    plain,
    reasons_of,
    rest_of,
    string,
    tuple_of,
    unknown,
)
from linter.readers.terraform.evaluation.calls import MAX_LINKS
from linter.readers.terraform.lazy import LazyDocument, Once, evaluated
from linter.readers.terraform.locating import Context, TextLocator, ValueLocator
from linter.readers.terraform.module import META_ARGUMENTS, Module
from linter.readers.terraform.repetition import Instance, instance_suffix
from linter.readers.terraform.scope import Scope
from linter.readers.terraform.syntax.tree import Block, Body, Origin
from linter.readers.terraform.text_map import mapped_text

if TYPE_CHECKING:
    from linter.readers.terraform.program import Program

MAX_DYNAMIC = 1_000
"""Blocks one ``dynamic`` block may make."""


def configured(value: Value, reference: str) -> Value:
    """A configured argument as a reference to it sees it: an argument set to null is not set."""
    if value.kind is NULL:
        return unknown(f"{reference} is not set, so the provider decides it", (reference,))
    if value.kind is UNKNOWN and not value.data.references:
        value = value.replaced(
            data=Unknown(value.data.reason, (reference,), value.data.alternatives)
        )
    return linked(value, reference)


def linked(value: Value, reference: str) -> Value:
    """The value as something that was reached through a reference."""
    if value.kind is not STRING and value.kind is not UNKNOWN:
        return value
    return value.replaced(links=(reference, *value.links)[:MAX_LINKS])


def computed(
    program: Program, module: Module, local: str, block: Block, instance: Instance, name: str
) -> Value | None:
    """An attribute the provider computes, where the configuration alone decides it."""
    kind = block.labels[0]
    if local.startswith("data."):
        if kind == "aws_iam_policy_document" and name in ("json", "minified_json"):
            from linter.readers.terraform.policy_document import document_text

            return document_text(
                resource_value(module, block, Scope(instance.names)),
                block,
            )
        if kind == "local_file" and name == "content":
            return _file_content(module, block, instance)
        if kind == "template_file" and name == "rendered":
            return _template_file(program, module, block, instance)
        return None
    if kind == "terraform_data" and name == "output":
        definition = block.body.attributes.get("input") if block.body else None
        if definition is None:
            return None
        return program.attribute(module, local, block, instance, "input")
    from linter.readers.terraform.known_names import attribute

    return attribute(program, module, local, block, instance, name)


def _file_content(module: Module, block: Block, instance: Instance) -> Value | None:
    from linter.readers.terraform.cty.errors import EvaluationError

    definition = block.body.attributes.get("filename") if block.body else None
    if definition is None:
        return None
    name = module.evaluator.evaluate(definition.expression, Scope(instance.names))
    if name.kind is not STRING or not isinstance(name.data, str):
        return None
    try:
        return module.functions.read_file(name.data)
    except EvaluationError:
        return None  # may be written by the same run


def _template_file(
    program: Program, module: Module, block: Block, instance: Instance
) -> Value | None:
    from linter.readers.terraform.cty.errors import EvaluationError
    from linter.readers.terraform.rendering import render

    body = block.body or Body()
    scope = Scope(instance.names)
    template, variables = body.attributes.get("template"), body.attributes.get("vars")
    if template is None:
        return None
    text = module.evaluator.evaluate(template.expression, scope)
    values = module.evaluator.evaluate(variables.expression, scope) if variables else None
    if (
        text.kind is not STRING
        or not isinstance(text.data, str)
        or (values is not None and (values.kind not in MAPPINGS or values.has_rest))
    ):
        return None
    try:
        return render(
            text,
            dict(values.data) if values is not None else {},
            name="template_file",
            files=module.functions,
            budget=program.budget,
        )
    except EvaluationError as error:
        module.evaluator.report(error.message, template.expression.origin)
        return None


_KEYWORDS = {
    "lifecycle": frozenset({"ignore_changes", "replace_triggered_by"}),
    "provisioner": frozenset({"when", "on_failure"}),
    "connection": frozenset(),
}
"""Blocks that every resource may have, and their arguments that are no expressions."""

_SELF = unknown("self is the resource when the plan is applied", ("self",))


def resource_value(module: Module, block: Block, scope: Scope) -> Value:
    """A resource or data block as an object, without meta-arguments.

    In ``lifecycle``, ``provisioner`` and ``connection`` words like ``destroy`` and names of the
    resource's own arguments are no references, and ``self`` is the resource.
    """
    body = _without_meta(block.body or Body())
    own = [item for item in body.blocks if item.type not in _KEYWORDS]
    made = block_value(module, Body(body.attributes, own), scope, block.origin)
    for item in body.blocks:
        if item.type not in _KEYWORDS:
            continue
        inner = item.body or Body()
        kept = {k: v for k, v in inner.attributes.items() if k not in _KEYWORDS[item.type]}
        # What triggers an action is named by bare words, and actions are no values.
        others = [block for block in inner.blocks if block.type != "action_trigger"]
        value = block_value(module, Body(kept, others), Scope({"self": _SELF}, scope), item.origin)
        earlier = made.data[item.type].data if item.type in made.data else ()
        made.data[item.type] = tuple_of([*earlier, value], item.origin)
        made.key_origins = {item.type: item.origin, **(made.key_origins or {})}
    return made


def block_value(module: Module, body: Body, scope: Scope, origin: Origin) -> Value:
    """A block as an object: arguments by name, nested blocks as tuples of objects."""
    evaluate = module.evaluator.evaluate
    attributes: dict[str, Value] = {}
    origins: dict[str, Any] = {}
    for name, definition in body.attributes.items():
        attributes[name] = evaluate(definition.expression, scope)
        origins[name] = definition.origin
    nested: dict[str, list[Value]] = {}
    for block in body.blocks:
        inner = block.body or Body()
        if block.type == "dynamic" and block.labels:
            nested.setdefault(block.labels[0], []).extend(_dynamic(module, block, inner, scope))
            origins.setdefault(block.labels[0], block.origin)
        else:
            nested.setdefault(block.type, []).append(
                block_value(module, inner, scope, block.origin)
            )
            origins.setdefault(block.type, block.origin)
    for name, values in nested.items():
        attributes[name] = tuple_of(values, values[0].origin if values else origin)
    return object_of(attributes, key_origins=origins, origin=origin)


def _dynamic(module: Module, block: Block, body: Body, scope: Scope) -> list[Value]:
    """The blocks a ``dynamic`` block makes; a ``REST`` where their number is not known."""
    evaluate = module.evaluator.evaluate
    definition = body.attributes.get("for_each")
    content = next((inner for inner in body.blocks if inner.type == "content"), None)
    if definition is None or content is None:
        what = "for_each argument" if definition is None else "content block"
        module.evaluator.report(f"Missing {what}: A dynamic block needs a {what}.", block.origin)
        return [rest_of(Unknown("a dynamic block is not complete"))]
    source = evaluate(definition.expression, scope)
    name = block.labels[0]
    iterator = body.attributes.get("iterator")
    if iterator is not None:
        from linter.readers.terraform.syntax.tree import Variable

        if isinstance(iterator.expression, Variable):
            name = iterator.expression.name

    def block_for(key: Value, item: Value) -> Value:
        inner = Scope({name: object_of({"key": key, "value": item})}, scope)
        return block_value(module, content.body or Body(), inner, content.origin)

    if has_options(source):
        rows = [tuple_of(_blocks_over(option, block_for)) for option in source.options]
        row = one_of(reasons_of(source), rows)
        row = joined(row) or row
        return list(row.data) if row.kind in SEQUENCES else [rest_of(reasons_of(source))]
    return _blocks_over(source, block_for)


def _blocks_over(source: Value, block_for: Callable[[Value, Value], Value]) -> list[Value]:
    """A block for each element; one that stands for any number where that is not known."""
    pairs = _pairs(source)
    if pairs is None:
        pairs = [(rest_of(source.unknown), rest_of(source.unknown))]
    if len(pairs) > MAX_DYNAMIC:
        return [rest_of(Unknown(f"{len(pairs)} dynamic blocks"))]
    made: list[Value] = []
    for key, item in pairs:
        if item.kind is not REST:
            made.append(block_for(key, item))
            continue
        why = item.data
        element = Unknown(why.reason, [f"{reference}[…]" for reference in why.references])
        options = item.options or (unknown(element, of=item.of or DYNAMIC),)
        made.append(rest_over(why, [block_for(unknown(element), each) for each in options]))
    return made


def _pairs(source: Value) -> list[tuple[Value, Value]] | None:
    """(key, value) of what a dynamic block iterates over; ``None`` when it is not known."""
    kind = source.kind
    if kind is NULL:
        return []
    if kind in MAPPINGS:
        pairs = [(string(key), source.data[key]) for key in sorted(source.data)]
        if source.rest is not None:
            rest = rest_of(source.rest)
            pairs.append((rest, rest))
        return pairs
    if kind in SEQUENCES:
        from linter.readers.terraform.cty.value import number

        if kind is SET:
            return [(item, item) for item in source.data]
        return [(number(index), item) for index, item in enumerate(source.data)]
    return None


def resource_documents(module: Module, local: str, block: Block) -> list[Document]:
    """The documents of one resource or data block: one per instance.

    Two instances are never taken for one here, however alike they are: what refers to them may
    tell them apart. A block with very many instances is one document that stands for all.
    """
    repetition = module.repetition(local, block)
    made: list[tuple[Instance, Value | Once]] = []
    for instance in repetition.instances:
        scope = Scope(instance.names)
        if block.body is not None and block.body.constant:
            made.append((instance, Once(partial(resource_value, module, block, scope))))
        else:
            made.append((instance, resource_value(module, block, scope)))
    alone = len(made) == 1 and not repetition.maybe
    return [
        _document(
            module,
            local,
            block,
            item,
            max(repetition.total, 1) if alone else 1,
            repetition.maybe or (item[0].key is None and len(made) > 1),
        )
        for item in made
    ]


def _without_meta(body: Body) -> Body:
    kept = {
        name: item
        for name, item in body.attributes.items()
        if name not in META_ARGUMENTS - {"source", "version"}
    }
    return Body(kept, body.blocks)


def _document(
    module: Module,
    local: str,
    block: Block,
    made: tuple[Instance, Value | Once],
    instances: int,
    maybe: bool,
) -> Document:
    instance, value = made
    address = f"{module.prefix}{local}{instance_suffix(instance)}"
    context = Context(address, block.origin, block.end, module.calls)
    of_data = local.startswith("data.")
    type_name = block.labels[0]
    text: Value | None = None
    if of_data and type_name == "aws_iam_policy_document":
        text = module.program.attribute(module, local, block, instance, "json")
    decode = None
    paths = paths_of(type_name)
    if text is not None or paths:
        decode = partial(_embedded, value, paths, text, context)
    return LazyDocument(
        "terraform.data" if of_data else "terraform.resource",
        type_name,
        address,
        block.source,
        value,
        ValueLocator(value, context, block.origin),
        module.key,
        instances,
        maybe,
        decode,
        root=module.identity,
        placement=module.providers.placement(block, instance, value),
    )


def _embedded(
    made: Value | Once, paths: tuple[Path, ...], text: Value | None, context: Context
) -> dict[Path, Embedded]:
    """Decoded documents by path; ``text`` is the ``json`` of a policy document data source."""
    value = evaluated(made)
    places = [found for path in paths for found in _at(value, path)]
    if text is not None:
        places.append((("json",), text))
    return {
        place: embedded
        for place, inner in places
        if (embedded := embedded_document(inner, context)) is not None
    }


def _at(value: Value, path: Path, place: Path = ()) -> list[tuple[Path, Value]]:
    if not path:
        return [(place, value)]
    step, rest = path[0], path[1:]
    if step == "*":
        if value.kind not in SEQUENCES:
            return []
        return [
            found
            for index, item in enumerate(value.data)
            for found in _at(item, rest, (*place, index))
        ]
    if value.kind not in MAPPINGS or step not in value.data:
        return []
    return _at(value.data[step], rest, (*place, step))


def embedded_document(value: Value, context: Context) -> Embedded | None:
    """The document a string value holds; ``None`` for null."""
    if value.kind is NULL:
        return None
    origin = value.origin if isinstance(value.origin, Origin) else context.block
    decoded = value.decoded
    if decoded is None and has_options(value):
        decoded = _one_of_documents(value)
    if decoded is not None:
        return Embedded(plain(decoded), ValueLocator(decoded, context, origin))
    here = ConstantLocator(context.location(origin))
    if value.kind is UNKNOWN:
        return Embedded(value.data, here)
    if value.kind is not STRING:
        return Embedded(plain(value), ValueLocator(value, context, origin))
    mapped = mapped_text(value)
    if mapped is None:
        return Embedded(Unknown("its text was not written anywhere"), here)
    parsed = parse_json(mapped)
    locator = TextLocator(parsed.locator, context)
    if parsed.problem is None or not mapped.unknowns:
        return Embedded(parsed.value, locator, parsed.problem)
    return Embedded(_partly(mapped), locator)


def _one_of_documents(value: Value) -> Value | None:
    """What is certain of several documents; ``None`` when one of them is not known as such."""
    from linter.readers.terraform.cty.errors import EvaluationError
    from linter.readers.terraform.functions.encodings import jsondecode
    from linter.readers.terraform.json_values import with_places

    documents: list[Value] = []
    for option in value.options:
        if option.kind is not STRING:
            return None
        try:
            documents.append(option.decoded or with_places(jsondecode(option), option))
        except EvaluationError:
            return None
    found = one_of(reasons_of(value), documents)
    return joined(found) or found


def _partly(mapped: MappedText) -> Unknown:
    """A text that is not JSON without its unknown parts is not known."""
    parts = list(mapped.unknowns.values())
    return Unknown(
        "; ".join(dict.fromkeys(part.reason for part in parts)) or "its text is not known",
        [reference for part in parts for reference in part.references],
    )
