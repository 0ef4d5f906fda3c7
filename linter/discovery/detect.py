"""Which format a text is, by its content first and its name second."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import lookup
from linter.domain.pipeline import looks_like_definition


class Format(StrEnum):
    TERRAFORM = "terraform"
    JSON = "json"
    YAML = "yaml"
    TEMPLATE = "template"
    """JSON text with ``${…}`` placeholders, normally read through ``templatefile``."""
    PYTHON = "python"
    """A script or notebook: evaluated in part, never run."""
    OTHER = "other"


class JsonKind(StrEnum):
    """What a JSON value is."""

    PIPELINE = "pipeline"
    PIPELINE_DESCRIPTION = "pipeline description"
    """The answer of ``DescribePipeline``, or a ``CreatePipeline`` request."""
    POLICY = "policy"
    POLICY_WRAPPER = "policy wrapper"
    PLAN = "plan"
    STATE = "state"
    CLOUDFORMATION = "cloudformation"
    SNAPSHOT = "snapshot"
    """A file that ``pipewarden pull`` wrote."""
    OTHER = "other"


_HCL = lazy_regex(
    r"^[ \t]*(?:resource|data|module|variable|output|provider|locals|terraform|import|moved|"
    r'removed|check|ephemeral|action)\b[ \t]*(?:"[^"\n]*"[ \t]*){0,2}\{',
    re.MULTILINE,
)
_CLOUDFORMATION_YAML = lazy_regex(
    r"""^(?:\? ?)?["']?(?:AWSTemplateFormatVersion|Resources|Transform)["']?[ \t]*(?::|$)"""
    r"""|\A\s*(?:---\s*)?\{\s*["']?(?:AWSTemplateFormatVersion|Resources|Transform)["']?[ \t]*:""",
    re.MULTILINE,
)
FLOW_YAML = lazy_regex(r"\{\s*[A-Za-z']")
"""A mapping in braces whose keys are not in double quotes."""
SNAPSHOT_MARK = "PipewardenSnapshot"
"""The member, a number, by which a file of a snapshot of an account is known."""
_JSON_MARKERS = (
    f'"{SNAPSHOT_MARK}"',
    '"Statement"',
    '"Steps"',
    '"Resources"',
    '"resource_changes"',
    '"planned_values"',
    '"PipelineDefinition"',
    '"PipelineDefinitionS3Location"',
    '"AssumeRolePolicyDocument"',
    '"PolicyDocument"',
    '"format_version"',
    '"terraform_version"',
    '"StartAt"',
    # A definition, or a policy, as JSON text in a string.
    r"\"Steps\"",
    r"\"Statement\"",
)

_SDK_OF_PIPELINES = lazy_regex(
    r"\bsagemaker(?:\.mlops)?\.workflow\b|\bsagemaker\.mlops\b"
    r"|\bfrom[ \t]+sagemaker[ \t]+import\b[^\n]*\b(?:workflow|mlops)\b"
)
_PIPELINE = lazy_regex(r"\bPipeline\b")
_OWNER = lazy_regex(r"(?:\w+\.)*\Z")
_WINDOW = 200
"""Characters of a line before a name that are looked at."""


def makes_pipeline(text: str) -> bool:
    """A quick look whether a Python file can make a pipeline by the SDK."""
    return (
        "Pipeline" in text
        and _SDK_OF_PIPELINES.search(text) is not None
        and any(_is_used(text, *found.span()) for found in _PIPELINE.finditer(text))
    )


def _is_used(text: str, start: int, end: int) -> bool:
    """Whether the class may be called or handed on here; the reader looks closer."""
    after = text[end : end + 20].lstrip(" \t")
    if after.startswith(("(", "as ", "as\t")):
        return True
    line = text[text.rfind("\n", max(0, start - _WINDOW), start) + 1 : start][-_WINDOW:]
    before = _OWNER.sub("", line, count=1).rstrip(" \t")
    last = before[-1:]
    if last in ("'", '"') and after.lstrip("\\")[:1] in ("'", '"'):
        return True
    if last == "(":
        return after.startswith((",", ")"))
    if last == "=" or before.endswith("return"):
        return True
    if last == ":" and "lambda" in before:
        return True
    return last in (":", ",", "[", "{") and after.startswith((",", "}", "]", ")"))


