"""The configuration of a revision: the policy that a change is judged by, not the one it brings."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from linter.config.load import FILE_NAME, config_in, read_config
from linter.config.model import ConfigError
from linter.core.record import record

if TYPE_CHECKING:
    from linter.config.model import Config
    from linter.discovery.git import Repository

_NAMES = (FILE_NAME, "pyproject.toml")


@record
class Moved:
    """A folder that holds files of a repository as they were, under the same paths.

    ``root`` is the repository's, absolute and without links, as ``folder`` is.
    """

    root: str
    folder: str

    def then(self, path: str) -> str:
        """Where a path of the work tree is in the folder; outside of the repository the same."""
        real = os.path.realpath(path)
        relative = os.path.relpath(real, self.root)
        return path if relative.startswith("..") else os.path.normpath(f"{self.folder}/{relative}")

    def now(self, path: str) -> str:
        """Where a path of the folder is in the work tree."""
        return os.path.normpath(f"{self.root}/{os.path.relpath(path, self.folder)}")

    def config_in(self, directory: str) -> Path | None:
        """The configuration file that a directory of the work tree had, in the folder."""
        then = self.then(directory)
        return config_in(then) if then != directory else None


def policy_of(repository: Repository, commit: str, folder: Path) -> Moved:
    """Write the configurations of a commit below ``folder``, and the files that they name.

    Raises:
        GitError: the commit cannot be read.
    """
    moved = Moved(os.path.realpath(repository.root), os.path.realpath(folder))
    repository.export(commit, folder, lambda path: posixpath.basename(path) in _NAMES)
    named: set[str] = set()
    for file in (file for name in _NAMES for file in folder.rglob(name)):
        if config_in(str(file.parent)) != file:
            continue
        try:
            named.update(_named(read_config(file, boundary=moved.folder), moved))
        except ConfigError:
            continue  # who asks for it is told
    if named:
        inside = tuple(f"{path}/" for path in named)
        repository.export(commit, folder, lambda path: path in named or path.startswith(inside))
    return moved


def _named(config: Config, moved: Moved) -> list[str]:
    """The files and directories that decide about the policy, from the repository's root."""
    paths = (*config.rules_dirs, config.baseline, config.price_file)
    relative = (os.path.relpath(path, moved.folder) for path in paths if path)
    return [path.replace(os.sep, "/") for path in relative if not path.startswith("..")]
