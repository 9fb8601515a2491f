"""Field types of the tenant model and how their YAML forms are read. Errors are ValueErrors that
say what was expected."""

import itertools
import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
BcpLocale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]


class Frozen(BaseModel):
    """Base of every part of the model: immutable, and no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class HourSpan(NamedTuple):
    """An opening span, start included and end excluded, local times of one day."""

    start: time
    end: time


def parse_span(value: Any) -> HourSpan:
    """Reads "09:00-13:00". "24:00" ends a day and is held as 23:59:59."""
    if isinstance(value, HourSpan):
        return value
    match = _SPAN.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected opening hours like '09:00-13:00'")
    end_of_day = match[3] == "24"
    if end_of_day and match[4] != "00":
        raise ValueError("expected opening hours like '09:00-13:00'")
    start = time(int(match[1]), int(match[2]))
    end = time(23, 59, 59) if end_of_day else time(int(match[3]), int(match[4]))
    if end <= start:
        raise ValueError("expected the end after the start")
    return HourSpan(start, end)


class DaySpan(NamedTuple):
    """Dates, both ends included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def parse_day_span(value: Any) -> DaySpan:
    """Reads a date, or "2026-01-02..2026-01-16"."""
    if isinstance(value, DaySpan):
        return value
    if isinstance(value, date):
        return DaySpan(value, value)
    ends = value.split("..") if isinstance(value, str) else []
    try:
        days = [date.fromisoformat(end.strip()) for end in ends]
    except ValueError:
        days = []
    if len(days) not in (1, 2):
        raise ValueError("expected a date like 2026-01-02, or dates like 2026-01-02..2026-01-16")
    if days[-1] < days[0]:
        raise ValueError("expected the last date not before the first")
    return DaySpan(days[0], days[-1])


class YearlySpan(NamedTuple):
    """Days of every year as (month, day), both ends included; they may run into the next year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


_YEARLY = re.compile(r"^(\d{2})-(\d{2})(?:\.\.(\d{2})-(\d{2}))?$")


def parse_yearly(value: Any) -> YearlySpan:
    """Reads "12-25", or "12-24..01-06"."""
    if isinstance(value, YearlySpan):
        return value
    match = _YEARLY.match(value) if isinstance(value, str) else None
    expected = "expected a day of the year like 12-25 (month-day), or days like 12-24..01-06"
    if match is None:
        raise ValueError(expected)
    first = (int(match[1]), int(match[2]))
    last = (int(match[3]), int(match[4])) if match[3] else first
    try:
        for month, day in (first, last):
            date(2024, month, day)
    except ValueError as error:
        raise ValueError(expected) from error
    return YearlySpan(first, last)


_DURATION = re.compile(r"^(?:(\d+) ?d)? ?(?:(\d+) ?h)? ?(?:(\d+) ?min)?$")
_MOST_MINUTES = 366 * 24 * 60


def parse_minutes(value: Any) -> int:
    """Reads "90 min", "2 h", "1 h 30 min" or "3 d" as minutes; a bare number is minutes."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("expected a duration like '30 min', '2 h' or '3 d'")
    if isinstance(value, str):
        match = _DURATION.match(value.strip()) if value.strip() else None
        if match is None:
            raise ValueError("expected a duration like '30 min', '2 h' or '3 d'")
        days, hours, minutes = (int(part or 0) for part in match.groups())
        value = (days * 24 + hours) * 60 + minutes
    if not 0 <= value <= _MOST_MINUTES:
        raise ValueError("expected a duration of at most a year")
    return int(value)


def parse_amount(value: Any) -> int | float:
    """Reads an amount of money: a number from 0 with at most two decimals."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**10:
        raise ValueError("expected an amount from 0")
    if abs(value * 100 - round(value * 100)) > 1e-6:
        raise ValueError("expected at most two decimals")
    return int(value) if float(value).is_integer() else round(float(value), 2)


def parse_at(value: Any) -> time:
    """Reads "19:00"."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a time like '19:00'")
    return time(int(match[1]), int(match[2]))


def dates_of(span: DaySpan) -> list[date]:
    """The dates of a span, in order."""
    return [span.first + timedelta(days=ahead) for ahead in range((span.last - span.first).days + 1)]


_SPAN_SCHEMA = {"type": "string", "pattern": _SPAN.pattern, "examples": ["09:00-13:00"]}
_DURATION_SCHEMA = {
    "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^(\d+ ?(d|h|min) ?)+$"}],
    "examples": ["30 min", "2 h", "3 d"],
}
_DATES = r"^\d{4}-\d{2}-\d{2}(\.\.\d{4}-\d{2}-\d{2})?$"
Span = Annotated[HourSpan, BeforeValidator(parse_span), WithJsonSchema(_SPAN_SCHEMA)]
Minutes = Annotated[int, BeforeValidator(parse_minutes), WithJsonSchema(_DURATION_SCHEMA)]
Amount = Annotated[int | float, BeforeValidator(parse_amount), WithJsonSchema({"type": "number", "minimum": 0})]
At = Annotated[time, BeforeValidator(parse_at), WithJsonSchema({"type": "string", "pattern": r"^\d{2}:\d{2}$"})]
Days = Annotated[DaySpan, BeforeValidator(parse_day_span), WithJsonSchema({"type": "string", "pattern": _DATES})]
Yearly = Annotated[
    YearlySpan, BeforeValidator(parse_yearly), WithJsonSchema({"type": "string", "pattern": _YEARLY.pattern})
]


def parse_days(value: Any) -> Any:
    """Checks the weekday names of an hours mapping; None means closed all day."""
    if not isinstance(value, Mapping):
        raise ValueError("expected a mapping from mon … sun to lists of hours")
    unknown = [str(day) for day in value if day not in _DAYS]
    if unknown:
        raise ValueError(f"expected weekdays among {', '.join(_DAYS)}, got {', '.join(unknown)}")
    for day, spans in value.items():
        parsed = [parse_span(span) for span in spans or ()]
        if any(later.start < earlier.end for earlier, later in itertools.pairwise(parsed)):
            raise ValueError(f"{day}: expected spans in order and without overlap")
    return {day: tuple(spans or ()) for day, spans in value.items()}


Week = Annotated[Mapping[str, tuple[Span, ...]], BeforeValidator(parse_days)]
"""Weekday (mon … sun) -> spans of hours."""


def parse_starts(value: Any) -> Any:
    """Checks the weekday names of a timetable; None means none that day."""
    if not isinstance(value, Mapping):
        raise ValueError("expected a mapping from mon … sun to lists of times")
    unknown = [str(day) for day in value if day not in _DAYS]
    if unknown:
        raise ValueError(f"expected weekdays among {', '.join(_DAYS)}, got {', '.join(unknown)}")
    return {day: tuple(sorted(parse_at(at) for at in times or ())) for day, times in value.items()}


WeeklyStarts = Annotated[Mapping[str, tuple[At, ...]], BeforeValidator(parse_starts)]
"""Weekday (mon … sun) -> times at which something begins."""


def zone_exists(value: Any) -> Any:
    """Lets only IANA timezone names pass."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise ValueError("expected an IANA timezone such as America/Argentina/Buenos_Aires") from error
    return value
