"""Run the rules over a project."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from time import perf_counter
from typing import Any

from linter.core.paths import seen_from
from linter.core.record import record
from linter.core.tally import TALLY
from linter.policy.checks import CheckError, compute_fix, edit_place, load_check
from linter.policy.findings import FindingMaker, finish, location_of
from linter.policy.model import (
    CannotFixError,
    Context,
    Costs,
    Finding,
    LintResult,
    Outcome,
    RuleCrash,
    Subject,
    Verdict,
)
from linter.policy.parameters import ParameterError, effective
from linter.policy.rule import Key, Rule, Target
from linter.policy.runner import BoundTarget
from linter.policy.selection import Selection, SelectionError, Selector
from linter.policy.subjects import SubjectIndex
from linter.policy.variants import of_variants
from linter.project.model import Project

MAX_CRASHES_PER_RULE = 3
"""A rule that crashes this often is not run on further subjects."""


def lint(
    project: Project,
    rules: Sequence[Rule],
    selection: Selection | None = None,
    *,
    timing: bool = False,
    costs: Costs | None = None,
) -> LintResult:
    """Every enabled rule on every subject it applies to.

    Rules are dispatched by the kind and type of their subjects: one whose subjects do not occur
    costs a dictionary look-up. A rule that raises becomes a crash; the others still run. Rules
    about prices ask ``costs``; without it they cannot be decided.

    Raises:
        SelectionError: the selection names what does not exist, or a parameter is not valid.
    """
    whole = Part(rules, selection or Selection(), costs)
    return lint_parts(project, (whole,), lambda _: 0, timing=timing)


@record
class Part:
    """The rules of one configuration, and how they run on the files below it."""

    rules: Sequence[Rule]
    selection: Selection
    costs: Costs | None = None


def lint_parts(
    project: Project,
    parts: Sequence[Part],
    part_of: Callable[[str], int],
    *,
    timing: bool = False,
) -> LintResult:
    """Like :func:`lint`, where files have configurations of their own.

    A finding is judged by the configuration of the file it is reported in: which rules run, their
    parameters and severities. That is the subject's own file or, where a value comes from there,
    one of the root module that it is deployed with. What is reported in yet another file is judged
    with the parameters of the subject's file.

    Args:
        part_of: the number of the part that a path belongs to.
    """
    result = LintResult()
    index = SubjectIndex(project)
    split = _Split(index, part_of, len(parts))
    runs = [_Run(project, part, number, split, result) for number, part in enumerate(parts)]
    TALLY.of = sum(len(run.rules) for run in runs)
    for run in runs:
        run.all(runs, timing)
    findings = [
        finding
        for finding in result.findings
        if not runs[split.part_of(finding.path)].ignores(finding)
    ]
    result.findings = finish(of_variants(findings, project), project)
    return result


class _Split:
    """Subjects by the parts in whose files something may be reported about them."""

    def __init__(self, index: SubjectIndex, part_of: Callable[[str], int], parts: int) -> None:
        self._index = index
        self._asked = part_of
        self._parts = parts
        self._found: dict[Key, list[list[Subject]]] = {}

    def part_of(self, path: str) -> int:
        return self._asked(path) if self._parts > 1 else 0

    def get(self, key: Key, part: int) -> Sequence[Subject]:
        subjects = self._index.get(key)
        if self._parts == 1 or not subjects:
            return subjects
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = [[] for _ in range(self._parts)]
            for subject in subjects:
                for number in self.homes(subject):
                    found[number].append(subject)
        return found[part]

    def homes(self, subject: Subject) -> Collection[int]:
        """The parts that judge a subject: its file's and its root's; all for the whole project."""
        if self._parts == 1:
            return (0,)
        if subject.kind == "project":
            return range(self._parts)
        own = self._asked(subject.path)
        if subject.root.kind != "terraform":
            return (own,)
        return {own, self._asked(f"{subject.root.path}/")}


def _effective(rule: Rule, configured: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return effective(rule.id, rule.meta.parameters, configured)
    except ParameterError as error:
        raise SelectionError(str(error)) from None


class _Run:
    """The rules of one part on the subjects that concern it."""

    def __init__(
        self, project: Project, part: Part, number: int, split: _Split, result: LintResult
    ) -> None:
        selector = Selector(part.rules)
        self.project = project
        self.number = number
        self.split = split
        self.result = result
        self.costs = part.costs
        self.base = part.selection.base
        self.configured = selector.parameters(part.selection)
        for identity, values in self.configured.items():
            _effective(selector.one(identity), values)
        self.maker = FindingMaker(project, selector.levels(part.selection))
        self.rules = selector.enabled(part.selection)
        self.ids = {rule.id for rule in self.rules}
        self.ignored = selector.path_ignores(part.selection)
        self.runs: Sequence[_Run] = ()

    def all(self, runs: Sequence[_Run], timing: bool) -> None:
        """Run every rule of the part; ``runs`` are those of all parts."""
        self.runs = runs
        for rule in self.rules:
            start = perf_counter() if timing else 0.0
            self.rule(rule)
            TALLY.done += 1
            if timing:
                seconds = self.result.seconds
                seconds[rule.id] = seconds.get(rule.id, 0.0) + perf_counter() - start

    def ignores(self, finding: Finding) -> bool:
        """Whether ``per-path-ignores`` leaves a finding out."""
        if not self.ignored:
            return False
        path = seen_from(self.base, finding.path)
        return any(finding.rule in ids and p.matches(path) for p, ids in self.ignored)

    def rule(self, rule: Rule) -> None:
        if not any(self.split.get(key, self.number) for key in rule.keys):
            return  # and its conditions and checks are not even read
        parameters = _effective(rule, self.configured.get(rule.id, {}))
        context = Context(self.project, parameters, self.costs)
        crashes = 0
        for target in rule.targets:
            bound: BoundTarget | None = None
            for key in target.keys:
                for subject in self.split.get(key, self.number):
                    bound = bound or self._bind(rule, target, parameters)
                    if bound is None:
                        return
                    if not self._one(bound, subject, context):
                        crashes += 1
                        if crashes >= MAX_CRASHES_PER_RULE:
                            return

    def _bind(self, rule: Rule, target: Target, parameters: dict[str, Any]) -> BoundTarget | None:
        try:
            check = load_check(rule, target) if target.check else None
        except CheckError as error:
            self.result.crashes.append(RuleCrash(rule.id, "", rule.file, str(error)))
            return None
        return BoundTarget(rule, target, parameters, check)

    def _one(self, bound: BoundTarget, subject: Subject, context: Context) -> bool:
        """Judge one subject; False when the rule raised."""
        try:
            outcomes = bound.run(subject, context)
            for outcome in outcomes or ():
                self._found(bound, subject, outcome)
        except Exception as error:  # the one boundary: a rule's bug must not stop the others
            import traceback

            self.result.crashes.append(
                RuleCrash(
                    bound.rule.id,
                    subject.title,
                    subject.path,
                    f"{type(error).__name__}: {error}",
                    traceback.format_exc(),
                )
            )
            return False
        if outcomes is not None and not outcomes and self._owns(subject):
            self.result.passed += 1
        return True

    def _owns(self, subject: Subject) -> bool:
        """Whether the subject's own file is of this part; others may look at it, too."""
        return self.split.part_of(subject.path) == self.number

    def _found(self, bound: BoundTarget, subject: Subject, outcome: Outcome) -> None:
        """Keep a finding that is this part's to report."""
        location = location_of(subject, outcome)
        home = self.split.part_of(location.span.path)
        if home != self.number:
            if home in self.split.homes(subject) or not self._owns(subject):
                return  # that part finds it itself
            if bound.rule.id not in self.runs[home].ids:
                return
        fixable = _fixable(bound, subject, outcome)
        finding = self.runs[home].maker.make(bound.rule, subject, outcome, fixable, location)
        if finding is not None:
            fix = bound.target.fix
            finding.unsafe_fix = fixable and fix is not None and fix["safety"] == "unsafe"
            self.result.findings.append(finding)


def _fixable(bound: BoundTarget, subject: Subject, outcome: Outcome) -> bool:
    """Whether there is a fix; of one that is worked out, whether it can be."""
    fix = bound.target.fix
    if fix is None or outcome.verdict is not Verdict.FAIL:
        return False
    try:
        for edit in fix["edits"]:
            if "compute" in edit:
                compute_fix(
                    bound.rule,
                    edit["compute"],
                    subject,
                    edit_place(edit, outcome.at),
                    bound.parameters,
                )
    except CannotFixError:
        return False
    return True
