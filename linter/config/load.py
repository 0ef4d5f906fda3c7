"""Finding and reading the configuration; what applies, from the usual four places.

Defaults, then the file (``pipewarden.toml``, or ``[tool.pipewarden]`` in ``pyproject.toml``), then
the environment (``PIPEWARDEN_*``), then flags. The file is the nearest one upward from what is
looked at, up to the root of its repository; it stands alone, nothing is added from those above.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linter.config.model import Config, Origin
from linter.core.boundary import is_repository
from linter.core.record import fields_of

FILE_NAME = "pipewarden.toml"
MAX_BYTES = 5_000_000
PREFIX = "PIPEWARDEN_"
"""Of environment variables."""


def find_config(target: Path) -> Path | None:
    """The nearest configuration file upward from a file or directory, ``None`` when there is none.

    The search ends at the root of the repository: what lies above is somebody else's.
    """
    start = target if target.is_dir() else target.parent
    start = start.absolute()
    for directory in (start, *start.parents):
        found = config_in(str(directory))
        if found is not None:
            return found
        if is_repository(str(directory)):
            break
    return None


def config_in(directory: str) -> Path | None:
    """A directory's own configuration file.

    A ``pyproject.toml`` counts when it has a ``[tool.pipewarden]`` table.
    """
    if os.path.isfile(f"{directory}/{FILE_NAME}"):  # noqa: PTH113
        return Path(directory, FILE_NAME)
    if os.path.isfile(f"{directory}/pyproject.toml"):  # noqa: PTH113
        shared = Path(directory, "pyproject.toml")
        if _mentions_us(shared):
            return shared
    return None


def _mentions_us(path: Path) -> bool:
    import tomllib

    try:
        if path.stat().st_size > MAX_BYTES or b"pipewarden" not in path.read_bytes():
            return False
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        # Not readable as TOML: whose tool it is cannot be told, and others will complain.
        return False
    tool = data.get("tool")
    return isinstance(tool, dict) and "pipewarden" in tool


def load_config(
    target: Path,
    *,
    explicit: str = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Config:
    """What applies to a target.

    Args:
        explicit: a file the user named (``--config``), which must exist; ``"none"`` reads none.
        environment: variables; those that are not ``PIPEWARDEN_*`` are left alone.
        flags: by field name of :class:`Config`, typed as there; ``None`` and empty tuples are
            flags that were not given.

    Raises:
        ConfigError: with the file, line and column, or the variable's name.
    """
    path = None
    if explicit != "none":
        path = Path(explicit) if explicit else find_config(target)
    return read_config(path, everywhere=bool(explicit), environment=environment, flags=flags)


def read_config(
    path: Path | None,
    *,
    everywhere: bool = False,
    own: bool = False,
    trusted: bool = False,
    name: str = "",
    boundary: str = "",
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Config:
    """What one file, the environment and flags say together; see :func:`load_config`.

    Args:
        everywhere: the file was named and applies to everything, so its globs are relative to
            the working directory.
        own: the file is the user's, and not part of what is scanned: it may name files anywhere.
        trusted: code that the file names may run.
        name: what the file is called, and what its globs are relative to, where a copy is read;
            paths in it stay relative to the copy.
        boundary: the directory that paths in it must not leave, where that is not its repository.
    """
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    directory = ""
    named = Path(name) if name else path
    if path is not None and named is not None:
        from linter.config.reading import read_file
        from linter.core.boundary import boundary_of

        if not own and not boundary:
            boundary = boundary_of(str(path)).directory
        if not everywhere:
            directory = "" if named.parent.absolute() == Path.cwd() else shown(named.parent)
        paths_from = Path(shown(path)).parent.as_posix()
        read_file(path, shown(named), values, origins, directory, boundary, paths_from)
    ours = {k: v for k, v in (environment or {}).items() if k.startswith(PREFIX)}
    if ours:
        from linter.config.reading import read_environment

        read_environment(ours, values, origins)
    known = set(fields_of(Config))
    for flag, value in (flags or {}).items():
        if flag not in known:
            raise ValueError(f"{flag} is no setting")
        if value is not None and value != ():
            values[flag] = value
            origins[flag] = Origin("flag", f"--{flag.replace('_', '-')}")
    asked = origins.get("profile")
    if asked is not None and asked.kind != "file":
        values.pop("per_path_profile", None)  # who asks for one on the command line means all
        origins.pop("per_path_profile", None)
    return Config(
        **values,
        path="" if named is None else shown(named),
        directory=directory,
        origins=origins,
        trusted=trusted or own or path is None,
        boundary=boundary,
    )


def shown(path: Path) -> str:
    """A path for people: relative to the working directory where it is below."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
