"""``Globals`` of the Serverless Application Model: what all resources of a type share."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Path
from linter.core.values import OpenDict
from linter.readers.cloudformation.evaluator import Trace


def merged(
    own: dict[str, Any],
    shared: dict[str, Any],
    trace: Trace,
    of_shared: Trace,
    base: Path,
    at: Path,
) -> dict[str, Any]:
    """A resource's properties and the shared ones, as the model merges them.

    Mappings are merged, lists are joined with the shared elements first, and of anything else the
    resource's own value holds. ``trace`` is the resource's and learns where the shared values are
    written; ``of_shared`` is theirs. ``base`` and ``at`` are where the two stand in the template.
    """
    merger = _Merger(trace, of_shared, base, at)
    return merger.merge(own, shared, ())


class _Merger:
    def __init__(self, trace: Trace, of_shared: Trace, base: Path, at: Path) -> None:
        self._trace = trace
        self._shared = of_shared
        self._base = base
        self._at = at

    def merge(self, own: dict[str, Any], shared: dict[str, Any], path: Path) -> dict[str, Any]:
        made = dict(own)
        for key, value in shared.items():
            here = (*path, key)
            if key not in own:
                made[key] = value
                self._came(here, here)
            elif isinstance(value, dict) and isinstance(own[key], dict):
                made[key] = self.merge(own[key], value, here)
            elif isinstance(value, list) and isinstance(own[key], list):
                made[key] = [*value, *own[key]]
                self._joined(here, len(value), len(own[key]))
        return OpenDict(made, own.rest) if isinstance(own, OpenDict) else made

    def _joined(self, path: Path, before: int, count: int) -> None:
        """Note where the elements of a joined list are written."""
        moved = self._trace.moved
        base = self._written(path)
        follow = {p: place for p, place in moved.items() if p[: len(path)] == path and p != path}
        for place in follow:
            del moved[place]
        for index in range(count):
            moved[(*path, before + index)] = ((*base, index), None)
        for place, where in follow.items():
            first = place[len(path)]
            assert isinstance(first, int)
            moved[(*path, before + first, *place[len(path) + 1 :])] = where
        for index in range(before):
            self._came((*path, index), (*path, index))

    def _written(self, path: Path) -> Path:
        """Where the resource's own value at ``path`` stands in the template."""
        for count in range(len(path), -1, -1):
            found = self._trace.moved.get(path[:count])
            if found is not None:
                return (*found[0], *path[count:])
        return (*self._base, *path)

    def _came(self, path: Path, shared: Path) -> None:
        """Note that the value at ``path`` is the shared one."""
        self._trace.moved[path] = self._shared.moved.get(shared, ((*self._at, *shared), None))
        for place, where in self._shared.moved.items():
            if len(place) > len(shared) and place[: len(shared)] == shared:
                self._trace.moved[(*path, *place[len(shared) :])] = where
