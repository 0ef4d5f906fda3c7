"""What was found wrong, and which of it matters to what is asked for.

A value is evaluated once, for whoever asks first, and its faults are reported then. Those who ask
later depend on the same faults: what was evaluated keeps them, and each use recalls them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from linter.core.documents import Problem


class FaultLog(list[Problem]):
    """Problems in the order in which they were found, with who depends on them."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: set[int] = set()
        """Those on which something depends that rules judge, by index."""
        self._open: list[set[int]] = []

    def append(self, problem: Problem) -> None:
        self.recall((len(self),))
        super().append(problem)

    def recall(self, indices: Iterable[int]) -> None:
        """What is evaluated now depends on these problems too."""
        if self._open:
            self._open[-1].update(indices)

    @contextmanager
    def gathering(self) -> Iterator[set[int]]:
        """Gives the indices of all problems that what is done inside depends on."""
        found: set[int] = set()
        self._open.append(found)
        try:
            yield found
        finally:
            self._open.pop()
            self.recall(found)
