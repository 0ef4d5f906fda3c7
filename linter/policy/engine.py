"""Run the rules over a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from linter.policy.checks import CheckError, compute_fix, edit_place, load_check
from linter.policy.findings import FindingMaker, finish
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
from linter.policy.rule import Rule, Target
from linter.policy.runner import BoundTarget
from linter.policy.selection import Selection, SelectionError, Selector
from linter.policy.subjects import SubjectIndex
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
    selection = selection or Selection()
    selector = Selector(rules)
    run = _Run(project, selector, selection, timing, costs)
    for rule in selector.enabled(selection):
        run.rule(rule)
    ignored = selector.path_ignores(selection)
    findings = [
        finding
        for finding in run.findings
        if not any(finding.rule in ids and p.fullmatch(finding.path) for p, ids in ignored)
    ]
    run.result.findings = finish(findings, project)
    return run.result


def _effective(rule: Rule, configured: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return effective(rule.id, rule.meta.parameters, configured)
    except ParameterError as error:
        raise SelectionError(str(error)) from None


class _Run:
    def __init__(
        self,
        project: Project,
        selector: Selector,
        selection: Selection,
        timing: bool,
        costs: Costs | None,
    ) -> None:
        self.project = project
        self.subjects = SubjectIndex(project)
        self.configured = selector.parameters(selection)
        for identity, values in self.configured.items():
            _effective(selector.one(identity), values)
        self.maker = FindingMaker(project, selector.severities(selection))
        self.timing = timing
        self.costs = costs
        self.result = LintResult()
        self.findings: list[Finding] = []

    def rule(self, rule: Rule) -> None:
        if not any(self.subjects.get(key) for key in rule.keys):
            return  # and its conditions and checks are not even read
        start = perf_counter() if self.timing else 0.0
        parameters = _effective(rule, self.configured.get(rule.id, {}))
        context = Context(self.project, parameters, self.costs)
        crashes = 0
        for target in rule.targets:
            bound: BoundTarget | None = None
            for key in target.keys:
                for subject in self.subjects.get(key):
                    bound = bound or self._bind(rule, target, parameters)
                    if bound is None:
                        return
                    if not self._one(bound, subject, context):
                        crashes += 1
                        if crashes >= MAX_CRASHES_PER_RULE:
                            return
        if self.timing:
            self.result.seconds[rule.id] = perf_counter() - start

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
            if outcomes:
                self.findings.extend(
                    self.maker.make(bound.rule, subject, outcome, _fixable(bound, subject, outcome))
                    for outcome in outcomes
                )
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
        if outcomes is not None and not outcomes:
            self.result.passed += 1
        return True


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
