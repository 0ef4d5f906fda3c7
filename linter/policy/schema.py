"""The JSON Schema of rule files, for editors; published as ``rules/schema.json``.

It is made from the same tables that the strict reader uses. The reader decides: a schema cannot
say whether a path is valid or a regular expression could backtrack.
"""

from __future__ import annotations

import json
from typing import Any

from linter.domain.instances import CLASSES
from linter.policy.conditions import MISSING_WORDS, PRESENCE, TESTS
from linter.policy.examples import SOURCES
from linter.policy.model import Confidence, Severity
from linter.policy.parameters import TYPES
from linter.policy.profiles import OFF, REGULATED, STARTER
from linter.policy.rulefile import KEYS, SAVINGS, TARGET_KEYS
from linter.policy.rulefile_conditions import QUANTIFIERS

SCHEMA_ID = "urn:pipewarden:rule:1"

_Schema = dict[str, Any]
_TEXT: _Schema = {"type": "string", "minLength": 1}
_TEXTS: _Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
_BOOLEAN: _Schema = {"type": "boolean"}
_LEVEL: _Schema = {"enum": [*(one.word for one in reversed(Severity)), OFF, False]}
_ANY: _Schema = {}


def schema_text() -> str:
    """The published file."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def rule_schema() -> _Schema:
    """The schema of one rule file."""
    properties = {key: _property(key) for key in KEYS}
    required = [
        "id",
        "name",
        "title",
        "severity",
        "confidence",
        "applies_to",
        "rationale",
        "remediation",
        "examples",
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "pipewarden rule",
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
        "$defs": {
            "condition": _condition(),
            "conditions": {
                "oneOf": [
                    _ref("condition"),
                    {"type": "array", "items": _ref("condition"), "minItems": 1},
                ]
            },
            "tests": _object({**_tests(), "ignore_case": _BOOLEAN}),
            "path": {
                "type": "string",
                "pattern": r"^(\$|[A-Za-z_])",
                "description": "A JSONPath that starts with $, or with a name from paths.",
            },
            "place": {"anyOf": [{"const": "match"}, _ref("path")]},
            "report": _object({"at": _ref("place"), "else_at": _ref("path"), "key": _BOOLEAN}),
            "fix": _fix(),
            "target": _target(),
            "example": _example(),
        },
    }


def _ref(name: str) -> _Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(properties: dict[str, _Schema], *required: str) -> _Schema:
    found: _Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    if required:
        found["required"] = list(required)
    return found


def _property(key: str) -> _Schema:
    known: dict[str, _Schema] = {
        "id": {"type": "string", "pattern": "^[A-Z]{2,10}[0-9]{3}$"},
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"},
        "title": {"type": "string", "minLength": 1, "maxLength": 120},
        "severity": {"enum": [one.word for one in reversed(Severity)]},
        "confidence": {"enum": [one.word for one in reversed(Confidence)]},
        "applies_to": {
            "type": "array",
            "minItems": 1,
            "items": {"oneOf": [_TEXT, _ref("target")]},
        },
        "message": _TEXT,
        "missing_message": _TEXT,
        "rationale": _TEXT,
        "remediation": _TEXT,
        "sdk": _TEXT,
        "when": _ref("conditions"),
        "require": _ref("conditions"),
        "check": {"type": "string", "pattern": "^[a-z_][a-z0-9_]*:[a-z_][a-z0-9_]*$"},
        "report": _ref("report"),
        "fix": _ref("fix"),
        "paths": {"type": "object", "additionalProperties": _ref("path")},
        "references": _TEXTS,
        "saves": {"enum": list(SAVINGS)},
        "parameters": {"type": "object", "additionalProperties": _parameter()},
        "opt_in": _BOOLEAN,
        "together": _TEXT,
        **dict.fromkeys((STARTER, REGULATED), _LEVEL),
        "examples": _object(
            {
                word: {"type": "array", "items": _ref("example")}
                for word in ("fail", "pass", "unknown")
            },
            "fail",
            "pass",
        ),
    }
    return known[key]


def _target() -> _Schema:
    own = {key: _property(key) for key in TARGET_KEYS if key not in ("subject", "types")}
    subject = {"oneOf": [_TEXT, {**_TEXTS, "minItems": 1}]}
    return _object({"subject": subject, "types": {**_TEXTS, "minItems": 1}, **own}, "subject")


def _condition() -> _Schema:
    test = {
        "path": _ref("path"),
        "missing": {"enum": list(MISSING_WORDS)},
        "ignore_case": _BOOLEAN,
        **{word: _ref("tests") for word in QUANTIFIERS},
        **_tests(),
    }
    several: _Schema = {"type": "array", "items": _ref("condition"), "minItems": 1}
    return {
        "oneOf": [
            _object({"all": several}, "all"),
            _object({"any": several}, "any"),
            _object({"not": _ref("condition")}, "not"),
            _object(test, "path"),
        ]
    }


def _tests() -> dict[str, _Schema]:
    return {name: _test(name) for name in (*PRESENCE, *TESTS)}


def _test(name: str) -> _Schema:
    if name in PRESENCE:
        return _BOOLEAN
    reference = {
        "oneOf": [
            _object({"parameter": _TEXT}, "parameter"),
            _object({"path": _ref("path")}, "path"),
        ]
    }
    number: _Schema = {"type": "number"}
    text: _Schema = {"type": ["string", "number"]}
    one_or_more: _Schema = {"oneOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    literal: dict[str, _Schema] = {
        "empty": _BOOLEAN,
        "matches": {"type": "string", "maxLength": 500},
        "is": _words(("string", "number", "integer", "boolean", "list", "object")),
        "instance": _words(CLASSES),
        "length": {"oneOf": [{"type": "integer"}, _limits(number)]},
        "duration": {"oneOf": [{"const": True}, _limits({"type": ["string", "number"]})]},
    }
    literal.update(dict.fromkeys(("lt", "lte", "gt", "gte"), number))
    several: _Schema = {"type": "array", "minItems": 1}
    lists = ("one_of", "none_of", "subset_of", "superset_of", "disjoint_from")
    literal.update(dict.fromkeys(lists, several))
    literal.update(dict.fromkeys(("starts_with", "ends_with", "like", "contains"), one_or_more))
    if name not in literal:
        return _ANY
    return {"anyOf": [literal[name], reference]}


def _limits(limit: _Schema) -> _Schema:
    reference = {"type": "object"}
    words = ("lt", "lte", "gt", "gte", "equals")
    return _object({word: {"anyOf": [limit, reference]} for word in words})


def _words(words: tuple[str, ...]) -> _Schema:
    one: _Schema = {"enum": list(words)}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _parameter() -> _Schema:
    return _object(
        {
            "type": {"enum": list(TYPES)},
            "default": _ANY,
            "description": _TEXT,
            "enum": {"type": "array"},
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
        },
        "type",
        "default",
        "description",
    )


def _fix() -> _Schema:
    edit = {
        "oneOf": [
            _object({"set": _ref("place"), "to": _ANY}, "set", "to"),
            _object({"set": _ref("place"), "compute": _TEXT}, "set", "compute"),
            _object({"remove": _ref("place")}, "remove"),
        ]
    }
    edits = {"type": "array", "items": edit, "minItems": 1}
    return _object(
        {"safety": {"enum": ["safe", "unsafe"]}, "why": _TEXT, "edits": edits}, "safety", "edits"
    )


def _example() -> _Schema:
    sources: dict[str, _Schema] = dict.fromkeys(SOURCES, _ANY)
    sources["step"] = {"type": "object"}
    sources["steps"] = {"type": "array", "items": {"type": "object"}}
    sources["terraform"] = _TEXT
    sources["files"] = {"type": "object", "minProperties": 1}
    return {
        **_object(
            {
                "name": _TEXT,
                **sources,
                "before": _ANY,
                "pipeline_parameters": {"type": "array", "items": {"type": "object"}},
                "parameters": {"type": "object"},
                "applies": _BOOLEAN,
                "at": {"type": "string"},
                "object": {"type": "string"},
                "message": {"type": "string"},
                "count": {"type": "integer", "minimum": 0},
                "severity": {"enum": [one.word for one in reversed(Severity)]},
            },
            "name",
        ),
        "oneOf": [{"required": [source]} for source in SOURCES],
    }
