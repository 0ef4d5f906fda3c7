"""How often an EventBridge schedule runs in a month: ``rate(…)``, ``cron(…)`` and ``at(…)``.

One convention for all three, so that ``rate(1 day)`` and a daily ``cron`` cost the same: a month
is 730 hours, the twelfth part of a year of 365 days, and the year begins on each of the seven
weekdays equally often. ``rate(1 hour)`` runs 730 times a month, a daily schedule 365/12 times, a
monthly one once. What runs on 29 February only runs in 97 of 400 years.

A field of years, a start and an end say *when* a schedule is in force, not how often it runs while
it is; one that is over never runs. ``at(…)`` runs once, and is counted once in a month. Time zones
and flexible windows move runs and do not add any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from linter.core.record import record
from linter.core.regex import lazy_regex

HOURS_IN_MONTH = 730
_LEAP_YEARS = Fraction(97, 400)
SMALLEST = Decimal("0.000001")
"""Runs are rounded to this, so that amounts times runs stay exact."""

_FORM = lazy_regex(r"\s*(rate|cron|at)\((.*)\)\s*")
_RATE = lazy_regex(r"(\d{1,9})\s+(minute|hour|day)(s?)")
_MOMENT = lazy_regex(r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)")
_TIMESTAMP = lazy_regex(r"(\d{4})-(\d\d)-(\d\d)(?:$|[T ])")
_HOURS = {"minute": Fraction(1, 60), "hour": Fraction(1), "day": Fraction(24)}

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class ScheduleError(ValueError):
    """An expression that AWS refuses; the message is one clause that says why."""


@record
class Schedule:
    """A parsed expression.

    ``runs`` is how often it runs in a month while it is in force, ``last`` the last day on which
    it may run, ``None`` where there is none. ``once`` marks a schedule of a single run.
    """

    runs: Decimal
    last: date | None = None
    once: bool = False

    def over(self, day: date) -> bool:
        """Whether it runs no more from that day on."""
        return self.last is not None and self.last < day


@lru_cache(maxsize=4096)
def parse_schedule(expression: str, *, rule: bool = False) -> Schedule:
    """Parse an expression of a Scheduler schedule, or of an EventBridge ``rule``.

    Rules are stricter: they have no ``at(…)``, and a rate of one has its unit in the singular and
    any other in the plural. Raises :class:`ScheduleError`.
    """
    match = _FORM.fullmatch(expression)
    if match is None:
        forms = "rate(…) or cron(…)" if rule else "rate(…), cron(…) or at(…)"
        raise ScheduleError(f"it is not of the form {forms}")
    form, body = match.groups()
    if form == "rate":
        return _rate(body.strip(), rule)
    if form == "cron":
        return _cron(body)
    if rule:
        raise ScheduleError("a rule has no at(…), only EventBridge Scheduler has")
    return Schedule(Decimal(1), _moment(body.strip()), once=True)


def _runs(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(SMALLEST)


def _rate(body: str, rule: bool) -> Schedule:
    match = _RATE.fullmatch(body)
    if match is None:
        raise ScheduleError("a rate is a whole number and minutes, hours or days")
    number, unit, plural = int(match[1]), match[2], bool(match[3])
    if number == 0:
        raise ScheduleError("a rate of zero never runs")
    if rule and plural != (number != 1):
        right = unit if number == 1 else f"{unit}s"
        raise ScheduleError(f"a rule's rate of {number} is written rate({number} {right})")
    return Schedule(_runs(HOURS_IN_MONTH / (number * _HOURS[unit])))


def _moment(body: str) -> date:
    match = _MOMENT.fullmatch(body)
    try:
        if match is None:
            raise ValueError
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ScheduleError("a moment is written at(2026-12-31T23:59:59)") from None


@record
class _Field:
    """One of the six fields of a cron expression: its name, its least and greatest number."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()

    def numbers(self, text: str) -> frozenset[int]:
        """The numbers that a list of numbers, ranges and steps names."""
        return frozenset(n for part in text.split(",") for n in self._part(part))

    def _part(self, part: str) -> Iterable[int]:
        whole, slash, step = part.partition("/")
        if slash and (not step.isascii() or not step.isdecimal() or int(step[:6]) == 0):
            raise ScheduleError(f"{self.name}: {part!r} does not step by a whole number")
        first, dash, last = whole.partition("-")
        if whole == "*":
            low, high = self.least, self.most
        elif dash:
            low, high = self.number(first), self.number(last)
        else:
            low = self.number(first)
            high = self.most if slash else low
        if low > high and self.name == "year":
            raise ScheduleError(f"{self.name}: {part!r} ends before it starts")
        size = self.most - self.least + 1
        high = high if low <= high else high + size
        stride = int(step[:6]) if slash else 1
        return ((n - self.least) % size + self.least for n in range(low, high + 1, stride))

    def number(self, text: str) -> int:
        """One number, or the word that stands for it."""
        if text.upper() in self.words:
            return self.words.index(text.upper()) + self.least
        if text.isascii() and text.isdecimal() and len(text) <= 6:
            number = int(text)
            if self.least <= number <= self.most:
                return number
            raise ScheduleError(f"{self.name}: {number} is not from {self.least} to {self.most}")
        raise ScheduleError(
            f"{self.name}: {text!r} is not a number from {self.least} to {self.most}"
        )


