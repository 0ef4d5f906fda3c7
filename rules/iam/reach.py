"""IAM007, IAM008, IAM020, IAM028, IAM029, IAM033 to IAM037, IAM069: actions on every resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from linter.core.documents import Path
from linter.core.values import Template, Unknown
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import Action, expand
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from rules.iam.arns import can_act_on, is_every, some_text
from rules.iam.principals import left, left_anywhere
from rules.iam.reading import (
    allows,
    concerns,
    conditioned,
    elements,
    is_everything,
    is_service,
    is_star,
    is_wild_arn,
    listed,
    names_nothing,
    open_resource,
    pipelines_of,
    policy_of,
    star,
    writes,
)
from rules.iam.tables import (
    CREDENTIALS,
    DANGEROUS,
    DATA,
    EXPLAINED,
    EXPOSURE,
    NETWORK,
    NOTEBOOK_URL,
    PRESIGNED,
    manages_permissions,
)

Wanted = Callable[[str], Sequence[Action]]
"""A pattern in lower case → those of its actions that a rule is about."""

_ANY_KIND = "*"
"""For :func:`reaches_all`: ``type/*`` leaves open everything, whatever the type."""


def _unbounded(
    subject: Subject,
    wanted: Wanted,
    kind: str,
    danger: str,
    sought: Iterable[str] = ("*",),
    mild: frozenset[str] = frozenset(),
) -> Iterator[Outcome]:
    """Actions of a kind that the statement allows on every resource with no condition.

    One outcome, at the first action that grants one; ``*`` and ``service:*`` are left to the
    rules about those. ``kind`` lists the resource types whose ``type/*`` leaves everything open.
    A finding about nothing but ``mild`` actions is of low severity.
    """

    def own(action: str) -> bool:
        return not (is_everything(action) or is_service(action)) and bool(wanted(action))

    if not allows(subject) or not concerns(subject.value, own, sought):
        return
    if conditioned(subject.value):
        return
    found: dict[str, None] = {}
    first = None
    for path, action in elements(subject.value, "Action", sought):
        if not isinstance(action, str) or is_everything(action) or is_service(action):
            continue
        items = left_anywhere(policy_of(subject), wanted(action.lower()), subject.value)
        names = [item.full_name for item in items]
        if names and first is None:
            first = path
        found.update(dict.fromkeys(names))
    if first is None:
        return
    reach = reaches_all(subject.value, kind, found)
    if reach is not True:
        if reach is None:
            yield unknown(open_resource(subject.value), first)
        return
    yield fail(
        first,
        f"{subject.title} allows {listed(list(found), 3)} on every resource: {danger}"
        f"{pipelines_of(policy_of(subject).roles)}",
        detail=" ".join(found)[:200],
        severity=Severity.LOW if mild.issuperset(name.lower() for name in found) else None,
    )


def reaches_all(statement: Any, kind: str, actions: Iterable[str]) -> bool | None:
    """Whether a statement leaves open what the actions are done to.

    ``type/*`` does when one of the actions takes resources of the type; for others it is no
    resource, and grants nothing.
    """
    reach, _ = star(statement)
    if reach is True:
        return reach
    items = [item for name in actions for item in expand(name.lower())]
    for _, resource in elements(statement, "Resource"):
        if any(is_every(item, resource) for item in items):
            return True
        if not kind:
            continue
        text = some_text(resource) or ""
        named = text.split(":", 5)[-1] if text.startswith("arn:") else ""
        if kind == _ANY_KIND:
            head, found, rest = named.replace(":", "/").partition("/")
            fits = bool(found and head.strip("*") and not rest.strip("*/"))
        else:
            fits = named in {f"{k}/*" for k in kind.split()}
        if fits and any(can_act_on(item, (resource,)) for item in items):
            return True
    return reach


def _names(
    subject: Subject,
    names: frozenset[str],
    danger: str,
    kind: str = "",
    mild: frozenset[str] = frozenset(),
) -> Iterator[Outcome]:
    return _unbounded(
        subject, lambda pattern: _among(names, pattern), kind, danger, names, mild=mild
    )


@lru_cache(maxsize=1024)
def _among(names: frozenset[str], pattern: str) -> Sequence[Action]:
    return [item for item in expand(pattern) if item.full_name.lower() in names]


_SELF_ESCALATION = DANGEROUS - {"iam:passrole"}
_SHARING = EXPOSURE - PRESIGNED
_DOMAIN_URL = frozenset({"sagemaker:createpresigneddomainurl"})


