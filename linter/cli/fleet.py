"""``pipewarden fleet``: many repositories and accounts at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linter.cli.exits import EXIT_BUG, EXIT_GATE, EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, worst
from linter.cli.session import SEVERITIES, Refused
from linter.core.printable import printable
from linter.policy.profiles import PROFILES

if TYPE_CHECKING:
    from linter.fleet.engine import Counts, Options, Run, Tell
    from linter.fleet.store import Store

_RESULTS = click.argument("results", metavar="RESULTS", type=click.Path(file_okay=False))


@click.group()
def fleet() -> None:
    """Scan many repositories, snapshots and prefixes; keep the results as tables.

    Needs Dask, Arrow and DuckDB (pip install 'pipewarden[fleet]').
    """


def _needs(*modules: str) -> None:
    """Refuse with one line where a package of the extra is missing."""
    import importlib

    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            raise Refused(f"fleet needs {module}: pip install 'pipewarden[fleet]'") from None


# --- scan -----------------------------------------------------------------------------------------


@fleet.command()
@click.argument("manifest", metavar="MANIFEST", type=click.Path(dir_okay=False))
@click.option("-o", "--output", metavar="DIR", required=True, help="The folder of the results.")
@click.option(
    "--workers",
    type=click.IntRange(1, 4096),
    default=None,
    metavar="N",
    help="Worker processes on this machine (default: its cores).",
)
@click.option(
    "--scheduler", metavar="URL", default="", help="A Dask scheduler instead: tcp://host:8786."
)
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1, 86_400),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="For one root.",
)
@click.option(
    "--open-limit",
    type=click.FloatRange(0.1, 86_400),
    default=900.0,
    show_default=True,
    metavar="SECONDS",
    help="For cloning or copying a repository, and for finding its roots.",
)
@click.option(
    "--memory-limit",
    type=click.FloatRange(16, 1_000_000),
    default=1024.0,
    show_default=True,
    metavar="MB",
    help="For one root.",
)
@click.option(
    "--max-files",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    metavar="N",
    help="A root of more files is named and left out.",
)
@click.option("--fresh", is_flag=True, help="Scan what has a result as well.")
@click.option("--root-reports", is_flag=True, help="Write each root's own HTML report.")
@click.option("--work-dir", metavar="DIR", default="", help="Where clones go on each worker.")
@click.option(
    "--config",
    "config_file",
    default="",
    metavar="FILE",
    help='One configuration for all roots; "none" reads none. Default: the nearest of each root.',
)
@click.option("--profile", type=click.Choice(PROFILES), help="As for check.")
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules; see check.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules; see check.")
@click.option("--region", metavar="REGION", help="The region of what does not say where it runs.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="Exit 1 when the gate of a root fails at this severity. Default: findings fail nothing.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only what failed.")
def scan(manifest: str, output: str, **options: Any) -> int:
    """Scan every root of every entry of MANIFEST (TOML, YAML or CSV).

    One task a root, with limits of its own, on this machine's cores or on a Dask cluster. What
    fails is a row in the results; what has a result for the same content, settings and version is
    not scanned again. Exit code 3 when anything was not read.
    """
    _needs("distributed", "pyarrow")
    if not hasattr(os, "fork"):
        raise Refused("fleet scan isolates roots by forking, which this system cannot do")
    import gc

    gc.enable()  # this process lives for hours, and keeps nothing
    from linter.fleet.engine import EngineError, Run, new_run_id
    from linter.fleet.manifest import read_manifest
    from linter.fleet.store import Store, StoreError

    said = read_manifest(manifest)
    for mistake in said.mistakes:
        click.echo(str(mistake), err=True)
    if not said.entries:
        if not said.mistakes:
            click.echo(f"{printable(manifest, 200)}: has no entries", err=True)
        return EXIT_USAGE
    run_id = new_run_id()
    settings = _scan_options(options, run_id)
    try:
        store = Store(Path(output), run_id)
        started = _now()
        facts: dict[str, Any] = {
            "tool": _version(),
            "started": started,
            "ended": None,
            "status": "running",
            "manifest": printable(manifest, 300),
            "settings": settings.settings_digest,
            "entries": len(said.entries),
            "mistakes": [str(mistake) for mistake in said.mistakes],
        }
        store.write_run(facts)
        with _bar(quiet=options["quiet"]) as tell:
            run = Run(said.entries, store, settings, _say, tell)
            code, status = EXIT_OK, "done"
            try:
                run.run()
            except KeyboardInterrupt:
                code, status = EXIT_INCOMPLETE, "interrupted"
            except EngineError as error:
                click.echo(str(error), err=True)
                code, status = EXIT_INCOMPLETE, "broken off"
        gates = _finish(store, facts, run, status)
    except StoreError as error:
        raise Refused(str(error)) from error
    counts = run.counts
    if said.mistakes or counts.failed or counts.partly:
        code = worst(code, EXIT_INCOMPLETE)
    if counts.bugs:
        code = worst(code, EXIT_BUG)
    if options["fail_on"] and gates:
        code = worst(code, EXIT_GATE)
    if not options["quiet"]:
        _summary(counts, status, output, gates if options["fail_on"] else 0)
    return code


def _finish(store: Store, facts: dict[str, Any], run: Run, status: str) -> int:
    """Write what the run came to; gives how many roots' gates failed."""
    from linter.fleet.totals import totals_of

    counts = run.counts
    totals = totals_of(store.folder)
    gates = int(totals.pop("gates_failed"))
    facts |= {
        "ended": _now(),
        "status": status,
        "roots": counts.roots,
        "scanned": counts.scanned,
        "reused": counts.reused,
        "failed": counts.failed,
        "partly": counts.partly,
        **totals,
    }
    store.write_run(facts)
    return gates


