"""Intervals of exact numbers: low, expected, high."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from linter.core.record import record

_LEAF = Decimal("1e-10")

Number = Decimal | int


def money(amount: Decimal) -> Decimal:
    """An amount of USD kept to ten decimals.

    Every amount is cut here once, where it arises (hours × price). Sums and products with whole
    numbers of runs are then exact in Decimal's 28 digits, so totals equal the sum of their parts.
    """
    return amount.quantize(_LEAF, ROUND_HALF_EVEN).normalize() + 0


@record
class Range:
    """``low ≤ expected ≤ high``. Raises ``ValueError`` when that does not hold."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        if not self.low <= self.expected <= self.high:
            raise ValueError(f"not in order: {self.low}, {self.expected}, {self.high}")

    @classmethod
    def of(cls, low: Number, expected: Number, high: Number) -> Range:
        """Of numbers that may be ``int``."""
        return cls(Decimal(low), Decimal(expected), Decimal(high))

    @classmethod
    def exactly(cls, value: Number) -> Range:
        number = Decimal(value)
        return cls(number, number, number)

    @classmethod
    def around(cls, values: Iterable[Decimal], expected: Decimal) -> Range:
        """From the least to the greatest of the values, with the given one expected."""
        every = [*values, expected]
        return cls(min(every), expected, max(every))

    @classmethod
    def mean(cls, values: Sequence[Range]) -> Range:
        """The mean, which is at least the least low and at most the greatest high.

        A quotient is rounded to the digits that a number has, and may leave the values by one.
        """
        low, high = min(v.low for v in values), max(v.high for v in values)
        middle = sum((v.expected for v in values), Decimal(0)) / len(values)
        return cls(low, min(max(middle, low), high), high)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def __mul__(self, other: Range | Number) -> Range:
        """The product; neither factor may be negative."""
        if isinstance(other, Range):
            return Range(
                self.low * other.low, self.expected * other.expected, self.high * other.high
            )
        return Range(self.low * other, self.expected * other, self.high * other)

    def __truediv__(self, divisor: Number) -> Range:
        """The quotient; the divisor is positive."""
        return Range(self.low / divisor, self.expected / divisor, self.high / divisor)

    def rounded(self, places: int = 6) -> Range:
        """For people and programs that read, not for money."""
        step = Decimal(1).scaleb(-places)
        return Range(*(n.quantize(step) for n in (self.low, self.expected, self.high)))

    def capped(self, limit: Decimal) -> Range:
        """No end above ``limit``."""
        return Range(min(self.low, limit), min(self.expected, limit), min(self.high, limit))

    def as_money(self) -> Range:
        return Range(money(self.low), money(self.expected), money(self.high))

    @property
    def is_zero(self) -> bool:
        return not self.high

    def to_json(self) -> dict[str, Decimal]:
        return {
            "low": plain(self.low),
            "expected": plain(self.expected),
            "high": plain(self.high),
        }


ZERO = Range(Decimal(0), Decimal(0), Decimal(0))


def plain(number: Decimal) -> Decimal:
    """Without an exponent and without trailing zeros: ``1E+2`` → ``100``."""
    number = number.normalize()
    exponent = number.as_tuple().exponent
    return number.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else number


def total(ranges: Iterable[Range]) -> Range:
    """The sum, exactly."""
    low = expected = high = Decimal(0)
    for item in ranges:
        low += item.low
        expected += item.expected
        high += item.high
    return Range(low, expected, high)
