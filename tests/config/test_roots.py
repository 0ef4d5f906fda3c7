"""``[roots]``: root modules with settings of their own, and roots applied several times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from linter.config.roots import matches
from tests.config.running import NOTEBOOK, findings, pipeline, run, write


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


TWO = """\
[roots."infra".variants.dev]
var-files = ["infra/dev.tfvars"]
[roots."infra".variants.prod]
var-files = ["infra/prod.tfvars"]
"""
VARIANTS = {
    "pipewarden.toml": TWO,
    "infra/dev.tfvars": 'root = "Disabled"\n',
    "infra/prod.tfvars": 'root = "Enabled"\nkind = "ml.p3.2xlarge"\n',
    "infra/main.tf": NOTEBOOK + pipeline(instance="var.kind"),
}


def by_rule(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    rules: dict[str, list[dict[str, Any]]] = {}
    for finding in found:
        rules.setdefault(finding["rule"], []).append(finding)
    return rules


def documents(*arguments: str) -> dict[str, Any]:
    found = run("inspect", "--format", "json", *arguments).json["documents"]
    return {item["address"]: item["value"] for item in found}


@pytest.mark.parametrize(
    ("glob", "directory", "result"),
    [
        ("infra", "infra", True),
        ("./infra/", "infra", True),
        ("infra", "infra/prod", False),
        ("infra", "x/infra", False),
        ("infra/*/prod", "infra/ml/prod", True),
        ("infra/*/prod", "infra/prod", False),
        ("infra/**/prod", "infra/prod", True),
        ("infra/**/prod", "infra/a/b/prod", True),
        ("**", ".", True),
        ("**", "a/b", True),
        (".", ".", True),
        (".", "a", False),
        ("*", "a", True),
        ("*", ".", False),
        ("inf?a", "infra", True),
        ("**/" * 60 + "x", "/".join("a" * 200), False),
    ],
)
def test_globs_of_directories(glob: str, directory: str, result: bool) -> None:
    assert matches(glob, directory) is result


def test_a_root_has_variables_files_and_a_workspace_of_its_own(here: Path) -> None:
    text = 'variable "x" {}\nvariable "y" {}\noutput "o" {\n  value = [%s]\n}\n'
    body = text % "var.x, var.y, terraform.workspace"
    write(
        here,
        {
            "pipewarden.toml": '[variables]\ny = "all"\n[roots."infra/*/prod"]\n'
            'var-files = ["prod.tfvars"]\nworkspace = "live"\n'
            '[roots."infra/b/prod"]\nworkspace = "b"\nvariables = {y = "b"}\n',
            "prod.tfvars": 'x = "prod"\n',
            "infra/a/prod/main.tf": body,
            "infra/b/prod/main.tf": body,
        },
    )
    assert documents("infra/a")["output.o"] == ["prod", "all", "live"]
    assert documents("infra/b")["output.o"] == ["prod", "b", "b"]
    assert documents("infra/b", "--var", "y=flag", "--workspace", "w")["output.o"] == [
        "prod",
        "flag",
        "w",
    ]


def test_what_holds_in_all_variants_is_said_once_and_the_rest_says_where(here: Path) -> None:
    write(here, VARIANTS)
    found = by_rule(findings("."))
    (root_access,) = found["SEC008"]
    assert root_access["variants"] == ["prod"]
    assert root_access["message"].endswith("(only with prod)")
    assert root_access["path"] == "infra/prod.tfvars"
    for rule in ("NET011", "NET001", "COST001"):
        (once,) = found[rule]
        assert "variants" not in once
        assert "only with" not in once["message"]


def test_fingerprints_of_what_holds_in_all_are_those_without_variants(here: Path) -> None:
    write(here, VARIANTS)
    with_variants = findings(".")
    write(here, {"pipewarden.toml": ""})
    without = {f["fingerprint"] for f in findings("--var-file", "infra/prod.tfvars", ".")}
    assert {f["fingerprint"] for f in with_variants if "variants" not in f} <= without
    assert not {f["fingerprint"] for f in with_variants if "variants" in f} & without


def test_variants_with_the_same_fault_in_different_places_do_not_clash(here: Path) -> None:
    write(here, {**VARIANTS, "infra/dev.tfvars": 'root = "Enabled"\n'})
    found = by_rule(findings("."))["SEC008"]
    assert sorted(f["variants"][0] for f in found) == ["dev", "prod"]
    assert len({f["fingerprint"] for f in found}) == 2
    assert run("baseline", "create", ".").code == 0
    baselined = findings("--baseline", "pipewarden-baseline.json", ".")
    assert all(f["baselined"] for f in baselined if f["verdict"] == "fail")
    (here / "infra" / "dev.tfvars").write_text('root = "Disabled"\n')
    left = run("check", "--baseline", "pipewarden-baseline.json", ".")
    assert "1 finding of the baseline is gone" in left.out


def test_what_was_accepted_of_all_variants_is_accepted_of_some(here: Path) -> None:
    write(here, VARIANTS)
    options = ("--select", "COST001", "--fail-on", "info")
    assert "COST001" in by_rule(findings(*options, "."))
    assert run("baseline", "create", ".").code == 0
    spot = 'EnableManagedSpotTraining = var.root == "Disabled", ResourceConfig ='
    changed = pipeline(instance="var.kind").replace("ResourceConfig =", spot)
    write(here, {"infra/main.tf": NOTEBOOK + changed})
    (found,) = by_rule(findings("--baseline", "pipewarden-baseline.json", *options, "."))["COST001"]
    assert found["variants"] == ["prod"]
    assert found["baselined"]


def test_each_variant_is_priced_as_a_deployment_of_its_own(here: Path) -> None:
    write(
        here,
        {
            **VARIANTS,
            "pipewarden.toml": TWO + 'region = "eu-west-1"\nusage-file = "infra/usage.yml"\n',
            "infra/usage.yml": "version: 1\npipelines:\n  p:\n    runs_per_month: 60\n",
        },
    )
    report = run("cost", "--format", "json", ".").json
    prices = {item["name"]: item for item in report["pipelines"]}
    assert list(prices) == ["p (dev)", "p (prod)"]
    assert [item["variant"] for item in prices.values()] == ["dev", "prod"]
    assert [item["runs_per_month"] for item in prices.values()] == [30, 60]
    assert prices["p (prod)"]["steps"][0]["instance_type"] == "ml.p3.2xlarge"
    assert {item["name"] for item in report["standing"]} == {"n (dev)", "n (prod)"}
    total = report["totals"]["per_month_usd"]["expected"]
    parts = [i["per_month_usd"]["expected"] for i in report["pipelines"]]
    parts += [i["usd_per_month"]["expected"] for i in report["standing"]]
    assert total == pytest.approx(sum(parts))


def test_a_usage_file_may_tell_variants_apart(here: Path) -> None:
    entries = "  p:\n    runs_per_month: 5\n  p (prod):\n    runs_per_month: 100\n"
    write(here, {**VARIANTS, "pipewarden-usage.yml": f"version: 1\npipelines:\n{entries}"})
    report = run("cost", "--format", "json", ".").json
    assert [item["runs_per_month"] for item in report["pipelines"]] == [5, 100]


def test_savings_are_those_of_the_variants_in_which_a_finding_holds(here: Path) -> None:
    write(here, VARIANTS)
    saving = {
        f["rule"]: f["savings_usd_per_month"]["expected"]
        for f in findings(".")
        if f["savings_usd_per_month"]
    }
    report = run("cost", "--format", "json", ".").json
    spot = [
        s["usd_per_month"]["expected"]
        for p in report["pipelines"]
        for s in p["savings"]
        if s["kind"] == "spot"
    ]
    assert len(spot) == 2
    assert saving["COST001"] == pytest.approx(sum(spot))


def test_variants_link_inside_themselves(here: Path) -> None:
    """An endpoint that is called the same in both variants has the configuration of its own."""
    write(
        here,
        {
            **VARIANTS,
            "infra/dev.tfvars": 'root = "Disabled"\nkind = "ml.m5.large"\n',
            "infra/main.tf": NOTEBOOK
            + """\
