"""``data.aws_iam_policy_document``: the JSON document it denotes.

Shape as the provider writes it (github.com/hashicorp/terraform-provider-aws, the data source's
documentation): one action or resource is a text, several are a list; statements of
``source_policy_documents`` come first, the block's own replace those with their ``sid``, and
``override_policy_documents`` replace both; ``principals`` blocks of one type are one list, and so
are ``condition`` blocks of one test and variable. The exact text is the provider's and is not
claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.core.values import PossibleKeys, Template, Unknown
from linter.readers.terraform.cty.alternatives import rest_over
from linter.readers.terraform.cty.equality import equals
from linter.readers.terraform.cty.value import (
    MAPPINGS,
    NULL,
    OBJECT,
    REST,
    SEQUENCES,
    STRING,
    UNKNOWN,
    EncodedValue,
    Value,
    object_of,
    reasons_of,
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
    value = EncodedValue(document, lambda _: Template((_NOT_TEXT,)), _NOT_TEXT)
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
    before = len(into)
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
            _may_replace(statement, into, before)
            into.append(statement)


def _may_replace(statement: Value, into: list[Value], before: int) -> None:
    """Earlier statements of which a later one may have the ``Sid`` may not be there."""
    for index in range(before):
        sid = _sid(into[index])
        if sid and _may_have_sid(statement, sid):
            into[index] = rest_over(reasons_of(statement), [into[index]])


def _may_have_sid(statement: Value, sid: str) -> bool:
    if statement.kind is REST or statement.kind is UNKNOWN:
        return not statement.options or any(_may_have_sid(o, sid) for o in statement.options)
    if statement.kind not in MAPPINGS:
        return False
    found = statement.data.get("Sid")
    if found is None:
        rest = statement.rest
        if isinstance(rest, PossibleKeys):
            found = rest.possible.get("Sid")
        if found is None:
            return rest is not None and not isinstance(rest, PossibleKeys)
    return equals(found, string(sid)) is not False


def _sid(statement: Value) -> str:
    if statement.kind is not OBJECT:
        return ""
    found = statement.data.get("Sid")
    return found.data if found is not None and isinstance(found.data, str) else ""


def _statements_of(text: Value) -> list[Value]:
    """Statements of another document given as text."""
    if text.kind in (REST, UNKNOWN) and text.options:
        found = [item for option in text.options for item in _statements_of(option)]
        return [rest_over(text.unknown, found)]
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
    if item.kind is REST and item.options:
        return rest_over(item.data, [_statement(option, block) for option in item.options])
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


class _Grouped:
    """Values by key, of blocks that say the same key more than once: together they are a list.

    A block that may not be there, or of which the key is not known, leaves its mark.
    """

    def __init__(self) -> None:
        self._certain: dict[str, list[Value]] = {}
        self._possible: dict[str, list[Value]] = {}
        self._open: list[Unknown] = []

    def add(self, key: Value | None, values: Value | None, why: Unknown, *, maybe: bool) -> None:
        if key is None or values is None or not isinstance(key.data, str):
            self._open.append(why if key is None or values is None else key.unknown)
            return
        elements = _elements(values)
        if maybe:
            self._possible.setdefault(key.data, []).append(rest_over(why, elements))
        else:
            self._certain.setdefault(key.data, []).extend(elements)

    def open(self, why: Unknown) -> None:
        self._open.append(why)

    def object(self, origin: Origin) -> Value:
        more = [rest_of(why) for why in self._open]
        made = {
            key: _together([*values, *self._possible.get(key, ()), *more])
            for key, values in self._certain.items()
        }
        others = {
            key: _together(values) for key, values in self._possible.items() if key not in made
        }
        rest: Unknown | None = None
        if self._open:
            rest = reasons_of(*more)
        elif others:
            why = reasons_of(*(item for values in others.values() for item in values.data))
            rest = PossibleKeys(why.reason, why.references, others)
        return object_of(made, rest, origin=origin)


def _elements(values: Value) -> list[Value]:
    if values.kind in SEQUENCES:
        return [_policy_variables(item) for item in values.data]
    if values.kind is UNKNOWN:
        inner = [item for option in values.options for item in _elements(option)]
        return [rest_over(values.data, inner) if inner else rest_of(values.data)]
    return [_policy_variables(values)]


def _together(elements: list[Value]) -> Value:
    """One element is written as a text, several as a list."""
    if len(elements) == 1 and elements[0].kind is not REST:
        return elements[0]
    return tuple_of(elements, elements[0].origin if elements else None)


def _blocks(blocks: list[Value]) -> Iterator[tuple[Value, Unknown, bool]]:
    """Each block, why it may not be there, and whether it may not."""
    for block in blocks:
        if block.kind in (REST, UNKNOWN):
            for option in block.options or (block,):
                yield option, block.data, True
        else:
            yield block, Unknown("a part of the block is not known"), False


def _principals(blocks: list[Value], header: Origin) -> Value | None:
    if not blocks:
        return None
    grouped = _Grouped()
    for block, why, maybe in _blocks(blocks):
        if block.kind not in MAPPINGS:
            grouped.open(why)
            continue
        kind, identifiers = block.data.get("type"), block.data.get("identifiers")
        if len(blocks) == 1 and not maybe and _is_star(kind) and identifiers is not None:
            only = _together(_elements(identifiers))
            if _is_star(only):
                return only
        grouped.add(kind, identifiers, why, maybe=maybe)
    return grouped.object(_place(blocks, header))


def _is_star(value: Value | None) -> bool:
    return value is not None and value.kind is STRING and value.data == "*"


def _conditions(blocks: list[Value], header: Origin) -> Value | None:
    if not blocks:
        return None
    origin = _place(blocks, header)
    tests: dict[str, _Grouped] = {}
    open_end: list[Value] = []
    certain: set[str] = set()
    for block, why, maybe in _blocks(blocks):
        test = block.data.get("test") if block.kind in MAPPINGS else None
        if test is None or not isinstance(test.data, str):
            open_end.append(rest_of(why if test is None else test.unknown))
            continue
        if not maybe:
            certain.add(test.data)
        keys = tests.setdefault(test.data, _Grouped())
        keys.add(block.data.get("variable"), block.data.get("values"), why, maybe=maybe)
    for item in open_end:
        for keys in tests.values():
            keys.open(item.data)
    made = {test: keys.object(origin) for test, keys in tests.items()}
    rest: Unknown | None = reasons_of(*open_end) if open_end else None
    if rest is None and made.keys() - certain:
        possible = {test: value for test, value in made.items() if test not in certain}
        rest = PossibleKeys("a condition may not be there", (), possible)
    return object_of({t: v for t, v in made.items() if t in certain}, rest, origin=origin)


def _place(blocks: list[Value], header: Origin) -> Origin:
    return blocks[0].origin if isinstance(blocks[0].origin, Origin) else header
