"""The subjects of a project, made when a rule first asks for their kind and type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from linter.core.documents import ConstantLocator, Document, Path, SubLocator
from linter.core.record import replace
from linter.core.sources import Location, Span
from linter.core.values import Choice, Rest, Template, Unknown, lookup
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import why_unknown
from linter.policy.jsonpath import show_path
from linter.policy.model import Subject
from linter.policy.naming import Names, element_names
from linter.policy.rule import STEP_KIND, Key
from linter.policy.statements import NormalLocator, normal_policy
from linter.project.model import Policy, Project, Role

_DOCUMENT_KINDS = {
    "terraform": "terraform.resource",
    "terraform.data": "terraform.data",
    "cloudformation": "cloudformation.resource",
}
"""Subject kind → document kind, for resources; these are looked up by type."""

_OTHER_DOCUMENTS = (
    "terraform.provider",
    "terraform.variable",
    "terraform.output",
    "terraform.module",
)


UNTYPED = "?"
"""The type of a step of which the type is not known: it may be of any that a rule is about."""


class SubjectIndex:
    """Subjects by kind and type. Every rule sees the same objects."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._kinds: dict[str, dict[str, list[Subject]]] = {}
        self._resources: dict[Key, list[Subject]] = {}

    def get(self, key: Key) -> list[Subject]:
        """The subjects a dispatch key names; the type ``*`` is every type."""
        kind, type_ = key
        if kind in _DOCUMENT_KINDS:
            found = self._resources.get(key)
            if found is None:
                found = self._resources[key] = [
                    _resource(kind, document)
                    for document in self.project.by_type.get(type_, ())
                    if document.kind == _DOCUMENT_KINDS[kind]
                ]
            return found
        types = self._kind(kind)
        if type_ == "*":
            return types["*"]
        if kind == STEP_KIND and UNTYPED in types:
            return [*types.get(type_, ()), *types[UNTYPED]]
        return types.get(type_, [])

    def _kind(self, kind: str) -> dict[str, list[Subject]]:
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = _by_type(_MAKERS[kind](self.project))
        return found


def _by_type(subjects: Iterable[Subject]) -> dict[str, list[Subject]]:
    found: dict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        if subject.type != UNTYPED or not isinstance(subject.domain, Step):
            found["*"].append(subject)
        found[subject.type].append(subject)
    found.setdefault("*", [])
    return found


def _resource(kind: str, document: Document) -> Subject:
    title = document.address
    if kind == "cloudformation":
        title = f"{document.type.rpartition('::')[2]} {document.address}"
    elif kind not in ("terraform", "terraform.data") and not title:
        title = document.kind.partition(".")[2]
    return Subject(
        kind,
        document.type,
        document.value,
        document.value,
        document.locator,
        document.path,
        document.address,
        "",
        title,
        document,
        document.maybe,
        root=document.root,
    )


def _others(kind: str) -> Callable[[Project], Iterable[Subject]]:
    def make(project: Project) -> Iterable[Subject]:
        return (_resource(kind, d) for d in project.documents if d.kind == kind)

    return make


def _pipelines(project: Project) -> Iterable[Subject]:
    for pipeline in project.pipelines:
        yield Subject(
            "pipeline",
            "",
            pipeline.value,
            pipeline.definition,
            pipeline.locator,
            pipeline.path,
            pipeline.address,
            "",
            f"pipeline {pipeline.title}",
            pipeline,
            pipeline.document.maybe,
            root=pipeline.document.root,
        )


def _steps(project: Project) -> Iterable[Subject]:
    for pipeline in project.pipelines:
        for step in pipeline.steps:
            yield _step(pipeline, step)
            if not step.type:
                kind = lookup(step.value, "Type")
                if isinstance(kind, Unknown | Template | Choice):
                    yield _untyped(pipeline, step)
        for path, value in pipeline.unknown_steps:
            yield _unknown_step(pipeline, path, value)


def _untyped(pipeline: Pipeline, step: Step) -> Subject:
    """A step whose type is not known, for the rules about steps of one type."""
    kind = lookup(step.value, "Type")
    reason, references = why_unknown(kind)
    same = _step(pipeline, step)
    return replace(
        same,
        type=UNTYPED,
        value=Unknown(f"the type of {same.title} is not known: {reason}", references),
        locator=SubLocator(pipeline.locator, (*step.path, "Type")),
        _nodes={},
    )


