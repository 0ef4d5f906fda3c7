"""CloudFormation: given parameters, what only the service knows, and where findings point."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from linter.core.values import Template, Unknown
from linter.policy.engine import lint
from linter.policy.model import Finding
from linter.policy.registry import load_rules
from linter.project.load import LoadOptions, load_texts
from linter.project.model import Project
from tests.e2e.running import pipewarden

NOTEBOOKS = """\
Parameters:
  Mode: {Type: String, Default: Disabled}
  Env: {Type: String, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  A:
    Type: AWS::SageMaker::NotebookInstance
    Properties: {DirectInternetAccess: !Ref Mode}
  OnlyProd:
    Type: AWS::SageMaker::NotebookInstance
    Condition: IsProd
    Properties: {DirectInternetAccess: Enabled}
"""


def load(text: str, **variables: str) -> Project:
    return load_texts({"t.yaml": textwrap.dedent(text)}, LoadOptions(variables=variables))


def findings(project: Project, *rules: str) -> list[Finding]:
    result = lint(project, [r for r in load_rules().rules if r.id in rules])
    assert not result.crashes
    return result.findings


def failing(project: Project, rule: str) -> list[str]:
    return [f.address for f in findings(project, rule) if f.verdict.value == "fail"]


def test_a_given_parameter_is_what_holds() -> None:
    assert failing(load(NOTEBOOKS), "NET012") == ["OnlyProd"]
    assert failing(load(NOTEBOOKS, Mode="Enabled", Env="dev"), "NET012") == ["A"]
    assert failing(load(NOTEBOOKS, Env="prod"), "NET012") == ["OnlyProd"]


@pytest.mark.parametrize(
    "parameters",
    [
        [{"ParameterKey": "Mode", "ParameterValue": "Enabled"}],
        {"Parameters": {"Mode": "Enabled"}},
    ],
)
def test_parameters_from_a_file(tmp_path: Path, parameters: object) -> None:
    (tmp_path / "t.yaml").write_text(NOTEBOOKS)
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "p.json").write_text(json.dumps(parameters))
    ran = pipewarden(
        *("check", "t.yaml", "-q", "--select", "NET012"),
        *("--var-file", "given/p.json", "--var", "Env=dev"),
        cwd=tmp_path,
    )
    assert "NotebookInstance A " in ran.out
    assert "OnlyProd" not in ran.out


LOOP = """\
Transform: AWS::LanguageExtensions
Mappings:
  M:
    us-east-1: {{Names: []}}
    eu-west-1: {{Names: [Q]}}
Resources:
  Fn::ForEach::Map:
    - Name
    - {collection}
    - Book&{{Name}}:
        Type: AWS::SageMaker::NotebookInstance
        Properties:
          NotebookInstanceName: !Sub "nb-${{Name}}"
          DirectInternetAccess: Enabled
"""


def test_a_loop_over_what_is_not_known_is_read_once() -> None:
    project = load(LOOP.format(collection="!FindInMap [M, !Ref 'AWS::Region', Names]"))
    (document,) = project.documents
    assert document.maybe
    name = document.value["NotebookInstanceName"]
    assert isinstance(name, Template)
    assert name.prefix == "nb-"
    assert project.problems == []
    assert failing(project, "NET012") == [document.address]


def test_a_loop_over_what_is_known_is_read_for_each() -> None:
    project = load(LOOP.format(collection="[A, B]"))
    assert [d.address for d in project.documents] == ["BookA", "BookB"]
    assert not any(d.maybe for d in project.documents)
    assert project.documents[0].value["NotebookInstanceName"] == "nb-A"


def test_a_loop_that_is_not_written_properly_is_a_fault() -> None:
    project = load(LOOP.format(collection="[A]").replace("    - Name\n", ""))
    assert [f.verdict.value for f in findings(project, "SYN014")] == ["fail"]


@pytest.mark.parametrize(
    "text",
    [
        "Transform: [Company::Macro]\nResources: {A: {Type: AWS::SNS::Topic}}\n",
        """\
        Resources:
          A:
            Type: AWS::SageMaker::NotebookInstance
            Properties:
              Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/x.yaml}}
        """,
    ],
)
def test_what_a_macro_makes_is_unknown_and_no_fault(text: str) -> None:
    project = load(text)
    assert [f.verdict.value for f in findings(project, "SYN014")] == ["unknown"]
    assert not any(problem.lost for problem in project.problems)


def test_resources_that_a_macro_makes_are_named_as_not_read() -> None:
    project = load(
        """\
        Resources:
          A: {Type: AWS::SNS::Topic}
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/x.yaml}}
        """
    )
    assert [problem.lost for problem in project.problems] == [True]
    assert [f.verdict.value for f in findings(project, "SYN014")] == ["unknown"]


def test_a_name_that_nothing_declares_is_a_fault() -> None:
    project = load("Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref B}}}")
    assert [f.verdict.value for f in findings(project, "SYN014")] == ["fail"]


POLICY = """\
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Resource: "%s"}]
"""


def test_a_dynamic_reference_is_unknown() -> None:
    project = load(POLICY % "arn:aws:iam::{{resolve:ssm:tools-account:1}}:role/deploy")
    resource = project.documents[0].value["PolicyDocument"]["Statement"][0]["Resource"]
    assert isinstance(resource, Template)
    assert resource.references == ("resolve:ssm:tools-account:1",)
    assert findings(project, "IAM050", "IAM051") == []
    wrong = load(POLICY % "arn:aws:iam::12:role/deploy")
    assert failing(wrong, "IAM051") == ["P"]


def test_a_dynamic_reference_in_a_definition_that_is_text() -> None:
    body = json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "{{resolve:ssm:n}}"}]})
    template = {
        "P": {
            "Type": "AWS::SageMaker::Pipeline",
            "Properties": {"PipelineDefinition": {"PipelineDefinitionBody": body}},
        }
    }
    (pipeline,) = load_texts({"t.json": json.dumps({"Resources": template})}).pipelines
    name = pipeline.definition["Steps"][0]["Name"]
    assert isinstance(name, Template)
    assert isinstance(name.parts[0], Unknown)


MISSING = """\
Resources:
  NB:{comment}
    Type: AWS::SageMaker::NotebookInstance{later}
    Properties:
      DirectInternetAccess: Disabled
