"""A change or a cancellation: whether a message is one, of which appointments, and what is new. It is one file of some
500 lines because the three questions look at the same words and exclude one another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractor.meaning import acts as said_acts
from extractor.meaning.items import Named, Wanted, part
from extractor.meaning.parts import Parts, choices, day_doubts, in_order
from extractor.meaning.people import Company
from extractor.meaning.references import (
    ALL,
    NOWHERE,
    Pointed,
    Shift,
    among_appointments,
    applied,
    places_of,
    shifts,
)
from extractor.meaning.roles import Seen, identifies, mentions_of
from extractor.meaning.said import Said, combined
from extractor.selection.corrections import rejected
from extractor.text.normalised import fold
from turn.constraints import is_date, is_hour
from turn.meaning import WRITER, Item, Meaning

_WITH = (" con ", " com ", " with ")
"""Words before whoever somebody wants to come to."""
_STAYS_WITHIN = 12
"""Characters after a service in which "queda" says that it stays."""


def can_undo(seen: Seen) -> bool:
    """Whether something can be meant by undoing: a write was made, or nothing else is under way."""
    return bool(seen.known.done) or (not seen.front and seen.intent not in ("book", "reschedule"))


def asks_rules(seen: Seen) -> bool:
    """Whether a question is about the rules of cancelling or changing: "¿puedo cancelar sin que me cobren?"."""
    return "?" in seen.line and any(
        pack.subjects["policy"].search(seen.line) for pack in seen.packs if "policy" in pack.subjects
    )


def cancels(seen: Seen) -> bool:
    """Whether a message gives something up that is written."""
    if seen.known.offers and any(said_acts.cue(seen.line, seen.packs, name) for name in ("another_day", "none")):
        return False
    if seen.intent == "cancel" and seen.front != "cancel":
        return True
    if not seen.front and _dropped(seen):
        return True
    return (
        seen.front in ("", "cancel")
        and bool(seen.known.appointments)
        and seen.intent in ("cancel", "other", "chitchat")
        and "?" not in seen.line
        and _gives_up(seen)
    )


def _dropped(seen: Seen) -> list[Named]:
    """Of the customer's services, several, those that are not wanted any more: named with a no, or all but the one
    named with "only". None where another service is wanted instead."""
    own = {one.service for one in seen.known.appointments}
    mentions = mentions_of(seen)
    out = rejected(mentions, seen.line)
    served = [(index in out, one) for index, one in enumerate(mentions) if one.slot == "service_type" and one.value]
    named = {one.value for gone, one in served if not gone}
    if len(own) < 2 or not named <= own or seen.pieces or "?" in seen.line:
        return []
    refused = [Named(one.value, one.start, one.end) for gone, one in served if gone and one.value in own - named]
    only = said_acts.cue(seen.line, seen.packs, "only")
    if not refused and only and any(0 <= one.start - only.end <= 1 for gone, one in served if not gone):
        refused = [Named(service, only.start, only.end) for service in sorted(own - named)]
    return refused


def changes(seen: Seen, moved: Sequence[Shift], company: Company) -> bool:
    """Whether a message changes what is written."""
    known = seen.known
    if seen.front or (not known.done and not known.appointments):
        return seen.intent == "reschedule" and not seen.front
    dropped = bool(_dropped(seen))
    if dropped or _puts_one_thing_right(seen, company):
        return not dropped
    if _names_others(seen, company):
        return True
    if _only_thanks(seen) or _repeats(seen) or joins(seen, company):
        return False
    if (
        seen.intent in ("book", "other", "chitchat")
        and company.people is not None
        and said_acts.cue(seen.line, seen.packs, "not_for")
    ):
        return not any(one.slot == "service_type" and one.value for one in seen.named)
    if seen.intent in ("cancel", "reschedule"):
        return seen.intent == "reschedule" or _puts_right(seen)
    if seen.intent.startswith("info") or not (seen.pieces or seen.named or seen.data or moved):
        return False
    shifted = any(shift.minutes or shift.days or shift.same_time for shift in moved)
    if _wishes_more(seen, company, shifted):
        return False
    if shifted and not seen.pieces:
        return True
    return _corrects(seen, shifted)


def _puts_one_thing_right(seen: Seen, company: Company) -> bool:
    """Whether a message is about what was written by one thing alone: its data, who serves, or whom it is for."""
    of_service = all(one.slot == "service_type" for one in seen.named)
    somebody_else = bool(_another_person(seen)) and of_service and company.people is None
    return _renames(seen) or somebody_else or _leaves_as(seen) or _for_somebody_else(seen, company)


def _leaves_as(seen: Seen) -> bool:
    """Whether something is to be left, but with somebody, or at another day or hour: "no, dejalo con Carlos"."""
    leaves = bool(seen.known.done) and said_acts.cue(seen.line, seen.packs, "leaves")
    values = [one for one in seen.named if one.slot == "staff_name" and one.value] + [
        one for one in seen.pieces if one.text
    ]
    return bool(leaves and values) and not any(one.slot == "service_type" for one in seen.named)


def _for_somebody_else(seen: Seen, company: Company) -> bool:
    """Whether a message right after a write says no more than that it is for somebody of the writer's."""
    others = company.people is not None and not company.people.writer and company.people.count == 1
    bare = not (seen.pieces or seen.named or seen.data or "?" in seen.line or shifts(seen.line, seen.packs))
    bare = bare and said_acts.cue(seen.line, seen.packs, "joins") is None
    written = bool(seen.known.done) and seen.known.done[-1].kind != "cancel" and len(seen.known.appointments) == 1
    return others and bare and written and seen.intent in ("book", "other", "chitchat", "reschedule")


