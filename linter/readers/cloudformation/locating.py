"""From a path in an evaluated value back to the template."""

from __future__ import annotations

from linter.core.documents import Path
from linter.core.record import record
from linter.core.sources import Location, Related
from linter.readers.cloudformation.evaluator import Trace
from linter.readers.cloudformation.template import TemplateText


@record
class TemplateLocator:
    """Follows the trace of an evaluation; the empty path is the resource's name.

    ``entry`` is the path of the resource in the template, ``base`` that of its evaluated value.
    """

    text: TemplateText
    entry: Path
    base: Path
    trace: Trace
    address: str

    def locate(self, path: Path) -> Location:
        if not path:
            return self.locate_key(path)
        return self._location(path, key=False)

    def locate_key(self, path: Path) -> Location:
        if not path:
            return self.text.places.locate_key(self.entry)
        return self._location(path, key=True)

    def body(self) -> Location:
        """Everything that the resource is written as, without its name."""
        return self.text.places.locate(self.entry)

    def written(self, path: Path) -> Path:
        """The path in the template of what is at ``path`` in the value."""
        return self._follow(path)[0]

    def _location(self, path: Path, *, key: bool) -> Location:
        place, use = self._follow(path)
        if key:
            # A key stays where it is, wherever its value comes from.
            parent = self._follow(path[:-1])[0]
            moved = self.trace.moved.get(path)
            own = (*parent, path[-1])
            if moved is None or place[: len(own)] == own or isinstance(path[-1], int):
                return self.text.places.locate_key(
                    own if isinstance(path[-1], str) and moved is not None else place
                )
            return self.text.places.locate_key(own)
        location = self.text.places.locate(place)
        if use is None:
            return location
        used = self.text.places.locate(use).span
        return Location(location.span, (Related(f"used in {self.address}", used),))

    def _follow(self, path: Path) -> tuple[Path, Path | None]:
        for count in range(len(path), -1, -1):
            moved = self.trace.moved.get(path[:count])
            if moved is not None:
                place, use = moved
                return (*place, *path[count:]), use
        return (*self.base, *path), None
