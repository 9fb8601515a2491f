"""Constraints on days and hours as text, as readings, plans and tools write them.

Days: `2026-03-13`, a choice `a|b`, a range `a..b` (both included), `<a`, `<=a`, `>a`, `>=a`, `!a` (not), `any`,
`earliest`, `weekly:fri`, `daily`, `every2w:fri`. Hours: the same with `17:00`, and `morning`, `afternoon`, `evening`,
`latest`. A day may carry its hour: `2026-03-17T10:00`. Several constraints all hold. Pure.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, time

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Weekdays as `weekly:` and `every2w:` write them, Monday first."""
PARTS_OF_DAY = {"morning": ("00:00", "13:00"), "afternoon": ("13:00", "20:00"), "evening": ("18:00", "24:00")}
"""The first minute of each part of the day and the first after it."""
OPEN = frozenset(("any", "earliest", "latest", "daily"))
"""Constraints that every value satisfies."""
_DAY = r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_MOMENT = rf"{_DAY}(?:T{_TIME})?"
_HOUR = rf"(?:{_TIME}|morning|afternoon|evening)"
_ONE_DAY = rf"!?(?:{_MOMENT}|{_DAY}\.\.{_DAY})|(?:<=?|>=?){_DAY}"
_ONE_HOUR = rf"!?(?:{_HOUR}|{_TIME}\.\.{_TIME})|(?:<=?|>=?){_TIME}"
DAY_PATTERN = (
    rf"^(?:any|earliest|daily|(?:weekly|every[2-8]w):(?:{'|'.join(WEEKDAYS)})|(?:{_ONE_DAY})(?:\|(?:{_ONE_DAY}))*)$"
)
"""What a constraint on days looks like, as a pattern of JSON Schema too."""
TIME_PATTERN = rf"^(?:any|earliest|latest|(?:{_ONE_HOUR})(?:\|(?:{_ONE_HOUR}))*)$"
"""What a constraint on hours looks like."""
_DAY_FORM, _TIME_FORM = re.compile(DAY_PATTERN), re.compile(TIME_PATTERN)


def is_day(text: str) -> bool:
    """Whether a text is a constraint on days."""
    return _DAY_FORM.match(text) is not None


def is_date(text: str) -> bool:
    """Whether a constraint is one plain day."""
    return re.fullmatch(_DAY, text) is not None


def is_hour(text: str) -> bool:
    """Whether a constraint is one plain hour."""
    return re.fullmatch(_TIME, text) is not None


def exact_day(days: Iterable[str]) -> str:
    """The one day that some constraints name, with or without its hour; empty when they name none or several."""
    named = {text[:10] for text in days if is_date(text[:10]) and "|" not in text and ".." not in text}
    return next(iter(named)) if len(named) == 1 else ""


def exact_time(times: Iterable[str], days: Iterable[str] = ()) -> str:
    """The one hour that some constraints name, or that a day carries; empty when they name none or several."""
    named = {text for text in times if is_hour(text)}
    named = named or {text[11:] for text in days if is_date(text[:10]) and is_hour(text[11:])}
    return next(iter(named)) if len(named) == 1 else ""


def is_time(text: str) -> bool:
    """Whether a text is a constraint on hours."""
    return _TIME_FORM.match(text) is not None


def day_holds(text: str, day: date) -> bool:
    """Whether a day satisfies a constraint. Of one that carries an hour the day counts. Every `every2w` week counts."""
    kind, colon, weekday = text.partition(":")
    if colon and weekday in WEEKDAYS and not kind[:1].isdigit():
        return WEEKDAYS[day.weekday()] == weekday
    return _holds(text, day.isoformat(), lambda value: value[:10])


def moment_holds(text: str, day: date, at: str) -> bool:
    """Whether a day at an hour, HH:MM, satisfies a constraint on days: of one that carries an hour both count."""
    if text.startswith("!"):
        return not moment_holds(text[1:], day, at)
    if "|" in text:
        return any(moment_holds(one, day, at) for one in text.split("|"))
    return text == f"{day.isoformat()}T{at}" if "T" in text else day_holds(text, day)


def is_exact(text: str) -> bool:
    """Whether a constraint names an hour to begin at, wanted or not, and no span of the day."""
    return any(re.fullmatch(rf"!?(?:{_DAY}T)?{_TIME}", one) for one in text.split("|"))


def time_holds(text: str, at: time | str) -> bool:
    """Whether an hour, HH:MM where it is a text, satisfies a constraint."""
    return _holds(text, at if isinstance(at, str) else f"{at:%H:%M}", lambda value: value)


def days_hold(texts: Iterable[str], day: date) -> bool:
    """Whether a day satisfies all of some constraints."""
    return all(day_holds(text, day) for text in texts)


def times_hold(texts: Iterable[str], at: time | str) -> bool:
    """Whether an hour satisfies all of some constraints."""
    return all(time_holds(text, at) for text in texts)


def _holds(text: str, value: str, plain: Callable[[str], str]) -> bool:
    if text in OPEN:
        return True
    if text.startswith("!"):
        return not _holds(text[1:], value, plain)
    if "|" in text:
        return any(_holds(one, value, plain) for one in text.split("|"))
    for sign in ("<=", ">=", "<", ">"):
        if text.startswith(sign):
            bound = plain(text[len(sign) :])
            return {"<=": value <= bound, ">=": value >= bound, "<": value < bound, ">": value > bound}[sign]
    if ".." in text:
        first, _, last = text.partition("..")
        return first <= value <= last
    if text in PARTS_OF_DAY:
        first, after = PARTS_OF_DAY[text]
        return first <= value < after
    return plain(text) == value
