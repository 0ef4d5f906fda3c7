"""Names that a user's file may speak of: instance types and rates; a misspelt one is refused."""

from __future__ import annotations

from functools import lru_cache

from linter.core.regex import lazy_regex
from linter.domain.instances import parse
from pricing import bookfile
from pricing.beside import BESIDE
from pricing.yamlfile import suggestion

_SIZE = lazy_regex(r"nano|micro|small|medium|large|\d{0,3}xlarge|metal(?:-\d{1,3}xl)?")
_LETTERS = lazy_regex(r"[a-z]+")
_BOOK = "us-east-1"
"""The region that has nearly every type."""

_MORE_RATES = ("serverless-provisioned-gb-second", "lambda-gb-second-arm")
RATES_BY_TYPE = ("emr-hour:", "training-plan-hour:", "savings-plan-hour:")
"""Rates that an instance type follows."""


def type_problem(name: str) -> str:
    """What is wrong with the name of an instance type, ``""`` for one that may be.

    A family or generation that the book does not have may be new; a size that a known family does
    not come in, or letters of no family, are a mistake.
    """
    if not name.startswith("ml.") or name.count(".") != 2:
        return f"{name[:60]!r} is not an instance type like ml.m5.xlarge"
    types = _types()
    if name in types:
        return ""
    instance = parse(name)
    families = {known.split(".")[1] for known in types}
    letters = _LETTERS.match(instance.family) if instance is not None else None
    prefixes = {found[0] for family in families if (found := _LETTERS.match(family))}
    if (
        instance is not None
        and letters is not None
        and _SIZE.fullmatch(instance.size)
        and letters[0] in prefixes
        and instance.family not in families
    ):
        return ""
    return f"there is no instance type {name[:60]!r}{suggestion(name, types)}"


def rate_problem(name: str) -> str:
    """What is wrong with the name of a rate, ``""`` for one that something is priced by."""
    if name.startswith(RATES_BY_TYPE):
        return ""
    known = _rates()
    return "" if name in known else f"there is no rate {name[:60]!r}{suggestion(name, known)}"


def instance_types() -> list[str]:
    """Every instance type that has a price, sorted."""
    return sorted(_types())


def rates() -> list[str]:
    """Every rate that does not follow an instance type, sorted."""
    return sorted(_rates())


@lru_cache(maxsize=1)
def _types() -> frozenset[str]:
    prices = (bookfile.embedded_region(_BOOK) or {}).get("prices", {})
    return frozenset(f"ml.{kind}" for table in prices.values() for kind in table)


@lru_cache(maxsize=1)
def _rates() -> frozenset[str]:
    rates = (bookfile.embedded_region(_BOOK) or {}).get("rates", {})
    beside = (name for kind in BESIDE.values() for name in (kind.hourly, kind.gigabyte) if name)
    return frozenset([*rates, *_MORE_RATES, *beside])
