"""Where rules' pages are published is read from the installed package's metadata."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from linter.policy.pages import published

HEAD = "Metadata-Version: 2.3\nName: pipewarden\n"


def installed(folder: Path, head: str) -> str:
    metadata = folder / "pipewarden-9.9.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"{head}\n\nProject-URL: Documentation, https://body.example\n"
    )
    return str(folder)


def test_the_address_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = (
        "Project-URL: Source, https://s.example\nProject-URL: Documentation, https://d.example/x\n"
    )
    first = installed(tmp_path / "a", HEAD + urls)
    later = installed(tmp_path / "b", HEAD + "Project-URL: Documentation, https://other.example\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "missing"), first, later])
    assert published() == "https://d.example/x"


def test_without_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [installed(tmp_path, HEAD)])
    assert published() == ""


def test_without_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata as metadata

    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", absent)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert published() == ""
