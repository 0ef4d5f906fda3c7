"""The configuration of each file: the nearest one upward, as it applies below its directory."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linter.config.load import config_in, read_config
from linter.config.model import Config
from linter.core.boundary import comes_with, is_repository

if TYPE_CHECKING:
    from linter.config.base import Moved


class Upward:
    """Finds what lies nearest upward of a directory, inside its repository; looks once at each.

    Args:
        look: what a directory holds itself, ``None`` for nothing.
    """

    def __init__(self, look: Callable[[str], Path | None]) -> None:
        self._look = look
        self._known: dict[str, Path | None] = {}

    def find(self, directory: str) -> Path | None:
        """For an absolute path."""
        passed: list[str] = []
        found: Path | None = None
        while True:
            if directory in self._known:
                found = self._known[directory]
                break
            passed.append(directory)
            found = self._look(directory)
            above = os.path.dirname(directory)
            if found is not None or above == directory or is_repository(directory):
                break
            directory = above
        self._known.update(dict.fromkeys(passed, found))
        return found


class Configurations:
    """Answers which configuration applies to a path; each file is read once.

    All paths below one configuration get the same object. Environment and flags are on top of
    every one.

    Args:
        explicit: a file that applies to everything (``--config``); ``"none"`` reads none.
        environment, flags: as for :func:`linter.config.load.load_config`.
        scanned: the paths of the command; a configuration that lies with them is data.
        trusted: code that a configuration names may run (``--trust-config``).
        moved: configurations are those of another time, kept in a folder.

    The methods raise :class:`~linter.config.model.ConfigError` for a file that cannot be used.
    """

    def __init__(
        self,
        *,
        explicit: str = "",
        environment: Mapping[str, str] | None = None,
        flags: Mapping[str, Any] | None = None,
        scanned: Sequence[str] = (),
        trusted: bool = False,
        moved: Moved | None = None,
    ) -> None:
        self._base = str(Path.cwd())
        self._trusted = trusted
        self._environment = environment
        self._flags = flags
        self._moved = moved
        self._files = Upward(config_in if moved is None else moved.config_in)
        self._configs: dict[Path | None, Config] = {}
        self._by_directory: dict[str, Config] = {}
        self._everywhere: Config | None = None
        if explicit:
            named = None if explicit == "none" else Path(explicit)
            own = named is not None and not comes_with(explicit, scanned)
            self._everywhere = self._read(named, everywhere=True, own=own)

    def of(self, path: str) -> Config:
        """What applies to a file, named as reports name it."""
        return self._everywhere or self.of_directory(posixpath.dirname(path))

    def of_directory(self, directory: str) -> Config:
        """What applies in a directory; ``""`` is the working directory."""
        if self._everywhere is not None:
            return self._everywhere
        found = self._by_directory.get(directory)
        if found is None:
            file = self._files.find(self.absolute(directory))
            found = self._configs.get(file)
            if found is None:
                found = self._configs[file] = self._read(file)
            self._by_directory[directory] = found
        return found

    def every(self) -> list[Config]:
        """Those that were asked for so far."""
        configs = [self._everywhere] if self._everywhere is not None else self._configs.values()
        return sorted(configs, key=lambda config: config.path)

    def absolute(self, directory: str) -> str:
        """A directory, named as reports name it, as an absolute path."""
        return os.path.normpath(os.path.join(self._base, directory))  # noqa: PTH118

    def _read(self, file: Path | None, everywhere: bool = False, own: bool = False) -> Config:
        moved = self._moved
        return read_config(
            file,
            everywhere=everywhere,
            own=own,
            trusted=self._trusted,
            name="" if file is None or moved is None else moved.now(str(file)),
            boundary="" if file is None or moved is None else moved.folder,
            environment=self._environment,
            flags=self._flags,
        )
