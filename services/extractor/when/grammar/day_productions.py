"""What rules make of the words for one day. Pure.

A function gets the setting and the values of the rule's categories; it returns a value, or None where there is none.
"""

from datetime import date, timedelta
from typing import Any

from extractor.when.grammar.holidays import named_day
from extractor.when.grammar.registry import production
from extractor.when.grammar.values import (
    Day,
    Days,
    Hour,
    Setting,
    Span,
    coming,
    months_on,
    next_of_month,
    next_of_year,
    offers_hour,
    opens_at,
    safe_date,
    settled,
    week_of,
)


@production
def in_days(setting: Setting, *, days: int) -> Day:
    """A day so many days from today."""
    return Day(setting.today + timedelta(days=days), "relative")


DAYS_OF = {"day": 1, "week": 7, "fortnight": 14, "half_month": 15}
"""How many days a unit has."""
MONTHS_OF = {"month": 1, "year": 12}
"""How many months a unit has."""


def shifted(day: date, count: int, unit: str) -> date | None:
    """A day so many units later, or earlier with a negative count; None for more than some years."""
    if unit in DAYS_OF and abs(count) <= 400:
        return day + timedelta(days=count * DAYS_OF[unit])
    if unit in MONTHS_OF and abs(count * MONTHS_OF[unit]) <= 60:
        return months_on(day, count * MONTHS_OF[unit])
    return None


@production
def in_units(setting: Setting, *, count: int, unit: str) -> Day | None:
    """A day so many days, weeks, fortnights, months or years from today."""
    found = shifted(setting.today, count, unit) if count > 0 else None
    return Day(found, "relative") if found else None


@production
def business_days(setting: Setting, *, count: int) -> Day | None:
    """A day so many days from today, Saturdays and Sundays not counted."""
    if not 0 < count <= 60:
        return None
    whole, rest = divmod(min(setting.today.weekday(), 4) + count, 5)
    monday = setting.today - timedelta(days=setting.today.weekday())
    return Day(monday + timedelta(days=whole * 7 + rest), "relative")


@production
def next_weekday(setting: Setting, *, weekday: int) -> Day:
    """The coming such weekday, after today."""
    return Day(coming(weekday, setting.today), "weekday", weekday)


@production
def weekday_after_next(setting: Setting, *, weekday: int) -> Day:
    """The weekday a week after the coming one."""
    return Day(coming(weekday, setting.today) + timedelta(days=7), "weekday", weekday)


@production
def other_weekday(setting: Setting, *, weekday: int) -> Day:
    """ "El otro martes": the one after the coming one; on a Tuesday the coming one is the other."""
    day = coming(weekday, setting.today)
    return Day(day if day == setting.today + timedelta(days=7) else day + timedelta(days=7), "weekday", weekday)


@production
def weekday_in(setting: Setting, *, weekday: int, span: Span) -> Day | None:
    """A weekday of a week, or of another short span."""
    length = (span.last - span.first).days
    if span.kind == "week":
        length = 6
    for ahead in range(length + 1):
        day = span.first + timedelta(days=ahead)
        if day.weekday() == weekday:
            return Day(day, "weekday", weekday)
    return None


@production
def weekday_next_week(setting: Setting, *, weekday: int) -> Day | None:
    """A weekday of next calendar week."""
    return weekday_in(setting, weekday=weekday, span=week_of(setting.today, setting, 1))


@production
def weekday_from_now(setting: Setting, *, count: int, weekday: int) -> Day | None:
    """The first, second … such weekday after today."""
    if not 0 < count <= 60:
        return None
    return Day(coming(weekday, setting.today) + timedelta(weeks=count - 1), "weekday", weekday)


@production
def nth_weekday(
    setting: Setting, *, place: int, weekday: int, month: int | Span, year: int | None = None
) -> Day | None:
    """The first, second … or, counted from the end with a negative place, last such weekday of a month: of the year
    given, otherwise the next one."""
    return _nth(setting, place, month, year, weekday)


