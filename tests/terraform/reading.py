"""Reads configurations written in tests."""

from __future__ import annotations

from pathlib import Path

from linter.core.documents import Document, ReadResult
from linter.core.sources import Source
from linter.readers.terraform import read_terraform

SUFFIXES = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")


def read(files: dict[str, str] | str, *, root: Path | None = None, **options: object) -> ReadResult:
    """Read texts by path; one text is ``main.tf``."""
    texts = {"main.tf": files} if isinstance(files, str) else files
    return read_terraform(
        {path: Source(path, text) for path, text in texts.items() if path.endswith(SUFFIXES)},
        root=root,
        base=root,
        texts=texts,
        **options,  # type: ignore[arg-type]
    )


def read_folder(folder: Path, **options: object) -> ReadResult:
    """Read a directory as a scan of it does."""
    sources = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.endswith(SUFFIXES):
            sources[name] = Source(name, path.read_text("utf-8"))
    return read_terraform(sources, root=folder, base=folder, **options)  # type: ignore[arg-type]


def document(result: ReadResult, address: str) -> Document:
    """The document with this address."""
    found = [item for item in result.documents if item.address == address]
    assert len(found) == 1, [item.address for item in result.documents]
    return found[0]
