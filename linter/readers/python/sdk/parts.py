"""What definitions are put together from: members that are given, choices, and expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.values import MISSING, Template, Unknown, make_string
from linter.readers.python.expressions import truth
from linter.readers.python.sdk.objects import argument, as_text, bucket_of, table_kind
from linter.readers.python.values import (
    Cell,
    Expression,
    Loose,
    Map,
    OneOf,
    Place,
    Property,
    Sdk,
    Seq,
    is_scalar,
    is_text,
    one_of,
    unknown,
    why,
)

S3 = "s3://"


# --- what is given --------------------------------------------------------------------------------


def given(value: Any) -> bool | None:
    """Whether a value is not ``None``; ``None`` where that is not known."""
    if isinstance(value, OneOf):
        found = {given(cell.value) for cell in value.cells}
        return found.pop() if len(found) == 1 else None
    return None if isinstance(value, Unknown) else value is not None


def either(*sure: bool | None) -> bool | None:
    """Whether one of several holds."""
    return True if True in sure else (None if None in sure else False)


def both(*sure: bool | None) -> bool | None:
    """Whether all of several hold."""
    return False if False in sure else (None if None in sure else True)


Test = Callable[[Any], bool | None]
Build = Callable[[Cell], Cell]


def given_or_not(cell: Cell, default: Any) -> Cell:
    """A value with what stands for it where it is ``None``."""
    value = cell.value
    instead = default if isinstance(default, Cell) else Cell(default, cell.place)
    if value is None:
        return instead
    if isinstance(value, OneOf) and given(value) is not True:
        cells = [instead if one.value is None else one for one in value.cells]
        return one_of(cells, value.reason, cell.place)
    return cell


def each(cell: Cell, build: Build) -> Cell:
    """What is built of a value; of one of several, one of what is built of each."""
    value = cell.value
    if isinstance(value, OneOf):
        return one_of([each(one, build) for one in value.cells], value.reason, cell.place)
    return build(cell)


def itself(cell: Cell) -> Cell:
    return cell


def _those(cell: Cell, test: Test) -> Cell:
    """Those of the alternatives that may pass a test."""
    value = cell.value
    if not isinstance(value, OneOf):
        return cell
    kept = [one for one in value.cells if test(one.value) is not False]
    return one_of(kept, value.reason, cell.place)


class Record:
    """A dict of a definition in the making."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.map = Map({})

    def put(self, key: str, cell: Cell | None) -> None:
        """A member; ``None`` is left out, what may be ``None`` may be there."""
        if cell is not None:
            self.put_from(key, cell)

    def put_if(self, key: str, cell: Cell) -> None:
        """A member that is left out when it does not count as true."""
        self.put_from(key, cell, test=truth)

    def put_from(self, key: str, cell: Cell, build: Build = itself, *, test: Test = given) -> None:
        """A member that is made of a value, where that passes a test."""
        sure = test(cell.value)
        if sure is not False:
            self.put_when(sure, key, each(_those(cell, test), build))

    def put_when(self, sure: bool | None, key: str, cell: Cell) -> None:
        """A member that is there, may be there (``None``) or is not."""
        if sure is False:
            return
        members = self.map.items if sure else self.map.possible
        members[key] = cell
        self.map.keys[key] = cell.place

    def always(self, key: str, value: Any, place: Place | None = None) -> None:
        """A member that is there whatever was given."""
        at = self.place if place is None else place
        self.map.items[key] = value if isinstance(value, Cell) else Cell(value, at)
        self.map.keys[key] = self.map.items[key].place

    def open(self, rest: Unknown | None) -> None:
        self.map.rest = self.map.rest or rest

    @property
    def filled(self) -> bool | None:
        """Whether it has members; ``None`` where that is not known."""
        return True if self.map.items else (None if not self.map.exact else False)

    @property
    def cell(self) -> Cell:
        return Cell(self.map, self.place)


def record(place: Place, **members: Any) -> Cell:
    """A dict of a definition, with members that are there for sure."""
    made = Record(place)
    for key, value in members.items():
        made.always(key, value)
    return made.cell


def holding(key: str, cell: Cell) -> Cell:
    """A dict of one member."""
    return record(cell.place, **{key: cell})


def reference(path: Any, place: Place) -> Cell:
    """``{"Get": path}``."""
    return Cell(Expression(Map({"Get": Cell(path, place)})), place)


def is_variable(value: Any) -> bool:
    """Whether a value is known when the pipeline runs, and is an expression of the definition."""
    if isinstance(value, Property | Expression):
        return True
    return table_kind(value, "PipelineVariable", "Expression") or (
        isinstance(value, Sdk) and value.kind in ("Join", "JsonGet", "LambdaOutput")
    )


def may_be_variable(value: Any) -> bool:
    return is_variable(value) or isinstance(value, Unknown | OneOf)


def role_arn(cell: Cell) -> Cell:
    """A role as given: an ARN, or a name whose ARN is looked up."""
    return each(cell, _role)


def _role(cell: Cell) -> Cell:
    value = cell.value
    parts = value.parts if isinstance(value, Template) else (value,)
    if is_text(value) and not any(isinstance(part, str) and "/" in part for part in parts):
        account = unknown("the role's account and path", "account")
        return Cell(make_string([account, value]), cell.place)
    if value is None:
        return Cell(unknown("the role that the SDK's configuration gives", "role"), cell.place)
    return cell


