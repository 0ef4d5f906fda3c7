"""A bug of ours costs one thing, by name; no function sees a text that is not known."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from linter.cli.main import cli
from linter.core.values import Template, Unknown
from linter.gate.verdict import GateOptions, judge
from linter.readers.terraform import functions
from linter.readers.terraform.cty.errors import EvaluationError
from linter.readers.terraform.cty.value import (
    EncodedValue,
    Value,
    is_wholly_known,
    number,
    object_of,
    string,
    tuple_of,
)
from tests.terraform.reading import document, read

_WHY = Unknown("somebody else writes the text")


class _NoFiles:
    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> Any:
            raise EvaluationError("no files here")

        return refuse


def _known_but_for_its_text() -> Value:
    document_ = object_of({"Statement": tuple_of([object_of({"Action": string("s3:*")})])})
    return EncodedValue(document_, lambda _: Template((_WHY,)), _WHY)


@pytest.mark.parametrize("name", [n for n in functions.names() if not functions.is_lazy(n)])
def test_a_text_that_only_the_provider_knows(name: str) -> None:
    one = _known_but_for_its_text()
    fillers = (one, string("a"), number(1), tuple_of([one]), object_of({"a": one}))
    for count in (1, 2, 3):
        for arguments in itertools.product(fillers, repeat=count):
            if not any(not is_wholly_known(argument) for argument in arguments):
                continue
            try:
                result = functions.call(name, list(arguments), _NoFiles())  # type: ignore[arg-type]
            except EvaluationError:
                continue
            assert isinstance(result, Value)
            if result.kind.name == "STRING":
                assert isinstance(result.data, str | Template)


_TWO = """\
resource "aws_sagemaker_notebook_instance" "bad" {
  name                   = "bad"
  role_arn               = "arn:aws:iam::111122223333:role/x"
  instance_type          = title("ml.t3.medium")
  direct_internet_access = "Enabled"
}
resource "aws_sagemaker_notebook_instance" "good" {
  name                   = "good"
  role_arn               = "arn:aws:iam::111122223333:role/x"
  instance_type          = "ml.t3.medium"
  direct_internet_access = "Enabled"
}
"""


def _fail(*_: Any, **__: Any) -> Any:
    raise TypeError("not foreseen")


def _check(folder: Path) -> tuple[int, dict[str, Any]]:
    (folder / "main.tf").write_text(_TWO, "utf-8")
    arguments = ["check", "--config", "none", "--format", "json", str(folder)]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    code = result.return_value
    assert isinstance(code, int), result.exception
    return code, json.loads(result.stdout)


def _noticed(found: dict[str, Any]) -> set[str]:
    return {item["address"] for item in found["findings"] if item["rule"] == "NET012"}


def test_a_bug_in_a_function_costs_the_expression(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    functions.call("title", [string("a")], _NoFiles())  # type: ignore[arg-type]
    monkeypatch.setattr("linter.readers.terraform.functions.registry._call_once", _fail)
    code, found = _check(tmp_path)
    assert code == 4
    assert len(_noticed(found)) == 2
    (lost,) = found["unread"]
    assert lost["start"] == {"line": 4, "column": 28}
    assert "bug in pipewarden" in lost["message"]
    assert "not foreseen" in lost["message"]


def test_a_bug_in_a_block_costs_the_block(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from linter.readers.terraform import resources

    real = resources.block_value

    def sometimes(module: Any, body: Any, scope: Any, origin: Any) -> Any:
        if origin.start == 0:
            raise KeyError("not foreseen")
        return real(module, body, scope, origin)

    monkeypatch.setattr(resources, "block_value", sometimes)
    code, found = _check(tmp_path)
    assert code == 4
    assert _noticed(found) == {"aws_sagemaker_notebook_instance.good"}
    (lost,) = found["unread"]
    assert "aws_sagemaker_notebook_instance.bad" in lost["message"]
    assert lost["start"]["line"] == 1


def test_a_bug_in_a_reader_costs_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("linter.readers.json_documents.read_policy", _fail)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*"}]}
    (tmp_path / "policy.json").write_text(json.dumps(policy), "utf-8")
    code, found = _check(tmp_path)
    assert code == 4
    assert len(_noticed(found)) == 2
    assert found["unread"][0]["path"].endswith("policy.json")


def test_a_bug_in_linking_costs_the_pipeline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("linter.project.link._from_file", _fail)
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Name": "a", "Type": "Fail", "Arguments": {}}],
    }
    (tmp_path / "pipeline.json").write_text(json.dumps(definition), "utf-8")
    code, found = _check(tmp_path)
    assert code == 4
    assert len(_noticed(found)) == 2
    assert found["unread"][0]["path"].endswith("pipeline.json")


@pytest.mark.parametrize("command", ["cost", "check"])
def test_a_bug_in_pricing_costs_the_price(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    from pricing import report

    real = report.price_standing

    def sometimes(thing: Any, *others: Any) -> Any:
        if thing.address.endswith(".bad"):
            raise ArithmeticError("not foreseen")
        return real(thing, *others)

    monkeypatch.setattr(report, "price_standing", sometimes)
    (tmp_path / "main.tf").write_text(_TWO, "utf-8")
    arguments = [command, "--config", "none", "--format", "json", str(tmp_path)]
    result = CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert result.return_value == 4
    found = json.loads(result.stdout)
    if command == "cost":
        bad, good = found["standing"]
        assert bad["address"].endswith(".bad") and "not foreseen" in bad["unpriced"]
        assert good["address"].endswith(".good") and good["unpriced"] is None
        assert [item["address"].split(".")[-1] for item in found["unpriced"]] == ["bad"]
    else:
        assert len(_noticed(found)) == 2
        assert "aws_sagemaker_notebook_instance.bad" in found["unread"][0]["message"]


def test_no_bug_no_such_code(tmp_path: Path) -> None:
    code, found = _check(tmp_path)
    assert code == 1
    assert not found["unread"]


def test_a_bug_wins_over_everything() -> None:
    from linter.core.bugs import bug
    from linter.core.sources import Span

    problem = bug(TypeError("x"), "An expression", Span("main.tf", 1, 1, 1, 2))
    assert judge([], [problem], [], 1, GateOptions(exit_zero=True)).exit_code == 4


def test_the_policy_document_in_a_text_function() -> None:
    text = """\
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
}
output "a" { value = base64encode(data.aws_iam_policy_document.d.json) }
output "b" { value = jsondecode(data.aws_iam_policy_document.d.json).Statement[0].Action }
"""
    result = read(text)
    assert not result.problems
    assert isinstance(document(result, "output.a").value, Unknown)
    assert document(result, "output.b").value == "s3:GetObject"
