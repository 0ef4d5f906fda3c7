"""What a script's expressions stand for while it is read.

Plain values are Python's own (``str``, ``int``, ``float``, ``bool``, ``None``, ``bytes``); partly
known text is :class:`linter.core.values.Template`, what is not known
:class:`linter.core.values.Unknown`. Everything else is one of the classes below. A :class:`Cell`
is a value with the place it was written at.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from linter.core.values import Template, Unknown, make_string

if TYPE_CHECKING:
    from linter.readers.python.files import PythonFile


class Place(NamedTuple):
    """A node of a file's syntax tree."""

    file: PythonFile
    node: ast.AST


class Cell(NamedTuple):
    """A value and where it was written."""

    value: Any
    place: Place


NOWHERE: Place = None  # type: ignore[assignment]
"""The place of what stands wherever the value around it does."""


class Loose(NamedTuple):
    """Elements of a list that may or may not be there: none or one of ``cells``, or ``many``."""

    cells: tuple[Cell, ...]
    reason: str
    many: bool = False


class OneOf(NamedTuple):
    """One of a few values, and it is not known which."""

    cells: tuple[Cell, ...]
    reason: str


birth = count().__next__
"""Numbers in the order in which what can be changed was made."""


@dataclass(eq=False, slots=True)
class Seq:
    """A list, tuple, set or iterator. An item whose value is :class:`Loose` stands for any number.

    ``kind`` is ``list``, ``tuple``, ``set``, ``range`` or ``iterator``: see
    :mod:`linter.readers.python.iterating`.
    """

    items: list[Cell]
    kind: str = "list"
    later: Callable[[], list[Cell]] | None = None
    """Of an iterator: what gives its elements when it is first asked for one."""
    born: int = field(default_factory=birth)

    @property
    def exact(self) -> bool:
        """Whether it is known how many elements there are."""
        return self.later is None and not any(type(cell.value) is Loose for cell in self.items)


@dataclass(eq=False, slots=True)
class Map:
    """A dict. ``possible`` holds keys that may be there; ``rest`` says that others may be."""

    items: dict[Any, Cell]
    keys: dict[Any, Place] = field(default_factory=dict)
    rest: Unknown | None = None
    possible: dict[Any, Cell] = field(default_factory=dict)
    born: int = field(default_factory=birth)

    @property
    def exact(self) -> bool:
        return self.rest is None and not self.possible

    def set(self, key: Any, cell: Cell, place: Place | None = None) -> None:
        """What a key holds from now on; ``place`` is where the key is written."""
        self.items[key] = cell
        self.possible.pop(key, None)
        self.keys[key] = place if place is not None else cell.place

    def give(self, key: Any, cell: Cell) -> None:
        """Set what a keyword gives, which may not be there (:class:`Loose`)."""
        if not isinstance(cell.value, Loose):
            self.set(key, cell)
            return
        known = self.items.get(key)
        found = unless_given(cell, known, cell.place)
        (self.possible if known is None else self.items)[key] = found

    def loosen(self, reason: str) -> None:
        """Each key may be gone by now."""
        self.possible = {**self.items, **self.possible}
        self.items = {}
        self.rest = self.rest or Unknown(reason)

    def doubt(self, reason: str) -> None:
        """Anything may have been done to it."""
        self.items = {key: Cell(Unknown(reason), cell.place) for key, cell in self.items.items()}
        self.possible = {}
        self.loosen(reason)


class View(NamedTuple):
    """``keys()``, ``values()`` or ``items()`` of a dict, which change with it."""

    owner: Map
    name: str


@dataclass(eq=False, slots=True)
class Scope:
    """Names of a module, a function or a class body."""

    names: dict[str, Cell] = field(default_factory=dict)
    outer: Scope | None = None
    rest: Unknown | None = None
    """Names may have been bound that are not known: a star import of something not read."""
    born: int = field(default_factory=birth)


@dataclass(eq=False, slots=True)
class Function:
    """A function of the script's own, with the scope it closes over."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    file: PythonFile
    scope: Scope
    name: str
    defaults: dict[str, Cell]
    owner: UserClass | None = None
    decorators: list[Cell] = field(default_factory=list)
    options: dict[str, Cell] = field(default_factory=dict)
    """What options on the command line give by default, where decorators declare some."""


class Factory(NamedTuple):
    """What is called for the default of a field, for each object anew."""

    function: Cell


class Field(NamedTuple):
    """A field of a dataclass; the value of a default may be a :class:`Factory`."""

    name: str
    default: Cell | None


@dataclass(eq=False, slots=True)
class UserClass:
    """A class of the script's own."""

    name: str
    file: PythonFile
    scope: Scope
    bases: list[Any]
    place: Place
    fields: list[Field] | None = None
    """For a dataclass or named tuple: its fields in order."""

    def lineage(self) -> Iterable[UserClass]:
        """It and its ancestors of the script's own, the nearest first."""
        seen: set[int] = set()
        pending = [self]
        while pending:
            one = pending.pop(0)
            if id(one) not in seen:
                seen.add(id(one))
                yield one
                pending += [base for base in one.bases if isinstance(base, UserClass)]

    def defines(self, *names: str) -> bool:
        """Whether it, or an ancestor of the script's own, has one of these methods."""
        return any(name in one.scope.names for one in self.lineage() for name in names)

    def foreign(self) -> list[str]:
        """Names of ancestors that are not the script's own."""
        return [b.name for one in self.lineage() for b in one.bases if isinstance(b, External)]

    @property
    def plain(self) -> bool:
        """Whether its objects are equal to themselves only, and count as true."""
        return self.closed and all(name in _BARE_BASES for name in self.foreign())

    @property
    def closed(self) -> bool:
        """Whether all ancestors are known, ``object`` and the like apart."""
        return all(
            isinstance(base, UserClass)
            or (isinstance(base, External) and base.name in _HARMLESS_BASES)
            for one in self.lineage()
            for base in one.bases
        )


