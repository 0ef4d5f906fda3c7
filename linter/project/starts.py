"""Which schedules, rules and callers start which pipeline.

A trigger starts a pipeline by its ARN, by the universal target of EventBridge Scheduler, or
through a caller: a Lambda function, a build or a state machine that can be seen to start it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from linter.core.documents import Document, Path, Problem
from linter.core.record import record, replace
from linter.core.values import MISSING, Choice, Template, Unknown, lookup, make_string
from linter.domain.pipeline import Parameter, Pipeline, typed_parameter
from linter.domain.schedules import SMALLEST, Schedule, ScheduleError, parse_day, parse_schedule
from linter.domain.starts import NO_RUNS, Runs, Start
from linter.project.model import Project
from linter.project.pipeline_callers import CALLERS, Call, calls_of
from linter.project.pipeline_names import Names
from linter.project.triggers import (
    PIPES,
    RULES,
    SCHEDULES,
    TARGETS,
    Target,
    Trigger,
    events_named,
    events_of,
    given,
    passed_parameters,
    targets_of,
    triggers_of,
)

MAX_ALTERNATIVES = 64
_UNIVERSAL = ":aws-sdk:sagemaker:startpipelineexecution"
_NOT_CERTAIN = "whether it starts this one is not known"


def link_starts(project: Project) -> None:
    """Fill ``Pipeline.starts``, and fix the parameters that all of a pipeline's starts pass.

    What AWS would refuse is added to the project's problems.
    """
    if project.pipelines and project.of_type(*RULES, *SCHEDULES, *PIPES, *CALLERS):
        _Linker(project).link()


@record
class _Fires:
    """How often a trigger fires: ``runs`` is ``None`` where that is not known."""

    runs: Runs | None
    because: str = ""


class _Linker:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._names = Names(project)
        self._starts: dict[int, list[Start]] = defaultdict(list)
        self._calls = calls_of(project, self._names)
        self._called: set[int] = set()
        self._fires: dict[tuple[int, Path], _Fires] = {}
        self._rules_by_name: dict[Any, list[Document]] = defaultdict(list)
        for rule in project.of_type(RULES[0]):
            name = given(rule.value, "name")
            if isinstance(name, str | Template):
                self._rules_by_name[name].append(rule)

    def link(self) -> None:
        for document in self._project.of_type(*SCHEDULES, *RULES, *PIPES):
            for target in targets_of(document):
                for trigger in triggers_of(document):
                    self._add(trigger, target)
        for document in self._project.of_type(*TARGETS):
            for target in targets_of(document):
                rules = self._rules_of(document)
                for rule, certain in rules:
                    for trigger in triggers_of(rule):
                        self._add(trigger, target, 0 if certain else len(rules))
        for caller, calls in self._calls.items():
            for trigger in events_of(caller):
                itself = Target(caller, MISSING, (), None)
                for call in calls:
                    self._call(call, caller, trigger, itself)
        for caller, calls in self._calls.items():
            self._add_uncalled(caller, calls)
        for pipeline in self._project.pipelines:
            pipeline.starts = [
                _checked(start, pipeline) for start in self._starts.get(id(pipeline), ())
            ]
            fixed = _fixed_parameters(pipeline)
            if fixed:
                pipeline.override(fixed)

    def _rules_of(self, target: Document) -> list[tuple[Document, bool]]:
        """The rules that a Terraform target is of, by reference or by name."""
        value = given(target.value, "rule")
        found = self._names.instances(value, target, RULES)
        if not found and isinstance(value, str | Template):
            same = self._names.near(target, self._rules_by_name.get(value, ()))
            found = [(rule, len(same) == 1) for rule in same]
        return found

    def _add(self, trigger: Trigger, target: Target, among: int = 0) -> None:
        """The starts that one target of a trigger makes, directly or through a caller.

        ``among`` is 0 where the target is certainly the trigger's, else how many it may be of.
        """
        document = target.document
        name, parameters = self._pipeline_named(target)
        pipelines = self._names.pipelines(name, document)
        for pipeline, sure in pipelines:
            doubt = among if sure else max(among, 1) * len(pipelines)
            self._start(pipeline, trigger, target, parameters, among=doubt)
        callers = self._names.instances(target.arn, document, CALLERS)
        for caller, sure in callers:
            for call in self._calls.get(caller, ()):
                self._call(call, caller, trigger, target, among if sure else len(callers))
        if not pipelines and not callers and _names_some_pipeline(target):
            possible = self._names.possible(name, document)
            for pipeline in itertools.islice(possible, MAX_ALTERNATIVES):
                self._start(pipeline, trigger, target, parameters, guessed=True)

    def _call(
        self, call: Call, caller: Document, trigger: Trigger, target: Target, among: int = 0
    ) -> None:
        self._called.add(id(caller))
        self._start(
            call.pipeline,
            trigger,
            target,
            call.parameters,
            through=f"{_kind(caller)} {caller.address}",
            among=among if call.certain else max(among, 1),
        )

    def _pipeline_named(self, target: Target) -> tuple[Any, dict[str, Any] | None]:
        """The ARN or name by which a target names a pipeline, and what it passes."""
        if not _is_universal(target.arn):
            return target.arn, target.parameters
        found = target.document.embedded.get(target.input)
        body = None if found is None else found.value
        parameters = passed_parameters(given(body, "PipelineParameters"))
        return given(body, "PipelineName"), parameters

    def _start(
        self,
        pipeline: Pipeline,
        trigger: Trigger,
        target: Target,
        parameters: dict[str, Any] | None,
        *,
        through: str = "",
        among: int = 0,
        guessed: bool = False,
    ) -> None:
        """Add a start. ``among`` is 0 for a certain one, else how many starts it may be one of;
        ``guessed`` is one of which nothing says that it starts this pipeline."""
        document = trigger.document
        fires = self._fires_of(trigger)
        scheduled = trigger.expression is not MISSING
        enabled = _enabled(trigger)
        runs, because = fires.runs, fires.because
        doubts = [because] if because else []
        if enabled is False:
            runs, doubts = NO_RUNS, ["is disabled"]
        elif enabled is None:
            doubts.append("whether it is enabled is not known")
        if enabled is not False:
            if document.maybe or target.document.maybe:
                doubts.append("it may not exist")
            if among:
                doubts.append(_NOT_CERTAIN)
            if guessed:
                runs, doubts = None, ["which pipeline it starts is not known"]
        elif guessed:
            return
        certain = enabled is False or len(doubts) == bool(because)
        if runs is not None:
            times = target.document.instances
            low = runs.low if certain else Decimal(0)
            expected = (runs.expected * times / max(among, 1)).quantize(SMALLEST)
            runs = Runs(low * times, max(low, expected), runs.high * times)
        span = document.locate(trigger.place).span
        self._starts[id(pipeline)].append(
            Start(
                "schedule" if scheduled else "event",
                document.address,
                span.path,
                span.start_line,
                _shown(trigger.expression) if scheduled else "",
                enabled,
                runs,
                "; ".join(doubts),
                through,
                None if guessed else parameters,
                certain=certain and not guessed,
            )
        )

    def _fires_of(self, trigger: Trigger) -> _Fires:
        key = id(trigger.document), trigger.place
        if key not in self._fires:
            self._fires[key] = self._fires_anew(trigger)
        return self._fires[key]

    def _fires_anew(self, trigger: Trigger) -> _Fires:
        if trigger.expression is MISSING:
            events = events_named(trigger.pattern)
            named = f" ({events})" if events else ""
            return _Fires(None, f"how often its events{named} come is not known")
        texts = _alternatives(trigger.expression)
        if texts is None:
            reason = getattr(trigger.expression, "reason", "it is no text")
            return _Fires(None, f"how often is not known, as {reason}")
        schedules: list[Schedule] = []
        for text in texts:
            try:
                schedules.append(parse_schedule(text, rule=trigger.is_rule))
            except ScheduleError as error:
                self._refused(trigger, text, error)
                return _Fires(None, f"how often is not known, as AWS refuses {text!r}")
        return _summed(schedules, trigger)

    def _refused(self, trigger: Trigger, text: str, error: ScheduleError) -> None:
        document = trigger.document
        self._project.problems.append(
            Problem(
                f"AWS refuses the schedule {text[:200]!r}: {error}",
                document.locate(trigger.place).span,
                "SYN014",
                hint="Write rate(1 hour), or cron(0 8 * * ? *) with its six fields.",
                lost=False,
                address=document.address,
            )
        )

    def _add_uncalled(self, caller: Document, calls: Iterable[Call]) -> None:
        """A caller that no trigger of the scan runs starts the pipeline all the same."""
        if id(caller) in self._called:
            return
        span = caller.locate().span
        for call in calls:
            if call.inner:
                continue
            self._starts[id(call.pipeline)].append(
                Start(
                    "call",
                    caller.address,
                    span.path,
                    span.start_line,
                    because="how often that runs is not known",
                    parameters=call.parameters,
                    label=_kind(caller),
                )
            )


def _is_universal(arn: Any) -> bool:
    return isinstance(arn, str) and arn.lower().endswith(_UNIVERSAL)


def _names_some_pipeline(target: Target) -> bool:
    """Whether a target is certainly a pipeline, be it known which or not."""
    arn = str(target.arn) if isinstance(target.arn, str | Template) else ""
    return target.for_pipeline or _is_universal(arn) or ":pipeline/" in arn


def _kind(caller: Document) -> str:
    return CALLERS[caller.type]


def _enabled(trigger: Trigger) -> bool | None:
    """Whether the trigger is on; ``None`` where that is not known."""
    for value in (trigger.state, trigger.flag):
        options = _options(value)
        if value is MISSING or options == [True] or options == ["true"]:
            continue
        if options is None:
            return None
        answers = {_is_on(option) for option in options}
        return answers.pop() if len(answers) == 1 else None
    return True


def _is_on(value: Any) -> bool:
    text = str(value).upper()
    return text in ("TRUE", "RUNNING") or text.startswith("ENABLED")


def _options(value: Any) -> list[Any] | None:
    """The values that something may have; ``None`` where they are not known."""
    if isinstance(value, Choice):
        return list(value.values)
    if isinstance(value, Unknown):
        return list(value.alternatives) or None
    return None if isinstance(value, Template) else [value]


def _alternatives(expression: Any) -> list[str] | None:
    """The texts that an expression may be; ``None`` where they are not known."""
    parts = expression.parts if isinstance(expression, Template) else (expression,)
    options = [_options(part) for part in parts]
    combined = 1
    for option in options:
        if option is None:
            return None
        combined *= len(option)
    if combined > MAX_ALTERNATIVES:
        return None
    found = [
        make_string(str(p) if isinstance(p, int | float) else p for p in chosen)
        if isinstance(expression, Template)
        else chosen[0]
        for chosen in itertools.product(*(option or () for option in options))
    ]
    texts = [text for text in found if isinstance(text, str)]
    return texts if len(texts) == len(found) else None


def _summed(schedules: Sequence[Schedule], trigger: Trigger) -> _Fires:
    """How often one of these schedules fires, within the trigger's start and end."""
    from linter.core.clock import today

    now = today()
    runs = [Decimal(0) if schedule.over(now) else schedule.runs for schedule in schedules]
    low, high = min(runs), max(runs)
    notes: list[str] = []
    if not high:
        notes.append(f"is over since {max(s.last for s in schedules if s.last)}")
    elif low != high:
        notes.append("its expression is one of several")
    elif schedules[0].once:
        notes.append(f"once, on {schedules[0].last}")
    end = _day(trigger.end)
    if high and end is not None and end < now:
        return _Fires(NO_RUNS, f"is over since {end}")
    start = _day(trigger.start)
    if high and start is not None and start > now:
        notes.append(f"from {start} on")
    if high and end is None and trigger.end is not MISSING:
        notes.append("when it ends is not known")
        low = Decimal(0)
    return _Fires(Runs(low, high, high), "; ".join(notes))


