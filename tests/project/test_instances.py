"""Nothing that is said of one instance depends on another one."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from linter.core.identity import without_keys
from linter.policy.engine import lint
from linter.policy.model import Verdict
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from linter.project.model import Project
from pricing.standing import standing_of
from tests.pricing.helpers import book, report
from tests.project.instance_pairs import PAIRS, Pair
from tests.project.instances import BAD, FORMS, GOOD, KEYS, owner

RULES = load_rules().rules
PRICES = book()


def said(project: Project) -> dict[str, Counter[tuple[Any, ...]]]:
    """What is said of each instance: findings, prices."""
    found: dict[str, Counter[tuple[Any, ...]]] = {key: Counter() for key in KEYS}
    for finding in lint(project, RULES).findings:
        owners = {owner(document.address) for document in finding.instances}
        owners |= {owner(finding.address)} if not owners else set()
        for key in KEYS:
            if key in owners:
                row = (finding.rule, finding.verdict, finding.severity)
                found[key][(*row, _of(finding.message, key, len(owners) > 1))] += 1
    priced = report(*project.pipelines, standing=standing_of(project, []), prices=PRICES)
    for item in priced.pipelines:
        found[owner(item.address)][("price", without_keys(item.address), item.per_run)] += 1
    for row in priced.standing:
        said_of = ("price", without_keys(row.address), row.usd_per_month, row.unpriced)
        found[owner(row.address)][said_of] += 1
    return found


def _of(message: str, key: str, folded: bool) -> str:
    """A message without what names its own instance; of a folded one, without any."""
    for number, one in enumerate(KEYS):
        if folded or one == key:
            message = re.sub(rf'\["{one}"\]|\[{number}\]|[-_]({one}|{number})\b', "", message)
    return message


def read(pair: Pair, form: str, variants: tuple[str, str], same: bool = False) -> Project:
    project = load_texts(FORMS[form](pair.blocks, variants, same))
    assert not project.problems, project.problems
    return project


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_an_instance_is_judged_and_priced_alone(pair: Pair, form: str) -> None:
    results = {(a, b): said(read(pair, form, (a, b))) for a in (GOOD, BAD) for b in (GOOD, BAD)}
    for own in (GOOD, BAD):
        assert results[own, GOOD]["a"] == results[own, BAD]["a"]
        assert results[GOOD, own]["b"] == results[BAD, own]["b"]
    if pair.plan or not form.startswith("plan"):
        for key, good, bad in (("a", (GOOD, BAD), (BAD, BAD)), ("b", (BAD, GOOD), (BAD, BAD))):
            differ = {row[0] for row in results[good][key] - results[bad][key]}
            differ |= {row[0] for row in results[bad][key] - results[good][key]}
            assert pair.says in differ


@pytest.mark.parametrize("form", ["for_each", "into_module", "out_of_module", "plan"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_equal_names_do_not_make_instances_one(pair: Pair, form: str) -> None:
    """As in two accounts: where there is a reference, the text decides nothing."""
    results = {
        variants: said(read(pair, form, variants, same=True))
        for variants in ((GOOD, GOOD), (GOOD, BAD), (BAD, BAD))
    }
    assert results[GOOD, BAD]["a"] == results[GOOD, GOOD]["a"]
    assert results[GOOD, BAD]["b"] == results[BAD, BAD]["b"]


def pair_named(name: str) -> Pair:
    return next(pair for pair in PAIRS if pair.name == name)


WHICH = 'variable "which" {}\n'
CHOOSERS = {
    # pair: (what tells good from bad, the block that names one of the instances)
    "role-of-pipeline": (
        "IAM067",
        """resource "aws_sagemaker_pipeline" "p" {
          pipeline_name = "pipe"
          role_arn = aws_iam_role.r[var.which].arn
          pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [] })
        }""",
    ),
    "role-of-notebook": (
        "IAM067",
        """resource "aws_sagemaker_notebook_instance" "n" {
          name = "notebook"
          instance_type = "ml.t3.medium"
          role_arn = aws_iam_role.r[var.which].arn
        }""",
    ),
    "group-of-notebook": (
        "NET018",
        """resource "aws_sagemaker_notebook_instance" "n" {
          name = "notebook"
          instance_type = "ml.t3.medium"
          role_arn = "arn:aws:iam::111122223333:role/notebook"
          security_groups = [aws_security_group.g[var.which].id]
        }""",
    ),
    "key-of-notebook": (
        "ENC024",
        """resource "aws_sagemaker_notebook_instance" "n" {
          name = "notebook"
          instance_type = "ml.t3.medium"
          role_arn = "arn:aws:iam::111122223333:role/notebook"
          kms_key_id = aws_kms_alias.k[var.which].arn
        }""",
    ),
    "endpoint-model": (
        "APPR008",
        """resource "aws_sagemaker_endpoint" "e" {
          name = "endpoint"
          endpoint_config_name = aws_sagemaker_endpoint_configuration.c[var.which].name
        }""",
    ),
    "monitoring-job": (
        "COST027",
        """resource "aws_sagemaker_monitoring_schedule" "s" {
          name = "schedule"
          monitoring_schedule_config {
            monitoring_job_definition_name =
              aws_sagemaker_data_quality_job_definition.j[var.which].name
            monitoring_type = "DataQuality"
            schedule_config { schedule_expression = "cron(0 * ? * * *)" }
          }
        }""".replace("=\n             ", "="),
    ),
    "configuration-model": (
        "SYN009",
        """resource "aws_sagemaker_endpoint_configuration" "c" {
          name = "config"
          production_variants {
            variant_name = "main"
            model_name = aws_sagemaker_model.m[var.which].name
            serverless_config {
              max_concurrency = 5
              memory_size_in_mb = 2048
            }
          }
        }""",
    ),
    "bucket-policy": (
        "ENC028",
        """resource "aws_sagemaker_pipeline" "p" {
          pipeline_name = "pipe"
          role_arn = "arn:aws:iam::111122223333:role/elsewhere"
          pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [{
            Name = "Train", Type = "Training", Arguments = { OutputDataConfig = {
              S3OutputPath = "s3://${aws_s3_bucket.b[var.which].bucket}/m" } } }] })
        }""",
    ),
    "subnet-endpoints": (
        "NET019",
        """resource "aws_sagemaker_model" "m" {
          name = "model"
          execution_role_arn = "arn:aws:iam::111122223333:role/serving"
          vpc_config {
            subnets = [aws_subnet.s[var.which].id]
            security_group_ids = ["sg-1"]
          }
        }""",
    ),
}


WHERE_ALL_ARE_BAD: dict[str, set[Verdict]] = {
    # Said of each candidate, of which one is none of the user's.
    "role-of-pipeline": set(),
    "role-of-notebook": set(),
    "group-of-notebook": set(),
    "bucket-policy": set(),
}


def choosing(name: str, variants: tuple[str, str]) -> set[Verdict]:
    """What the rule says where it is not known which instance a block names."""
    pair = pair_named(name)
    says, chooser = CHOOSERS[name]
    kind = chooser.split('"')[1]
    blocks = [block for block in pair.blocks if block.type != kind]
    text = FORMS["for_each"](blocks, variants, False)["main.tf"]
    project = load_texts({"main.tf": text + WHICH + chooser + "\n"})
    assert not project.problems, project.problems
    return {f.verdict for f in lint(project, RULES).findings if f.rule == says}


@pytest.mark.parametrize("name", CHOOSERS)
def test_where_the_key_is_not_known_what_differs_is_undecided(name: str) -> None:
    assert choosing(name, (BAD, BAD)) - {Verdict.UNKNOWN} == WHERE_ALL_ARE_BAD.get(
        name, {Verdict.FAIL}
    )
    assert Verdict.FAIL not in choosing(name, (GOOD, GOOD))
    for variants in ((GOOD, BAD), (BAD, GOOD)):
        assert choosing(name, variants) == {Verdict.UNKNOWN}


def test_a_price_that_depends_on_an_unknown_key_is_a_range() -> None:
    """One and three instances: between the two, and never one of them in silence."""
    pair = pair_named("endpoint-configuration")
    candidates = [block for block in pair.blocks if "configuration" in block.type]
    chooser = CHOOSERS["endpoint-model"][1]

    def priced(*variants: str) -> list[Any]:
        text = FORMS["for_each"](candidates, variants, False)["main.tf"] + WHICH + chooser
        rows = report(standing=standing_of(load_texts({"main.tf": text}), []), prices=PRICES)
        return [row.usd_per_month for row in rows.standing if row.kind == "endpoint"]

    [low], [high], [range_] = priced(GOOD, GOOD), priced(BAD, BAD), priced(GOOD, BAD)
    assert low.high < high.low
    assert (range_.low, range_.high) == (low.low, high.high)
    assert priced(BAD, GOOD) == [range_]


def test_what_is_attached_to_a_role_of_unknown_key_is_not_lost() -> None:
    roles = [block for block in pair_named("role-inline-policy").blocks if block.name == "r"]
    text = FORMS["for_each"](roles, (GOOD, BAD), False)["main.tf"] + WHICH
    attached = """
