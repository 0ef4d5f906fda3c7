"""What reads each kind of input, as a command does; what it refuses is no crash."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from linter.config.model import ConfigError
from linter.config.reading import read_file
from linter.discovery.excluded import matcher
from linter.discovery.walk import decode
from linter.gate.baseline import BaselineError
from linter.gate.baseline import load as load_baseline
from linter.gate.run import Accepted, Pricing, review_project
from linter.gate.verdict import GateOptions
from linter.policy.registry import load_rules
from linter.policy.rule import Rule
from linter.policy.rulefile import parse_rule
from linter.policy.selection import Selection
from linter.policy.yamltext import RuleFileError
from linter.project.load import LoadOptions, load_texts
from linter.reports import json_report, sarif, terminal
from linter.reports.inspection import documents_of
from pricing.history import read_history
from pricing.model import CostOptions, estimate
from pricing.pricefile import parse_price_file
from pricing.standing import standing_of
from pricing.usage import Usage, parse_usage
from pricing.yamlfile import UserFileError
from tests.pricing.helpers import book

CORPUS = Path(__file__).parent / "corpus"
CRASHERS = Path(__file__).parent / "crashers"
TODAY = date(2026, 10, 1)


@cache
def _rules() -> list[Rule]:
    return load_rules().rules


class RuleCrashedError(Exception):
    """A rule raised on something that was read."""


def project(name: str, data: bytes) -> None:
    """Read, link, lint, price and report."""
    text, reason = decode(data)
    if reason:
        return
    texts = {name: text}
    if name.endswith(".tfvars"):
        texts["main.tf"] = (CORPUS / "main.tf").read_text()
    found = load_texts(texts, LoadOptions())
    bugs = [problem for problem in found.problems if problem.bug]
    if bugs:
        raise RuleCrashedError(bugs[0].message)
    costs = estimate(
        found.pipelines, standing_of(found, found.pipelines), book(), Usage(), CostOptions()
    )
    review = review_project(
        found,
        _rules(),
        Selection(),
        GateOptions(),
        pricing=Pricing(lambda: costs),
        accepted=Accepted(TODAY),
    )
    if review.lint.crashes:
        raise RuleCrashedError(review.lint.crashes[0].trace)
    # The rules that found nothing are described alike for every input.
    review.rules = {f.rule: review.rules[f.rule] for f in review.findings if f.rule in review.rules}
    json_report.render(review)
    sarif.render(review)
    terminal.render(review, terminal.TerminalOptions(show_unknown=True))
    list(documents_of(found))


def configuration(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pipewarden.toml")
        path.write_bytes(data)
        with contextlib.suppress(ConfigError):
            read_file(path, "pipewarden.toml", {}, {}, "", folder, folder)


def rule(name: str, data: bytes) -> None:
    with contextlib.suppress(RuleFileError):
        parse_rule("rule.yaml", data.decode("utf-8", "replace"))


def baseline(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "b.json")
        path.write_bytes(data)
        with contextlib.suppress(BaselineError):
            load_baseline(path)


def _user(parse: Callable[[str], object]) -> Callable[[str, bytes], None]:
    def run(name: str, data: bytes) -> None:
        with contextlib.suppress(UserFileError):
            parse(data.decode("utf-8", "replace"))

    return run


def ignores(name: str, data: bytes) -> None:
    spec = matcher(data.decode("utf-8", "replace").splitlines())
    if spec is not None:
        spec.check_file("a/b/x/c.log")


OTHERS: dict[str, Callable[[str, bytes], None]] = {
    "pipewarden.toml": configuration,
    "rule.yaml": rule,
    "baseline.json": baseline,
    "usage.yml": _user(parse_usage),
    "prices.yml": _user(lambda text: parse_price_file(text, "prices.yml", "us-east-1")),
    "history.jsonl": _user(lambda text: read_history(text.splitlines(), "history.jsonl")),
    "gitignore": ignores,
}


def run(name: str, data: bytes) -> None:
    """Give an input, called as its file in the corpus, to what reads it."""
    OTHERS.get(name, project)(name, data)