_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, _MONTHS)
_WEEKDAY = _Field("day of week", 1, 7, _WEEKDAYS)
_YEAR = _Field("year", 1970, 2199)


def _cron(body: str) -> Schedule:
    fields = body.split()
    if len(fields) != 6:
        raise ScheduleError(
            "cron has six fields (minute, hour, day of month, month, day of week, year), "
            f"this has {len(fields)}"
        )
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ScheduleError("exactly one of day of month and day of week is a question mark")
    times = len(_MINUTE.numbers(minute)) * len(_HOUR.numbers(hour))
    months = _MONTH.numbers(month)
    days = _DayOfMonth(day) if weekday == "?" else _DayOfWeek(weekday)
    last = None if year == "*" else date(max(_YEAR.numbers(year)), 12, 31)
    per_year = _mean_days(days, months, leap=False)
    if not per_year:
        per_year = _mean_days(days, months, leap=True) * _LEAP_YEARS
    if not per_year:
        raise ScheduleError("there is no such day: it never runs")
    return Schedule(_runs(times * per_year / 12), last)


def _mean_days(days: _DayOfMonth | _DayOfWeek, months: Iterable[int], *, leap: bool) -> Fraction:
    """Days in a year on which it runs, the mean of the seven weekdays that a year begins with."""
    count = 0
    for new_year in range(7):
        first = new_year  # the weekday of the month's first day, 0 for Sunday
        for index, usual in enumerate(_DAYS_IN_MONTH):
            length = usual + (leap and index == 1)
            if index + 1 in months:
                count += len(set(days.in_month(first, length)))
            first = (first + length) % 7
    return Fraction(count, 7)


class _DayOfMonth:
    """``1,15``, ``*/2``, ``L`` (the last day), ``15W`` (the nearest working day), ``LW``.

    A working day is looked for inside the month. In a month without a day 31, ``31W`` never runs.
    """

    def __init__(self, text: str) -> None:
        self._numbers: set[int] = set()
        self._nearest: set[int] = set()
        self._from_end: set[int] = set()
        self._last_working = False
        for part in text.split(","):
            upper = part.upper()
            if upper == "L":
                self._from_end.add(0)
            elif upper in ("LW", "WL"):
                self._last_working = True
            elif upper.startswith("L-"):
                self._from_end.add(_DAY.number(upper[2:]))
            elif upper.endswith("W"):
                self._nearest.add(_DAY.number(upper[:-1]))
            else:
                self._numbers |= _DAY.numbers(part)

    def in_month(self, first: int, length: int) -> Iterator[int]:
        """Its days in a month that begins with the weekday ``first`` and has ``length`` days."""
        yield from (n for n in self._numbers if n <= length)
        yield from (length - n for n in self._from_end if n < length)
        for number in self._nearest:
            if number <= length:
                yield _working_day(number, first, length)
        if self._last_working:
            yield _working_day(length, first, length)


def _working_day(day: int, first: int, length: int) -> int:
    """The working day nearest to a day, in the same month."""
    weekday = (first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day


class _DayOfWeek:
    """``MON-FRI``, ``1,7``, ``L`` (Saturday), ``6L`` (the last Friday), ``2#1`` (first Monday)."""

    def __init__(self, text: str) -> None:
        self._numbers: set[int] = set()
        self._last: set[int] = set()
        self._nth: set[tuple[int, int]] = set()
        for part in text.split(","):
            name, hash_, nth = part.partition("#")
            if hash_:
                if nth not in ("1", "2", "3", "4", "5"):
                    raise ScheduleError(f"day of week: {part!r} does not count from 1 to 5")
                self._nth.add((_WEEKDAY.number(name), int(nth)))
            elif part.upper() == "L":
                self._numbers.add(7)
            elif part.upper().endswith("L"):
                self._last.add(_WEEKDAY.number(part[:-1]))
            else:
                self._numbers |= _WEEKDAY.numbers(part)

    def in_month(self, first: int, length: int) -> Iterator[int]:
        """Its days in a month that begins with the weekday ``first`` and has ``length`` days."""
        for day in range(1, length + 1):
            weekday = (first + day - 1) % 7 + 1
            nth = (day - 1) // 7 + 1
            if (
                weekday in self._numbers
                or (weekday in self._last and day + 7 > length)
                or (weekday, nth) in self._nth
            ):
                yield day


def parse_day(text: str) -> date | None:
    """The day of a timestamp such as ``2026-12-31T23:59:59Z``; ``None`` for what is none."""
    match = _TIMESTAMP.match(text)
    try:
        return None if match is None else date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
