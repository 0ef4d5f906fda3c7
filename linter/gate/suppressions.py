"""Suppressions: findings that people decided to live with, and what is wrong with that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from linter.config.entries import IgnoreEntry
from linter.core.digest import sha256
from linter.core.identity import without_keys
from linter.core.paths import seen_from
from linter.core.printable import printable
from linter.core.record import entity, field, record
from linter.core.sources import Location, Span
from linter.gate import MARKER
from linter.policy.findings import keep_instances
from linter.policy.globs import PathGlob
from linter.policy.meta_rules import META
from linter.policy.model import Confidence, Finding, RuleMeta, Severity, Verdict
from linter.policy.suggest import did_you_mean
from linter.project.model import Project

if TYPE_CHECKING:
    from linter.gate.directives import Directive

SOON_DAYS = 30
"""A suppression that ends within so many days is counted as expiring."""


@record
class SuppressionOptions:
    """How suppressions are judged.

    Args:
        today: a suppression holds through its ``until`` date.
        rules: all known rules by id; a suppression may name any of them by id or name.
        ran: whether a rule ran on a file, by id and path (``None``: all did), so that a
            suppression of a rule that did not is not called unneeded.
        entries: the configuration's ``[[ignore]]``.
        require_reason: a suppression without a reason hides nothing.
        max_days: a suppression must end within so many days; one that does not hides nothing.
        muted: ids of ``META`` rules whose findings are not wanted.
        severities: configured severities by rule id.
        prefix: from the repository's root to the working directory, for fingerprints.
    """

    today: date
    rules: Mapping[str, RuleMeta] = field(default_factory=dict)
    ran: Callable[[str, str], bool] | None = None
    entries: Sequence[IgnoreEntry] = ()
    require_reason: bool = False
    max_days: int | None = None
    muted: Collection[str] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    prefix: str = ""


@entity
class SuppressionResult:
    """``findings`` are those about the suppressions themselves (``META001`` to ``META004``).

    ``expiring`` are the end dates within :data:`SOON_DAYS` days of suppressions that were used.
    """

    findings: list[Finding] = field(default_factory=list)
    used: int = 0
    expiring: list[date] = field(default_factory=list)


@entity
class _Active:
    """One rule of one directive or entry that holds today."""

    rule: str
    word: str
    span: Span
    reason: str
    until: date | None
    covers: Callable[[Finding, str], bool]
    """Whether it is for a finding about the resource at an address."""
    judge: _Judge
    used: bool = False


def apply_suppressions(
    project: Project, findings: Sequence[Finding], options: SuppressionOptions
) -> SuppressionResult:
    """Mark findings as suppressed, and say what is wrong with the suppressions.

    ``findings`` are changed in place (``suppressed``, ``suppression_reason``). Only texts that
    contain the marker are scanned for comments.
    """
    return apply_in_parts(project, findings, [options], lambda _: 0)


def apply_in_parts(
    project: Project,
    findings: Sequence[Finding],
    options: Sequence[SuppressionOptions],
    part_of: Callable[[str], int],
) -> SuppressionResult:
    """Like :func:`apply_suppressions`, where files have configurations of their own.

    A comment is judged by the options of its file; the entries of a configuration hide only what
    is found below it. ``part_of`` gives the number of the options of a path.
    """
    result = SuppressionResult()
    judges = [_Judge(own, result) for own in options]
    in_files: dict[tuple[str, str], list[_Active]] = defaultdict(list)
    for path, source in project.sources.items():
        if MARKER in source.text or MARKER.capitalize() in source.text:
            from linter.gate.comments import layout_of
            from linter.gate.directives import directives_of

            judge = judges[part_of(path)]
            for directive in directives_of(source, layout_of(source)):
                for item in judge.directive(directive):
                    in_files[path, item.rule].append(item)
    entries = [[item for entry in j.options.entries for item in j.entry(entry)] for j in judges]
    for finding in findings:
        if in_files:
            places = [finding.path]
            subject = finding.subject
            if subject is not None and subject.path not in places:
                places.append(subject.path)
            for place in places:
                for item in in_files.get((place, finding.rule), ()):
                    _try(item, finding)
        for item in entries[part_of(finding.path)]:
            _try(item, finding)
    for item in [i for group in (*in_files.values(), *entries) for i in group]:
        own = item.judge.options
        if not item.used:
            if own.ran is None or own.ran(item.rule, item.span.path):
                item.judge.report("META003", item.span, f"Nothing to hide here for {item.word}")
            continue
        result.used += 1
        if item.until is not None and item.until <= own.today + timedelta(SOON_DAYS):
            result.expiring.append(item.until)
    result.findings.sort(key=lambda f: f.location.span)
    _fingerprint(result.findings, options[0].prefix)
    return result


def _try(item: _Active, finding: Finding) -> None:
    if item.rule != finding.rule:
        return
    if len(finding.instances) > 1:
        left = tuple(d for d in finding.instances if not item.covers(finding, d.address))
        if left and len(left) < len(finding.instances):
            item.used = True
            keep_instances(finding, left)
        if left:
            return
    elif not item.covers(finding, finding.address):
        return
    item.used = True
    finding.suppressed = True
    if not finding.suppression_reason:
        finding.suppression_reason = item.reason


class _Judge:
    """Says which suppressions hold, by the options of one configuration."""

    def __init__(self, options: SuppressionOptions, result: SuppressionResult) -> None:
        self.options = options
        self.result = result
        self._known = {*options.rules, *META}

    @cached_property
    def _ids(self) -> dict[str, str]:
        """Rule ids by name; made when something is suppressed."""
        found = {meta.name: identity for identity, meta in self.options.rules.items()}
        for identity, fallback in META.items():
            found.setdefault(fallback[0], identity)
        return found

    def directive(self, directive: Directive) -> list[_Active]:
        if directive.fault:
            self.report("META004", directive.span, f"Suppression without effect: {directive.fault}")
            return []
        path, first, last = directive.span.path, directive.first, directive.last

        def covers(finding: Finding, address: str) -> bool:  # noqa: ARG001
            span = finding.location.span
            if span.path == path and first <= span.start_line <= last:
                return True
            subject = finding.subject
            if subject is None or subject.path != path:
                return False
            header = subject.locator.locate(()).span
            lines = [header.start_line]
            body = getattr(subject.locator, "body", None)  # of a template's resource
            if body is not None:
                lines.append(body().span.start_line)  # the line of its Type
            return header.path == path and any(first <= line <= last for line in lines)

        return self._active(
            directive.rules, directive.span, directive.reason, directive.until, covers
        )

    def entry(self, entry: IgnoreEntry) -> list[_Active]:
        path = PathGlob(entry.path) if entry.path else None
        address = _address_pattern(entry.address) if entry.address else None

        def covers(finding: Finding, place: str) -> bool:
            if path is not None and not path.matches(seen_from(entry.base, finding.path)):
                return False
            return address is None or address(finding, place)

        return self._active((entry.rule,), entry.span, entry.reason, entry.until, covers)

    def _active(
        self,
        words: Sequence[str],
        span: Span,
        reason: str,
        until: date | None,
        covers: Callable[[Finding, str], bool],
    ) -> list[_Active]:
        options = self.options
        if not reason:
            self.report("META001", span, f"No reason is given for ignoring {', '.join(words)}")
            if options.require_reason:
                return []
        if until is not None and until < options.today:
            named = ", ".join(words)
            self.report("META002", span, f"Expired on {until}: {named} is reported again")
            return []
        if options.max_days is not None and (
            until is None or until > options.today + timedelta(options.max_days)
        ):
            latest = options.today + timedelta(options.max_days)
            self.report(
                "META004",
                span,
                f"Suppression without effect: it must end within {options.max_days} days; "
                f"write until={latest} or earlier",
            )
            return []
        active: list[_Active] = []
        for word in words:
            identity = self._ids.get(word.lower(), word.upper())
            if identity not in self._known:
                hint = did_you_mean(word, (*self._known, *self._ids))
                self.report("META004", span, f"There is no rule {printable(word, 60)}{hint}")
            else:
                active.append(_Active(identity, word, span, reason, until, covers, self))
        return active

    def report(self, identity: str, span: Span, message: str) -> None:
        if identity in self.options.muted:
            return
        self.result.findings.append(self._finding(identity, span, message))

    def _finding(self, identity: str, span: Span, message: str) -> Finding:
        meta = self.options.rules.get(identity)
        name, title, severity, rationale, remediation = META[identity]
        if meta is not None:
            name, severity = meta.name, meta.severity
            rationale, remediation = meta.rationale, meta.remediation
        return Finding(
            rule=identity,
            name=name,
            area="META",
            severity=self.options.severities.get(identity, severity),
            confidence=Confidence.HIGH,
            verdict=Verdict.FAIL,
            message=message or title,
            location=Location(span),
            address="",
            object=printable(message, 200),
            rationale=rationale,
            remediation=remediation,
        )


def _address_pattern(glob: str) -> Callable[[Finding, str], bool]:
    """Matches an address, or an address and the finding's object joined by a dot.

    What matches the address of a block matches all its instances.
    """
    from fnmatch import translate
    from re import compile as compile_pattern

    # Brackets are part of addresses (count.index, Steps[Train]): they stand for themselves.
    pattern = compile_pattern(translate(glob.replace("[", "[[]")))

    def matches(finding: Finding, address: str) -> bool:
        names = dict.fromkeys((address, without_keys(address)))
        return bool(pattern.match(finding.object)) or any(
            pattern.match(name) or pattern.match(f"{name}.{finding.object}") for name in names
        )

    return matches


def _fingerprint(findings: Sequence[Finding], prefix: str) -> None:
    """From the rule, the file and what is said; never from line numbers."""
    seen: Counter[str] = Counter()
    for finding in findings:
        core = "\x00".join((finding.rule, prefix + finding.path, finding.message))
        number = seen[core]
        seen[core] += 1
        text = f"{core}\x00{number}" if number else core
        finding.fingerprint = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
