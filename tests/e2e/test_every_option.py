"""Every option of every command changes something, or is refused with a line that says why.

An option that is added needs an entry here: the words that show its effect, or the test that does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from linter.cli.main import cli
from tests.config.running import NOTEBOOK, Ran, run
from tests.config.test_trust import DATA, PYTHON

ROOT = Path(__file__).parent.parent.parent
MAIN = """\
variable "kind" { default = "ml.m5.xlarge" }
variable "size" { default = 10 }
variable "open" {}
locals {
  logs    = terraform.workspace == "prod" ? "logs:*" : "logs:PutLogEvents"
  actions = var.kind == "ml.m5.4xlarge" ? ["s3:*"] : ["iam:*", "s3:*", "sagemaker:*"]
}
# pipewarden: ignore[WAYS] until=2026-12-31 -- a reason that is long enough
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole",
      Principal = { Service = "sagemaker.amazonaws.com" } }] })
  inline_policy {
    name   = "p"
    policy = jsonencode({ Version = "2012-10-17", Statement = [
      { Effect = "Allow", Action = local.logs, Resource = "*" },
      { Effect = "Allow", Action = local.actions, Resource = "*" }] })
  }
}
# pipewarden: ignore[STEPS] until=2026-12-31 -- a reason that is long enough
resource "aws_sagemaker_pipeline" "p" {
  pipeline_name         = "p"
  pipeline_display_name = "p"
  role_arn              = aws_iam_role.r.arn
  tags                  = { team = "a", workspace = terraform.workspace }
  pipeline_definition = jsonencode({ Version = "2020-12-01", Steps = [
    { Name = "T", Type = "Training", Arguments = {
      ResourceConfig     = { InstanceType = var.kind, VolumeSizeInGB = var.size,
        InstanceCount = terraform.workspace == "prod" ? 2 : 1 }
      AlgorithmSpecification = {
        TrainingImage     = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:latest",
        TrainingInputMode = "File"
      }
      EnableNetworkIsolation = var.open
      OutputDataConfig = { S3OutputPath = "s3://b-${var.kind}-${terraform.workspace}/out" } }
      CacheConfig = { Enabled = "true", ExpireAfter = "30d" } }] })
}
"""
WAYS = ("IAM001", *(f"IAM0{n}" for n in range(20, 37)))
STEPS = ("COST001", "COST005", "SUP001")
MAIN = MAIN.replace("WAYS", ", ".join(WAYS)).replace("STEPS", ", ".join(STEPS))
DEFINITION = """\
{"Version": "2020-12-01", "Parameters": [
 {"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.large"},
 {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
 {"Name": "From", "Type": "String", "DefaultValue": "s3://from/one"},
 {"Name": "Role", "Type": "String", "DefaultValue": "arn:aws:iam::111122223333:role/x"}],
 "Steps": [{"Name": "P", "Type": "Processing", "Arguments": {"RoleArn": {"Get": "Parameters.Role"},
  "ProcessingResources": {"ClusterConfig": {"InstanceType": {"Get": "Parameters.Kind"},
  "InstanceCount": {"Get": "Parameters.Count"}, "VolumeSizeInGB": 10}},
  "ProcessingInputs": [{"InputName": "i", "S3Input": {"S3Uri": {"Get": "Parameters.From"},
  "LocalPath": "/opt/ml/processing/i", "S3DataType": "S3Prefix", "S3InputMode": "File"}}],
  "AppSpecification": {"ImageUri": "public.ecr.aws/a/b:latest"}}},
  {"Name": "Q", "Type": "Processing", "Arguments": {"RoleArn": {"Get": "Parameters.Role"},
  "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large",
  "InstanceCount": 1, "VolumeSizeInGB": 10}},
  "AppSpecification": {"ImageUri": "public.ecr.aws/a/b:latest"}}}]}
