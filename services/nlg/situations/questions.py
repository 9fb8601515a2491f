"""The one question of a message: what is asked for next."""

from collections.abc import Callable

from nlg.situations.availability import is_free, moving, offers_that_day, wanted
from nlg.situations.situation import Situation
from nlg.situations.times import in_part
from nlg.writing.render import Draft, Say
from nlg.writing.words import join_all, join_names, spell_time
from turn.model import Offer
from turn.vocabulary import Intent, PartOfDay, Stage

MAX_QUICK = 4
"""Most answers to tap."""
MAX_QUICK_CHARS = 30
"""Longest answer to tap, in characters."""
MAX_BOOKINGS = 3
"""Most appointments that a message lists."""


def ask_missing(situation: Situation, told: bool = False) -> Draft | None:
    """The question for the first missing slot, or None when nothing is missing.

    `told` leaves out what the sentences before it have said already.
    """
    slots = situation.turn.missing_slots
    if not slots:
        return None
    ask = _QUESTIONS.get(slots[0])
    return ask(situation, told) if ask else Draft((Say("not_understood"),))


def one_by_one(situation: Situation) -> tuple[Say, ...]:
    """Of several services wanted at once, said once, which comes first."""
    turn = situation.turn
    first, later = turn.said.get("service_type", ""), turn.state.next_services
    if turn.intent is not Intent.BOOK or not later or first != situation.slot("service_type"):
        return ()
    services = join_names(later, situation.phrases, 60)
    return (Say("one_by_one", {"service": first, "services": services}, optional=True),)


def tappable(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those texts that can be answers to tap."""
    flat = (" ".join(text.split()) for text in texts)
    return tuple(dict.fromkeys(text for text in flat if 0 < len(text) <= MAX_QUICK_CHARS))[:MAX_QUICK]


def offer_words(situation: Situation, offers: tuple[Offer, ...]) -> dict[str, str]:
    """The values of a sentence about offers of one day."""
    return {
        "date": situation.spell(offers[0].date),
        "times": join_all([offer.time for offer in offers], situation.phrases.word("or")),
    }


def list_bookings(situation: Situation) -> tuple[Say, ...]:
    """The customer's appointments, a line each."""
    return tuple(
        Say(
            "booking_line",
            {
                "number": str(number),
                "service": one.service_type or "—",
                "date": situation.spell(one.date) or "—",
                "time": spell_time(one.time) or "—",
            },
            line=True,
            optional=number > 1,
        )
        for number, one in enumerate(situation.appointments()[:MAX_BOOKINGS], start=1)
    )


def _ask_service(situation: Situation, told: bool) -> Draft:
    names = situation.workspace.service_names
    listed = Say("services_few", {"services": join_names(names, situation.phrases, 100)}, optional=True)
    parts = (Say("ask_service"),) if told else (listed, Say("ask_service"))
    return Draft(parts, Stage.SELECCION_SERVICIO, quick_replies=tappable(names))


def _ask_staff(situation: Situation, _told: bool) -> Draft:
    """With only one who does it, a yes is enough: the wish that could not be met is forgotten by then."""
    names = situation.workspace.staff_for(situation.slot("service_type")) or situation.workspace.staff_names
    if len(names) == 1:
        taps = (situation.phrases.fixed("yes"), situation.phrases.fixed("no"))
        return Draft((Say("ask_staff_one", {"names": names[0]}),), Stage.DISPONIBILIDAD, quick_replies=taps)
    return Draft((Say("ask_staff"),), Stage.DISPONIBILIDAD, quick_replies=tappable(names))


def _ask_date(situation: Situation, told: bool) -> Draft:
    if told:
        return Draft((Say("ask_date_other"),), Stage.DISPONIBILIDAD)
    if situation.task is Intent.RESCHEDULE:
        own = moving(situation)
        values = {"service": own.service_type, "date": own.date, "time": spell_time(own.time)} if own else {}
        if own:
            values["date"] = situation.spell(own.date)
        return Draft((Say("ask_date_move", values),), Stage.DISPONIBILIDAD)
    return Draft((Say("ask_date", {"service": wanted(situation).service}),), Stage.DISPONIBILIDAD)


def _ask_time(situation: Situation, told: bool) -> Draft:
    near = wanted(situation).time
    offers = offers_that_day(situation, near)
    if not offers:
        day = situation.spell(wanted(situation).date)
        question = Say("ask_time_other") if told else Say("ask_time", {"date": day})
        return Draft((question,), Stage.DISPONIBILIDAD)
    values = offer_words(situation, offers)
    if told:
        values.pop("date")
    elif situation.slot("staff_name"):
        values["staff"] = situation.slot("staff_name")
    part = situation.turn.state.part_of_day
    full = part is not PartOfDay.UNSPECIFIED and not told and not in_part([offer.time for offer in offers], part)
    parts = (Say("part_full", {"part": situation.phrases.fixed(f"part_{part}")}),) if full else ()
    return Draft(
        (*parts, Say("free_times", values), Say("ask_time_which")),
        Stage.DISPONIBILIDAD,
        quick_replies=tuple(offer.time for offer in offers),
        offers=offers,
    )


def _ask_data(key: str) -> Callable[[Situation, bool], Draft]:
    def ask(situation: Situation, told: bool) -> Draft:
        moment = wanted(situation)
        room = {
            "service": moment.service,
            "date": situation.spell(moment.date),
            "time": spell_time(moment.time),
            "staff": moment.staff,
        }
        known = not told and is_free(situation) and room["date"] and room["time"]
        first = (Say("there_is_room", room, optional=True),) if known else ()
        return Draft((*first, Say(key)), Stage.CONFIRMACION)

    return ask


def _ask_booking(situation: Situation, _told: bool) -> Draft:
    cancelling = situation.task is not Intent.RESCHEDULE
    ids = tuple(one.booking_id for one in situation.appointments())
    return Draft(
        (Say("ask_booking_cancel" if cancelling else "ask_booking_move"), *list_bookings(situation)),
        Stage.CANCELACION if cancelling else Stage.DISPONIBILIDAD,
        quick_replies=tappable(ids),
    )


_QUESTIONS: dict[str, Callable[[Situation, bool], Draft]] = {
    "service_type": _ask_service,
    "staff_name": _ask_staff,
    "preferred_date": _ask_date,
    "preferred_time": _ask_time,
    "client_name": _ask_data("ask_name"),
    "client_email": _ask_data("ask_email"),
    "client_phone": _ask_data("ask_phone"),
    "booking_id": _ask_booking,
}
