"""One rule on one subject: a verdict, and what is wrong or undecided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from linter.core.documents import Path, knows_missing
from linter.core.reads import watching
from linter.core.record import replace
from linter.core.sources import Location
from linter.core.truth import Truth
from linter.core.values import MISSING, OpenDict, Unknown, lookup, references_of, walk
from linter.domain.pipeline import Pipeline
from linter.policy.conditions import MAX_WORLDS, Evidence, Node, World, build
from linter.policy.helpers import unknown, why_unknown
from linter.policy.jsonpath import Steps, freeze, show_path
from linter.policy.messages import display, render
from linter.policy.model import Context, Outcome, Severity, Subject, Verdict
from linter.policy.places import place, value_at
from linter.policy.rule import STEP_KIND, Rule, Target
from linter.policy.selector import select, type_word
from linter.policy.supposing import open_effect, with_alternatives, with_each_effect
from linter.project.model import Project

Check = Callable[[Subject, Context], Iterable[Outcome]]

PASSED: list[Outcome] = []
MAX_OUTCOMES = 1000
"""More outcomes of one rule on one subject than anyone reads; the rest is cut."""

_OPAQUE_KINDS = (STEP_KIND, "iam.statement")
"""Kinds whose Python checks never see a wholly unknown subject: it is unknown for every rule."""


def _asked(check: Check, subject: Subject, context: Context) -> list[Outcome]:
    """What a check says; undecided where it says nothing and could not read what it asked for."""
    with watching() as reads:
        found = list(islice(check(subject, context), MAX_OUTCOMES))
    for outcome in found:
        if not isinstance(outcome, Outcome):
            raise TypeError(f"a check yields outcomes, not {type(outcome).__name__}")
    if not found and reads.unknowns:
        forms = with_alternatives(subject, reads.unknowns)
        if forms is not None and not any(_asked(check, form, context) for form in forms):
            return []  # it is one of a few values, and none of them is wrong
    return found or list(_unread(subject, reads.unknowns))


def _supposing(check: Check, subject: Subject, context: Context, effect: Any) -> list[Outcome]:
    """What a check says of a statement whose effect is not known."""
    answers = [_asked(check, supposed, context) for supposed in with_each_effect(subject)]
    if not any(answers):
        return []
    if all(any(o.verdict is Verdict.FAIL for o in answer) for answer in answers):
        return answers[0]  # wrong whatever the effect is
    return [unknown(effect, ("Effect",))]


def _unread(subject: Subject, unknowns: list[Any]) -> Iterator[Outcome]:
    """What a check that says nothing could not read: its silence is no pass."""
    if isinstance(subject.value, Unknown):
        unknowns = [subject.value]
        if subject.kind == "pipeline" and subject.domain.not_read:
            return  # which is said of the definition as a whole
    elif not unknowns and subject.kind == "pipeline":
        unknowns = _of_pipeline(subject.domain)
    elif not unknowns and subject.kind == "project":
        unknowns = [item for one in subject.domain.pipelines for item in _of_pipeline(one)]
    if not unknowns:
        return
    first = unknowns[0]
    if subject.kind == "project":
        yield unknown(list(dict.fromkeys(unknowns)), location=_place_in(subject.domain, first))
        return
    at = next((path for path, value in subject.nodes if value is first), None)
    if at is None:
        opened = (p for p, v in subject.nodes if isinstance(v, OpenDict) and v.rest is first)
        at = next(opened, ())
    yield unknown(list(dict.fromkeys(unknowns)), at)


def _place_in(project: Project, wanted: Any) -> Location | None:
    """Where in the scan an unknown stands; ``None`` where it was made up while reading."""
    for pipeline in project.pipelines:
        for path, value in walk(pipeline.definition):
            if value is wanted or (isinstance(value, OpenDict) and value.rest is wanted):
                return pipeline.locator.locate(path)
    for document in project.documents:
        for path, value in walk(document.value):
            if value is wanted or (isinstance(value, OpenDict) and value.rest is wanted):
                return document.locate(path)
    return None


def _of_pipeline(pipeline: Pipeline) -> list[Any]:
    return [item for _, item in pipeline.unknown_steps] + list(pipeline.loose_ends)


class BoundTarget:
    """A rule's target, ready to run with the rule's parameters."""

    def __init__(
        self, rule: Rule, target: Target, parameters: Mapping[str, Any], check: Check | None
    ) -> None:
        self.rule = rule
        self.target = target
        self.parameters = parameters
        self.check = check
        self.when: list[Node] = [build(item, parameters) for item in target.when]
        self.require: list[Node] = [build(item, parameters) for item in target.require]
        report = target.report
        self.report_at: Steps | None = _steps(report.get("at"))
        self.report_else: Steps | None = _steps(report.get("else_at"))
        self.report_key = bool(report.get("key", False))
        self.about_arguments = target.subject == STEP_KIND and _asks_arguments(target.require)

    def run(self, subject: Subject, context: Context) -> list[Outcome] | None:
        """Outcomes that are not a pass; empty for a pass, ``None`` when the rule does not apply.

        A Python check that raises raises through.
        """
        if self.check is None:
            if self.about_arguments and not _has_arguments(subject):
                return None  # SYN002 says that there are none
            return self._run_data(subject)
        return self._run_check(subject, context, self.check)

    # Python checks

    def _run_check(self, subject: Subject, context: Context, check: Check) -> list[Outcome] | None:
        applies: Truth = True
        because: list[Evidence] = []
        if self.when:
            world = World(subject.value, {}, {})
            applies = _conjunction(self.when, world)
            if applies is None:
                because = _evidence(self.when, World(subject.value, {}, {}), None)
        if applies is False:
            return None
        if isinstance(subject.value, Unknown) and subject.kind in _OPAQUE_KINDS:
            return [self._finish(unknown(subject.value), subject)]
        effect = open_effect(subject)
        if effect is None:
            found = _asked(check, subject, context)
        else:
            found = _supposing(check, subject, context, effect)
        outcomes: list[Outcome] = []
        for outcome in found:
            if applies is None and outcome.verdict is Verdict.FAIL:
                reason, references = _why(because)
                outcome = replace(
                    outcome, verdict=Verdict.UNKNOWN, because=reason, references=references
                )
            outcomes.append(self._finish(outcome, subject))
        return outcomes

    def _finish(self, outcome: Outcome, subject: Subject) -> Outcome:
        """Fill in what the check left to the rule."""
        changes: dict[str, Any] = {}
        if outcome.severity is None and self.target.severity is not None:
            changes["severity"] = self.target.severity
        if not outcome.message:
            value = value_at(subject.value, outcome.at)
            changes["message"] = self._message(subject, outcome.at, value, outcome.verdict)
        if outcome.location is None and outcome.at == () and self.report_at is not None:
            changes["location"] = self._report_location(subject)
        return replace(outcome, **changes) if changes else outcome

    # Conditions

    def _run_data(self, subject: Subject) -> list[Outcome] | None:
        value = subject.value
        world = World(value, {}, {})
        verdict, applies = self._truth(world)
        if world.sizes:
            verdict, applies, world = self._over_worlds(value, world, verdict, applies)
        if not applies:
            return None
        if verdict is True:
            return PASSED
        chosen = world.chosen
        if verdict is False:
            evidence = _evidence(self.require, World(value, chosen, {}), False)
            return self._failures(subject, evidence)
        evidence = _evidence(self.when, World(value, chosen, {}), None)
        evidence += _evidence(self.require, World(value, chosen, {}), None)
        return [self._undecided(subject, evidence)]

    def _truth(self, world: World) -> tuple[Truth, bool]:
        """(what the rule says, whether it applies at all) in one world."""
        applies = _conjunction(self.when, world)
        if applies is False:
            return True, False
        holds = _conjunction(self.require, world)
        if applies is None and holds is False:
            holds = None
        return holds, True

    def _over_worlds(
        self, value: Any, first: World, verdict: Truth, applies: bool
    ) -> tuple[Truth, bool, World]:
        """The worst verdict over all combinations of the choices that are met."""
        worst = (verdict, applies, first)
        todo = _others({}, first.sizes)
        count = 1
        while todo and worst[0] is not False:
            chosen = todo.pop()
            world = World(value, chosen, {})
            truth, applies_here = self._truth(world)
            applies = applies or applies_here
            if truth is False or (truth is None and worst[0] is True):
                worst = (truth, True, world)
            todo.extend(_others(chosen, world.sizes))
            count += 1
            if count >= MAX_WORLDS and todo:
                if worst[0] is True:
                    worst = (None, True, world)
                break
        return worst[0], applies, worst[2]

    def _failures(self, subject: Subject, evidence: list[Evidence]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        seen: set[Path] = set()
        location, shown = self._report_place(subject)
        for path, value, _ in evidence or [Evidence((), MISSING, False)]:
            if path in seen:
                continue
            seen.add(path)
            value = value if shown is MISSING else shown
            outcomes.append(
                Outcome(
                    Verdict.FAIL,
                    path,
                    self.report_key,
                    self._message(subject, path, value, Verdict.FAIL),
                    severity=self.target.severity,
                    location=location,
                )
            )
            if location is not None or len(outcomes) >= MAX_OUTCOMES:
                break
        return outcomes

    def _undecided(self, subject: Subject, evidence: list[Evidence]) -> Outcome:
        reason, references = _why(evidence)
        path, value = (evidence[0].path, evidence[0].value) if evidence else ((), MISSING)
        return Outcome(
            Verdict.UNKNOWN,
            path,
            self.report_key,
            self._message(subject, path, value, Verdict.UNKNOWN),
            reason,
            references,
            severity=self.target.severity,
            location=self._report_location(subject),
        )

    # Reporting

    def _report_location(self, subject: Subject) -> Location | None:
        return self._report_place(subject)[0]

    def _report_place(self, subject: Subject) -> tuple[Location | None, Any]:
        """The fixed place that ``report`` names, if it names one, and the value there."""
        missing = knows_missing(subject.locator)
        for steps in (self.report_at, self.report_else):
            if steps is None or (missing and steps is self.report_else):
                continue
            for match in select(steps, subject.value):
                if match.value is not MISSING and not match.crossed:
                    value = match.value if steps is self.report_at else MISSING
                    return place(subject, match.path, key=self.report_key), value
        if self.report_at is not None:
            for match in select(self.report_at, subject.value):
                return place(subject, match.path, key=self.report_key), MISSING
        return None, MISSING

    def _message(self, subject: Subject, path: Path, value: Any, verdict: Verdict) -> str:
        if verdict is Verdict.UNKNOWN:
            title = self.rule.meta.title
            return f"{subject.title}: cannot tell whether this holds: {title}"
        target = self.target
        text = target.message
        if target.missing_message and (value is MISSING or value is None):
            text = target.missing_message

        def name(placeholder: str) -> str:
            if placeholder == "title":
                return subject.title
            if placeholder == "value":
                return display(value)
            if placeholder == "path":
                return show_path(path) or subject.label or subject.address or subject.title
            if placeholder == "type":
                return subject.type or subject.kind
            return short_name(subject)

        return render(text, name, self.parameters)

    @property
    def severity(self) -> Severity:
        return self.target.severity if self.target.severity is not None else self.rule.meta.severity


def short_name(subject: Subject) -> str:
    """A subject's own name: a step's, a pipeline's, the last part of a resource's address."""
    domain = subject.domain
    if subject.kind == STEP_KIND:
        return getattr(domain, "name", "") or subject.title
    if subject.kind == "pipeline":
        return str(getattr(domain, "title", subject.title))
    return subject.address.rpartition(".")[2] or subject.title


def _asks_arguments(conditions: Any) -> bool:
    """Whether conditions, in their data form, look at a step's arguments."""
    if isinstance(conditions, dict):
        steps = conditions.get("steps") or [()]
        return tuple(steps[0]) == ("key", "Arguments") or _asks_arguments([*conditions.values()])
    return isinstance(conditions, list) and any(map(_asks_arguments, conditions))


