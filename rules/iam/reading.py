"""What the IAM checks share: reading statements element by element, and whom they concern.

How overlapping rules keep apart, so that one statement gets one finding for one thing to change:

- an action element belongs to the most specific rule that explains it. ``*`` is IAM001, IAM005;
  ``iam:*`` IAM012, ``s3:*`` IAM004, ``sagemaker:*`` of an ML role IAM003, another ``service:*``
  IAM002; a partial wildcard with something dangerous in it IAM006; what is left is judged by kind
  (IAM020, IAM028, IAM029, IAM033 to IAM036, IAM069) and, when it writes, by IAM037;
- a resource element ``*`` belongs to IAM016 for ``iam:PassRole``, to IAM037 where the statement
  writes, and else to IAM007; an ARN of wildcards to IAM008;
- IAM017 leaves roles that nothing names to IAM016;
- of the escalations that one action element opens, the first in the table is reported, and names
  the others (:mod:`rules.iam.escalation`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from linter.core.documents import Path
from linter.core.reads import may_be_anything, note, unwatched, watched
from linter.core.truth import Truth
from linter.core.values import (
    MISSING,
    OpenDict,
    Rest,
    Template,
    Unknown,
    lookup,
    note_unknown,
    unknown_parts,
)
from linter.domain.iam.circumstances import anybody_meets
from linter.domain.iam.globs import GAP, STAR, may_meet, options, wild
from linter.domain.iam.services import Action
from linter.policy.model import Outcome, Subject
from linter.policy.subjects import StatementOf
from linter.project.model import Policy, Role


def elements(
    statement: Any,
    key: str,
    sought: Iterable[str] = ("*",),
    could: Callable[[str], bool] | None = None,
) -> Iterator[tuple[Path, Any]]:
    """The elements of ``Action`` or ``Resource``: (path, value), unknown ones included.

    Those are noted as read: a check that finds nothing among the known ones is not passed. An ARN
    that is known in part is some ARN, and not noted; nor is an action of which enough is known to
    tell that it is none of those that are ``sought`` (globs, in lower case), or that it ``could``
    not be (:func:`may_be_everything`, :func:`may_be_service`).
    """
    with unwatched():
        value = lookup(statement, key)
    if value is MISSING or value is None:
        return
    if watched():
        if key in _RESOURCES:
            note(*_open(value))
        else:
            note(*_unread_actions(value, sought, could))
    if not isinstance(value, list):
        yield (key,), value
        return
    for index, item in enumerate(value):
        yield (key, index), item


_RESOURCES = ("Resource", "NotResource")


def may_be_everything(glob: str) -> bool:
    """Whether a partly known action may be ``*``."""
    return not glob.replace(":", "").strip(_ANYTHING)


def may_be_service(glob: str) -> bool:
    """Whether a partly known action may be ``service:*``."""
    for index, sign in enumerate(glob):
        wild_behind = not glob[index + 1 :].strip(_ANYTHING)
        if sign == ":":
            return wild_behind
        if sign == GAP and wild_behind:  # it may hold the colon
            return True
    return False


_ANYTHING = f"{STAR}{GAP}"


def concerns(statement: Any, wanted: Callable[[str], object], sought: Iterable[str]) -> bool:
    """Whether some action of a statement is, or may be, what a rule is about.

    Nothing is noted: of a statement that is about something else it does not matter what is known.
    """
    with unwatched():
        value = lookup(statement, "Action")
        actions = value if isinstance(value, list) else [value]
        if any(isinstance(action, str) and wanted(action.lower()) for action in actions):
            return True
        return any(True for _ in _unread_actions(value, sought))


def _unread_actions(
    actions: Any, sought: Iterable[str], could: Callable[[str], bool] | None = None
) -> Iterator[Unknown | Template]:
    for item in actions if isinstance(actions, list) else [actions]:
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item, Template):
            glob = options(item)[0].lower()
            if could is not None and not could(glob):
                continue
            if any(may_meet(glob, wild(wanted)) for wanted in sought):
                yield item


def _open(resources: Any) -> list[Unknown]:
    """Resources that may be ``*``: unknown ones that nothing says to be some ARN.

    A reference to a resource does, and so does what begins another of the resources:
    ``[var.bucket, "${var.bucket}/*"]``.
    """
    listed = resources if isinstance(resources, list) else [resources]
    found = [item for item in listed if isinstance(item, Unknown) and not refers(item)]
    if not found:
        return found
    begun = {t.parts[0] for t in listed if isinstance(t, Template) and len(t.parts) > 1}
    return [item for item in found if isinstance(item, Rest) or item not in begun]


def statements(policy: Any) -> list[Any]:
    """The statements of a policy in normal form; unknown ones are left out, and noted."""
    found = lookup(policy, "Statement")
    items = found if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, dict)]


def allows(subject: Subject) -> bool:
    """Whether a statement's effect is Allow.

    A statement whose effect is not known never comes to a check: it is judged as an Allow and as a
    Deny, and what fails then is undecided (:mod:`linter.policy.supposing`).
    """
    return bool(lookup(subject.value, "Effect") == "Allow")


def conditioned(statement: Any) -> bool:
    """Whether there is, or may be, a condition that keeps somebody out.

    One that anybody can meet is none (:mod:`linter.domain.iam.circumstances`). That there only may
    be one, or that it only may keep somebody out, is noted.
    """
    condition = lookup(statement, "Condition")
    if not isinstance(condition, OpenDict) and condition in (MISSING, None, {}):
        return False
    met = anybody_meets(condition)
    if met is None:
        note(*(part for part in unknown_parts(condition) if isinstance(part, Unknown)))
    return met is not True


def open_condition(statement: Any) -> Unknown | None:
    """Why the keys of a condition are not all known; ``None`` when they are."""
    condition = lookup(statement, "Condition")
    if isinstance(condition, Unknown):
        return condition
    if not isinstance(condition, dict):
        return None
    parts = [condition, *condition.values()]
    for part in parts:
        if isinstance(part, OpenDict):
            return part.rest
    return next((part for part in parts if isinstance(part, Unknown)), None)


def is_star(resource: Any) -> bool:
    """``*`` alone."""
    return isinstance(resource, str) and bool(resource) and not resource.strip("*")


def is_wild_arn(resource: Any) -> bool:
    """An ARN whose resource part names nothing: ``arn:aws:s3:::*/*``, ``arn:aws:logs:*:*:*``."""
    if not isinstance(resource, str):
        return False
    parts = resource.split(":", 5)
    return len(parts) == 6 and parts[0] == "arn" and "*" in parts[5] and not parts[5].strip("*/:?")


