"""What definitions are put together from: members that are given, choices, and expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    pass


class Record:
    """A dict of a definition in the making."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.map = Map({})

    def put(self, key: str, cell: Cell | None) -> None:
        """A member; ``None`` is left out, what may be ``None`` may be there."""
        if cell is None or cell.value is None:
            return
        if isinstance(cell.value, OneOf) and any(c.value is None for c in cell.value.cells):
            rest = [c for c in cell.value.cells if c.value is not None]
            self.map.possible[key] = one_of(rest, cell.value.reason, cell.place)
        elif isinstance(cell.value, Unknown):
            self.map.possible[key] = cell  # it may be None as well
        else:
            self.map.items[key] = cell
        self.map.keys[key] = cell.place

    def put_if(self, key: str, cell: Cell) -> None:
        """A member that is left out when it does not count as true."""
        if truth(cell.value) is not False:
            self.put(key, cell)

    def always(self, key: str, value: Any, place: Place | None = None) -> None:
        """A member that is there whatever was given."""
        at = self.place if place is None else place
        self.map.items[key] = value if isinstance(value, Cell) else Cell(value, at)
        self.map.keys[key] = self.map.items[key].place

    def open(self, rest: Unknown | None) -> None:
        self.map.rest = self.map.rest or rest

    @property
    def cell(self) -> Cell:
        return Cell(self.map, self.place)


def record(place: Place, **members: Any) -> Cell:
    """A dict of a definition, with members that are there for sure."""
    made = Record(place)
    for key, value in members.items():
        made.always(key, value)
    return made.cell


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
    value = cell.value
    if isinstance(value, str) and "/" not in value:
        return Cell(
            make_string([unknown("the role's account and path", "account"), value]), cell.place
        )
    if value is None:
        return Cell(unknown("the role that the SDK's configuration gives", "role"), cell.place)
    return cell


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


def mapped(cell: Cell, convert: Any) -> Cell:
    """Each element converted; loose ones stay loose."""

    def one(item: Cell) -> Cell:
        if isinstance(item.value, Loose):
            inner = tuple(one(c) for c in item.value.cells)
            return Cell(item.value._replace(cells=inner), item.place)
        if isinstance(item.value, OneOf):
            inner = tuple(one(c) for c in item.value.cells)
            return Cell(OneOf(inner, item.value.reason), item.place)
        made: Cell = convert(item)
        return made

    return Cell(Seq([one(item) for item in items_of(cell)]), cell.place)


def request_of_object(cell: Cell, names: dict[str, str]) -> Cell:
    """An object whose members are its arguments under other names; what is absent is left out."""
    value = cell.value
    if not isinstance(value, Sdk):
        return (
            cell
            if value is None or isinstance(value, Map)
            else Cell(unknown(why(value)), cell.place)
        )
    made = Record(value.place)
    for name, key in names.items():
        made.put(key, argument(value, name))
    made.open(value.rest)
    return made.cell


def tags_of(cell: Cell) -> Cell:
    """Tags as a list, or as a dict that is turned into one."""
    value = cell.value
    if isinstance(value, Map):
        items = [
            record(one.place, Key=Cell(key, value.keys.get(key, one.place)), Value=one)
            for key, one in value.items.items()
        ]
        if not value.exact:
            items.append(Cell(Loose((), "further tags", many=True), cell.place))
        return Cell(Seq(items), cell.place)
    return cell


def text_of(cell: Cell) -> Cell:
    """A value as text, as hyperparameters are: expressions turn into text when they run."""
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
    import json

    from linter.readers.python.operators import literal

    value = cell.value
    place = cell.place
    if is_variable(value):
        return text_of(cell)
    if isinstance(value, Template):
        return Cell(make_string(['"', value, '"']), place)
    plain = literal(value)
    if plain is MISSING:
        return Cell(unknown(why(value)), place)
    try:
        return Cell(json.dumps(plain), place)
    except (TypeError, ValueError):
        return Cell(unknown("a value that is no JSON"), place)


def default_bucket(owner: Sdk) -> Cell:
    return bucket_of(argument(owner, "sagemaker_session").value, owner.place)


def bucket_prefix(owner: Sdk) -> Any:
    """The prefix that a session puts before every address; ``None`` where it has none."""
    session = argument(owner, "sagemaker_session").value
    if isinstance(session, Sdk) and session.kind != "_Run":
        return argument(session, "default_bucket_prefix").value
    return None
