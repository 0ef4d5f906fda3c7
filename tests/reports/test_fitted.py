"""What a person reads on a terminal fits its width; what a pipe gets is as it was."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from linter.reports.fitted import markdown_text, table_lines, wrapped
from tests.e2e.running import pipewarden
from tests.e2e.terminal import ANSI, ROOT, on_terminal


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 140])
@pytest.mark.parametrize(
    "arguments",
    [
        ("cost", "docs/examples/churn"),
        ("rules", "list"),
        ("rules", "show", "CACHE001"),
        ("rules", "show", "IAM001"),
    ],
)
def test_it_fits(columns: int, arguments: tuple[str, ...]) -> None:
    shown = on_terminal(columns, *arguments)
    lines = ANSI.sub("", shown).split("\n")
    assert len(lines) > 10
    assert max(map(len, lines)) <= columns
    assert "\x1b[" in shown


def test_nothing_is_lost_in_a_narrow_terminal() -> None:
    wide = pipewarden("cost", "docs/examples/churn", "--color", "never", cwd=ROOT).out
    narrow = ANSI.sub("", on_terminal(60, "cost", "docs/examples/churn"))
    amounts = re.compile(r"\$[\d,.]+\d")
    assert sorted(set(amounts.findall(wide))) == sorted(set(amounts.findall(narrow)))


def test_a_rule_is_its_page() -> None:
    shown = ANSI.sub("", on_terminal(100, "rules", "show", "CACHE001"))
    assert "What to do" in shown
    assert "## " not in shown
    assert "| --" not in shown
    piped = pipewarden("rules", "show", "CACHE001", cwd=ROOT).out
    assert "What to do" in piped
    assert "\x1b[" not in piped


def test_what_comes_from_files_is_no_markup() -> None:
    rows = [["[bold]x[/bold] :smile:", "[link=http://x]y"]]
    lines = table_lines(["a", "b"], rows, 80)
    assert "[bold]x[/bold] :smile:" in lines[1]
    assert "[link=http://x]y" in lines[1]


def test_long_cells_and_lines_wrap() -> None:
    lines = table_lines(["name", "usd"], [["word " * 30, "1.00"]], 40, right={1})
    assert max(map(len, lines)) <= 40
    assert "".join(lines).count("word") == 30
    parts = wrapped("  per month   " + "word " * 30, 40, False)
    assert max(map(len, parts)) <= 40
    assert all(part.startswith(" " * 14) for part in parts[1:])
    assert wrapped("short", 40, False) == ["short"]
    assert "title" in markdown_text("# title", 40, False)


def test_pipes_hooks_and_ci_do_not_load_rich() -> None:
    code = (
        "import sys\nfrom linter.cli.main import cli\n"
        "for line in (['check', 'docs/examples/churn'], ['cost', 'docs/examples/churn'],\n"
        "             ['rules', 'list'], ['rules', 'show', 'IAM001'], ['prices', 'info'],\n"
        "             ['graph', 'docs/examples/churn'], ['inspect', 'docs/examples/churn'],\n"
        "             ['iam', 'explain', 'docs/examples/churn'], ['prices', 'show', 'm5.large'],\n"
        "             ['iam', 'explain', '--paths', 'docs/examples/churn'],\n"
        "             ['iam', 'suggest', 'docs/examples/churn'],\n"
        "             ['diff', 'docs/examples/churn', 'docs/examples/churn']):\n"
        "    cli.main(line, standalone_mode=False)\n"
        "assert 'rich' not in sys.modules, 'rich'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)
