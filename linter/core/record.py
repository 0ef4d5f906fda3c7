"""Value classes that cost little to define and to make.

A frozen slotted ``dataclass`` compiles six methods when its module is imported, about a
millisecond a class; a command that runs for 150 ms imports a hundred of them. A record is a
dataclass all the same (``fields``, ``replace`` and pattern matching work), of which only
``__init__`` is compiled: equality, hash and ``repr`` are shared. That nobody assigns to a field
is checked by the type checker, not at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: _Class) -> _Class:
    """Make ``cls`` a slotted dataclass that is compared and hashed by its fields."""
    made: Any = dataclass(slots=True, eq=False, repr=False)(cls)
    fields = made.__dataclass_fields__.values()
    compared = [f.name for f in fields if f.compare]
    made.__record_key__ = attrgetter(*compared) if compared else _nothing
    made.__eq__ = _equal
    made.__hash__ = _hash
    if "__repr__" not in cls.__dict__:
        made.__repr__ = _repr
    return made  # type: ignore[no-any-return]


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def entity(cls: _Class) -> _Class:
    """Make ``cls`` a slotted dataclass whose objects change, and are equal only to themselves."""
    made: Any = dataclass(slots=True, eq=False, repr=False)(cls)
    if "__repr__" not in cls.__dict__:
        made.__repr__ = _repr
    return made  # type: ignore[no-any-return]


def _nothing(_: Any) -> tuple[()]:
    return ()


def _key_of(self: Any) -> Callable[[Any], Any]:
    return self.__class__.__record_key__  # type: ignore[no-any-return]


def _equal(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = _key_of(self)
    return key(self) == key(other)


def _hash(self: Any) -> int:
    return hash(_key_of(self)(self))


def _repr(self: Any) -> str:
    shown = (
        f"{f.name}={getattr(self, f.name)!r}" for f in self.__dataclass_fields__.values() if f.repr
    )
    return f"{self.__class__.__qualname__}({', '.join(shown)})"
