"""Pipelines: parameters, expressions, steps at every depth."""

from __future__ import annotations

import json
from typing import Any

from linter.core.values import MISSING, Choice, Template, Unknown
from linter.domain.expressions import parse_reference
from linter.domain.pipeline import Pipeline, looks_like_definition
from linter.project.load import load_texts


def pipeline(definition: dict[str, Any]) -> Pipeline:
    project = load_texts({"p.json": json.dumps({"Version": "2020-12-01", **definition})})
    assert not project.problems
    return project.pipelines[0]


def get(text: str) -> dict[str, str]:
    return {"Get": text}


def test_parameters_stand_for_defaults_enums_or_nothing() -> None:
    item = pipeline(
        {
            "Parameters": [
                {"Name": "Type", "Type": "String", "DefaultValue": "ml.m5.large"},
                {
                    "Name": "Env",
                    "Type": "String",
                    "DefaultValue": "dev",
                    "EnumValues": ["dev", "prod"],
                },
                {"Name": "Free", "Type": "Integer"},
            ],
            "Steps": [
                {
                    "Name": "A",
                    "Type": "Lambda",
                    "Arguments": {
                        "t": get("Parameters.Type"),
                        "e": get("Parameters['Env']"),
                        "f": get("Parameters.Free"),
                        "u": get("Parameters.Nope"),
                        "s": get("Steps.B.X"),
                        "x": get("Execution.StartDateTime"),
                        "bad": get("What.ever"),
                    },
                }
            ],
        }
    )
    arguments = item.steps[0].arguments
    assert arguments["t"] == "ml.m5.large"
    assert arguments["e"] == Choice(["dev", "prod"])
    assert arguments["f"] == Unknown("parameter Free has no default", ("Parameters.Free",))
    assert arguments["u"].reason == "parameter Nope is not declared"
    assert arguments["s"].references == ("Steps.B.X",)
    assert arguments["x"].reason.endswith("known only in an execution")
    assert arguments["bad"].reason.endswith("not a reference that pipelines know")


def test_join_gives_text_templates_and_choices() -> None:
    def join(*values: Any) -> Any:
        return {"Std:Join": {"On": "/", "Values": list(values)}}

    item = pipeline(
        {
            "Parameters": [{"Name": "E", "Type": "String", "EnumValues": ["a", "b"]}],
            "Steps": [
                {
                    "Name": "A",
                    "Type": "Lambda",
                    "Arguments": {
                        "known": join("s3:/", "b", 1, True),
                        "partly": join("s3:/", get("Execution.PipelineName"), "x"),
                        "each": join("s3:/", get("Parameters.E")),
                        "nested": join(join("a", "b"), "c"),
                        "broken": {"Std:Join": {"On": 3}},
                    },
                }
            ],
        }
    )
    arguments = item.steps[0].arguments
    assert arguments["known"] == "s3://b/1/true"
    assert isinstance(arguments["partly"], Template)
    assert (arguments["partly"].prefix, arguments["partly"].suffix) == ("s3://", "/x")
    assert arguments["each"] == Choice(["s3://a", "s3://b"])
    assert arguments["nested"] == "a/b/c"
    assert isinstance(arguments["broken"], Unknown)


def test_steps_at_every_depth_with_branch_and_parent() -> None:
    inner = [{"Name": "Deep", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}]
    item = pipeline(
        {
            "Steps": [
                {"Name": "A", "Type": "Processing", "Arguments": {}},
                {
                    "Name": "C",
                    "Type": "Condition",
                    "DependsOn": ["A"],
                    "Arguments": {
                        "Conditions": [
                            {
                                "Type": "Equals",
                                "LeftValue": {
                                    "Std:JsonGet": {
                                        "PropertyFile": get("Steps.A.PropertyFiles.R"),
                                        "Path": "m",
                                    }
                                },
                                "RightValue": 1,
                            }
                        ],
                        "IfSteps": [
                            {
                                "Name": "F",
                                "Type": "ForEach",
                                "Arguments": {"IterableItems": [1], "ForEachBody": inner},
                            }
                        ],
                        "ElseSteps": [],
                    },
                },
            ]
        }
    )
    assert [(s.name, s.branch, s.parent and s.parent.name) for s in item.steps] == [
        ("A", "", None),
        ("C", "", None),
        ("F", "IfSteps", "C"),
        ("Deep", "ForEachBody", "F"),
    ]
    assert item.steps[3].path == (
        "Steps",
        1,
        "Arguments",
        "IfSteps",
        0,
        "Arguments",
        "ForEachBody",
        0,
    )
    assert item.steps[1].predecessors == ("A",)
    assert [s.name for s in item.steps[3].ancestors] == ["F", "C"]
    assert item.steps_complete


def test_dependencies_by_name_by_object_and_by_data() -> None:
    item = pipeline(
        {
            "Steps": [
                {
                    "Name": "T",
                    "Type": "Training",
                    "DependsOn": ["A", {"Step": "B", "Trigger": "Any"}],
                    "Arguments": {
                        "x": get("Steps.C.Out['a.b']"),
                        "y": get("Steps['D e'].Out"),
                        "self": get("Steps.T.Name"),
                    },
                },
            ]
        }
    )
    assert item.steps[0].predecessors == ("A", "B", "C", "D e")


def test_references_in_every_notation() -> None:
    assert parse_reference("Steps.A.Out[0].x").name == "A"
    assert parse_reference("Steps['A'].Out").name == "A"
    assert parse_reference("Parameters.P").name == "P"
    assert parse_reference("Execution.PipelineName").root == "Execution"
    assert parse_reference("Parameters.").root == ""


def test_what_a_definition_looks_like() -> None:
    assert looks_like_definition({"Version": "2020-12-01", "Steps": []})
    assert looks_like_definition({"Steps": [{"Name": "a", "Type": "Fail"}]})
    assert not looks_like_definition({"Steps": ["build", "test"]})
    assert not looks_like_definition({"Version": "2020-12-01"})


def test_role_of_a_file_is_not_there_and_its_name_is_the_files() -> None:
    item = pipeline({"Steps": []})
    assert (item.name, item.role) == ("p", MISSING)
