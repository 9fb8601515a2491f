"""Weekdays that are counted or told apart: "el primer viernes de agosto", "no este viernes, el otro"."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from extractor.date_patterns import DAYNAMES, MO, NEXT, WD, WEEKDAYS
from extractor.date_patterns import MONTHS as MONTH_NUMBERS
from extractor.message import Mention

_PLACES = {
    "primer": 1, "primero": 1, "primera": 1, "first": 1, "primeiro": 1, "primeira": 1, "1": 1,
    "segundo": 2, "segunda": 2, "second": 2, "2": 2, "tercer": 3, "tercero": 3, "tercera": 3, "third": 3,
    "terceiro": 3, "terceira": 3, "3": 3, "cuarto": 4, "cuarta": 4, "fourth": 4, "4": 4, "quinto": 5, "5": 5,
    "ultimo": -1, "ultima": -1, "last": -1, "anteultimo": -2, "penultimo": -2,
}  # fmt: skip
_NTH = re.compile(
    rf"\b(?:el |la |the |a |o |na |no )?(?P<place>{'|'.join(sorted(_PLACES, key=len, reverse=True))})"
    rf"(?: (?:er|ro|do|da|ra|to|st|nd|rd|th))? {WD} (?:(?:de|del|do|da|of|en|in) )(?:the |el )?"
    rf"(?:(?P<next>(?:mes {NEXT}|proximo mes|next month|otro mes))|(?P<this>(?:este )?(?:mes|month))\b|{MO})"
)
_THIS = (
    r"(?:este|esta|el|la|proximo|hoy|mañana|el de mañana|el proximo|la proxima|esse|este que viene|the|este proximo|"
    r"el de (?:esta|la) semana|el de ahora|el que viene|el mas cercano|this one)"
)
_OTHER = (
    r"(?:(?:el|al|la|a la|o|the|para el|pal) (?:otr[oa]|siguiente|que (?:le )?sigue|outr[oa]|one after|following one|"
    r"subsiguiente|de (?:la )?(?:otra semana|otra|semana (?:que viene|proxima|siguiente|que entra)|proxima semana|"
    r"proxima|"
    r"que viene|siguiente)|da (?:outra semana|semana que vem|proxima semana))|(?:el proximo|el que viene)(?= ?(?:$|"
    r"[,.;?!]))|"
    r"(?:the )?(?:one )?next week)"
)
_SAY = r"(?:(?:eh|ehm|em|digo|che|pero|sino|si no|mas bien|mejor|perdon|but) ?,? ?){0,3}"
_AFTER_IT = re.compile(
    rf"(?:(?:\b(?:el |la |este )?(?:{DAYNAMES}) ?,? ?{_SAY})?\b(?:no|de|que no sea|not|nao|"
    rf"ni) {_THIS} {WD}(?: {NEXT})? ?,? ?{_SAY}{_OTHER}(?: (?:{DAYNAMES}))?\b"
    rf"|\b(?:el |la |este )?{WD.replace('<wd>', '<wd2>')} ?,? ?{_SAY}(?:que )?no(?: es| sea|) ?{_THIS}? ?,? ?"
    rf"(?:que viene )?,? ?{_SAY}{_OTHER}\b)"
)


def nth(line: str, today: date, asked: bool) -> Iterator[Mention]:
    """The first, second … or last weekday of a month: the next time that it comes."""
    for match in _NTH.finditer(line):
        weekday, place = WEEKDAYS[match["wd"]], _PLACES[match["place"]]
        first = _first(today, match)
        for ahead in range(24):
            month = _months_on(first, ahead if match["this"] else 12 * ahead)
            day = _counted(month, weekday, place)
            if day is not None and day >= today:
                yield Mention("preferred_date", day.isoformat(), match.start(), match.end())
                break


def after_it(line: str, today: date, asked: bool) -> Iterator[Mention]:
    """A weekday that is not the coming one but the one after: "no este viernes, el otro"."""
    for match in _AFTER_IT.finditer(line):
        weekday = WEEKDAYS[match["wd"] or match["wd2"]]
        coming = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
        yield Mention("preferred_date", (coming + timedelta(days=7)).isoformat(), match.start(), match.end())


def _first(today: date, match: re.Match[str]) -> date:
    """The first day of the month that is meant, or of its next coming."""
    this = today.replace(day=1)
    if match["next"]:
        return _months_on(this, 1)
    if match["this"]:
        return this
    return _months_on(this, (MONTH_NUMBERS[match["mo"]] - today.month) % 12)


def _months_on(first: date, count: int) -> date:
    month = first.year * 12 + first.month - 1 + count
    return date(month // 12, month % 12 + 1, 1)


def _counted(first: date, weekday: int, place: int) -> date | None:
    """The weekday at a place in the month, counted from its beginning or its end."""
    days = [first + timedelta(days=ahead) for ahead in range(31)]
    days = [day for day in days if day.month == first.month and day.weekday() == weekday]
    index = place - 1 if place > 0 else place
    return days[index] if index < len(days) else None
