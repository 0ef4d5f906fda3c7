"""Where resources run, by the forms in which Terraform lets a configuration say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from linter.core.identity import Placement
from linter.core.sources import Source
from linter.readers.terraform import read_terraform
from tests.terraform.reading import document, read

PROVIDERS = """
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
"""
NOTHING = Placement()


def placement(files: dict[str, str] | str, address: str = "aws_s3_bucket.b") -> Placement:
    result = read(files)
    assert [p.message for p in result.problems if p.rule != "SYN015"] == []
    return document(result, address).placement


def bucket(arguments: str = "") -> str:
    return f'resource "aws_s3_bucket" "b" {{\n  bucket = "b"\n  {arguments}\n}}\n'


@pytest.mark.parametrize(
    ("text", "region", "because"),
    [
        (PROVIDERS + bucket(), "eu-west-1", "provider aws"),
        (PROVIDERS + bucket("provider = aws.west"), "us-west-2", "provider aws.west"),
        (PROVIDERS + bucket('provider = "aws.west"'), "us-west-2", "provider aws.west"),
        (PROVIDERS + bucket('provider = "${aws.west}"'), "us-west-2", "provider aws.west"),
        (PROVIDERS + bucket("provider = aws"), "eu-west-1", "provider aws"),
        (
            PROVIDERS + bucket("provider = aws.west.more"),
            "",
            "its provider argument names no provider configuration",
        ),
        ('provider "aws" { region = "" }\n' + bucket(), "", "provider aws sets no region"),
        (PROVIDERS + bucket('region = "sa-east-1"'), "sa-east-1", "its own region argument"),
        (PROVIDERS + bucket("region = null"), "eu-west-1", "provider aws"),
        (bucket(), "", ""),
        ('provider "aws" {}\n' + bucket(), "", "provider aws sets no region"),
        ('provider "aws" { region = null }\n' + bucket(), "", "provider aws sets no region"),
        (
            'variable "r" { default = "ca-west-1" }\nlocals { r = var.r }\n'
            'provider "aws" { region = local.r }\n' + bucket(),
            "ca-west-1",
            "provider aws",
        ),
        (
            'variable "r" {}\nprovider "aws" { region = var.r }\n' + bucket(),
            "",
            "provider aws: var.r has no default",
        ),
        (
            'terraform {\n  required_providers {\n    amazon = { source = "hashicorp/aws" }\n'
            "  }\n}\n"
            'provider "amazon" { region = "eu-west-2" }\n' + bucket(),
            "eu-west-2",
            "provider amazon",
        ),
        (
            "terraform {\n  required_providers {\n    amazon = {\n"
            '      source = "registry.terraform.io/hashicorp/aws"\n    }\n  }\n}\n'
            'provider "amazon" {\n  alias  = "x"\n  region = "eu-west-3"\n}\n'
            + bucket("provider = amazon.x"),
            "eu-west-3",
            "provider amazon.x",
        ),
    ],
)
def test_a_resource_runs_where_its_provider_does(text: str, region: str, because: str) -> None:
    assert placement(text) == Placement(region, (), "", because)


DEV_OR_PROD = 'locals { r = { dev = "us-east-1", prod = "eu-west-1" } }\nvariable "env" {}\n'


@pytest.mark.parametrize(
    ("region", "extra", "regions"),
    [
        ("local.r[var.env]", DEV_OR_PROD, ("us-east-1", "eu-west-1")),
        ("lookup(local.r, var.env)", DEV_OR_PROD, ("us-east-1", "eu-west-1")),
        (
            'lookup(local.r, var.env, "us-west-2")',
            DEV_OR_PROD,
            ("us-east-1", "eu-west-1", "us-west-2"),
        ),
        (
            'var.env == "a" ? "us-east-1" : (var.env == "b" ? "us-east-2" : "us-west-1")',
            'variable "env" {}\n',
            ("us-east-1", "us-east-2", "us-west-1"),
        ),
        (
            '"${local.home}"',
            'variable "env" {}\nlocals { home = var.env == "a" ? "us-east-1" : "eu-west-1" }\n',
            ("us-east-1", "eu-west-1"),
        ),
        (
            "var.env",
            'variable "env" {\n  validation {\n'
            '    condition     = contains(["eu-west-1", "eu-west-2"], var.env)\n'
            '    error_message = "No."\n  }\n}\n',
            ("eu-west-1", "eu-west-2"),
        ),
        ('"${var.env}-1"', 'variable "env" {}\n', ()),
        ('var.env == "a" ? "us-east-1" : var.env', 'variable "env" {}\n', ()),
    ],
)
def test_a_region_may_be_one_of_several(region: str, extra: str, regions: tuple[str, ...]) -> None:
    found = placement(extra + f'provider "aws" {{ region = {region} }}\n' + bucket())
    assert (found.region, found.regions) == ("", regions)
    assert found.because.startswith("provider aws: ") and "var.env" in found.because


MODULE = {"m/main.tf": bucket()}
PEER = {
    "m/main.tf": "terraform {\n  required_providers {\n    aws = {\n"
    '      source                = "hashicorp/aws"\n'
    "      configuration_aliases = [aws.peer]\n    }\n  }\n}\n" + bucket("provider = aws.peer")
}
NESTED = {"m/main.tf": 'module "n" { source = "../n" }\n', "n/main.tf": bucket()}
NESTED_PEER = {
    "m/main.tf": PEER["m/main.tf"]
    + 'module "n" {\n  source    = "../n"\n  providers = { aws = aws.peer }\n}\n',
    "n/main.tf": bucket(),
}


@pytest.mark.parametrize(
    ("call", "modules", "address", "region"),
    [
        ("", MODULE, "module.m.aws_s3_bucket.b", "eu-west-1"),
        ("providers = { aws = aws.west }", MODULE, "module.m.aws_s3_bucket.b", "us-west-2"),
        ("providers = { aws.peer = aws.west }", PEER, "module.m.aws_s3_bucket.b", "us-west-2"),
        ("providers = { aws.peer = aws }", PEER, "module.m.aws_s3_bucket.b", "eu-west-1"),
        ("", NESTED, "module.m.module.n.aws_s3_bucket.b", "eu-west-1"),
        (
            "providers = { aws = aws.west }",
            NESTED,
            "module.m.module.n.aws_s3_bucket.b",
            "us-west-2",
        ),
        (
            "providers = { aws.peer = aws.west }",
            NESTED_PEER,
            "module.m.module.n.aws_s3_bucket.b",
            "us-west-2",
        ),
        # Only the default configuration is inherited: a name alone passes nothing on.
        ("providers = { aws.peer = aws.west }", MODULE, "module.m.aws_s3_bucket.b", "eu-west-1"),
    ],
)
def test_modules_are_given_configurations(
    call: str, modules: dict[str, str], address: str, region: str
) -> None:
    main = PROVIDERS + f'module "m" {{\n  source = "./m"\n  {call}\n}}\n'
    assert placement({"main.tf": main, **modules}, address).region == region


def test_a_module_by_itself_does_not_know_what_it_is_given() -> None:
    found = placement(PEER)
    assert found.region == "" and "is given by the caller" in found.because


def test_a_region_handed_down_as_a_variable() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  region = each.key\n'
        '  for_each = toset(["eu-west-1", "us-east-2"])\n}\n',
        "m/main.tf": 'variable "region" {}\nprovider "aws" { region = var.region }\n' + bucket(),
    }
    for region in ("eu-west-1", "us-east-2"):
        assert placement(files, f'module.m["{region}"].aws_s3_bucket.b').region == region


def test_instances_in_different_regions_are_not_one() -> None:
    files = {
        "main.tf": PROVIDERS + 'module "a" { source = "./m" }\n'
        'module "b" {\n  source    = "./m"\n  providers = { aws = aws.west }\n}\n'
        'module "c" { source = "./m" }\n'
        'resource "aws_s3_bucket" "r" {\n  for_each = toset(["us-east-1", "us-east-2"])\n'
        "  region   = each.key\n}\n",
        **MODULE,
    }
    found = {d.address: d.placement.region for d in read(files).documents if d.type}
    assert found.pop('aws_s3_bucket.r["us-east-1"]') == "us-east-1"
    assert found.pop('aws_s3_bucket.r["us-east-2"]') == "us-east-2"
    assert found["module.b.aws_s3_bucket.b"] == "us-west-2"
    assert found["module.a.aws_s3_bucket.b"] == "eu-west-1"


BY_REGION = (
    'provider "aws" {\n  alias    = "by"\n  for_each = { eu = "eu-west-1", us = "us-east-1" }\n'
    "  region   = each.value\n}\n"
)


def test_providers_of_a_for_each() -> None:
    text = (
        BY_REGION
        + 'resource "aws_s3_bucket" "each" {\n  for_each = toset(["eu", "us"])\n'
        + "  provider = aws.by[each.key]\n}\n"
        + 'variable "k" {}\nresource "aws_s3_bucket" "any" { provider = aws.by[var.k] }\n'
        + 'resource "aws_s3_bucket" "quoted" { provider = "aws.by[\\"eu\\"]" }\n'
    )
    found = {d.address: d.placement for d in read(text).documents if d.type == "aws_s3_bucket"}
    assert found['aws_s3_bucket.each["eu"]'].region == "eu-west-1"
    assert found['aws_s3_bucket.each["us"]'].region == "us-east-1"
    assert found["aws_s3_bucket.any"].regions == ("eu-west-1", "us-east-1")


def test_json_says_the_same() -> None:
    main = {
        "terraform": {
            "required_providers": {
                "aws": {"source": "hashicorp/aws"},
                "amazon": {"source": "hashicorp/aws"},
            }
        },
        "provider": {
            "aws": [{"region": "eu-west-1"}, {"alias": "west", "region": "us-west-2"}],
            "amazon": {"alias": "x", "region": "eu-west-3"},
        },
        "resource": {
            "aws_s3_bucket": {
                "a": {"bucket": "a"},
                "b": {"bucket": "b", "provider": "aws.west"},
                "c": {"bucket": "c", "provider": "amazon.x"},
                "d": {"bucket": "d", "region": "sa-east-1"},
            }
        },
        "module": {
            "m": {"source": "./m", "providers": {"aws.peer": "aws.west", "aws": "aws.west"}}
        },
    }
    module = {
        "terraform": {
            "required_providers": {
                "aws": {"source": "hashicorp/aws", "configuration_aliases": ["aws.peer"]}
            }
        },
        "resource": {"aws_s3_bucket": {"b": {"provider": "aws.peer"}, "c": {}}},
    }
    files = {"main.tf.json": json.dumps(main), "m/main.tf.json": json.dumps(module)}
    result = read(files)
    assert [p.message for p in result.problems] == []
    regions = {d.address: d.placement.region for d in result.documents if d.type == "aws_s3_bucket"}
    assert regions == {
        "aws_s3_bucket.a": "eu-west-1",
        "aws_s3_bucket.b": "us-west-2",
        "aws_s3_bucket.c": "eu-west-3",
        "aws_s3_bucket.d": "sa-east-1",
        "module.m.aws_s3_bucket.b": "us-west-2",
        "module.m.aws_s3_bucket.c": "us-west-2",
    }


def test_an_override_file_changes_the_configuration_of_the_same_name() -> None:
    files = {
        "main.tf": PROVIDERS + bucket("provider = aws.west"),
        "x_override.tf": 'provider "aws" {\n  alias  = "west"\n  region = "us-west-1"\n}\n',
    }
    assert placement(files).region == "us-west-1"


@pytest.mark.parametrize(
    ("arguments", "account"),
    [
        ('allowed_account_ids = ["111122223333"]', "111122223333"),
        ('allowed_account_ids = ["111122223333", "444455556666"]', ""),
        ('assume_role { role_arn = "arn:aws:iam::111122223333:role/x" }', "111122223333"),
        (
            'assume_role { role_arn = "arn:aws:iam::111122223333:role/x" }\n'
            '  assume_role { role_arn = "arn:aws:iam::444455556666:role/x" }',
            "444455556666",
        ),
        ('assume_role { role_arn = "arn:aws:iam::111122223333:role/${var.n}" }', "111122223333"),
        ('assume_role { role_arn = "arn:aws:iam::1111${var.n}" }', ""),
        ('assume_role { role_arn = "arn:aws:iam::${var.n}:role/x" }', ""),
        ("", ""),
    ],
)
def test_the_account_of_a_provider(arguments: str, account: str) -> None:
    provider = f'variable "n" {{}}\nprovider "aws" {{\n  region = "eu-west-1"\n  {arguments}\n}}\n'
    assert placement(provider + bucket()).account == account
    assert placement(provider + bucket('region = "eu-west-2"')).account == account


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            PROVIDERS + bucket("provider = aws.wset"),
            9,
            'Provider configuration not present: no provider "aws" block of this module has alias ='
            ' "wset"; did you mean aws.west?',
        ),
        (
            PROVIDERS + 'module "m" {\n  source = "./m"\n  providers = { aws = aws.nope }\n}\n',
            9,
            'Provider configuration not present: no provider "aws" block of this module has alias ='
            ' "nope"',
        ),
        (
            'provider "aws" { region = "eu-wset-1" }\n',
            1,
            'Invalid AWS Region: "eu-wset-1" is not the name of a region; did you mean eu-west-1?',
        ),
        (
            bucket('region = "us-east1"'),
            3,
            'Invalid AWS Region: "us-east1" is not the name of a region; did you mean us-east-1?',
        ),
        (
            'variable "r" { default = "us-east1" }\nprovider "aws" { region = var.r }\n' + bucket(),
            2,
            'Invalid AWS Region: "us-east1" is not the name of a region; did you mean us-east-1?',
        ),
    ],
)
def test_what_terraform_refuses_is_one_problem_and_loses_nothing(
    text: str, line: int, message: str
) -> None:
    result = read({"main.tf": text + 'resource "aws_s3_bucket" "z" {}\n', **MODULE})
    problems = [p for p in result.problems if p.rule != "SYN015"]
    assert [(p.rule, p.message, p.lost) for p in problems] == [("SYN014", message, False)]
    assert problems[0].span.start_line == line and problems[0].hint
    assert document(result, "aws_s3_bucket.z")


def test_a_configuration_that_a_module_requires_must_be_passed() -> None:
    result = read({"main.tf": PROVIDERS + 'module "m" { source = "./m" }\n', **PEER})
    assert [(p.message, p.span.start_line, p.lost) for p in result.problems] == [
        (
            "Missing required provider configuration: the module requires a configuration for"
            " aws.peer, and its call passes none",
            7,
            False,
        )
    ]
    found = document(result, "module.m.aws_s3_bucket.b").placement
    assert found.region == "" and "passes no provider aws.peer" in found.because


@pytest.mark.parametrize("name", ["providers.tf", "terragrunt.hcl"])
def test_a_provider_block_may_be_in_a_file_that_is_not_scanned(tmp_path: Path, name: str) -> None:
    text = bucket("provider = aws.west")
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    files = {"main.tf": Source("main.tf", text)}
    problems = [read_terraform(files, root=tmp_path, base=tmp_path).problems]
    (tmp_path / name).write_text("", encoding="utf-8")
    problems.append(read_terraform(files, root=tmp_path, base=tmp_path).problems)
    assert [len(found) for found in problems] == [1, 0]


def test_one_problem_for_all_instances_of_a_module() -> None:
    files = {
        "main.tf": 'module "m" {\n  source = "./m"\n  count  = 3\n}\n',
        "m/main.tf": bucket("provider = aws.gone"),
    }
    assert len(read(files).problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        'provider "aws" {\n  region = "antarctica-1"\n  skip_region_validation = true\n}\n'
        + bucket(),
        'provider "google" { region = "europe-west1" }\n'
        'resource "google_compute_address" "a" {\n  region = "europe-west1"\n}\n',
        'provider "aws" { region = "cn-north-1" }\n' + bucket(),
        'provider "aws" { region = "us-iso-east-1" }\n' + bucket(),
    ],
)
def test_what_is_valid_is_no_problem(text: str) -> None:
    assert read(text).problems == []


HOSTILE = [5, "x", [], {}, None, {"aws": 5}, {"aws": [5]}, {"aws": {"region": {"a": 1}}}]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("provider", [5, [], "", "aws.[[", "aws.x[each.key]", {"a": 1}])
def test_hostile_configurations_are_no_trouble(value: object, provider: object) -> None:
    main = {
        "provider": value,
        "terraform": {"required_providers": value},
        "resource": {"aws_s3_bucket": {"b": {"provider": provider}}},
        "module": {"m": {"source": "./m", "providers": value}},
    }
    result = read({"main.tf.json": json.dumps(main), "m/main.tf": ""})
    assert document(result, "aws_s3_bucket.b").placement.region == ""


def test_resources_of_other_providers_run_nowhere_known() -> None:
    text = PROVIDERS + 'resource "google_compute_address" "a" { region = "europe-west1" }\n'
    assert placement(text, "google_compute_address.a") == NOTHING
