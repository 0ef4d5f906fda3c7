"""From what was found to a verdict and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linter.core.documents import Problem
from linter.core.record import record
from linter.gate.review import GateResult
from linter.policy.model import Finding, RuleCrash, Severity, Verdict

if TYPE_CHECKING:
    from linter.gate.budgets import Judged

PASSED, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3


@record
class GateOptions:
    """``fail_on`` ``None`` never fails for a finding."""

    fail_on: Severity | None = Severity.MEDIUM
    strict_unknown: bool = False
    exit_zero: bool = False
    allow_empty: bool = False
    """Nothing to scan is a pass: for a hook, whose files may all be somebody else's."""


def judge(
    findings: Sequence[Finding],
    unread: Sequence[Problem],
    crashes: Sequence[RuleCrash],
    scanned: int,
    options: GateOptions,
    budgets: Judged | None = None,
) -> GateResult:
    """The verdict on visible findings, what was not read, and budgets.

    Args:
        findings: those that are neither suppressed nor in the baseline.
        unread: problems by which content was lost.
        scanned: how many texts with something in them were read; none at all is not a pass.
        budgets: clauses for each budget that is exceeded or cannot be decided. The second fail
            under ``strict_unknown``, and leave the analysis incomplete otherwise.
    """
    failing: list[str] = []
    if options.fail_on is not None:
        threshold = options.fail_on
        worst = [f for f in findings if f.verdict is Verdict.FAIL and f.severity >= threshold]
        if worst:
            failing.append(f"{_count(len(worst), 'finding')} at or above {threshold.word}")
    incomplete: list[str] = []
    if budgets is not None:
        failing.extend(budgets.exceeded)
        (failing if options.strict_unknown else incomplete).extend(budgets.undecided)
    unknown = sum(1 for f in findings if f.verdict is Verdict.UNKNOWN)
    if options.strict_unknown and unknown:
        failing.append(f"{_count(unknown, 'check')} could not be decided (--strict-unknown)")
    if unread:
        incomplete.append(f"{_count(len(unread), 'place')} could not be read")
    if crashes:
        rules = sorted({crash.rule for crash in crashes})
        incomplete.append(f"{_count(len(rules), 'rule')} crashed ({', '.join(rules[:5])})")
    if not scanned and not unread and not options.allow_empty:
        incomplete.append("nothing was found to scan")
    code = PASSED
    if incomplete:
        code = INCOMPLETE
    elif failing and not options.exit_zero:
        code = FAILED
    return GateResult(not failing and not incomplete, (*incomplete, *failing), code)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
