"""What the grammar's edges stand for: days, spans of days, hours, and what they are resolved against. Frozen, pure."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

Opening = tuple[time, time]
"""From and until, of one span of opening."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What days and hours are resolved against. All times are local to the business."""

    now: datetime
    """When the message arrived, with the business's time zone."""
    hours_on: Callable[[date], Sequence[Opening]]
    """Opening hours of a day; empty when it is closed."""
    usual: Sequence[Opening] = ()
    """Opening hours of all weekdays together."""
    country: str = ""
    """ISO 3166 code, for the dates of named days."""
    asked: str = ""
    """The slot that the assistant has asked for; empty for none."""
    offered: frozenset[tuple[date, time]] = frozenset()
    """The free times that it has offered."""

    @property
    def today(self) -> date:
        """The local date."""
        return self.now.date()

    def open_on(self, day: date) -> bool:
        """Whether a day has opening hours."""
        return bool(self.hours_on(day))


@dataclass(frozen=True, slots=True)
class Day:
    """One day, as it was said."""

    date: dt.date | None
    """None when no calendar has it ("30 de febrero"), or when two things said disagree."""
    kind: str
    """weekday, dom (a number alone), calendar (day and month), relative, named, numeric, past, far (weekday and number
    agree, but not at the number's next coming)."""
    weekday: int | None = None
    """The weekday that was said, 0 is Monday."""
    conflict: tuple[dt.date, ...] = ()
    """The days that it may be, where weekday and number disagree, or agree only later."""
    near: dt.date | None = None
    """The last day of the month of a day that no calendar has."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from a first to a last one, both included."""

    first: date
    last: date
    kind: str = "range"
    """week, weekend, month, range."""


@dataclass(frozen=True, slots=True)
class Days:
    """A constraint on days in the form of a reading: `<2026-03-13`, `weekly:fri`, `any`, `earliest`, `a|b`, `!a`."""

    text: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day, as it was said."""

    hour: int
    """0 to 23, or 24 for midnight."""
    minute: int = 0
    fixed: bool = False
    """Whether morning or afternoon is known: by am or pm, a part of the day, or an hour over 12."""
    part: str = ""
    """The part of the day that was said with it."""

    def shifted(self, minutes: int) -> "Hour":
        """The time so many minutes later, within the same half of the day where that is not known."""
        whole = (self.hour * 60 + self.minute + minutes) % (24 * 60)
        hour, minute = divmod(whole, 60)
        return Hour(hour, minute, self.fixed, self.part)


@dataclass(frozen=True, slots=True)
class Hours:
    """A constraint on hours in the form of a reading: `>=17:00`, `15:00..17:00`, `morning`, `any`."""

    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and an hour that belong together ("in two hours", "tomorrow at five")."""

    day: Day | Span | Days
    hour: Hour | Hours


def settled(hour: Hour, setting: Setting, day: date | None = None) -> time | None:
    """The time of day that an hour means. A bare hour below 13 is the one that falls in opening hours: those of the
    day where it is known, otherwise any; with none, an hour before 8 is in the afternoon. None for an hour that no
    clock has."""
    if hour.hour == 24 and hour.minute == 0:
        return time(0)
    if not (0 <= hour.hour <= 23 and 0 <= hour.minute <= 59):
        return None
    if hour.fixed or hour.hour >= 13 or hour.hour == 0:
        return time(hour.hour, hour.minute)
    early = time(hour.hour, hour.minute)
    late = time((hour.hour + 12) % 24 if hour.hour < 12 else 12, hour.minute)
    spans = [setting.hours_on(day)] if day else []
    spans.append(setting.usual)
    for some in spans:
        fits = [at for at in (early, late) if any(start <= at < end for start, end in some)]
        if fits:
            return fits[0]
    return late if hour.hour < 8 else early


def other_half(hour: Hour, setting: Setting, day: date, minutes: int) -> time | None:
    """The time of the evening that a bare hour of a day's morning may mean as well, what is wanted taking so many
    minutes; None where the business is open at one of them only."""
    if hour.fixed or not 0 < hour.hour < 12:
        return None
    early, late = time(hour.hour, hour.minute), time(hour.hour + 12, hour.minute)
    end = (datetime.combine(day, late) + timedelta(minutes=minutes)).time()
    spans = setting.hours_on(day)
    both = any(start <= early < until for start, until in spans) and any(
        start <= late < end <= until for start, until in spans
    )
    return late if both else None


def opens_at(at: time | None, setting: Setting) -> bool:
    """Whether the business is open at a time on some weekday."""
    return at is not None and any(start <= at < end for start, end in setting.usual)


def offers_hour(setting: Setting, hour: Hour) -> bool:
    """Whether a time that was offered is at such an hour: "10" and "4" of 10:00 and 16:00."""
    clocks = {(at.hour, at.minute) for _, at in setting.offered}
    loose = {(at % 12, minute) for at, minute in clocks} if hour.hour <= 12 and not hour.fixed else set()
    return (hour.hour, hour.minute) in clocks or (hour.hour % 12, hour.minute) in loose


def with_part(hour: Hour, part: str) -> Hour:
    """An hour of a part of the day: am, pm, morning, noon, afternoon, evening, night."""
    h, m = hour.hour, hour.minute
    if h > 12:
        return Hour(h, m, True, part)
    if part in ("am", "early"):
        return Hour(0 if h == 12 else h, m, True, part)
    if part == "morning" or (part == "noon" and h >= 11):
        return Hour(h, m, True, part)
    if part in ("evening", "night") and h == 12:
        return Hour(0, m, True, part)
    if part == "night" and h < 5:
        return Hour(h, m, True, part)
    return Hour(12 if h == 12 else h + 12, m, True, part)


def coming(weekday: int, today: date) -> date:
    """The next such weekday after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def safe_date(year: int, month: int, day: int) -> date | None:
    """A date, or None when no calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_of_month(number: int, today: date) -> date | None:
    """The next day of that number after today."""
    month = today.year * 12 + today.month - 1
    for ahead in range(4):
        found = safe_date((month + ahead) // 12, (month + ahead) % 12 + 1, number)
        if found and found > today:
            return found
    return None


def next_of_year(month: int, day: int, today: date) -> date | None:
    """The next time that a day of a month comes, today included."""
    for ahead in range(9):
        found = safe_date(today.year + ahead, month, day)
        if found and found >= today:
            return found
    return None


def months_on(day: date, count: int) -> date:
    """The same day some months later, or the month's last where it has none of that number."""
    month = day.year * 12 + day.month - 1 + count
    for number in range(day.day, day.day - 4, -1):
        found = safe_date(month // 12, month % 12 + 1, number)
        if found:
            return found
    raise AssertionError(day)


def week_of(day: date, setting: Setting, weeks: int = 0) -> Span:
    """The open days of the calendar week some weeks after a day's: Monday to the last open day."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    last = max((one for one in days if setting.open_on(one)), default=days[-1])
    return Span(monday, last, "week")
