"""``data.aws_iam_policy_document``: the JSON document it denotes.

Shape as the provider writes it (github.com/hashicorp/terraform-provider-aws, the data source's
documentation): one action or resource is a text, several are a list; statements of
``source_policy_documents`` come first, the block's own replace those with their ``sid``, and
``override_policy_documents`` replace both. The exact text is the provider's and is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.core.values import Template, Unknown
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    SEQUENCES,
    STRING,
    EncodedValue,
    Value,
    object_of,
    rest_of,
    string,
    tuple_of,
)
from linter.readers.terraform.syntax.tree import Block, Origin

_LISTS = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)
_WITH_VARIABLES = frozenset({"resources", "not_resources"})
_NOT_TEXT = Unknown("the text is written by the provider")


def document_text(block_value: Value, block: Block) -> Value:
    """The data source's ``json``: a string that remembers the document.

    ``block_value`` is the evaluated block, nested blocks as tuples of objects.
    """
    document = _document(block_value, block)
    value = EncodedValue(document, lambda _: Template((_NOT_TEXT,)))
    value.origin = block.origin
    return value


def _document(block_value: Value, block: Block) -> Value:
    get = block_value.data.get
    statements: list[Value] = []
    for name in ("source_json", "source_policy_documents"):
        for text in _texts(get(name)):
            _merge(statements, _statements_of(text))
    own = [_statement(item, block) for item in _items(get("statement"))]
    _merge(statements, own)
    for name in ("override_json", "override_policy_documents"):
        for text in _texts(get(name)):
            _merge(statements, _statements_of(text))
    attributes: dict[str, Value] = {}
    version = get("version")
    attributes["Version"] = version if _given(version) else string("2012-10-17", block.origin)
    policy_id = get("policy_id")
    if _given(policy_id):
        attributes["Id"] = policy_id
    attributes["Statement"] = tuple_of(statements, block.origin)
    origins = block_value.key_origins or {}
    return object_of(
        attributes,
        key_origins={"Version": origins.get("version", block.origin)},
        origin=block.origin,
    )


def _given(value: Value | None) -> bool:
    return value is not None and value.kind is not NULL


def _items(value: Value | None) -> list[Value]:
    if value is None or value.kind not in SEQUENCES:
        return []
    return list(value.data)


def _texts(value: Value | None) -> Iterator[Value]:
    """The documents of an argument: one text, or a list of them."""
    if value is None or value.kind is NULL:
        return
    if value.kind in SEQUENCES:
        yield from value.data
    else:
        yield value


def _merge(into: list[Value], more: Iterable[Value]) -> None:
    """Statements with a ``Sid`` replace earlier ones with the same."""
    for statement in more:
        sid = _sid(statement)
        if sid:
            for index, earlier in enumerate(into):
                if _sid(earlier) == sid:
                    into[index] = statement
                    break
            else:
                into.append(statement)
        else:
            into.append(statement)


def _sid(statement: Value) -> str:
    if statement.kind is not OBJECT:
        return ""
    found = statement.data.get("Sid")
    return found.data if found is not None and isinstance(found.data, str) else ""


def _statements_of(text: Value) -> list[Value]:
    """Statements of another document given as text."""
    document = text.decoded
    if document is None and text.kind is STRING and isinstance(text.data, str):
        from linter.readers.terraform.cty.errors import EvaluationError
        from linter.readers.terraform.cty.json_text import decode
        from linter.readers.terraform.json_values import with_places

        if not text.data.strip():
            return []
        try:
            document = with_places(decode(text.data), text)
        except (EvaluationError, ValueError):
            return [rest_of(Unknown("a merged policy document is not valid JSON"))]
    if document is None or document.kind not in MAPPINGS:
        return [rest_of(text.unknown if text.kind is not NULL else Unknown("null"))]
    found = document.data.get("Statement")
    if found is None:
        return [rest_of(document.rest)] if document.rest is not None else []
    if found.kind in SEQUENCES:
        return list(found.data)
    return [found] if found.kind in MAPPINGS else [rest_of(found.unknown)]


def _statement(item: Value, block: Block) -> Value:
    if item.kind is REST or item.kind not in MAPPINGS:
        return item if item.kind is REST else rest_of(item.unknown)
    header = item.origin if isinstance(item.origin, Origin) else block.origin
    get = item.data.get
    origins = item.key_origins or {}
    made: dict[str, Value] = {}
    keys: dict[str, Origin] = {}
    sid = get("sid")
    if sid is not None and _given(sid) and sid.data != "":
        made["Sid"] = sid
    effect = get("effect")
    made["Effect"] = effect if effect is not None and _given(effect) else string("Allow", header)
    for name, element in _LISTS:
        value = get(name)
        if value is None or not _given(value) or (value.kind in SEQUENCES and not value.data):
            continue
        made[element] = _one_or_many(value, name in _WITH_VARIABLES)
        if name in origins:
            keys[element] = origins[name]
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals = _principals(_items(get(name)), header)
        if principals is not None:
            made[element] = principals
    conditions = _conditions(_items(get("condition")), header)
    if conditions is not None:
        made["Condition"] = conditions
    return object_of(made, item.rest, key_origins=dict(keys), origin=header)


def _one_or_many(value: Value, variables: bool) -> Value:
    """One element is written as a text, several as a list."""
    if value.kind not in SEQUENCES:
        return value
    items = [_policy_variables(item) if variables else item for item in value.data]
    if len(items) == 1 and items[0].kind is not REST:
        return items[0]
    return tuple_of(items, value.origin)


def _policy_variables(value: Value) -> Value:
    """``&{aws:username}`` is how configurations write the policy variable ``${aws:username}``."""
    if value.kind is STRING and isinstance(value.data, str) and "&{" in value.data:
        return string(value.data.replace("&{", "${"), value.origin)
    return value


def _principals(blocks: list[Value], header: Origin) -> Value | None:
    if not blocks:
        return None
    made: dict[str, Value] = {}
    rest: Unknown | None = None
    for block in blocks:
        if block.kind not in MAPPINGS:
            rest = block.unknown
            continue
        kind, identifiers = block.data.get("type"), block.data.get("identifiers")
        if kind is None or identifiers is None or not isinstance(kind.data, str):
            rest = kind.unknown if kind is not None else Unknown("a principal has no type")
            continue
        value = _one_or_many(identifiers, variables=True)
        if kind.data == "*" and value.kind is STRING and value.data == "*" and len(blocks) == 1:
            return value
        made[kind.data] = value
    origin = blocks[0].origin if isinstance(blocks[0].origin, Origin) else header
    return object_of(made, rest, origin=origin)


def _conditions(blocks: list[Value], header: Origin) -> Value | None:
    if not blocks:
        return None
    tests: dict[str, dict[str, Value]] = {}
    rest: Unknown | None = None
    for block in blocks:
        parts = (
            [block.data.get(name) for name in ("test", "variable", "values")]
            if block.kind in MAPPINGS
            else [None]
        )
        test, variable = parts[0], parts[1] if len(parts) > 1 else None
        values = parts[2] if len(parts) > 2 else None
        if (
            test is None
            or variable is None
            or values is None
            or not (isinstance(test.data, str) and isinstance(variable.data, str))
        ):
            rest = (
                block.unknown
                if block.kind not in MAPPINGS
                else Unknown("a condition is not wholly known")
            )
            continue
        tests.setdefault(test.data, {})[variable.data] = _one_or_many(values, variables=True)
    origin = blocks[0].origin if isinstance(blocks[0].origin, Origin) else header
    return object_of(
        {test: object_of(keys, origin=origin) for test, keys in tests.items()},
        rest,
        origin=origin,
    )
