"""``pipewarden rules``: the policy, listed, explained, tested, extended."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from linter.cli import completion
from linter.cli.exits import EXIT_GATE, EXIT_USAGE
from linter.policy.profiles import PROFILES, STANDARD
from linter.reports import style

if TYPE_CHECKING:
    from linter.policy.registry import RuleSet
    from linter.policy.rule import Rule

_directories = click.option(
    "--rules",
    "directories",
    multiple=True,
    type=click.Path(file_okay=False),
    help="Also load the rules in this directory. Repeatable.",
)
_plugins = click.option(
    "--plugins/--no-plugins",
    default=None,
    help="Whether to load rules of installed packages (default: as the configuration says; yes).",
)


@click.group()
def rules() -> None:
    """List, explain, test and write rules."""


def _load(directories: tuple[str, ...], plugins: bool | None) -> RuleSet:
    from linter.cli.session import Session

    return Session((), {"rule_directories": directories}).rules_for_reading(plugins)


def _report_errors(found: RuleSet) -> None:
    for error in found.errors:
        click.echo(f"error: {error}", err=True)


@rules.command("list")
@click.argument("words", nargs=-1, shell_complete=completion.RULE_WORD)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--severity",
    shell_complete=completion.SEVERITIES,
    help="Only rules of this severity or worse, in the profile.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default=STANDARD,
    show_default=True,
    help="The profile whose severities --severity asks for.",
)
@click.option("--fixable", is_flag=True, help="Only rules that can fix what they find.")
@click.option("--opt-in", is_flag=True, help="Only rules that run only when selected.")
@_directories
@_plugins
def list_(
    words: tuple[str, ...],
    format_: str,
    severity: str | None,
    profile: str,
    fixable: bool,
    opt_in: bool,
    directories: tuple[str, ...],
    plugins: bool | None,
) -> int:
    """List rules; WORDS are ids, id prefixes, names or areas."""
    from linter.policy.model import Severity
    from linter.policy.selection import SelectionError, Selector

    found = _load(directories, plugins)
    chosen = list(found.rules)
    try:
        if words:
            selector = Selector(chosen)
            ids = {identity for word in words for identity in selector.many(word)}
            chosen = [rule for rule in chosen if rule.id in ids]
        if severity:
            least = Severity.parse(severity)
            levels = {rule.id: rule.meta.severity_in(profile) for rule in chosen}
            wanted = {i for i, level in levels.items() if level is not None and level >= least}
            chosen = [rule for rule in chosen if rule.id in wanted]
    except (SelectionError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    chosen = [
        rule
        for rule in chosen
        if (rule.fixable or not fixable) and (rule.meta.opt_in or not opt_in)
    ]
    if format_ == "json":
        from linter.policy.ruledocs import rule_json

        body = {"schema_version": "1.0", "rules": [rule_json(rule) for rule in chosen]}
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        _print_table(chosen)
    _report_errors(found)
    return EXIT_USAGE if found.errors else 0


def _mark(rule: Rule) -> str:
    """Whether ``fix`` repairs what it finds, and whether only with ``--unsafe``."""
    kinds = {target.fix["safety"] for target in rule.targets if target.fix}
    return "" if not kinds else " [fix]" if "safe" in kinds else " [fix --unsafe]"


def _print_table(chosen: list[Rule]) -> None:
    from linter.policy.ruledocs import severity_word

    columns = style.terminal_columns(sys.stdout)
    if columns:
        from linter.reports.fitted import table_lines

        rows = [
            [
                rule.meta.id,
                *(severity_word(rule.meta, profile) for profile in PROFILES),
                rule.meta.name,
                f"{rule.meta.title}{' [opt-in]' if rule.meta.opt_in else ''}{_mark(rule)}",
            ]
            for rule in chosen
        ]
        heads = ["rule", *PROFILES, "name", "what is wrong"]
        colour = style.wants_colour(sys.stdout)
        click.echo(
            "\n".join(table_lines(heads, rows, columns, colour=colour, indent=0)), color=True
        )
        _count(chosen)
        return
    width = max((len(rule.meta.name) for rule in chosen), default=0)
    levels = "".join(f"{profile:<10}" for profile in PROFILES)
    click.echo(f"{'rule':<9}{levels}{'name':<{width}}  what is wrong")
    for rule in chosen:
        meta = rule.meta
        marks = "".join((" [opt-in]" if meta.opt_in else "", _mark(rule)))
        words = "".join(f"{severity_word(meta, profile):<10}" for profile in PROFILES)
        click.echo(f"{meta.id:<9}{words}{meta.name:<{width}}  {meta.title}{marks}")
    _count(chosen)


def _count(chosen: list[Rule]) -> None:
    click.echo(f"{len(chosen)} rule{'' if len(chosen) == 1 else 's'}", err=True)


@rules.command()
@click.argument("rule_id", metavar="ID", shell_complete=completion.RULE)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
)
@_directories
@_plugins
def show(rule_id: str, format_: str, directories: tuple[str, ...], plugins: bool | None) -> int:
    """Explain one rule; ID is its id or name."""
    from linter.policy.registry import examples_of
    from linter.policy.ruledocs import example_json, rule_json, rule_page
    from linter.policy.selection import SelectionError, Selector
    from linter.policy.yamltext import RuleFileError

    found = _load(directories, plugins)
    try:
        rule = Selector(found.rules).one(rule_id)
    except SelectionError as error:
        raise click.UsageError(str(error)) from None
    try:
        examples = examples_of(rule)
    except RuleFileError as error:
        raise click.UsageError(str(error)) from None
    if format_ == "json":
        body: dict[str, Any] = rule_json(rule)
        body["examples"] = [example_json(example) for example in examples.all]
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    elif format_ == "markdown":
        click.echo(rule_page(rule, examples), nl=False)
    else:
        from linter.cli.rules_text import rule_shown, rule_text

        columns = style.terminal_columns(sys.stdout)
        shown = rule_shown(rule, examples, columns) if columns else rule_text(rule, examples)
        click.echo(shown, color=True)
    return 0


@rules.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True))
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--mutations/--no-mutations", default=True, help="Negate each test in turn as well.")
@_directories
def test(
    paths: tuple[str, ...], format_: str, mutations: bool, directories: tuple[str, ...]
) -> int:
    """Run the examples of rules: files or directories, by default all built-in rules."""
    from linter.core.record import as_plain
    from linter.policy.testing import Failure, TestReport, run_examples
    from pricing.advice import Advice

    report = TestReport()
    costs = Advice.of_list_prices()
    for file in _rule_files((*paths, *directories)):
        from linter.policy.registry import load_file
        from linter.policy.yamltext import RuleFileError

        try:
            rule, examples = load_file(file)
        except RuleFileError as error:
            report.failures.append(Failure("", error.path, error.line, "", error.reason))
            continue
        run_examples(rule, examples, report, mutate=mutations, costs=costs)
    if format_ == "json":
        click.echo(json.dumps(as_plain(report), indent=2, ensure_ascii=False))
    else:
        for failure in report.failures:
            name = f" [{failure.example}]" if failure.example else ""
            click.echo(f"{failure.file}:{failure.line}: {failure.rule}{name} {failure.reason}")
        bad = len(report.failures)
        click.echo(
            f"{report.rules} rules, {report.examples} examples, {report.mutations} mutations: "
            + (f"{bad} failure{'' if bad == 1 else 's'}" if bad else "all passed")
        )
    return EXIT_GATE if report.failures else 0


def _rule_files(paths: tuple[str, ...]) -> list[Path]:
    from linter.policy.index import rules_root
    from linter.policy.registry import yaml_files

    found: list[Path] = []
    for path in [Path(p) for p in paths] or [rules_root()]:
        found.extend(yaml_files(path) if path.is_dir() else [path])
    if not found:
        raise click.UsageError("no rule files found in the given paths")
    return list(dict.fromkeys(found))


@rules.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(exists=True))
def lint_(paths: tuple[str, ...]) -> int:
    """Look for rules that cannot fire, paths that cannot exist, weak messages."""
    from linter.policy.registry import load_file
    from linter.policy.rulelint import lint_rules
    from linter.policy.yamltext import RuleFileError

    loaded: list[Rule] = []
    bad = 0
    for file in _rule_files(paths):
        try:
            loaded.append(load_file(file)[0])
        except RuleFileError as error:
            click.echo(str(error))
            bad += 1
    complaints = lint_rules(loaded)
    for complaint in complaints:
        click.echo(f"{complaint.file}: {complaint.rule} {complaint.reason}")
    total = len(complaints) + bad
    click.echo(f"{len(loaded)} rules, {total} complaint{'' if total == 1 else 's'}", err=True)
    return EXIT_USAGE if bad else EXIT_GATE if complaints else 0


@rules.command()
@click.argument("rule_id", metavar="ID")
@click.argument("name")
@click.option("--subject", default="pipeline.step", show_default=True, help="What it looks at.")
@click.option(
    "--directory",
    default="rules",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Where to write it.",
)
@click.option("--python", is_flag=True, help="With a Python check instead of conditions.")
def new(rule_id: str, name: str, subject: str, directory: str, python: bool) -> int:
    """Write a new rule that passes its own tests."""
    from linter.policy.scaffold import ScaffoldError, scaffold
    from linter.policy.selection import SelectionError, Selector

    selector = Selector(_load((), False).rules)
    for word in (rule_id, name):
        try:
            same = selector.one(word)
        except SelectionError:
            continue
        raise click.UsageError(f"{word} is the built-in rule {same.id} {same.meta.name}")
    try:
        written = scaffold(rule_id, name, subject, Path(directory), python=python)
    except ScaffoldError as error:
        raise click.UsageError(str(error)) from None
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"test it with: pipewarden rules test {written[0]}")
    return 0


@rules.command()
@click.option(
    "--output",
    default="docs/rules",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Directory of the pages.",
)
@click.option("--check", is_flag=True, help="Change nothing; fail when a page is not current.")
@_directories
def docs(output: str, check: bool, directories: tuple[str, ...]) -> int:
    """Write one page per rule, and an index."""
    from linter.policy.registry import examples_of
    from linter.policy.ruledocs import index_page, page_name, rule_document

    found = _load(directories, False)
    _report_errors(found)
    if found.errors:
        return EXIT_USAGE
    pages = {page_name(rule): rule_document(rule, examples_of(rule)) for rule in found.rules}
    pages["README.md"] = index_page(found.rules)
    folder = Path(output)
    there = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.md")}
    changed = sorted(name for name, text in pages.items() if there.get(name) != text)
    extra = sorted(there.keys() - pages.keys())
    if check:
        for name in (*changed, *extra):
            click.echo(f"{folder / name} is not current")
        return EXIT_GATE if changed or extra else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (folder / name).write_text(pages[name], encoding="utf-8")
    for name in extra:
        (folder / name).unlink()
    click.echo(f"{len(pages)} pages, {len(changed)} written, {len(extra)} removed")
    return 0
