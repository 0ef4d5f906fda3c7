"""What is known of an open file: findings, prices of its steps, and edits; nothing of a protocol.

A file is looked at with what it takes part in, as the hook does it: a Terraform file with its
module and those that call it, a template with the roots that read it. That is its *unit*. Which
files are in it is found on the disk when the file is opened; from then on the texts of the editor
take the place of those on the disk, and only units that a change touches are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linter.cli.session import Session
from linter.core.documents import Problem
from linter.core.secrets import masked
from linter.core.sources import Source, Span
from linter.policy.model import Finding, Verdict
from linter.project.load import load_texts
from linter.reports.amounts import at_least, spread, usd

if TYPE_CHECKING:
    from linter.config.model import Config
    from linter.domain.pipeline import Pipeline
    from linter.fixing.fix import Fixes
    from linter.gate.review import Review
    from pricing.model import CostReport, PipelineEstimate, StepEstimate

REASON = "TODO: say why this is right"
"""Of a suppression that the editor writes, for the author to put in."""


@dataclass
class Replacement:
    """``text`` in place of the characters from ``start`` to ``end`` of a file's text."""

    path: str
    start: int
    end: int
    text: str


@dataclass
class Action:
    """Something that an edit does about a finding. ``safe``: it may be taken without a look."""

    title: str
    edits: list[Replacement]
    finding: Finding | None = None
    safe: bool = False
    creates: str = ""
    """A file that is made first."""


@dataclass
class Lens:
    """A line above a piece of text."""

    span: Span
    title: str


@dataclass
class Unit:
    """A file and what it takes part in, as on the disk when it was read."""

    path: str
    texts: dict[str, str] = field(default_factory=dict)
    analysis: Analysis | None = None
    changes: int = 0
    """How often a text in it has changed: a look that took longer than that is of no use."""

    def has(self, path: str, before: str | None, after: str | None) -> bool:
        """Whether a change concerns it; ``None`` is the text on the disk."""
        if path == self.path:
            return True
        disk = self.texts.get(path)
        if disk is None:
            return False
        return (disk if before is None else before) != (disk if after is None else after)