@production
def nth_day(setting: Setting, *, place: int, month: int | Span, year: int | None = None) -> Day | None:
    """The first, second … or, counted from the end with a negative place, last day of a month."""
    return _nth(setting, place, month, year, None)


def _nth(setting: Setting, place: int, month: int | Span, year: int | None, weekday: int | None) -> Day | None:
    said = year is not None or isinstance(month, Span)
    for one in (year,) if year else (setting.today.year, setting.today.year + 1):
        first = month.first.replace(day=1) if isinstance(month, Span) else date(one, month, 1)
        days = [first + timedelta(days=ahead) for ahead in range(31)]
        days = [day for day in days if day.month == first.month and weekday in (None, day.weekday())]
        index = place - 1 if place > 0 else place
        if -len(days) <= index < len(days) and (days[index] >= setting.today or said):
            return Day(days[index], "calendar", weekday)
    return None


@production
def nth_last_day(setting: Setting, *, back: int, month: int) -> Day | None:
    """ "The fifth last day of May": counted from the end."""
    return _nth(setting, -back, month, None, None)


@production
def nth_weekday_from(setting: Setting, *, weekday: int, day: Day, sign: int, place: int = 1) -> Day | None:
    """The first, second … such weekday after (sign 1) or before (sign -1) a day."""
    if day.date is None or not 0 < place < 60:
        return None
    ahead = sign * ((sign * (weekday - day.date.weekday()) - 1) % 7 + 1 + 7 * (place - 1))
    return Day(day.date + timedelta(days=ahead), "calendar", weekday)


@production
def closest_weekday(setting: Setting, *, weekday: int, day: Day) -> Day | None:
    """The such weekday that is fewest days from a day."""
    if day.date is None:
        return None
    return Day(day.date + timedelta(days=(weekday - day.date.weekday() + 3) % 7 - 3), "calendar", weekday)


@production
def day_number(setting: Setting, *, number: int) -> Day | None:
    """A day of the month by its number alone: the next one."""
    found = next_of_month(number, setting.today) if 1 <= number <= 31 else None
    return Day(found, "dom") if found else None


@production
def month_day(setting: Setting, *, number: int, month: int, year: int | None = None) -> Day | None:
    """A day and its month: of the year given, otherwise the next one. A day that no calendar has is one without a
    date, so that it is asked about."""
    if not 1 <= number <= 31:
        return None
    found = _dated(setting, number, month, year)
    return Day(found, "calendar", near=None if found else _last_of(setting, month, year))


@production
def day_of_span(setting: Setting, *, number: int, span: Span) -> Day | None:
    """A day of the month that a span lies in: "el 5 del mes que viene"."""
    if not 1 <= number <= 31:
        return None
    return Day(safe_date(span.first.year, span.first.month, number), "calendar")


MONTH_FIRST = ("US",)
"""Countries that write the month before the day in figures."""


@production
def numeric_day(setting: Setting, *, number: int, month: int, year: int | None = None) -> Day | None:
    """Day/month in figures, or month/day where the country writes so; the other way round where only that is
    possible."""
    if setting.country in MONTH_FIRST:
        number, month = month, number
    if month > 12 >= number:
        number, month = month, number
    if not (1 <= month <= 12 and 1 <= number <= 31):
        return None
    return Day(_dated(setting, number, month, year), "numeric")


@production
def day_of_month(setting: Setting, *, number: int, month: int) -> Day | None:
    """A day and the number of its month: "el 21 del 4"."""
    return Day(_dated(setting, number, month, None), "numeric") if 1 <= month <= 12 and 1 <= number <= 31 else None


@production
def iso_day(setting: Setting, *, year: int, month: int, number: int) -> Day | None:
    """A date as ISO 8601 writes it."""
    if not (2000 <= year < 2100 and 1 <= month <= 12 and 1 <= number <= 31):
        return None
    return Day(safe_date(year, month, number), "numeric")


