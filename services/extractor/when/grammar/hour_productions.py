"""What rules make of the words for hours, for constraints on hours, and for a day with its hour. Pure."""

from datetime import date, timedelta

from extractor.when.grammar.day_productions import day_number, in_days, next_weekday, weekday_and_day
from extractor.when.grammar.registry import production
from extractor.when.grammar.values import Day, Days, Hour, Hours, Moment, Setting, Span, offers_hour, settled, with_part

NOON = 12
"""The last hour that a part of the day may have to tell from another one."""


@production
def hour(setting: Setting, *, number: int) -> Hour | None:
    """An hour by its number."""
    return Hour(number, 0, number > 12 or number == 0) if 0 <= number <= 24 else None


@production
def hour_minute(setting: Setting, *, number: int, minute: int) -> Hour | None:
    """An hour and minutes."""
    if not (0 <= number <= 24 and 0 <= minute < 60):
        return None
    return Hour(number, minute, number > 12 or number == 0)


@production
def hour_and(setting: Setting, *, time: Hour, minutes: int) -> Hour | None:
    """Minutes after an hour: "las tres y veinte"."""
    return time.shifted(minutes) if time.minute == 0 and 0 < minutes < 60 else None


@production
def hour_less(setting: Setting, *, time: Hour, minutes: int) -> Hour | None:
    """Minutes before an hour: "las doce menos cuarto", "veinte para las ocho"."""
    if time.minute or not 0 < minutes < 60 or minutes % 5:
        return None
    hour_before = (time.hour - 1) % 24 if time.fixed else (time.hour - 2) % 12 + 1
    return Hour(hour_before, 60 - minutes, time.fixed, time.part)


@production
def hour_fixed(setting: Setting, *, time: Hour, part: str) -> Hour | None:
    """An hour with am, pm or a part of the day; None where it does not lie in it."""
    fixed = with_part(time, part)
    return fixed if not time.part and _lies_in(fixed.hour, part) else None


def _lies_in(hour: int, part: str) -> bool:
    first, last = {
        "pm": (12, 23), "noon": (11, 15), "afternoon": (12, 21), "evening": (16, 24), "night": (17, 24),
    }.get(part, (0, 12))  # fmt: skip
    return first <= hour <= last or (part in ("evening", "night") and hour < 5)


@production
def clock_sign(setting: Setting, *, time: Hour) -> Hour:
    """An hour whose words say that it is one."""
    return time


@production
def compact(setting: Setting, *, figures: str) -> Hour | None:
    """An hour written as one number: "1630"."""
    if len(figures) not in (3, 4):
        return None
    number, minute = int(figures[:-2]), int(figures[-2:])
    return hour_minute(setting, number=number, minute=minute) if number <= 23 else None


@production
def fixed_hour(setting: Setting, *, at: str) -> Hour:
    """A time that a word names: noon, midnight."""
    return Hour(int(at[:2]), int(at[3:]), True)


def hour_text(setting: Setting, value: Hour | Hours, day: date | None = None) -> str:
    """An hour or constraint in the form of a reading; empty for an hour that no clock has."""
    if isinstance(value, Hours):
        return value.text
    at = settled(value, setting, day)
    return at.strftime("%H:%M") if at else ""


@production
def hour_bound(setting: Setting, *, op: str, time: Hour) -> Hours | None:
    """A bound on hours."""
    text = hour_text(setting, time)
    return Hours(f"{op}{text}") if text else None


@production
def hours_between(setting: Setting, *, first: Hour, last: Hour) -> Hours | None:
    """From one hour to another; the part of the day of the last holds for the first where it fits."""
    end = settled(last, setting)
    if last.fixed and not first.fixed and last.part:
        first = with_part(first, last.part)
    begin = settled(first, setting)
    if begin is None or end is None:
        return None
    if begin >= end and not first.fixed and begin.hour >= 12:
        begin = begin.replace(hour=begin.hour - 12)
    if begin >= end and not last.fixed and end.hour < 12:
        end = end.replace(hour=end.hour + 12)
    return Hours(f"{begin:%H:%M}..{end:%H:%M}") if begin < end else None


@production
def either_hour(setting: Setting, *, time: Hour | Hours, other: Hour | Hours) -> Hours | None:
    """One hour, bound or part of the day, or another."""
    if isinstance(time, Hour) and isinstance(other, Hour) and other.part and not time.fixed:
        time = with_part(time, other.part)
    one, two = hour_text(setting, time), hour_text(setting, other)
    plain = all(text and text[0] != "!" and text not in ("any", "earliest", "latest") for text in (one, two))
    return Hours(f"{one}|{two}") if plain and one != two else None


@production
def either_moment(setting: Setting, *, one: Moment | Days, other: Moment) -> Days | None:
    """One day with its hour or another: "el martes a las 10 o el jueves a las 17"."""
    first = one.text if isinstance(one, Days) else moment_text(setting, one)
    second = moment_text(setting, other)
    return Days(f"{first}|{second}") if first and second and first != second else None


def moment_text(setting: Setting, value: Moment) -> str:
    """A day with its hour in the form of a reading; empty where one of them is no single value."""
    if not (isinstance(value.day, Day) and value.day.date and isinstance(value.hour, Hour)):
        return ""
    at = settled(value.hour, setting, value.day.date)
    return f"{value.day.date.isoformat()}T{at:%H:%M}" if at else ""


