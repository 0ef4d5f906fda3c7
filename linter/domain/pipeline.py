"""SageMaker pipelines as the rules and the cost model see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from linter.core.documents import Document, Locator, Path
from linter.core.record import entity, field, record
from linter.core.sources import Location
from linter.core.values import (
    MISSING,
    Choice,
    OpenDict,
    Template,
    Unknown,
    dig,
    lookup,
)
from linter.domain.expressions import Resolver, find_references, parse_reference
from linter.domain.starts import Start

DEFINITION_VERSION = "2020-12-01"

BRANCH_KEYS = {"Condition": ("IfSteps", "ElseSteps"), "ForEach": ("ForEachBody",)}
"""Where a step type keeps the steps inside it, in its ``Arguments``."""

MAX_STEP_DEPTH = 50


@record
class Parameter:
    """One entry of ``Parameters``.

    ``default`` and ``enum`` are as written (``MISSING`` when absent); ``stands_for`` is what a
    ``Get`` of it resolves to.
    """

    name: str
    type: Any
    default: Any
    enum: Any
    stands_for: Any
    path: Path


@entity
class Step:
    """One step, at any depth.

    ``path`` leads to it inside the definition; ``raw`` is the step as written, ``value`` the same
    with expressions resolved (the paths are equal in both). ``branch`` is ``IfSteps``,
    ``ElseSteps`` or ``ForEachBody`` for a step inside another, else ``""``.
    """

    pipeline: Pipeline
    name: str
    type: str
    path: Path
    raw: dict[str, Any]
    value: dict[str, Any]
    parent: Step | None = None
    branch: str = ""
    index: int = 0
    children: list[Step] = field(default_factory=list)

    @property
    def arguments(self) -> Any:
        """The resolved ``Arguments``; ``{}`` when the step has none."""
        found = lookup(self.value, "Arguments")
        return {} if found is MISSING or found is None else found

    def get(self, *path: str | int) -> Any:
        """The resolved value at a path below ``Arguments``; ``MISSING`` or ``Unknown``."""
        return dig(self.arguments, *path)

    def locate(self, *path: str | int) -> Location:
        """Where the value at a path below the step is written."""
        return self.pipeline.locator.locate(self.path + path)

    def locate_key(self, *path: str | int) -> Location:
        return self.pipeline.locator.locate_key(self.path + path)

    @property
    def ancestors(self) -> Iterator[Step]:
        """The steps around it, the nearest first."""
        step = self.parent
        while step is not None:
            yield step
            step = step.parent

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """Names in ``DependsOn``, objects with ``Step`` included; unknown entries left out."""
        entries = self.raw.get("DependsOn")
        names: list[str] = []
        for entry in entries if isinstance(entries, list) else []:
            name = lookup(entry, "Step") if isinstance(entry, dict) else entry
            if isinstance(name, str):
                names.append(name)
        return tuple(dict.fromkeys(names))

    @cached_property
    def references(self) -> tuple[tuple[Path, str], ...]:
        """Steps it refers to through ``Get``, outside its inner steps: (path, step name)."""
        inner = BRANCH_KEYS.get(self.type, ())
        own = dict(self.raw)
        if inner and isinstance(own.get("Arguments"), dict):
            own["Arguments"] = {k: v for k, v in own["Arguments"].items() if k not in inner}
        return tuple(
            (path, reference.name)
            for path, reference in find_references(own)
            if reference.root == "Steps"
        ) + tuple(_property_file_steps(own))

    @cached_property
    def predecessors(self) -> tuple[str, ...]:
        """Names of the steps that must have run before, by ``DependsOn`` and by data."""
        names = dict.fromkeys(self.depends_on)
        names.update(dict.fromkeys(name for _, name in self.references))
        names.pop(self.name, None)
        return tuple(names)


def _property_file_steps(value: Any) -> Iterator[tuple[Path, str]]:
    """Steps named by ``Std:JsonGet`` through ``{"Get": "Steps.X.PropertyFiles.Y"}`` or a name."""
    stack: list[tuple[Path, Any]] = [((), value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict):
            body = item.get("Std:JsonGet")
            if isinstance(body, dict) and isinstance(body.get("PropertyFile"), str):
                reference = parse_reference(body["PropertyFile"])
                if reference.root == "Steps":
                    yield (*path, "Std:JsonGet", "PropertyFile"), reference.name
            stack.extend(((*path, key), child) for key, child in item.items())
        elif isinstance(item, list):
            stack.extend(((*path, index), child) for index, child in enumerate(item))


_RESOLVED = (
    *("parameters", "account", "resolver", "value"),
    *("steps", "steps_by_name", "steps_complete", "unknown_steps"),
    *("order_complete", "loose_ends", "parameters_complete"),
)
"""What of a pipeline depends on the values of its parameters."""


@entity
class Pipeline:
    """One pipeline: its definition, and what the resource around it says.

    Attributes:
        name: the pipeline's name; an ``Unknown`` or ``Template`` where it cannot be known.
        document: where it was found: a ``pipeline`` document (a JSON file), or the Terraform or
            CloudFormation resource.
        definition: the decoded definition as written, a dict, or an ``Unknown``.
        locator: points into the definition's text.
        role: the pipeline's ``RoleArn`` as far as known; ``MISSING`` for a bare JSON file.
        resource: the resource that declares it, ``None`` for a JSON file.
        parallelism: ``MaxParallelExecutionSteps`` (int), ``Unknown``, or ``MISSING``.
        tags: the resource's tags as a dict, ``Unknown``, or ``MISSING``.
        not_read: why the definition is not readable (an S3 location, a missing file), or ``""``.
    """

    name: Any
    document: Document
    definition: Any
    locator: Locator
    role: Any = MISSING
    resource: Document | None = None
    parallelism: Any = MISSING
    tags: Any = MISSING
    not_read: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Parameter values fixed by the user (``--param NAME=VALUE``), else by what starts it."""
    starts: list[Start] = field(default_factory=list)
    """Schedules, rules and callers that start it, as far as the scan shows."""

    def override(self, values: Mapping[str, Any]) -> None:
        """Fix parameters; what was worked out with others is forgotten."""
        self.overrides.update(values)
        for name in _RESOLVED:
            self.__dict__.pop(name, None)

    @property
    def address(self) -> str:
        return self.document.address

    @property
    def path(self) -> str:
        return self.document.path

    @property
    def title(self) -> str:
        """For people: the name, else the address, else the path."""
        if isinstance(self.name, str) and self.name:
            return self.name
        if isinstance(self.name, Template):
            return str(self.name)
        return self.address or self.path

    @property
    def deployment(self) -> str:
        """The title, with the variant of its root: each is a pipeline of its own."""
        variant = self.document.root.variant
        return f"{self.title} ({variant})" if variant else self.title

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        found: dict[str, Parameter] = {}
        entries = lookup(self.definition, "Parameters")
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            name = lookup(entry, "Name")
            if not isinstance(name, str) or name in found:
                continue
            default, enum = lookup(entry, "DefaultValue"), lookup(entry, "EnumValues")
            found[name] = Parameter(
                name,
                lookup(entry, "Type"),
                default,
                enum,
                self.overrides.get(name, _stands_for(name, default, enum)),
                ("Parameters", index),
            )
        return found

    @cached_property
    def account(self) -> str | None:
        """The account it runs in: that of its own role, else the one account of its steps' roles.

        ``None`` when no role says it, or the steps' roles disagree.
        """
        own = account_of(self.role)
        if own is not None:
            return own
        accounts = {
            account
            for step in self.steps
            for account in map(account_of, (step.get("RoleArn"), step.get("ExecutionRoleArn")))
            if account is not None
        }
        return accounts.pop() if len(accounts) == 1 else None

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver({name: item.stands_for for name, item in self.parameters.items()})

    @cached_property
    def value(self) -> Any:
        """The definition with every expression resolved; paths as in ``definition``."""
        return self.resolver.resolve(self.definition)

    @cached_property
    def steps(self) -> list[Step]:
        """Every step, inner ones included, in the order of the text."""
        steps: list[Step] = []
        self._collect(
            lookup(self.definition, "Steps"),
            lookup(self.value, "Steps"),
            ("Steps",),
            None,
            "",
            steps,
        )
        return steps

    @cached_property
    def steps_complete(self) -> bool:
        """False when the definition, or a list of steps in it, is not wholly known."""
        return isinstance(lookup(self.definition, "Steps"), list) and not self.unknown_steps

    @cached_property
    def order_complete(self) -> bool:
        """False when it is not wholly known which steps there are, and what each waits for."""
        return self.steps_complete and not self.loose_ends

    @cached_property
    def loose_ends(self) -> tuple[Unknown | Template, ...]:
        """Names and types of steps, and what they wait for, that are not known."""
        return tuple(part for step in self.steps for part in _loose_ends(step))

    @property
    def gaps(self) -> list[Unknown | Template] | str:
        """Why :attr:`order_complete` is false: what is not known, or else a reason in words."""
        hidden = [*(value for _, value in self.unknown_steps), *self.loose_ends]
        return hidden or "the list of steps is not wholly known"

    @cached_property
    def parameters_complete(self) -> bool:
        """False when more parameters may be declared than :attr:`parameters` holds."""
        entries = lookup(self.definition, "Parameters")
        if isinstance(entries, Unknown):
            return False
        return not isinstance(entries, list) or all(
            isinstance(lookup(entry, "Name"), str | int | None) or lookup(entry, "Name") is MISSING
            for entry in entries
        )

    @cached_property
    def unknown_steps(self) -> tuple[tuple[Path, Unknown], ...]:
        """Steps, and lists of steps, of which nothing is known, with their paths.

        Empty for a definition that was not read at all, which ``not_read`` says.
        """
        if self.not_read:
            return ()
        lists: list[tuple[Path, Any]] = [(("Steps",), lookup(self.definition, "Steps"))]
        for step in self.steps:
            for key in BRANCH_KEYS.get(step.type, ()):
                inner = dig(step.raw, "Arguments", key)
                if inner is not MISSING and inner is not None:
                    lists.append(((*step.path, "Arguments", key), inner))
        found: list[tuple[Path, Unknown]] = []
        for path, value in lists:
            if isinstance(value, Unknown):
                found.append((path, value))
            elif isinstance(value, list):
                found.extend(
                    ((*path, index), item)
                    for index, item in enumerate(value)
                    if isinstance(item, Unknown)
                )
            elif value is not MISSING:
                found.append((path, Unknown("what stands for a list of steps is no list")))
        return tuple(found)

    @cached_property
    def steps_by_name(self) -> dict[str, Step]:
        """The first step of each name."""
        found: dict[str, Step] = {}
        for step in self.steps:
            found.setdefault(step.name, step)
        return found

    def locate(self, *path: str | int) -> Location:
        return self.locator.locate(path)

    def locate_key(self, *path: str | int) -> Location:
        return self.locator.locate_key(path)

    def _collect(
        self,
        raw: Any,
        resolved: Any,
        path: Path,
        parent: Step | None,
        branch: str,
        steps: list[Step],
    ) -> None:
        if not isinstance(raw, list) or not isinstance(resolved, list):
            return
        for index, (raw_step, value) in enumerate(zip(raw, resolved, strict=True)):
            if not isinstance(raw_step, dict) or not isinstance(value, dict):
                continue
            name, kind = value.get("Name"), value.get("Type")
            step = Step(
                self,
                name if isinstance(name, str) else str(name) if isinstance(name, Template) else "",
                kind if isinstance(kind, str) else "",
                (*path, index),
                raw_step,
                value,
                parent,
                branch,
                index,
            )
            steps.append(step)
            if parent is not None:
                parent.children.append(step)
            if len(path) > 4 * MAX_STEP_DEPTH:
                continue
            for key in BRANCH_KEYS.get(step.type, ()):
                self._collect(
                    dig(raw_step, "Arguments", key),
                    dig(value, "Arguments", key),
                    (*step.path, "Arguments", key),
                    step,
                    key,
                    steps,
                )


