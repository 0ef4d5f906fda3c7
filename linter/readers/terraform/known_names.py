"""Attributes that the provider computes and that follow from what is configured: ARNs and ids.

The account, and mostly the region, are known only when the configuration is applied: an ARN is a
text of which those parts are not known. Each such part refers to the attribute itself, so that a
link by reference finds the resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linter.core.regex import lazy_regex
from linter.core.values import Template, Unknown, make_string
from linter.readers.terraform.cty.value import NULL, STRING, Value, string

if TYPE_CHECKING:
    from linter.readers.terraform.module import Module
    from linter.readers.terraform.program import Program
    from linter.readers.terraform.repetition import Instance
    from linter.readers.terraform.syntax.tree import Block

_ID = "{%s}"
_REGIONAL = "arn:{partition}:%s:{region}:{account}:%s"
_GLOBAL = "arn:{partition}:iam::{account}:%s{path}{name}"
_SAGEMAKER = "arn:{partition}:sagemaker:{region}:{account}:%s/{lower:%s}"


def _named(service: str, resource: str, name: str = "name") -> dict[str, str]:
    return {"arn": _REGIONAL % (service, resource + _ID % name), "id": _ID % name}


def _iam(kind: str, name: str = "name") -> dict[str, str]:
    return {"arn": _GLOBAL % kind, "id": _ID % name}


def _sagemaker(kind: str, name: str = "name") -> dict[str, str]:
    return {"arn": _SAGEMAKER % (kind, name), "id": _ID % name}


_ATTRIBUTES: dict[str, dict[str, str]] = {
    "aws_s3_bucket": {"arn": "arn:{partition}:s3:::{bucket}", "id": "{bucket}"},
    "aws_iam_role": _iam("role"),
    "aws_iam_user": _iam("user"),
    "aws_iam_group": _iam("group"),
    "aws_iam_instance_profile": _iam("instance-profile"),
    "aws_iam_policy": {"arn": _GLOBAL % "policy", "id": _GLOBAL % "policy"},
    "aws_cloudwatch_log_group": _named("logs", "log-group:"),
    "aws_sqs_queue": {"arn": _REGIONAL % ("sqs", "{name}")},
    "aws_sns_topic": dict.fromkeys(("arn", "id"), _REGIONAL % ("sns", "{name}")),
    "aws_lambda_function": _named("lambda", "function:", "function_name"),
    "aws_dynamodb_table": _named("dynamodb", "table/"),
    "aws_kinesis_stream": {"arn": _REGIONAL % ("kinesis", "stream/{name}")},
    "aws_sfn_state_machine": {"arn": _REGIONAL % ("states", "stateMachine:{name}")},
    "aws_codepipeline": {"arn": _REGIONAL % ("codepipeline", "{name}")},
    "aws_ecr_repository": _named("ecr", "repository/")
    | {"repository_url": "{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{name}"},
    "aws_sagemaker_pipeline": _sagemaker("pipeline", "pipeline_name"),
    "aws_sagemaker_endpoint": _sagemaker("endpoint"),
    "aws_sagemaker_endpoint_configuration": _sagemaker("endpoint-config"),
    "aws_sagemaker_model": _sagemaker("model"),
    "aws_sagemaker_model_package_group": _sagemaker(
        "model-package-group", "model_package_group_name"
    ),
}
"""By type and attribute: texts with ``{argument}`` where a configured argument stands."""

_PLACE = lazy_regex(r"\{([a-z_:]+)\}")


def attribute(
    program: Program, module: Module, local: str, block: Block, instance: Instance, name: str
) -> Value | None:
    """The attribute as far as it follows from the arguments; ``None`` when nothing does."""
    pattern = _ATTRIBUTES.get(block.labels[0], {}).get(name)
    if pattern is None:
        return None
    written = block.body.attributes if block.body else {}
    reference = program.reference(module, local, instance, name)
    region = _region(module, block)
    if region is None and "{suffix}" in pattern:
        return None
    parts: list[str | Unknown] = []
    position = 0
    for place in _PLACE.finditer(pattern):
        parts.append(pattern[position : place.start()])
        position = place.end()
        argument = place[1]
        if argument in _GENERAL:
            known = _GENERAL[argument](region)
            parts.append(known if known is not None else _applied(reference, argument))
        elif argument == "path" and "path" not in written:
            parts.append("/")
        elif argument.removeprefix("lower:") not in written:
            return None  # the provider makes a name
        else:
            value = program.attribute(
                module, local, block, instance, argument.removeprefix("lower:")
            )
            made = _text(value, reference, lower=argument.startswith("lower:"))
            if made is None:
                return None
            parts += made
    parts.append(pattern[position:])
    text = make_string(parts)
    is_name = pattern.startswith("{") and name == "id"
    if isinstance(text, str) or (isinstance(text, Template) and not is_name):
        return string(text)
    return None  # a name that is not wholly known says less than the reference


def _text(value: Value, reference: str, *, lower: bool) -> list[str | Unknown] | None:
    if value.kind is NULL:
        return None
    if value.kind is not STRING:
        return [Unknown(value.unknown.reason, (reference, *value.unknown.references))]
    data = value.data
    parts: list[str | Unknown] = list(data.parts) if isinstance(data, Template) else [data]
    if lower:
        return [part.lower() if isinstance(part, str) else part for part in parts]
    return parts


def _applied(reference: str, what: str) -> Unknown:
    return Unknown(f"the {what} of {reference} is known when the plan is applied", (reference,))


def _partition(region: str | None) -> str | None:
    if region is None:
        return None
    special = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    return next((p for start, p in special.items() if region.startswith(f"{start}-")), "aws")


def _suffix(region: str | None) -> str | None:
    return None if region is None else ".cn" if region.startswith("cn-") else ""


_GENERAL = {
    "partition": _partition,
    "region": lambda region: region,
    "account": lambda region: None,  # noqa: ARG005
    "suffix": _suffix,
}


def _region(module: Module, block: Block) -> str | None:
    """The region a resource is in, where the root's only provider, or the resource, says it."""
    written = block.body.attributes if block.body else {}
    definition = written.get("region")
    if definition is not None:
        return _known_text(module, definition.expression)
    if module.caller is not None or "provider" in written:
        return None
    default = [
        provider
        for provider in module.config.providers
        if provider.labels == ("aws",)
        and provider.body is not None
        and "alias" not in provider.body.attributes
    ]
    if len(default) != 1 or default[0].body is None:
        return None
    definition = default[0].body.attributes.get("region")
    return None if definition is None else _known_text(module, definition.expression)


def _known_text(module: Module, node: object) -> str | None:
    value = module.evaluator.evaluate(node)  # type: ignore[arg-type]
    return value.data if value.kind is STRING and isinstance(value.data, str) else None
