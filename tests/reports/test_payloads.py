"""One set of hostile texts through every format and stream, as content and as names of files."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.config.running import run
from tests.e2e.running import pipewarden

PAYLOADS = {
    "escape sequence": "a\x1b[31mred\x1b]0;t\x07",
    "c1 control": "a\x9b31mred",
    "carriage return": "a\rb",
    "line break": "a\n::error file=x::hacked",
    "command": "::error file=x::hacked",
    "old command": "##[error]hacked",
    "encoded command": "a%0A::error::hacked",
    "direction": "a\u202egnp.exe\u2066",
    "line separator": "a\u2028::error::hacked",
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "markdown link": "[x](javascript:alert(1)) @everyone #1 | `x",
    "comment": "--> <!-- pipewarden -->",
    "formula": "=cmd|' /C calc'!A0",
    "spaced formula": " @SUM(1)",
    "rich markup": "[bold]x[/bold] :key:",
    "dot": '"]; x [label="y',
    "xml": "]]><x/>&amp;",
    "zero": "a\x00b",
}
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
COMMANDS = [
    *(("check", "--format", name) for name in ("text", "json", "jsonl", "markdown", "sarif")),
    *(("check", "--format", name) for name in ("junit", "gitlab", "github", "rdjson")),
    ("check", "--show-unknown", "-v"),
    *(("cost", "--format", name) for name in ("table", "json", "csv", "markdown")),
    ("cost", "--format", "csv", "--group-by", "pipeline"),
    *(("graph", "--format", name) for name in ("text", "dot", "mermaid")),
    ("inspect",),
    ("inspect", "--format", "json"),
    ("iam", "explain"),
    ("iam", "suggest"),
    ("iam", "suggest", "--format", "hcl"),
    ("report", "--output"),
    ("cost", "--init-usage"),
]


def definition() -> str:
    """A pipeline of which every step is about one of the texts."""
    steps = []
    for text in PAYLOADS.values():
        resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        arguments = {"RoleArn": f"arn:aws:iam::111122223333:role/{text}", text: text}
        arguments |= {"ResourceConfig": resources}
        arguments["AlgorithmSpecification"] = {"TrainingImage": text}
        step = {"Name": text, "Type": "Training", "DependsOn": [text], "DisplayName": text}
        steps += [{**step, "Arguments": arguments}, {"Name": f"{text}2", "Type": text}]
    parameters = [{"Name": text} for text in PAYLOADS.values()]
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": steps})


def terraform(number: int, text: str) -> str:
    quoted = json.dumps(text)
    return f"""\
resource "aws_sagemaker_pipeline" "p{number}" {{
  pipeline_name       = {quoted}
  role_arn            = aws_iam_role.r{number}.arn
  pipeline_definition = file("p.json")
}}
resource "aws_iam_role" "r{number}" {{
  name               = {quoted}
  assume_role_policy = jsonencode({{ Statement = [{{ Sid = {quoted}, Effect = "Allow" }}] }})
}}
module "m{number}" {{ source = {quoted} }}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with each text as a name and in what is named."""
    found = tmp_path_factory.mktemp("payloads")
    (found / "p.json").write_text(definition())
    parts = [terraform(number, text) for number, text in enumerate(PAYLOADS.values())]
    (found / "main.tf").write_text("".join(parts))
    for text in PAYLOADS.values():
        folder = found / text.replace("/", "\u2215").replace("\0", "")[:60]
        folder.mkdir(exist_ok=True)
        (folder / f"{folder.name}.json").write_text(
            json.dumps({"Version": "2020-12-01", "Steps": [{"Name": text, "Type": text}]})
        )
        (folder / "broken.tf").write_text(f'resource "{text}')
        (folder / f"{folder.name}.tf").write_bytes(b"\xff\xfe\xff\xff")
    return found


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_acts_on_what_shows_it(
    tree: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    if command[0] == "report":
        ran = run(*command[:2], "r.html")
        out = (tree / "r.html").read_text()
        (tree / "r.html").unlink()
        _check(command, out, ran.out + ran.err)
        return
    ran = run(*command)
    assert ran.out
    _check(command, ran.out, ran.err)


@pytest.mark.parametrize("name", PAYLOADS)
def test_nor_on_messages(tree: Path, tmp_path: Path, name: str) -> None:
    text = PAYLOADS[name].replace("\0", "")
    for wrong in (("check", "--config", text), ("diff", text)):
        ran = pipewarden(*wrong, cwd=tree)
        assert ran.code == 2
        _check(("text",), ran.out, ran.err)
    (tmp_path / "pipewarden.toml").write_text(f"{json.dumps(PAYLOADS[name])} = 1\n")
    ran = pipewarden("check", cwd=tmp_path)
    assert ran.code == 2
    _check(("text",), ran.out, ran.err)


def _check(command: tuple[str, ...], out: str, err: str) -> None:
    for stream in (out, err):
        found = FORBIDDEN.search(stream)
        assert found is None, (command, stream[max(0, found.start() - 80) : found.end() + 20])
        for line in stream.splitlines():
            if line.lstrip().startswith(("::", "##[")):
                own = r"::(error|warning|notice) file=[^:,]*,line=\d+,"
                assert "github" in command and re.match(own, line), (command, line)
    format_ = command[2] if len(command) > 2 else ""
    if format_ in ("json", "sarif", "gitlab", "rdjson"):
        json.loads(out)
    if format_ == "jsonl":
        assert all(json.loads(line) for line in out.splitlines())
    if format_ == "junit":
        ElementTree.fromstring(out)
    if format_ == "csv":
        for row in csv.reader(io.StringIO(out)):
            assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") and cell for cell in row), row
    if format_ == "markdown" or command[0] == "report":
        lowered = out.lower()
        if format_ == "markdown":  # a code span shows its text as it is
            lowered = re.sub(r"(?<![\\`])(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", lowered)
        assert "<script>alert" not in lowered
        assert "<img src=x" not in lowered
        assert "report" in command or not re.search(r"(?<!\\)\]\(javascript:", lowered)
    if format_ == "markdown":
        assert lowered.count("<!--") == out.startswith("<!-- pipewarden")
