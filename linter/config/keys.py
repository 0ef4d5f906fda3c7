"""The keys of a configuration: one table for validation, the environment, and editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linter.core.record import record
from linter.core.regions import LOCAL_ZONE, REGIONS
from linter.policy.profiles import PROFILES

SEVERITIES = ("critical", "high", "medium", "low", "info")
FAIL_ON = (*SEVERITIES, "never")


@record
class KeySpec:
    """One key.

    ``kind`` is ``string``, ``url``, ``region``, ``path``, ``boolean``, ``integer`` (positive),
    ``number`` (not negative), ``strings``, ``paths``, or a table: ``severities``, ``profiles``
    (glob to profile), ``selectors`` (glob to list), ``parameters`` (rule to table), ``variables``,
    ``ignores``, ``policies``, ``budgets``, ``roots``.
    """

    key: str
    field: str
    kind: str
    text: str
    choices: tuple[str, ...] = ()
    environment: bool = True


KEYS: tuple[KeySpec, ...] = (
    KeySpec("select", "select", "strings", "Only these rules: ids, prefixes, names or areas."),
    KeySpec("extend-select", "extend_select", "strings", "More rules, such as opt-in ones."),
    KeySpec("ignore-rules", "ignore_rules", "strings", "Not these rules."),
    KeySpec("severity", "severity", "severities", "Severity by rule.", SEVERITIES, False),
    KeySpec(
        "profile",
        "profile",
        "string",
        "How much is asked: starter, standard or regulated.",
        PROFILES,
    ),
    KeySpec(
        "per-path-profile",
        "per_path_profile",
        "profiles",
        "The profile of paths that match a glob; the last that matches decides.",
        PROFILES,
        False,
    ),
    KeySpec(
        "docs-url",
        "docs_url",
        "url",
        "Where the rules' pages are published; reports link to them.",
    ),
    KeySpec("fail-on", "fail_on", "string", "The lowest severity that fails the gate.", FAIL_ON),
    KeySpec("strict-unknown", "strict_unknown", "boolean", "What cannot be decided fails."),
    KeySpec("exclude", "exclude", "strings", "Paths that are not scanned, as globs."),
    KeySpec(
        "per-path-ignores",
        "per_path_ignores",
        "selectors",
        "Rules not applied to paths that match a glob.",
        (),
        False,
    ),
    KeySpec(
        "ignore",
        "ignore",
        "ignores",
        "Suppressions for files without comments; a plain text is a rule for ignore-rules.",
        (),
        False,
    ),
    KeySpec(
        "policy",
        "policies",
        "policies",
        "What kind of IAM policy a file holds that does not say it itself.",
        (),
        False,
    ),
    KeySpec("rules", "rules", "parameters", "Parameters of rules, by id or name.", (), False),
    KeySpec("rules-dirs", "rules_dirs", "paths", "Directories with rules of your own."),
    KeySpec("plugins", "plugins", "boolean", "Load rules that installed packages bring."),
    KeySpec("region", "region", "region", "The region of what does not say where it runs."),
    KeySpec("runs-per-month", "runs_per_month", "number", "Runs of each pipeline in a month."),
    KeySpec("usage-file", "usage_file", "path", "Measured times, for prices."),
    KeySpec("price-file", "price_file", "path", "Prices that replace the embedded ones."),
    KeySpec("discount-percent", "discount_percent", "number", "Discount on every price."),
    KeySpec(
        "budgets",
        "budgets",
        "budgets",
        "Limits in USD, also by pipeline, path, tag.",
        (),
        False,
    ),
    KeySpec(
        "savings-plan",
        "savings_plan",
        "savings-plan",
        "A SageMaker Savings Plan: its commitment or coverage, and its discount.",
        (),
        False,
    ),
    KeySpec("baseline", "baseline", "path", "The baseline file."),
    KeySpec("variables", "variables", "variables", "Terraform variables.", (), False),
    KeySpec("var-files", "var_files", "paths", "Terraform variable files."),
    KeySpec(
        "roots",
        "roots",
        "roots",
        "Root modules by the glob of their directory: what each is evaluated and priced with.",
        (),
        False,
    ),
    KeySpec(
        "require-reason",
        "require_reason",
        "boolean",
        "A suppression without a reason hides nothing.",
    ),
    KeySpec("max-days", "max_days", "integer", "The longest time a suppression may last."),
)
BY_KEY: Mapping[str, KeySpec] = {spec.key: spec for spec in KEYS}
VARIANT_KEYS = ("var-files", "variables", "workspace", "region", "usage-file")
ROOT_KEYS = (*VARIANT_KEYS, "variants")
TELLS_APART = ("var-files", "variables", "workspace")
"""A variant says at least one of these, or it is what its root is without it."""
BUDGET_LIMITS = ("per-run-usd", "per-month-usd", "per-step-usd", "increase-usd", "increase-percent")
BUDGET_KEYS = (*BUDGET_LIMITS, "of")
BUDGET_FIGURES = ("expected", "high")
PLAN_KEYS = ("commitment-usd-per-hour", "coverage-percent", "discount-percent")
MOST = 10**12
"""The highest number that a key takes, where it has no limit of its own."""
PERCENT_LIMITS = {"discount-percent": 100}
PLAN_LIMITS = {"coverage-percent": 100, "discount-percent": 99}
BUDGET_SECTIONS = {"pipelines": "pipeline", "paths": "path", "tags": "tag"}
"""Tables of budgets by what they are for: a glob of names, of paths, or a tag and its value."""
POLICY_KINDS = ("identity", "trust", "resource", "boundary", "scp", "rcp")
POLICY_KEYS = ("path", "kind", "accounts")
IGNORE_KEYS = ("rule", "path", "address", "reason", "until")


def variable_name(spec: KeySpec) -> str:
    """``fail-on`` is ``PIPEWARDEN_FAIL_ON``."""
    return f"PIPEWARDEN_{spec.field.upper()}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 7) of ``pipewarden.toml``, for editors."""
    properties = {spec.key: {"description": spec.text, **_schema(spec)} for spec in KEYS}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pipewarden configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _schema(spec: KeySpec) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string"}
    texts: dict[str, Any] = {"type": "array", "items": text}
    number: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": MOST}
    if spec.kind == "url":
        return {**text, "pattern": "^https://"}
    region: dict[str, Any] = {
        **text,
        "anyOf": [{"enum": sorted(REGIONS)}, {"pattern": LOCAL_ZONE}],
    }
    if spec.kind == "region":
        return region
    if spec.kind in ("string", "path"):
        return {**text, "enum": list(spec.choices)} if spec.choices else text
    variables = _table({"type": ["string", "number", "boolean"]})
    root: dict[str, Any] = {
        "var-files": texts,
        "variables": variables,
        "workspace": text,
        "region": region,
        "usage-file": text,
    }
    variant = {
        "type": "object",
        "additionalProperties": False,
        "properties": root,
        "anyOf": [{"required": [key]} for key in TELLS_APART],
    }
    limits = {**dict.fromkeys(BUDGET_LIMITS, number), "of": {**text, "enum": [*BUDGET_FIGURES]}}
    tables: dict[str, dict[str, Any]] = {
        "boolean": {"type": "boolean"},
        "integer": {"type": "integer", "minimum": 1, "maximum": 36500},
        "number": {**number, "maximum": PERCENT_LIMITS.get(spec.key, MOST)},
        "strings": texts,
        "paths": texts,
        "severities": _table({**text, "enum": list(spec.choices)}),
        "profiles": _table({**text, "enum": list(spec.choices)}),
        "selectors": _table(texts),
        "parameters": _table({"type": "object"}),
        "variables": variables,
        "roots": _table(
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {**root, "variants": _table(variant)},
            }
        ),
        "ignores": {
            "type": "array",
            "items": {
                "type": ["string", "object"],
                "additionalProperties": False,
                "required": ["rule"],
                "anyOf": [{"required": ["path"]}, {"required": ["address"]}, {"type": "string"}],
                "properties": {
                    key: text if key != "until" else {"type": "string", "format": "date"}
                    for key in IGNORE_KEYS
                },
            },
        },
        "policies": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "kind"],
                "properties": {
                    "path": text,
                    "kind": {**text, "enum": [*POLICY_KINDS]},
                    "accounts": {"type": "array", "items": {**text, "pattern": "^[0-9]{12}$"}},
                },
            },
        },
        "savings-plan": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                key: {**number, "maximum": PLAN_LIMITS.get(key, MOST)} for key in PLAN_KEYS
            },
            "oneOf": [{"required": [key]} for key in PLAN_KEYS[:2]],
        },
        "budgets": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **limits,
                **dict.fromkeys(
                    BUDGET_SECTIONS,
                    _table({"type": "object", "additionalProperties": False, "properties": limits}),
                ),
            },
        },
    }
    return tables[spec.kind]


def _table(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}