def _another_person(seen: Seen) -> said_acts.Span | None:
    """Where a message wants somebody else to do what is written, as the only one or just now: "puede ser con otra?"."""
    named = {one.value for one in seen.named if one.slot == "service_type"}
    staff = {one.staff for one in seen.known.appointments if not named or one.service in named}
    return said_acts.cue(seen.line, seen.packs, "another_person") if len(staff) == 1 and any(staff) else None


def joins(seen: Seen, company: Company) -> bool:
    """Whether somebody else is to come too, beside what is written: "llevo a mi hermana, ¿a la misma hora?"."""
    line, packs = seen.line, seen.packs
    others = any(one.who != WRITER for one in company.persons)
    mends = said_acts.cue(line, packs, "strong_correction") or said_acts.cue(line, packs, "not_for")
    written = bool(seen.known.done or seen.known.appointments)
    return written and others and not mends and not _gives_up(seen) and said_acts.cue(line, packs, "joins") is not None


def _renames(seen: Seen) -> bool:
    """Whether a message gives nothing but data right after a booking or a change, which puts them right. Who asks for
    a person says who they are, and puts nothing right."""
    if said_acts.phrases(seen.line, seen.packs, ("person", "complain")):
        return False
    written = bool(seen.known.done) and seen.known.done[-1].kind in ("book", "change")
    given = any(one.value and one.slot.startswith("client_") for one in seen.data)
    more = seen.asked or seen.pieces or seen.named or said_acts.cue(seen.line, seen.packs, "additional")
    return written and given and not _repeats(seen) and not more and not _gives_up(seen)


def _names_others(seen: Seen, company: Company) -> bool:
    """Whether a message says after a booking no more than who comes instead: "no, Ana y Luz"."""
    named = any(one.named for one in company.persons) and not (seen.pieces or seen.named)
    corrects = said_acts.cue(seen.line, seen.packs, "strong_correction")
    return named and bool(seen.known.done) and corrects is not None and not _gives_up(seen)


def _repeats(seen: Seen) -> bool:
    """Whether a message says nothing but the name that an appointment is in: "gracias, Ana Paz"."""
    known = {fold(one.name) for one in seen.known.appointments}
    same = all(one.slot == "client_name" and fold(one.value) in known for one in seen.data)
    return bool(seen.data) and same and not seen.pieces and not seen.named


