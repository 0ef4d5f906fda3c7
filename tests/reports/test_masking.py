"""Secrets stay out of what a report quotes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from linter.cli.main import cli
from linter.core.sources import Source, Span
from linter.reports import outputs
from linter.reports.terminal import excerpt
from tests.e2e.running import pipewarden

SECRET = "hT7!kq92Lm#x"
MULTILINE = "one\ntoken: abcdefgh\nijklmnop # rest\n"


def test_a_secret_is_starred_and_the_columns_stay() -> None:
    source = Source("p.json", f'{{"a": "{SECRET}", "b": 1}}')
    secret = Span("p.json", 1, 7, 1, 7 + len(SECRET) + 2)
    shown, offset, width = excerpt(source, Span("p.json", 1, 23, 1, 26), [secret])
    assert shown == '{"a": "************", "b": 1}'
    assert (offset, width) == (22, 3)


@pytest.mark.parametrize(
    ("line", "shown"), [(1, "one"), (2, "token: ********"), (3, "******** # rest")]
)
def test_a_secret_of_several_lines(line: int, shown: str) -> None:
    source = Source("p.yml", MULTILINE)
    secret = Span("p.yml", 2, 8, 3, 9)
    assert excerpt(source, Span("p.yml", line, 1, line, 2), [secret])[0].rstrip() == shown


@pytest.mark.parametrize("name", [n for n in outputs.FORMATS if n != "github-summary"])
def test_no_format_shows_a_secret_of_the_same_line(tmp_path: Path, name: str) -> None:
    step = {"Name": "A", "Type": "Training", "Arguments": {"Environment": {"DB_PASSWORD": SECRET}}}
    file = tmp_path / "p.json"
    file.write_text(json.dumps({"Version": "2020-12-01", "Steps": [step]}))
    result = CliRunner().invoke(
        cli, ["check", str(file), "--format", name, "--config", "none"], standalone_mode=False
    )
    assert "SEC001" in result.output
    assert "NET001" in result.output  # another finding of the same line
    assert SECRET not in result.output


TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
INFRASTRUCTURE = f"""\
resource "aws_sagemaker_code_repository" "c" {{
  code_repository_name = "c"
  git_config {{
    repository_url = "https://bob:{TOKEN}@github.com/x/y.git"
  }}
}}
module "m" {{
  source = "git::https://bob:{TOKEN}@github.com/r/m.git"
}}
resource "aws_sagemaker_model" "m" {{
  primary_container {{
    image       = "i"
    environment = {{ DB_PASSWORD = "{SECRET}" }}
  }}
}}
"""


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(INFRASTRUCTURE)
    step = {
        "Name": "A",
        "Type": "Training",
        "CacheConfig": {"Enabled": True},
        "Arguments": {"Environment": {"DB_PASSWORD": SECRET, "GIT": TOKEN}},
    }
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2020-12-01", "Steps": [step]}))
    return tmp_path


COMMANDS = [
    *(["check", "--format", name] for name in outputs.FORMATS if name != "github-summary"),
    ["check", "--ignore", "SEC", "-v", "--show-unknown"],
    ["check", "--output", "json:out.json", "--output", "sarif:out.sarif"],
    ["check", "--ignore", "SEC", "--output", "markdown:out.md"],
    ["inspect", "--format", "json"],
    ["inspect", "--format", "text"],
    ["cost", "--format", "json"],
    ["graph"],
    ["report", "-o", "out.html"],
    ["report", "-o", "out.html", "--ignore", "SEC"],
    ["baseline", "create", "--baseline", "out.json"],
    ["fix", "--diff", "--unsafe"],
    ["iam", "explain"],
    ["iam", "suggest"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_shows_a_secret(leaky: Path, command: list[str]) -> None:
    ran = pipewarden(*command, ".", cwd=leaky)
    assert ran.code != 4
    assert "No such option" not in ran.err
    shown = [ran.out, ran.err, *(file.read_text() for file in leaky.glob("out.*"))]
    assert any(shown)
    for text in shown:
        assert TOKEN not in text
        assert SECRET not in text


def test_a_fix_writes_what_the_file_holds(leaky: Path) -> None:
    pipewarden("fix", "--unsafe", ".", cwd=leaky)
    assert TOKEN in (leaky / "p.json").read_text()
    assert SECRET in (leaky / "main.tf").read_text()


def test_an_address_with_credentials_is_called_that(leaky: Path) -> None:
    out = pipewarden("check", "-q", ".", "--select", "SUP009", cwd=leaky).out
    assert "credentials in it" in out
    assert "anybody on the way" not in out
