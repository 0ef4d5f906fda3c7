"""The documentation as a site: it builds, has a page for each rule, and loads nothing."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from linter.policy.pages import page_of
from linter.policy.registry import load_rules

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("material") is None, reason="mkdocs-material is not installed"
)
_LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video)[^>]*\ssrc=["']?(https?:|//)"""
    r"""|<link[^>]*rel=["']?(?:stylesheet|preload|icon)[^>]*href=["']?(?:https?:|//)""",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_rule_has_the_page_that_its_address_names(site: Path) -> None:
    rules = load_rules().rules
    assert len(rules) > 250
    for rule in rules:
        address = page_of("https://docs.example.com", rule.meta)
        path = address.removeprefix("https://docs.example.com/")
        assert (site / path / "index.html").is_file(), address


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 250
    for page in pages:
        found = _LOADED.search(page.read_text("utf-8"))
        assert found is None, (page, found)


def test_pages_of_the_root_are_there(site: Path) -> None:
    assert "pipewarden" in (site / "index.html").read_text("utf-8")
    for name in ("changelog", "contributing", "security-policy"):
        assert (site / name / "index.html").is_file()
