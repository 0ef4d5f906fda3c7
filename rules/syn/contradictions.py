"""SYN009, SYN011: settings that exclude each other across resources or steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.values import Unknown, lookup
from linter.domain.pipeline import Pipeline, account_of
from linter.policy.helpers import as_bool, fail, is_set, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.named import named

_NAMES: dict[str, dict[str, Any]] = {
    "terraform": {
        "variants": "production_variants",
        "serverless": "serverless_config",
        "model": "model_name",
        "capture": ("data_capture_config", 0, "enable_capture"),
        "type": "aws_sagemaker_model",
        "vpc": "vpc_config",
        "isolation": "enable_network_isolation",
    },
    "cloudformation": {
        "variants": "ProductionVariants",
        "serverless": "ServerlessConfig",
        "model": "ModelName",
        "capture": ("DataCaptureConfig", "EnableCapture"),
        "type": "AWS::SageMaker::Model",
        "vpc": "VpcConfig",
        "isolation": "EnableNetworkIsolation",
    },
}


def serverless(subject: Subject, context: Context) -> Iterable[Outcome]:
    """SYN009: what serverless inference does not do: capture requests, VPCs, isolation.

    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    names = _NAMES[subject.kind]
    variants = lookup(subject.value, names["variants"])
    for index, variant in enumerate(variants if isinstance(variants, list) else ()):
        if not isinstance(variant, dict) or not is_set(lookup(variant, names["serverless"])):
            continue
        yield from _capture(subject, names["capture"])
        at = (names["variants"], index, names["serverless"])
        assert isinstance(subject.domain, Document)
        name = lookup(variant, names["model"])
        models = named(context.project, name, subject.domain, names["type"])
        for key, what in (("vpc", "runs in a VPC"), ("isolation", "is isolated from networks")):
            values = [lookup(model.value, names[key]) for model in models]
            against = [bool((as_bool if key == "isolation" else is_set)(v)) for v in values]
            if any(against) and not all(against):
                yield unknown(f"which model {subject.title} serves is not known", at, detail=key)
            elif any(against):
                yield fail(
                    at,
                    f"{subject.title} serves {models[0].address} without instances, but the model "
                    f"{what}, which serverless inference does not offer",
                    detail=f"{models[0].address} {key}",
                )
        return


def _capture(subject: Subject, path: Path) -> Iterator[Outcome]:
    value: Any = subject.value
    for key in path:
        value = lookup(value, key)
    if isinstance(value, Unknown):
        yield unknown(value, path)
    elif as_bool(value):
        yield fail(
            path,
            f"{subject.title} has a serverless variant and captures requests, which serverless "
            "inference does not offer",
        )


def accounts(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SYN011: roles of steps in another account than the pipeline, which IAM does not let pass."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    own = account_of(pipeline.role)
    found: list[tuple[Path, str]] = []
    for step in pipeline.steps:
        for key in ("RoleArn", "ExecutionRoleArn"):
            account = account_of(step.get(key))
            if account is not None:
                found.append(((*step.path, "Arguments", key), account))
    if own is None:
        if len({account for _, account in found}) < 2:
            return
        own = Counter(account for _, account in found).most_common(1)[0][0]
    for path, account in found:
        if account != own:
            yield fail(
                path,
                f"{subject.title} runs in the account {own}, and a step names a role of {account}: "
                "a role cannot be passed to another account",
                detail=account,
            )
            return