def _loose_ends(step: Step) -> Iterator[Unknown | Template]:
    """What is not known of a step's name, its type, and what it waits for."""
    waits = lookup(step.raw, "DependsOn")
    entries = waits if isinstance(waits, list) else [waits]
    parts = [lookup(step.raw, "Name"), lookup(step.raw, "Type"), lookup(step.raw, "Arguments")]
    for entry in entries:
        parts.append(lookup(entry, "Step") if isinstance(entry, dict) else entry)
    yield from (part for part in parts if isinstance(part, Unknown | Template))


def account_of(role: Any) -> str | None:
    """The account in a role's ARN, as far as it is known."""
    text = role.prefix if isinstance(role, Template) else role
    if not isinstance(text, str) or not text.startswith("arn:aws"):
        return None
    parts = text.split(":", 5)
    known = len(parts) == 6 and parts[2] == "iam" and len(parts[4]) == 12 and parts[4].isdecimal()
    return parts[4] if known else None


def _stands_for(name: str, default: Any, enum: Any) -> Any:
    """What a ``Get`` of the parameter resolves to: its default, each allowed value, or unknown."""
    reference = f"Parameters.{name}"
    if isinstance(enum, Unknown) or (
        isinstance(enum, list) and any(isinstance(item, Unknown | Template) for item in enum)
    ):
        # Any of the known values may be chosen at the start, and others.
        listed = enum if isinstance(enum, list) else [enum]
        known = [default] if default is not MISSING and default is not None else []
        known += [item for item in listed if not isinstance(item, Unknown) and item not in known]
        rest = Unknown(f"the allowed values of parameter {name} are not all known", (reference,))
        return Choice([*known, rest], (reference,)) if known else rest
    if isinstance(enum, list) and enum:
        values = list(enum)
        if default is not MISSING and default is not None and default not in values:
            values.insert(0, default)
        return values[0] if len(values) == 1 else Choice(values, (reference,))
    if isinstance(default, OpenDict | dict | list):
        return default
    if default is MISSING or default is None:
        return Unknown(f"parameter {name} has no default", (reference,))
    return default


def typed_parameter(text: str, kind: Any, origin: str) -> str | int | float | bool | Unknown:
    """A parameter's value given as text, by its declared type; ``origin`` says who gives it."""
    wrong = Unknown(f"{origin} {text!r} is not of type {kind}")
    try:
        if kind == "Integer":
            return int(text)
        if kind == "Float":
            number = float(text)
            return number if number - number == 0 else wrong
    except ValueError:
        return wrong
    if kind == "Boolean":
        lowered = text.lower()
        return lowered in _TRUE if lowered in (*_TRUE, *_FALSE) else wrong
    return text


_TRUE = ("true", "1", "yes")
_FALSE = ("false", "0", "no")


def looks_like_definition(value: Any) -> bool:
    """Whether a value is a pipeline definition: ``Steps`` with a ``Version`` or a typed step."""
    steps = lookup(value, "Steps")
    if not isinstance(value, dict) or not isinstance(steps, list):
        return False
    if value.get("Version") == DEFINITION_VERSION or "PipelineExperimentConfig" in value:
        return True
    return any(isinstance(s, dict) and "Type" in s and "Name" in s for s in steps)
