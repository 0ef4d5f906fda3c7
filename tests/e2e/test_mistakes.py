"""Mistakes that people make: one line each that says what is wrong, and the right exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.running import pipeline, run, write

CONFIG = "pipewarden.toml"
OPTIONS: list[tuple[str, str]] = [
    # (words of the command, what the line says); all of them end with 2
    ("chekc", "Did you mean 'check'?"),
    ("reprot", "Did you mean 'report'?"),
    ("iam explian .", "explian"),
    ("check --fomat json", "--format"),
    ("check --format jsn", "json"),
    ("check --output jsn", "json"),
    ("check --output sarif:a --output json:a", "several outputs"),
    ("check --fail-on hgh", "high"),
    ("check --profile standart", "standard"),
    ("check --select IAMM", "IAM"),
    ("check --select no-vcp", "no-vcp"),
    ("check --select COST0O1", "COST001"),
    ("check --ignore trainig-on-demand", "training-on-demand"),
    ("check --region us-east1", "us-east-1"),
    ("check --region mars-1", "mars-1"),
    ("check --today tomorrow", "YYYY-MM-DD"),
    ("check --today 2026-02-30", "YYYY-MM-DD"),
    ("check --var kind", "NAME=VALUE"),
    ("check --var =x", "NAME=VALUE"),
    ("check --var knd=x", "knd"),
    ("check --param P", "NAME=VALUE"),
    ("check --param P=1", "P"),
    ("check --var-file none.tfvars", "none.tfvars"),
    ("check --config none.toml", "none.toml"),
    ("check --usage none.yml", "none.yml"),
    ("check --price-file none.yml", "none.yml"),
    ("check --runs-per-month many", "write a number"),
    ("check --runs-per-month -1", "write a number"),
    ("check --runs-per-month nan", "write a number"),
    ("check --baseline none.json", "none.json"),
    ("check --add-ignores", "--reason"),
    ("check --reason because", "--add-ignores"),
    ("check --until 2030-01-01", "--add-ignores"),
    ("check --protect-config", "--base-config"),
    ("check --changed-since nowhere", "nowhere"),
    ("check --rules none", "none"),
    ("check - main.tf", "cannot be combined"),
    ("check --watch -", "standard input"),
    ("cost --by tem", "team"),
    ("cost --by team --group-by step", "only one"),
    ("cost --group-by stp", "step"),
    ("cost --currency EUR", "--rate"),
    ("cost --rate 2", "--currency"),
    ("cost --currency euro --rate 1", "three-letter"),
    ("cost --currency EUR --rate none", "above 0"),
    ("cost --currency EUR --rate 0", "above 0"),
    ("cost --what-if sopt=all", "spot"),
    ("cost --what-if instance:Trian=ml.m5.large", "Trian"),
    ("cost --trend main", "two revisions"),
    ("cost --history none", "none"),
    ("cost --format yaml", "json"),
    ("prices show ml.m5.xlrage", "ml.m5.xlarge"),
    ("prices show", "TYPE"),
    ("diff nowhere", "nowhere"),
    ("diff", "BASE"),
    ("drift . none", "none"),
    ("drift . .", "snapshot"),
    ("report", "--output"),
    ("report -o none/page.html", "none/page.html"),
    ("report -o - --what-if ,", "--what-if"),
    ("graph --format dto", "dot"),
    ("graph --fail-on high", "--fail-on"),
    ("iam explain --format dot", "--paths"),
    ("iam explain --paths --select IAM001", "--select"),
    ("iam suggest --format tf", "hcl"),
    ("inspect --kind pipelin", "pipelin"),
    ("inspect --address aws_sagemaker_pipeline.q", "aws_sagemaker_pipeline.p"),
    ("fix -", "standard input"),
    ("baseline show", "pipewarden-baseline.json"),
    ("baseline update", "pipewarden-baseline.json"),
    ("config show --format ini", "json"),
    ("schema usge", "usage"),
    ("rules show IAM01", "IAM01"),
    ("rules show no-vcp", "no-vcp"),
    ("rules list --severity hi", "high"),
    ("rules test none", "none"),
    ("pull --region us-east1", "us-east-1"),
    ("pull --region us-east-1 --since long", "90d"),
    ("pull --region us-east-1 --role-arn audit", "arn:aws:iam"),
    ("render none.py", "none.py"),
    ("comment --number x", "x"),
]
CONFIGURATIONS: list[tuple[str, str]] = [
    # (the text of pipewarden.toml, what the line says)
    ("fail_on = 'high'", "fail-on"),
    ("fail-no = 'high'", "fail-on"),
    ("fail-on = 'hgh'", "high"),
    ("fail-on = 3", "fail-on"),
    ("profile = 'strict'", "starter"),
    ("region = 'us-east1'", "us-east-1"),
    ("select = 'IAM001'", "select"),
    ("select = ['IAM00X']", "IAM00X"),
    ("exclude = [1]", "exclude"),
    ("runs-per-month = -3", "runs-per-month"),
    ("runs-per-month = 'many'", "runs-per-month"),
    ("baseline = 'none.json'", "none.json"),
    ("[severity]\nIAM0X1 = 'low'", "IAM0X1"),
    ("[severity]\nIAM001 = 'lo'", "low"),
    ("[[ignore]]\nrule = 'IAM001'", "needs path or address"),
    ("[[ignore]]\nrul = 'IAM001'\nreason = 'because of that'", "rule"),
    ("[budgets]\nmonth = 'much'", "per-month-usd"),
    ("[rules.IAM001]\nnothing = 1", "nothing"),
    ("= 3", CONFIG),
    ("fail-on = 'high'\nfail-on = 'low'", CONFIG),
    ("fail-on = 'high", CONFIG),
    ("[[roots]]\npath = 'none'", "roots"),
    ("rules-dirs = ['none']", "none"),
    ("usage = 'none.yml'", "usage-file"),
]
FILES: list[tuple[str, str, str]] = [
    # (option, text of the file that it names, what the line says)
    ("--usage", "pipelines: {}\n", "version: 1"),
    ("--usage", "version: 1\npipelins: {}\n", "pipelines"),
    ("--usage", "version: 2\n", "version"),
    ("--usage", "version: 1\npipelines:\n  q: {runs_per_month: 3}\n", "q"),
    ("--usage", "version: 1\npipelines:\n  p: {runs_per_mont: 3}\n", "runs_per_month"),
    ("--usage", "version: 1\npipelines:\n  p: {runs_per_month: many}\n", "runs_per_month"),
    ("--usage", "a: [\n", "given"),
    ("--price-file", "version: 1\ndiscount_percnt: 3\n", "discount_percent"),
    ("--price-file", "version: 1\ndiscount_percent: 300\n", "discount_percent"),
    ("--price-file", "- 1\n", "must be a mapping"),
    ("--baseline", "{}", "baseline"),
    ("--baseline", "nothing", "baseline"),
    ("--config", "fail-no = 1\n", "fail-on"),
    ("--var-file", "kind = \n", "given"),
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path, {"main.tf": pipeline()})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_line(code: int, err: str, said: str, *, codes: tuple[int, ...] = (2,)) -> None:
    assert code in codes, (code, err)
    assert said in err, err
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err


@pytest.mark.parametrize(("words", "said"), OPTIONS, ids=[words for words, _ in OPTIONS])
def test_an_option(here: Path, words: str, said: str) -> None:
    ran = run(*words.split())
    one_line(ran.code, ran.err, said)


@pytest.mark.parametrize(("text", "said"), CONFIGURATIONS, ids=[t for t, _ in CONFIGURATIONS])
def test_a_configuration(here: Path, text: str, said: str) -> None:
    (here / CONFIG).write_text(text + "\n")
    ran = run("check")
    one_line(ran.code, ran.err, said)


@pytest.mark.parametrize(("option", "text", "said"), FILES)
def test_a_file(here: Path, option: str, text: str, said: str) -> None:
    (here / "given").write_text(text)
    (here / "variables.tf").write_text('variable "kind" {}\n')
    (here / "given.toml").write_text(text)
    name = "given.toml" if option == "--config" else "given"
    ran = run("check", option, name)
    if option == "--var-file":  # is read as the rest is, so that the rest is checked
        assert ran.code == 3
        assert [line for line in ran.out.splitlines() if line.strip().startswith("given:")]
        return
    one_line(ran.code, ran.err, said)


SUPPRESSIONS = [
    ("ignore[IAM001]", "META001"),
    ("ignore[NET001] until=2020-01-01 -- a good reason", "META002"),
    ("ignore[NET0O1] -- a good reason", "did you mean NET001?"),
    ("ignore[no-such-rule] -- a good reason", "META004"),
    ("ignore[IAM068] -- a good reason", "META003"),
    ("ignore[NET001] until=someday -- a good reason", "META"),
    ("ignore -- a good reason", "META"),
    ("ignore[] -- a good reason", "META"),
    ("ignroe[NET001] -- a good reason", "META"),
]


@pytest.mark.parametrize(("comment", "rule"), SUPPRESSIONS)
def test_a_suppression(here: Path, comment: str, rule: str) -> None:
    (here / "main.tf").write_text(f"# pipewarden: {comment}\n{pipeline()}")
    lines = [line for line in run("check", "-q").out.splitlines() if rule in line]
    assert len(lines) == 1, lines
    assert "1:" in lines[0]
