"""Each report that a person reads fits the terminal, loses nothing, and is plain in a pipe."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len

from linter.discovery.detect import SNAPSHOT_MARK
from linter.reports.fitted import fitted, wrapped
from linter.reports.style import PLAIN, Painter, fit
from tests.e2e.running import pipewarden
from tests.e2e.terminal import ANSI, ROOT, on_terminal
from tests.pricing.test_past_executions import write

CHURN = "docs/examples/churn"
COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("check", CHURN),
    "check -v": ("check", "-v", "--show-unknown", CHURN),
    "check -q": ("check", "-q", CHURN),
    "check --statistics": ("check", "--statistics", CHURN),
    "cost": ("cost", CHURN),
    "cost by instance": ("cost", "--group-by", "instance", CHURN),
    "cost what if": ("cost", "--what-if", "spot=all", CHURN),
    "graph": ("graph", CHURN),
    "explain": ("iam", "explain", CHURN),
    "paths": ("iam", "explain", "--paths", CHURN),
    "suggest": ("iam", "suggest", "--format", "diff", CHURN),
    "inspect": ("inspect", CHURN),
    "prices show": ("prices", "show", "ml.g5.xlarge"),
    "prices info": ("prices", "info"),
    "drift": ("drift", CHURN, "SNAPSHOT"),
    "diff": ("diff", "BEFORE", CHURN),
    "trend": ("cost", "--trend", "HEAD~1..HEAD"),
    "history": ("cost", CHURN, "--history", "SNAPSHOT"),
}


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A snapshot of an account, a state before a change, and a repository of two commits."""
    folder = tmp_path_factory.mktemp("places")
    before = folder / "before"
    before.mkdir()
    text = (ROOT / CHURN / "main.tf").read_text()
    (before / "main.tf").write_text(text.replace('"ml.m5.xlarge"', '"ml.m5.24xlarge"'))
    repository = folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    for name in ("a plain subject", "漢字 and 🚀 [red]in the subject[/red] " * 3):
        (repository / "main.tf").write_text(text + f"# {name}\n")
        git(repository, "add", ".")
        git(repository, "commit", "-qm", name)
    return {"BEFORE": before, "repository": repository, "SNAPSHOT": _snapshot(folder / "s")}


def _snapshot(folder: Path) -> Path:
    """As ``pull`` writes it: runs of the sample's pipeline, and a notebook that no code has."""
    runs = [
        {
            "StepName": "Train",
            "StepStatus": "Succeeded",
            "StartTime": "2026-09-01T10:00:00Z",
            "AttemptCount": 1,
            "Metadata": {"TrainingJob": {"Arn": f"{ARN}:training-job/j"}},
            "Job": {"TrainingTimeInSeconds": 1800, "BillableTimeInSeconds": 1800},
        }
    ]
    write(folder, runs)
    made = folder / "111122223333/us-east-1/executions/demo/e0.json"
    made.write_text(made.read_text().replace('"demo"', '"churn"'))
    notebook = {
        SNAPSHOT_MARK: 1,
        "Type": "AWS::SageMaker::NotebookInstance",
        "Arn": f"{ARN}:notebook-instance/n",
        "Account": "111122223333",
        "Region": "us-east-1",
        "Properties": {
            "NotebookInstanceName": "[red]n[/red]-" + "long-" * 20,
            "InstanceType": "ml.t3.large",
        },
        "Observed": {},
    }
    (folder / "111122223333/us-east-1/n.json").write_text(json.dumps(notebook))
    return folder


ARN = "arn:aws:sagemaker:us-east-1:111122223333"


def shown(name: str, columns: int, places: dict[str, Path], *more: str) -> str:
    arguments = [str(places.get(part, part)) for part in (*COMMANDS[name], *more)]
    cwd = places["repository"] if name == "trend" else ROOT
    return on_terminal(columns, *arguments, cwd=cwd)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_line_is_wider_than_the_terminal(
    name: str, columns: int, places: dict[str, Path]
) -> None:
    lines = ANSI.sub("", shown(name, columns, places)).split("\n")
    assert any(line.strip() for line in lines), name
    for line in lines:
        assert cell_len(line) <= columns, line
        assert line == line.rstrip(), line


@pytest.mark.parametrize("name", ["check", "check -q", "explain", "paths", "diff", "drift"])
def test_wrapping_changes_nothing_but_blanks(name: str, places: dict[str, Path]) -> None:
    """What a narrow terminal shows is what a pipe gets, with other line breaks."""
    arguments = [str(places.get(part, part)) for part in COMMANDS[name]]
    piped = pipewarden(*arguments, cwd=ROOT).out
    narrow = ANSI.sub("", shown(name, 44, places))
    lines = [line for line in piped.splitlines() if "  " not in line.strip()]
    without = re.sub(r"\s+", "", narrow)
    assert lines
    for line in lines:
        assert re.sub(r"\s+", "", line) in without, line


