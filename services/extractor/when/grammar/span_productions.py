"""What rules make of the words for spans of days, and for constraints on days: bounds, sets, repetitions. Pure."""

from datetime import date, timedelta

from extractor.when.grammar.day_productions import DAYS_OF, nth_day, nth_weekday
from extractor.when.grammar.registry import production
from extractor.when.grammar.values import Day, Days, Setting, Span, months_on, safe_date, week_of

WEEKDAY_KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SATURDAY = 5
WEEKS_AHEAD = 3
"""For how many weeks any day of a weekday is wanted, or none is."""
NO_CHOICE = ("any", "earliest", "past", "no", "habitual", "occasion")
"""Constraints that are no days which one could choose or leave out."""


@production
def week(setting: Setting, *, weeks: int) -> Span:
    """The open days of this week from today on, or of a later one."""
    span = week_of(setting.today, setting, weeks)
    return Span(setting.today, max(span.last, setting.today), "week") if weeks == 0 else span


@production
def weekend(setting: Setting, *, weeks: int) -> Span:
    """The open days of a weekend; all of it where it has none."""
    saturday = setting.today - timedelta(days=setting.today.weekday()) + timedelta(days=5, weeks=weeks)
    both = (saturday, saturday + timedelta(days=1))
    days = [one for one in both if setting.open_on(one) and one >= setting.today] or both
    return Span(days[0], days[-1], "weekend")


@production
def working_days(setting: Setting) -> Days:
    """Monday to Friday of this week, from today on, or of the next one, and of the one after it."""
    monday = setting.today - timedelta(days=setting.today.weekday())
    first = monday if setting.today.weekday() < SATURDAY else monday + timedelta(days=7)
    spans = [
        Span(max(begin, setting.today), begin + timedelta(days=SATURDAY - 1))
        for begin in (first, first + timedelta(days=7))
    ]
    return Days("|".join(map(day_text, spans)))


@production
def month_span(setting: Setting, *, months: int) -> Span:
    """A calendar month some months on; this one from today."""
    first = months_on(setting.today.replace(day=1), months)
    last = months_on(first, 1) - timedelta(days=1)
    return Span(max(first, setting.today), last, "month")


@production
def named_month(setting: Setting, *, month: int) -> Span:
    """The next time that a month comes; this month from today on."""
    ahead = (month - setting.today.month) % 12
    return month_span(setting, months=ahead)


@production
def part_of_month(setting: Setting, *, month: Span, part: str) -> Span:
    """The beginning, middle or end of a month: days 1–10, 11–20, 21 to the last."""
    first = month.first.replace(day=1)
    bounds = {"start": (1, 10), "middle": (11, 20), "end": (21, month.last.day)}[part]
    return Span(max(first.replace(day=bounds[0]), setting.today), first.replace(day=bounds[1]), "range")


@production
def next_units(setting: Setting, *, count: int, unit: str) -> Span | None:
    """The coming days or weeks, from tomorrow on."""
    size = DAYS_OF.get(unit)
    if size is None or not 0 < count < 60:
        return None
    return Span(setting.today + timedelta(days=1), setting.today + timedelta(days=count * size), "range")


@production
def span_between(setting: Setting, *, first: Day, last: Day) -> Span | None:
    """From one day to another; where the last would lie before the first, its next coming."""
    if first.date is None or last.date is None:
        return None
    end = last.date
    if end < first.date and last.kind == "weekday":
        end += timedelta(days=7)
    if end < first.date and first.kind == "dom" and last.kind == "calendar":  # "del 13 al 15 de julio"
        begin = safe_date(end.year, end.month, first.date.day)
        return Span(begin, end) if begin and begin <= end else None
    if last.kind == "calendar" and first.kind == "dom" and (first.date.month, first.date.year) != (end.month, end.year):
        begin = safe_date(end.year, end.month, first.date.day)
        return Span(begin, end) if begin and begin <= end else None
    return Span(first.date, end) if first.date <= end else None


@production
def span_numbers(setting: Setting, *, number: int, last: Day) -> Span | None:
    """ "13 a 15 de julio": a number up to a day whose month counts for both."""
    if last.date is None or last.kind not in ("calendar", "dom") or not 1 <= number <= 31:
        return None
    first = safe_date(last.date.year, last.date.month, number)
    return Span(first, last.date) if first and first < last.date else None


