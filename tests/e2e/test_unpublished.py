"""Pages promise nothing that only works once something is published, without saying so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "ci").glob("*.md")),
]
NEEDS_PUBLICATION = re.compile(
    r"pip install (?:-U |--upgrade )?['\"]?pipewarden(?:\[\w+\])?['\"]?(?![\w./-])(?! @)"
    r"|pipx (?:run|install) pipewarden|uvx pipewarden|pypi\.org/project/pipewarden"
    r"|\bOWNER/pipewarden\b|ghcr\.io/|docker (?:run|pull) (?:\S+/)?pipewarden:"
)
SAYS_SO = re.compile(
    r"(?i)not (?:yet )?published|not published (?:yet|either)|nothing is published"
)
BADGE = re.compile(r"!\[[^\]]*\]\((?:https?:)?//[^)]*\)|<img[^>]+src=[\"']https?:")


def claims(text: str) -> list[str]:
    return [found[0] for found in NEEDS_PUBLICATION.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_needs_a_release_says_that_there_is_none(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if claims(text):
        assert SAYS_SO.search(text), claims(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_there_is_no_badge_of_what_is_not_there(page: Path) -> None:
    """A badge is an image from elsewhere, which shows a release, a build or a site."""
    assert not BADGE.search(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("pip install pipewarden", True),
        ("pip install 'pipewarden[aws]'", True),
        ("pip install 'pipewarden[aws] @ git+https://github.com/OWNER/pipewarden@C'", True),
        ("pip install -e '.[dev]'", False),
        ("pip install .", False),
        ("uvx pipewarden check", True),
        ("uses: OWNER/pipewarden@COMMIT", True),
        ("pipewarden check infra", False),
    ],
)
def test_claims_are_seen(text: str, is_one: bool) -> None:
    assert bool(claims(text)) is is_one


def test_badges_are_seen() -> None:
    assert BADGE.search("[![PyPI](https://img.shields.io/pypi/v/pipewarden)](https://pypi.org)")
    assert not BADGE.search("![a drawing](drawing.svg)")