def _day(value: Any) -> date | None:
    return parse_day(value) if isinstance(value, str) else None


def _shown(expression: Any) -> str:
    """An expression for people."""
    options = _options(expression)
    if isinstance(expression, str | Template):
        return str(expression)[:200]
    return " or ".join(map(str, options))[:200] if options else "a schedule that is not known"


# --- parameters ------------------------------------------------------------------------------


def _checked(start: Start, pipeline: Pipeline) -> Start:
    """The start, with the parameters that the pipeline does not declare."""
    if not start.parameters or not isinstance(pipeline.definition, dict):
        return start
    entries = lookup(pipeline.definition, "Parameters")
    listed = entries if isinstance(entries, list) else [] if entries in (MISSING, None) else [{}]
    if not all(isinstance(lookup(entry, "Name"), str) for entry in listed):
        return start
    refused = tuple(name for name in start.parameters if name not in pipeline.parameters)
    return replace(start, refused=refused) if refused else start


def _fixed_parameters(pipeline: Pipeline) -> dict[str, Any]:
    """What parameters stand for when the pipeline is started as its starts do.

    A parameter that no start passes keeps its default; where starts differ it is one of several.
    """
    seen = [s for s in pipeline.starts if not s.never and s.parameters is not None]
    names = dict.fromkeys(name for start in seen for name in start.parameters or ())
    found: dict[str, Any] = {}
    for name in names:
        declared = pipeline.parameters.get(name)
        if declared is not None:
            live = [start for start in pipeline.starts if not start.never]
            values = [_value(start, declared) for start in live]
            if not all(start.certain for start in live):
                values.insert(0, declared.stands_for)  # it may be that nothing passes any
            found[name] = _one_of(values, name)
    return found


def _value(start: Start, declared: Parameter) -> Any:
    passed = (start.parameters or {}).get(declared.name, MISSING)
    if passed is MISSING:
        return declared.stands_for
    if isinstance(passed, str):
        return typed_parameter(passed, declared.type, f"{start.address} passes")
    return passed


def _one_of(values: Iterable[Any], name: str) -> Any:
    """One value where all are the same, else all that it may be."""
    every: list[Any] = []
    unknown: list[Unknown] = []
    for value in values:
        for item in value.values if isinstance(value, Choice) else (value,):
            if isinstance(item, Unknown):
                unknown.append(item)
            elif not any(item == known and type(item) is type(known) for known in every):
                every.append(item)
    if unknown:
        first = unknown[0]
        known = (*every, *(o for item in unknown for o in item.alternatives))
        every_known = known if all(item.alternatives for item in unknown) else ()
        if not every and len(unknown) == 1:
            return first
        return Unknown(first.reason, first.references, every_known)
    return every[0] if len(every) == 1 else Choice(every, (f"Parameters.{name}",))