def _only_thanks(seen: Seen) -> bool:
    """Whether a message thanks and says nothing besides but a name: "gracias, Ana Paz", "ok maría gracias"."""
    thanks = said_acts.phrases(seen.line, seen.packs, ("thank",))
    names = all(one.slot == "staff_name" for one in seen.named) and all(one.slot == "client_name" for one in seen.data)
    corrects = said_acts.cue(seen.line, seen.packs, "correction")
    with_somebody = any(seen.line[: one.start].endswith(_WITH) for one in seen.named)
    return bool(thanks) and names and not (seen.pieces or corrects or with_somebody)


def _gives_up(seen: Seen) -> bool:
    """Whether a message says in words that something is to be cancelled."""
    return bool(said_acts.phrases(seen.line, seen.packs, ("cancel_words",)))


def _puts_right(seen: Seen) -> bool:
    """Whether a message puts right what was written and cancels nothing: it begins so and gives a day or an hour, or
    it names the service that was meant instead."""
    cue = "strong_correction" if seen.known.done else "correction"
    corrects = bool(seen.pieces) and said_acts.cue(seen.line, seen.packs, cue)
    return bool(corrects or _names_other_service(seen)) and not _gives_up(seen)


def _names_other_service(seen: Seen) -> bool:
    """Whether the service of an appointment is taken back for another one: "era cambio de cadena, no de cámara"."""
    mentions, own = mentions_of(seen), {one.service for one in seen.known.appointments}
    out = rejected(mentions, seen.line)
    services = [(index in out, one.value) for index, one in enumerate(mentions) if one.slot == "service_type"]
    taken_back = any(gone and name in own for gone, name in services)
    return taken_back and any(name and not gone and name not in own for gone, name in services)


def _wishes_more(seen: Seen, company: Company, shifted: bool) -> bool:
    """Whether something else than what is written is wanted: a service for somebody else, or another one at a day or an
    hour that is told by what is written."""
    line, packs = seen.line, seen.packs
    if said_acts.cue(line, packs, "strong_correction"):
        return False
    own = {one.service for one in seen.known.appointments}
    services = [one.value for one in seen.named if one.slot == "service_type" and one.value]
    wishes = any(said_acts.cue(line, packs, name) for name in ("wish_marker", "additional"))
    if company.people is not None:
        return bool(services) or shifted
    return shifted and wishes and any(one not in own for one in services)


def _corrects(seen: Seen, shifted: bool) -> bool:
    """Whether new values are for what is written, and no further wish."""
    line, packs, done = seen.line, seen.packs, seen.known.done
    names_service = any(one.slot == "service_type" for one in seen.named)
    if said_acts.cue(line, packs, "strong_correction") and not names_service and done:
        return True
    if _tells_which(seen) or _refuses_own(seen):
        return True
    asks_more = said_acts.cue(line, packs, "wish_marker") or said_acts.cue(line, packs, "additional")
    corrects = said_acts.cue(line, packs, "correction") is not None
    if asks_more and not (corrects and _replaces(seen)):
        return False
    if shifted or corrects:
        return True
    asks_free = bool(said_acts.phrases(line, packs, ("availability",)))
    return bool(done) and done[-1].kind in ("book", "change") and not names_service and not asks_free


def _tells_which(seen: Seen) -> bool:
    """Whether a message says of an appointment, told by its day or hour, something new: "el de las 11 con María"."""
    if not seen.known.appointments or "?" in seen.line:
        return False
    told = [one for one in seen.pieces if identifies(seen, one.mention)]
    left = len(seen.pieces) + len(seen.named) - len(told)
    return bool(told and left and among_appointments(seen.known.appointments, (), told, (), (), ()).refers_to)


def _refuses_own(seen: Seen) -> bool:
    """Whether the day or hour of an appointment is refused, and another one named: "18:30? no llego a las 6"."""
    mentions = mentions_of(seen)
    out = {id(mentions[index]) for index in rejected(mentions, seen.line)}
    refused = [one for one in seen.pieces if id(one.mention) in out or one.text.startswith("!")]
    own = [one for one in refused if _is_own(seen, _plain(one))]
    return any(other not in refused and other.is_day is one.is_day for one in own for other in seen.pieces)


