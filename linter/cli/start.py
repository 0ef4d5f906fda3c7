"""Entry point of the installed command: the cache is asked before anything else is imported."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def run() -> NoReturn:
    """Answer from the cache, or run the command. Ends the process with a documented exit code."""
    from linter.cli.cache.run import cached_run

    cached = cached_run(sys.argv[1:])
    if cached is not None:
        code = cached.replay()
        if code is not None:
            os._exit(code)
    from linter.cli.main import run as run_command

    run_command(cached=cached)
