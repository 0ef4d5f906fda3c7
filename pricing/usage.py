"""The usage file ``pipewarden-usage.yml``: what only the user knows about the runs.

See ``docs/cost-model.md`` for the format. Names of pipelines and steps may be globs; among
matching entries a plain name comes before a glob, and an earlier glob before a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from linter.core.record import entity, field, record
from linter.core.schemas import modeline
from pricing.ranges import Range
from pricing.yamlfile import (
    FileProblem,
    Item,
    Reading,
    is_version,
    read_file,
    read_yaml,
    suggestion,
)

if TYPE_CHECKING:
    from linter.domain.pipeline import Pipeline

FILE_NAME = "pipewarden-usage.yml"
MAX_MINUTES = 28 * 24 * 60
MAX_RUNS_PER_MONTH = 1_000_000


@record
class KeyShape:
    """What a key of a step or a resource takes: the parser and the schema go by it.

    ``kind`` is ``range`` (a number, or low, expected and high), ``number``, ``whole``, ``share``
    (kept to four decimals), ``type`` (of an instance) or ``boolean``; ``low`` and ``high`` limit
    numbers, both included.
    """

    kind: str
    text: str
    high: int = 1
    low: int = 0


STEP_SHAPES: Mapping[str, KeyShape] = {
    "minutes": KeyShape("range", "How long one job runs.", MAX_MINUTES),
    "cache_hit_share": KeyShape("share", "The share of runs that take the result of a cache."),
    "spot_discount": KeyShape("share", "What spot saves, as a share of the on-demand price."),
    "probability": KeyShape("share", "How often a condition is true."),
    "instance_type": KeyShape("type", "The machine, where the text does not say it."),
    "instance_count": KeyShape("whole", "How many machines one job has.", 10_000, 1),
    "volume_gb": KeyShape("number", "The volume of each machine.", 65_536),
    "items": KeyShape("range", "How often the body of a ForEach runs.", 100_000),
    "jobs": KeyShape("range", "How many jobs a tuning or AutoML step starts.", 100_000),
    "memory_mb": KeyShape("number", "The memory of a Lambda function.", 10_240, 128),
    "warm_pool_idle_minutes": KeyShape("range", "How long machines are kept after a job.", 360),
    "vcpu": KeyShape("number", "Processors of an EMR Serverless job.", 100_000),
    "memory_gb": KeyShape("number", "The memory of an EMR Serverless job.", 1_000_000),
}
STANDING_SHAPES: Mapping[str, KeyShape] = {
    "hours_per_month": KeyShape("range", "How long it is on.", 744),
    "instance_count": KeyShape("range", "How many machines it has.", 10_000),
    "instance_type": KeyShape("type", "The machine, where the text does not say it."),
    "idle": KeyShape("boolean", "Whether nobody uses it."),
    "invocations_per_month": KeyShape("range", "How often it is called.", 10**12),
    "seconds_per_invocation": KeyShape("range", "How long a call takes.", 3600),
    "memory_mb": KeyShape("number", "The memory of a serverless endpoint.", 6144, 1024),
    "usd_per_month": KeyShape("range", "What it costs, where that is known.", 10**9),
    "data_gb_per_month": KeyShape("range", "Data that goes through it.", 10**9),
    "storage_gb": KeyShape("range", "What is stored in it.", 10**9),
}
STEP_KEYS = tuple(STEP_SHAPES)
STANDING_KEYS = tuple(STANDING_SHAPES)


@record
class StepUsage:
    """What the file says of one step; ``None`` where it says nothing.

    ``minutes`` is the running time of one job; ``probability`` of a Condition is that of its
    ``IfSteps``; ``items`` is how often a ForEach's body runs; ``jobs`` how many jobs a tuning or
    AutoML step launches.
    """

    minutes: Range | None = None
    cache_hit_share: Decimal | None = None
    spot_discount: Decimal | None = None
    probability: Decimal | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    volume_gb: Decimal | None = None
    items: Range | None = None
    jobs: Range | None = None
    memory_mb: Decimal | None = None
    warm_pool_idle_minutes: Range | None = None
    vcpu: Decimal | None = None
    memory_gb: Decimal | None = None

    @property
    def hours(self) -> Range | None:
        return None if self.minutes is None else self.minutes / 60


@record
class StandingUsage:
    """What the file says of an endpoint, a notebook or another standing resource."""

    hours_per_month: Range | None = None
    instance_count: Range | None = None
    instance_type: str | None = None
    idle: bool | None = None
    invocations_per_month: Range | None = None
    seconds_per_invocation: Range | None = None
    memory_mb: Decimal | None = None
    usd_per_month: Range | None = None
    data_gb_per_month: Range | None = None
    storage_gb: Range | None = None


NOTHING = StepUsage()
NOTHING_STANDING = StandingUsage()


@record
class _Entry:
    """One named entry, with the place of its name."""

    pattern: str
    item: Item
    runs: Decimal | None = None
    steps: tuple[tuple[str, Item, StepUsage], ...] = ()


@entity
class Usage:
    """A decoded usage file; an empty one says nothing."""

    path: str = FILE_NAME
    runs_per_month: Decimal | None = None
    pipelines: list[_Entry] = field(default_factory=list)
    standing: list[tuple[str, Item, StandingUsage]] = field(default_factory=list)
    variant: str = ""
    """Whose pipelines are asked about: an entry ``NAME (VARIANT)`` comes before ``NAME``."""
    _cache: dict[tuple[str, str], StepUsage] = field(default_factory=dict)

    def of_variant(self, variant: str) -> Usage:
        """The same for one variant of a root."""
        if variant == self.variant:
            return self
        return Usage(self.path, self.runs_per_month, self.pipelines, self.standing, variant)

    def _entries(self, pipeline: str) -> list[_Entry]:
        entries = _ordered(self.pipelines, pipeline)
        if not self.variant:
            return entries
        own = f"{pipeline} ({self.variant})"
        return [*(entry for entry in self.pipelines if entry.pattern == own), *entries]

    def runs(self, pipeline: str) -> Decimal | None:
        """Runs per month of a pipeline, ``None`` when the file does not say."""
        for entry in self._entries(pipeline):
            if entry.runs is not None:
                return entry.runs
        return self.runs_per_month

    def step(self, pipeline: str, step: str) -> StepUsage:
        """What is said of a step, the most specific entry first, key by key."""
        key = (pipeline, step)
        if key not in self._cache:
            merged = NOTHING
            for entry in self._entries(pipeline):
                exact = [u for name, _, u in entry.steps if name == step]
                globs = [
                    u for name, _, u in entry.steps if name != step and fnmatchcase(step, name)
                ]
                for usage in (*exact, *globs):
                    merged = _merged(merged, usage)
            self._cache[key] = merged
        return self._cache[key]

    def of_standing(self, *names: str) -> StandingUsage:
        """What is said of a standing resource under any of its names or addresses."""
        for wanted in names:
            for pattern, _, usage in self.standing:
                if pattern == wanted:
                    return usage
        for pattern, _, usage in self.standing:
            if any(fnmatchcase(name, pattern) for name in names):
                return usage
        return NOTHING_STANDING

    def check(
        self,
        pipelines: Mapping[str, Iterable[str]],
        standing: Sequence[str] = (),
        *,
        whole: bool = True,
    ) -> list[FileProblem]:
        """Names in the file that match nothing: pipeline title → names of its steps.

        Where these are not the ``whole`` of what the file is about, only the steps of a pipeline
        that is there, and that is named as it is, can be judged.
        """
        problems: list[FileProblem] = []

        def wrong(item: Item, message: str) -> None:
            problems.append(FileProblem(self.path, item.line, item.column, message))

        named = {title: list(steps) for title, steps in pipelines.items()}
        for entry in self.pipelines:
            matching = [t for t in named if t == entry.pattern or fnmatchcase(t, entry.pattern)]
            if not whole and entry.pattern not in named:
                continue
            if not matching:
                hint = suggestion(entry.pattern, named)
                wrong(entry.item, f"there is no pipeline {entry.pattern!r}{hint}")
                continue
            steps = dict.fromkeys(step for title in matching for step in named[title])
            for name, item, _ in entry.steps:
                if name not in steps and not any(fnmatchcase(step, name) for step in steps):
                    where = f"pipeline {entry.pattern!r}"
                    wrong(item, f"{where} has no step {name!r}{suggestion(name, steps)}")
        for name, item, _ in self.standing if whole else ():
            if not any(name == known or fnmatchcase(known, name) for known in standing):
                wrong(item, f"there is no resource {name!r}{suggestion(name, standing)}")
        return problems


def _ordered(entries: list[_Entry], name: str) -> list[_Entry]:
    exact = [entry for entry in entries if entry.pattern == name]
    return exact + [e for e in entries if e.pattern != name and fnmatchcase(name, e.pattern)]


def _merged(first: StepUsage, second: StepUsage) -> StepUsage:
    values = {
        key: getattr(first, key) if getattr(first, key) is not None else getattr(second, key)
        for key in STEP_KEYS
    }
    return StepUsage(**values)


def parse_usage(text: str, path: str = FILE_NAME) -> Usage:
    """Decode a usage file. Raises :class:`UserFileError` with every problem found."""
    root = read_yaml(path, text)
    reading = Reading(path)
    top = reading.mapping(root, "a usage file", FILE_KEYS)
    reading.finish_unless_mapping(root)
    if "version" not in top or not is_version(top["version"].value):
        reading.wrong(top.get("version", root), "a usage file starts with `version: 1`")
    usage = Usage(path, _runs(reading, top))
    for name, item in reading.mapping(top.get("pipelines", _NONE), "pipelines").items():
        body = reading.mapping(item, f"pipeline {name!r}", PIPELINE_KEYS)
        steps = reading.mapping(body.get("steps", _NONE), "steps")
        usage.pipelines.append(
            _Entry(
                name,
                item,
                _runs(reading, body),
                tuple((step, at, _step(reading, step, at)) for step, at in steps.items()),
            )
        )
    for name, item in reading.mapping(top.get("standing", _NONE), "standing").items():
        usage.standing.append((name, item, _standing(reading, name, item)))
    reading.finish()
    return usage


FILE_KEYS = ("version", "runs_per_month", "pipelines", "standing")
PIPELINE_KEYS = ("runs_per_month", "steps")
_NONE = Item(None, 1, 1)


def _runs(reading: Reading, members: dict[str, Item]) -> Decimal | None:
    item = members.get("runs_per_month")
    return None if item is None else reading.number(item, "runs_per_month", 0, MAX_RUNS_PER_MONTH)


def _range(reading: Reading, members: dict[str, Item], key: str, high: int) -> Range | None:
    """One number, or a mapping of low, expected and high."""
    item = members.get(key)
    if item is None:
        return None
    if not isinstance(item.value, dict):
        number = reading.number(item, key, 0, high)
        return None if number is None else Range.exactly(number)
    names = ("low", "expected", "high")
    parts = reading.mapping(item, key, names)
    if any(name not in parts for name in names):
        reading.wrong(item, f"{key} needs low, expected and high, or one number")
        return None
    numbers = [reading.number(parts[name], f"{key}.{name}", 0, high) for name in names]
    if any(number is None for number in numbers):
        return None
    low, expected, most = (number for number in numbers if number is not None)
    if not low <= expected <= most:
        reading.wrong(item, f"{key}: low, expected, high must be in this order")
        return None
    return Range(low, expected, most)


def _read(reading: Reading, members: dict[str, Item], key: str, shape: KeyShape) -> Any:
    """The typed value of a key, ``None`` where nothing is said or it is refused."""
    item = members.get(key)
    if item is None:
        return None
    if shape.kind == "range":
        return _range(reading, members, key, shape.high)
    if shape.kind == "type":
        return _instance(reading, item)
    if shape.kind == "boolean":
        if isinstance(item.value, bool):
            return item.value
        reading.wrong(item, f"{key} must be true or false")
        return None
    number = reading.number(item, key, shape.low, shape.high)
    if number is None:
        return None
    if shape.kind == "share":  # four decimals: amounts weighed by it stay exact
        return number.quantize(Decimal("0.0001"))
    if shape.kind == "whole":
        if number != int(number):
            reading.wrong(item, f"{key} must be a whole number")
            return None
        return int(number)
    return number


def _instance(reading: Reading, item: Item) -> str | None:
    text = reading.text(item, "instance_type")
    if text is not None:
        from pricing.known import type_problem

        problem = type_problem(text)
        if problem:
            reading.wrong(item, f"instance_type: {problem}")
    return text


def _shaped(
    reading: Reading, item: Item, what: str, shapes: Mapping[str, KeyShape]
) -> dict[str, Any]:
    body = reading.mapping(item, what, shapes)
    return {key: _read(reading, body, key, shape) for key, shape in shapes.items()}


def _step(reading: Reading, name: str, item: Item) -> StepUsage:
    return StepUsage(**_shaped(reading, item, f"step {name!r}", STEP_SHAPES))


def _standing(reading: Reading, name: str, item: Item) -> StandingUsage:
    return StandingUsage(**_shaped(reading, item, f"resource {name!r}", STANDING_SHAPES))


def read_usage(path: str) -> Usage:
    """Read a usage file from disk. Raises :class:`UserFileError`."""
    return parse_usage(read_file(path), path)


def init_usage(
    pipelines: Sequence[Pipeline], standing: Mapping[str, str] = MappingProxyType({})
) -> str:
    """A usage file for a project: every step that takes time, with what is assumed as comments.

    As it is written it says nothing: a figure counts when somebody takes its `#` away.
    """
    from pricing.times import assumed_minutes

    out = [
        modeline("usage"),
        "# What only you know about these runs; `pipewarden cost` reads it.",
        "# Nothing counts until its `# ` is taken away and the figure is a measured one; the",
        "# figures here are what is assumed without one. Names may be globs.",
        "# minutes: one number, or {low: 5, expected: 10, high: 30}.",
        "version: 1",
    ]
    if pipelines:
        out.append("pipelines:")
    for title, group in _by_title(pipelines).items():
        out += [f"  {_quoted(title)}:", *_runs_lines(group)]
        lines: list[str] = []
        seen: set[str] = set()
        for step in (step for pipeline in group for step in pipeline.steps):
            if not step.name or step.name in seen:
                continue
            seen.add(step.name)
            if step.type == "Condition":
                lines.append(f"      # {_quoted(step.name)}: {{probability: 0.5}}")
            elif step.type == "ForEach":
                lines.append(f"      # {_quoted(step.name)}: {{items: 10}}")
            else:
                minutes = assumed_minutes(step)
                if minutes is None:
                    continue
                low, middle, high = (
                    f"{m.normalize():f}" for m in (minutes.low, minutes.expected, minutes.high)
                )
                span = f"{{low: {low}, expected: {middle}, high: {high}}}"
                lines.append(f"      # {_quoted(step.name)}: {{minutes: {span}}}  # {step.type}")
        if lines:
            out.append("    steps:")
        out += lines
    if standing:
        out.append("standing:")
        out += [f"  # {_quoted(name)}: {{{keys}}}" for name, keys in standing.items()]
    return "\n".join(out) + "\n"


def _runs_lines(group: Sequence[Pipeline]) -> list[str]:
    """A pipeline's runs, unless its schedules say them: a figure here would override those."""
    from linter.domain.starts import started

    if all(started(pipeline.starts).runs is not None for pipeline in group):
        return ["    # runs_per_month: its schedules say it"]
    return ["    # runs_per_month: 30"]


def _by_title(pipelines: Sequence[Pipeline]) -> dict[str, list[Pipeline]]:
    found: dict[str, list[Pipeline]] = {}
    for pipeline in pipelines:
        found.setdefault(pipeline.title, []).append(pipeline)
    return found


def _quoted(text: str) -> str:
    """A YAML key: JSON's quoting is YAML's double quoting."""
    import json
    import re

    # fnmatch's own characters, in a name that is meant as it stands.
    escaped = re.sub(r"([\[*?])", r"[\1]", text)
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_\-]*", escaped)
    reserved = escaped.lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
    return escaped if plain and not reserved else json.dumps(escaped)
