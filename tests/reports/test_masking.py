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