@production
def not_hour(setting: Setting, *, time: Hour) -> Hours | None:
    """An hour that is not wanted."""
    text = hour_text(setting, time)
    return Hours(f"!{text}") if text else None


@production
def hours(setting: Setting, *, text: str) -> Hours:
    """A constraint as the pack writes it: any, earliest, latest, morning, afternoon, evening, <12:00."""
    return Hours(text)


@production
def not_hours(setting: Setting, *, hours: Hours) -> Hours | None:
    """A part of the day that is not wanted."""
    return Hours(f"!{hours.text}") if hours.text in ("morning", "afternoon", "evening") else None


@production
def in_hours(setting: Setting, *, count: int, half: int = 0) -> Moment | None:
    """The moment so many hours from now."""
    if not 0 < count <= 72:
        return None
    at = setting.now + timedelta(hours=count, minutes=half)
    return Moment(Day(at.date(), "relative"), Hour(at.hour, at.minute, True))


@production
def in_minutes(setting: Setting, *, count: int) -> Moment | None:
    """The moment so many minutes from now."""
    if not 0 < count <= 600:
        return None
    at = setting.now + timedelta(minutes=count)
    return Moment(Day(at.date(), "relative"), Hour(at.hour, at.minute, True))


@production
def day_at(setting: Setting, *, day: Day | Span, time: Hour | Hours, part: str = "") -> Moment | None:
    """A day with its hour, or with a constraint on it."""
    if part and isinstance(time, Hour):
        fixed = hour_fixed(setting, time=time, part=part)
        return Moment(day, fixed) if fixed else None
    return Moment(day, time)


@production
def number_at(setting: Setting, *, number: int, time: Hour) -> Moment | None:
    """A day of the month by its number, with its hour: "15 a las 8"."""
    day = day_number(setting, number=number)
    return Moment(day, time) if day else None


@production
def weekday_day_at(setting: Setting, *, weekday: int, day: Day, time: Hour) -> Moment | None:
    """A weekday with its number and an hour, in a list with strokes: "viernes 13 / 11hs"."""
    found = weekday_and_day(setting, weekday=weekday, day=day)
    return Moment(found, time) if found else None


@production
def weekday_and_hour(setting: Setting, *, weekday: int, number: int) -> Moment | None:
    """A weekday with a bare number that is an hour, since the two name no day: "jueves 16"."""
    day = day_number(setting, number=number) if 0 < number <= 24 else None
    if day is None or weekday_and_day(setting, weekday=weekday, day=day, bare=1) is not None:
        return None
    return Moment(next_weekday(setting, weekday=weekday), Hour(number, 0, number > 12))


@production
def numbered_day_part(setting: Setting, *, weekday: int, number: int, part: str) -> Moment | None:
    """A part of a day by weekday and number: "sábado 14 a la tarde" is no hour of two o'clock. Where the two disagree,
    a number over twelve is still no hour, as an hour of that form needs no part of the day: the day is a conflict."""
    number_day = day_number(setting, number=number)
    day = weekday_and_day(setting, weekday=weekday, day=number_day) if number_day else None
    name = {"night": "evening", "early": "morning"}.get(part, part)
    if day is None or name not in ("morning", "afternoon", "evening"):
        return None
    agrees = day.kind == "calendar" and day.date is not None
    if not (agrees or (number > NOON and day.conflict)):
        return None
    return Moment(day, Hours(name))


@production
def today_at(setting: Setting, *, time: Hour, part: str) -> Moment | None:
    """An hour of today's morning, afternoon or night; the night's midnight is tomorrow's."""
    fixed = hour_fixed(setting, time=time, part=part)
    midnight = fixed is not None and fixed.hour == 0
    return Moment(in_days(setting, days=int(midnight)), fixed) if fixed else None


@production
def today_part(setting: Setting, *, part: str) -> Moment:
    """A part of today."""
    return Moment(in_days(setting, days=0), Hours(part))


@production
def not_part(setting: Setting, *, part: str) -> Hours | None:
    """A part of the day that is not wanted."""
    name = {"night": "evening", "early": "morning"}.get(part, part)
    return not_hours(setting, hours=Hours(name))


@production
def asked_hour(setting: Setting, *, time: Hour) -> Hour | None:
    """A bare hour, which answers when the hour was asked for, or one like it was offered."""
    return time if setting.asked == "preferred_time" or offers_hour(setting, time) else None


@production
def asked_pair(setting: Setting, *, time: Hour) -> Hour | None:
    """An hour and its minutes with nothing but a space between, which answer when a day or an hour was asked for
    or times were offered."""
    answers = setting.offered or setting.asked in ("preferred_time", "preferred_date")
    return time if answers and time.minute % 5 == 0 else None


@production
def asked_compact(setting: Setting, *, figures: str) -> Hour | None:
    """An hour written as one number, which answers when the hour was asked for."""
    return compact(setting, figures=figures) if setting.asked == "preferred_time" else None


@production
def split_hour(setting: Setting, *, time: Hour) -> Hour | None:
    """ "Cinco y veinte": an hour by nothing but its minutes, which are then tens or fives."""
    return time if time.minute >= 10 and time.minute % 5 == 0 else None
