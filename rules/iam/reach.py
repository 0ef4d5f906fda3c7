"""Rules about what one statement reaches: actions of a kind, on every resource, unconditionally."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from linter.core.values import MISSING, Unknown, lookup
from linter.domain.iam.patterns import matches
from linter.domain.iam.services import Action, actions_of, expand, services
from linter.policy.helpers import fail, known_values, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from rules.iam.grants import _allows, _elements, _is_star, _star, _undecided_actions

Wanted = Callable[[Action], bool]

DANGEROUS = frozenset(
    """iam:passrole iam:createpolicyversion iam:setdefaultpolicyversion iam:attachuserpolicy
    iam:attachgrouppolicy iam:attachrolepolicy iam:putuserpolicy iam:putgrouppolicy
    iam:putrolepolicy iam:addusertogroup iam:updateassumerolepolicy iam:createaccesskey
    iam:createloginprofile iam:updateloginprofile iam:deleterolepermissionsboundary
    iam:deleteuserpermissionsboundary iam:deleterolepolicy iam:detachrolepolicy
    iam:putrolepermissionsboundary iam:putuserpermissionsboundary""".split()
)
"""Actions with which a principal raises its own permissions (IAM020 without iam:PassRole)."""

DATA = frozenset(
    {
        *("s3:getobject", "ssm:getparameter", "ssm:getparameters", "ssm:getparametersbypath"),
        *("secretsmanager:getsecretvalue", "secretsmanager:batchgetsecretvalue"),
    }
)
CREDENTIALS = frozenset(
    """sts:assumerole sts:assumerolewithsaml sts:assumerolewithwebidentity sts:getfederationtoken
    iam:createaccesskey iam:createloginprofile iam:createservicespecificcredential
    codeartifact:getauthorizationtoken redshift:getclustercredentials
    rds-db:connect lightsail:getrelationaldatabasemasteruserpassword
    cognito-identity:getcredentialsforidentity""".split()
)
EXPOSURE = frozenset(
    """sagemaker:putmodelpackagegrouppolicy sagemaker:putresourcepolicy
    sagemaker:putlineagegrouppolicy sagemaker:createhubcontentpresignedurls
    sagemaker:updatehub""".split()
)
PRESIGNED = frozenset(
    """sagemaker:createpresigneddomainurl sagemaker:createpresignedmlflowtrackingserverurl
    sagemaker:createpartnerapppresignedurl sagemaker:createhubcontentpresignedurls""".split()
)


def _unbounded(subject: Subject, wanted: Wanted, *, wildcards: bool = False) -> Iterator[Outcome]:
    """Actions of a kind that the statement allows on every resource with no condition.

    ``service:*`` and ``*`` are left to IAM001 and IAM002 unless ``wildcards``.
    """
    if not _allows(subject) or lookup(subject.value, "Condition") not in (MISSING, None):
        return
    star, where = _star(subject)
    if star is False:
        return
    for path, action in _elements(subject.value, "Action"):
        if not isinstance(action, str):
            continue
        if not wildcards and (not action.strip("*") or action.endswith(":*")):
            continue
        found = [item.full_name for item in expand(action.lower()) if wanted(item)]
        if not found:
            continue
        if star is None:
            yield unknown(lookup(subject.value, "Resource"), where)
            return
        listed = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        yield fail(path, "", detail=f"{action.lower()} {listed}")


def _named(subject: Subject, names: frozenset[str], message: str) -> Iterator[Outcome]:
    for outcome in _unbounded(subject, lambda item: item.full_name.lower() in names):
        yield _worded(subject, outcome, message)


def _worded(subject: Subject, outcome: Outcome, message: str) -> Outcome:
    if outcome.verdict.value == "fail":
        what = outcome.detail.partition(" ")[2]
        return replace(
            outcome, message=f"{subject.title} allows {what} on every resource: {message}"
        )
    return outcome


def self_escalation(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM020."""
    names = DANGEROUS - {"iam:passrole"}
    return _named(subject, names, "whoever holds it can make itself an administrator")


