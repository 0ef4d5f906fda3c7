"""From values of a plan back to its text; nothing is scanned before somebody asks."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Path
from linter.core.jsontext import JsonLocator
from linter.core.record import entity, field, record
from linter.core.sources import Location, Source
from linter.readers.json_documents import decode_string


@record
class PlanLocator:
    """``base`` is where the values stand, ``entry`` the whole resource.

    What is known after apply stands in ``unknown`` only.
    """

    places: JsonLocator
    entry: Path
    base: Path
    unknown: Path | None
    values: Any

    def locate(self, path: Path) -> Location:
        return self.places.locate(self.written(path))

    def locate_key(self, path: Path) -> Location:
        return self.places.locate_key(self.written(path))

    def written(self, path: Path) -> Path:
        """The path in the file; of the whole resource, that of its address."""
        if not path:
            return (*self.entry, "address")
        if self.unknown is not None and path[0] not in self.values:
            return (*self.unknown, *path)
        return (*self.base, *path)


@entity
class TextLocator:
    """Places inside a JSON document that is a string of the plan."""

    places: JsonLocator
    source: Source
    path: Path
    _inner: JsonLocator | None = field(default=None, repr=False)

    def locate(self, path: Path) -> Location:
        return self.inner().locate(path)

    def locate_key(self, path: Path) -> Location:
        return self.inner().locate_key(path)

    def inner(self) -> JsonLocator:
        """The locator of the decoded text."""
        if self._inner is None:
            start, end = self.places.offsets(self.path)
            self._inner = JsonLocator(decode_string(self.places.mapped, self.source, start, end))
        return self._inner