def _unknown_step(pipeline: Pipeline, path: Path, value: Unknown) -> Subject:
    """A step, or any number of them, of which nothing is known."""
    return Subject(
        STEP_KIND,
        UNTYPED,
        value,
        value,
        SubLocator(pipeline.locator, path),
        pipeline.path,
        pipeline.address,
        show_path(path),
        "steps that are not known" if isinstance(value, Rest) else "a step that is not known",
        None,
        pipeline.document.maybe,
    )


def _step(pipeline: Pipeline, step: Step) -> Subject:
    named = bool(step.name)
    return Subject(
        STEP_KIND,
        step.type,
        step.value,
        step.raw,
        SubLocator(pipeline.locator, step.path),
        pipeline.path,
        pipeline.address,
        f"Steps[{step.name}]" if named else show_path(step.path),
        f"step {step.name}" if named else f"step number {step.index + 1}",
        step,
        pipeline.document.maybe,
        root=pipeline.document.root,
    )


def _policies(project: Project) -> Iterable[Subject]:
    for policy in project.policies:
        yield _policy(policy)


def _policy(policy: Policy) -> Subject:
    return Subject(
        "iam.policy",
        policy.use,
        normal_policy(policy.value),
        policy.value,
        NormalLocator(policy.locator, policy.value),
        policy.path,
        policy.address,
        _policy_label(policy),
        _policy_title(policy),
        policy,
        policy.document.maybe,
        root=policy.document.root,
    )


def _policy_label(policy: Policy) -> str:
    """Where in its document the policy is, unless it is the document's only one."""
    base = policy.base
    if len(base) < 2:
        return ""
    return Names().object_path(policy.document.value, base[:-1])


def _policy_title(policy: Policy) -> str:
    if policy.use == "trust":
        return f"the trust policy of {policy.address or policy.path}"
    return f"policy {policy.name}" if policy.name else "the policy"


def _statements(project: Project) -> Iterable[Subject]:
    for policy in project.policies:
        yield from _statements_of(policy)


def _statements_of(policy: Policy) -> Iterable[Subject]:
    whole = _policy(policy)
    statements = lookup(whole.value, "Statement")
    if isinstance(whole.value, Unknown):
        statements = whole.value
    items = statements if isinstance(statements, list) else [statements]
    names = element_names(items)
    for index, item in enumerate(items):
        if not isinstance(item, dict | Unknown):
            continue
        base: Path = ("Statement", index) if isinstance(statements, list) else ()
        yield _statement(whole, policy, names[index], index, item, base)


def _statement(
    whole: Subject, policy: Policy, name: str, index: int, item: Any, base: Path
) -> Subject:
    label = f"Statement[{name}]"
    title = f"statement {name}" if not name.isdecimal() else f"statement {index + 1}"
    if isinstance(item, Unknown):
        title = "a statement that is not known" if isinstance(item, Rest) else title
    raw_items = lookup(policy.value, "Statement")
    raw = raw_items[index] if isinstance(raw_items, list) else raw_items
    return Subject(
        "iam.statement",
        policy.use,
        item,
        raw,
        SubLocator(whole.locator, base),
        policy.path,
        policy.address,
        f"{whole.label}.{label}" if whole.label else label,
        title,
        StatementOf(policy, index),
        policy.document.maybe,
        root=policy.document.root,
    )


class StatementOf:
    """The domain object of a statement subject: the policy it stands in, and its number."""

    __slots__ = ("index", "policy")

    def __init__(self, policy: Policy, index: int) -> None:
        self.policy = policy
        self.index = index


def _roles(project: Project) -> Iterable[Subject]:
    for role in project.roles:
        yield _role(role)


def _role(role: Role) -> Subject:
    document = role.document
    name = role.name if isinstance(role.name, str) else document.address
    return Subject(
        "iam.role",
        document.type,
        document.value,
        document.value,
        document.locator,
        document.path,
        document.address,
        "",
        f"role {name}",
        role,
        document.maybe,
        root=document.root,
    )


def _project(project: Project) -> Iterable[Subject]:
    path = min(project.sources, default="")
    locator = ConstantLocator(Location(Span(path, 1, 1, 1, 1)))
    yield Subject("project", "", {}, {}, locator, path, "", "", "the scanned files", project)


_MAKERS: dict[str, Callable[[Project], Iterable[Subject]]] = {
    "pipeline": _pipelines,
    STEP_KIND: _steps,
    "iam.policy": _policies,
    "iam.statement": _statements,
    "iam.role": _roles,
    "project": _project,
    **{kind: _others(kind) for kind in _OTHER_DOCUMENTS},
}
