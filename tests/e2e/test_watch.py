"""``--watch``: runs again when something that is looked at changes, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from linter.cli import watch as module
from linter.cli.exits import EXIT_USAGE
from linter.cli.watch import watch


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("name", ["main.tf", "main.tofu", "a/p.json", "pipewarden.toml", "u.yml"])
def test_a_change_runs_it_again(tmp_path: Path, name: str) -> None:
    """The file is made while the first run lasts, and so is seen without waiting."""
    ran: list[int] = []

    def run() -> int:
        ran.append(len(ran))
        write(tmp_path / name, "x" * len(ran))
        return len(ran)

    assert watch([str(tmp_path)], run, rounds=3) == 3
    assert ran == [0, 1, 2]


def test_what_is_not_looked_at_is_waited_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            write(tmp_path / "main.tf", "locals {}")

    monkeypatch.setattr(module.time, "sleep", sleep)

    def run() -> int:
        for name in ("notes.txt", ".terraform/modules.json", ".git/x.json", "node_modules/p.json"):
            write(tmp_path / name, "{}")
        return 0

    assert watch([str(tmp_path)], run, rounds=2) == 0
    assert len(waits) == 2


def test_a_usage_error_is_shown_and_waited_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: list[Any] = [click.UsageError("a rule is misspelt"), 1]

    def run() -> int:
        write(tmp_path / "main.tf", "x" * len(outcomes))
        outcome = outcomes.pop(0)
        if isinstance(outcome, click.ClickException):
            raise outcome
        return int(outcome)

    assert watch([str(tmp_path)], run, rounds=2) == 1
    assert "a rule is misspelt" in capsys.readouterr().err


def test_the_code_is_that_of_the_last_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    def fail() -> int:
        raise click.UsageError("no")

    monkeypatch.setattr(module.time, "sleep", interrupt)
    assert watch([str(tmp_path)], lambda: 1) == 1
    assert watch([str(tmp_path)], fail) == EXIT_USAGE


def test_standard_input_is_not_watched() -> None:
    with pytest.raises(click.UsageError, match="standard input"):
        watch(["-"], lambda: 0)