def _replaces(seen: Seen) -> bool:
    """Whether a service or somebody of an appointment is taken back: "en vez de alisado quiero …"."""
    mentions = mentions_of(seen)
    own = {value for one in seen.known.appointments for value in (one.service, one.staff)}
    return any(mentions[index].value in own for index in rejected(mentions, seen.line))


def cancelled(parts: Parts) -> Meaning:
    """What a cancellation says. Every value in it says which appointment."""
    roles = parts.roles
    services = _dropped(parts.seen) or roles.services or roles.refused_services
    pointed = _pointed(parts, roles.identifying, _leaving(parts, services), (*roles.old_staff, *roles.staff))
    if _tells_none(parts) and len(parts.seen.known.appointments) > 1:
        pointed = NOWHERE
    return Meaning(
        acts=parts.acts({"cancel": parts.start("cancel_words")} | parts.gives),
        refers_to=pointed.refers_to,
        told_which=pointed.told,
        data=parts.data,
        doubts=(*parts.data_doubts, *choices(pointed)),
    )


def told_which(parts: Parts) -> Meaning | None:
    """The answer to the question which of the appointments is meant; None where it is none."""
    if _tells_none(parts) or "?" in parts.seen.line:
        return None
    roles = parts.roles
    pointed = _pointed(parts, roles.identifying, _own(parts, roles.services), (*roles.old_staff, *roles.staff))
    if pointed is NOWHERE:
        return None
    return Meaning(
        acts=parts.acts({"choose": 0} | parts.gives),
        refers_to=pointed.refers_to,
        told_which=pointed.told,
        data=parts.data,
        doubts=(*parts.data_doubts, *choices(pointed)),
    )


def _tells_none(parts: Parts) -> bool:
    """Whether a message says nothing of which one, not even that it is the one just written: "cancelalo"."""
    line, roles = parts.seen.line, parts.roles
    names = [*roles.services, *roles.refused_services, *roles.identifying, *roles.staff, *roles.old_staff]
    of_whom = any(says(line, one.name) for one in parts.seen.known.appointments)
    cues = ("just_written", "all_of_them")
    return not (
        _persons_said(parts)
        or names
        or parts.places
        or of_whom
        or any(said_acts.cue(line, parts.seen.packs, one) for one in cues)
    )


def _leaving(parts: Parts, services: Sequence[Named]) -> list[Named]:
    """The services of some that are given up: "cancelá las uñas, el corte queda" keeps the other."""
    stays = parts.cue("stays")
    kept = [one for one in services if stays and _beside(one, stays)]
    return [one for one in _own(parts, services) if one not in kept]


def _beside(service: Named, stays: said_acts.Span) -> bool:
    return service.end <= stays.start <= service.end + _STAYS_WITHIN or stays.start <= service.start <= stays.end + 5


def _own(parts: Parts, services: Sequence[Named]) -> list[Named]:
    """Services of the customer's appointments; all where these are not known."""
    own = {one.service for one in parts.seen.known.appointments}
    return [one for one in services if not own or one.value in own]


