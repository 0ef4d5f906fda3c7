"""Every command that the documentation shows is run, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from linter.cli.main import COMMANDS, cli
from tests.e2e.running import COMMAND, DAY, pipewarden

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "ci").glob("*.md")),
]
_BLOCK = re.compile(r"^ *```(sh|yaml)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
_INLINE = re.compile(r"(?<!`)`((?:pipewarden )?[a-z]+(?: [^`]+)?)`(?!`)")


def commands(page: Path) -> list[str]:
    """Every command of a page's ``sh`` blocks, and of the jobs that its ``yaml`` blocks show."""
    found: list[str] = []
    for kind, block in _BLOCK.findall(page.read_text("utf-8")):
        texts = [block] if kind == "sh" else scripts(block)
        for text in texts:
            joined = text.replace("\\\n", " ")
            found += [line.strip() for line in joined.splitlines() if line.strip()]
    return found


def scripts(block: str) -> list[str]:
    """``run`` and ``script`` of a job, wherever they are in it."""
    found: list[str] = []

    def walk(value: object) -> None:
        for name, item in value.items() if isinstance(value, dict) else ():
            if name in ("run", "script"):
                found.extend([item] if isinstance(item, str) else item)
            else:
                walk(item)
        for item in value if isinstance(value, list) else ():
            walk(item)

    walk(yaml.safe_load(block))
    return found


OF_AN_ACCOUNT = "account.md"
NOT_HERE = {
    # page, command → why it is not run here
    r"account\.md: pipewarden ": "an AWS account: run on a stand-in in tests/account/test_page.py",
    r"ci/\w+\.md: (.*\$\{?\w+.*|pipewarden comment .*|exit .*)": "a job of a service and its API:"
    " run against a local server in tests/forge/test_pages.py",
    r"[\w/]+\.md: pip install .*git\+https://": "a repository to install from",
    r"plugins\.md: (pip install|pipewarden rules (list TEAM|show TEAM002)$)": "an environment to"
    " install into: tests/policy/test_plugin_template.py",
    r"ci/generic\.md: docker ": "a Docker daemon, and an image to start from",
    r"CONTRIBUTING\.md: (python -m venv|\.venv/bin/(pip|pytest|ruff)) ?": "the checkout: .ci/run",
    r"performance\.md: python benchmarks/": "peers to compare with, and minutes",
    r"fleet\.md: ": "each line needs what the one before it wrote: run in tests/fleet/test_docs.py",
    r"security\.md: python -m tests\.fuzz .*--minutes": "minutes: a shorter run is in tests/fuzz",
}
"""What a page's commands need that a test does not have; each says what runs it instead."""


def named(page: Path, line: str) -> str:
    """``ci/github.md: pipewarden …``."""
    return f"{page.relative_to(ROOT).as_posix().removeprefix('docs/')}: {line}"


def needs(page: Path, line: str) -> str:
    """Why a command is not run here, ``""`` for one that is."""
    return next((why for form, why in NOT_HERE.items() if re.match(form, named(page, line))), "")


