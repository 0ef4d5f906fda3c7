"""From what was found to a verdict and an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from linter.core.documents import Problem
from linter.core.record import record
from linter.gate.review import GateResult
from linter.gate.undecided import in_words, undecided
from linter.policy.model import Finding, RuleCrash, Severity, Verdict

if TYPE_CHECKING:
    from linter.gate.budgets import Judged

PASSED, FAILED, USAGE, INCOMPLETE, BUG = 0, 1, 2, 3, 4


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
        word = options.fail_on.word
        worst = [f for f in findings if f.verdict is Verdict.FAIL and fails_gate(f, options)]
        if worst:
            failing.append(f"{_count(len(worst), 'finding')} at or above {word}")
    incomplete: list[str] = []
    if budgets is not None:
        failing.extend(budgets.exceeded)
        (failing if options.strict_unknown else incomplete).extend(budgets.undecided)
    if options.strict_unknown:
        unknown = undecided(findings)
        if unknown:
            failing.append(f"{in_words(unknown)} (--strict-unknown)")
    if unread:
        incomplete.append(f"{_count(len(unread), 'place')} could not be read")
    bugs = sum(problem.bug for problem in unread)
    if bugs:
        incomplete.append(f"{_count(bugs, 'place')} of them because of a bug in pipewarden")
    if crashes:
        rules = sorted({crash.rule for crash in crashes})
        incomplete.append(f"{_count(len(rules), 'rule')} crashed ({', '.join(rules[:5])})")
    if not scanned and not unread and not options.allow_empty:
        incomplete.append("nothing was found to scan")
    code = PASSED
    if incomplete:
        code = BUG if bugs else INCOMPLETE
    elif failing and not options.exit_zero:
        code = FAILED
    return GateResult(not failing and not incomplete, (*incomplete, *failing), code)


def fails_gate(finding: Finding, options: GateOptions) -> bool:
    """Whether the gate fails for a visible finding."""
    if finding.verdict is Verdict.UNKNOWN:
        return options.strict_unknown
    return options.fail_on is not None and finding.severity >= options.fail_on


def conjunction(whole: GateResult, parts: Mapping[str, GateResult]) -> GateResult:
    """One verdict of several: it passes where all do, and says which do not.

    Args:
        whole: what concerns all of them: what could not be read, rules that crashed.
        parts: the verdict of each configuration on what is below it, by the name it is shown by.
    """
    every = (whole, *parts.values())
    reasons = [f"{name}: {reason}" for name, part in parts.items() for reason in part.reasons]
    return GateResult(
        all(one.passed for one in every),
        (*whole.reasons, *reasons),
        max(one.exit_code for one in every),
        parts,
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