@pytest.mark.parametrize("name", COMMANDS)
def test_colour_is_only_what_was_asked_for(name: str, places: dict[str, Path]) -> None:
    if name in ("inspect", "suggest"):
        return  # have none
    assert "\x1b[" not in shown(name, 60, places, "--color", "never")


HOSTILE = "[red]x[/red] :smile: \x1b[31m\x07\r\u202e 漢字漢字漢字漢字 🚀🚀🚀🚀 é\u0301"


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
@pytest.mark.parametrize(
    "arguments",
    [
        *(("check",), ("check", "-v", "--show-unknown"), ("inspect",), ("graph",), ("cost",)),
        *(
            ("iam", "explain"),
            ("iam", "explain", "--paths"),
            ("iam", "suggest", "--format", "diff"),
        ),
    ],
)
def test_hostile_names_are_shown_and_do_nothing(
    tmp_path: Path, columns: int, arguments: tuple[str, ...]
) -> None:
    step = {
        "Name": HOSTILE,
        "Type": "Training",
        "Arguments": {
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "AlgorithmSpecification": {"TrainingImage": HOSTILE, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": f"s3://b/{HOSTILE}"},
        },
    }
    text = json.dumps({"Version": "2020-12-01", "Steps": [step]}, ensure_ascii=False)
    (tmp_path / "pipeline.json").write_text(text)
    (tmp_path / "main.tf").write_text(
        'resource "aws_iam_role" "r" {\n  name = '
        + json.dumps("[red]漢字 🚀")
        + '\n  assume_role_policy = jsonencode({Version="2012-10-17",Statement=[{Effect="Allow",'
        'Principal={Service="sagemaker.amazonaws.com"},Action="sts:AssumeRole"}]})\n'
        '  inline_policy {\n    name="p"\n    policy=jsonencode({Version="2012-10-17",Statement=['
        '{Effect="Allow",Action=["iam:*","s3:*"],Resource="*"}]})\n  }\n}\n'
    )
    out = on_terminal(columns, *arguments, cwd=tmp_path)
    plain = ANSI.sub("", out)
    assert plain.strip()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", plain)
    for line in plain.split("\n"):
        assert cell_len(line) <= columns, line
    if arguments[0] in ("check", "graph", "inspect", "cost"):
        assert "[red]x" in re.sub(r"[\s…]", "", plain)


def test_a_secret_that_is_wrapped_is_masked() -> None:
    secret = "AKIA" + "Q7ZP4WLN3B2M5R8T"
    out = fitted(f"  image: word {secret} word", 20, False)
    assert secret[:8] not in out.replace("\n", "").replace(" ", "")
    assert "****" in out


def test_drift_and_measured_tables_say_what_is_there(places: dict[str, Path]) -> None:
    drift = re.sub(r"\s+", "", ANSI.sub("", shown("drift", 40, places)))
    assert "[red]n[/red]-long-long-" in drift
    measured = ANSI.sub("", shown("history", 60, places))
    assert "Measured" in measured
    assert "30.0 min" in measured


def test_what_is_no_terminal_gets_every_byte() -> None:
    text = "x" * 500 + "\n  \x1b[1mword\x1b[0m " + "y " * 300
    assert fit(text, PLAIN) == text
    assert fit(text, Painter(True)) == text
    assert max(map(len, fit(text, Painter(False, 40)).split("\n"))) <= 40


def test_colours_go_on_in_the_next_line() -> None:
    lines = wrapped("  a \x1b[1;31m" + "word " * 20 + "\x1b[0mend", 40, True)
    assert len(lines) > 2
    assert all("\x1b[1;31m" in line for line in lines[:-1])
    assert ANSI.sub("", " ".join(lines)).split() == ["a", *["word"] * 20, "end"]


@pytest.mark.parametrize("columns", [1, 2, 7, 20])
def test_the_narrowest_terminal_ends(columns: int) -> None:
    out = fitted("          why:   漢字漢字 " + "word " * 5 + "x" * 50, columns, False)
    assert out.count("word") == 5 if columns > 4 else out


def test_a_screen_holds_the_findings_of_a_pipeline() -> None:
    out = on_terminal(80, "check", CHURN)
    lines = out.rstrip("\n").split("\n")
    found = sum(bool(re.match(r"  \d+:\d+ ", ANSI.sub("", line))) for line in lines)
    assert found >= 15
    assert len(lines) <= 4.2 * found


def test_columns_that_pass_for_a_width_in_a_pipe_still_cut() -> None:
    out = pipewarden("check", CHURN, cwd=ROOT, COLUMNS="60").out
    assert "…" in out
