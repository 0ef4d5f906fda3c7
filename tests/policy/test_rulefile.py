"""Rule files: what is refused, where, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.policy.index import rule_files, rules_root
from linter.policy.rule import Rule
from linter.policy.rulefile import KEYS, RuleFileError, parse_rule
from linter.policy.schema import rule_schema, schema_text
from linter.policy.yamltext import read_yaml
from tests.policy.rulefiles import make_rule, rule_data, rule_text

TEST = {"path": "$.A", "equals": 1, "missing": "fail"}


def refused(text: str) -> RuleFileError:
    with pytest.raises(RuleFileError) as error:
        parse_rule("team.yaml", text)
    return error.value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"require": [{"path": "$.A", "duration": {"lt": {"t": 1}}, "missing": "fail"}]},
            "write {parameter: name} or {path: path}",
        ),
        ({"sevrity": "low"}, "unknown key sevrity in a rule file; did you mean severity?"),
        ({"title": None}, "the key title is missing"),
        ({"id": "cache1"}, "area letters and three digits"),
        ({"name": "No_Caps"}, "lower-case words"),
        ({"title": "Ends."}, "full stop"),
        ({"severity": "severe"}, "severity is one of critical"),
        ({"confidence": "sure"}, "confidence is one of"),
        ({"saves": "money"}, "saves is one of"),
        ({"opt_in": "maybe"}, "opt_in is true or false"),
        ({"references": "x"}, "list of texts"),
        ({"applies_to": []}, "list of subjects"),
        ({"applies_to": ["pipeline.stpe"]}, "no subject; did you mean pipeline.step?"),
        ({"applies_to": [{"subject": "iam.policy", "types": ["identiy"]}]}, "mean identity"),
        ({"applies_to": [{"subject": "pipeline", "types": ["x"]}]}, "takes no types"),
        ({"applies_to": ["pipeline.step", "pipeline.step"]}, "named twice"),
        ({"applies_to": ["project"]}, "write a check"),
        ({"check": "a:b"}, "require or check, and not both"),
        ({"require": None}, "require or check"),
        ({"require": None, "check": "os.system:x"}, "check is module:function"),
        ({"require": [{**TEST, "path": "A.B"}]}, "a path starts with"),
        ({"require": [{**TEST, "path": "$.A["}]}, "no valid JSONPath"),
        ({"require": [{"path": "$.A", "equals": 1}]}, "say what a missing value means"),
        ({"require": [{"path": "$.A", "set": True, "missing": "fail"}]}, "already say"),
        ({"require": [{**TEST, "missing": "maybe"}]}, "missing is pass, fail or unknown"),
        ({"require": [{**TEST, "equal": 1}]}, "unknown test equal; did you mean equals?"),
        ({"require": [{"path": "$.A"}]}, "tests nothing"),
        ({"require": [{"equals": 1}]}, "needs a path"),
        ({"require": [{**TEST, "every": {"equals": 1}}]}, "inside every"),
        ({"require": [{"path": "$.A", "none": {"set": True}}]}, "use set: false"),
        ({"require": [{"path": "$.A", "matches": "(?=a)", "missing": "pass"}]}, "is refused"),
        ({"require": [{"path": "$.A", "lte": "x", "missing": "pass"}]}, "takes a number"),
        ({"require": [{"path": "$.A", "is": "text", "missing": "pass"}]}, "is takes one of"),
        ({"require": [{"path": "$.A", "instance": "gpus", "missing": "pass"}]}, "did you mean gpu"),
        ({"require": [{"path": "$.A", "lte": {"parameter": "x"}, "missing": "pass"}]}, "not a"),
        ({"require": [{"path": "$.A", "one_of": "x", "missing": "pass"}]}, "takes a list"),
        ({"require": [{"path": "$.A", "like": "", "missing": "pass"}]}, "none of them empty"),
        ({"require": [{"all": [], "any": []}]}, "cannot stand beside all"),
        ({"require": []}, "must not be empty"),
        ({"message": "{titel} x"}, "unknown placeholder {titel}"),
        ({"message": "{title.__class__}"}, "unknown placeholder"),
        ({"message": "{title"}, "a single {"),
        ({"message": "{title} {param:x}"}, "no such parameter"),
        ({"report": {"at": "$.A", "els": 1}}, "unknown key els"),
        ({"report": {"else_at": "$.A"}}, "else_at needs an at"),
        ({"fix": {"edits": []}}, "safety: safe or unsafe"),
        ({"fix": {"safety": "safe", "edits": [{"set": "$.A"}]}}, "an edit is"),
        ({"fix": {"safety": "safe", "edits": [{"remove": "$.A[*]"}]}}, "names one place"),
        ({"parameters": {"x": {"type": "text"}}}, "type is one of"),
        ({"parameters": {"x": {"type": "number", "default": "1", "description": ""}}}, "number"),
        ({"examples": {"fail": [], "pass": []}}, "at least one failing example"),
        ({"examples": {"fials": []}}, "unknown key fials"),
    ],
)
def test_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    error = refused(rule_text(**changes))
    assert reason in error.reason
    assert error.line >= 1


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        ({"name": "x"}, "exactly one of"),
        ({"name": "x", "step": {}, "policy": {}}, "exactly one of"),
        ({"name": "x", "step": [1]}, "steps as mappings"),
        ({"name": "x", "files": {"../a": "b"}}, "no relative file name"),
        ({"name": "x", "step": {}, "att": "$.A"}, "did you mean at"),
        ({"name": "x", "step": {}, "at": "nowhere"}, "or write line:column"),
        ({"name": "x", "step": {}, "applies": False}, "belongs to passing"),
        ({"name": "x", "step": {}, "parameters": {"n": 1}}, "no parameter n"),
        ({"step": {}}, "needs a name"),
    ],
)
def test_refused_examples(example: dict[str, Any], reason: str) -> None:
    examples = {**rule_data()["examples"], "fail": [example]}
    assert reason in refused(rule_text(examples=examples)).reason


def test_the_line_is_that_of_the_mistake() -> None:
    text = rule_text()
    line = text[: text.index("  set: true")].count("\n") + 1
    error = refused(text.replace("  set: true", "  sett: true"))
    assert (error.line, error.column) == (line, 3)
    assert str(error).startswith(f"team.yaml:{line}:3: unknown test sett")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("- a", "a rule file is a mapping"),
        ("a: [", "no valid YAML"),
        ("id: A\nid: B", "appears twice"),
        ("a: &x 1\nb: *x", "anchors"),
        ("a: !!python/object/apply:os.system [x]", "tag"),
        ("a: " + "[" * 5000, "YAML"),
        ("a: " + "x" * 1_000_001, "larger than"),
        ("\x00", "no valid YAML"),
    ],
)
def test_texts_that_are_no_rule_files(text: str, reason: str) -> None:
    assert reason in refused(text).reason


def test_yaml_has_no_dates_and_no_yes() -> None:
    data = read_yaml("x", "a: 2020-12-01\nb: yes\nc: off\nd: true").data
    assert data == {"a": "2020-12-01", "b": "yes", "c": "off", "d": True}


def test_named_paths_are_put_in() -> None:
    rule = make_rule(
        applies_to=[{"subject": "pipeline.step", "paths": {"vpc": "$.Arguments.VpcConfig"}}],
        require=[{"path": "vpc.Subnets[*]", "set": True}],
    )
    assert rule.targets[0].require[0]["path"] == "$.Arguments.VpcConfig.Subnets[*]"


def test_a_target_replaces_what_the_rule_says() -> None:
    rule = make_rule(
        applies_to=[
            {"subject": "pipeline.step", "types": ["Training"]},
            {
                "subject": "pipeline",
                "severity": "high",
                "message": "{title} other",
                "require": [{"path": "$.Steps", "set": True}],
            },
        ]
    )
    first, second = rule.targets
    assert first.message == "{title} has no description"
    assert second.message == "{title} other"
    assert second.severity is not None
    assert second.require[0]["path"] == "$.Steps"


def test_the_index_form_keeps_everything() -> None:
    rule = make_rule(
        when=[{"path": '$.T[?(@.K == "x")]', "none": {"like": ["a*"]}, "missing": "pass"}],
        fix={"safety": "safe", "edits": [{"set": "$.A", "to": {"B": 1}}]},
        report={"at": "$.A", "else_at": "$.Name", "key": True},
    )
    head, body = json.loads(json.dumps(rule.to_index()))
    again = Rule.from_index(head, body, rule.file, rule.package)
    assert (again.id, again.name, again.area, again.opt_in) == (
        rule.id,
        rule.name,
        rule.area,
        rule.opt_in,
    )
    assert again.keys == rule.keys
    assert again.keys
    plain = json.loads(json.dumps(rule.to_record()))
    assert json.loads(json.dumps(again.to_record())) == plain


# The published schema


def test_the_published_schema_is_current() -> None:
    assert (rules_root() / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    import jsonschema

    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert set(schema["properties"]) == set(KEYS)
    root = rules_root()
    for name, _ in rule_files(root):
        text = Path(root, name).read_text(encoding="utf-8")
        errors = [error.message for error in validator.iter_errors(read_yaml(name, text).data)]
        assert not errors, name
    assert not validator.is_valid(rule_data(sevrity="low"))
    assert not validator.is_valid(rule_data(require=[{"path": "$.A", "equal": 1}]))


@pytest.mark.parametrize("scalar", ["0x_", "+0b_", "-0x__"])
def test_what_only_looks_like_a_number_is_refused(scalar: str) -> None:
    with pytest.raises(RuleFileError, match="is no number; put it into quotes"):
        read_yaml("r.yaml", f"id: ACME001\ntitle: {scalar}\n")


def test_a_text_that_begins_with_a_boolean_is_text() -> None:
    assert read_yaml("r.yaml", "a: true or false\nb: true\n").data == {
        "a": "true or false",
        "b": True,
    }
