"""``pipewarden fix``: what can be put right by editing the text, put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from linter.cli.exits import EXIT_GATE, EXIT_OK
from linter.cli.options import PATHS
from linter.cli.session import Refused, Session, unpriced_options
from linter.core.printable import printable
from linter.core.sources import Source
from linter.policy.model import Finding


@click.command()
@PATHS
@click.option("--unsafe", is_flag=True, help="Also apply edits that may change behavior.")
@click.option("--diff", "as_diff", is_flag=True, help="Print the edits; change nothing.")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something can be fixed.")
@click.option(
    "--hook",
    is_flag=True,
    help="PATHs are the files a change touches, as pre-commit gives them.",
)
@unpriced_options
def fix(paths: tuple[str, ...], unsafe: bool, as_diff: bool, check: bool, **options: Any) -> int:
    """Fix findings below PATH by minimal edits that keep formatting and comments.

    Safe edits alone, unless --unsafe. An edit that would break the syntax is never made.
    """
    from linter.core.files import WriteError, rewrite
    from linter.fixing.fix import fix_all
    from linter.policy.selection import Selector
    from linter.project.load import load_texts

    if "-" in paths:
        raise click.UsageError("fix edits files; it cannot read standard input")
    session = Session(paths, options)
    project = session.load()
    texts = {path: source.text for path, source in project.sources.items()}

    def lint(changed: dict[str, str] | None) -> tuple[list[Finding], Mapping[str, Source]]:
        current = project
        if changed is not None:
            current = load_texts({**texts, **changed}, session.load_options())
        return session.review(current, prices=False).single_findings, current.sources

    parts = session.parts(project.sources, baseline=False)
    policies = [
        ({rule.id: rule for rule in part.rules}, Selector(part.rules).parameters(part.selection))
        for part in parts.parts
    ]
    result = fix_all(
        project.sources,
        session.rules.rules,
        lint,
        unsafe=unsafe,
        policy_of=lambda path: policies[parts.of(path)],
    )
    if as_diff:
        for path in sorted(result.texts):
            click.echo(_unified(path, texts[path], result.texts[path]), nl=False)
    elif not check:
        for path in sorted(result.texts):
            try:
                rewrite(path, result.texts[path])
            except WriteError as error:
                raise Refused(str(error)) from error
            click.echo(f"{printable(path)}: fixed")
    for finding, reason in result.left:
        span = finding.location.span
        click.echo(
            f"{printable(span.path)}:{span.start_line}:{span.start_column} {finding.rule} is left: "
            f"{printable(reason)}",
            err=True,
        )
    files = len(result.texts)
    verb = "would be fixed" if as_diff or check else "fixed"
    more = f"; {result.unsafe} more with --unsafe" if result.unsafe else ""
    count = len(result.fixed)
    click.echo(
        f"{count} finding{'s' * (count != 1)} {verb} in {files} file{'s' * (files != 1)}{more}.",
        err=True,
    )
    changed = bool(result.texts)
    fails = changed and (check or as_diff or options.get("hook"))
    return session.finish(EXIT_GATE if fails else EXIT_OK)


def _unified(path: str, old: str, new: str) -> str:
    from difflib import unified_diff

    shown = printable(path)
    lines = unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{shown}", f"b/{shown}"
    )
    return "".join(printable(line.rstrip("\r\n"), 5000) + "\n" for line in lines)
