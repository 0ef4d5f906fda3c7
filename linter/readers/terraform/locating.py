"""From a path inside an evaluated value back to the text."""

from __future__ import annotations

from linter.core.documents import Locator, Path
from linter.core.record import entity, field, record
from linter.core.sources import Location, Related
from linter.readers.terraform.cty.alternatives import joined
from linter.readers.terraform.cty.value import MAPPINGS, SEQUENCES, STRING, UNKNOWN, Value
from linter.readers.terraform.lazy import Once, evaluated
from linter.readers.terraform.syntax.tree import Origin


@record
class Context:
    """What a location is read against: the block it is used in, and the module calls to it."""

    address: str
    block: Origin
    body_end: int
    calls: tuple[tuple[str, Origin], ...] = ()

    def location(self, origin: Origin) -> Location:
        """A place with what helps to understand it: where it is used, who calls the module."""
        related: list[Related] = []
        source, start, _ = origin.source.outermost(origin.start, origin.end)
        inside = source is self.block.source and self.block.start <= start <= self.body_end
        if not inside:
            related.append(Related(f"used in {self.address}", self.block.span))
        related.extend(Related(message, call.span) for message, call in self.calls)
        return Location(origin.span, tuple(related))


@entity
class ValueLocator:
    """Walks an evaluated value; what has no place of its own has that of what holds it."""

    root: Value | Once
    """The value, or what makes it at first use."""
    context: Context
    fallback: Origin
    _decoded: dict[int, Value] = field(default_factory=dict, repr=False)

    def locate(self, path: Path) -> Location:
        return self.context.location(self._find(path)[0])

    def locate_key(self, path: Path) -> Location:
        value, key = self._find(path)
        return self.context.location(key or value)

    def _find(self, path: Path) -> tuple[Origin, Origin | None]:
        """The place of the value at ``path`` (or of its nearest ancestor), and of its key."""
        at = evaluated(self.root)
        place = at.origin if isinstance(at.origin, Origin) else self.fallback
        key: Origin | None = None
        for step in path:
            if at.kind is STRING and at.decoded is not None:
                at = at.decoded
            if at.kind is UNKNOWN:
                at = joined(at) or at
            child: Value | None = None
            key = None
            if at.kind in MAPPINGS and isinstance(step, str):
                child = at.data.get(step)
                found = (at.key_origins or {}).get(step)
                key = found if isinstance(found, Origin) else None
            elif at.kind in SEQUENCES and isinstance(step, int) and 0 <= step < len(at.data):
                child = at.data[step]
            if child is None:
                return place, None
            at = child
            if isinstance(at.origin, Origin):
                place = at.origin
        return place, key


@record
class TextLocator:
    """A locator into a JSON text, with the context of the block that uses it."""

    inner: Locator
    context: Context

    def locate(self, path: Path) -> Location:
        return self._with_context(self.inner.locate(path))

    def locate_key(self, path: Path) -> Location:
        return self._with_context(self.inner.locate_key(path))

    def _with_context(self, location: Location) -> Location:
        span = location.span
        block = self.context.block.span
        related = [Related(message, call.span) for message, call in self.context.calls]
        if span.path != block.path:
            related.insert(0, Related(f"used in {self.context.address}", block))
        return Location(span, tuple(related))
