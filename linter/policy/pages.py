"""The address of a rule's page, where the documentation is published."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from linter.policy.model import RuleMeta


def page_of(docs_url: str, meta: RuleMeta) -> str:
    """The page of a built-in rule below an address, ``""`` where nothing is published.

    ``docs_url`` is the root of the site that ``mkdocs`` builds, or holds ``{id}`` or ``{name}``
    where another form is wanted (``https://example.com/rules/{id}-{name}.md``).
    """
    if not docs_url or meta.origin != "built-in":
        return ""
    form = docs_url
    if "{id}" not in form and "{name}" not in form:
        form = form.rstrip("/") + "/rules/{id}-{name}/"
    return form.replace("{id}", meta.id).replace("{name}", meta.name)


def published() -> str:
    """The documentation's address in the metadata of the installed package, ``""`` without one.

    The file is read as it lies on ``sys.path``: importing ``importlib.metadata`` takes a twentieth
    of a small check. Packages in archives are left to it.
    """
    for entry in _project_urls():
        label, _, address = entry.partition(",")
        if label.strip().lower() == "documentation":
            return address.strip()
    return ""


def _project_urls() -> list[str]:
    for directory in dict.fromkeys(sys.path):
        for folder in _metadata_folders(directory):
            try:
                text = (folder / "METADATA").read_text("utf-8")
            except (OSError, ValueError):
                continue
            head = text.partition("\n\n")[0].splitlines()
            key = "Project-URL:"
            return [line.removeprefix(key).strip() for line in head if line.startswith(key)]
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        return [str(entry) for entry in metadata("pipewarden").get_all("Project-URL") or []]
    except PackageNotFoundError:
        return []


def _metadata_folders(directory: str) -> list[Path]:
    try:
        names = sorted(os.listdir(directory or "."))  # noqa: PTH208
    except OSError:
        return []
    return [
        Path(directory, name)
        for name in names
        if name.startswith("pipewarden-") and name.endswith(".dist-info")
    ]
