"""Value classes that cost little to define and to make.

A ``dataclass`` inspects and compiles when its module is imported, a quarter of a millisecond a
class and more when it is frozen; a command that runs for 150 ms imports a hundred of them. Here
``__init__`` is compiled when more than a few objects are made, and everything else is shared. That
nobody assigns to a record's field is checked by the type checker, not at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, TypeVar, dataclass_transform

_Class = TypeVar("_Class", bound=type)
_Object = TypeVar("_Object")


class _Unset:
    def __repr__(self) -> str:
        return "<unset>"


_UNSET = _Unset()


class _Field:
    """What :func:`field` says of a field; plain defaults are kept in one as well."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(self, default: Any, factory: Any, compare: bool, repr_: bool) -> None:
        self.default = default
        self.factory = factory
        self.compare = compare
        self.repr = repr_


def field(
    *,
    default: Any = _UNSET,
    default_factory: Any = _UNSET,
    compare: bool = True,
    repr: bool = True,  # noqa: A002 - the name that type checkers know
) -> Any:
    """A field with a default made for each object, or that is left out of ``==`` or ``repr``."""
    return _Field(default, default_factory, compare, repr)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: _Class) -> _Class:
    """Make ``cls`` a slotted class that is compared and hashed by its fields."""
    return _slotted(cls, compared=True)  # type: ignore[no-any-return]


@dataclass_transform(eq_default=False, field_specifiers=(field,))
def entity(cls: _Class) -> _Class:
    """Make ``cls`` a slotted class whose objects change, and are equal only to themselves."""
    return _slotted(cls, compared=False)  # type: ignore[no-any-return]


def fields_of(item: Any) -> Iterator[str]:
    """Names of the fields of a record, an entity, or such a class; none of anything else."""
    return iter(getattr(item, "__record_fields__", ()))


def replace(item: _Object, **changes: Any) -> _Object:
    """A copy with other values in some fields. Raises ``TypeError`` for a field it has not."""
    values = {name: getattr(item, name) for name in fields_of(item)}
    return type(item)(**{**values, **changes})


def as_plain(item: Any) -> Any:
    """Records and entities, at any depth of lists and mappings, as dictionaries of their fields."""
    if isinstance(item, dict):
        return {key: as_plain(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [as_plain(value) for value in item]
    names = list(fields_of(item))
    return {name: as_plain(getattr(item, name)) for name in names} if names else item


def _slotted(cls: type, *, compared: bool) -> Any:
    namespace = dict(cls.__dict__)
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(base.__dict__.get("__record_fields__", {}))
    own = list(namespace.get("__annotations__", {}))
    for name in own:
        default = namespace.pop(name, _UNSET)
        fields[name] = default if isinstance(default, _Field) else _plain_field(cls, name, default)
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    inherited = {slot for base in cls.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    slots = [name for name in own if name not in inherited]
    if any(isinstance(value, cached_property) for value in namespace.values()):
        slots += [name for name in ("__dict__", "__weakref__") if name not in inherited]
    namespace["__slots__"] = tuple(slots)
    namespace["__record_fields__"] = fields
    namespace["__match_args__"] = tuple(fields)
    namespace.setdefault("__repr__", _repr)
    namespace["__init__"] = _first_init(fields)
    if compared:
        names = [name for name, one in fields.items() if one.compare]
        namespace["__record_key__"] = attrgetter(*names) if names else _nothing
        namespace["__eq__"] = _equal
        namespace["__hash__"] = _hash
    made: Any = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    namespace["__init__"].owner.append(made)
    return made


def _plain_field(cls: type, name: str, default: Any) -> _Field:
    if isinstance(default, list | dict | set) or type(default).__name__ == "Field":
        raise TypeError(f"{cls.__name__}.{name}: write linter.core.record.field(default_factory=…)")
    return _Field(default, _UNSET, compare=True, repr_=True)


_RARE = 16
"""So many objects of a class are made field by field, before ``__init__`` is worth compiling."""


def _first_init(fields: dict[str, _Field]) -> Any:
    """An ``__init__`` for the first objects of a class; then it compiles the class's own."""
    owner: list[type] = []
    names = tuple(fields)
    left = _RARE

    def __init__(self: Any, *values: Any, **named: Any) -> None:  # noqa: N807
        nonlocal left
        left -= 1
        made: Any = owner[0]
        given = dict(zip(names, values, strict=False))
        for name in names[len(given) :]:
            one = fields[name]
            if name in named:
                given[name] = named[name]
            else:
                given[name] = one.default if one.factory is _UNSET else one.factory()
        too_few = any(value is _UNSET for value in given.values())
        too_many = len(values) > len(names) or not named.keys() <= set(names[len(values) :])
        if left < 0 or too_few or too_many:  # Python's own words for what is wrong
            made.__init__ = init = _compiled_init(fields, hasattr(made, "__post_init__"))
            init(self, *values, **named)
            return
        for name in names:
            setattr(self, name, given[name])
        if hasattr(made, "__post_init__"):
            self.__post_init__()

    __init__.owner = owner  # type: ignore[attr-defined]
    return __init__


def _compiled_init(fields: dict[str, _Field], post_init: bool) -> Callable[..., None]:
    arguments, body = ["self"], []
    scope: dict[str, Any] = {"_UNSET": _UNSET}
    for name, one in fields.items():
        if one.factory is not _UNSET:
            scope[f"_made_{name}"] = one.factory
            arguments.append(f"{name}=_UNSET")
            body.append(f" self.{name} = _made_{name}() if {name} is _UNSET else {name}")
            continue
        if one.default is not _UNSET:
            scope[f"_default_{name}"] = one.default
            arguments.append(f"{name}=_default_{name}")
        else:
            arguments.append(name)
        body.append(f" self.{name} = {name}")
    if post_init:
        body.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(arguments)}):\n" + ("\n".join(body) or " pass"), scope)  # noqa: S102 - names of fields, no input
    init: Callable[..., None] = scope["__init__"]
    return init


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


@recursive_repr()
def _repr(self: Any) -> str:
    fields: dict[str, _Field] = self.__record_fields__
    shown = (f"{name}={getattr(self, name)!r}" for name, one in fields.items() if one.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"