"""


def test_what_is_missing_is_reported_at_the_first_line() -> None:
    found = findings(load(MISSING.format(comment="", later="")), "ENC014")
    assert [f.location.span[1:] for f in found] == [(2, 3, 2, 5)]


@pytest.mark.parametrize("place", ["comment", "later"])
def test_a_suppression_on_either_line_of_a_resource_holds(tmp_path: Path, place: str) -> None:
    comment = "  # pipewarden: ignore[ENC014] -- none yet"
    text = MISSING.format(**{"comment": "", "later": "", place: comment})
    (tmp_path / "t.yaml").write_text(text)
    assert "ENC014" not in pipewarden("check", "-q", "t.yaml", cwd=tmp_path).out
    text = MISSING.format(comment="", later="")
    (tmp_path / "t.yaml").write_text(text)
    assert "ENC014" in pipewarden("check", "-q", "t.yaml", cwd=tmp_path).out


ALL = "{Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}"
SERVERLESS = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    PermissionsBoundary: arn:aws:iam::111122223333:policy/b
    Environment: {{Variables: {{A: shared, B: shared}}}}
    Layers: [shared]
Resources:
  F:
    Type: AWS::Serverless::{kind}
    Properties:
      Environment: {{Variables: {{B: own}}}}
      Layers: [own]
      {properties}
"""


def serverless(properties: str, kind: str = "Function") -> Project:
    return load(SERVERLESS.format(kind=kind, properties=properties))


@pytest.mark.parametrize("kind", ["Function", "StateMachine"])
@pytest.mark.parametrize("policies", [ALL, f"[{ALL}]", f"[AWSLambdaExecute, {ALL}]"])
def test_an_inline_policy_of_a_serverless_resource(kind: str, policies: str) -> None:
    assert failing(serverless(f"Policies: {policies}", kind), "IAM001") == ["F"]


def test_policies_beside_a_role_of_its_own_are_not_in_force() -> None:
    own = "Role: arn:aws:iam::111122223333:role/r\n      "
    assert failing(serverless(f"{own}Policies: {ALL}"), "IAM001") == []


def test_managed_policies_of_a_serverless_function() -> None:
    (role,) = serverless("Policies: [AmazonS3ReadOnlyAccess, !Ref Missing]").roles
    assert role.managed_policies[0][0] == "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert not role.complete
    (role,) = serverless("Policies: AmazonS3ReadOnlyAccess").roles
    assert role.complete


def test_a_policy_template_is_named_as_not_read() -> None:
    project = serverless("Policies: [{S3ReadPolicy: {BucketName: b}}]")
    (role,) = project.roles
    assert not role.complete
    (found,) = findings(project, "SYN014")
    assert (found.verdict.value, found.location.span.start_line) == ("unknown", 13)
    assert "S3ReadPolicy" in found.because


def test_globals_are_merged_into_a_serverless_function() -> None:
    project = serverless("Timeout: 1")
    (document,) = project.documents
    assert document.value["PermissionsBoundary"] == "arn:aws:iam::111122223333:policy/b"
    assert document.value["Environment"] == {"Variables": {"A": "shared", "B": "own"}}
    assert document.value["Layers"] == ["shared", "own"]
    lines = {
        ("PermissionsBoundary",): 4,
        ("Environment", "Variables", "A"): 5,
        ("Environment", "Variables", "B"): 11,
        ("Layers", 0): 6,
        ("Layers", 1): 12,
        ("Timeout",): 13,
    }
    for path, line in lines.items():
        assert document.locate(path).span.start_line == line, path
    for path in (("Layers", 0), ("Layers", 1)):
        span = document.locate(path).span
        assert span.end_column - span.start_column == len(document.value["Layers"][path[1]])


def test_globals_of_another_type_are_not_merged() -> None:
    (document,) = serverless("Timeout: 1", "StateMachine").documents
    assert document.value["Layers"] == ["own"]


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("IAM::User", "Policies: [{PolicyName: p, PolicyDocument: %s}]"),
        ("IAM::Group", "Policies: [{PolicyName: p, PolicyDocument: %s}]"),
        ("IAM::Role", "Policies: [{PolicyName: p, PolicyDocument: %s}]"),
        ("SSO::PermissionSet", "InlinePolicy: %s"),
    ],
)
def test_inline_policies_wherever_they_stand(kind: str, properties: str) -> None:
    template = "Resources:\n  X:\n    Type: AWS::%s\n    Properties:\n      %s\n"
    assert failing(load(template % (kind, properties % ALL)), "IAM001") == ["X"]
    harmless = ALL.replace("'*'", "'s3:GetObject'", 1)
    assert failing(load(template % (kind, properties % harmless)), "IAM001") == []


def test_the_inline_policy_of_a_permission_set_as_text() -> None:
    policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    template = {"X": {"Type": "AWS::SSO::PermissionSet", "Properties": {}}}
    template["X"]["Properties"] = {"InlinePolicy": json.dumps(policy)}  # type: ignore[assignment]
    project = load_texts({"t.json": json.dumps({"Resources": template})})
    assert failing(project, "IAM001") == ["X"]
