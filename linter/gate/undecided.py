"""What could not be decided, by what would decide it.

One value that is not known leaves many rules undecided. For people that is one thing to do, so it
is listed and counted once; reports for machines keep a finding for each rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from linter.core.record import record
from linter.policy.model import Finding, Verdict


@record
class Undecided:
    """Checks of one file that the same unknown leaves open."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first of those at the place where most of them are."""
        places = Counter(finding.location.span for finding in self.findings)
        most = max(places.values())
        return next(f for f in self.findings if places[f.location.span] == most)

    @property
    def because(self) -> str:
        return self.first.because

    @property
    def addresses(self) -> tuple[str, ...]:
        """What they are of, each once; what is of no resource is left out."""
        return tuple(dict.fromkeys(f.address for f in self.findings if f.address))

    @property
    def rules(self) -> tuple[str, ...]:
        """Their rules, each once, in order."""
        return tuple(sorted({finding.rule for finding in self.findings}))


def undecided(findings: Iterable[Finding]) -> list[Undecided]:
    """The findings that are unknown, together where what they lack is the same."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        if finding.verdict is Verdict.UNKNOWN:
            key: tuple[object, ...]
            if finding.references:
                key = (finding.path, frozenset(finding.references))
            else:
                key = (finding.path, finding.address, finding.because or finding.message)
            groups.setdefault(key, []).append(finding)
    return [Undecided(tuple(group)) for group in groups.values()]


MAX_CAUSES = 3


def in_words(groups: list[Undecided]) -> str:
    """``1 unknown leaves 34 checks undecided: var.x has no default``."""
    checks = sum(len(group.findings) for group in groups)
    one = len(groups) == 1
    causes = list(dict.fromkeys(group.because for group in groups if group.because))
    shown = "; ".join(causes[:MAX_CAUSES])
    more = len(causes) - MAX_CAUSES
    if more > 0:
        shown += f"; and {more} more"
    return (
        f"{len(groups)} unknown{'' if one else 's'} leave{'s' if one else ''} "
        f"{checks} check{'s' * (checks != 1)} undecided" + (f": {shown}" if shown else "")
    )