def _has_arguments(subject: Subject) -> bool:
    arguments = lookup(subject.value, "Arguments")
    return arguments is not MISSING and arguments is not None


def _steps(data: Any) -> Steps | None:
    return None if data is None or data == "match" else freeze(data)


def _conjunction(nodes: list[Node], world: World) -> Truth:
    result: Truth = True
    for node in nodes:
        truth = node.eval(world)
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _others(chosen: dict[Any, int], sizes: dict[Any, int]) -> list[dict[Any, int]]:
    """The combinations that differ from one just looked at in the choices it newly met."""
    found: list[dict[Any, int]] = []
    base = dict(chosen)
    for key, size in sizes.items():
        if key in base:
            continue
        found.extend({**base, key: index} for index in range(1, min(size, MAX_WORLDS + 1)))
        base[key] = 0
    return found


def _evidence(nodes: list[Node], world: World, wanted: Truth) -> list[Evidence]:
    """What made those of the conditions say ``wanted`` that do."""
    gathered: list[Evidence] = []
    for node in nodes:
        world.evidence = []
        if node.eval(world) is wanted:
            gathered.extend(world.evidence)
    return gathered


def _why(evidence: list[Evidence]) -> tuple[str, tuple[str, ...]]:
    """The reason in words, and the references that would decide it."""
    reasons: dict[str, None] = {}
    references: dict[str, None] = {}
    for path, value, _ in evidence[:20]:
        reason, _refs = why_unknown(value)
        references.update(dict.fromkeys(references_of(value)))
        if value is MISSING or value is None:
            reason = f"{show_path(path)} is not set"
        elif reason.startswith("it cannot"):
            reason = f"{show_path(path) or 'the value'} is {type_word(value)}"
        reasons.setdefault(reason)
    shown = list(reasons)[:3]
    return "; ".join(shown) or "too many combinations of parameter values", tuple(references)
