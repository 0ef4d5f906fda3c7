"""The review: everything one run found, for every report to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from linter.core.documents import Problem
from linter.core.record import entity, field, record
from linter.gate.undecided import Undecided, undecided
from linter.policy.model import Finding, LintResult, Money, RuleMeta, Verdict
from linter.project.model import Project

if TYPE_CHECKING:
    from datetime import date

    from linter.gate.baseline import Entry
    from linter.gate.weakening import Weakening
    from pricing.model import CostReport


@record
class GateResult:
    """Whether the change may go on.

    ``reasons`` are clauses for people; ``exit_code`` is the process's (design: 4 before 2 before
    3 before 1 before 0). ``configurations`` is the verdict of each, by its file, where several
    apply to what was scanned.
    """

    passed: bool
    reasons: tuple[str, ...] = ()
    exit_code: int = 0
    configurations: Mapping[str, GateResult] = field(default_factory=dict)


@entity
class Review:
    """What reports show. ``findings`` are in the order of the files and their lines."""

    project: Project
    lint: LintResult
    findings: list[Finding]
    unread: list[Problem]
    gate: GateResult
    rules: Mapping[str, RuleMeta] = field(default_factory=dict)
    cost: CostReport | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time per stage, when timing is asked for."""
    stale: Sequence[Entry] = ()
    """Entries of the baseline that no finding matches any more."""
    weakened: Sequence[Weakening] = ()
    """What the change does to the gate (``--base-config``)."""
    docs_url: str = ""
    """Where the rules' pages are published; see :func:`linter.policy.pages.page_of`."""
    expiring: Sequence[date] = ()
    """When suppressions that are in use end, of those that end soon."""

    decisions: Sequence[Finding] = ()
    """The findings with those put together that are one decision; see :attr:`shown`."""

    @property
    def shown(self) -> Sequence[Finding]:
        """What reports list: one finding for one decision, suppressed ones included."""
        return self.decisions or self.findings

    @property
    def visible_findings(self) -> list[Finding]:
        """What is shown, without what is suppressed or in the baseline."""
        return [f for f in self.shown if not f.suppressed and not f.baselined]

    @property
    def single_findings(self) -> list[Finding]:
        """The same, each by itself: what is fixed, suppressed or drawn step by step."""
        return [f for f in self.findings if not f.suppressed and not f.baselined]

    @property
    def undecided(self) -> list[Undecided]:
        """What is not known and leaves checks open; each once, with all the checks."""
        return undecided(self.visible_findings)

    @property
    def unknown_count(self) -> int:
        """How many unknowns there are, however many checks each leaves open."""
        return len(self.undecided)

    @property
    def suppressed_count(self) -> int:
        return sum(1 for f in self.findings if f.suppressed)

    @property
    def baselined_count(self) -> int:
        return sum(1 for f in self.findings if f.baselined)

    @property
    def savings_total(self) -> Money | None:
        """What fixing the visible findings saves per month; each saving counts once."""
        seen: dict[tuple[object, ...], Money] = {}
        for finding in self.single_findings:
            if finding.savings is not None and finding.verdict is Verdict.FAIL:
                where = finding.object.split(".")[0]
                of = tuple(document.identity for document in finding.instances)
                seen.setdefault((of, where, finding.saves), finding.savings)
        if not seen:
            return None
        return Money(
            sum((m.low for m in seen.values()), start=Decimal(0)),
            sum((m.expected for m in seen.values()), start=Decimal(0)),
            sum((m.high for m in seen.values()), start=Decimal(0)),
        )


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """By path, line and column; worse first on one place."""
    return sorted(
        findings,
        key=lambda f: (f.path, f.location.span[1:], -int(f.severity), f.rule, f.object),
    )