def _scan_options(options: dict[str, Any], run_id: str) -> Options:
    import tempfile

    from linter.core.clock import today
    from linter.core.digest import sha256
    from linter.core.regions import has_prices_of_its_own, no_region
    from linter.fleet.engine import Options
    from linter.fleet.work import Limits

    region = options["region"]
    if region and not has_prices_of_its_own(region):
        raise Refused(f"--region: {no_region(region)}")
    config, content = options["config_file"], b""
    if config and config != "none":
        try:
            content = Path(config).read_bytes()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise Refused(f"--config {printable(config, 200)} cannot be read: {reason}") from None
        config = str(Path(config).absolute())
    settings = {
        "config_file": config,
        "profile": options["profile"],
        "select": [part for word in options["select"] for part in word.split(",") if part],
        "ignore": [part for word in options["ignore"] for part in word.split(",") if part],
        "region": region,
        "fail_on": options["fail_on"],
        "today": os.environ.get("PIPEWARDEN_TODAY", ""),
        "quiet": True,
    }
    settings["today"] = settings["today"] or today().isoformat()
    shown = {name: value for name, value in settings.items() if name not in ("today", "quiet")}
    digest = sha256(repr(sorted(shown.items())).encode() + content).hexdigest()[:16]
    base = options["work_dir"] or tempfile.gettempdir()
    limits = Limits(
        options["time_limit"],
        options["memory_limit"],
        options["open_limit"],
        options["max_files"],
    )
    from datetime import date

    return Options(
        settings,
        digest,
        limits,
        options["workers"] or os.cpu_count() or 1,
        str(Path(base).absolute() / f"pipewarden-fleet-{os.getuid()}-{run_id}"),
        date.fromisoformat(settings["today"]),
        options["scheduler"],
        options["fresh"],
        options["root_reports"],
    )


def _say(failure: Any) -> None:
    click.echo(f"{printable(failure.where, 200)}: {printable(failure.message, 400)}", err=True)


