"""Run the examples of rules, and check that they would notice a broken rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.record import entity, field, record, replace
from linter.core.regex import lazy_regex
from linter.core.sources import Location
from linter.policy.checks import CheckError, load_check
from linter.policy.examples import Example, Examples
from linter.policy.findings import FindingMaker, finish
from linter.policy.jsonpath import parse_path
from linter.policy.levels import Levels
from linter.policy.model import Context, Costs, Finding, Subject, Verdict
from linter.policy.parameters import effective
from linter.policy.rule import Rule, Target
from linter.policy.runner import BoundTarget
from linter.policy.selector import select
from linter.policy.subjects import SubjectIndex
from linter.project.model import Project

_LINE_COLUMN = lazy_regex(r"(?:([^:$]+):)?([0-9]+):([0-9]+)")


@record
class Failure:
    """An example that did not come out as the file says, or a change that no example noticed."""

    rule: str
    file: str
    line: int
    example: str
    reason: str


@entity
class TestReport:
    """What ``rules test`` found."""

    __test__ = False

    rules: int = 0
    examples: int = 0
    mutations: int = 0
    failures: list[Failure] = field(default_factory=list)


@entity
class _Judged:
    """What a rule says of one example."""

    findings: list[Finding]
    applied: int
    targets: set[int]
    """Indices of the targets that gave a failure."""

    @property
    def verdict(self) -> Verdict:
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.FAIL in verdicts:
            return Verdict.FAIL
        return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.PASS


def run_examples(
    rule: Rule,
    examples: Examples,
    report: TestReport,
    *,
    mutate: bool = True,
    costs: Costs | None = None,
) -> None:
    """Run a rule's examples and mutations; what is wrong is added to the report.

    ``costs`` is what rules about prices ask; without it they are undecided.
    """
    report.rules += 1
    projects: dict[str, SubjectIndex] = {}
    failing_targets: set[int] = set()
    good = True
    for example in examples.all:
        report.examples += 1
        try:
            index = projects[example.name] = SubjectIndex(load_example(example))
            judged = judge(rule, example, index, costs)
        except Exception as error:  # a rule's bug is a failed test, with its cause
            reason = f"{type(error).__name__}: {error}"
            if isinstance(error, CheckError):
                reason = str(error)
            report.failures.append(Failure(rule.id, rule.file, example.line, example.name, reason))
            good = False
            continue
        failing_targets |= judged.targets
        for reason in _differences(example, judged, index):
            good = False
            report.failures.append(Failure(rule.id, rule.file, example.line, example.name, reason))
    if not good:
        return
    for number, target in enumerate(rule.targets):
        if number not in failing_targets:
            reason = f"no failing example for the target {target.subject}"
            report.failures.append(Failure(rule.id, rule.file, 1, "", reason))
    if mutate:
        for change, mutant in mutants(rule):
            report.mutations += 1
            if not _noticed(mutant, examples, projects, costs):
                reason = f"no example notices that {change}"
                report.failures.append(Failure(rule.id, rule.file, 1, "", reason))


def load_example(example: Example) -> Project:
    """The project that an example's files make."""
    from linter.project.load import load_texts

    project = load_texts(example.files)
    if example.before is not None:
        from linter.project.earlier import Earlier

        project.earlier = Earlier(load_texts(example.before), {})
    return project


def judge(rule: Rule, example: Example, index: SubjectIndex, costs: Costs | None) -> _Judged:
    parameters = effective(rule.id, rule.meta.parameters, example.parameters)
    context = Context(index.project, parameters, costs)
    maker = FindingMaker(index.project, Levels())
    findings: list[Finding] = []
    applied = 0
    targets: set[int] = set()
    for number, target in enumerate(rule.targets):
        check = load_check(rule, target) if target.check else None
        bound = BoundTarget(rule, target, parameters, check)
        for subject in _subjects(index, target):
            applied += 1
            outcomes = bound.run(subject, context) or ()
            all_made = (maker.make(rule, subject, outcome, False) for outcome in outcomes)
            made = [finding for finding in all_made if finding is not None]
            findings.extend(made)
            if any(finding.verdict is Verdict.FAIL for finding in made):
                targets.add(number)
    return _Judged(finish(findings, index.project), applied, targets)


def _subjects(index: SubjectIndex, target: Target) -> Iterator[Subject]:
    for key in target.keys:
        yield from index.get(key)