def day_text(value: Day | Span | Days) -> str:
    """A day, span or constraint in the form of a reading; empty for a day without a date."""
    if isinstance(value, Day):
        return value.date.isoformat() if value.date else ""
    if isinstance(value, Span):
        if value.first == value.last:
            return value.first.isoformat()
        return f"{value.first.isoformat()}..{value.last.isoformat()}"
    return value.text


@production
def day_bound(setting: Setting, *, op: str, day: Day | Span) -> Days | None:
    """A bound on days: before, until, from, after. Of a span its first or last day counts."""
    if isinstance(day, Span):
        edge: date | None = day.first if op in ("<", ">=") else day.last
    else:
        edge = day.date
    return Days(f"{op}{edge.isoformat()}") if edge else None


@production
def not_day(setting: Setting, *, day: Day | Span | Days) -> Days | None:
    """A day that is not wanted."""
    text = day_text(day)
    plain = text and text[0] not in "!<>" and text not in NO_CHOICE and not text.startswith(("weekly", "every"))
    return Days(f"!{text}") if plain else None


@production
def not_both(setting: Setting, *, day: Day, other: Day) -> Days | None:
    """Two days that are not wanted."""
    one, two = not_day(setting, day=day), not_day(setting, day=other)
    return Days(f"{one.text}|{two.text[1:]}") if one and two else None


@production
def not_weekday(setting: Setting, *, weekday: int) -> Days:
    """The next days of a weekday that is never wanted: "menos los martes"."""
    first = setting.today + timedelta(days=(weekday - setting.today.weekday()) % 7)
    return Days("!" + "|".join((first + timedelta(days=7 * week)).isoformat() for week in range(WEEKS_AHEAD)))


@production
def some_weekday(setting: Setting, *, weekday: int) -> Days:
    """One of the next days of a weekday, whichever: "un sábado"."""
    first = setting.today + timedelta(days=(weekday - setting.today.weekday()) % 7)
    return Days("|".join((first + timedelta(days=7 * week)).isoformat() for week in range(WEEKS_AHEAD)))


@production
def not_weekend(setting: Setting) -> Days:
    """The weekend, not wanted."""
    return Days(f"!{day_text(weekend(setting, weeks=0))}")


@production
def either_day(setting: Setting, *, day: Day | Span | Days, other: Day | Span | Days) -> Days | None:
    """One day or another."""
    one, two = day_text(day), day_text(other)
    plain = all(text and text[0] != "!" and text not in NO_CHOICE for text in (one, two))
    return Days(f"{one}|{two}") if plain and one != two else None


@production
def days(setting: Setting, *, text: str) -> Days:
    """A constraint as the pack writes it: any, earliest, daily."""
    return Days(text)


@production
def every(setting: Setting, *, weekday: int) -> Days:
    """Every such weekday."""
    return Days(f"weekly:{WEEKDAY_KEYS[weekday]}")


@production
def every_other(setting: Setting, *, weekday: int, count: int = 2) -> Days | None:
    """Every so many weeks on a weekday."""
    return Days(f"every{count}w:{WEEKDAY_KEYS[weekday]}") if 2 <= count <= 8 else None


@production
def nth_weekday_this(setting: Setting, *, place: int, weekday: int) -> Day | None:
    """The first, second … or last such weekday of this month."""
    return nth_weekday(setting, place=place, weekday=weekday, month=month_span(setting, months=0))


@production
def nth_day_this(setting: Setting, *, place: int) -> Day | None:
    """The first, second … or last day of this month."""
    return nth_day(setting, place=place, month=month_span(setting, months=0))


@production
def this_month_part(setting: Setting, *, part: str) -> Span:
    """The beginning, middle or end of this month."""
    return part_of_month(setting, month=month_span(setting, months=0), part=part)


@production
def next_month_part(setting: Setting, *, part: str) -> Span:
    """The beginning, middle or end of next month."""
    return part_of_month(setting, month=month_span(setting, months=1), part=part)