def perhaps(sure: bool | None, reason: str, cell: Cell) -> list[Cell]:
    """An element that is there, may be there (``None``) or is not."""
    if sure is None:
        return [Cell(Loose((cell,), reason), cell.place)]
    return [cell] if sure else []


def items_of(cell: Cell) -> list[Cell]:
    """The elements of a list of objects; of what is not known, elements that may be there."""
    value = cell.value
    if value is None:
        return []
    if isinstance(value, Seq):
        return list(value.items)
    if isinstance(value, OneOf):
        found: list[Cell] = []
        for one in value.cells:
            found += [Cell(Loose((c,), value.reason), c.place) for c in items_of(one)]
        return found
    return [Cell(Loose((), why(value), many=True), cell.place)]


def mapped(cell: Cell, convert: Build) -> Cell:
    """Each element converted; loose ones stay loose."""

    def one(item: Cell) -> Cell:
        if isinstance(item.value, Loose):
            inner = tuple(one(c) for c in item.value.cells)
            return Cell(item.value._replace(cells=inner), item.place)
        return each(item, convert)

    return Cell(Seq([one(item) for item in items_of(cell)]), cell.place)


def listed(cell: Cell) -> Cell:
    """A list of values as they are."""
    return mapped(cell, itself)


def text_part(value: Any) -> Any:
    """A value as a part of a text."""
    return value if isinstance(value, str | Template | Unknown) else unknown(why(value))


def request_of_object(cell: Cell, names: dict[str, str]) -> Cell:
    """An object whose members are its arguments under other names; what is absent is left out."""

    def one(cell: Cell) -> Cell:
        value = cell.value
        if not isinstance(value, Sdk):
            plain = value is None or isinstance(value, Map)
            return cell if plain else Cell(unknown(why(value)), cell.place)
        made = Record(value.place)
        for name, key in names.items():
            made.put(key, argument(value, name))
        made.open(value.rest)
        return made.cell

    return each(cell, one)


def tags_of(cell: Cell) -> Cell:
    """Tags as a list, or as a dict that is turned into one."""
    return each(cell, _tags)


def _tags(cell: Cell) -> Cell:
    value = cell.value
    if not isinstance(value, Map):
        return cell
    items = [
        record(one.place, Key=Cell(key, value.keys.get(key, one.place)), Value=one)
        for key, one in value.items.items()
    ]
    if not value.exact:
        items.append(Cell(Loose((), "further tags", many=True), cell.place))
    return Cell(Seq(items), cell.place)


def text_of(cell: Cell) -> Cell:
    """A value as text, as hyperparameters are: expressions turn into text when they run."""
    return each(cell, _text)


def _text(cell: Cell) -> Cell:
    value = cell.value
    place = cell.place
    if isinstance(value, Sdk) and value.kind in ("ParameterString", "Join"):
        return cell
    if isinstance(value, Expression):
        return cell
    if is_variable(value):
        return Cell(as_text(cell), place)
    if is_text(value):
        return cell
    if is_scalar(value):
        return Cell(str(value), place)
    from linter.readers.python.operators import as_text as shown

    found = shown(value)
    return Cell(make_string([found]) if isinstance(found, str | Template) else found, place)


def json_of(cell: Cell) -> Cell:
    """A value as JSON text, as hyperparameters of frameworks are."""
    return each(cell, _json)


def _json(cell: Cell) -> Cell:
    import json

    from linter.readers.python.operators import literal

    value = cell.value
    place = cell.place
    if is_variable(value):
        return _text(cell)
    if isinstance(value, Template):
        parts = [json.dumps(p)[1:-1] if isinstance(p, str) else p for p in value.parts]
        return Cell(make_string(['"', *parts, '"']), place)
    plain = literal(value)
    if plain is MISSING:
        return Cell(unknown(why(value)), place)
    try:
        return Cell(json.dumps(plain), place)
    except (TypeError, ValueError):
        return Cell(unknown("a value that is no JSON"), place)


def bucket_and_prefix(owner: Sdk) -> list[Cell]:
    """What the addresses that the SDK makes begin with, as elements of a join."""
    session = argument(owner, "sagemaker_session")
    bucket = bucket_of(session.value, owner.place)
    prefix = _prefix(session.value, owner.place)
    if given(prefix.value) is None:
        return [bucket, Cell(Loose((), why(prefix.value), many=True), owner.place)]
    return [bucket] if prefix.value is None else [bucket, prefix]


def bucket_text(owner: Sdk) -> list[Any]:
    """The same as parts of a text."""
    parts: list[Any] = []
    for cell in bucket_and_prefix(owner):
        if isinstance(cell.value, Loose):
            return [*parts, unknown(cell.value.reason)]
        parts += ["/", text_part(cell.value)] if parts else [text_part(cell.value)]
    return parts


def _prefix(session: Any, place: Place) -> Cell:
    """The prefix that a session puts before every address; ``None`` where it has none."""
    if session is None:
        return Cell(None, place)
    if isinstance(session, Sdk) and session.kind != "_Run":
        return argument(session, "default_bucket_prefix")
    return Cell(unknown("what the session puts before every address"), place)