def _differences(example: Example, judged: _Judged, index: SubjectIndex) -> Iterator[str]:
    """Why an example did not come out as it says."""
    found = [f for f in judged.findings if f.verdict is example.verdict]
    if judged.verdict is not example.verdict:
        shown = "; ".join(_shown(f) for f in judged.findings[:3])
        if example.verdict is not Verdict.PASS and not judged.findings and judged.applied == 0:
            shown = f"the rule applies to nothing in it{_problems(index.project)}"
        elif not judged.findings:
            shown = f"it passes{_problems(index.project)}"
        yield f"should {_WORDS[example.verdict]}, but {_BUT[judged.verdict]}: {shown}"
        return
    if example.verdict is Verdict.PASS:
        if example.applies and judged.applied == 0:
            yield (
                "shows nothing: the rule applies to nothing in it "
                f"(say applies: false if that is meant){_problems(index.project)}"
            )
        if not example.applies and judged.applied:
            yield "says applies: false, but the rule applies"
        return
    if example.count is not None and len(found) != example.count:
        shown = "; ".join(_shown(f) for f in found[:5])
        yield f"should give {example.count} findings, gives {len(found)}: {shown}"
    if example.message and not any(example.message in f.message for f in found):
        yield f"no message contains {example.message!r}: {_shown(found[0])}"
    if example.object and not any(f.object.endswith(example.object) for f in found):
        yield f"no finding's object ends with {example.object!r}: it is {found[0].object!r}"
    if example.severity and not any(f.severity.word == example.severity for f in found):
        yield f"the severity is {found[0].severity.word}, not {example.severity}"
    if example.at and not any(_is_at(f, example.at) for f in found):
        yield f"no finding is at {example.at}: {_shown(found[0])}"


_WORDS = {Verdict.FAIL: "fail", Verdict.PASS: "pass", Verdict.UNKNOWN: "be unknown"}
_BUT = {
    Verdict.FAIL: "it fails",
    Verdict.PASS: "nothing is found",
    Verdict.UNKNOWN: "it is unknown",
}


def _problems(project: Project) -> str:
    if not project.problems:
        return ""
    return f" (reading it: {project.problems[0].message})"


def _shown(finding: Finding) -> str:
    span = finding.location.span
    because = f" because {finding.because}" if finding.because else ""
    return f"{span.path}:{span.start_line}:{span.start_column} {finding.message!r}{because}"


def _is_at(finding: Finding, at: str) -> bool:
    """Whether a finding points at ``line:column`` or at a path of its subject."""
    span = finding.location.span
    match = _LINE_COLUMN.fullmatch(at)
    if match:
        same_file = match[1] is None or match[1] == span.path
        return same_file and (span.start_line, span.start_column) == (int(match[2]), int(match[3]))
    subject = finding.subject
    if subject is None:
        return False
    places: list[Location] = []
    for value in (subject.value, subject.raw):
        for found in select(parse_path(at), value):
            places.append(subject.locator.locate(found.path))
            places.append(subject.locator.locate_key(found.path))
    return any(place.span == span for place in places)


# Mutations: each test turned round must be noticed.


def mutants(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """(what was changed, the changed rule) for each test of its conditions."""
    for number, target in enumerate(rule.targets):
        for part in ("when", "require"):
            conditions: list[dict[str, Any]] = getattr(target, part)
            for index, condition in enumerate(conditions):
                for change, mutant in _mutate(condition):
                    changed = [*conditions[:index], mutant, *conditions[index + 1 :]]
                    targets = list(rule.targets)
                    targets[number] = (
                        replace(target, when=changed)
                        if part == "when"
                        else replace(target, require=changed)
                    )
                    words = f"in {part} of {target.subject}, {change}"
                    yield words, rule.with_targets(tuple(targets))


def _mutate(condition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for word in ("all", "any"):
        if word in condition:
            items = condition[word]
            for index, item in enumerate(items):
                for change, mutant in _mutate(item):
                    yield change, {word: [*items[:index], mutant, *items[index + 1 :]]}
            return
    if "not" in condition:
        for change, mutant in _mutate(condition["not"]):
            yield change, {"not": mutant}
        return
    tests = ", ".join(f"{name}: {_operand(value)}" for name, value in condition["tests"].items())
    yield f"{condition['path']} {tests} is negated", {"not": condition}


def _operand(value: Any) -> str:
    if isinstance(value, dict) and "steps" in value:
        return str(value["path"])
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _noticed(
    mutant: Rule, examples: Examples, projects: dict[str, SubjectIndex], costs: Costs | None
) -> bool:
    for example in examples.all:
        try:
            judged = judge(mutant, example, projects[example.name], costs)
        except Exception:
            return True  # a mutant that crashes is noticed
        if judged.verdict is not example.verdict:
            return True
        if next(_differences(example, judged, projects[example.name]), None):
            return True
    return False
