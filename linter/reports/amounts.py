"""Amounts of money for people."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from pricing.ranges import Range

NO_PRICE = "no price"


def usd(amount: Decimal) -> str:
    """An amount for people: two decimals, more for amounts below a cent."""
    if amount and abs(amount) < Decimal("0.01"):
        return f"${amount:,.4f}"
    return f"${amount:,.2f}"


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


def column(amounts: Sequence[Decimal]) -> tuple[list[str], str]:
    """Amounts of a column and their sum, rounded so that what is printed adds up.

    All have two decimals, or four where one is below a cent. Each is rounded down, and those that
    lose most are rounded up until the sum is right.
    """
    small = any(0 < amount < Decimal("0.01") for amount in amounts)
    places = 4 if small else 2
    unit = Decimal(1).scaleb(-places)
    total = sum(amounts, Decimal(0))
    whole = (total / unit).to_integral_value()
    parts = [(amount / unit).to_integral_value(ROUND_FLOOR) for amount in amounts]
    short = int(whole - sum(parts, Decimal(0)))
    losers = sorted(range(len(parts)), key=lambda n: parts[n] - amounts[n] / unit)
    for index in losers[:short]:
        parts[index] += 1
    texts = [f"${part * unit:,.{places}f}" for part in parts]
    return texts, f"${whole * unit:,.{places}f}"
