"""Which commands may be answered from the cache, and what their answer depends on but files."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linter.version import __version__

FORMAT = 1
"""Of entries; raise it when they change."""

DIRECTORY = ".pipewarden_cache"
_COMMANDS = ("check", "cost")
_NEVER = (
    *("-", "-h", "--help", "--no-cache"),
    *("--watch", "--add-ignores", "--timing", "--debug"),  # write, or say what only a run knows
    *("--base-config", "--protect-config", "--changed-since"),  # read revisions
    "--trust-config",  # runs code of the scanned tree
    "--output",  # writes files
)
_NEVER_VARIABLES = (
    *("PIPEWARDEN_NO_CACHE", "PIPEWARDEN_DEBUG", "PIPEWARDEN_TRUST_CONFIG"),
    *("PIPEWARDEN_BASE_CONFIG", "PIPEWARDEN_PROTECT_CONFIG"),
)
SECRET = "PIPEWARDEN_CACHE_KEY"
WHERE = "PIPEWARDEN_CACHE_DIR"
_PREFIXES = ("PIPEWARDEN_", "TF_", "XDG_", "PYTHON", "LC_", "AWS_", "GITHUB_ACT", "BITBUCKET_")
_VARIABLES = frozenset(
    (
        *("HOME", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
        *("TERM", "COLORTERM", "LANG", "LANGUAGE", "CI", "GITLAB_CI", "SOURCE_DATE_EPOCH", "TZ"),
        *("VIRTUAL_ENV", "USERPROFILE"),
    )
)
"""The environment that a result may depend on."""


def cacheable(arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a command's output depends on nothing but what is recorded, and does nothing else."""
    if not arguments or arguments[0] not in _COMMANDS or os.name != "posix":
        return False
    names = {argument.partition("=")[0] for argument in arguments}
    if not names.isdisjoint(_NEVER) or any(environment.get(name) for name in _NEVER_VARIABLES):
        return False
    # The step summary is appended to a file.
    return not (environment.get("GITHUB_STEP_SUMMARY") and "github" in " ".join(arguments))


def directory_of(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Where results are kept: as option or variable say, else beside the nearest ``.git``."""
    given = environment.get(WHERE, "")
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--cache-dir":
            given = value if equals else "".join(arguments[index + 1 : index + 2])
    if given:
        return os.path.abspath(given)  # noqa: PTH100
    start = at = os.getcwd()  # noqa: PTH109
    while not os.path.lexists(f"{at}/.git"):
        above = os.path.dirname(at)
        if above == at:
            return f"{start}/{DIRECTORY}"
        at = above
    return f"{at}/{DIRECTORY}"


def inputs(
    arguments: Sequence[str], environment: Mapping[str, str], streams: Iterable[Any]
) -> list[Any]:
    """Everything but files that the output of a command depends on, as plain JSON data.

    The day is among it: suppressions end, and prices grow old.
    """
    kept = {
        name: value
        for name, value in sorted(environment.items())
        if (name in _VARIABLES or name.startswith(_PREFIXES)) and name not in (SECRET, WHERE)
    }
    return [
        FORMAT,
        __version__,
        sys.version,
        installation(),
        list(arguments),
        os.getcwd(),  # noqa: PTH109
        kept,
        [_stream(stream) for stream in streams],
        [time.strftime("%Y-%m-%d"), time.strftime("%Y-%m-%d", time.gmtime())],
    ]


def _stream(stream: Any) -> list[Any]:
    try:
        terminal = bool(stream.isatty())
        size = list(os.get_terminal_size(stream.fileno())) if terminal else []
        return [terminal, size, stream.encoding, stream.errors]
    except (AttributeError, OSError, ValueError):
        return []


def package_directory() -> str:
    """The directory that holds our packages."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))


def installation() -> list[Any]:
    """What is installed, rules and prices included.

    Of a wheel its list of files with their digests, and the names with versions of what is
    installed beside it; of a checkout the sizes and times of its files.
    """
    here = package_directory()
    beside = sorted(name for name in os.listdir(here) if name.endswith(".dist-info"))  # noqa: PTH208
    try:
        with open(f"{here}/pipewarden-{__version__}.dist-info/RECORD", encoding="utf-8") as file:  # noqa: PTH123
            record = file.read()
        if "linter/cli/cache/plan.py," in record:
            return [record, beside]
    except (OSError, ValueError):
        pass
    found: list[Any] = []
    pending = [f"{here}/{name}" for name in ("linter", "rules", "pricing")]
    while pending:
        directory = pending.pop()
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name == "__pycache__":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    status = entry.stat()
                    found.append([entry.path, status.st_size, status.st_mtime_ns])
    packages = [
        sorted(name for name in os.listdir(path) if name.endswith(".dist-info"))  # noqa: PTH208
        for path in sys.path
        if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)  # noqa: PTH112
    ]
    return [sorted(found), packages]
