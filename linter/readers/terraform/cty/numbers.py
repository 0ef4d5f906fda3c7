"""Terraform's numbers: binary floats of 512 bits, with Go's way of writing them.

Three representations, chosen so that arithmetic and text equal Terraform's:

- ``int``: every integer (rounded to 512 significant bits when longer);
- ``Fraction``: everything else, its denominator a power of two, 512 significant bits;
- ``float``: results of ``log`` and ``pow``, which Terraform computes with 53 bits. Arithmetic
  between two of them stays at 53 bits; with any other number it is done with 512.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import copysign

from linter.core.regex import lazy_regex

Number = int | Fraction | float

PRECISION = 512
NEGATIVE_ZERO = -0.0
"""Terraform keeps the sign of a zero and writes it: ``-0``."""
DECIMAL_EXPONENT_LIMIT = 20_000
"""Larger exponents are refused: the text of such a number alone would fill memory."""

_NUMBER = lazy_regex(r"([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,12}))?", re.ASCII)


def parse_number(text: str) -> Number:
    """The number a decimal text stands for.

    Raises:
        ValueError: when it is not a number or is beyond the supported range.
    """
    if len(text) < 19 and text.isdecimal() and text.isascii():
        return int(text)
    match = _NUMBER.fullmatch(text)
    if match is None or len(text) > DECIMAL_EXPONENT_LIMIT:
        raise ValueError("a number is required")
    sign, mantissa, exponent_text = match.groups()
    exponent = int(exponent_text or 0)
    whole, _, fraction = mantissa.partition(".")
    exponent -= len(fraction)
    digits = _long_int(whole + fraction)
    if digits == 0:
        return -0.0 if sign == "-" else 0
    if abs(exponent) > DECIMAL_EXPONENT_LIMIT:
        raise ValueError("the number is out of the supported range")
    amount = -digits if sign == "-" else digits
    if exponent >= 0:
        return rounded(amount * 10**exponent)
    return rounded(Fraction(amount, 10**-exponent))


def _long_int(digits: str) -> int:
    """``int(digits)`` without the interpreter's limit on the number of digits."""
    if len(digits) <= 4000:
        return int(digits)
    middle = len(digits) // 2
    power: int = 10 ** (len(digits) - middle)
    return _long_int(digits[:middle]) * power + _long_int(digits[middle:])


def _long_text(amount: int) -> str:
    """``str(amount)`` of a non-negative int without the interpreter's limit."""
    if amount.bit_length() <= 13_000:
        return str(amount)
    half = amount.bit_length() * 3 // 20
    high, low = divmod(amount, 10**half)
    return _long_text(high) + _long_text(low).rjust(half, "0")


def rounded(amount: int | Fraction, bits: int = PRECISION) -> int | Fraction:
    """The nearest number with that many significant bits, ties to even."""
    if isinstance(amount, int):
        if amount.bit_length() <= bits:
            return amount
        numerator, denominator = amount, 1
    else:
        numerator, denominator = amount.numerator, amount.denominator
    negative, numerator = numerator < 0, abs(numerator)
    if numerator == 0:
        return 0
    shift = numerator.bit_length() - denominator.bit_length() - bits
    mantissa, rest, scaled = _divide(numerator, denominator, shift)
    if mantissa.bit_length() > bits:
        shift += 1
        mantissa, rest, scaled = _divide(numerator, denominator, shift)
    elif mantissa.bit_length() < bits:
        shift -= 1
        mantissa, rest, scaled = _divide(numerator, denominator, shift)
    if 2 * rest > scaled or (2 * rest == scaled and mantissa & 1):
        mantissa += 1
    if negative:
        mantissa = -mantissa
    if shift >= 0:
        return mantissa << shift
    result = Fraction(mantissa, 1 << -shift)
    return result.numerator if result.denominator == 1 else result


def _divide(numerator: int, denominator: int, shift: int) -> tuple[int, int, int]:
    """``numerator / (denominator * 2**shift)`` as quotient, remainder and divisor."""
    if shift >= 0:
        denominator <<= shift
    else:
        numerator <<= -shift
    return (*divmod(numerator, denominator), denominator)


