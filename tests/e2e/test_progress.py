"""Progress: on a terminal only, after a second, and gone at the end."""

from __future__ import annotations

import io
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from linter.cli.progress import progress, progress_words
from linter.core.tally import TALLY
from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_paths
from tests.e2e.running import pipewarden


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    found = Terminal()
    # Not sys.stderr itself, which belongs to pytest.
    monkeypatch.setattr("linter.cli.progress.sys", SimpleNamespace(stderr=found))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return found


def busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.02)


def test_long_work_is_shown_and_the_line_taken_away(terminal: Terminal) -> None:
    with progress("linting"):
        busy(1.2)
    shown = terminal.getvalue()
    assert "linting … 1 s" in shown
    assert shown.endswith("\r\x1b[K")


def test_work_inside_work_hands_the_line_back(terminal: Terminal) -> None:
    with progress("linting"):
        with progress("pricing"):
            busy(1.1)
        busy(1.1)
    shown = terminal.getvalue()
    assert shown.index("pricing …") < shown.rindex("linting …")


def test_a_count_and_a_rate_are_shown(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linter.cli.progress.AFTER", 0.01)
    with progress("linting"):
        TALLY.of, TALLY.done = 268, 120
        busy(0.1)
        with progress("pricing"):
            assert TALLY.done == 0
        assert (TALLY.of, TALLY.done) == (268, 120)
    assert "linting … 120 of 268 rules, " in terminal.getvalue()
    assert progress_words("reading", 1234, 0, 2.0) == "reading … 1,234 files, 617/s, 2 s"
    assert progress_words("pricing", 0, 3, 2.0) == "pricing … 2 s"


def test_the_line_is_no_wider_than_the_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linter.cli.progress.AFTER", 0.01)
    monkeypatch.setenv("COLUMNS", "20")
    with progress("linting"):
        TALLY.of, TALLY.done = 268, 120
        busy(0.1)
    assert max(map(len, terminal.getvalue().split("\r\x1b[K"))) == 19


def test_stages_count_what_they_do(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.tf").write_text("locals {}\n")
    with TALLY.afresh():
        project = load_paths([str(tmp_path)])
        assert TALLY.done == 3
    rules = load_rules(()).rules
    with TALLY.afresh():
        lint(project, rules)
        assert TALLY.done == TALLY.of > 100


def test_short_work_shows_nothing(terminal: Terminal) -> None:
    with progress("linting"):
        pass
    assert terminal.getvalue() == ""


@pytest.mark.parametrize("how", ["quiet", "ci", "dumb", "no terminal"])
def test_where_nobody_looks_nothing_is_shown(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("linter.cli.progress.AFTER", 0.01)
    if how == "ci":
        monkeypatch.setenv("CI", "true")
    elif how == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    elif how == "no terminal":
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    with progress("linting", quiet=how == "quiet"):
        busy(0.1)
    assert terminal.getvalue() == ""


def test_a_failure_takes_the_line_away(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linter.cli.progress.AFTER", 0.01)
    with pytest.raises(ValueError, match="bad"), progress("linting"):
        busy(0.1)
        raise ValueError("bad")
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_pipe_gets_no_progress() -> None:
    assert pipewarden("check", "broken").err == ""
