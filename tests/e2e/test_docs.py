"""Every command that the documentation shows is run, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.running import pipewarden

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "ci").glob("*.md")),
]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def commands(page: Path) -> list[str]:
    lines = [
        line for block in _BLOCK.findall(page.read_text("utf-8")) for line in block.split("\n")
    ]
    return [line for line in lines if re.match(r"(?:_\w+=\w+ )?pipewarden ?", line)]


OF_AN_ACCOUNT = "account.md"
"""Its commands need one: they are run where there is one, in ``tests/account``."""
CASES = [
    pytest.param(line, id=f"{page.name}-{line[:60]}")
    for page in PAGES
    for line in dict.fromkeys(commands(page))
    if "|" not in line and page.name != OF_AN_ACCOUNT
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample in a repository of its own, with the paths that the pages use."""
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    shutil.copytree(ROOT / "docs" / "examples" / "churn", tmp_path / "infra")
    (tmp_path / "rules").mkdir()
    if shutil.which("git"):
        for command in (
            ["git", "init", "-q", "-b", "main"],
            ["git", "add", "-A"],
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"],
        ):
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_pages_have_commands() -> None:
    assert len(CASES) > 20


@pytest.mark.parametrize("line", CASES)
def test_a_command_of_the_documentation_works(line: str, project: Path) -> None:
    words = shlex.split(line, comments=True)
    environment = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[1:3] == ["baseline", "create"] or "--baseline" in words:
        pipewarden("baseline", "create", "docs/examples/churn", "--force", cwd=project)
        words = [*words, "--force"] if "create" in words else words
    ran = pipewarden(*words[1:], cwd=project, **environment)
    assert ran.code in (0, 1), (ran.out, ran.err)
    assert ran.out or ran.err


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    ("page", "sample"),
    [("README.md", "docs/examples/churn"), ("docs/python-pipelines.md", "docs/examples/python")],
)
def test_the_output_that_a_page_shows_is_the_output(page: str, sample: str) -> None:
    found = re.search(r"^```text\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.M | re.S)
    assert found is not None
    ran = pipewarden("check", sample, "--config", "none", cwd=ROOT)
    missing = [line for line in found[1].splitlines() if f"{line}\n" not in ran.out]
    assert missing == []
