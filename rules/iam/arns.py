"""Which resources an action can act on: ARNs of policies against those of AWS's data."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.truth import Truth
from linter.core.values import Template
from linter.domain.iam.globs import covers, may_meet, wild
from linter.domain.iam.services import Action, resource_types_of

PLACEHOLDER = lazy_regex(r"\$\{[^}]*\}")
_WILD = lazy_regex(r"[*?]")


SOMETHING = "\ufffc"
"""Stands for text that is not known, and that is no wildcard."""


def some_text(resource: Any) -> str | None:
    """A resource as a pattern, of which unknown parts and policy variables are some text.

    For what must be certain: ``role/${var.name}`` and ``user/${aws:username}`` are one role and
    one user, whichever they are. ``None`` for what is not known at all.
    """
    if isinstance(resource, str):
        return PLACEHOLDER.sub(SOMETHING, resource)
    if isinstance(resource, Template):
        parts = (part if isinstance(part, str) else SOMETHING for part in resource.parts)
        return PLACEHOLDER.sub(SOMETHING, "".join(parts))
    return None


def text_of(resource: Any) -> str | None:
    """The widest pattern that a resource may be: unknown parts and policy variables are ``*``.

    Only for what *may* be; :func:`some_text` is for what is certain.
    """
    if isinstance(resource, str):
        return PLACEHOLDER.sub("*", resource)
    if isinstance(resource, Template):
        parts = (part if isinstance(part, str) else "*" for part in resource.parts)
        return PLACEHOLDER.sub("*", "".join(parts))
    return None


def acts_on(action: Action, resources: Iterable[Any]) -> Truth:
    """Whether some resource is for certain of a type that the action takes."""
    found = list(resources)
    certain = [text for text in map(some_text, found) if text is not None]
    if can_act_on(action, certain):
        return True
    return None if can_act_on(action, found) else False


def can_act_on(action: Action, resources: Iterable[Any]) -> bool:
    """Whether some resource may be of a type that the action takes; unknown ones may."""
    if not action.resource_types:
        checked = _NO_RESOURCE.get(f"{action.service}:{action.name}".lower())
        return any(_may_be(text_of(item), checked) for item in resources)
    types = resource_types_of(action.service)
    for item in resources:
        text = text_of(item)
        if text is None or _is_any(text):
            return True
        for name in action.resource_types:
            kind = types.get(name)
            if kind is None or not kind.arn or arn_fits(kind.arn, text):
                return True
    return False


def is_every(action: Action, resource: Any) -> bool:
    """Whether a resource stands for all there is of a type that the action takes.

    In every account and region: ``arn:aws:sagemaker:*:*:model/*`` bounds as little as ``*``.
    """
    text = some_text(resource)
    return text is not None and text.startswith("arn:") and _covers_a_type(action, text)


@lru_cache(maxsize=4096)
def _covers_a_type(action: Action, text: str) -> bool:
    partition = text.split(":", 2)[1]
    types = resource_types_of(action.service)
    for name in action.required_types or action.resource_types:
        kind = types.get(name)
        if kind is not None and kind.arn:
            every = PLACEHOLDER.sub("*", kind.arn.replace("${Partition}", partition))
            if covers(wild(text), wild(every)):
                return True
    return False


_NO_RESOURCE = dict.fromkeys(
    ("logs:describeloggroups", "logs:describeresourcepolicies", "logs:putresourcepolicy"),
    "arn:*:logs:*:*:log-group::log-stream:",
)
"""What a service checks although its authorization reference lists no resource for the action; see
"Enabling logging from AWS services" in the CloudWatch Logs user guide, which asks for
``log-group:*`` there."""


def _may_be(text: str | None, checked: str | None) -> bool:
    return _is_any(text) or (checked is not None and text is not None and overlap(checked, text))


def _is_any(text: str | None) -> bool:
    return text is None or not text.strip("*")


@lru_cache(maxsize=4096)
def arn_fits(type_arn: str, pattern: str) -> bool:
    """Whether an ARN of the type may match the pattern, field by field.

    A pattern with fewer fields, whose wildcard may stand for several, fits when its text does.
    """
    kind = PLACEHOLDER.sub("*", type_arn)
    ours, theirs = kind.split(":", 5), pattern.split(":", 5)
    if len(ours) != 6 or len(theirs) != 6:
        return overlap(kind, pattern)
    if type_arn.endswith(":${BucketName}") and "/" in theirs[5]:
        return False  # unlike other names, that of a bucket has no slash
    return all(overlap(one, other) for one, other in zip(ours, theirs, strict=True))


def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns (``*`` any text, ``?`` one character)."""
    if "*" in (one, other):
        return True
    if not _WILD.search(one) and not _WILD.search(other):
        return one == other
    return may_meet(wild(one), wild(other))
