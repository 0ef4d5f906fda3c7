"""``pipewarden check``: lint, and fail the gate where the policy says so."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from linter.cli import completion
from linter.cli.exits import EXIT_OK, EXIT_USAGE, worst
from linter.cli.options import PATHS
from linter.cli.outputs import echo_as, output_specs
from linter.cli.session import (
    Session,
    base_options,
    cache_options,
    exit_zero_option,
    session_options,
)
from linter.cli.shown import print_fitted

if TYPE_CHECKING:
    from linter.gate.review import Review
    from linter.reports.outputs import OutputSpec

_PROSE = 120
"""Columns of a wide terminal that explanations take."""
_READABLE = 60
"""Columns from which the summary by rule keeps to a line each, so that a screen holds it all."""
FORMATS = ("text", "json", "jsonl", "markdown", "sarif", "junit", "gitlab", "github", "rdjson")


@click.command()
@PATHS
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[:FILE]",
    shell_complete=completion.OUTPUTS,
    help="Write a format to a file, or print it; may be given several times.",
)
@session_options
@exit_zero_option
@base_options
@cache_options
@click.option("--baseline", metavar="FILE", help="Findings in this file do not count.")
@click.option("--no-baseline", is_flag=True, help="Do not use the configured baseline.")
@click.option(
    "--changed-since",
    metavar="REV",
    help="Report only on files, and modules, that changed since the branch left this revision.",
)
@click.option(
    "--hook",
    is_flag=True,
    help="PATHs are the files a change touches, as pre-commit gives them: those that are not ours "
    "are passed over, and the modules that call a changed one are checked too.",
)
@click.option(
    "--add-ignores",
    is_flag=True,
    help="Write a suppression comment for each finding, and stop; needs --reason.",
)
@click.option("--reason", metavar="TEXT", help="The reason to record, for --add-ignores.")
@click.option(
    "--until",
    metavar="DATE",
    default="",
    help="When the suppressions written by --add-ignores expire.",
)
@click.option(
    "--show-unknown", is_flag=True, help="List checks that could not be decided, and why."
)
@click.option("--no-prices", is_flag=True, help="Skip prices: no savings, no budget checks.")
@click.option(
    "--sarif-suppressed",
    is_flag=True,
    help="Put suppressed findings into SARIF too; GitHub shows them as open alerts.",
)
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True
)
@click.option("-q", "--quiet", is_flag=True, help="Only one line per finding, and the verdict.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Show the text that each finding is about, and explain each rule once.",
)
@click.option("--statistics", is_flag=True, help="Print only how many findings each rule has.")
@click.option("--timing", is_flag=True, help="Print time per stage and rule to standard error.")
@click.option("--debug", is_flag=True, help="Print the trace of a rule that crashed.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
def check(paths: tuple[str, ...], **options: Any) -> int:
    """Lint pipelines, roles and policies below PATH (default: the current directory).

    "-" reads one document from standard input.
    """
    if options["watch"]:
        from linter.cli.watch import watch

        return watch(paths, lambda: _check(paths, options))
    return _check(paths, options)


def _check(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    specs = output_specs(options["outputs"], options["format_"])
    if options["protect_config"] and not options["base_config"]:
        raise click.UsageError("--protect-config needs --base-config, the policy to compare with")
    session = Session(paths, options)
    if options["add_ignores"]:
        from linter.cli.ignoring import write_ignores

        return write_ignores(session, options["reason"], options["until"])
    if options["reason"] or options["until"]:
        raise click.UsageError("--reason and --until only apply with --add-ignores")
    changed = None
    if options["changed_since"]:
        from linter.cli.changed import changed_paths

        changed = changed_paths(options["changed_since"], paths)
        if not changed.files:
            click.echo(f"Nothing changed since {options['changed_since']}.", err=True)
            return EXIT_OK
    project = session.load()
    review = session.review(
        project,
        only=None if changed is None else changed.covers,
        prices=not options["no_prices"],
        baseline=not options["no_baseline"],
        timing=options["timing"],
    )
    if session.base is not None:
        from linter.cli.base_policy import protected, weakenings

        review.weakened = weakenings(session, project.sources)
        review.gate = protected(review.gate, review.weakened, options)
    code = worst(review.gate.exit_code, session.refused_code)
    if not _write(specs, review, options):
        code = worst(code, EXIT_USAGE)
    if options["timing"]:
        _print_timing(review)
    if options["debug"]:
        for crash in review.lint.crashes:
            click.echo(crash.trace, err=True)
    return code


def _write(specs: list[OutputSpec], review: Review, options: dict[str, Any]) -> bool:
    """Write every output; ``False`` when one could not be written."""
    from linter.core.files import WriteError
    from linter.reports.outputs import append_step_summary, write_outputs

    rest = [spec for spec in specs if spec.path or spec.format != "text"]
    if len(rest) < len(specs):
        from linter.reports import style, terminal

        paint = style.painter_for(sys.stdout, options["color"])
        most = _PROSE if options["verbose"] else paint.columns
        wide = min(paint.columns, most)
        # One line for each finding where that says enough; -v has all of it.
        one_line = 0 if options["verbose"] or wide < _READABLE else wide
        shown = terminal.TerminalOptions(
            colour=paint.colour,
            columns=0 if wide else min(style.columns(sys.stdout), _PROSE),
            excerpt=max(min(wide - terminal.GUTTER, terminal.MAX_EXCERPT), 1)
            if wide
            else terminal.MAX_EXCERPT,
            show_unknown=options["show_unknown"],
            quiet=options["quiet"],
            verbose=options["verbose"],
            statistics=options["statistics"],
            limit=one_line if wide else style.stated_columns(),
            summary=wide if wide >= _READABLE and not options["statistics"] else 0,
        )
        print_fitted(terminal.render(review, shown), paint, most=most)

    errors: list[WriteError] = list(
        write_outputs(rest, review, echo_as, with_suppressed=options["sarif_suppressed"])
    )
    if any(spec.format == "github" for spec in specs):
        try:
            append_step_summary(review, os.environ)
        except WriteError as failure:
            errors.append(failure)
    for error in errors:
        click.echo(str(error), err=True)
    return not errors


def _print_timing(review: Review) -> None:
    for name, seconds in review.seconds.items():
        click.echo(f"{name:<10} {seconds * 1000:9.1f} ms", err=True)
    slowest = sorted(review.lint.seconds.items(), key=lambda item: -item[1])[:10]
    for name, seconds in slowest:
        click.echo(f"  {name:<8} {seconds * 1000:9.1f} ms", err=True)
