"""Exit codes. Users script against them; see the command's help.

==== ======================================================================================
code situation
==== ======================================================================================
0    done; the gate passed
1    the gate failed: findings, a budget exceeded or not decided, unknowns under
     ``--strict-unknown``, a weakened policy under ``--protect-config``; ``fix --check`` would
     change something; ``rules test`` and ``rules lint`` found something
2    usage, configuration, a refused rule file, a file that cannot be written
3    incomplete: something was not read, a rule crashed, nothing was found to scan
4    a bug of ours
==== ======================================================================================

It holds for every command. Of several the worse one counts: 4 before 2 before 3 before 1 before 0.
"""

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


_FROM_WORST = (EXIT_BUG, EXIT_USAGE, EXIT_INCOMPLETE, EXIT_GATE, EXIT_OK)


def worst(*codes: int) -> int:
    """The one of several exit codes that counts."""
    return min(codes, key=_FROM_WORST.index)