class Analysis:
    """One look at a unit. Raises :class:`click.ClickException` for settings that cannot be used.

    Args:
        path: the file it is about, as reports name it.
        texts: all texts of the unit, those of the editor in place of those on the disk.
        prices: whether steps are priced.
    """

    def __init__(self, path: str, texts: Mapping[str, str], *, prices: bool = True) -> None:
        self.path = path
        self.texts = dict(texts)
        self._session = Session((path,), {"hook": True})
        project = load_texts(self.texts, self._session.load_options())
        self._project = project
        self.report: CostReport | None = self._session.price(project) if prices else None
        self.review: Review = self._session.review(project, prices=prices)
        self._actions: dict[str, list[Action]] = {}

    @property
    def findings(self) -> list[Finding]:
        """What fails in the file, one for one decision."""
        return [
            finding
            for finding in self.review.visible_findings
            if finding.verdict is Verdict.FAIL and finding.path == self.path
        ]

    @property
    def problems(self) -> list[Problem]:
        """What of the file could not be read."""
        return [problem for problem in self.review.unread if problem.span.path == self.path]

    def _deployments(self) -> Iterator[tuple[Pipeline, PipelineEstimate]]:
        if self.report is None:
            return
        by_identity = {estimate.identity: estimate for estimate in self.report.pipelines}
        for pipeline in self._project.pipelines:
            estimate = by_identity.get((pipeline.document.root, pipeline.address))
            if estimate is not None:
                yield pipeline, estimate

    def steps(self) -> Iterator[tuple[Span, Pipeline, PipelineEstimate, StepEstimate]]:
        """Every priced step that is written in the file, with the text of the whole step."""
        for pipeline, estimate in self._deployments():
            for step in estimate.steps:
                span = pipeline.locator.locate(step.object_path).span
                if step.object_path and span.path == self.path:
                    yield span, pipeline, estimate, step

    def lenses(self) -> list[Lens]:
        """Dollars for a run, at each step and each pipeline of the file."""
        found: dict[Span, list[str]] = {}
        for pipeline, estimate in self._deployments():
            span = pipeline.document.locate().span
            if span.path == self.path:
                run = at_least(estimate.per_run, estimate.complete_run)
                month = at_least(estimate.per_month, estimate.complete)
                said = f"{pipeline.title}: {run} a run, {month} a month ({estimate.runs_said})"
                found.setdefault(_first_line(span), []).append(said)
        for span, _, estimate, step in self.steps():
            said = price_of(step)
            if not step.free and not step.unpriced:
                said += f", {usd(estimate.monthly(step.share).expected)} a month"
            several = found.setdefault(_first_line(span), [])
            if said not in several:
                several.append(said)
        return [Lens(span, masked(_joined(titles))) for span, titles in sorted(found.items())]

    def hover(self, line: int, column: int) -> str:
        """Markdown about what is at a place: the rules that fail there, the step's price."""
        parts = [
            _of_finding(finding)
            for finding in self.findings
            if any(_holds(span, line, column) for span in places_of(finding, self.path))
        ]
        narrowest = sorted(
            (found for found in self.steps() if _holds(found[0], line, column)),
            key=lambda found: found[0].end_line - found[0].start_line,
        )
        seen: set[str] = set()
        for span, _, estimate, step in narrowest:
            if span != narrowest[0][0]:
                break
            text = _of_step(estimate, step)
            if text not in seen:
                seen.add(text)
                parts.append(text)
        return masked("\n\n---\n\n".join(parts))

    def actions(self, first: int, last: int) -> list[Action]:
        """Edits for what is found on lines ``first`` to ``last``: fixes, then suppressions."""
        chosen = [
            finding
            for finding in self.findings
            if any(
                span.start_line <= last and span.end_line >= first
                for span in places_of(finding, self.path)
            )
        ]
        made: list[Action] = []
        for finding in chosen:
            if finding.fingerprint not in self._actions:
                self._actions[finding.fingerprint] = list(self._fixes(finding))
            made += self._actions[finding.fingerprint]
        return made + [action for finding in chosen for action in self._suppressions(finding)]

    def fix_all(self) -> list[Replacement]:
        """Every safe fix of the file."""
        result = self._fixed(lambda finding: finding.path == self.path, unsafe=False)
        return self._replacements(result.texts)

    @property
    def _config(self) -> Config:
        return self._session.config_of(self.path)

    def _fixes(self, finding: Finding) -> Iterator[Action]:
        if not finding.fixable:
            return
        wanted = {(f.rule, f.path, f.address, f.object) for f in finding.members or (finding,)}
        for unsafe in (False, True):
            result = self._fixed(
                lambda f: (f.rule, f.path, f.address, f.object) in wanted, unsafe=unsafe
            )
            if result.texts:
                mark = ": may change what you wanted" if unsafe else ""
                title = f"Fix {finding.rule} {finding.name}{mark}"
                yield Action(title, self._replacements(result.texts), finding, safe=not unsafe)
                return

    def _fixed(self, wanted: Callable[[Finding], bool], *, unsafe: bool) -> Fixes:
        from linter.fixing.fix import fix_all
        from linter.policy.selection import Selector

        session, project = self._session, self._project

        def lint(changed: dict[str, str] | None) -> tuple[list[Finding], Mapping[str, Source]]:
            if changed is None:
                review, current = self.review, project
            else:
                current = load_texts({**self.texts, **changed}, session.load_options())
                review = session.review(current, prices=False)
            return [f for f in review.single_findings if wanted(f)], current.sources

        parts = session.parts(project.sources, baseline=False)
        policies = [
            (
                {rule.id: rule for rule in part.rules},
                Selector(part.rules).parameters(part.selection),
            )
            for part in parts.parts
        ]
        return fix_all(
            project.sources,
            session.rules.rules,
            lint,
            unsafe=unsafe,
            policy_of=lambda path: policies[parts.of(path)],
        )

    def _suppressions(self, finding: Finding) -> Iterator[Action]:
        from linter.gate.add_ignores import add_ignores

        config = self._config
        members = [f for f in finding.members or (finding,) if f.path == self.path]
        added = add_ignores(members, self._project.sources, REASON, None, config.seen)
        title = f"Suppress {finding.rule} {finding.name} here"
        if added.texts:
            yield Action(title, self._replacements(added.texts), finding)
        elif added.entries:
            from pathlib import Path

            from linter.config.load import FILE_NAME

            file = Path(config.path or FILE_NAME)
            if file.name != FILE_NAME:
                return  # tables of pyproject.toml have other names
            before = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
            gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
            edit = Replacement(file.as_posix(), len(before), len(before), f"{gap}{added.entries}")
            creates = "" if file.is_file() else file.as_posix()
            yield Action(f"{title} (in {file.as_posix()})", [edit], finding, creates=creates)

    def _replacements(self, texts: Mapping[str, str]) -> list[Replacement]:
        return [
            edit for path in sorted(texts) for edit in changes(path, self.texts[path], texts[path])
        ]


def units_texts(path: str) -> dict[str, str]:
    """The texts of a file's unit, from the disk. Raises :class:`click.ClickException`."""
    project = Session((path,), {"hook": True}).load()
    return {name: source.text for name, source in project.sources.items()}


def changes(path: str, before: str, after: str) -> list[Replacement]:
    """What makes one text of another, by whole lines."""
    from difflib import SequenceMatcher

    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Replacement(path, starts[first], starts[last], "".join(new[from_:to]))
        for tag, first, last, from_, to in matcher.get_opcodes()
        if tag != "equal"
    ]


