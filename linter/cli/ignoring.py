"""``check --add-ignores``: suppressions written into files and the configuration."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from linter.cli.session import Refused, Session
from linter.config.load import FILE_NAME
from linter.config.model import Config
from linter.core.files import WriteError, rewrite
from linter.core.printable import printable
from linter.gate.add_ignores import add_ignores
from linter.policy.model import Finding


def write_ignores(session: Session, reason: str | None, until_text: str) -> int:
    """Suppress everything that is found, for a stated reason. Raises :class:`Refused`."""
    if not reason or not reason.strip():
        raise click.UsageError("--add-ignores needs --reason TEXT: why these findings are accepted")
    try:
        until = date.fromisoformat(until_text) if until_text else None
    except ValueError:
        raise click.UsageError(f"--until {until_text}: write a date as YYYY-MM-DD") from None
    if "-" in session.paths:
        raise click.UsageError("--add-ignores edits files; it cannot read standard input")
    project = session.load()
    review = session.review(project, prices=False)
    wanted = [f for f in review.single_findings if f.path in project.sources]
    groups: dict[int, tuple[Config, list[Finding]]] = {}
    for finding in wanted:
        config = session.config_of(finding.path)
        groups.setdefault(id(config), (config, []))[1].append(finding)
    count = files = 0
    try:
        for config, found in groups.values():
            added = add_ignores(found, project.sources, reason, until, config.seen)
            for path, text in added.texts.items():
                rewrite(path, text)
                click.echo(f"{printable(path)}: changed")
            if added.entries:
                _add_entries(config, added.entries)
            count += added.count
            files += len(added.texts) + bool(added.entries)
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(
        f"{count} finding{'s' * (count != 1)} suppressed; {files} file{'s' * (files != 1)} changed."
    )
    return session.finish()


def _add_entries(config: Config, entries: str) -> None:
    """Findings in files without comments (JSON) are suppressed in their configuration."""
    path = Path(config.path or FILE_NAME)
    if path.name != FILE_NAME:
        click.echo(
            f"JSON has no comments. Put these into {path}, each under"
            f" [[tool.pipewarden.ignore]]:\n\n{entries}"
        )
        return
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    rewrite(path, f"{before}{gap}{entries}")
    click.echo(f"{printable(str(path))}: changed")
