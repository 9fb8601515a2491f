"""What a message picks among the things that the last reply put before the customer. Pure."""

import re
from dataclasses import dataclass

from gateway.ordinals import ordinal, plain
from gateway.state import INFO, TASKS, BookingChoice, Intent, Offer, Polarity, Slots, State
from gateway.turn_types import Extraction
from workspace.calendar import parse_date, parse_time

_WHEN = ("preferred_date", "preferred_time")
_WEEKDAYS = (
    ("lunes", "segunda", "monday"),
    ("martes", "terca", "tuesday"),
    ("miercoles", "quarta", "wednesday"),
    ("jueves", "quinta", "thursday"),
    ("viernes", "sexta", "friday"),
    ("sabado", "saturday"),
    ("domingo", "sunday"),
)
_NUMBER_OR_WORD = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True)
class Picked:
    """What a message states once its choices are resolved."""

    said: Slots
    """The slots stated, with those of the chosen offer or appointment."""
    from_list: bool = False
    """Whether something was picked among offers or appointments."""
    intent: Intent | None = None
    """The one of two intents that was picked."""


def pick(state: State, extraction: Extraction, text: str) -> Picked:
    """Resolves "la primera", a yes to a single offer, "el del jueves", and an answer to a choice of intents."""
    said = extraction.slots
    if state.choices:
        return Picked(said, intent=_intent(state, extraction, text))
    if state.booking_choices:
        chosen = _booking(state.booking_choices, said, text) if _answers(state, extraction) else None
        if chosen:
            rest = said.without(name for name, value in _described(chosen).items() if said.get(name) == value)
            return Picked(rest.merge(Slots(booking_id=chosen.booking_id)), from_list=True)
    offer = _offer(state, extraction, text) if state.offers and not state.pending else None
    if offer:
        chosen_when = Slots(preferred_date=offer.date, preferred_time=offer.time or None)
        return Picked(said.merge(chosen_when), from_list=True)
    return Picked(said)


def _intent(state: State, extraction: Extraction, text: str) -> Intent | None:
    if extraction.intent in state.choices:
        return extraction.intent
    index = ordinal(text, len(state.choices))
    return None if index is None else state.choices[index]


def _answers(state: State, extraction: Extraction) -> bool:
    """Whether a message can be an answer to "which one?" rather than the beginning of something else."""
    return extraction.intent is state.active_intent or extraction.intent not in TASKS | INFO


def _booking(choices: tuple[BookingChoice, ...], said: Slots, text: str) -> BookingChoice | None:
    if said.booking_id:
        return None
    index = ordinal(text, len(choices))
    if index is not None and not (said.preferred_date or said.preferred_time):
        return choices[index]
    wanted = {name: said.get(name) for name in (*_WHEN, "service_type") if said.get(name)}
    if wanted:
        fitting = [choice for choice in choices if all(_described(choice)[name] == wanted[name] for name in wanted)]
    else:
        words = set(_NUMBER_OR_WORD.findall(plain(text)))
        fitting = [choice for choice in choices if words & _words(choice)]
    return fitting[0] if len(fitting) == 1 else None


def _words(choice: BookingChoice) -> set[str]:
    """Words that a customer may name an appointment by: its weekday, the day of its month, its hour."""
    day, at = parse_date(choice.date), parse_time(choice.time)
    words: set[str] = set()
    if day:
        words |= {*_WEEKDAYS[day.weekday()], str(day.day)}
    if at:
        words |= {str(at.hour), str(at.hour % 12 or 12)}
    return words


def _described(choice: BookingChoice) -> dict[str, str]:
    return {"preferred_date": choice.date, "preferred_time": choice.time, "service_type": choice.service}


def _offer(state: State, extraction: Extraction, text: str) -> Offer | None:
    """The offer meant by an ordinal, a plain yes, or a day or time that fits just one of them."""
    said, offers = extraction.slots, state.offers
    if not said.preferred_time and said.preferred_date not in {offer.date for offer in offers}:
        index = ordinal(text, len(offers))  # "el primero" reads as the first of the month, too
        if index is not None:
            return offers[index]
    if not (said.preferred_date or said.preferred_time):
        plain_yes = extraction.polarity is Polarity.AFFIRM and not said.present() and not extraction.removed
        return offers[0] if plain_yes and len(offers) == 1 and state.active_intent in TASKS else None
    if said.preferred_date and said.preferred_time:
        return None
    known = state.slots.preferred_date if said.preferred_time else state.slots.preferred_time
    refused = said.preferred_date and state.asked_slot == "preferred_date"
    if known and not refused:
        return None
    fitting = [offer for offer in offers if said.preferred_time == offer.time or said.preferred_date == offer.date]
    return fitting[0] if len(fitting) == 1 else None
