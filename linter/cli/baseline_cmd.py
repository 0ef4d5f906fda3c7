"""``pipewarden baseline``: accept today's findings, so that only new ones fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from linter.cli.exits import EXIT_OK, EXIT_USAGE
from linter.cli.options import PATHS
from linter.cli.session import Refused, Session, unpriced_options
from linter.core.files import WriteError
from linter.core.printable import printable
from linter.gate import baseline as files
from linter.gate.review import Review
from linter.policy.model import Finding

DEFAULT_FILE = "pipewarden-baseline.json"
_FILE = click.option(
    "--baseline",
    metavar="FILE",
    help=f"The baseline file (default: the configuration's, else {DEFAULT_FILE}).",
)


@click.group()
def baseline() -> None:
    """Accept the findings there are, so that only new ones fail the gate."""


@baseline.command()
@PATHS
@_FILE
@click.option("--force", is_flag=True, help="Replace an existing baseline.")
@unpriced_options
def create(paths: tuple[str, ...], force: bool, **options: Any) -> int:
    """Write a baseline of everything that is found now."""
    session = Session(paths, options)
    _, divided, prefix = _review(session)
    for file in divided:
        if Path(file).exists() and not force:
            raise Refused(
                f"{file} exists: baseline update adds and removes, baseline prune only removes, "
                "--force replaces it"
            )
    for file, findings in divided.items():
        made = files.create(findings, prefix)
        _save(file, made)
        click.echo(f"{printable(file)}: {_findings(made.total)} accepted.")
        if file == DEFAULT_FILE and session.config.baseline != file:
            click.echo(f'Use it with --baseline {file}, or baseline = "{file}" in pipewarden.toml.')
    return session.finish()


@baseline.command()
@PATHS
@_FILE
@unpriced_options
def update(paths: tuple[str, ...], **options: Any) -> int:
    """Accept new findings too, and drop entries that are stale."""
    session = Session(paths, options)
    _, divided, prefix = _review(session)
    before = {file: _load(file) for file in divided}
    _must_know_what_is_stale(session)
    for file, findings in divided.items():
        after, change = files.update(before[file], findings, prefix)
        _save(file, after)
        _say(file, change)
    return session.finish()


@baseline.command()
@PATHS
@_FILE
@unpriced_options
def prune(paths: tuple[str, ...], **options: Any) -> int:
    """Drop entries that no finding matches any more; add nothing."""
    session = Session(paths, options)
    review, divided, prefix = _review(session)
    before = {file: _load(file) for file in divided}
    if review.unread:
        raise Refused(
            f"{_findings(len(review.unread), 'place')} could not be read, so stale entries cannot "
            "be determined; nothing was changed"
        )
    _must_know_what_is_stale(session)
    for file, findings in divided.items():
        after, change = files.prune(before[file], findings, prefix)
        _save(file, after)
        _say(file, change)
    return session.finish()


@baseline.command()
@_FILE
def show(**options: Any) -> int:
    """List what the baseline accepts, by file."""
    file = Session((), options).config.baseline or DEFAULT_FILE
    loaded = _load(file)
    entries = sorted(loaded.entries.values(), key=lambda e: (e.path, e.rule, e.message))
    for entry in entries:
        times = f" ({entry.count} times)" if entry.count > 1 else ""
        click.echo(f"{printable(entry.path)}: {entry.rule} {printable(entry.message)}{times}")
    rules = Counter({e.rule: 0 for e in entries})
    for entry in entries:
        rules[entry.rule] += entry.count
    worst = ", ".join(f"{rule} {count}" for rule, count in rules.most_common(10))
    click.echo(f"{_findings(loaded.total)} accepted{': ' + worst if worst else ''}.")
    return EXIT_OK


def _review(session: Session) -> tuple[Review, dict[str, list[Finding]], str]:
    """The findings by the baseline file that they belong to; and where paths start."""
    project = session.load()
    review = session.review(project, prices=False, baseline=False)
    configs = [session.config_of(path) for path in sorted(project.sources)] or [session.config]
    divided: dict[str, list[Finding]] = {c.baseline or DEFAULT_FILE: [] for c in configs}
    for finding in review.findings:
        file = session.config_of(finding.path).baseline or DEFAULT_FILE
        divided.setdefault(file, []).append(finding)
    return review, divided, project.path_prefix


def _load(file: str) -> files.Baseline:
    try:
        return files.load(file)
    except files.BaselineError as error:
        raise Refused(str(error)) from error


def _save(file: str, made: files.Baseline) -> None:
    try:
        files.save(file, made)
    except WriteError as error:
        raise Refused(str(error)) from error


def _say(file: str, change: files.Change) -> None:
    click.echo(
        f"{printable(file)}: {change.added} added, {change.removed} removed, "
        f"{_findings(change.total)} accepted."
    )


def _findings(count: int, word: str = "finding") -> str:
    return f"{count} {word}{'s' * (count != 1)}"


def _must_know_what_is_stale(session: Session) -> None:
    """Rules that were refused or crashed found nothing, which is no news of what they found."""
    if session.finish(say=False) == EXIT_USAGE:
        raise Refused("invalid rule files: stale entries cannot be determined; nothing was changed")
