"""An answer to offered times: chosen, declined, or none."""

from collections.abc import Sequence
from dataclasses import replace

from extractor.meaning.items import Named, Wanted, part
from extractor.meaning.parts import Parts, choices, day_doubts
from extractor.meaning.people import Company
from extractor.meaning.references import ANOTHER, ANY, NONE, NOWHERE, Pointed, among_offers, is_same_weekday, places_of
from extractor.meaning.roles import points
from extractor.meaning.said import Said, combined
from extractor.meaning.wishes import asked_about, wished
from extractor.reading.message import Mention
from turn.meaning import CONFIRM, Doubt, Meaning, OfferedTime
from workspace.calendar import parse_date


def answered(parts: Parts) -> Meaning | None:
    """What an answer to the offers, or to a time that was read back, says; None where a message is none."""
    offers = parts.seen.known.offers
    none, later, earlier = parts.cue("none"), parts.cue("later"), parts.cue("earlier")
    shifted = [one for one in (none, later, earlier) if one]
    parts = parts.wanting(
        one
        for one in parts.roles.wanted
        if not any(one.mention.start < cue.end and cue.start < one.mention.end for cue in shifted)
    )
    if parts.cue("any_of_them") and parts.roles.wanted and all(one.text == ANY for one in parts.roles.wanted):
        return _chosen(parts, Pointed((ANY,)))
    if parts.cue("another_person") and not (parts.roles.staff or parts.roles.not_staff):
        others = _with_somebody_else(parts)
        if others:
            return wished(others)
    if not none:
        places = places_of(parts.places, len(offers)) if parts.places else []
        pointed = among_offers(offers, places, parts.roles.wanted, parts.roles.staff)
        if pointed.between and not _means_one(parts, pointed):
            return wished(parts.wanting(_among_offered(one, offers) for one in parts.roles.wanted))
        if pointed is not NOWHERE:
            return _chosen(parts, pointed)
    other_day = parts.cue("another_day") is not None
    if other_day or later or earlier or (offers and none) or parts.cue("another_time"):
        return _declined(parts, none=none is not None, other_day=other_day, later=bool(later), earlier=bool(earlier))
    if parts.roles.wanted or not offers or asked_about(parts.seen):
        return None
    return _yes_or_no(parts)


def _with_somebody_else(parts: Parts) -> Parts | None:
    """The message as one that refuses whom the offers are with: "con otro"; None where they are with nobody."""
    cue = parts.cue("another_person")
    offers = (parts.seen.read_back,) if parts.seen.read_back else parts.seen.known.offers
    staff = dict.fromkeys(offer.staff for offer in (*offers, *parts.seen.known.offers) if offer.staff)
    if cue is None or not staff:
        return None
    not_staff = tuple(Named(each, cue.start, cue.end) for each in staff)
    return replace(parts, roles=replace(parts.roles, not_staff=not_staff))


def _means_one(parts: Parts, pointed: Pointed) -> bool:
    """Whether words before a value that several offers have say that one of these is meant: "el de las 10"."""
    used = [one.mention for one in pointed.used if isinstance(one, Said)]
    named = [Mention("staff_name", one.value, one.start, one.end) for one in parts.roles.staff]
    return any(points(parts.seen, one, "one_of_them") for one in (*used, *named))


def _among_offered(piece: Said, offers: Sequence[OfferedTime]) -> Said:
    """A weekday as the day of that name that was offered, where it is one only."""
    days = {offer.day for offer in offers if (day := parse_date(offer.day)) and is_same_weekday(piece, day)}
    if not piece.is_day or len(days) != 1:
        return piece
    return replace(piece, mention=replace(piece.mention, value=days.pop()))


def _yes_or_no(parts: Parts) -> Meaning | None:
    """An answer that names no time."""
    only = len(parts.seen.known.offers) == 1
    if parts.cue("any_of_them"):
        return _chosen(parts, Pointed((ANY,)))
    roles = parts.roles
    if not parts.seen.data and not (roles.services or roles.staff or roles.not_staff) and parts.cue("answer_no"):
        return Meaning(acts=parts.acts({"deny": 0}), refers_to=(NONE,) if only else ())
    agrees = parts.seen.asked != CONFIRM and parts.cue("answer_yes")
    if only and (agrees or parts.cue("that_one")):
        return _chosen(parts, Pointed(("offer:1",)))
    return None


def _chosen(parts: Parts, pointed: Pointed) -> Meaning:
    left = [one for one in parts.roles.wanted if one not in pointed.used] if pointed.used else []
    days, times = combined(left, parts.joining)
    asked = [one for one in asked_about(parts.seen) if one.end] if "?" in parts.seen.line else []
    starts = [one.start for one in parts.places] + [one.mention.start for one in parts.roles.wanted]
    acts = {"choose": min(starts, default=0)} | ({"ask": asked[0].start} if asked else {})
    return Meaning(
        acts=parts.acts(acts | parts.gives),
        subjects=tuple(dict.fromkeys(one.name for one in asked)),
        days=days,
        times=times,
        items=part(Wanted(parts.roles.services, (), (), (), Company())).items,
        refers_to=pointed.refers_to,
        told_which=bool(parts.places) or _tells(pointed),
        data=parts.data,
        doubts=(
            *parts.data_doubts,
            *choices(pointed),
            *(Doubt("times", "unread", start, end) for start, end in parts.seen.unread),
        ),
    )


def _tells(pointed: Pointed) -> bool:
    """Whether words tell the very offer: all days and hours that choose it are single ones."""
    return bool(pointed.used) and all(one.is_single for one in pointed.used if isinstance(one, Said))


def _declined(parts: Parts, *, none: bool, other_day: bool, later: bool, earlier: bool) -> Meaning:
    """The offered times are not wanted: which are excluded, and what is wanted instead."""
    offers = (parts.seen.read_back,) if parts.seen.read_back else parts.seen.known.offers
    pieces = [*parts.roles.excluded, *parts.roles.wanted]
    days, times = combined(pieces, parts.joining)
    offered_days = list(dict.fromkeys(offer.day for offer in offers))
    hours = list(dict.fromkeys(offer.time for offer in offers))
    if other_day:
        days = (*(f"!{day}" for day in offered_days), *days)
    elif not days and len(offered_days) == 1 and (none or not (later or earlier)):
        times = (*(f"!{hour}" for hour in hours), *times)
    if not other_day and (later or earlier) and not _bounded(times):
        times = (*times, f">{max(hours)}" if later else f"<{min(hours)}")
    return Meaning(
        acts=parts.acts({"deny": 0} | parts.gives),
        days=days,
        times=times,
        items=part(Wanted((), parts.roles.staff, parts.roles.not_staff, (), Company())).items,
        refers_to=(NONE if none else ANOTHER,),
        data=parts.data,
        doubts=(*day_doubts(parts.roles.wanted), *parts.data_doubts, *parts.unread_doubts(days, times, pieces)),
    )


def _bounded(times: Sequence[str]) -> bool:
    """Whether some constraints already say which hours are wanted."""
    return any(not one.startswith("!") for one in times)