"""


ROLE = "arn:aws:iam::111122223333:role/r"
SCRIPT = """\
import os
raise ValueError(sorted(v for k, v in os.environ.items() if "REGION" in k))
"""
BASELINE = "pipewarden-baseline.json"
SNAPSHOT = {
    "PipewardenSnapshot": 1,
    "Type": "AWS::SageMaker::NotebookInstance",
    "Arn": "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/n",
    "Account": "111122223333",
    "Region": "us-east-1",
    "Properties": {"NotebookInstanceName": "n", "InstanceType": "ml.t3.large"},
    "Observed": {},
}


def git(*arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of two commits in which every option has something to do."""
    folder = tmp_path_factory.mktemp("project")
    before = Path.cwd()
    os.chdir(folder)
    (folder / "code").mkdir()
    main = folder / "code" / "main.tf"
    main.write_text('resource "aws_sns_topic" "t" {}\n')
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "first")
    main.write_text(MAIN)
    (folder / "code" / "p.json").write_text(DEFINITION)
    git("add", ".")
    git("commit", "-qm", "second")
    (folder / "other.tfvars").write_text('kind = "ml.m5.4xlarge"\n')
    (folder / "other.toml").write_text('exclude = ["code/main.tf"]\nregion = "eu-west-1"\n')
    (folder / "prices.yml").write_text("version: 1\ndiscount_percent: 50\n")
    (folder / "usage.yml").write_text(
        "version: 1\npipelines:\n  p: {runs_per_month: 7, steps: {T: {minutes: 7}}}\n"
    )
    (folder / "history.jsonl").write_text(
        '{"pipeline": "p", "step": "T", "seconds": 60, "status": "Succeeded"}\n'
    )
    (folder / "script.py").write_text(SCRIPT)
    (folder / "without.toml").write_text('exclude = ["a"]\n')
    (folder / "based.toml").write_text('baseline = "mine.json"\n')
    (folder / "crash").mkdir()
    (folder / "crash" / "ACME003.yaml").write_text(PYTHON.replace("ACME001", "ACME003"))
    (folder / "crash" / "trap.py").write_text("def check(subject, context):\n    raise KeyError\n")
    (folder / "own").mkdir()
    (folder / "own" / "ACME001.yaml").write_text(
        DATA + "fix: {safety: safe, why: a test, edits: [{set: $.Name, to: same}]}\n"
    )
    shutil.copytree(folder / "own", folder / "more")
    made = folder / "more" / "ACME001.yaml"
    made.write_text(made.read_text().replace("ACME001", "ACME002"))
    for name in ("a",):
        (folder / name).mkdir()
        (folder / name / "main.tf").write_text(
            NOTEBOOK.replace('= "n"', '= terraform.workspace == "prod" ? "n" : "m"')
        )
    made = folder / "b" / "111122223333" / "us-east-1" / "n.json"
    made.parent.mkdir(parents=True)
    made.write_text(json.dumps(SNAPSHOT))
    run("baseline", "create", "code")
    shutil.copyfile(BASELINE, "mine.json")
    entries = json.loads(Path(BASELINE).read_text())
    run("baseline", "create", "code", "--select", "IAM", "--force")
    assert entries != json.loads(Path(BASELINE).read_text())
    os.chdir(before)
    return folder


