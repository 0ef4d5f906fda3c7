"""What the site takes from outside of ``docs``: the pages that live at the root of the repository.

A hook of MkDocs (``mkdocs.yml``): https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "SECURITY.md": "security-policy.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""File at the root → page of the site."""
_LINK = re.compile(r"(\]\()([^)#\s:]+)((?:#[^)\s]*)?\))")
_FOLDERS = {"docs/ci": "ci/github.md", "docs/rules": "rules/README.md"}
"""What a link to a folder leads to."""


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the root."""
    for source, page in PAGES.items():
        text = _LINK.sub(_from_root, (ROOT / source).read_text("utf-8"))
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links out of ``docs`` lead to the pages that stand for those files."""
    depth = page.file.src_uri.count("/")

    def changed(match: re.Match[str]) -> str:
        target = match[2]
        for source, name in PAGES.items():
            if target == "../" * (depth + 1) + source:
                return f"{match[1]}{'../' * depth}{name}{match[3]}"
        return match[0]

    return _LINK.sub(changed, markdown)


def _from_root(match: re.Match[str]) -> str:
    """A link of a file at the root, as a page at the root of the site has it."""
    target = match[2].rstrip("/")
    found = PAGES.get(target) or _FOLDERS.get(target) or target.removeprefix("docs/")
    return f"{match[1]}{found}{match[3]}"