def names_nothing(resource: Any) -> bool:
    return is_star(resource) or is_wild_arn(resource)


def star(statement: Any) -> tuple[bool | None, Path]:
    """Whether a statement reaches every resource, and where it says so.

    An unknown resource may be ``*``, unless it refers to a resource, and so is some ARN.
    """
    found = list(elements(statement, "Resource"))
    for path, value in found:
        if names_nothing(value):
            return True, path
    for value in _open([value for _, value in found]):
        return None, next(path for path, other in found if other is value)
    return False, ()


def everywhere(statement: Any) -> Truth:
    """Whether a statement reaches every resource of every service, as :func:`star`."""
    found = [value for _, value in elements(statement, "Resource")]
    if any(is_star(v) or (is_wild_arn(v) and not v.split(":")[2].strip("*")) for v in found):
        return True
    return None if _open(found) else False


def open_resource(statement: Any) -> list[Unknown]:
    """The resources that may be ``*``, because of which :func:`star` decides nothing."""
    return _open([value for _, value in elements(statement, "Resource")])


def refers(value: Unknown) -> bool:
    """Whether an unknown is an attribute of a resource, which names something."""
    return not may_be_anything(value.references)


def is_everything(action: Any) -> bool:
    """``*`` and ``*:*``."""
    return isinstance(action, str) and bool(action) and not action.replace(":", "").strip("*")


def is_service(action: Any) -> bool:
    """``service:*``."""
    if not isinstance(action, str) or is_everything(action):
        return False
    service, colon, name = action.partition(":")
    return bool(colon and service and name) and not name.strip("*")


def condition_entries(statement: Any) -> Iterator[tuple[str, str, Any]]:
    """(operator, key, values) of a condition; what is not known of it is noted."""
    condition = note_unknown(lookup(statement, "Condition"))
    for operator, keys in condition.items() if isinstance(condition, dict) else ():
        note_unknown(keys)
        for key, values in keys.items() if isinstance(keys, dict) else ():
            yield str(operator), str(key), note_unknown(values)


