"""Days and times as replies write them, in Spanish, Portuguese and English. Pure; texts are folded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_WEEKDAYS = (
    ("lunes", "segunda", "monday", "lun", "mon"),
    ("martes", "terca", "tuesday", "mar", "tue"),
    ("miercoles", "quarta", "wednesday", "mie", "wed"),
    ("jueves", "quinta", "thursday", "jue", "thu"),
    ("viernes", "sexta", "friday", "vie", "fri"),
    ("sabado", "saturday", "sab", "sat"),
    ("domingo", "sunday", "dom", "sun"),
)
_MONTHS = (
    ("enero", "janeiro", "january", "jan"),
    ("febrero", "fevereiro", "february", "feb"),
    ("marzo", "marco", "march"),
    ("abril", "april", "apr"),
    ("mayo", "maio", "may"),
    ("junio", "junho", "june", "jun"),
    ("julio", "julho", "july", "jul"),
    ("agosto", "august", "aug"),
    ("septiembre", "setiembre", "setembro", "september", "sep"),
    ("octubre", "outubro", "october", "oct"),
    ("noviembre", "novembro", "november", "nov"),
    ("diciembre", "dezembro", "december", "dec"),
)
_WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names}
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_WEEKDAY_NAMES = "|".join(sorted(_WEEKDAY, key=len, reverse=True))
_MONTH_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_CLOCK = r"(?:[01]?\d|2[0-3])(?::|h)[0-5]\d"
_TOKENS = re.compile(
    rf"""
    (?P<iso>\b\d{{4}}-\d\d-\d\d\b)
  | (?P<number>(?:^|\n)\s*\d\s?[.)](?=\s))
  | (?P<dm>\b\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?\b)
  | (?P<named>\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:de\s+|of\s+)?(?:{_MONTH_NAMES})\b
      |\b(?:{_MONTH_NAMES})\s+\d{{1,2}}(?:st|nd|rd|th)?\b)
  | (?P<range>\b{_CLOCK}\s*(?:-|–|—|\ba\b|\bate\b(?:\s+as)?|\by\s+las\b|\be\s+as\b)\s*{_CLOCK}\b)
  | (?P<half>\b(?:1[0-2]|0?\d)(?::[0-5]\d)?\s?[ap]\.?\s?m\b\.?)
  | (?P<clock>\b{_CLOCK}\b)
  | (?P<bare>\b(?:a\s+las?|as|at)\s+(?:[01]?\d|2[0-3])\b(?![:/h\d])|\b(?:[01]?\d|2[0-3])\s?(?:hs?|hrs|horas)\b)
  | (?P<weekday>\b(?:{_WEEKDAY_NAMES})(?:-feira)?\b(?!,?\s+\d{{1,2}}/)(?:\s+(?P<dom>\d{{1,2}})\b(?![:/h\d]))?)
  | (?P<near>\bpasado\s+manana\b|\bdepois\s+de\s+amanha\b|\bthe\s+day\s+after\s+tomorrow\b|\bhoy\b|\bhoje\b|\btoday\b
      |(?<!la\s)(?<!esta\s)(?<!por\s)\bmanana\b|\bamanha\b|\btomorrow\b)
    """,
    re.X,
)
EARLIEST = 8
"""The hour before which "a las 3" is in the afternoon."""


@dataclass(frozen=True)
class Moment:
    """A day, a time, or both."""

    day: date | None
    """The day, when one is named."""
    time: str = ""
    """The time, HH:MM; empty when none is named."""
    number: int = 0
    """Its number in a list; 0 when it has none."""


@dataclass(frozen=True)
class _Token:
    day: date | None = None
    times: tuple[str, ...] = ()
    number: int = 0


def moments_in(text: str, today: date, day: date | None = None) -> Iterator[Moment]:
    """The days and times of a text in order: each time with the day before it (`day` for those before any), each day
    that no time follows alone."""
    number, alone = 0, False
    for token in _tokens(text, today):
        if token.day:
            if alone:
                yield Moment(day, "", number)
            day, alone = token.day, True
        elif token.times:
            alone = False
            for time in token.times:
                yield Moment(day, time, number)
        else:
            number = token.number
    if alone:
        yield Moment(day, "", number)


def days_in(text: str, today: date) -> Iterator[date]:
    """The days of a text."""
    return (token.day for token in _tokens(text, today) if token.day)


def times_in(text: str, today: date) -> Iterator[str]:
    """The times of a text; of a span its beginning."""
    return (token.times[0] for token in _tokens(text, today) if token.times)


def _tokens(text: str, today: date) -> Iterator[_Token]:
    for match in _TOKENS.finditer(text):
        kind, said = "weekday" if match["weekday"] else str(match.lastgroup), match[0].strip()
        if kind == "number":
            yield _Token(number=int(re.sub(r"\D", "", said)))
        elif kind in ("clock", "half", "bare"):
            yield _Token(times=(_time(said),))
        elif kind == "range":
            first, last = re.findall(_CLOCK, said)
            yield _Token(times=_between(_time(first), _time(last)))
        elif (day := _day(kind, said, today)) is not None:
            yield _Token(day=day)


def _time(said: str) -> str:
    """HH:MM of an hour as written. One before eight without a half of the day is in the afternoon."""
    numbers = [int(each) for each in re.findall(r"\d+", said)]
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    half = re.search(r"([ap])\.?\s?m\b", said)
    if half:
        hour = hour % 12 + (12 if half[1] == "p" else 0)
    elif len(numbers) == 1 and 1 <= hour < EARLIEST:
        hour += 12
    return f"{hour:02}:{minute:02}"


def _between(first: str, last: str) -> tuple[str, ...]:
    """Every quarter of an hour from the first time to the last."""
    start, end = (60 * int(each[:2]) + int(each[3:]) for each in (first, last))
    return tuple(f"{each // 60:02}:{each % 60:02}" for each in range(start, end + 1, 15)) or (first,)


def _day(kind: str, said: str, today: date) -> date | None:
    numbers = [int(each) for each in re.findall(r"\d+", said)]
    if kind == "iso":
        return _date(*numbers[:3])
    if kind == "dm":
        return _with_year(numbers[1], numbers[0], today, *numbers[2:])
    if kind == "named":
        name = next(word for word in re.findall(r"[a-z]+", said) if word in _MONTH)
        return _with_year(_MONTH[name], numbers[0], today)
    if kind == "near":
        far = "pasado" in said or "depois" in said or "after" in said
        return today + timedelta(days=2 if far else 0 if said in ("hoy", "hoje", "today") else 1)
    weekday = _WEEKDAY[re.split(r"[\s-]", said)[0]]
    if numbers:
        near = (today + timedelta(days=each) for each in range(-7, 60))
        return next((day for day in near if day.day == numbers[0]), None)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _with_year(month: int, day: int, today: date, year: int | None = None) -> date | None:
    """The date of that day and month that is nearest to come, the last two months included."""
    if year is not None:
        return _date(year if year > 99 else 2000 + year, month, day)
    candidates = (_date(today.year + each, month, day) for each in (-1, 0, 1))
    return next((each for each in candidates if each and each >= today - timedelta(days=60)), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
