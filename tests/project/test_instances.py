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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_equal_names_do_not_make_instances_one(pair: Pair, form: str) -> None:
    """As in two accounts: where there is a reference, the text decides nothing."""
    results = {
        variants: said(read(pair, form, variants, same=True))
        for variants in ((GOOD, GOOD), (GOOD, BAD), (BAD, BAD))
    }
    assert results[GOOD, BAD]["a"] == results[GOOD, GOOD]["a"]
    assert results[GOOD, BAD]["b"] == results[BAD, BAD]["b"]


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
    pair = next(pair for pair in PAIRS if pair.name == name)
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
