"""Options that name nothing, and values that are not taken, are refused in every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import pipewarden

PARAMETERS: list[dict[str, Any]] = [
    {"Name": "Workers", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Machine", "Type": "String", "EnumValues": ["ml.m5.large", "ml.m5.xlarge"]},
    {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Spot", "Type": "Boolean", "DefaultValue": True},
]
DEFINITION = {"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": []}
TERRAFORM = (
    'variable "environment" {\n  default = "dev"\n}\noutput "o" {\n  value = var.environment\n}\n'
)
TEMPLATE = "Parameters:\n  Mode: {Type: String}\nResources:\n  T: {Type: AWS::SNS::Topic}\n"
COMMANDS = [
    ("check", "."),
    ("cost", "."),
    ("report", ".", "-o", "r.html"),
    ("graph", "."),
    ("inspect", "."),
    ("iam", "suggest", "."),
    ("diff", "a", "b"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("", "a", "b"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "p.json").write_text(json.dumps(DEFINITION))
        (folder / "main.tf").write_text(TERRAFORM)
        (folder / "t.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--param", "Worker=2"), "no pipeline has this parameter; did you mean Workers?"),
        (("--param", "Workers=two"), "declares it as Integer"),
        (("--param", "Rate=fast"), "declares it as Float"),
        (("--param", "Rate=nan"), "declares it as Float"),
        (("--param", "Spot=perhaps"), "declares it as Boolean"),
        (("--param", "Machine=ml.m5.4xlarge"), "allows ml.m5.large, ml.m5.xlarge"),
        (("--var", "enviroment=prod"), "declares it; did you mean environment?"),
        (("--var", "Mod=on"), "declares it; did you mean Mode?"),
    ],
)
def test_what_names_nothing_or_is_not_taken_is_refused(
    project: Path, command: tuple[str, ...], option: tuple[str, str], said: str
) -> None:
    ran = pipewarden(*command, *option, cwd=project)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_what_is_declared_is_taken(project: Path, command: tuple[str, ...]) -> None:
    options = ["Workers=2", "Rate=1", "Spot=false", "Machine=ml.m5.xlarge"]
    given = [word for option in options for word in ("--param", option)]
    ran = pipewarden(*command, *given, "--var", "environment=prod", "--var", "Mode=on", cwd=project)
    assert ran.code != 2, ran.err


def test_a_variable_of_the_environment_may_be_anybodys(project: Path) -> None:
    assert pipewarden("check", ".", cwd=project, TF_VAR_nothing="1").code != 2


def test_nothing_is_said_where_the_rest_could_not_be_read(project: Path) -> None:
    (project / "broken.json").write_text('{"Version": "2020-12-01", "Steps": [')
    assert pipewarden("check", ".", "--var", "other=1", cwd=project).code == 3
    assert pipewarden("check", ".", "--param", "Workers=two", cwd=project).code == 2


def test_a_parameter_of_one_side_of_a_comparison_is_known(project: Path) -> None:
    bare = {**DEFINITION, "Parameters": []}
    (project / "a" / "p.json").write_text(json.dumps(bare))
    assert pipewarden("diff", "a", "b", "--param", "Workers=2", cwd=project).code != 2


@pytest.mark.parametrize(
    ("option", "code", "said"),
    [
        (("--address", "output.o"), 0, ""),
        (("--address", "output.*"), 0, ""),
        (("--kind", "pipeline"), 0, ""),
        (("--address", "output.p"), 2, "no document has it; did you mean output.o?"),
        (("--kind", "pipelin"), 2, "no document has it; did you mean pipeline?"),
        (("--address", "output.o", "--kind", "pipeline"), 0, ""),
    ],
)
def test_inspecting_what_is_not_there(
    project: Path, option: tuple[str, ...], code: int, said: str
) -> None:
    ran = pipewarden("inspect", ".", *option, cwd=project)
    assert ran.code == code
    assert said in ran.err