def places_of(finding: Finding, path: str) -> list[Span]:
    """Where a finding is in a file: its own place, and those of the others it stands for."""
    members: Sequence[Finding] = finding.members or (finding,)
    return [member.location.span for member in members if member.path == path]


def price_of(step: StepEstimate) -> str:
    """A step's dollars for a run, for people."""
    if step.free:
        return "no charge"
    said = f"{at_least(step.total, step.complete)} a run"
    return f"{said} ({step.basis.words})" if step.basis.words else said


def _first_line(span: Span) -> Span:
    return Span(span.path, span.start_line, span.start_column, span.start_line, span.start_column)


_JOINED = 3


def _joined(titles: list[str]) -> str:
    """Of what is deployed several times: the first few, and how many more."""
    more = f" and {len(titles) - _JOINED} more" if len(titles) > _JOINED else ""
    return " | ".join(titles[:_JOINED]) + more


def _holds(span: Span, line: int, column: int) -> bool:
    start, end = (span.start_line, span.start_column), (span.end_line, span.end_column)
    return start <= (line, column) <= end


def _of_finding(finding: Finding) -> str:
    from linter.reports.escape import markdown

    head = f"**{finding.rule} {finding.name}** ({finding.severity.word})"
    if finding.page:
        head = f"[{head}]({finding.page})"
    lines = [head, markdown(finding.message, 600)]
    if finding.savings is not None and finding.savings.high > 0:
        saves = finding.savings
        lines.append(
            f"Fixing it saves about **{usd(saves.expected)} a month**.".replace("$", "\\$")
        )
    lines += [finding.rationale.strip(), finding.remediation.strip()]
    return "\n\n".join(line for line in lines if line)


def _of_step(estimate: PipelineEstimate, step: StepEstimate) -> str:
    from linter.reports.escape import markdown

    machine = step.instance_type or ""
    count = step.instance_count
    if machine and count is not None and count.low == count.high:
        machine = f"{count.low.normalize():f} × {machine}"
    rows = [
        f"**Step {markdown(step.name)}** of {markdown(estimate.name)}: {markdown(price_of(step))}"
    ]
    if machine:
        spot = " on Spot" if step.spot else ""
        hour = f", {usd(step.usd_per_hour)} an hour each" if step.usd_per_hour is not None else ""
        rows.append(f"- {markdown(machine)}{spot}{markdown(hour)}")
    if step.hours is not None:
        hours = step.hours.range
        rows.append(f"- {hours.low:.2f} to {hours.high:.2f} hours, {hours.expected:.2f} expected")
    month = estimate.monthly(step.share)
    if step.unpriced:
        rows.append(f"- not priced: {markdown(step.unpriced)}")
    elif not step.free:
        rows.append(f"- {markdown(usd(month.expected))} a month: {markdown(estimate.runs_said)}")
    for name, amount in (
        ("compute", step.compute),
        ("storage", step.storage),
        ("other", step.other),
    ):
        if amount.high > 0:
            rows.append(f"- {name} {markdown(spread(amount))}")
    rows += [
        f"- {saving.kind} saves {markdown(spread(saving.usd_per_month))} a month:"
        f" {markdown(saving.how)}"
        for saving in estimate.savings
        if saving.step == step.name and saving.applied
    ]
    return "\n".join([rows[0], "", *rows[1:]])


class Units:
    """The units of open files, and the texts that the editor has of files."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}
        self.open: dict[str, str] = {}
        """Texts of the editor, by path."""

    def changed(self, path: str, text: str) -> list[str]:
        """The open files whose units the change touches."""
        before, self.open[path] = self.open.get(path), text
        return self._stale(path, before, text)

    def closed(self, path: str) -> list[str]:
        before = self.open.pop(path, None)
        self._units.pop(path, None)
        return self._stale(path, before, None)

    def forget(self) -> list[str]:
        """Something on the disk has changed: every unit is found anew. The open files."""
        self._units.clear()
        return list(self.open)

    def _stale(self, path: str, before: str | None, after: str | None) -> list[str]:
        """The open files for whose units a file has another text now than it had."""
        touched = [unit for unit in list(self._units.values()) if unit.has(path, before, after)]
        for unit in touched:
            unit.analysis = None
            unit.changes += 1
        return [unit.path for unit in touched if unit.path in self.open]

    def analysis(self, path: str) -> Analysis | None:
        """What is known of an open file, worked out where a change asks for it.

        Raises :class:`click.ClickException` for settings that cannot be used.
        """
        while (text := self.open.get(path)) is not None:
            unit = self._units.get(path)
            if unit is None:
                unit = self._units[path] = Unit(path, units_texts(path))
            changes = unit.changes
            found = unit.analysis
            if found is None:
                texts = {name: self.open.get(name, old) for name, old in unit.texts.items()}
                found = Analysis(path, {**texts, path: text})
            if unit.changes == changes:
                unit.analysis = found
                return found
        return None