def _summary(counts: Counts, status: str, output: str, gates: int) -> None:
    parts = [f"{counts.scanned:,} scanned", f"{counts.reused:,} known"]
    if counts.partly:
        parts.append(f"{counts.partly:,} read in part")
    if counts.failed:
        parts.append(f"{counts.failed:,} not")
    if gates:
        parts.append(f"the gate of {gates:,} failed")
    ended = {"done": "", "interrupted": "Interrupted. ", "broken off": "Broken off. "}[status]
    line = f"{ended}{counts.entries:,} entries, {counts.roots:,} roots: {', '.join(parts)}."
    click.echo(f"{line} Results are in {printable(output, 200)}.")


def _now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="seconds")


def _version() -> str:
    from linter.version import __version__

    return __version__


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Tell | None]:
    """How far it is, on standard error where that is a terminal."""
    if quiet or os.environ.get("CI") or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("scanning"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("roots"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(counts: Counts, left: int) -> None:
            done = counts.scanned + counts.reused + counts.failed
            failed = f"{counts.failed:,} failed" if counts.failed else ""
            bar.update(task, completed=done, total=max(done + left, 1), description=failed)

        yield tell


# --- discover -------------------------------------------------------------------------------------


@fleet.command()
@click.argument("source", metavar="FOLDER|FILE")
@click.option("-o", "--output", metavar="FILE", required=True, help="The manifest; - prints it.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("toml", "yaml", "csv")),
    default=None,
    help="Default: by the name of the output, else toml.",
)
@click.option("--team", default="", help="The team of every entry that names none.")
@click.option("--environment", default="", help="The environment of every entry.")
@click.option("--ssh", is_flag=True, help="Clone by SSH.")
@click.option("--archived", is_flag=True, help="Archived and empty repositories, too.")
def discover(
    source: str,
    output: str,
    format_: str | None,
    team: str,
    environment: str,
    ssh: bool,
    archived: bool,
) -> int:
    """Write a manifest of what is there.

    FOLDER holds checkouts, or snapshots that `pull` wrote; FILE is an organisation's listing as
    JSON: `gh api --paginate orgs/ORG/repos`, or GitLab's `groups/ID/projects`.
    """
    from linter.core.files import WriteError, write_atomic
    from linter.fleet import listing
    from linter.fleet.manifest import manifest_text

    try:
        found = listing.discover(source, ssh=ssh, archived=archived)
    except listing.ListingError as error:
        raise Refused(str(error)) from error
    for line in found.left_out:
        click.echo(f"left out: {line}", err=True)
    if not found.entries:
        click.echo(f"{printable(source, 200)}: no repository and no snapshot was found", err=True)
        return EXIT_INCOMPLETE
    if output != "-":
        listing.relative_paths(found.entries, Path(output).absolute().parent)
    for entry in found.entries:
        for key, value in (("team", team), ("environment", environment)):
            if value and key not in entry:
                entry[key] = value
    suffix = Path(output).suffix.lower().removeprefix(".").replace("yml", "yaml")
    form = format_ or (suffix if suffix in ("toml", "yaml", "csv") else "toml")
    text = manifest_text(found.entries, form)
    if output == "-":
        click.echo(text, nl=False)
        return EXIT_OK
    try:
        write_atomic(output, text)
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{printable(output, 200)}: {len(found.entries):,} entries.")
    return EXIT_OK


# --- query ----------------------------------------------------------------------------------------


@fleet.command()
@_RESULTS
@click.argument("sql", required=False)
@click.option("--ask", "asked", metavar="NAME", help="A usual question; --list shows them.")
@click.option("--list", "listed", is_flag=True, help="The usual questions, with their SQL.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("table", "csv", "json")),
    default="table",
    show_default=True,
)
def query(results: str, sql: str | None, asked: str | None, listed: bool, format_: str) -> int:
    """Ask the datasets of RESULTS in SQL: roots, findings, pipelines, steps, costs, savings …

    DuckDB answers; it sees the datasets, changes nothing, and reads no other file.
    """
    from linter.fleet.query import QUESTIONS, QueryError
    from linter.fleet.query import ask as answer_of

    if listed:
        for name, question in QUESTIONS.items():
            click.echo(f"{name}: {question.about}\n  {' '.join(question.sql.split())}\n")
        return EXIT_OK
    if (sql is None) == (asked is None):
        raise click.UsageError("give a statement in SQL, or --ask NAME")
    if asked is not None:
        if asked not in QUESTIONS:
            from linter.policy.suggest import did_you_mean

            hint = did_you_mean(asked, QUESTIONS) or "; --list shows them"
            raise click.UsageError(f"--ask: there is no question {printable(asked, 60)!r}{hint}")
        sql = QUESTIONS[asked].sql
    _needs("duckdb", "pyarrow")
    from linter.fleet.query import connect
    from linter.fleet.store import StoreError, read_run
    from linter.fleet.text import answer_text

    try:
        answer = answer_of(connect(Path(results)), sql or "")
        status = read_run(Path(results)).get("status")
    except (QueryError, StoreError) as error:
        raise Refused(str(error)) from error
    if status != "done":
        note = "the last scan did not come to its end: roots may be missing, or be there twice"
        click.echo(f"note: {note}", err=True)
    click.echo(answer_text(answer.columns, answer.rows, format_), nl=False)
    return EXIT_OK


# --- diff -----------------------------------------------------------------------------------------


@fleet.command()
@click.argument("before", metavar="RESULTS-A", type=click.Path(file_okay=False))
@click.argument("after", metavar="RESULTS-B", type=click.Path(file_okay=False))
@click.option(
    "--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True
)
def diff(before: str, after: str, format_: str) -> int:
    """What got better and worse from RESULTS-A to RESULTS-B, for each team."""
    _needs("duckdb", "pyarrow")
    from linter.fleet.compare import compare
    from linter.fleet.query import QueryError
    from linter.fleet.store import StoreError
    from linter.fleet.text import comparison_text

    try:
        found = compare(Path(before), Path(after))
    except (QueryError, StoreError) as error:
        raise Refused(str(error)) from error
    if format_ == "json":
        from linter.core.jsonwrite import dumps

        body = {
            "teams": [team.to_json() for team in found.teams],
            "notes": list(found.notes),
            "new": [list(row) for row in found.new],
            "fixed": [list(row) for row in found.fixed],
        }
        click.echo(dumps(body))
        return EXIT_OK
    teams = [team.to_json() for team in found.teams]
    click.echo(comparison_text(teams, found.notes, found.new, found.fixed), nl=False)
    return EXIT_OK


# --- report ---------------------------------------------------------------------------------------


@fleet.command()
@click.argument("results", metavar="RESULTS...", nargs=-1, type=click.Path(file_okay=False))
@click.option("-o", "--output", metavar="FILE", required=True, help="The HTML file; - prints it.")
@click.option("--title", default="Fleet review", show_default=True, help="The page's heading.")
def report(results: tuple[str, ...], output: str, title: str) -> int:
    """Write one self-contained HTML page of RESULTS.

    The last folder is what is shown; the ones before it, and the earlier runs of its own, are the
    trend.
    """
    if not results:
        raise click.UsageError("name a folder of results")
    _needs("duckdb", "pyarrow")
    from linter.core.files import WriteError, write_report
    from linter.fleet.page import render
    from linter.fleet.query import QueryError
    from linter.fleet.store import StoreError

    near = None if output == "-" else Path(output).absolute().parent
    try:
        page = render([Path(one) for one in results], title, near)
    except (QueryError, StoreError) as error:
        raise Refused(str(error)) from error
    if output == "-":
        click.echo(page, nl=False)
        return EXIT_OK
    try:
        write_report(output, page)
    except WriteError as error:
        raise Refused(str(error)) from error
    click.echo(f"{printable(output)}: written.")
    return EXIT_OK