def changed(parts: Parts) -> Meaning:
    """What a change says: which appointment, and its new values."""
    roles, known = parts.roles, parts.seen.known
    own = bool(known.appointments)
    old = _own(parts, roles.refused_services) + (_leaving(parts, roles.services) if known.appointments else [])
    told = [one for one in roles.wanted if identifies(parts.seen, one.mention)]
    identifying = list(roles.identifying) + (told if _tells_which(parts.seen) else [])
    wanted = [one for one in roles.wanted if one not in identifying]
    identifying, wanted = _moved(parts, *_parted(parts, identifying, wanted))
    if known.appointments and among_appointments(known.appointments, (), identifying, (), (), ()) is NOWHERE:
        identifying, wanted = [], in_order([*identifying, *wanted])
    pointed = _pointed(parts, identifying, old, roles.old_staff)
    if pointed is NOWHERE and wanted and len(known.appointments) > 1 and not identifying:
        pointed, wanted = _by_wanted(parts, wanted)
    if len(known.appointments) > 1 and not (wanted or roles.excluded or parts.data) and _tells_none(parts):
        pointed = NOWHERE
    pieces = [*roles.excluded, *wanted]
    days, times = combined(pieces, parts.joining)
    days, times = with_shifts(parts, pointed, wanted, days, times)
    return Meaning(
        acts=parts.acts({"change": parts.start("change_words")} | parts.gives),
        days=tuple(one for one in days if one),
        times=times,
        people=parts.company.people if _says_for_whom(parts) else None,
        items=_new_items(parts, [one for one in roles.services if one not in _own(parts, roles.services) or not own]),
        refers_to=pointed.refers_to,
        told_which=pointed.told,
        data=parts.data,
        doubts=(
            *day_doubts(wanted),
            *parts.data_doubts,
            *choices(pointed),
            *parts.unread_doubts(days, times, pieces),
        ),
    )


def _says_for_whom(parts: Parts) -> bool:
    seen, company = parts.seen, parts.company
    return bool(parts.cue("not_for")) or _names_others(seen, company) or _for_somebody_else(seen, company)


Told = tuple[list[Said], list[Said]]
"""Days and hours that say which appointment, and those that are wanted."""


def _parted(parts: Parts, identifying: Sequence[Said], wanted: Sequence[Said]) -> Told:
    """Days from one to another as a move of the appointment on the first: "del jueves al viernes"."""
    spans = [
        one for one in (*identifying, *wanted) if one.ends and (one in identifying or _is_own(parts.seen, one.ends[0]))
    ]
    told = [one for one in identifying if one not in spans] + [one.ends[0] for one in spans]
    return told, in_order([one for one in wanted if one not in spans] + [one.ends[1] for one in spans])


def _moved(parts: Parts, identifying: Sequence[Said], wanted: Sequence[Said]) -> Told:
    """The first of two days, or of two hours, says which appointment where there is one then: "move my Thursday one to
    Friday"."""
    told = list(identifying)
    left = list(wanted)
    for of_days in (True, False):
        kind = [one for one in wanted if one.is_day is of_days and (_plain(one) is not one or one.is_single)]
        if len(kind) != 2 or kind[0].text == kind[1].text:
            continue
        between = parts.seen.line[kind[0].mention.end : kind[1].mention.start]
        either = any(word in parts.joining.alternatives for word in between.split())
        first = next((one for one in kind if _plain(one) is not one), kind[0])
        if not either and _is_own(parts.seen, _plain(first)):
            told.append(_plain(first))
            left.remove(first)
    return told, left


def _plain(piece: Said) -> Said:
    """A day or an hour that is not wanted, as one that is: "el martes no puedo, pasalo al miércoles"."""
    text = piece.text.removeprefix("!")
    if text == piece.text or not (is_date(text) or is_hour(text)):
        return piece
    return replace(piece, mention=replace(piece.mention, value=text))


def _is_own(seen: Seen, piece: Said) -> bool:
    """Whether an appointment of the customer's is on a day, or at an hour."""
    return among_appointments(seen.known.appointments, (), [piece], (), (), ()) is not NOWHERE


def _new_items(parts: Parts, services: Sequence[Named]) -> tuple[Item, ...]:
    named = {one.value for one in parts.roles.services}
    known = parts.seen.known.appointments
    own = {one.staff for one in known if not named or one.service in named} or {one.staff for one in known}
    staff, not_staff = parts.staff, parts.roles.not_staff
    if staff or services:  # whom a new one replaces is not said to be unwanted
        not_staff = tuple(one for one in not_staff if one.value not in own)
    elif another := _another_person(parts.seen):
        not_staff = tuple(Named(value, another.start, another.end) for value in own if value)
    if not services and not staff and not not_staff:
        return ()
    return part(Wanted(tuple(services), staff, not_staff, (), Company())).items


