"""The ``pipewarden`` command. Each subcommand lives in its own module, imported when it runs."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from linter.cli.exits import EXIT_BUG, EXIT_USAGE
from linter.version import __version__

if TYPE_CHECKING:
    from linter.cli.cache.run import CachedRun

COMMANDS: dict[str, tuple[str, str]] = {
    # name → (module:attribute, help in the list of commands)
    "check": ("linter.cli.check:check", "Find problems, with file, line and column."),
    "cost": ("linter.cli.cost:cost", "Price every step, per execution and per month."),
    "prices": ("linter.cli.prices_cmd:prices", "Show prices and their age; refresh them."),
    "diff": ("linter.cli.diff:diff", "What a change breaks, fixes and costs."),
    "comment": ("linter.cli.comment:comment", "Post a diff on its pull request (network)."),
    "report": ("linter.cli.report_cmd:report", "Findings and cost on one HTML page."),
    "graph": ("linter.cli.graph_cmd:graph", "Pipelines as graphs: text, DOT, Mermaid."),
    "render": (
        "linter.cli.render:render",
        "Run a script and save the pipeline definitions it creates.",
    ),
    "inspect": ("linter.cli.inspect_cmd:inspect", "Show what pipewarden sees, evaluated."),
    "iam": ("linter.cli.iam_cmd:iam", "Explain what roles can do; suggest smaller policies."),
    "pull": ("linter.cli.pull:pull", "Save what is deployed in an AWS account as files."),
    "fleet": ("linter.cli.fleet:fleet", "Many repositories and accounts, as tables and a page."),
    "drift": ("linter.cli.drift:drift", "Differences between code and account."),
    "fix": ("linter.cli.fix_cmd:fix", "Apply fixes by editing the files."),
    "baseline": ("linter.cli.baseline_cmd:baseline", "Accept today's findings; fail on new ones."),
    "config": (
        "linter.cli.config_cmd:config",
        "Show the effective settings; create a config file.",
    ),
    "schema": ("linter.cli.schema_cmd:schema", "Print JSON Schemas for pipewarden's files."),
    "lsp": ("linter.cli.lsp_cmd:lsp", "A language server for editors."),
    "rules": ("linter.cli.rules_cmd:rules", "List, explain and test the policy."),
}

EPILOG = """\b
Exit codes:
  0  the gate passed
  1  the gate failed: findings at or above --fail-on, a budget, unknowns under --strict-unknown
  2  usage, configuration or rule-file error
  3  the analysis is incomplete: something could not be read, or nothing was found to scan
  4  a bug in pipewarden
4 wins over 2, 2 over 3, 3 over 1. What was found is printed in every case.
"""


@contextmanager
def masked_streams() -> Iterator[None]:
    """Standard output and standard error behind a mask, for as long as a command runs."""
    from linter.cli.streams import errors, output

    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = output(sys.stdout), errors(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class LazyGroup(click.Group):
    """A group whose commands are imported only when they run or are asked for help."""

    judges = False
    """Whether the command that runs says more by its exit code than that its output was written."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run with streams on which nothing that looks like a secret is shown."""
        with masked_streams():
            return super().main(*args, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        self.judges = args[:1] in (["check"], ["diff"], ["drift"])
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "--directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Run as if started in DIR; code is still imported as from here.",
)
@click.version_option(__version__, prog_name="pipewarden", message="%(prog)s %(version)s")
def cli(directory: str | None) -> None:
    """Lint and price Amazon SageMaker Pipelines.

    Reads pipeline definitions, Terraform, CloudFormation, plans and IAM policies. No network, no
    credentials and no configuration are needed.
    """
    if directory:
        import os

        sys.path[:] = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100
        os.chdir(directory)


def run(arguments: Sequence[str] | None = None, cached: CachedRun | None = None) -> NoReturn:
    """Run a command. Ends the process with a documented exit code.

    Args:
        cached: remembers the run.
    """
    # What a run makes it needs to its end: passes of the collector over it are a third of the
    # time on a large tree, and find nothing.
    gc.disable()
    _prefer_installed_packages()
    if cached is not None:
        cached.start()
    from linter.cli.streams import open_streams

    open_streams()
    try:
        code = cli.main(args=arguments, prog_name="pipewarden", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        _leave(EXIT_USAGE)
    except click.ClickException as error:
        error.show()
        _leave(EXIT_USAGE)
    except Exception as error:  # the one place that turns a bug into a line
        _report_bug(error)
        _leave(EXIT_BUG)
    ended = code if isinstance(code, int) else 0
    if cached is not None:
        cached.keep(ended, judges=cli.judges)
    _leave(ended)


def _prefer_installed_packages() -> None:
    """Look where things are installed before looking where ``PYTHONPATH`` points.

    ``PYTHONPATH=.`` is usual in repositories, and one with a package named ``pricing`` or ``rules``
    would have its code run in place of ours. Plugins on that path are still found.
    """
    import os

    named = os.environ.get("PYTHONPATH")
    if named:
        from pathlib import Path

        given = {Path(path).resolve() for path in named.split(os.pathsep)}
        late = [path for path in sys.path if Path(path).resolve() in given]
        sys.path[:] = [path for path in sys.path if path not in late] + late


def _leave(code: int) -> NoReturn:
    """End the process without taking apart, object by object, what the system takes back at once.

    Files are closed by those who write them; only the standard streams are buffered here.
    """
    import os

    from linter.cli.streams import OutputStream

    sys.stdout.flush()
    out = sys.stdout
    if isinstance(out, OutputStream) and out.failure is not None and not out.left:
        reason = (out.failure.strerror or str(out.failure)).lower()
        click.echo(f"standard output cannot be written: {reason}", err=True)
        if not code and not cli.judges:
            code = EXIT_USAGE
    sys.stderr.flush()
    os._exit(code)


def _report_bug(error: Exception) -> None:
    import os
    import traceback

    message = f"{type(error).__name__}: {error}".replace("\n", " ")[:500]
    click.echo(
        f"pipewarden {__version__} hit an internal error: {message}\n"
        "Please report it with the command you ran; PIPEWARDEN_DEBUG=1 prints the trace.",
        err=True,
    )
    if os.environ.get("PIPEWARDEN_DEBUG"):
        click.echo("".join(traceback.format_exception(error)), err=True)
