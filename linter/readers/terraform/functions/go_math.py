"""Logarithm and powers to the last digit of Go's package math, which Terraform calls.

C's functions, which Python calls, differ from it in the last digit of many results. Sources:
``log`` (after FreeBSD's ``e_log.c``), ``pow`` and, for amd64, ``exp`` of Go's standard library.
"""

from __future__ import annotations

import math
from fractions import Fraction

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ODD = (
    6.666666666666735130e-01,
    2.857142874366239149e-01,
    1.818357216161805012e-01,
    1.479819860511658591e-01,
)
_EVEN = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)
_LOG2_E = 1.44269504088896338700
_EXP_LN2_HIGH = 0.69314718055966295651160180568695068359375
_EXP_LN2_LOW = 0.28235290563031577122588448175013436025525412068e-12
_FACTORIALS = (40_320, 5_040, 720, 120, 24, 6, 2, 1)


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    result = 0.0
    for coefficient in reversed(coefficients):
        result = coefficient + x * result
    return result


def log(x: float) -> float:
    """The natural logarithm: NaN below zero, minus infinity for zero."""
    if x < 0 or math.isnan(x):
        return math.nan
    if x == 0:
        return -math.inf
    if math.isinf(x):
        return x
    mantissa, exponent = math.frexp(x)
    if mantissa < math.sqrt(2) / 2:
        mantissa *= 2
        exponent -= 1
    f = mantissa - 1
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    rest = s2 * _polynomial(_ODD, s4) + s4 * _polynomial(_EVEN, s4)
    half = 0.5 * f * f
    return exponent * _LN2_HIGH - ((half - (s * (half + rest) + exponent * _LN2_LOW)) - f)


def _fused(a: float, b: float, c: float) -> float:
    """``a * b + c``, rounded once."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def _exp(x: float) -> float:
    """``e**x`` for what is left of a power: its absolute value is far below 1,000.

    As on processors with fused multiplication and addition, which are those of today.
    """
    exponent = round(_LOG2_E * x)
    rest = _fused(-exponent, _EXP_LN2_HIGH, x)
    rest = _fused(-exponent, _EXP_LN2_LOW, rest) * 0.0625
    result = 1 / _FACTORIALS[0]
    for factorial in _FACTORIALS[1:]:
        result = _fused(result, rest, 1 / factorial)
    result *= rest
    for _ in range(3):
        result *= result + 2.0
    return math.ldexp(_fused(result, result + 2.0, 1.0), exponent)


def power(base: float, exponent: float) -> float:
    """``base ** exponent``. Raises what ``math.pow`` and ``math.ldexp`` raise."""
    if base == 0 and exponent < 0:
        return math.inf
    special = not base or base in (1, -1) or not exponent or not math.isfinite(base)
    fraction, whole = math.modf(abs(exponent))
    if special or not math.isfinite(exponent) or whole >= 2**63 or (fraction and base < 0):
        return math.pow(base, exponent)
    if abs(exponent) == 0.5:
        root = math.sqrt(base)
        return root if exponent > 0 else 1 / root
    mantissa, power_of_two = 1.0, 0
    if fraction:
        if fraction > 0.5:
            fraction -= 1
            whole += 1
        mantissa = _exp(fraction * log(base))
    square, square_power = math.frexp(base)
    left = int(whole)
    while left:
        if abs(square_power) > 1 << 12:
            power_of_two += square_power
            break
        if left & 1:
            mantissa *= square
            power_of_two += square_power
        square *= square
        square_power <<= 1
        if square < 0.5:
            square += square
            square_power -= 1
        left >>= 1
    if exponent < 0:
        mantissa, power_of_two = 1 / mantissa, -power_of_two
    return math.ldexp(mantissa, power_of_two)