EVERY = [(page, line) for page in PAGES for line in dict.fromkeys(commands(page))]
CASES = [
    pytest.param(line, id=named(page, line)[:80]) for page, line in EVERY if not needs(page, line)
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The sample in a repository of its own, with the paths that the pages use."""
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    shutil.copytree(ROOT / "docs" / "examples" / "churn", tmp_path / "infra")
    (tmp_path / "rules").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("reviewdog",):  # what is piped to is another's: it has to get something
        stand_in = tmp_path / "bin" / name
        stand_in.write_text("#!/bin/sh\ngrep -q . || exit 9\necho read\n")
        stand_in.chmod(0o755)
    if shutil.which("git"):
        for command in (
            ["git", "init", "-q", "-b", "main"],
            ["git", "add", "-A"],
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start"],
        ):
            subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_pages_have_commands_and_what_is_not_run_is_there() -> None:
    assert len(CASES) > 40
    for form in NOT_HERE:
        assert any(re.match(form, named(page, line)) for page, line in EVERY), form
    # Nothing of ours is left out for another reason than that it needs something.
    left_out = {line for page, line in EVERY if needs(page, line) and "pipewarden" in line}
    needed = re.compile(r"pull|drift|snapshot|fleet|comment|git\+https|\$|docker|TEAM")
    assert all(needed.search(line) for line in left_out)


@pytest.mark.parametrize("line", CASES)
def test_a_command_of_the_documentation_works(line: str, project: Path) -> None:
    words = shlex.split(line, comments=True)
    if words[1:3] == ["baseline", "create"] or "--baseline" in words:
        pipewarden("baseline", "create", "docs/examples/churn", "--force", cwd=project)
        line = line.replace("baseline create", "baseline create --force")
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=project,
        env={
            "PATH": os.pathsep.join(
                [str(COMMAND.parent), str(project / "bin"), os.environ["PATH"]]
            ),
            "HOME": str(project),
            "COLUMNS": "100",
            "SOURCE_DATE_EPOCH": DAY,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode in (0, 1), (ran.stdout, ran.stderr)
    assert ran.stdout or ran.stderr
    assert "Traceback" not in ran.stderr


def inline(page: Path) -> Iterator[list[str]]:
    """Commands that a page's sentences name."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for found in _INLINE.findall(text):
        if not found.startswith("pipewarden ") and not re.search(r" --?[a-z]", found):
            continue
        try:
            words = shlex.split(found.removeprefix("pipewarden "))
        except ValueError:
            continue
        if words and (words[0] in COMMANDS or found.startswith("pipewarden ")):
            yield words


def test_commands_in_sentences_exist_with_their_options() -> None:
    seen = 0
    for page in PAGES:
        for words in inline(page):
            command = cli.get_command(click.Context(cli), words[0])
            if words[0].startswith("-"):
                continue
            assert command is not None, (page.name, words)
            rest = words[1:]
            if isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
                command = command.get_command(click.Context(command), rest[0])
                assert command is not None, (page.name, words)
            known = {name for param in command.params for name in (*param.opts, "--help")}
            options = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
            assert options <= known, (page.name, words)
            seen += 1
    assert seen > 30


UNPUBLISHED = re.compile(
    r"pip install (--?\w+ )*[\"']?pipewarden|pipx (run|install) pipewarden"
    r"|uvx? (tool (run|install) )?pipewarden|pipewarden@v|rev: v\d|pipewarden=="
    r"|docker pull|ghcr\.io"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_works_only_after_publication_says_so(page: Path) -> None:
    text = page.read_text("utf-8")
    for paragraph in text.split("\n\n"):
        for found in UNPUBLISHED.finditer(paragraph):
            honest = "After publication" in paragraph or "git+https" in paragraph
            assert honest, (page.name, found[0])
    if "OWNER" in text or "COMMIT" in text:
        assert re.search(r"[Nn]othing is published yet|not published yet", text), page.name


def test_the_hooks_and_the_action_of_the_pages_are_ours() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    used = 0
    for page in PAGES:
        for kind, block in _BLOCK.findall(page.read_text("utf-8")):
            if kind != "yaml":
                continue
            data = yaml.safe_load(block)
            for repo in data.get("repos", ()) if isinstance(data, dict) else ():
                assert repo["rev"] == "COMMIT"
                assert {hook["id"] for hook in repo["hooks"]} <= hooks
                used += 1
            for job in data.get("jobs", {}).values() if isinstance(data, dict) else ():
                for step in job["steps"]:
                    if step["uses"].startswith("OWNER/"):
                        assert step["uses"] == "OWNER/pipewarden@COMMIT"
                        assert set(step["with"]) <= set(action["inputs"])
                        used += 1
    assert used == 2


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
