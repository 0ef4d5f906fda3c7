"""Documents whose plain values are made when somebody asks for them.

A tree has thousands of resources and rules look at few of them. The evaluation itself is put off
only where everything is written out (``Body.constant``): any other may have problems to report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linter.core.documents import Document, Embedded, Locator, Path
from linter.core.identity import NO_PLACEMENT, NO_ROOT, Placement, Root
from linter.core.sources import Source
from linter.readers.terraform.cty.value import Value, plain

_NOT_MADE = object()


class Once:
    """A value that is made when it is asked for, once."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._made: Value | None = None

    def __call__(self) -> Value:
        if self._made is None:
            self._made = self._make()
        return self._made


def evaluated(value: Value | Once) -> Value:
    """The value, which is made now if it was not yet."""
    return value if isinstance(value, Value) else value()


class LazyDocument(Document):
    """A :class:`Document` made of an evaluated value.

    Args:
        evaluated: what ``value`` is the plain form of; or, for what is written out, what makes it.
        decode: finds the embedded documents; ``None`` when there can be none.
    """

    __slots__ = ("_decode", "_embedded", "_evaluated", "_value")

    def __init__(
        self,
        kind: str,
        type: str,  # noqa: A002
        address: str,
        source: Source,
        evaluated: Value | Once,
        locator: Locator,
        module: str = "",
        instances: int = 1,
        maybe: bool = False,
        decode: Callable[[], dict[Path, Embedded]] | None = None,
        *,
        root: Root = NO_ROOT,
        placement: Placement = NO_PLACEMENT,
    ) -> None:
        self.kind = kind
        self.type = type
        self.address = address
        self.source = source
        self.locator = locator
        self.module = module
        self.instances = instances
        self.maybe = maybe
        self.attributes = {}
        self.chosen_by_provider = frozenset()
        self.root = root
        self.placement = placement
        self._evaluated = evaluated
        self._decode = decode
        self._value: Any = _NOT_MADE
        self._embedded: dict[Path, Embedded] | None = None

    @property
    def value(self) -> Any:
        if self._value is _NOT_MADE:
            self._value = plain(evaluated(self._evaluated))
        return self._value

    @value.setter
    def value(self, made: Any) -> None:
        self._value = made

    @property
    def constant(self) -> bool:
        return isinstance(self._evaluated, Once)

    @property
    def embedded(self) -> dict[Path, Embedded]:
        if self._embedded is None:
            self._embedded = self._decode() if self._decode is not None else {}
        return self._embedded

    @embedded.setter
    def embedded(self, made: dict[Path, Embedded]) -> None:
        self._embedded = made