POLICY_WRAPPERS: tuple[tuple[str, ...], ...] = (
    ("PolicyVersion", "Document"),
    ("PolicyDocument",),
    ("Policy",),
    ("AssumeRolePolicyDocument",),
    ("Role", "AssumeRolePolicyDocument"),
    ("ResourcePolicy",),
)
"""Where the AWS command line's answers keep a policy document."""


def detect_format(path: str, text: str) -> Format:
    """The format of a text; a name that says nothing leaves it to the content."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith((".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")):
        return Format.TERRAFORM
    if name.endswith((".tpl", ".tftpl")):
        return Format.TEMPLATE
    start = text[:4096].lstrip("\ufeff \t\r\n")
    if name.endswith(".json"):
        return Format.JSON
    if name.endswith((".py", ".ipynb")):
        return Format.PYTHON
    is_yaml = name.endswith((".yaml", ".yml", ".template"))
    if start.startswith(("{", "[")) and not (is_yaml and FLOW_YAML.match(start)):
        return Format.JSON
    if name.endswith((".yaml", ".yml", ".template")):
        return Format.YAML
    if _HCL.search(text, 0, 65536):
        return Format.TERRAFORM
    if _CLOUDFORMATION_YAML.search(text, 0, 65536):
        return Format.YAML
    return Format.OTHER


def may_be_ours(text: str, format_: Format) -> bool:
    """A quick look whether parsing a JSON or YAML text can be worth it."""
    if format_ is Format.JSON:
        return any(marker in text for marker in _JSON_MARKERS)
    if format_ is Format.YAML:
        return _CLOUDFORMATION_YAML.search(text) is not None and (
            "AWS::" in text or "Custom::" in text
        )
    if format_ is Format.PYTHON:
        return makes_pipeline(text)
    return format_ is Format.TERRAFORM


def classify_json(value: Any) -> JsonKind:
    """What a parsed JSON value is."""
    if not isinstance(value, dict):
        return JsonKind.OTHER
    if SNAPSHOT_MARK in value:
        return JsonKind.SNAPSHOT
    if looks_like_definition(value):
        return JsonKind.PIPELINE
    if isinstance(value.get("PipelineDefinition"), str):
        return JsonKind.PIPELINE_DESCRIPTION
    if (
        "resource_changes" in value
        or "planned_values" in value
        or ("format_version" in value and "terraform_version" in value)
    ):
        return JsonKind.PLAN
    if "lineage" in value and "serial" in value and "resources" in value:
        return JsonKind.STATE
    if is_policy(value):
        return JsonKind.POLICY
    resources = value.get("Resources")
    if isinstance(resources, dict) and any(
        isinstance(kind := lookup(item, "Type"), str) and "::" in kind
        for item in resources.values()
    ):
        return JsonKind.CLOUDFORMATION
    if policy_path(value):
        return JsonKind.POLICY_WRAPPER
    return JsonKind.OTHER


def is_policy(value: Any) -> bool:
    """Whether a value is an IAM policy document."""
    if not isinstance(value, dict) or "Statement" not in value:
        return False
    statements = value["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return value.get("Version") in ("2012-10-17", "2008-10-17")
    return value.get("Version") in ("2012-10-17", "2008-10-17") or any(
        isinstance(item, dict) and ("Effect" in item or "Action" in item) for item in statements
    )


def policy_path(value: Any) -> tuple[str, ...]:
    """The path to the policy document inside an AWS answer; empty when there is none."""
    for path in POLICY_WRAPPERS:
        item = value
        for key in path:
            item = lookup(item, key)
        if is_policy(item):
            return path
    return ()
