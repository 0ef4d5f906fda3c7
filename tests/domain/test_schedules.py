"""Runs in a month of schedule expressions, counted by hand and by brute force."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linter.domain.schedules import ScheduleError, parse_day, parse_schedule


def runs(expression: str, *, rule: bool = False) -> Decimal:
    return parse_schedule(expression, rule=rule).runs


def twelfth(a_year: float | Decimal | int) -> Decimal:
    return (Decimal(str(a_year)) / 12).quantize(Decimal("0.000001"))


@pytest.mark.parametrize(
    ("expression", "a_year"),
    [
        ("rate(1 hour)", 8760),
        ("rate(5 minutes)", 12 * 8760),
        ("rate(1 day)", 365),
        ("rate(12 hours)", 730),
        ("cron(0 8 * * ? *)", 365),
        ("cron(0 8 ? * * *)", 365),
        ("cron(0 * * * ? *)", 8760),
        ("cron(0/15 * * * ? *)", 4 * 8760),
        ("cron(*/20 8-10 * * ? *)", 9 * 365),
        ("cron(0 22-2 * * ? *)", 5 * 365),
        ("cron(5,35 14 * * ? *)", 2 * 365),
        ("cron(0 0 1 * ? *)", 12),
        ("cron(0 0 31 * ? *)", 7),
        ("cron(0 0 30,31 * ? *)", 11 + 7),
        ("cron(0 0 1 JAN,jul ? *)", 2),
        ("cron(0 0 1 1/3 ? *)", 4),
        ("cron(0 0 1 NOV-FEB ? *)", 4),
        ("cron(0 0 1/10 4 ? *)", 3),
        ("cron(0 0 L * ? *)", 12),
        ("cron(0 0 L,1 * ? *)", 24),
        ("cron(0 0 L-3 2 ? *)", 1),
        ("cron(0 0 15W * ? *)", 12),
        ("cron(0 0 LW * ? *)", 12),
        ("cron(0 0 31W * ? *)", 7),
        ("cron(0 0 1W,3W 1 ? *)", Decimal(13) / 7),  # the same Monday when the 1st is a Saturday
        ("cron(0 0 ? * 6L *)", 12),
        ("cron(0 0 ? * FRIL *)", 12),
        ("cron(0 0 ? * 2#1 *)", 12),
        ("cron(0 0 ? 2 MON#5 *)", Decimal(1) / 7 * Decimal("0.2425")),
        ("cron(0 0 29 2 ? *)", Decimal("0.2425")),
        ("cron(0 0 28,29 2 ? *)", 1),
        ("cron(0 10 ? * MON-FRI *)", Decimal(365) * 5 / 7),
        ("cron(0 10 ? * 2-6 *)", Decimal(365) * 5 / 7),
        ("cron(0 10 ? * FRI-MON *)", Decimal(365) * 4 / 7),
        ("cron(0 10 ? * L *)", Decimal(365) / 7),
        ("cron(0 10 ? * MON 2020-2199)", Decimal(365) / 7),
        (" cron( 0  10 1 * ? * ) ", 12),
    ],
)
def test_counted_by_hand(expression: str, a_year: Decimal | int) -> None:
    assert runs(expression) == twelfth(a_year)


def test_rates_and_crons_of_the_same_rhythm_agree() -> None:
    assert runs("rate(1 day)") == runs("cron(7 3 * * ? *)") == runs("rate(24 hours)")
    assert runs("rate(1 hour)") == runs("cron(7 * * * ? *)") == 730
    assert runs("rate(7 days)") == runs("cron(0 0 ? * THU *)")


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "form"),
        ("every day", "form"),
        ("rate(1 hour", "form"),
        ("rate(hour)", "whole number"),
        ("rate(0 hours)", "zero"),
        ("rate(-1 hours)", "whole number"),
        ("rate(1.5 hours)", "whole number"),
        ("rate(1 week)", "whole number"),
        ("cron(0 8 * * *)", "six fields"),
        ("cron(0 8 * * * *)", "question mark"),
        ("cron(0 8 ? * ? *)", "question mark"),
        ("cron(75 8 * * ? *)", "minute: 75"),
        ("cron(0 24 * * ? *)", "hour: 24"),
        ("cron(0 8 0 * ? *)", "day of month: 0"),
        ("cron(0 8 * 13 ? *)", "month: 13"),
        ("cron(0 8 * FOO ? *)", "month: 'FOO'"),
        ("cron(0 8 ? * 0 *)", "day of week: 0"),
        ("cron(0 8 ? * MON#6 *)", "from 1 to 5"),
        ("cron(0 8 ? * MON 1969)", "year: 1969"),
        ("cron(0 8 ? * MON 2030-2020)", "year"),
        ("cron(0/0 8 * * ? *)", "step"),
        ("cron(0/x 8 * * ? *)", "step"),
        ("cron(, 8 * * ? *)", "minute"),
        ("cron(0 8 30 2 ? *)", "never"),
        ("at(2026-13-01T00:00:00)", "moment"),
        ("at(tomorrow)", "moment"),
    ],
)
def test_what_aws_refuses_is_said(expression: str, says: str) -> None:
    with pytest.raises(ScheduleError, match=says):
        parse_schedule(expression)


def test_rules_are_stricter_than_schedules() -> None:
    for expression in ("rate(1 hours)", "rate(5 minute)", "at(2030-01-01T00:00:00)"):
        parse_schedule(expression)
        with pytest.raises(ScheduleError):
            parse_schedule(expression, rule=True)
    assert runs("rate(1 hour)", rule=True) == 730
    assert runs("rate(2 hours)", rule=True) == 365


def test_what_is_over() -> None:
    past = parse_schedule("cron(0 8 * * ? 2019-2020)")
    assert past.over(date(2021, 1, 1)) and not past.over(date(2020, 12, 31))
    assert not parse_schedule("cron(0 8 * * ? *)").over(date(2199, 1, 1))
    once = parse_schedule("at(2026-10-02T00:00:00)")
    assert once.once and once.runs == 1
    assert once.over(date(2026, 10, 3)) and not once.over(date(2026, 10, 2))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31T23:59:59Z", date(2026, 12, 31)),
        ("2026-12-31", date(2026, 12, 31)),
        ("2026-02-30T00:00:00Z", None),
        ("soon", None),
    ],
)
def test_days_of_timestamps(text: str, day: date | None) -> None:
    assert parse_day(text) == day


# --- brute force: every minute of a year, each field asked by itself -------------------------


def meets(text: str, number: int, least: int, most: int) -> bool:
    """Whether a plain field (lists, ranges, steps) names a number."""
    for part in text.split(","):
        whole, _, step = part.partition("/")
        ends = whole.split("-")
        low = least if whole == "*" else int(ends[0])
        high = most if whole == "*" or (step and len(ends) == 1) else int(ends[-1])
        allowed = []
        at = low
        while True:
            allowed.append(at)
            if at == high:
                break
            at = at + 1 if at < most else least
        if number in allowed[:: int(step or 1)]:
            return True
    return False


def fires_on(day: date, month_field: str, day_field: str, weekday_field: str) -> bool:
    if not meets(month_field, day.month, 1, 12):
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    if weekday_field == "?":
        if day_field == "L":
            return day.day == last
        if day_field.endswith("W"):
            wanted = int(day_field[:-1])
            if wanted > last:
                return False
            there = date(day.year, day.month, wanted)
            candidates = [
                there + timedelta(shift)
                for shift in (0, -1, 1, -2, 2)
                if (there + timedelta(shift)).month == day.month
                and (there + timedelta(shift)).isoweekday() < 6
            ]
            return candidates[0] == day
        return meets(day_field, day.day, 1, 31)
    weekday = day.isoweekday() % 7 + 1
    if weekday_field.endswith("L"):
        return weekday == int(weekday_field[:-1]) and day.day + 7 > last
    if "#" in weekday_field:
        name, nth = weekday_field.split("#")
        return weekday == int(name) and (day.day + 6) // 7 == int(nth)
    return meets(weekday_field, weekday, 1, 7)


YEARS = (2017, 2018, 2019, 2021, 2022, 2015, 2014)
"""Seven years of 365 days, one for each weekday that a year can begin with."""


def plain(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most).map(str)
    spread = st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}")
    stepped = st.tuples(st.one_of(number, spread, st.just("*")), st.integers(1, most)).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    return st.one_of(
        st.just("*"),
        st.lists(st.one_of(number, spread, stepped), min_size=1, max_size=3).map(",".join),
    )


DAYS = st.one_of(
    st.tuples(
        st.one_of(plain(1, 28), st.just("L"), st.integers(1, 28).map(lambda n: f"{n}W")),
        st.just("?"),
    ),
    st.tuples(
        st.just("?"),
        st.one_of(
            plain(1, 7),
            st.integers(1, 7).map(lambda n: f"{n}L"),
            st.tuples(st.integers(1, 7), st.integers(1, 4)).map(lambda p: f"{p[0]}#{p[1]}"),
        ),
    ),
)


@settings(max_examples=60, deadline=None)
@given(plain(0, 59), plain(0, 23), DAYS, plain(1, 12))
def test_equals_a_count_of_every_minute(
    minute: str, hour: str, days: tuple[str, str], month: str
) -> None:
    assert {date(year, 1, 1).weekday() for year in YEARS} == set(range(7))
    day, weekday = days
    a_day = sum(
        meets(minute, m, 0, 59) for h in range(24) if meets(hour, h, 0, 23) for m in range(60)
    )
    fired = 0
    for year in YEARS:
        on = date(year, 1, 1)
        while on.year == year:
            fired += a_day * fires_on(on, month, day, weekday)
            on += timedelta(1)
    expected = (Decimal(fired) / 7 / 12).quantize(Decimal("0.000001"))
    assert runs(f"cron({minute} {hour} {day} {month} {weekday} *)") == expected


@given(st.text(max_size=40))
def test_no_text_is_more_than_refused(text: str) -> None:
    for expression in (text, f"cron({text})", f"rate({text})", f"at({text})"):
        try:
            assert parse_schedule(expression).runs > 0
        except ScheduleError as error:
            assert "\n" not in str(error)
