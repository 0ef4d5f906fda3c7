"""Timestamps. The current time is never known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from linter.core.record import record
from linter.core.regex import lazy_regex
from linter.readers.terraform.cty.errors import FunctionError
from linter.readers.terraform.cty.quoting import go_quote
from linter.readers.terraform.cty.types import NUMBER_TYPE, STRING_TYPE
from linter.readers.terraform.cty.value import Value, number, string, unknown
from linter.readers.terraform.functions.signature import Function, text

_STAMP = lazy_regex(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII
)


@record
class _Stamp:
    moment: datetime
    nanoseconds: int

    def key(self) -> tuple[datetime, int]:
        return self.moment, self.nanoseconds


def _parse(source: str, index: int | None) -> _Stamp:
    match = _STAMP.fullmatch(source)
    if match is None:
        raise FunctionError(
            f"not a valid RFC3339 timestamp: {go_quote(source[:100])} is not of the form"
            " YYYY-MM-DDThh:mm:ssZ",
            index,
        )
    *fields, fraction, zone = match.groups()
    year, month, day, hour, minute, second = map(int, fields)
    offset = timedelta(0)
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:])
        if hours > 24 or minutes > 60:
            raise FunctionError(
                f"not a valid RFC3339 timestamp: cannot use {go_quote(zone)} as UTC offset", index
            )
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError as error:
        raise FunctionError(f"not a valid RFC3339 timestamp: {error}", index) from None
    return _Stamp(moment, int(f"{fraction or '0':0<9}"[:9]))


_UNITS = {
    "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
    "h": 3600 * 10**9,
}  # fmt: skip
_DURATION_PART = lazy_regex(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


def _duration(source: str) -> int:
    """Go's ``time.ParseDuration``, in nanoseconds."""
    body = source[1:] if source[:1] in ("+", "-") else source
    if body == "0":
        return 0
    position, total = 0, Fraction(0)
    while position < len(body):
        match = _DURATION_PART.match(body, position)
        if match is None or len(match[1]) > 30:
            break
        total += Fraction(match[1].rstrip(".")) * _UNITS[match[2]]
        position = match.end()
    if not body or position < len(body) or total >= 1 << 63:
        raise FunctionError(f"time: invalid duration {go_quote(source[:100])}")
    return -int(total) if source[0] == "-" else int(total)


def _rfc3339(moment: datetime) -> str:
    base = f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T{moment:%H:%M:%S}"
    return base + _zone(moment, colon=True, zulu=True)


def _zone(moment: datetime, *, colon: bool, zulu: bool = False) -> str:
    offset = moment.utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    if zulu and minutes == 0:
        return "Z"
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02d}{':' if colon else ''}{minutes % 60:02d}"


def timeadd(timestamp: Value, duration: Value) -> Value:
    stamp = _parse(timestamp.data, None)
    nanoseconds = stamp.nanoseconds + _duration(duration.data)
    try:
        moment = stamp.moment + timedelta(seconds=nanoseconds // 10**9)
    except OverflowError:
        raise FunctionError("the time is out of the supported range") from None
    return string(_rfc3339(moment))


def timecmp(first: Value, second: Value) -> Value:
    a, b = _parse(first.data, 0).key(), _parse(second.data, 1).key()
    return number((a > b) - (a < b))


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = lazy_regex(r"''|'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+", re.S)


def _two(amount: Callable[[datetime], int]) -> dict[int, Callable[[datetime], str]]:
    return {1: lambda t: str(amount(t)), 2: lambda t: f"{amount(t):02d}"}


def _utc_or_offset(t: datetime) -> str:
    shown = _zone(t, colon=False)
    return "UTC" if shown == "+0000" else shown


_VERBS: dict[str, dict[int, Callable[[datetime], str]]] = {
    "Y": {2: lambda t: f"{t.year % 100:02d}", 4: lambda t: f"{t.year:04d}"},
    "M": _two(lambda t: t.month)
    | {3: lambda t: _MONTHS[t.month - 1][:3], 4: lambda t: _MONTHS[t.month - 1]},
    "D": _two(lambda t: t.day),
    "E": {3: lambda t: _DAYS[t.weekday()][:3], 4: lambda t: _DAYS[t.weekday()]},
    "h": _two(lambda t: t.hour),
    "H": _two(lambda t: t.hour % 12 or 12),
    "A": {2: lambda t: "PM" if t.hour >= 12 else "AM"},
    "a": {2: lambda t: "pm" if t.hour >= 12 else "am"},
    "m": _two(lambda t: t.minute),
    "s": _two(lambda t: t.second),
    "Z": {
        1: lambda t: _zone(t, colon=True, zulu=True),
        3: _utc_or_offset,
        4: lambda t: _zone(t, colon=False),
        5: lambda t: _zone(t, colon=True),
    },
}
_HINTS = {
    "Y": 'year must either be "YY" or "YYYY"',
    "M": 'month must be "M", "MM", "MMM", or "MMMM"',
    "D": 'day of month must either be "D" or "DD"',
    "E": 'day of week must either be "EEE" or "EEEE"',
    "h": '24-hour must either be "h" or "hh"',
    "H": '12-hour must either be "H" or "HH"',
    "A": 'must be "AA"',
    "a": 'must be "aa"',
    "m": 'minute must either be "m" or "mm"',
    "s": 'second must either be "s" or "ss"',
    "Z": "timezone must be Z, ZZZZ, or ZZZZZ",
}


def formatdate(pattern: Value, time: Value) -> Value:
    moment = _parse(time.data, 1).moment
    out: list[str] = []
    for match in _TOKEN.finditer(pattern.data):
        token = match.group()
        if token[0] == "'":
            if len(token) == 1 or token[-1] != "'":
                raise FunctionError("unterminated literal '", 0)
            out.append("'" if token == "''" else token[1:-1].replace("''", "'"))
        elif match.group(1):
            verbs = _VERBS.get(token[0])
            if verbs is None:
                raise FunctionError(f"invalid date format verb {go_quote(token)}", 0)
            make = verbs.get(len(token))
            if make is None:
                raise FunctionError(
                    f"invalid date format verb {go_quote(token)}: {_HINTS[token[0]]}", 0
                )
            out.append(make(moment))
        else:
            out.append(token)
    return string("".join(out))


def _now(name: str) -> Callable[[], Value]:
    return lambda: unknown(
        f"{name}() depends on the time of the run", of=STRING_TYPE, not_null=True
    )


FUNCTIONS = {
    "timeadd": Function(timeadd, (text("timestamp"), text("duration")), returns=STRING_TYPE),
    "timecmp": Function(timecmp, (text("timestamp_a"), text("timestamp_b")), returns=NUMBER_TYPE),
    "formatdate": Function(formatdate, (text("format"), text("time")), returns=STRING_TYPE),
    "timestamp": Function(_now("timestamp"), (), returns=STRING_TYPE),
    "plantimestamp": Function(_now("plantimestamp"), (), returns=STRING_TYPE),
}