def self_escalation(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM020."""
    return _names(
        subject,
        _SELF_ESCALATION,
        "whoever holds it makes itself an administrator",
        "role user group policy",
    )


def notebook_urls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM028."""
    return _names(
        subject, NOTEBOOK_URL, "it opens any notebook, with its role", "notebook-instance"
    )


def presigned_urls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM029; only the address of a domain names the user that it signs in."""
    named = any(
        _among(_DOMAIN_URL, action.lower())
        for _, action in elements(subject.value, "Action", _DOMAIN_URL)
        if isinstance(action, str)
    )
    return _names(
        subject,
        PRESIGNED,
        "the address signs its holder in as any user"
        if named
        else "the address lets in whoever holds it, as the one who asked for it",
        "user-profile mlflow-tracking-server partner-app hub",
        mild=frozenset() if named else PRESIGNED,
    )


def data_read(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM033."""
    return _names(subject, DATA, "it reads what every other team stores there", "parameter")


def credentials(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM034; actions that take no resource cannot be bounded, and are not reported."""
    return _unbounded(
        subject,
        lambda pattern: [item for item in _among(CREDENTIALS, pattern) if item.resource_types],
        _ANY_KIND,
        "the answer holds credentials, which work wherever they are taken",
        CREDENTIALS,
        mild=_APP_CLIENT,
    )


def permissions(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM035."""
    return _unbounded(
        subject,
        _changing_permissions,
        "",
        "it changes who may do what",
        mild=_STACK_POLICY,
    )


_APP_CLIENT = frozenset({"cognito-idp:describeuserpoolclient"})
"""Credentials of an application and not of a principal; the policy of AWS's load balancer
controller has it on everything (https://docs.aws.amazon.com/eks/latest/userguide/lbc-helm.html)."""
_STACK_POLICY = frozenset({"cloudformation:setstackpolicy"})
"""It says what an update may replace, and gives nobody a permission."""


@lru_cache(maxsize=1024)
def _changing_permissions(pattern: str) -> Sequence[Action]:
    return [
        item
        for item in expand(pattern)
        if manages_permissions(item)
        and item.scopable
        and item.full_name.lower() not in EXPLAINED
        and item.full_name.lower() not in NETWORK
    ]


def sharing(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM036; presigned addresses of hub content are IAM029's."""
    return _names(
        subject, _SHARING, "models can be shared with any account", "model-package-group hub"
    )


_ASSUME = "sts:assumerole"


def assume_any(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM069: ``sts:AssumeRole`` on every role of every account that trusts the principal."""
    if not allows(subject) or not concerns(subject.value, _assumes, (_ASSUME,)):
        return
    if conditioned(subject.value):
        return
    for path, action in elements(subject.value, "Action", (_ASSUME,)):
        if not isinstance(action, str) or not _assumes(action.lower()):
            continue
        if not left_anywhere(policy_of(subject), expand(_ASSUME)):
            continue
        resources = [value for _, value in elements(subject.value, "Resource")]
        if any(names_nothing(r) or (some_text(r) or "").endswith(":role/*") for r in resources):
            yield fail(
                path,
                f"{subject.title} may become any role of any account that trusts this one"
                f"{pipelines_of(policy_of(subject).roles)}",
            )
        elif star(subject.value)[0] is None:
            yield unknown(open_resource(subject.value), path)
        return


def _assumes(pattern: str) -> bool:
    return not is_everything(pattern) and matches(pattern, _ASSUME)


# IAM007 and IAM037: what is left, by what it does.


def _bare_star(subject: Subject) -> tuple[bool | None, Any]:
    for path, value in elements(subject.value, "Resource"):
        if is_star(value):
            return True, path
    reach, path = star(subject.value)
    return (None, path) if reach is None else (False, path)


def _left(subject: Subject) -> Iterator[Action]:
    """Actions that could name what they act on and have no rule of their own."""
    for _, action in elements(subject.value, "Action"):
        if not isinstance(action, str) or is_everything(action) or is_service(action):
            continue
        yield from left_anywhere(policy_of(subject), _scopable(action.lower()))


@lru_cache(maxsize=1024)
def _scopable(pattern: str) -> Sequence[Action]:
    return [i for i in expand(pattern) if i.scopable and i.access_level != "List"]


_MAKING = ("create", "run", "start", "describe", "allocate", "register", "request")


def _makes(name: str) -> bool:
    """Whether it makes what it names: before that there is often nothing to name."""
    word = name.partition(":")[2].lower()
    return word.startswith(_MAKING) or name.lower() in NETWORK or name == "logs:PutLogEvents"


def _unguarded_writes(subject: Subject) -> list[str]:
    names = dict.fromkeys(
        item.full_name
        for item in _left(subject)
        if writes(item)
        and not manages_permissions(item)
        and item.full_name.lower() not in EXPLAINED
    )
    return list(names) if names and not conditioned(subject.value) else []


def _every_of_a_type(subject: Subject, names: list[str]) -> Iterator[tuple[Path, str]]:
    """(where, action) for the actions that a resource leaves all of a type to."""
    items = [item for name in names for item in expand(name.lower())]
    for path, value in elements(subject.value, "Resource"):
        if is_wild_arn(value):
            continue  # IAM008
        yield from ((path, item.full_name) for item in items if is_every(item, value))


def star_write(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM037: writing to every resource there is, unconditionally."""
    if not allows(subject):
        return
    names = _unguarded_writes(subject)
    if not names:
        return
    reach, path = _bare_star(subject)
    if reach is not True:
        every = list(_every_of_a_type(subject, names))
        if every:
            path, names = every[0][0], [name for _, name in every]
        else:
            if reach is None:
                yield unknown(open_resource(subject.value), path)
            return
    makes = all(_makes(name) for name in names)
    what = "can create what it likes" if makes else "can change or delete what others made"
    yield fail(
        path,
        f"{subject.title} allows {listed(names)} on every resource with no condition: whoever "
        f"holds it {what}{pipelines_of(policy_of(subject).roles)}",
        severity=Severity.INFO if makes else None,
    )


def star_resource(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM007: ``Resource: *`` for actions that could name theirs."""
    if not allows(subject):
        return
    if _unguarded_writes(subject):
        return
    some = {item.full_name: item for item in _left(subject)}
    some.pop("iam:PassRole", None)
    guarded = bool(some) and conditioned(subject.value)
    names = [
        name
        for name, item in some.items()
        if guarded or (name.lower() not in EXPLAINED and not manages_permissions(item))
    ]
    if not names:
        return
    reach, path = _bare_star(subject)
    if reach is not True:
        if reach is None:
            yield unknown(open_resource(subject.value), path)
        return
    unread = [v for _, v in elements(subject.value, "Action") if isinstance(v, Unknown | Template)]
    if unread and not guarded:
        yield unknown(unread, path)  # which may write, and then this is IAM037
        return
    pulls = _PULLING.issuperset(name.lower() for name in names)
    mild = guarded or pulls or all(_makes(name) for name in names)
    yield fail(
        path,
        f"{subject.title} allows {listed(names)} on every resource, although "
        f"{'it' if len(names) == 1 else 'they'} can name "
        f"{'its' if len(names) == 1 else 'their'} own"
        f"{pipelines_of(policy_of(subject).roles)}",
        severity=Severity.INFO if mild else None,
    )


_PULLING = frozenset(
    {"ecr:batchchecklayeravailability", "ecr:getdownloadurlforlayer", "ecr:batchgetimage"}
)
"""What AWS allows on everything where it describes execution roles of SageMaker
(https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)."""
_WRITING_LOGS = frozenset({"logs:createloggroup", "logs:createlogstream", "logs:putlogevents"})
"""What the managed policy of every Lambda function allows on everything."""


def wild_arn(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM008: an ARN that bounds the service and nothing else."""
    if not allows(subject):
        return
    found = list(elements(subject.value, "Resource"))
    if any(is_star(value) for _, value in found):
        return  # IAM007 and IAM037
    unread = open_resource(subject.value)
    patterns = [a for _, a in elements(subject.value, "Action") if isinstance(a, str)]
    for path, value in found:
        if not is_wild_arn(value):
            continue
        service = value.split(":", 3)[2].lower()
        acting = [
            item.full_name
            for pattern in patterns
            for item in left(policy_of(subject), expand(pattern.lower()))
            if item.scopable and matches(service, item.service)
        ]
        only_logs = _WRITING_LOGS.issuperset(name.lower() for name in acting)
        if acting and unread:
            yield unknown(unread, path)  # which may be an asterisk
        elif acting:
            yield fail(
                path,
                f"{subject.title} names {value}, which bounds {listed(acting, 2)} to nothing"
                f"{pipelines_of(policy_of(subject).roles)}",
                detail=value,
                severity=Severity.INFO if conditioned(subject.value) or only_logs else None,
            )
