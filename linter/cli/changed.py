"""``--changed-since``: what differs from a revision, by whole Terraform modules."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from linter.cli.session import Refused
from linter.core.record import record
from linter.discovery.git import GitError, Repository

_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json", ".tfvars", ".tfvars.json")


@record
class Changed:
    """Files that differ, and directories whose Terraform module does; absolute paths."""

    files: frozenset[str]
    modules: frozenset[str]

    def covers(self, path: str) -> bool:
        """Whether a path, relative to the working directory, is one of these."""
        absolute = os.path.realpath(path)
        if absolute in self.files:
            return True
        return path.endswith(_TERRAFORM) and os.path.dirname(absolute) in self.modules


def changed_paths(revision: str, paths: Sequence[str]) -> Changed:
    """What the work tree changed since it left a revision's branch. Raises :class:`Refused`."""
    if "-" in paths:
        raise Refused("--changed-since compares files; it cannot read standard input")
    try:
        repository = Repository.at(Path(paths[0]) if paths else Path.cwd())
        commit = repository.merge_base(repository.commit(revision), repository.commit("HEAD"))
        root = os.path.realpath(repository.root)
        files = [os.path.normpath(f"{root}/{name}") for name in repository.changed_files(commit)]
    except GitError as error:
        raise Refused(str(error)) from error
    modules = {os.path.dirname(name) for name in files if name.endswith(_TERRAFORM)}
    return Changed(frozenset(files), frozenset(modules))