resource "aws_sagemaker_endpoint_configuration" "c" {
  name = "ml"
  production_variants {
    model_name             = "m"
    instance_type          = var.kind
    initial_instance_count = 1
  }
}
resource "aws_sagemaker_endpoint" "e" {
  name                 = "ml"
  endpoint_config_name = "ml"
}
""",
        },
    )
    report = run("cost", "--format", "json", ".").json
    types = {i["name"]: i["instance_type"] for i in report["standing"] if i["kind"] == "endpoint"}
    assert types == {"ml (dev)": "ml.m5.large", "ml (prod)": "ml.p3.2xlarge"}


def test_what_configures_a_bucket_in_one_variant_says_nothing_of_the_other(here: Path) -> None:
    buckets = """\
resource "aws_s3_bucket" "b" {
  bucket = "ml-data"
}
resource "aws_s3_bucket_versioning" "v" {
  count  = var.root == "Enabled" ? 1 : 0
  bucket = "ml-data"
  versioning_configuration {
    status = "Enabled"
  }
}
"""
    output = 'VolumeSizeInGB = 10 }, OutputDataConfig = { S3OutputPath = "s3://ml-data/out" } } }'
    step = pipeline().replace("VolumeSizeInGB = 10 } } }", output)
    write(here, {**VARIANTS, "infra/main.tf": NOTEBOOK + buckets + step})
    (found,) = by_rule(findings("--select", "REL013", "."))["REL013"]
    assert found["variants"] == ["dev"]


def test_problems_of_one_variant_say_so(here: Path) -> None:
    write(
        here,
        {
            **VARIANTS,
            "infra/more.tf": 'output "o" {\n'
            '  value = tonumber(var.root == "Enabled" ? "x" : "1")\n}\n'
            'output "q" {\n  value = tonumber("y")\n}\n',
        },
    )
    found = by_rule(findings("."))["SYN014"]
    assert ["(only with prod)" in f["message"] for f in found] == [True, False]


def test_a_root_that_is_also_called_is_evaluated_both_ways_and_said_once(here: Path) -> None:
    module = NOTEBOOK.replace('variable "root" {}', 'variable "root" { default = "Enabled" }')
    call = 'module "m" {\n  source = "../m"\n  kind = "ml.p3.2xlarge"\n}\n'
    write(here, {"m/main.tf": module, "top/main.tf": call, "pipewarden.toml": ""})
    assert "output" not in documents(".")
    one = by_rule(findings("."))
    assert "aws_sagemaker_notebook_instance.n" not in documents(".")
    write(here, {"pipewarden.toml": '[roots."m"]\nvariables = {kind = "ml.m5.large"}\n'})
    both = documents(".")
    assert both["aws_sagemaker_notebook_instance.n"]["instance_type"] == "ml.m5.large"
    assert both["module.m.aws_sagemaker_notebook_instance.n"]["instance_type"] == "ml.p3.2xlarge"
    two = by_rule(findings("."))
    assert len(two["SEC008"]) == len(one["SEC008"]) == 1


def test_two_roots_may_call_one_module(here: Path) -> None:
    call = 'module "m" {\n  source = "../m"\n  root = "%s"\n}\n'
    write(
        here,
        {
            "m/main.tf": NOTEBOOK,
            "a/main.tf": call % "Enabled",
            "b/main.tf": call % "Disabled",
            "pipewarden.toml": '[roots."[ab]"]\nworkspace = "w"\n',
        },
    )
    assert run("check", ".").code == 1
    assert [f["path"] for f in findings(".") if f["rule"] == "SEC008"] == ["a/main.tf"]


def test_fixing_mends_a_variant_file(here: Path) -> None:
    write(here, VARIANTS)
    ran = run("fix", "--unsafe", ".")
    assert "left" not in ran.err
    assert 'root = "Disabled"' in (here / "infra" / "prod.tfvars").read_text()
    assert not any(f["rule"] == "SEC008" for f in findings("."))


def test_graph_names_the_variants(here: Path) -> None:
    write(here, VARIANTS)
    out = run("graph", ".").out
    assert "p (dev)" in out
    assert "p (prod)" in out


BAD = [
    ('[roots."infra"]\nvar-file = ["x"]', "2:1: unknown key 'var-file'; did you mean var-files?"),
    ('[roots."infra"]\nworkspace = 3', "2:1: workspace is text in quotes"),
    ('[roots."infra"]\nregion = ["a"]', "2:1: region is text in quotes"),
    ('[roots."infra"]\nvar-files = "x"', '2:1: var-files is a list of texts, as in ["a", "b"]'),
    ('[roots."infra"]\nvariables = {a = [1]}', "2:1: a variable is text, a number, true or false"),
    ('[roots]\ninfra = "x"', "2:1: infra is a table"),
    ("roots = 1", "1:1: roots is a table"),
    ('[roots."infra"]\nvariants = []', "2:1: variants is a table"),
    (
        '[roots."infra".variants.prod]\nregion = "eu-west-1"',
        "1:2: a variant needs var-files, variables or workspace",
    ),
    ('[roots."infra".variants.prod]\nvar-files = []', "1:2: a variant needs var-files"),
    (
        '[roots."infra".variants."a b"]\nworkspace = "x"',
        "1:2: a variant's name is letters, digits, -, _ and dots",
    ),
    (
        '[roots."infra".variants.prod.variants.x]\nworkspace = "x"',
        "1:2: unknown key 'variants'",
    ),
    (
        "[roots.infra.variants]\n" + "".join(f'v{n} = {{workspace = "w"}}\n' for n in range(51)),
        "1:2: a root has at most 50 variants",
    ),
    ('[roots."/infra"]\nworkspace = "x"', "1:2: a root is a directory"),
    ('[roots."../x"]\nworkspace = "x"', "1:2: a root is a directory"),
    ('[roots.""]\nworkspace = "x"', "1:2: a root is a directory"),
    (
        '\n[roots."infr"]\nworkspace = "x"',
        "2:2: roots: infr is no directory of a root module; did you mean infra?",
    ),
    (
        '[roots."live/*"]\nworkspace = "x"',
        "1:2: roots: live/* is no directory of a root module; there are infra",
    ),
    (
        '[roots."infra"]\nvar-files = ["infra/prd.tfvars"]',
        "1:2: infra/prd.tfvars: no such variable file",
    ),
    (
        '[roots."infra".variants.a]\nvar-files = ["none.tfvars"]',
        "1:2: none.tfvars: no such variable file",
    ),
    ('var-files = ["none.tfvars"]', "1: none.tfvars: no such variable file"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
@pytest.mark.parametrize("command", ["check", "cost", "inspect"])
def test_bad_input_is_one_line_with_its_place(
    here: Path, command: str, text: str, message: str
) -> None:
    write(here, {**VARIANTS, "pipewarden.toml": text + "\n"})
    ran = run(command, ".")
    assert ran.code == 2
    assert ran.err.startswith(f"pipewarden.toml:{message}"), ran.err
    assert "\n" not in ran.err.strip()


def test_a_plain_name_is_judged_although_something_else_is_scanned(here: Path) -> None:
    write(here, {**VARIANTS, "other/main.tf": pipeline()})
    assert run("check", "--exit-zero", "other").code == 0
    write(here, {"pipewarden.toml": '[roots."infar"]\nworkspace = "x"\n'})
    assert run("check", "other").code == 2
    write(here, {"pipewarden.toml": '[roots."live/*"]\nworkspace = "x"\n'})
    assert run("check", "--exit-zero", "other").code == 0


def test_the_schema_knows_roots() -> None:
    import jsonschema

    schema = run("config", "schema").json
    entry = {"var-files": ["a"], "variants": {"p": {"workspace": "x"}}}
    jsonschema.validate({"roots": {"infra": entry}}, schema)
    for wrong in ({"var-file": []}, {"variants": {"p": {"region": "x"}}}, {"workspace": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"roots": {"infra": wrong}}, schema)


def test_the_result_does_not_depend_on_what_is_named_first(here: Path) -> None:
    write(here, {**VARIANTS, "other/main.tf": pipeline()})
    one = findings("infra", "other")
    two = findings("other", "infra")
    assert json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