def data_read(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM033."""
    return _named(subject, DATA, "it reads what every other team stores there")


def credentials(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM034."""
    return _named(subject, CREDENTIALS, "the answer is credentials of somebody else")


def sharing(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM036."""
    return _named(subject, EXPOSURE, "models can be shared with any account")


def presigned_urls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM029."""
    return _named(subject, PRESIGNED, "an address that signs its holder in as any user")


def notebook_urls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM028."""
    names = frozenset({"sagemaker:createpresignednotebookinstanceurl"})
    return _named(subject, names, "it opens any notebook, with that notebook's role")


def permissions(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM035."""
    other = DANGEROUS | EXPOSURE
    for outcome in _unbounded(
        subject,
        lambda item: (
            "Permissions management" in item.access_level and item.full_name.lower() not in other
        ),
    ):
        yield _worded(subject, outcome, "it changes who may do what")


def assume_any(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM069: ``sts:AssumeRole`` on every role of every account that trusts the principal."""
    if not _allows(subject):
        return
    for path, action in _elements(subject.value, "Action"):
        if not isinstance(action, str) or not matches(action.lower(), "sts:assumerole"):
            continue
        if not action.strip("*") or lookup(subject.value, "Condition") not in (MISSING, None):
            continue
        for _, resource in _elements(subject.value, "Resource"):
            if _is_star(resource) or (isinstance(resource, str) and resource.endswith(":role/*")):
                yield fail(
                    path, f"{subject.title} may assume any role that trusts its account", detail=""
                )
                return


def hidden_by_wildcard(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM006: ``iam:Put*`` and the like stand for more than they seem to."""
    if not _allows(subject):
        return
    for path, action in _elements(subject.value, "Action"):
        if not isinstance(action, str) or "*" not in action.partition(":")[2]:
            continue
        if action.endswith(":*") or not action.partition(":")[2].strip("*"):
            continue
        found = [i.full_name for i in expand(action.lower()) if i.full_name.lower() in DANGEROUS]
        if found:
            yield fail(
                path,
                f"{subject.title} allows {action}, which includes {', '.join(found[:3])}",
                detail=action.lower(),
            )


def everything(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM001 on every resource, IAM005 on some: the action ``*``."""
    if not _allows(subject):
        return
    yield from _undecided_actions(subject)
    star, where = _star(subject)
    for path, action in _elements(subject.value, "Action"):
        if isinstance(action, str) and action and not action.replace(":", "").strip("*"):
            if star:
                yield fail(path, f"{subject.title} allows every action on every resource")
            elif star is None:
                yield unknown(lookup(subject.value, "Resource"), where)


def everything_bounded(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM005."""
    if not _allows(subject) or _star(subject)[0] is not False:
        return
    for path, action in _elements(subject.value, "Action"):
        if isinstance(action, str) and action and not action.replace(":", "").strip("*"):
            yield fail(path, f"{subject.title} allows every action on the resources it names")


def pass_role_by_exclusion(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM018: NotAction that does not exclude ``iam:PassRole``."""
    excluded = lookup(subject.value, "NotAction")
    if not _allows(subject) or not isinstance(excluded, list):
        return
    for item in excluded:
        if isinstance(item, Unknown):
            yield unknown(item, ("NotAction",))
            return
        if isinstance(item, str) and matches(item.lower(), "iam:passrole"):
            return
    if _star(subject)[0]:
        yield fail(
            ("NotAction",),
            f"{subject.title} allows iam:PassRole on every role, because NotAction does not "
            "exclude it",
        )


def unknown_action(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM049: a service or action that the authorization reference does not know."""
    if not services():
        return
    for key in ("Action", "NotAction"):
        for path, action in _elements(subject.value, key):
            for text in known_values(action):
                if not isinstance(text, str) or not text.strip("*") or ":" not in text:
                    continue
                service = text.partition(":")[0].lower()
                if "*" in service or "?" in service or expand(text.lower()):
                    continue
                known = service in services()
                what = f"no action of {service}" if known else f"no service: {service}"
                yield fail(
                    path,
                    f"{subject.title} names {text}, which is {what}{_near(text, known)}",
                    detail=text.lower(),
                    severity=None if known else Severity.MEDIUM,
                )


def _near(text: str, known: bool) -> str:
    from difflib import get_close_matches

    service, _, name = text.partition(":")
    if known:
        names = {item.name.lower(): item.name for item in actions_of(service.lower()).values()}
        near = get_close_matches(name.lower().strip("*"), names, 1, 0.75)
        return f"; did you mean {service}:{names[near[0]]}?" if near else ""
    close = get_close_matches(service.lower(), sorted(services()), 1, 0.75)
    return f"; did you mean {close[0]}?" if close else ""