def just_written(seen: Seen) -> Pointed:
    """The appointment that another one may be relative to: the one just written, or the only one."""
    known = seen.known
    if known.done and known.done[-1].kind != "cancel":
        return Pointed((f"appointment:{known.done[-1].id}",))
    return Pointed((f"appointment:{known.appointments[0].id}",)) if len(known.appointments) == 1 else NOWHERE


def with_shifts(
    parts: Parts, pointed: Pointed, wanted: Sequence[Said], days: tuple[str, ...], times: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Days and hours with those that are relative to the appointment. What is said exactly stands."""
    base = _moment_of(parts.seen, pointed)
    if not parts.shifts or base is None:
        return days, times
    exact = {one.is_day for one in wanted if one.is_single}
    moves = [
        one for one in parts.shifts if not (one.same_day and True in exact) and not (one.same_time and False in exact)
    ]
    day, time = applied(moves, *base)
    return (*days, day) if day else days, (*times, time) if time else times


def same_day_as(parts: Parts, pointed: Pointed) -> tuple[str, ...]:
    """The appointment's day, where a wish at its hour names none: "a la misma hora que yo"."""
    base = _moment_of(parts.seen, pointed)
    return (base[0],) if base and base[0] and any(one.same_time for one in parts.shifts) else ()


def _moment_of(seen: Seen, pointed: Pointed) -> tuple[str, str] | None:
    """The day and hour that relative ones count from."""
    wanted = pointed.refers_to[0].partition(":")[2] if pointed.refers_to else ""
    return next(((one.day, one.time) for one in seen.known.appointments if one.id == wanted), None)


def _by_wanted(parts: Parts, wanted: Sequence[Said]) -> tuple[Pointed, list[Said]]:
    """The first of two days, or of two hours, says which appointment: "el martes pasalo al jueves"."""
    for of_days in (True, False):
        kind = [one for one in wanted if one.is_day is of_days]
        if len(kind) > 1:
            pointed = _pointed(parts, kind[:1], (), ())
            if pointed.refers_to:
                return pointed, [one for one in wanted if one is not kind[0]]
    return NOWHERE, list(wanted)


def _pointed(parts: Parts, pieces: Sequence[Said], services: Sequence[Named], staff: Sequence[Named]) -> Pointed:
    """The appointments that a message is about; the only one, or the one just written, where nothing tells."""
    known = parts.seen.known
    if parts.cue("all_of_them") and len(known.appointments) > 1 and not pieces:
        return Pointed((ALL,))
    names = [one.name for one in known.appointments if says(parts.seen.line, one.name)]
    if len(names) == len(known.appointments) > 1 and len(set(names)) == 1:
        names = []
    places = places_of(parts.places, len(known.appointments))
    persons = _persons_said(parts)
    pointed = among_appointments(known.appointments, places, pieces, services, staff, names, persons)
    if pointed is NOWHERE and len(known.appointments) == 1:
        return Pointed((f"appointment:{known.appointments[0].id}",))
    if pointed is NOWHERE and known.done and known.done[-1].kind != "cancel":
        return Pointed((f"appointment:{known.done[-1].id}",))
    return pointed


def _persons_said(parts: Parts) -> list[str]:
    """Of those whom the appointments are for, who is named by the noun or, as the writer, by "el mío": "pasá el de mi
    hijo". Nobody where the message says whom something is for instead."""
    persons = {one.person for one in parts.seen.known.appointments if one.person}
    if parts.cue("not_for"):
        return []
    own = [WRITER] if WRITER in persons and parts.cue("mine") else []
    return own + [one for one in persons if one != WRITER and says(parts.seen.line, one)]


def says(line: str, name: str) -> bool:
    """Whether a line has a word of a name."""
    return any(len(word) > 2 and f" {word} " in f"{line} " for word in fold(name).split())


def undone(seen: Seen, said: Mapping[str, said_acts.Span]) -> tuple[str, ...]:
    """What is undone: the last write, where one is known."""
    return (f"done:{seen.known.done[-1].id}",) if seen.known.done and "undo" in said else ()
