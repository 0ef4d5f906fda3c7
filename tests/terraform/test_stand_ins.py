"""Well-known modules of the registry, not on disk: what a call says is what is judged."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from linter.core.sources import Source
from linter.policy.engine import lint
from linter.policy.model import Finding, Verdict
from linter.policy.registry import load_rules
from linter.project.load import load_paths, load_texts
from linter.project.model import Project
from linter.readers.terraform.syntax.parser import parse_file
from tests.e2e.running import pipewarden

RULES = load_rules().rules
STATEMENT = '{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = "*" }'
FOLDER = resources.files("linter.readers.terraform") / "registry"
STAND_INS = sorted(item.name for item in FOLDER.iterdir() if item.name.endswith(".tf"))


def findings_of(hcl: str, *rules: str) -> list[Finding]:
    found = lint(load_texts({"main.tf": hcl}), RULES).findings
    return [one for one in found if one.rule in rules and one.verdict is Verdict.FAIL]


def module(source: str, *arguments: str, name: str = "m") -> str:
    lines = "\n".join(f"  {argument}" for argument in arguments)
    return f'module "{name}" {{\n  source = "{source}"\n{lines}\n}}\n'


def addresses(project: Project) -> set[str]:
    return {document.address for document in project.documents if document.type.startswith("aws_")}


S3 = "terraform-aws-modules/s3-bucket/aws"
POLICY = "terraform-aws-modules/iam/aws//modules/iam-policy"
ROLE_5 = "terraform-aws-modules/iam/aws//modules/iam-assumable-role"
ROLE_6 = "terraform-aws-modules/iam/aws//modules/iam-role"
LAMBDA = "terraform-aws-modules/lambda/aws"
BUCKET = 'bucket = "ml-artifacts"'
DOCUMENT = f'policy = jsonencode({{ Version = "2012-10-17", Statement = [{STATEMENT}] }})'


@pytest.mark.parametrize(
    "source",
    [
        S3,
        f"registry.terraform.io/{S3}",
        "github.com/terraform-aws-modules/terraform-aws-s3-bucket",
        "git::https://github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v5.1.0",
        "git@github.com:terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v5.1.0",
        "git::ssh://git@github.com/terraform-aws-modules/terraform-aws-s3-bucket.git?ref=v5.1.0",
    ],
)
def test_every_form_of_a_source(source: str) -> None:
    project = load_texts({"main.tf": module(source, BUCKET)})
    assert "module.m.aws_s3_bucket.this[0]" in addresses(project)


@pytest.mark.parametrize(
    "source",
    [
        "terraform-aws-modules/s3-bucket/google",
        "somebody-else/s3-bucket/aws",
        f"{S3}//modules/notification",
        "terraform-aws-modules/iam/aws",
        "terraform-aws-modules/vpc/aws",
        "github.com/somebody/terraform-aws-s3-bucket",
        "./terraform-aws-modules/s3-bucket/aws",
    ],
)
def test_others_stay_unread(source: str) -> None:
    project = load_texts({"main.tf": module(source, BUCKET)})
    assert addresses(project) == set()
    assert [problem.notice for problem in project.problems if problem.rule] == [False]


@pytest.mark.parametrize(
    ("arguments", "rules"),
    [
        (['acl = "public-read"'], {"SEC015"}),
        (["block_public_acls = false"], {"SEC014"}),
        (["attach_deny_insecure_transport_policy = true"], set()),
        (['policy = "{}"'], set()),
        (["create_bucket = false", 'acl = "public-read"'], set()),
    ],
)
def test_buckets(arguments: list[str], rules: set[str]) -> None:
    found = findings_of(module(S3, BUCKET, *arguments), "SEC014", "SEC015")
    assert {one.rule for one in found} == rules


def test_an_argument_is_the_place_of_what_it_says() -> None:
    hcl = module(S3, BUCKET, 'acl = "public-read"')
    (found,) = findings_of(hcl, "SEC015")
    assert found.location.span.path == "main.tf"
    assert found.location.span.start_line == 4


def test_what_no_argument_says_is_at_the_call() -> None:
    hcl = "\n\n" + module(S3, BUCKET)
    project = load_texts({"main.tf": hcl})
    for document in project.documents:
        if document.type.startswith("aws_"):
            span = document.locate(()).span
            assert (span.path, span.start_line) == ("main.tf", 3)


def test_a_policy_is_judged_where_it_is_written() -> None:
    (found,) = findings_of(module(POLICY, 'name = "p"', DOCUMENT), "IAM020")
    assert found.location.span.start_line == 4


@pytest.mark.parametrize(
    "role",
    [
        module(
            ROLE_5,
            "create_role = true",
            'role_name = "job"',
            "role_requires_mfa = false",
            'trusted_role_services = ["sagemaker.amazonaws.com"]',
            "custom_role_policy_arns = [module.p.arn]",
            name="r",
        )
        + "locals {\n  role = module.r.iam_role_arn\n}\n",
        module(
            ROLE_6,
            'name = "job"',
            "use_name_prefix = false",
            'trust_policy_permissions = { run = { principals = [{ type = "Service", '
            'identifiers = ["sagemaker.amazonaws.com"] }], actions = ["sts:AssumeRole"] } }',
            "policies = { own = module.p.arn }",
            name="r",
        )
        + "locals {\n  role = module.r.arn\n}\n",
    ],
)
def test_a_role_has_the_policy_of_another_module_and_runs_the_pipeline(role: str) -> None:
    pipeline = (
        'resource "aws_sagemaker_pipeline" "p" {\n  pipeline_name = "p"\n'
        '  pipeline_display_name = "p"\n  role_arn = local.role\n'
        '  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [] })\n}\n'
    )
    hcl = module(POLICY, 'name = "p"', DOCUMENT, name="p") + role + pipeline
    (found,) = findings_of(hcl, "IAM020")
    assert "pipeline p runs with it" in found.message
    unknowns = lint(load_texts({"main.tf": hcl}), RULES).findings
    open_rules = {one.rule for one in unknowns if one.verdict is Verdict.UNKNOWN}
    assert not open_rules & {"IAM013", "IAM014", "IAM015", "IAM067"}


def test_an_attached_administrator() -> None:
    hcl = module(ROLE_5, "create_role = true", 'role_name = "x"', "attach_admin_policy = true")
    assert findings_of(hcl, "IAM013")
    assert not findings_of(hcl.replace("attach_admin_policy = true", ""), "IAM013")


def test_a_role_for_identity_providers_is_trusted_by_nobody_knows_whom() -> None:
    hcl = module(ROLE_6, 'name = "ci"', "enable_github_oidc = true")
    role = next(iter(load_texts({"main.tf": hcl}).roles))
    assert role.trust is not None
    assert "Statement" not in (role.trust.value if isinstance(role.trust.value, dict) else {})


def test_a_function_with_its_role_and_statements() -> None:
    hcl = module(
        LAMBDA,
        'function_name = "approve"',
        "attach_policy_statements = true",
        'policy_statements = { all = { effect = "Allow", actions = ["iam:PutRolePolicy"], '
        'resources = ["*"] } }',
    )
    assert len(findings_of(hcl, "IAM020")) == 1
    assert findings_of(hcl.replace("attach_policy_statements = true", ""), "IAM020") == []


def test_instances_have_their_own_values() -> None:
    hcl = module(
        S3,
        'for_each = { a = "private", b = "public-read" }',
        "bucket = each.key",
        "acl = each.value",
    )
    assert len(findings_of(hcl, "SEC015")) == 1


def test_what_is_not_declared_is_unknown_and_no_fault() -> None:
    hcl = (
        module(S3, BUCKET, "new_argument = 1") + 'output "x" {\n  value = module.m.new_output\n}\n'
    )
    project = load_texts({"main.tf": hcl})
    assert [one.rule for one in project.problems] == ["SYN015"]  # a fault may be a notice, too


def test_it_is_said_once_for_each_call_and_nothing_is_lost() -> None:
    hcl = module(S3, BUCKET) + module(S3, BUCKET, name="n")
    notices = [one for one in load_texts({"main.tf": hcl}).problems if one.rule == "SYN015"]
    assert [(one.notice, one.lost) for one in notices] == [(True, False)] * 2


def test_no_edit_is_made_to_a_call_for_what_its_module_writes(tmp_path: Path) -> None:
    text = module(S3, BUCKET) + module(LAMBDA, 'function_name = "f"') + module(ROLE_6, 'name = "r"')
    text = text.replace('module "m"', 'module "a"', 1).replace('module "m"', 'module "b"', 1)
    (tmp_path / "main.tf").write_text(text)
    ran = pipewarden("fix", ".", "--unsafe", "--profile", "regulated", cwd=tmp_path)
    assert ran.code in (0, 1), ran
    assert (tmp_path / "main.tf").read_text() == text


def test_a_module_that_is_installed_is_read_itself(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(module(S3, BUCKET))
    folder = tmp_path / ".terraform" / "modules"
    (folder / "m").mkdir(parents=True)
    (folder / "modules.json").write_text(
        '{"Modules": [{"Key": "m", "Source": "x", "Dir": ".terraform/modules/m"}]}'
    )
    (folder / "m" / "main.tf").write_text(
        'variable "bucket" {}\nresource "aws_s3_bucket" "own" {\n  bucket = var.bucket\n}\n'
    )
    project = load_paths(["."], working_directory=tmp_path)
    assert addresses(project) == {"module.m.aws_s3_bucket.own"}


@pytest.mark.parametrize("name", STAND_INS)
def test_every_stand_in_is_sound_configuration(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    _, problems = parse_file(Source(name, text))
    assert problems == []
    used = set(re.findall(r"var\.([a-z_0-9]+)", text))
    declared = set(re.findall(r'^variable "([a-z_0-9]+)"', text, re.MULTILINE))
    assert used <= declared
