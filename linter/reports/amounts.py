"""Amounts of money for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from linter.core.record import record
from pricing.ranges import Range

if TYPE_CHECKING:
    from pricing.model import CostReport

NO_PRICE = "no price"
MOST_RATE = 1_000_000


@record
class Currency:
    """How amounts are shown: a sign before them, and units for a USD."""

    sign: str = "$"
    rate: Decimal = Decimal(1)


_DOLLARS = Currency()
_shown: ContextVar[Currency] = ContextVar("currency", default=_DOLLARS)


@contextmanager
def shown_in(name: str, rate: Decimal) -> Iterator[None]:
    """Show amounts in another currency (``EUR``) at a rate; only the display changes."""
    token = _shown.set(Currency(f"{name} ", rate))
    try:
        yield
    finally:
        _shown.reset(token)


def usd(amount: Decimal) -> str:
    """An amount of USD for people: two decimals, more for amounts below a cent."""
    currency = _shown.get()
    amount *= currency.rate
    places = 4 if amount and abs(amount) < Decimal("0.01") else 2
    return f"{currency.sign}{amount:,.{places}f}"


def signed(amount: Decimal) -> str:
    """A difference: ``+$1.20``."""
    sign = "+" if amount > 0 else "-" if amount < 0 else "±"
    return f"{sign}{usd(abs(amount))}"


def spread(value: Range) -> str:
    """``$1.20 ($0.40–$3.10)``, or one amount when there is no spread."""
    low, high = usd(value.low), usd(value.high)
    if low == high:
        return usd(value.expected)
    return f"{usd(value.expected)} ({low}–{high})"


def at_least(value: Range, complete: bool) -> str:
    """A figure that may lack something: what is missing is never shown as zero."""
    if complete:
        return spread(value)
    return f"at least {spread(value)}" if value.high else NO_PRICE


def of_cost(cost: CostReport | None) -> str:
    """Of what cost something is, and what that rests on: `` of $8.81, assumed: 2 of 2 times``."""
    if cost is None:
        return ""
    of = f" of {at_least(cost.per_month, cost.complete)}"
    return f"{of}, {cost.assumptions.said}" if cost.assumptions.said else of


def rounded(amounts: Sequence[Decimal]) -> tuple[list[Decimal], Decimal]:
    """Amounts and their sum, rounded so that what is printed adds up.

    All have two decimals, or four where one is below a cent. Each is rounded down, and those that
    lose most are rounded up until the sum is right.
    """
    places = 4 if any(0 < abs(amount) < Decimal("0.01") for amount in amounts) else 2
    unit = Decimal(1).scaleb(-places)
    whole = int((sum(amounts, Decimal(0)) / unit).to_integral_value())
    parts = [int((amount / unit).to_integral_value(ROUND_FLOOR)) for amount in amounts]
    losers = sorted(range(len(parts)), key=lambda n: parts[n] - amounts[n] / unit)
    for index in losers[: max(whole - sum(parts), 0)]:
        parts[index] += 1
    return [part * unit for part in parts], whole * unit


def column(amounts: Sequence[Decimal]) -> tuple[list[str], str]:
    """:func:`rounded` as text, in the currency that is shown."""
    currency = _shown.get()
    parts, whole = rounded([amount * currency.rate for amount in amounts])
    return [f"{currency.sign}{part:,f}" for part in parts], f"{currency.sign}{whole:,f}"
