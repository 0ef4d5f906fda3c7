"""The scripts of the pages about CI are run as a job runs them, but for the installation."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.config.running import pipeline
from tests.discovery.test_git import commit, git
from tests.e2e.running import COMMAND
from tests.forge.server import Service, serving
from tests.forge.test_comment import KINDS, TOKEN, environment, sent, service_of

PAGES = Path(__file__).parent.parent.parent / "docs" / "ci"
TARGETS = {
    "github": "GITHUB_BASE_REF",
    "gitlab": "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "bitbucket": "BITBUCKET_PR_DESTINATION_BRANCH",
}


def script(kind: str) -> list[str]:
    """The commands of the block that comments."""
    text = (PAGES / f"{kind}.md").read_text("utf-8")
    [block] = [b for b in re.findall(r"```yaml\n(.*?)```", text, re.S) if "comment --" in b]
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                if name == "run":
                    found.append(item)
                elif name == "script":
                    found.extend(item)
                else:
                    walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(yaml.safe_load(block))
    installs = [line for line in found if line.startswith("pip install")]
    assert len(installs) == 1 and "git+https://" in installs[0]
    return [line for line in found if line not in installs]


def job(kind: str, clone: Path, service: Service) -> list[int]:
    """Exit codes: GitHub runs each command alone, the others all of them in one shell."""
    lines = script(kind)
    given = {
        **environment(kind, service.url),
        TARGETS[kind]: "main",
        "COMMENT_AUTHOR": "{me}",
        "PATH": f"{COMMAND.parent}:{os.environ['PATH']}",
    }
    shells = lines if kind == "github" else ["\n".join(lines)]
    return [
        subprocess.run(["bash", "-e", "-c", shell], cwd=clone, env=given, timeout=120).returncode
        for shell in shells
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_script_of_the_page_comments(kind: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "origin")
    origin = tmp_path / "origin"
    commit(origin, {"README.md": ""})
    git(origin, "checkout", "-qb", "feature")
    commit(origin, {"infra/main.tf": pipeline()})
    git(tmp_path, "clone", "-q", "origin", "clone")
    with serving(service_of(kind)) as service:
        codes = job(kind, tmp_path / "clone", service)
    assert codes == ([1, 0] if kind == "github" else [1]), "the gate fails after the comment"
    [(method, _, data)] = service.written
    assert method == "POST"
    assert "**0** fixed" in sent(kind, data) and "infra/main.tf:" in sent(kind, data)
    assert TOKEN not in sent(kind, data)
