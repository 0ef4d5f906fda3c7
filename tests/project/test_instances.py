"""Nothing that is said of one instance depends on another one."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from linter.core.identity import without_keys
from linter.policy.engine import lint
from linter.policy.registry import load_rules
from linter.project.load import load_texts
from linter.project.model import Project
from pricing.standing import standing_of
from tests.pricing.helpers import book, report
from tests.project.instance_pairs import PAIRS, Pair
from tests.project.instances import BAD, FORMS, GOOD, KEYS, owner

RULES = load_rules().rules
PRICES = book()


def said(project: Project) -> dict[str, Counter[tuple[Any, ...]]]:
    """What is said of each instance: findings, prices."""
    found: dict[str, Counter[tuple[Any, ...]]] = {key: Counter() for key in KEYS}
    for finding in lint(project, RULES).findings:
        owners = {owner(document.address) for document in finding.instances}
        owners |= {owner(finding.address)} if not owners else set()
        for key in KEYS:
            if key in owners:
                row = (finding.rule, finding.verdict, finding.severity)
                found[key][(*row, _of(finding.message, key, len(owners) > 1))] += 1
    priced = report(*project.pipelines, standing=standing_of(project, []), prices=PRICES)
    for item in priced.pipelines:
        found[owner(item.address)][("price", without_keys(item.address), item.per_run)] += 1
    for row in priced.standing:
        said_of = ("price", without_keys(row.address), row.usd_per_month, row.unpriced)
        found[owner(row.address)][said_of] += 1
    return found


def _of(message: str, key: str, folded: bool) -> str:
    """A message without what names its own instance; of a folded one, without any."""
    for number, one in enumerate(KEYS):
        if folded or one == key:
            message = re.sub(rf'\["{one}"\]|\[{number}\]|[-_]({one}|{number})\b', "", message)
    return message


def read(pair: Pair, form: str, variants: tuple[str, str], same: bool = False) -> Project:
    project = load_texts(FORMS[form](pair.blocks, variants, same))
    assert not project.problems, project.problems
    return project


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_an_instance_is_judged_and_priced_alone(pair: Pair, form: str) -> None:
    results = {(a, b): said(read(pair, form, (a, b))) for a in (GOOD, BAD) for b in (GOOD, BAD)}
    for own in (GOOD, BAD):
        assert results[own, GOOD]["a"] == results[own, BAD]["a"]
        assert results[GOOD, own]["b"] == results[BAD, own]["b"]
    if pair.plan or not form.startswith("plan"):
        for key, good, bad in (("a", (GOOD, BAD), (BAD, BAD)), ("b", (BAD, GOOD), (BAD, BAD))):
            differ = {row[0] for row in results[good][key] - results[bad][key]}
            differ |= {row[0] for row in results[bad][key] - results[good][key]}
            assert pair.says in differ


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_equal_names_do_not_make_instances_one(pair: Pair, form: str) -> None:
    """As in two accounts: where there is a reference, the text decides nothing."""
    results = {
        variants: said(read(pair, form, variants, same=True))
        for variants in ((GOOD, GOOD), (GOOD, BAD), (BAD, BAD))
    }
    assert results[GOOD, BAD]["a"] == results[GOOD, GOOD]["a"]
    assert results[GOOD, BAD]["b"] == results[BAD, BAD]["b"]