def exact(amount: Number) -> int | Fraction:
    """The same number without a float in it."""
    if isinstance(amount, float):
        found = Fraction(amount)
        return found.numerator if found.denominator == 1 else found
    return amount


def is_integer(amount: Number) -> bool:
    if isinstance(amount, float):
        return amount.is_integer()
    return isinstance(amount, int) or amount.denominator == 1


def _fit(amount: int | Fraction, left: Number, right: Number) -> Number:
    if isinstance(left, float) and isinstance(right, float):
        try:
            return float(amount)
        except OverflowError:
            return rounded(amount, 53)
    return rounded(amount)


def add(left: Number, right: Number) -> Number:
    if not left and not right and is_negative(left) and is_negative(right):
        return NEGATIVE_ZERO
    return _fit(exact(left) + exact(right), left, right)


def subtract(left: Number, right: Number) -> Number:
    if not left and not right and is_negative(left) and not is_negative(right):
        return NEGATIVE_ZERO
    return _fit(exact(left) - exact(right), left, right)


def multiply(left: Number, right: Number) -> Number:
    if not left or not right:
        return NEGATIVE_ZERO if is_negative(left) != is_negative(right) else 0
    return _fit(exact(left) * exact(right), left, right)


def divide(left: Number, right: Number) -> Number:
    """Raises ``ZeroDivisionError``; the caller has the sentence for it."""
    result = Fraction(exact(left)) / Fraction(exact(right))
    if not result:
        return NEGATIVE_ZERO if is_negative(left) != is_negative(right) else 0
    return _fit(result, left, right)


def modulo(left: Number, right: Number) -> Number:
    """What is left of ``left``, with its sign, as Terraform's ``%``; by zero, all of it."""
    if right == 0:
        return left
    ratio = exact(divide(left, right))
    whole = int(ratio)
    result = subtract(left, multiply(right, whole))
    return float(exact(result)) if isinstance(left, float) else result


def negate(amount: Number) -> Number:
    return NEGATIVE_ZERO if is_zero(amount) and not is_negative(amount) else -amount


def is_zero(amount: Number) -> bool:
    return amount == 0


def is_negative(amount: Number) -> bool:
    """Whether it has a minus sign, which a zero may have too."""
    return amount < 0 or (isinstance(amount, float) and copysign(1.0, amount) < 0)


# --- text ------------------------------------------------------------------------------------


def digits_of(amount: Number) -> tuple[bool, str, int]:
    """Shortest decimal digits that name the number: negative?, digits, position of the point.

    ``0.00123`` is ``(False, "123", -2)``: the number is ``0.123 * 10**-2``. Zero has no digits.
    """
    negative = is_negative(amount)
    if isinstance(amount, int):
        text = _long_text(abs(amount) if amount.bit_length() <= PRECISION else _short_int(amount))
        return negative, text.rstrip("0") if amount else "", len(text) if amount else 0
    if isinstance(amount, float):
        mantissa, _, exponent = f"{abs(amount)!r}".partition("e")
        whole, _, fraction = mantissa.partition(".")
        return _normal(negative, whole + fraction, len(whole) + int(exponent or 0))
    decimals = _shortest_decimals(abs(amount))
    return _normal(negative, *decimals)


def _normal(negative: bool, digits: str, point: int) -> tuple[bool, str, int]:
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return negative, stripped, point if stripped else 0


def _bounds(amount: Fraction) -> tuple[Fraction, Fraction, bool]:
    """The interval of decimals that round to this number, and whether its ends do too."""
    top = amount.numerator.bit_length() - amount.denominator.bit_length()
    if Fraction(2) ** top > amount:
        top -= 1
    unit = Fraction(2) ** (top - PRECISION + 1)
    mantissa = amount / unit
    low = unit / 4 if mantissa == 1 << (PRECISION - 1) else unit / 2
    return amount - low, amount + unit / 2, int(mantissa) % 2 == 0