def _last_of(setting: Setting, month: int, year: int | None) -> date | None:
    """The last day of a month: of the year given, otherwise of the next one."""
    said = year and (year + 2000 if year < 100 else year)
    one = said or setting.today.year + (month < setting.today.month)
    first = safe_date(one, month, 1)
    return months_on(first, 1) - timedelta(days=1) if first else None


def _dated(setting: Setting, number: int, month: int, year: int | None) -> date | None:
    if year is None:
        return next_of_year(month, number, setting.today)
    return safe_date(year + 2000 if year < 100 else year, month, number)


@production
def days_ago(setting: Setting, *, days: int) -> Day:
    """A day so many days before today: a wish only where the words say so."""
    return Day(setting.today - timedelta(days=days), "past")


@production
def weekday_and_day(setting: Setting, *, weekday: int, day: Day, bare: int = 0) -> Day | None:
    """A weekday with a day: one day where they agree; a conflict where they do not. A number alone may be that of one
    of the coming months; said without an article (`bare`), one that does not agree at once is an hour where the
    business is open then ("jueves 16")."""
    if day.kind not in ("dom", "calendar", "numeric", "relative"):
        return None
    if day.date is None:
        return Day(None, "calendar", weekday)
    if day.date.weekday() == weekday:
        return Day(day.date, "calendar", weekday)
    if day.kind == "relative" and day.date == setting.today:
        return None
    if bare and opens_at(settled(Hour(day.date.day), setting), setting):
        return None
    said = coming(weekday, setting.today)
    if day.kind == "dom":
        for ahead in range(8):
            one = said + timedelta(weeks=ahead)
            if one.day == day.date.day:
                return Day(one, "far", weekday, tuple(sorted({day.date, said})))
    return Day(None, "calendar", weekday, tuple(sorted({day.date, said})))


@production
def same_day(setting: Setting, *, day: Day, other: Day) -> Day | None:
    """One day said twice: "mañana martes", "hoy, el 12"."""
    if day.date is None or other.date is None or day.date != other.date:
        return None
    return Day(day.date, "calendar", day.weekday or other.weekday)


@production
def day_shifted(setting: Setting, *, day: Day, days: int) -> Day | None:
    """So many days after or before a day."""
    return Day(day.date + timedelta(days=days), "relative") if day.date else None


@production
def day_shifted_by(setting: Setting, *, day: Day, count: int, unit: str, sign: int) -> Day | None:
    """So many days, weeks, months or years after (sign 1) or before (sign -1) a day."""
    found = shifted(day.date, sign * count, unit) if day.date and count > 0 else None
    return Day(found, "relative") if found else None


@production
def holiday(setting: Setting, *, name: str, year: int | None = None) -> Day | None:
    """A named day of the business's country: its next coming, or that of a year."""
    found = named_day(name, setting.country, setting.today, year)
    return Day(found, "named") if found else None


@production
def past(setting: Setting, **said: Any) -> Days:
    """A day that has passed: no wish. It takes its words, so that they are read as nothing else."""
    return Days("past")


@production
def asked_day(setting: Setting, *, day: Day) -> Day | None:
    """A bare day of the month, which answers when the day was asked for, or that day was offered; an hour that was
    offered is none."""
    number = day.date.day if day.date else 0
    if number and offers_hour(setting, Hour(number)):
        return None
    offered = setting.asked != "preferred_time" and any(number == one.day for one, _ in setting.offered)
    counts = number == 1 and not offered  # "solo uno va"
    return day if offered or (setting.asked == "preferred_date" and not counts) else None


@production
def relative_weekday(setting: Setting, *, days: int, weekday: int) -> Day:
    """ "Mañana miércoles": that day where it is one; otherwise the two disagree."""
    day = setting.today + timedelta(days=days)
    if day.weekday() == weekday:
        return Day(day, "relative", weekday)
    return Day(None, "relative", weekday, (day, coming(weekday, setting.today)))


@production
def today_if(setting: Setting, *, weekday: int) -> Day | None:
    """ "Hoy jueves": today, where it is one."""
    return Day(setting.today, "relative", weekday) if setting.today.weekday() == weekday else None
