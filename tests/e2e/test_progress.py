"""Progress: on a terminal only, after a second, and gone at the end."""

from __future__ import annotations

import io
import time
from types import SimpleNamespace

import pytest

from linter.cli.progress import progress
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