resource "aws_iam_role_policy_attachment" "t" {
  role       = aws_iam_role.r[var.which].name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_iam_role_policy" "i" {
  role   = aws_iam_role.r[var.which].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sagemaker:*", Resource = "*" }] })
}
"""
    findings = lint(load_texts({"main.tf": text + attached}), RULES).findings
    failed = {(f.rule, f.address) for f in findings if f.verdict is Verdict.FAIL}
    assert ("IAM013", "aws_iam_role_policy_attachment.t") in failed
    assert ("IAM003", "aws_iam_role_policy.i") in failed  # whichever it is, it is an ML role


def test_an_attachment_of_unknown_key_may_be_of_the_same_policy() -> None:
    text = """
resource "aws_iam_policy" "m" {
  for_each = toset(["a", "b"])
  name     = "policy-${each.key}"
  policy   = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::data/*" }] })
}
resource "aws_iam_policy_attachment" "t" {
  name       = "t"
  roles      = ["one"]
  policy_arn = aws_iam_policy.m["a"].arn
}
resource "aws_iam_role_policy_attachment" "o" {
  role       = "other"
  policy_arn = aws_iam_policy.m[KEY].arn
}
"""
    for key, verdict in (('"a"', {Verdict.FAIL}), ('"b"', set()), ("var.which", {Verdict.UNKNOWN})):
        project = load_texts({"main.tf": text.replace("KEY", key) + WHICH})
        findings = [f for f in lint(project, RULES).findings if f.rule == "IAM075"]
        assert {f.verdict for f in findings} == verdict


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_two_roots_with_the_same_names_are_apart(pair: Pair) -> None:
    """Equal texts in every attribute: the same project applied twice, once with a bad instance."""

    def roots(*variants: tuple[str, str]) -> list[Counter[tuple[Any, ...]]]:
        texts = {
            f"{root}/{path}": text
            for root, of_root in zip(("one", "two"), variants, strict=True)
            for path, text in FORMS["for_each"](pair.blocks, of_root, False).items()
        }
        project = load_texts(texts)
        assert not project.problems, project.problems
        found: dict[str, Counter[tuple[Any, ...]]] = {"one": Counter(), "two": Counter()}
        for finding in lint(project, RULES).findings:
            row = (finding.rule, finding.verdict, finding.severity, finding.message)
            found[finding.path.partition("/")[0]][row] += 1
        return list(found.values())

    assert roots((GOOD, GOOD), (BAD, BAD))[0] == roots((GOOD, GOOD), (GOOD, GOOD))[0]
    assert roots((GOOD, GOOD), (BAD, BAD))[1] == roots((BAD, BAD), (BAD, BAD))[1]


TEMPLATE = """
Transform: AWS::LanguageExtensions
Mappings:
  V:
    A: {Service: SERVICE_A}
    B: {Service: SERVICE_B}
Resources:
  Fn::ForEach::Each:
    - Key
    - [A, B]
    - Role${Key}:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: sts:AssumeRole
                Principal: {Service: {Fn::FindInMap: [V, {Ref: Key}, Service]}}
      Notebook${Key}:
        Type: AWS::SageMaker::NotebookInstance
        Properties:
          InstanceType: ml.t3.medium
          RoleArn: {Fn::GetAtt: ["Role${Key}", Arn]}
"""
SERVICES = {GOOD: "sagemaker.amazonaws.com", BAD: "lambda.amazonaws.com"}


@pytest.mark.parametrize("a", [GOOD, BAD])
@pytest.mark.parametrize("b", [GOOD, BAD])
def test_what_a_loop_of_cloudformation_makes_is_linked_one_by_one(a: str, b: str) -> None:
    text = TEMPLATE.replace("SERVICE_A", SERVICES[a]).replace("SERVICE_B", SERVICES[b])
    project = load_texts({"template.yaml": text})
    assert not project.problems, project.problems
    findings = [f for f in lint(project, RULES).findings if f.rule == "IAM067"]
    bad = {document.address[-1] for finding in findings for document in finding.instances}
    assert bad == {key for key, variant in (("A", a), ("B", b)) if variant == BAD}
