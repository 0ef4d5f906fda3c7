"""Exit codes. Users script against them; see the command's help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linter.core.documents import Problem

EXIT_OK = 0
EXIT_GATE = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_BUG = 4


def of_problems(problems: Iterable[Problem]) -> int:
    """The code of what could not be read: nothing, something, or because of a bug of ours."""
    lost = [problem for problem in problems if problem.lost]
    if any(problem.bug for problem in lost):
        return EXIT_BUG
    return EXIT_INCOMPLETE if lost else EXIT_OK
