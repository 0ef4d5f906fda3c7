"""Finding and reading the configuration; what applies, from the usual four places.

Defaults, then the file (``pipewarden.toml``, or ``[tool.pipewarden]`` in ``pyproject.toml``, the
nearest one upward from the target), then the environment (``PIPEWARDEN_*``), then flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linter.config.model import Config, Origin
from linter.core.record import fields_of

FILE_NAME = "pipewarden.toml"
MAX_BYTES = 5_000_000
PREFIX = "PIPEWARDEN_"
"""Of environment variables."""


def find_config(target: Path) -> Path | None:
    """The nearest configuration file upward from a file or directory, ``None`` when there is none.

    A ``pyproject.toml`` counts when it has a ``[tool.pipewarden]`` table.
    """
    start = target if target.is_dir() else target.parent
    start = start.absolute()
    for directory in (start, *start.parents):
        own = directory / FILE_NAME
        if own.is_file():
            return own
        shared = directory / "pyproject.toml"
        if shared.is_file() and _mentions_us(shared):
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
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    path = None
    if explicit != "none":
        path = Path(explicit) if explicit else find_config(target)
    if path is not None:
        from linter.config.reading import read_file

        read_file(path, _shown(path), values, origins)
    ours = {k: v for k, v in (environment or {}).items() if k.startswith(PREFIX)}
    if ours:
        from linter.config.reading import read_environment

        read_environment(ours, values, origins)
    known = set(fields_of(Config))
    for name, value in (flags or {}).items():
        if name not in known:
            raise ValueError(f"{name} is no setting")
        if value is not None and value != ():
            values[name] = value
            origins[name] = Origin("flag", f"--{name.replace('_', '-')}")
    return Config(**values, path="" if path is None else _shown(path), origins=origins)


def _shown(path: Path) -> str:
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()
