"""How far a long stage is: what it has done, and of how many, for whoever shows it.

Stages count; nothing happens by it. The command line reads the count when it draws progress.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Tally:
    """What one stage has done so far: ``done`` things, ``of`` so many; 0 where nobody knows."""

    __slots__ = ("done", "of")

    def __init__(self) -> None:
        self.done = self.of = 0

    @contextmanager
    def afresh(self) -> Iterator[None]:
        """Count a stage from nothing, and go on with the one around it afterwards."""
        before = self.done, self.of
        self.done = self.of = 0
        try:
            yield
        finally:
            self.done, self.of = before


TALLY = Tally()
"""The count of the stage that runs now."""
