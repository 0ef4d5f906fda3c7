"""``--watch``: run again whenever a file that was scanned, or may be, changes."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import click

from linter.cli.exits import EXIT_USAGE
from linter.discovery.walk import SKIPPED_DIRECTORIES, SUFFIXES

POLL_SECONDS = 0.5
_SUFFIXES = (*SUFFIXES, ".toml")


def watch(paths: Sequence[str], run: Callable[[], int], *, rounds: int | None = None) -> int:
    """Run, wait for a change, and run again until interrupted.

    ``rounds`` ends after so many runs. Gives the exit code of the last run; a usage error is
    shown and waited out like any finding, because the next save may mend it.
    """
    if "-" in paths:
        raise click.UsageError("--watch follows files; it cannot read standard input")
    code = 0
    while True:
        before = _state(paths)
        if sys.stdout.isatty():
            click.clear()
        try:
            code = run()
        except click.ClickException as error:
            error.show()
            code = EXIT_USAGE
        if rounds is not None:
            rounds -= 1
            if rounds <= 0:
                return code
        gc.collect()  # a command collects nothing by itself, and this one stays
        now = datetime.now().strftime("%H:%M:%S")
        click.echo(f"{now} waiting for changes; press Ctrl-C to stop", err=True)
        try:
            while _state(paths) == before:
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            return code


def _state(paths: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Modification time and size by file name."""
    found: dict[str, tuple[int, int]] = {}
    for path in paths or (".",):
        if Path(path).is_file():
            _note(path, found)
            continue
        for directory, names, files in os.walk(path):
            names[:] = [name for name in names if name not in SKIPPED_DIRECTORIES]
            for name in files:
                if name.endswith(_SUFFIXES):
                    _note(f"{directory}/{name}", found)
    return found


def _note(path: str, found: dict[str, tuple[int, int]]) -> None:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return
    found[path] = (status.st_mtime_ns, status.st_size)
