"""Which offer, appointment or finished write a message is about."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from extractor.meaning.items import Named
from extractor.meaning.packs import PhrasePack
from extractor.meaning.said import Said
from extractor.text.normalised import fold
from turn.constraints import OPEN, day_holds, time_holds
from turn.meaning import KnownAppointment, OfferedTime
from workspace.calendar import parse_date

ALL, NONE, ANOTHER, ANY = "all", "none", "another", "any"
_DIGIT_PLACE = (
    r" (?:el|(?<! a )(?<! para )(?<! de )la|lo|o|a|opcion|opcao|option|numero|number|the|nro) (?P<n>[0-9])"
    r"(?! (?:pm|am|hs?|hrs|horas?|y media|e meia|en punto|em ponto|(?:de|da|por|pela) (?:la )?(?:tarde|manha|mañana)))"
    r"(?= ?(?:[,.!?;]|$| [a-z]))"
)
"""A figure after an article; "a la 1" is an hour."""
_DIGITS = re.compile(_DIGIT_PLACE)


@dataclass(frozen=True)
class Pointed:
    """What a message points at."""

    refers_to: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    """References between which the words do not choose."""
    used: tuple[object, ...] = ()
    """The days, hours, services and people that only point."""
    told: bool = False
    """Whether words tell which; otherwise it is the only one, or the one written last."""


NOWHERE = Pointed()
"""Points at nothing."""


@dataclass(frozen=True)
class Place:
    """A place in a list that a line names."""

    number: int
    """From 1; -1 is the last."""
    start: int
    end: int


def ordinals(line: str, packs: Sequence[PhrasePack]) -> list[Place]:
    """Places in a list that a line names by words: "el segundo". The first of `packs` is the language it is in."""
    found = []
    for match in re.finditer(r"[a-z0-9]+", line):
        pack = next((pack for pack in packs if match[0] in pack.ordinals), None)
        if pack and _is_place(line, match, pack, packs[0]):
            found.append(Place(pack.ordinals[match[0]], match.start(), match.end()))
    return found


def _is_place(line: str, match: re.Match[str], pack: PhrasePack, spoken: PhrasePack) -> bool:
    rest = line[match.end() :].lstrip()
    if match[0] in spoken.not_places and rest.split(" ")[0] not in spoken.options:
        return False
    counted = pack.cues.get("counted_by_ordinal")
    return counted is None or counted.match(rest) is None


def numbered(line: str, most: int) -> list[Place]:
    """Places in a list of `most` that a line names by figures: "el 2", "opción 3"."""
    return [
        Place(int(match["n"]), match.start(), match.end())
        for match in _DIGITS.finditer(line)
        if 1 <= int(match["n"]) <= most
    ]


def places_of(found: Iterable[Place], most: int) -> list[int]:
    """The places that exist in a list of `most`, from 1, each once."""
    places = [most if one.number == -1 else one.number for one in found]
    return list(dict.fromkeys(place for place in places if 1 <= place <= most))


def among_offers(
    offers: Sequence[OfferedTime], places: Sequence[int], pieces: Sequence[Said], staff: Sequence[Named]
) -> Pointed:
    """The offer that a message chooses: by its place in the list, or by everything it says of day, hour and staff.
    Of several that fit none is chosen; of none, nothing is pointed at."""
    if places:
        return Pointed(tuple(f"offer:{place}" for place in places), used=tuple(pieces))
    told = [one for one in pieces if one.text and one.text not in OPEN]
    if not told and not staff:
        return NOWHERE
    fits = [
        index
        for index, offer in enumerate(offers, 1)
        if all(_offer_holds(one, offer) for one in told)
        and (not staff or any(fold(one.value) == fold(offer.staff) for one in staff))
    ]
    if not fits:
        return NOWHERE
    references = tuple(f"offer:{index}" for index in fits)
    used = (*told, *staff)
    return Pointed(references, used=used) if len(fits) == 1 else Pointed(between=references, used=used)


def _offer_holds(piece: Said, offer: OfferedTime) -> bool:
    if piece.is_day:
        day = parse_date(offer.day)
        return day is not None and (day_holds(piece.text, day) or is_same_weekday(piece, day))
    if piece.hour is not None and not piece.hour.fixed:
        return _clock(piece.text) == _clock(offer.time)
    return time_holds(piece.text, offer.time)


def is_same_weekday(piece: Said, day: date) -> bool:
    """Whether a day is named by its weekday, and another one has that: not one before it, as a weekday of next week is
    none of this one."""
    said = piece.day
    if said is None or said.kind != "weekday" or said.weekday != day.weekday():
        return False
    return said.date is None or day >= said.date


def _clock(text: str) -> tuple[int, str]:
    return int(text[:2]) % 12, text[3:]


def among_appointments(
    appointments: Sequence[KnownAppointment],
    places: Sequence[int],
    pieces: Sequence[Said],
    services: Sequence[Named],
    staff: Sequence[Named],
    names: Sequence[str],
    persons: Sequence[str] = (),
) -> Pointed:
    """The appointments that fit everything that identifies them."""
    if places:
        references = tuple(f"appointment:{appointments[place - 1].id}" for place in places)
        return Pointed(references, used=tuple(pieces), told=True)
    fits = [
        one
        for one in appointments
        if all(_appointment_holds(piece, one) for piece in pieces)
        and (not services or any(named.value == one.service for named in services))
        and (not staff or any(named.value == one.staff for named in staff))
        and (not names or any(_named(name, one.name) for name in names))
        and (not persons or one.person in persons)
    ]
    references = tuple(f"appointment:{one.id}" for one in fits)
    identified = bool(pieces or services or staff or names or persons)
    used = (*pieces, *services, *staff)
    if len(fits) == 1:
        return Pointed(references, used=used, told=identified)
    return Pointed(between=references, used=used) if len(fits) > 1 and identified else NOWHERE


def _appointment_holds(piece: Said, appointment: KnownAppointment) -> bool:
    if piece.is_day:
        day = parse_date(appointment.day)
        if day is None or not piece.text:
            return False
        if piece.day is not None and piece.day.kind == "dom" and piece.day.date:
            return day.day == piece.day.date.day
        return day_holds(piece.text, day) or is_same_weekday(piece, day)
    if piece.hour is not None and not piece.hour.fixed:
        return _clock(piece.text) == _clock(appointment.time)
    return bool(piece.text) and time_holds(piece.text, appointment.time)


def _named(said: str, name: str) -> bool:
    return bool(set(fold(said).split()) & set(fold(name).split()))


@dataclass(frozen=True)
class Shift:
    """A day or an hour relative to another: "una hora más tarde", "al día siguiente"."""

    minutes: int = 0
    days: int = 0
    same_time: bool = False
    same_day: bool = False
    start: int = 0
    end: int = 0


def shifts(line: str, packs: Sequence[PhrasePack]) -> list[Shift]:
    """The relative days and hours of a line."""
    found: list[Shift] = []
    for pack in packs:
        for name, sign in (("shift_later", 1), ("shift_earlier", -1)):
            for match in pack.cues[name].finditer(line) if name in pack.cues else ():
                shift = _amount(match, sign, pack)
                if shift and not any(shift.start < one.end and one.start < shift.end for one in found):
                    found.append(shift)
        for name, made in (
            ("next_day", Shift(days=1)), ("day_before", Shift(days=-1)),
            ("same_time", Shift(same_time=True)), ("same_day", Shift(same_day=True)),
        ):  # fmt: skip
            said = pack.cues[name].search(line) if name in pack.cues else None
            if said and not any(said.start() < one.end and one.start < said.end() for one in found):
                found.append(replace(made, start=said.start(), end=said.end()))
    return found


def _amount(match: re.Match[str], sign: int, pack: PhrasePack) -> Shift | None:
    groups = {name.rstrip("23456789"): value for name, value in match.groupdict().items() if value}
    word = groups.get("n", "")
    half = bool(groups.get("half") or groups.get("whole_half"))
    number = int(word) if word.isdigit() else pack.numbers.get(word, 0)
    unit = groups.get("unit", "")
    if unit in pack.units["minute"]:
        minutes = number
    elif unit in pack.units["hour"]:
        minutes = number * 60 + (30 if half else 0)
    elif unit in pack.units["day"]:
        return Shift(days=sign * number, start=match.start(), end=match.end()) if number else None
    elif unit in pack.units["week"]:
        return Shift(days=sign * 7 * number, start=match.start(), end=match.end()) if number else None
    else:
        minutes = 30 if half else 0
    return Shift(minutes=sign * minutes, start=match.start(), end=match.end()) if minutes else None


def applied(found: Sequence[Shift], day: str, time: str) -> tuple[str, str]:
    """The day and the hour that shifts make of others; empty where they say nothing of it, or leave the day."""
    new_day = new_time = ""
    base = parse_date(day)
    amounts = [shift for shift in found if shift.minutes]
    for shift in found:
        if shift in amounts[:-1]:  # corrected: "dos horas antes, no, una hora antes"
            continue
        if (shift.days or shift.same_day) and base:
            new_day = (base + timedelta(days=shift.days)).isoformat()
        if shift.minutes and time:
            minutes = int(time[:2]) * 60 + int(time[3:]) + shift.minutes
            new_time = f"{minutes // 60:02}:{minutes % 60:02}" if 0 <= minutes < 24 * 60 else ""
        elif shift.same_time:
            new_time = time
    return new_day, new_time