def conditions(statement: Any) -> dict[str, list[Any]] | None:
    """Condition keys in lower case with their values; ``None`` when they are not all known."""
    condition = lookup(statement, "Condition")
    if condition is MISSING or condition is None:
        return {}
    if not isinstance(condition, dict) or isinstance(condition, OpenDict):
        return None
    found: dict[str, list[Any]] = {}
    for keys in condition.values():
        if not isinstance(keys, dict) or isinstance(keys, OpenDict):
            return None
        for key, values in keys.items():
            listed = values if isinstance(values, list) else [values]
            found.setdefault(str(key).lower(), []).extend(listed)
    return found


def plain_operator(operator: str) -> str:
    """Without set prefix and ``IfExists``, in lower case."""
    return operator.lower().rpartition(":")[2].removesuffix("ifexists")


def principals(statement: Any, kind: str) -> Iterator[tuple[Path, Any]]:
    """The principals of a kind (``AWS``, ``Service``, ``Federated``, ``*``) with their paths."""
    values = lookup(lookup(statement, "Principal"), kind)
    if isinstance(values, Unknown):
        yield ("Principal", kind), values
    for index, value in enumerate(values if isinstance(values, list) else ()):
        yield ("Principal", kind, index), value


def anyone(statement: Any) -> Path | None:
    """Where a statement names every principal there is."""
    for kind in ("*", "AWS"):
        for path, value in principals(statement, kind):
            if value == "*":
                return path
    return None


def distinct(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Each outcome once: of a group and each of its members the same is said."""
    told: set[tuple[object, ...]] = set()
    for outcome in outcomes:
        said = (outcome.at, outcome.verdict, outcome.message, outcome.because)
        if said not in told:
            told.add(said)
            yield outcome


def policy_of(subject: Subject) -> Policy:
    holder = subject.domain
    if isinstance(holder, Policy):
        return holder
    assert isinstance(holder, StatementOf)
    return holder.policy


def trusted_services(role: Role) -> list[Any]:
    """Service principals of a role's trust policy, unknown ones included."""
    if role.trust is None:
        return []
    from linter.policy.statements import normal_policy

    found: list[Any] = []
    for statement in statements(normal_policy(role.trust.value)):
        if lookup(statement, "Effect") == "Allow":
            found.extend(value for _, value in principals(statement, "Service"))
    return found


def trusts_sagemaker(role: Role) -> bool:
    return any(
        isinstance(name, str) and name.startswith("sagemaker.") for name in trusted_services(role)
    )


def ml_roles(subject: Subject) -> list[Role]:
    """Roles that SageMaker may assume, or that pipelines run with, among those attached.

    Where it is attached to one of several, and which is not known: all of them, if all are such.
    """
    policy = policy_of(subject)
    possible = possible_ml_roles(subject)
    every = len(possible) == len(policy.possible_roles)
    return [*filter(_runs_ml, policy.roles), *(possible if every else ())]


def possible_ml_roles(subject: Subject) -> list[Role]:
    """Such roles among those of which one or some have it, and which is not known."""
    return list(filter(_runs_ml, policy_of(subject).possible_roles))


def _runs_ml(role: Role) -> bool:
    return bool(role.pipelines) or trusts_sagemaker(role)


def pipelines_of(roles: Iterable[Role]) -> str:
    """``; pipeline churn runs with it``, or nothing."""
    names = dict.fromkeys(p.title for role in roles for p in role.pipelines)
    if not names:
        return ""
    many = "pipelines" if len(names) > 1 else "pipeline"
    verb = "run" if len(names) > 1 else "runs"
    return f"; {many} {listed(list(names), 3)} {verb} with it"


def listed(names: Sequence[str], limit: int = 4) -> str:
    """``a``, ``a and b``, ``a, b and 3 more``."""
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def writes(action: Action) -> bool:
    return action.access_level not in ("List", "Read")


def certain(values: Any) -> list[Any] | None:
    """A list's elements when it cannot go on; else ``None``."""
    if not isinstance(values, list) or any(isinstance(item, Rest) for item in values):
        return None
    return values