def _short_int(amount: int) -> int:
    """An integer longer than the precision, with as few digits that matter as possible."""
    size = abs(amount)
    low, high, inclusive = _bounds(Fraction(size))

    def attempt(zeros: int) -> int | None:
        power: int = 10**zeros
        down = size // power * power
        fits_down = down > low or (inclusive and down == low)
        fits_up = down + power < high or (inclusive and down + power == high)
        if fits_down and fits_up:
            return down if size - down <= down + power - size else down + power
        if fits_down:
            return down
        return down + power if fits_up else None

    first, last = 0, size.bit_length() * 3 // 10
    while first < last:
        middle = (first + last + 1) // 2
        if attempt(middle) is None:
            last = middle - 1
        else:
            first = middle
    return attempt(first) or size


def _shortest_decimals(amount: Fraction) -> tuple[str, int]:
    low, high, inclusive = _bounds(amount)

    def attempt(places: int) -> int | None:
        scale: int = 10**places
        down = amount.numerator * scale // amount.denominator
        at_down, at_up = Fraction(down, scale), Fraction(down + 1, scale)
        fits_down = at_down > low or (inclusive and at_down == low)
        fits_up = at_up < high or (inclusive and at_up == high)
        if fits_down and fits_up:
            return down if amount - at_down <= at_up - amount else down + 1
        if fits_down:
            return down
        return down + 1 if fits_up else None

    first, last = 0, 4
    while attempt(last) is None:
        first, last = last, last * 2
    while first < last:
        middle = (first + last) // 2
        if attempt(middle) is None:
            first = middle + 1
        else:
            last = middle
    found = _long_text(attempt(last) or 0).rjust(last + 1, "0")
    return found, len(found) - last


def format_number(amount: Number) -> str:
    """How Terraform turns a number into a string: never an exponent, as few digits as needed."""
    if isinstance(amount, int) and amount.bit_length() <= PRECISION:
        return str(amount)
    negative, digits, point = digits_of(amount)
    return ("-" if negative else "") + fixed_text(digits, point, max(len(digits) - point, 0))


def fixed_text(digits: str, point: int, places: int) -> str:
    """Digits as ``123.450``, with that many decimal places."""
    whole = digits[:point].ljust(point, "0") if point > 0 else "0"
    if places <= 0:
        return whole
    fraction = ("0" * -point + digits) if point < 0 else digits[max(point, 0) :]
    return f"{whole}.{fraction[:places].ljust(places, '0')}"


def scientific_text(digits: str, point: int, places: int, letter: str = "e") -> str:
    """Digits as ``1.2345e+06``, with that many decimal places."""
    first = digits[:1] or "0"
    text = first
    if places > 0:
        text += "." + digits[1 : places + 1].ljust(places, "0")
    exponent = point - 1 if digits else 0
    return f"{text}{letter}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def round_to(amount: Number, places: int) -> tuple[bool, str, int]:
    """As :func:`digits_of`, of the number rounded to decimal places, ties to even."""
    number = Fraction(exact(amount))
    negative = is_negative(amount)
    scaled = round(abs(number) * 10**places) if places >= 0 else 0
    text = _long_text(scaled)
    return _normal(negative, text, len(text) - places)


def round_significant(amount: Number, count: int) -> tuple[bool, str, int]:
    """As :func:`digits_of`, of the number rounded to ``count`` significant digits."""
    number = abs(Fraction(exact(amount)))
    if number == 0:
        return False, "", 0
    point = 0
    estimate = number.numerator.bit_length() - number.denominator.bit_length()
    point = int(estimate * 0.30103) - 1
    while Fraction(10) ** point <= number:
        point += 1
    shift = count - point
    scaled = round(number * Fraction(10) ** shift)
    text = _long_text(scaled)
    return _normal(amount < 0, text, len(text) - shift)


def general_text(amount: Number, precision: int = -1, letter: str = "g") -> str:
    """Go's ``%g``; ``precision`` -1 asks for the shortest digits."""
    if precision < 0:
        negative, digits, point = digits_of(amount)
        limit = 6
    else:
        precision = precision or 1
        negative, digits, point = round_significant(amount, precision)
        limit = precision
        if limit > len(digits) >= point:
            limit = len(digits)
    sign = "-" if negative else ""
    exponent = point - 1
    if not digits:
        return sign + "0"
    if exponent < -4 or exponent >= limit:
        e_letter = "E" if letter == "G" else "e"
        return sign + scientific_text(digits, point, len(digits) - 1, e_letter)
    return sign + fixed_text(digits, point, max(len(digits) - point, 0))
