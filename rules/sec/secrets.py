"""SEC001 to SEC006: credentials written where everybody who may describe a job reads them."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import Template, dig, lookup
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, select, walk
from linter.policy.model import Context, Outcome, Subject

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a private key", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    ("a Slack token", r"\bxox[abprs]-[A-Za-z0-9-]{10,250}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{34}\b"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{20,250}\b"),
    ("an OpenAI key", r"\bsk-(?:proj-)?[A-Za-z0-9_-]{40,250}\b"),
    ("a Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\."),
    ("a password in an address", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,100}:[^\s/:@]{3,200}@"),
)
_SECRET_NAME = re.compile(
    r"(?:^|[_\-.])(?:password|passwd|pwd|secret|token|api[_\-]?key|access[_\-]?key|"
    r"private[_\-]?key|credentials?)$",
    re.IGNORECASE,
)
"""Names that end so. ``TOKEN_LIMIT`` or ``SECRET_NAME`` say something about a secret, not it."""
_PLACEHOLDER = re.compile(
    r"(?i)^(?:changeme|change[_-]me|example|dummy|test|none|null|todo|xxx+|\*+|<.*>|\$\{.*|"
    r"\{\{.*|arn:.*|/.*|ssm:.*|secretsmanager:.*|s3://.*|https?://[^@]*|your[_-].*)$"
)
_PRESIGNED = re.compile(r"[?&](?:X-Amz-Signature|X-Goog-Signature|sig)=[A-Za-z0-9%/+=-]{16}")
_FLAG = re.compile(r"--?(?:password|passwd|token|secret|api-?key)(?:=(.{6,}))?", re.IGNORECASE)


def what(value: Any, name: str = "") -> str | None:
    """What kind of secret a text holds, or ``None``. A name counts only with a random value."""
    text = _text(value)
    if not text:
        return None
    for kind, pattern in _PATTERNS:
        if re.search(pattern, text):
            return kind
    if isinstance(value, str) and _SECRET_NAME.search(name) and _random(value):
        return "a secret"
    return None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value[:20_000]
    if isinstance(value, Template):
        return "\0".join(part for part in value.parts if isinstance(part, str))[:20_000]
    return ""


def _random(text: str) -> bool:
    """Whether a text looks made up by a generator: long enough, mixed, no placeholder."""
    text = text.strip().strip("\"'")
    if len(text) < 8 or " " in text or _PLACEHOLDER.match(text) or text.isdigit():
        return False
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 2.5 and any(not character.isalpha() for character in text)


def _found(subject: Subject, at: Path, kind: str, where: str, name: str = "") -> Outcome:
    label = f" {name}" if name else ""
    return fail(
        at,
        f"{subject.title} holds {kind} in {where}{label}: everybody who may describe it reads it",
    )


def environment(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC001: environment variables of steps and of models' containers."""
    paths = {
        "terraform": ("$.primary_container[*].environment", "$.container[*].environment"),
        "cloudformation": ("$.PrimaryContainer.Environment", "$.Containers[*].Environment"),
    }.get(subject.kind, ("$.Arguments.Environment", "$.Arguments.PrimaryContainer.Environment"))
    for path in paths:
        for match in select(subject.value, path):
            yield from _mapping(subject, match.path, match.value, "the environment variable")


def hyperparameters(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC002: hyperparameters, of which the SDK quotes the values once more."""
    for path in (
        "$.Arguments.HyperParameters",
        "$.Arguments.TrainingJobDefinition.StaticHyperParameters",
    ):
        for match in select(subject.value, path):
            yield from _mapping(subject, match.path, match.value, "the hyperparameter")


def _mapping(subject: Subject, at: Path, values: Any, where: str) -> Iterator[Outcome]:
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        kind = what(value, str(name))
        if kind is not None:
            yield _found(subject, (*at, name), kind, where, str(name)[:80])


def container_arguments(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC003: command lines and inputs that are written into the definition."""
    step = subject.domain
    assert isinstance(step, Step)
    for member in ("ContainerArguments", "ContainerEntrypoint"):
        path = ("AppSpecification", member)
        words = dig(step.arguments, *path)
        flagged = False
        for index, word in enumerate(words if isinstance(words, list) else ()):
            at = ("Arguments", *path, index)
            flag = _FLAG.fullmatch(word) if isinstance(word, str) else None
            given = word if flagged and isinstance(word, str) else None
            written = flag[1] if flag is not None else given
            kind = what(word) or ("a secret" if written and _random(written) else None)
            flagged = flag is not None and not flag[1]
            if kind is not None:
                yield _found(subject, at, kind, "its command line")
    if step.type in ("Lambda", "Callback"):
        yield from _mapping(subject, ("Arguments",), step.arguments, "the input")


def parameter_defaults(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC004: a pipeline parameter whose default is a secret."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for name, parameter in pipeline.parameters.items():
        default = lookup(pipeline.definition, "Parameters")
        value = dig(pipeline.definition, *parameter.path, "DefaultValue")
        if not isinstance(default, list):
            return
        kind = what(value, name)
        if kind is not None:
            at = (*parameter.path, "DefaultValue")
            yield _found(subject, at, kind, "the default of the parameter", name[:80])


def presigned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC005: an address that carries its own signature."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for path, value in walk(pipeline.definition):
        text = _text(value)
        if "=" in text and _PRESIGNED.search(text):
            yield fail(
                path,
                f"{subject.title} holds a presigned address: whoever reads the definition may use "
                "it until it expires, and the pipeline fails after that",
            )


def contents(subject: Subject) -> Iterator[tuple[Path, Any]]:
    """Lifecycle scripts of a subject as written, base64 encoded or not: (path, value)."""
    names = ("on_create", "on_start") if subject.kind == "terraform" else ("OnCreate", "OnStart")
    for name in (*names, "studio_lifecycle_config_content", "StudioLifecycleConfigContent"):
        value = lookup(subject.value, name)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield (name, index, "Content"), lookup(item, "Content")
        else:
            yield (name,), value


def scripts(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Decoded lifecycle scripts of a subject, as far as they are known: (path, text)."""
    for at, value in contents(subject):
        if not isinstance(value, str) or len(value) > 1_000_000:
            continue
        try:
            yield at, base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            yield at, value


def lifecycle_scripts(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC006: a secret in a notebook's or Studio's lifecycle script."""
    for at, text in scripts(subject):
        kind = what(text)
        if kind is not None:
            yield _found(subject, at, kind, "its script")