@pytest.fixture
def here(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    monkeypatch.chdir(folder)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    yield folder


BASE: dict[str, tuple[str, ...]] = {
    "check": ("check", "code"),
    "cost": ("cost", "code"),
    "diff": ("diff", "HEAD~1", "--", "code"),
    "report": ("report", "code", "-o", "-"),
    "graph": ("graph", "code"),
    "inspect": ("inspect", "code"),
    "iam explain": ("iam", "explain", "code"),
    "iam suggest": ("iam", "suggest", "code"),
    "fix": ("fix", "--unsafe", "code"),
    "baseline create": ("baseline", "create", "--force", "code"),
    "drift": ("drift", "a", "b"),
    "prices show": ("prices", "show", "ml.m5.xlarge"),
    "prices info": ("prices", "info"),
    "config show": ("config", "show"),
    "pull": ("pull", "--region", "us-east-1", "-o", "pulled"),
    "render": ("render", "script.py", "-o", "made"),
    "prices refresh": ("prices", "refresh"),
    "schema": ("schema", "usage"),
    "rules list": ("rules", "list"),
    "rules show": ("rules", "show", "ACME001"),
    "rules test": ("rules", "test", "own/ACME001.yaml"),
    "baseline show": ("baseline", "show"),
    "baseline update": ("baseline", "update", "code"),
    "baseline prune": ("baseline", "prune", "code"),
}
EFFECTS: dict[str, tuple[str, ...]] = {
    "--format": ("--format", "json"),
    "--color": ("--color", "always"),
    "--fail-on": ("--fail-on", "never"),
    "--profile": ("--profile", "starter"),
    "--select": ("--select", "SUP"),
    "--ignore": ("--ignore", "IAM,REL,NET,ENC,COST,CACHE,SUP,SYN,TAG"),
    "--rules": ("--rules", "own"),
    "--strict-unknown": ("--strict-unknown",),
    "--exit-zero": ("--exit-zero",),
    "--no-ignores": ("--no-ignores",),
    "--today": ("--today", "2031-01-01"),
    "--region": ("--region", "eu-west-1"),
    "--usage": ("--usage", "usage.yml"),
    "--price-file": ("--price-file", "prices.yml"),
    "--runs-per-month": ("--runs-per-month", "500"),
    "--var": ("--var", "kind=ml.m5.4xlarge"),
    "--var-file": ("--var-file", "other.tfvars"),
    "--workspace": ("--workspace", "prod"),
    "--param": tuple(
        word
        for value in ("Kind=ml.m5.24xlarge", "From=s3://other/x", "Count=90", f"Role={ROLE}")
        for word in ("--param", value)
    ),
    "--exclude": ("--exclude", "code/main.tf"),
    "--config": ("--config", "other.toml"),
    "--what-if": ("--what-if", "instance:T=ml.m5.4xlarge"),
    "--trend": ("--trend", "HEAD~1..HEAD"),
    "--history": ("--history", "history.jsonl"),
    "--verbose": ("-v",),
}
OWN: dict[tuple[str, str], tuple[str, ...]] = {
    ("check", "--output"): ("--output", "json"),
    ("check", "--changed-since"): ("--changed-since", "HEAD"),
    ("check", "--quiet"): ("-q",),
    ("check", "--statistics"): ("--statistics",),
    ("check", "--show-unknown"): ("--show-unknown",),
    ("check", "--no-prices"): ("--no-prices",),
    ("check", "--timing"): ("--timing",),
    ("check", "--add-ignores"): ("--add-ignores", "--reason", "because of that"),
    ("check", "--reason"): ("--reason", "x"),
    ("check", "--until"): ("--until", "2030-01-01"),
    ("cost", "--group-by"): ("--group-by", "instance"),
    ("cost", "--by"): ("--by", "team"),
    ("cost", "--currency"): ("--currency", "EUR"),
    ("cost", "--rate"): ("--rate", "2"),
    ("cost", "--init-usage"): ("--init-usage",),
    ("diff", "--output"): ("--output", "json"),
    ("report", "--title"): ("--title", "Another title"),
    ("report", "--for"): ("--for", "the team"),
    ("report", "--output"): ("-o", "page.html"),
    ("graph", "--format"): ("--format", "dot"),
    ("graph", "--no-findings"): ("--no-findings",),
    ("graph", "--no-prices"): ("--no-prices",),
    ("inspect", "--address"): ("--address", "aws_iam_role.r"),
    ("inspect", "--kind"): ("--kind", "pipeline"),
    ("iam explain", "--paths"): ("--paths",),
    ("iam suggest", "--format"): ("--format", "hcl"),
    ("fix", "--diff"): ("--diff",),
    ("fix", "--unsafe"): ("--unsafe",),
    ("pull", "--profile"): ("--profile", "nobody"),
    ("render", "--region"): ("--region", "nowhere"),
    ("fix", "--check"): ("--check",),
    ("baseline create", "--baseline"): ("--baseline", "mine.json"),
    ("drift", "--format"): ("--format", "json"),
    ("drift", "--var"): ("--var", "kind=ml.t3.large"),
    ("drift", "--exclude"): ("--exclude", "a"),
    ("drift", "--workspace"): ("--workspace", "prod"),
    ("drift", "--config"): ("--config", "without.toml"),
    ("drift", "--fail-on-drift"): ("--fail-on-drift",),
    ("check", "--baseline"): ("--baseline", "mine.json"),
    ("check", "--no-baseline"): ("--no-baseline",),
    ("check", "--sarif-suppressed"): ("--sarif-suppressed",),
    ("check", "--debug"): ("--debug",),
    ("diff", "--baseline"): ("--baseline", "mine.json"),
    ("report", "--baseline"): ("--baseline", "mine.json"),
    ("baseline show", "--baseline"): ("--baseline", "mine.json"),
    ("baseline update", "--baseline"): ("--baseline", "mine.json"),
    ("baseline prune", "--baseline"): ("--baseline", "mine.json"),
    ("rules test", "--rules"): ("--rules", "more"),
    ("rules test", "--mutations"): ("--no-mutations",),
    ("schema", "--output"): ("-o", "schema.json"),
    ("rules list", "--severity"): ("--severity", "critical"),
    ("rules list", "--profile"): ("--severity", "high", "--profile", "starter"),
    ("rules list", "--fixable"): ("--fixable",),
    ("rules list", "--opt-in"): ("--opt-in",),
}
"""Where an option needs words of its own."""
ELSEWHERE: dict[tuple[str, str], str] = {
    ("*", "--trust-config"): "config/test_trust.py",
    ("*", "--base-config"): "gate/test_base_config.py",
    ("*", "--protect-config"): "gate/test_base_config.py",
    ("*", "--hook"): "e2e/test_hook.py",
    ("check", "--watch"): "e2e/test_watch.py",
    ("diff", "--changed-since"): "e2e/test_diff.py",
    ("baseline create", "--force"): "e2e/test_exits.py",
    ("diff", "--strict-unknown"): "e2e/test_money.py",
    ("render", "*"): "rendering/test_render.py",
    ("pull", "--region"): "account/test_pull.py",
    ("pull", "*"): "account/test_pull.py",
    ("comment", "*"): "forge/test_comment.py",
    ("rules new", "*"): "policy/test_rules_command.py",
    ("rules docs", "*"): "policy/test_rules_command.py",
    ("fleet discover", "*"): "fleet/test_options.py",
    ("fleet scan", "--scheduler"): "fleet/test_cluster.py",
    ("fleet scan", "--time-limit"): "fleet/test_scan.py",
    ("fleet scan", "--memory-limit"): "fleet/test_scan.py",
    ("fleet scan", "--workers"): "fleet/test_cluster.py",
    ("fleet scan", "*"): "fleet/test_options.py",
    ("fleet query", "*"): "fleet/test_options.py",
    ("fleet report", "*"): "fleet/test_options.py",
    ("fleet diff", "*"): "fleet/test_options.py",
    ("*", "--no-cache"): "cli/test_cache.py",
    ("*", "--cache-dir"): "cli/test_cache.py",
    ("rules list", "--plugins"): "policy/test_plugin_template.py",
    ("rules show", "--plugins"): "policy/test_plugin_template.py",
}
"""Where another test shows it, which names the option; ``*`` for every command or option."""


AS_CHECK = {
    *((f"baseline {word}", "--region") for word in ("create", "update", "prune")),
    *(("fix", option) for option in ("--region", "--param")),
    *(("baseline prune", option) for option in ("--rules", "--workspace", "--param")),
    ("baseline update", "--param"),
    ("baseline create", "--param"),
}
"""What these commands find, they find as ``check`` does, of which the effect is shown."""


def commands(group: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        context = click.Context(group)
        for word in group.list_commands(context):
            command = group.get_command(context, word)
            assert command is not None
            yield from commands(command, f"{name} {word}".strip())
    else:
        yield name, group


def option_name(option: click.Option) -> str:
    return next(word for word in option.opts if word.startswith("--"))


EVERY = [
    (name, option_name(option))
    for name, command in commands(cli)
    for option in command.params
    if isinstance(option, click.Option)
]


NAMES = {
    (name, option_name(option)): option.opts
    for name, command in commands(cli)
    for option in command.params
    if isinstance(option, click.Option)
}


def elsewhere(command: str, option: str) -> str | None:
    keys = ((command, option), ("*", option), (command, "*"))
    return next((ELSEWHERE[key] for key in keys if key in ELSEWHERE), None)


def words_of(command: str, option: str) -> tuple[str, ...] | None:
    if (command, option) in OWN:
        return OWN[command, option]
    if (command, option) in ELSEWHERE:
        return None
    return EFFECTS.get(option) if command in BASE else None


def everything(arguments: tuple[str, ...], folder: Path) -> tuple[object, ...]:
    """What a command does: exit code, what it prints, and the files it writes."""
    ran: Ran = run(*arguments)
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    return ran.code, ran.out, ran.err, files


@pytest.mark.parametrize(
    ("command", "option"), [pytest.param(*pair, id=" ".join(pair)) for pair in EVERY]
)
def test_it_has_an_effect(here: Path, template: Path, command: str, option: str) -> None:
    if (command, option) in AS_CHECK:
        assert ("check", option) in EVERY
        assert words_of("check", option)
        return
    words = words_of(command, option)
    if words is None:
        test = elsewhere(command, option)
        assert test is not None, f"{command} {option}: show its effect here, or name a test"
        text = (ROOT / "tests" / test).read_text()
        named = (rf"(?<![\w-]){re.escape(word)}(?![\w-])" for word in NAMES[command, option])
        assert any(re.search(one, text) for one in named), f"{test}: {option}"
        return
    base = ("fix", "code") if option == "--unsafe" else BASE[command]
    more = PREPARED.get((command, option), ())
    without = everything((*with_words(base, more),), here)
    shutil.rmtree(here)
    shutil.copytree(template, here)
    os.chdir(here)
    given = everything((*with_words(base, (*more, *words)),), here)
    assert without != given, f"{command} {option} changes nothing"
    if given[0] == 2 != without[0]:
        assert option in str(given[2]), given[2]


def with_words(base: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """Options before ``--``, or at the end."""
    if "--" in base:
        at = base.index("--")
        return (*base[:at], *words, *base[at:])
    return (*base, *words)


PREPARED: dict[tuple[str, str], tuple[str, ...]] = {
    ("drift", "--fail-on-drift"): ("--workspace", "prod"),
    ("drift", "--var-file"): ("--workspace", "prod"),
    ("rules show", "--format"): ("--rules", "own"),
    ("check", "--no-baseline"): ("--config", "based.toml"),
    ("check", "--sarif-suppressed"): ("--format", "sarif"),
    ("check", "--debug"): ("--rules", "crash"),
    ("check", "--reason"): ("--add-ignores",),
    ("check", "--until"): ("--add-ignores", "--reason", "because"),
}
"""What is given with and without the option."""


def test_no_entry_is_left_over() -> None:
    known = set(EVERY)
    assert set(OWN) <= known
    for command, option in ELSEWHERE:
        assert any(command in ("*", name) and option in ("*", word) for name, word in known), (
            command,
            option,
        )
    assert set(EFFECTS) <= {option for _, option in known}
