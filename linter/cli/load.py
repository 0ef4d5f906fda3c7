"""Loading a project for a command: paths, or one document from standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from linter.project.load import LoadOptions, load_paths, load_texts
from linter.project.model import Project

STDIN_NAME = "<stdin>"


def load_project(paths: Sequence[str], options: LoadOptions) -> Project:
    """Read what the user named; ``-`` alone is one document on standard input."""
    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("- (standard input) cannot be combined with other paths")
        return _load_stdin(options)
    return load_paths(paths or (".",), options)


def _load_stdin(options: LoadOptions) -> Project:
    from linter.core.documents import Problem
    from linter.core.sources import Span
    from linter.discovery.walk import MAX_FILE_BYTES, decode

    try:
        data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
        text, reason = decode(data)
        if sys.stdin is None:
            reason = "standard input is closed"
        elif len(data) > MAX_FILE_BYTES:
            reason = f"larger than {MAX_FILE_BYTES // 1024 // 1024} MB"
    except (OSError, ValueError) as error:
        text, reason = "", (getattr(error, "strerror", None) or str(error)).lower()
    if reason:
        return Project(
            problems=[Problem(f"not read: {reason}", Span(STDIN_NAME, 1, 1, 1, 1), rule="")]
        )
    return load_texts({STDIN_NAME: _without_log_lines(text)}, options)


_MAX_STARTS = 100


def _without_log_lines(text: str) -> str:
    """A definition that a script printed, with what was logged around it left blank.

    The SDK logs to standard output before ``print(pipeline.definition())``; the lines keep their
    numbers.
    """
    from json import JSONDecoder

    from linter.discovery.detect import Format, JsonKind, classify_json, detect_format

    if detect_format(STDIN_NAME, text) not in (Format.OTHER, Format.JSON):
        return text
    decoder = JSONDecoder()
    starts = [0] if text.startswith("{") else []
    position = text.find("\n{")
    while position >= 0 and len(starts) < _MAX_STARTS:
        starts.append(position + 1)
        position = text.find("\n{", position + 1)
    for start in starts:
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if classify_json(value) is JsonKind.OTHER:
            continue
        before, after = text[:start], text[end:]
        if not (before.strip() or after.strip()):
            return text
        return "\n" * before.count("\n") + text[start:end] + "\n" * after.count("\n")
    return text