_BARE_BASES = frozenset({"object", "abc.ABC", "enum.Enum", "typing.Protocol", "typing.Generic"})
_HARMLESS_BASES = _BARE_BASES | {"enum.IntEnum", "enum.StrEnum", "str", "int", "typing.NamedTuple"}


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the script's own."""

    cls: UserClass
    names: dict[str, Cell] = field(default_factory=dict)
    rest: Unknown | None = None
    born: int = field(default_factory=birth)


@dataclass(eq=False, slots=True)
class Bound:
    """A method of the script's own with the object it was taken from."""

    function: Function
    receiver: Cell


@dataclass(eq=False, slots=True)
class Super:
    """What ``super()`` gives: the methods behind ``cls`` for ``receiver``."""

    cls: UserClass
    receiver: Cell


class External(NamedTuple):
    """Something of another package, by its full name: ``os.path.join``."""

    name: str


class Method(NamedTuple):
    """A method of a plain value, a list, a dict or an object of the SDK."""

    receiver: Cell
    name: str


@dataclass(eq=False, slots=True)
class ModuleValue:
    """A module of the scanned tree."""

    name: str
    scope: Scope


@dataclass(eq=False, slots=True)
class Sdk:
    """An object of the SDK: its class and what it was made with.

    ``args`` holds what the call gave, by the name of the parameter; ``rest`` says that more may
    have been given. ``cls`` is the full name of the class, ``kind`` its own name.
    """

    cls: str
    kind: str
    place: Place
    args: dict[str, Cell] = field(default_factory=dict)
    rest: Unknown | None = None
    state: dict[str, Any] = field(default_factory=dict)
    """What its own methods noted: see :mod:`linter.readers.python.sdk`."""
    born: int = field(default_factory=birth)


class Property(NamedTuple):
    """``step.properties.A.B``: known when the pipeline runs, referred to by its path."""

    step: Sdk
    path: str


class Expression(NamedTuple):
    """An expression of the definition that stands for itself: ``{"Get": "Execution.…"}``."""

    value: Map


class Opened(NamedTuple):
    """A file of the tree that was opened for reading."""

    path: Any


class PathValue(NamedTuple):
    """A :class:`pathlib.Path` of known or partly known text."""

    text: Any


class Native(NamedTuple):
    """A function that the reader itself gives, such as a bound helper of a model class."""

    call: Callable[..., Any]
    name: str


class Parser(NamedTuple):
    """An ``argparse`` parser and what it declares."""

    declared: Map


SCALARS = (str, int, float, bool, type(None), bytes)


CHECKOUT = "/\ufdd2"
"""Stands in paths for the directory that the tree is in, and that the script runs in: it is not
known. A noncharacter: valid text never holds it."""
_MARK = "\ufdd2"
_MARK_IN_JSON = "\\ufdd2"


def in_checkout(value: Any) -> bool:
    """Whether a text is a path below the directory that is not known."""
    return isinstance(value, str) and _MARK in value


def portable(text: str) -> Any:
    """A text whose path of the tree is told as what it is: not known before the last part."""
    if _MARK not in text and _MARK_IN_JSON not in text:
        return text
    first, *others = text.replace(_MARK_IN_JSON, _MARK).split(_MARK)
    parts: list[Any] = [first.removesuffix("/")]
    for piece in others:
        parts += [Unknown("the directory that the tree is in", ("checkout",)), piece]
    return make_string(parts)


def unknown(reason: str, *references: str) -> Unknown:
    return Unknown(reason, references)


def is_scalar(value: Any) -> bool:
    return isinstance(value, SCALARS)


def is_text(value: Any) -> bool:
    return isinstance(value, str | Template)


def why(value: Any) -> str:
    """Why a value is not known."""
    if isinstance(value, Unknown | OneOf | Template):
        return value.reason
    return "it is known only when the script runs"


def flat(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """Elements, and those that may be there, as they would be if all were."""
    found: list[Cell] = []
    for cell in cells:
        if not isinstance(cell.value, Loose):
            found.append(cell)
        else:
            found += cell.value.cells or (Cell(Unknown(cell.value.reason), cell.place),)
    return tuple(found)


MAX_ALTERNATIVES = 6


def one_of(cells: Iterable[Cell], reason: str, place: Place) -> Cell:
    """One of several cells: those that are the same count once, too many are unknown."""
    kept: list[Cell] = []
    for cell in cells:
        inner = cell.value.cells if isinstance(cell.value, OneOf) else (cell,)
        kept += [one for one in inner if not any(same(one.value, k.value) for k in kept)]
    if len(kept) == 1:
        return kept[0]
    if len(kept) > MAX_ALTERNATIVES or all(isinstance(k.value, Unknown) for k in kept):
        return Cell(Unknown(reason), place)
    return Cell(OneOf(tuple(kept), reason), place)


def unless_given(cell: Cell, default: Cell | None, place: Place) -> Cell:
    """What a keyword is that may be given or not: of a function that needs it, what is given."""
    if not isinstance(cell.value, Loose):
        return cell
    others = () if default is None else (default,)
    return one_of((*cell.value.cells, *others), cell.value.reason, place)


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same for sure."""
    if left is right:
        return True
    if is_scalar(left) and is_scalar(right):
        return type(left) is type(right) and bool(left == right)
    if isinstance(left, Template | External) and type(left) is type(right):
        return bool(left == right) and not isinstance(left, Template)
    return False
