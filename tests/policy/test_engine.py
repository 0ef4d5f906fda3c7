"""The engine: dispatch, crashes, selection, places, merging, fingerprints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.core.documents import Document
from linter.core.documents import Path as ValuePath
from linter.core.sources import Location, Source, Span
from linter.core.values import Unknown
from linter.domain.pipeline import Pipeline
from linter.policy.engine import lint
from linter.policy.globs import PathGlob
from linter.policy.model import Finding, Severity, Verdict
from linter.policy.registry import load_file, load_rules
from linter.policy.rule import Rule
from linter.policy.selection import Selection, SelectionError
from linter.project.load import load_texts
from linter.project.model import Policy, Project
from tests.hanging import ends
from tests.policy.rulefiles import make_rule, rule_text

STEP: dict[str, Any] = {"Name": "Train", "Type": "Training", "Arguments": {}}


def pipeline(*steps: dict[str, Any], indent: int | None = 1, **more: Any) -> str:
    return json.dumps({"Version": "2020-12-01", **more, "Steps": list(steps)}, indent=indent)


def project(text: str, path: str = "p.json") -> Project:
    return load_texts({path: text})


def cited(text: str, finding: Finding) -> str:
    """The text that a finding on one line points at."""
    span = finding.location.span
    assert span.start_line == span.end_line
    return text.splitlines()[span.start_line - 1][span.start_column - 1 : span.end_column - 1]


def rule(identity: str, name: str, **changes: Any) -> Rule:
    return make_rule(id=identity, name=name, **changes)


# Places


@pytest.mark.parametrize(
    ("step", "path", "points_at", "named"),
    [
        (STEP, "$.CacheConfig.Enabled", '"Train"', "Steps[Train].CacheConfig.Enabled"),
        (STEP, "$.Arguments.VpcConfig", '"Train"', "Steps[Train].Arguments.VpcConfig"),
        (
            {**STEP, "Arguments": {"ResourceConfig": {"InstanceType": "ml.m5.large"}}},
            "$.Arguments.ResourceConfig.VolumeKmsKeyId",
            '"ResourceConfig"',
            "Steps[Train].Arguments.ResourceConfig.VolumeKmsKeyId",
        ),
        (
            {**STEP, "CacheConfig": {"Enabled": ""}},
            "$.CacheConfig.Enabled",
            '""',
            "Steps[Train].CacheConfig.Enabled",
        ),
        (
            {**STEP, "RetryPolicies": [{"MaxAttempts": 1}]},
            "$.RetryPolicies[0].IntervalSeconds",
            "{",
            "Steps[Train].RetryPolicies[0].IntervalSeconds",
        ),
    ],
)
def test_findings_point_at_the_narrowest_text(
    step: dict[str, Any], path: str, points_at: str, named: str
) -> None:
    text = pipeline(step, indent=1)
    found = lint(project(text), [make_rule(require=[{"path": path, "set": True}])]).findings
    [finding] = found
    first = text.splitlines()[finding.location.span.start_line - 1]
    assert first[finding.location.span.start_column - 1 :].startswith(points_at)
    assert finding.object == named


def test_report_at_and_else_at() -> None:
    changes = {
        "require": [{"path": "$.CacheConfig.Enabled", "equals": True, "missing": "fail"}],
        "report": {"at": "$.CacheConfig.Enabled", "else_at": "$.Type", "key": True},
    }
    text = pipeline(STEP, {**STEP, "Name": "B", "CacheConfig": {"Enabled": False}})
    found = lint(project(text), [make_rule(**changes)]).findings
    assert [cited(text, finding) for finding in found] == ['"Type"', '"Enabled"']


def test_steps_inside_branches_are_found() -> None:
    inner = {**STEP, "Name": "Inner"}
    outer = {
        "Name": "C",
        "Type": "Condition",
        "Arguments": {"Conditions": [], "IfSteps": [inner], "ElseSteps": []},
    }
    text = pipeline(outer)
    target = [{"subject": "pipeline.step", "types": ["Training"]}]
    [finding] = lint(project(text), [make_rule(applies_to=target)]).findings
    assert finding.object == "Steps[Inner].Description"
    assert cited(text, finding) == '"Inner"'


def test_statements_are_normal_and_point_into_what_is_written() -> None:
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Sid": "Read", "Effect": "Allow", "Action": "*", "Resource": "*"},
        },
        indent=1,
    )
    star = make_rule(
        applies_to=["iam.statement"],
        require=[{"path": "$.Action[*]", "none": {"equals": "*"}, "missing": "pass"}],
        message="{title} allows {value} at {path}",
    )
    [finding] = lint(project(text, "policy.json"), [star]).findings
    assert finding.object == "Statement[Read].Action[0]"
    assert finding.message == "statement Read allows * at Action[0]"
    assert cited(text, finding) == '"*"'
    assert finding.location.span.start_line == 6


def test_an_unknown_statement_is_unknown_to_python_checks_too(tmp_path: Path) -> None:
    file = python_rule(tmp_path, "raise RuntimeError('never called')", ["iam.statement"])
    why = Unknown("var.s has no default", ["var.s"])
    source = Source("main.tf", "x")
    document = Document(
        "terraform.resource", "aws_iam_policy", "aws_iam_policy.p", source, {}, At(), "m"
    )
    policies = [Policy("p", "identity", {"Statement": [why]}, At(), document)]
    result = lint(Project(policies=policies), [load_file(file)[0]])
    assert [f.verdict for f in result.findings] == [Verdict.UNKNOWN]
    assert result.findings[0].because == "var.s has no default"
    assert not result.crashes


class At:
    """Gives each path a line of its own."""

    def locate(self, path: ValuePath) -> Location:
        line = 1 + sum(hash(str(key)) % 1000 for key in path)
        return Location(Span("main.tf", line, 1, line, 2))

    locate_key = locate


# Merging and fingerprints


def resource_project(*addresses: str) -> Project:
    source = Source("main.tf", "x")
    documents = [
        Document("terraform.resource", "aws_x", address, source, {"v": [{"name": "a"}, {}]}, At())
        for address in addresses
    ]
    return Project(documents=documents)


def test_instances_of_one_text_are_one_finding_with_related_places() -> None:
    tagged = make_rule(applies_to=["terraform.aws_x"], require=[{"path": "$.tags", "set": True}])
    addresses = [f'aws_x.m["{n}"]' for n in range(30)]
    [finding] = lint(resource_project(*addresses), [tagged]).findings
    assert finding.address == "aws_x.m"
    notes = [related.message for related in finding.location.related]
    assert notes[0] == f"also {addresses[1]}"
    assert notes[-1] == "and 9 more instances"


def test_different_objects_at_one_place_stay_apart_unless_they_say_the_same() -> None:
    both = [{"path": "$.a", "set": True}, {"path": "$.b", "set": True}]
    same = make_rule(applies_to=["terraform.aws_x"], require=both)
    named = make_rule(applies_to=["terraform.aws_x"], require=both, message="{title}: no {path}")
    assert len(lint(resource_project("aws_x.m"), [same]).findings) == 1
    assert len(lint(resource_project("aws_x.m"), [named]).findings) == 2


def test_fingerprints_survive_moved_lines_and_neighbours() -> None:
    rules = [make_rule()]
    before = lint(project(pipeline(STEP)), rules).findings
    shifted = pipeline({**STEP, "Name": "New", "Description": "d"}, STEP, indent=4)
    after = lint(project("\n\n" + shifted), rules).findings
    assert [f.fingerprint for f in after] == [f.fingerprint for f in before]
    assert before[0].location.span != after[0].location.span
    other = lint(project(pipeline({**STEP, "Name": "Other"})), rules).findings
    assert other[0].fingerprint != before[0].fingerprint
    elsewhere = lint(project(pipeline(STEP), "q.json"), rules).findings
    assert elsewhere[0].fingerprint != before[0].fingerprint


def test_true_duplicates_get_fingerprints_of_their_own() -> None:
    found = lint(project(pipeline(STEP, STEP, STEP)), [make_rule()]).findings
    assert len({finding.fingerprint for finding in found}) == 3


def test_findings_are_sorted_and_the_same_each_time() -> None:
    rules = [rule("BBB001", "b"), rule("AAA001", "a")]
    first, second = (
        lint(project(pipeline(STEP, {**STEP, "Name": "T2"})), rules).findings for _ in range(2)
    )
    assert [f.fingerprint for f in first] == [f.fingerprint for f in second]
    assert [f.rule for f in first] == ["AAA001", "BBB001", "AAA001", "BBB001"]


# Selection


RULES = [
    rule("IAM001", "one"),
    rule("IAM002", "two"),
    rule("NET001", "three"),
    rule("NET900", "optional", opt_in=True),
]


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ([], [], ["IAM001", "IAM002", "NET001"]),
        (["IAM"], [], ["IAM001", "IAM002"]),
        (["iam001"], [], ["IAM001"]),
        (["three"], [], ["NET001"]),
        (["IAM00"], ["IAM002"], ["IAM001"]),
        (["ALL"], [], ["IAM001", "IAM002", "NET001"]),
        (["NET"], [], ["NET001", "NET900"]),
        (["NET9"], [], []),
        (["NET900"], [], ["NET900"]),
        (["optional"], [], ["NET900"]),
        ([], ["IAM"], ["NET001"]),
        (["IAM001"], ["IAM"], ["IAM001"]),
        (["IAM"], ["IAM001"], ["IAM002"]),
    ],
)
def test_selection(select: list[str], ignore: list[str], expected: list[str]) -> None:
    found = lint(project(pipeline(STEP)), RULES, Selection(select, ignore)).findings
    assert sorted({finding.rule for finding in found}) == expected


@pytest.mark.parametrize(
    ("selection", "reason"),
    [
        (Selection(select=["IAM0001"]), "did you mean IAM001"),
        (Selection(ignore=["thre"]), "did you mean three"),
        (Selection(severity={"one": "severe"}), "none of info"),
        (Selection(severity={"ones": "low"}), "did you mean one"),
        (Selection(parameters={"IAM001": {"n": 1}}), "no parameter n"),
        (Selection(per_path_ignores={"*": ["XYZ"]}), "XYZ is no rule"),
    ],
)
def test_names_that_do_not_exist_are_refused(selection: Selection, reason: str) -> None:
    with pytest.raises(SelectionError, match=reason):
        lint(project(pipeline(STEP)), RULES, selection)


def test_parameters_are_checked_against_their_declaration() -> None:
    declared = {
        "families": {"type": "list", "default": ["m5"], "description": "d", "enum": ["m5", "c5"]}
    }
    rules = [make_rule(parameters=declared)]
    with pytest.raises(SelectionError, match="did you mean families"):
        lint(Project(), rules, Selection(parameters={"TEAM001": {"famlies": []}}))
    with pytest.raises(SelectionError, match="must be a list"):
        lint(Project(), rules, Selection(parameters={"TEAM001": {"families": "m5"}}))
    with pytest.raises(SelectionError, match="one of m5, c5"):
        lint(Project(), rules, Selection(parameters={"no-description": {"families": ["m4"]}}))


def test_severities_and_paths() -> None:
    selection = Selection(severity={"IAM": "critical"}, per_path_ignores={"legacy/": ["NET001"]})
    texts = {"legacy/p.json": pipeline(STEP), "new/p.json": pipeline(STEP)}
    found = lint(load_texts(texts), RULES, selection).findings
    assert {(f.path, f.rule) for f in found if f.area == "NET"} == {("new/p.json", "NET001")}
    assert {f.severity for f in found if f.area == "IAM"} == {Severity.CRITICAL}


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("legacy/", "legacy/a/b.tf", True),
        ("legacy", "x/legacy/b.tf", True),
        ("a/*.tf", "a/b.tf", True),
        ("a/*.tf", "a/b/c.tf", False),
        ("a/**/c.tf", "a/c.tf", True),
        ("a/**/c.tf", "a/x/y/c.tf", True),
        ("**/c.tf", "x/c.tf", True),
        ("*.tf", "deep/down/x.tf", True),
        ("./a.tf", "a.tf", True),
        ("a?.tf", "ab.tf", True),
    ],
)
def test_path_globs(glob: str, path: str, matches: bool) -> None:
    assert PathGlob(glob).matches(path) is matches


# Python checks


def python_rule(folder: Path, body: str, applies_to: list[str] | None = None) -> Path:
    file = folder / "TEAM001.yaml"
    file.write_text(
        rule_text(require=None, check="mine:check", applies_to=applies_to or ["pipeline.step"])
    )
    (folder / "mine.py").write_text(
        "from linter.policy.helpers import fail, unknown\n"
        f"def check(subject, context):\n    {body}\n"
    )
    return file


def test_a_check_that_raises_is_a_crash_and_the_others_run(tmp_path: Path) -> None:
    broken = load_file(python_rule(tmp_path, "raise KeyError('x')"))[0]
    result = lint(project(pipeline(*([STEP] * 10))), [broken, rule("AAA001", "a")])
    assert {finding.rule for finding in result.findings} == {"AAA001"}
    assert len(result.crashes) == 3
    assert result.crashes[0].message == "KeyError: 'x'"
    assert "mine.py" in result.crashes[0].trace


@pytest.mark.parametrize(
    ("body", "message"),
    [("yield 1", "a check yields outcomes, not int"), ("import nothing_here", "ModuleNotFound")],
)
def test_other_ways_to_crash(tmp_path: Path, body: str, message: str) -> None:
    broken = load_file(python_rule(tmp_path, body))[0]
    result = lint(project(pipeline(STEP)), [broken])
    assert message in result.crashes[0].message


def test_a_check_that_is_not_there_is_a_crash(tmp_path: Path) -> None:
    file = python_rule(tmp_path, "yield")
    (tmp_path / "mine.py").write_text("nothing = 1\n")
    result = lint(project(pipeline(STEP)), [load_file(file)[0]])
    assert "has no function check" in result.crashes[0].message


def test_a_check_without_a_message_takes_the_rules_own(tmp_path: Path) -> None:
    found = load_file(python_rule(tmp_path, "yield fail(('Type',))"))[0]
    text = pipeline(STEP)
    [finding] = lint(project(text), [found]).findings
    assert finding.message == "step Train has no description"
    assert cited(text, finding) == '"Training"'


def test_rules_whose_subjects_do_not_occur_are_never_imported(tmp_path: Path) -> None:
    file = python_rule(tmp_path, "yield", ["terraform.aws_x"])
    (tmp_path / "mine.py").write_text("raise RuntimeError('imported')\n")
    result = lint(project(pipeline(STEP)), [load_file(file)[0]])
    assert not result.crashes


def test_timing_is_given_when_asked() -> None:
    result = lint(project(pipeline(STEP)), [make_rule()], timing=True)
    assert list(result.seconds) == ["TEAM001"]
    assert not lint(project(pipeline(STEP)), [make_rule()]).seconds


def test_a_resource_that_may_not_exist_lowers_confidence() -> None:
    made = resource_project("aws_x.m")
    made.documents[0].maybe = True
    tagged = make_rule(applies_to=["terraform.aws_x"], require=[{"path": "$.tags", "set": True}])
    assert lint(made, [tagged]).findings[0].confidence.word == "medium"


# Size


def test_hundreds_of_steps_with_every_rule() -> None:
    """That nothing is quadratic; how long it takes, ``benchmarks/many_steps.py`` says."""
    arguments = {
        "RoleArn": {"Get": "Parameters.Role"},
        "ResourceConfig": {
            "InstanceType": {"Get": "Parameters.Type"},
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        },
        "AlgorithmSpecification": {"TrainingImage": "x.dkr.ecr/y:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    steps = [{"Name": f"S{n}", "Type": "Training", "Arguments": arguments} for n in range(500)]
    parameters = [
        {"Name": "Role", "Type": "String", "DefaultValue": "arn:aws:iam::111122223333:role/r"},
        {
            "Name": "Type",
            "Type": "String",
            "DefaultValue": "ml.m5.large",
            "EnumValues": ["ml.m5.large", "ml.m5.xlarge"],
        },
    ]
    rules = load_rules().rules
    made = project(pipeline(*steps, indent=None, Parameters=parameters))
    with ends():
        result = lint(made, rules)
    assert not result.crashes
    assert len(result.findings) > 500
    assert isinstance(made.pipelines[0], Pipeline)
