"""What of a usage file has no effect, or is said twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from linter.core.values import MISSING, dig
from linter.domain.pipeline import Pipeline, Step
from pricing.estimators.registry import CACHEABLE
from pricing.standing import StandingResource
from pricing.usage import STANDING_KEYS, STEP_KEYS, Usage
from pricing.yamlfile import FileProblem, Item, suggestion

_TIMED = frozenset(
    "Processing ClarifyCheck QualityCheck Training NotebookJob Tuning Transform AutoML Lambda EMR"
    " EMRServerless".split()
)
_MACHINES = frozenset(
    "Processing ClarifyCheck QualityCheck Training NotebookJob Tuning Transform AutoML".split()
)
_STEP_KEYS: Mapping[str, frozenset[str]] = {
    "minutes": _TIMED,
    "cache_hit_share": CACHEABLE,
    "spot_discount": frozenset({"Training", "Tuning"}),
    "probability": frozenset({"Condition"}),
    "instance_type": _MACHINES,
    "instance_count": _MACHINES,
    "volume_gb": frozenset(
        "Processing ClarifyCheck QualityCheck Training NotebookJob Tuning".split()
    ),
    "items": frozenset({"ForEach"}),
    "jobs": frozenset({"Tuning", "AutoML"}),
    "memory_mb": frozenset({"Lambda"}),
    "warm_pool_idle_minutes": frozenset({"Training"}),
    "vcpu": frozenset({"EMRServerless"}),
    "memory_gb": frozenset({"EMRServerless"}),
}
"""The types of steps on which a key has an effect."""

_ON = frozenset({"endpoint", "notebook", "studio-app", "studio-space", "monitoring-schedule"})
_HOURS = _ON | {"cluster"}
_CALLED = frozenset({"endpoint"})
_STANDING_KEYS: Mapping[str, frozenset[str]] = {
    "hours_per_month": _HOURS,
    "instance_count": _ON,
    "instance_type": _ON,
    "invocations_per_month": _CALLED,
    "seconds_per_invocation": _CALLED,
    "memory_mb": _CALLED,
    "data_gb_per_month": _CALLED | {"nat-gateway", "interface-endpoint"},
    "storage_gb": frozenset({"s3-bucket", "ecr-repository"}),
}
"""The kinds of resources on which a key has an effect; those that are not here have one on all."""


def without_effect(
    usage: Usage,
    pipelines: Sequence[Pipeline],
    standing: Sequence[StandingResource],
    *,
    whole: bool = True,
) -> list[FileProblem]:
    """Keys that change nothing of what they are said of, and what is said twice of one step.

    Names that match nothing are :meth:`pricing.usage.Usage.check`'s. Where these are not the
    ``whole`` of what the file is about, only what it says of a pipeline by its name can be judged.
    """
    titles = {title for pipeline in pipelines for title in (pipeline.title, pipeline.deployment)}
    problems: list[FileProblem] = []

    def refuse(item: Item, message: str) -> None:
        problems.append(FileProblem(usage.path, item.line, item.column, message))

    for entry in usage.pipelines:
        if not whole and entry.pattern not in titles:
            continue
        chosen = [p for p in pipelines if _concerns(entry.pattern, p)]
        for name, item, _ in entry.steps:
            steps = [s for p in chosen for s in p.steps if _matches(s.name, name)]
            what = f"a {' or '.join(sorted({step.type for step in steps}))} step"
            useful = [key for key in STEP_KEYS if any(_has_effect(key, s) for s in steps)]
            for key, member in _members(item) if steps else ():
                if key not in useful:
                    refuse(member, _no_effect(key, name, what, useful))
    for name, item, _ in usage.standing if whole else ():
        kinds = {r.kind for r in standing if _matches(r.address, name) or _matches(r.name, name)}
        what = f"a {' or '.join(sorted(kinds))}"
        useful = [key for key in STANDING_KEYS if kinds & _STANDING_KEYS.get(key, kinds)]
        for key, member in _members(item) if kinds else ():
            if key not in useful:
                refuse(member, _no_effect(key, name, what, useful))
    return problems + _said_twice(usage, pipelines)


def usual_keys(kind: str) -> str:
    """What a usage file would say of a resource, as it is assumed without one."""
    if kind in _ON:
        return "hours_per_month: 730, idle: false"
    return "usd_per_month: 0"


def _no_effect(key: str, name: str, what: str, useful: Sequence[str]) -> str:
    known = suggestion(key, useful) or (f"; those that have: {', '.join(useful)}" if useful else "")
    return f"{key} has no effect on {name!r}, {what}{known}"


def _members(item: Item) -> Iterable[tuple[str, Item]]:
    return item.value.items() if isinstance(item.value, dict) else ()


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _concerns(pattern: str, pipeline: Pipeline) -> bool:
    return pattern == pipeline.deployment or _matches(pipeline.title, pattern)


def _exactness(pattern: str, pipeline: Pipeline) -> int:
    if pattern == pipeline.title:
        return 1
    return 2 if pattern == pipeline.deployment else 0


def _has_effect(key: str, step: Step) -> bool:
    if step.type not in _STEP_KEYS[key]:
        return False
    if key == "warm_pool_idle_minutes":
        kept = dig(step.arguments, "ResourceConfig", "KeepAlivePeriodInSeconds")
        return kept is not MISSING and kept is not None
    return True


def _said_twice(usage: Usage, pipelines: Sequence[Pipeline]) -> list[FileProblem]:
    """Globs of which two say the same of one step: which of them holds, nobody would guess."""
    found: dict[tuple[int, int, str], FileProblem] = {}
    for pipeline in pipelines:
        for step in pipeline.steps:
            said: dict[tuple[int, str], tuple[str, Item]] = {}
            for entry in usage.pipelines:
                if not _concerns(entry.pattern, pipeline):
                    continue
                for name, item, _ in entry.steps:
                    if not _matches(step.name, name):
                        continue
                    # A plain name comes before a glob, and a variant's before that: it is meant.
                    rank = 2 * _exactness(entry.pattern, pipeline) + (name == step.name)
                    for key, member in _members(item):
                        first = said.setdefault((rank, key), (name, member))
                        if first[1] is not member:
                            text = (
                                f"{key} of step {step.name!r} is said twice: also by"
                                f" {first[0]!r} in line {first[1].line}"
                            )
                            place = (member.line, member.column, key)
                            found.setdefault(
                                place, FileProblem(usage.path, member.line, member.column, text)
                            )
    return list(found.values())
