"""What shells are offered for the values of options: rules, regions, types, pipelines, parameters.

A completion that fails offers nothing; it prints nothing and runs no code of the project. Names
of a project are read from the paths that are on the line so far, as the commands read them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, contextmanager, nullcontext
from io import StringIO
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from linter.policy.rule import Rule
    from linter.project.model import Project

Found = Iterable[tuple[str, str]]
"""Values, each with what it means."""
Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completion(find: Callable[[click.Context], Found], *, commas: bool = False) -> Complete:
    """A ``shell_complete`` of click's.

    Args:
        find: gives every value; those that do not start with what is typed are left out.
        commas: whether several values stand in one word; the last is completed.
    """

    def complete(
        context: click.Context, _parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        before, comma, last = typed.rpartition(",") if commas else ("", "", typed)
        with _quietly(context):
            return [
                CompletionItem(f"{before}{comma}{value}", help=text or None)
                for value, text in find(context)
                if value.lower().startswith(last.lower())
            ]
        return []

    return complete


@contextmanager
def _quietly(context: click.Context) -> Iterator[None]:
    """In the directory of ``-C``, with what is said on standard error and what fails left out."""
    directory = context.find_root().params.get("directory")
    said, sys.stderr = sys.stderr, StringIO()
    try:
        with chdir(directory) if directory else nullcontext():
            yield
    except Exception:  # noqa: S110  # a shell that waits for words is no place for an error
        pass
    finally:
        sys.stderr = said


def _rules(context: click.Context) -> list[Rule]:
    """Those that ``rules list`` shows: built in, of ``--rules`` and of the configuration."""
    from linter.cli.session import Session

    params = context.params
    given = params.get("rule_directories") or params.get("directories") or ()
    config = params.get("config_file") or ""
    options = {"rule_directories": given, "config_file": config}
    return Session((), options).rules_for_reading(params.get("plugins")).rules


def _rule_words(context: click.Context) -> Found:
    """Ids, names, and areas."""
    rules = _rules(context)
    yield from ((rule.id, rule.meta.title) for rule in rules)
    yield from ((rule.name, rule.meta.title) for rule in rules)
    for area in dict.fromkeys(rule.area for rule in rules):
        yield area, f"every rule of {area}"


def _one_rule(context: click.Context) -> Found:
    rules = _rules(context)
    return [(word, rule.meta.title) for rule in rules for word in (rule.id, rule.name)]


def _region_names(_context: click.Context) -> Found:
    from linter.core.regions import PARTITIONS

    return [(name, partition) for partition, names in PARTITIONS.items() for name in names]


def _severities(_context: click.Context) -> Found:
    from linter.policy.model import Severity

    return [(level.word, "") for level in sorted(Severity, reverse=True)]


def _types(_context: click.Context) -> Found:
    from pricing.known import instance_types

    return [(name, "") for name in instance_types()]


def _outputs(_context: click.Context) -> Found:
    from linter.reports.outputs import FORMATS

    return [(name, "printed; :FILE writes it") for name in FORMATS]


def _diff_outputs(_context: click.Context) -> Found:
    from linter.cli.diff import DIFF_FORMATS

    return [(name, "printed; :FILE writes it") for name in DIFF_FORMATS]


def _project(context: click.Context) -> Project:
    """What lies below the paths on the line, or below the current directory."""
    from linter.cli.session import Session

    params: dict[str, Any] = context.params
    named = tuple(path for path in params.get("paths") or () if path != "-")
    kept = ("config_file", "exclude", "variable_files")
    options = {key: params[key] for key in kept if params.get(key)}
    return Session(named, options).load()


def _pipeline_names(context: click.Context) -> Found:
    pipelines = _project(context).pipelines
    return dict.fromkeys((p.name, p.address) for p in pipelines if isinstance(p.name, str))


def _parameter_names(context: click.Context) -> Found:
    for pipeline in _project(context).pipelines:
        for name in pipeline.parameters:
            yield f"{name}=", f"of {pipeline.title}"


def _variable_names(context: click.Context) -> Found:
    return [(f"{name}=", "") for name in sorted(_project(context).variables)]


RULES = _completion(_rule_words, commas=True)
RULE_WORD = _completion(_rule_words)
RULE = _completion(_one_rule)
REGIONS = _completion(_region_names)
TYPES = _completion(_types)
OUTPUTS = _completion(_outputs)
DIFF_OUTPUTS = _completion(_diff_outputs)
PIPELINES = _completion(_pipeline_names)
PARAMETERS = _completion(_parameter_names)
VARIABLES = _completion(_variable_names)
SEVERITIES = _completion(_severities)
