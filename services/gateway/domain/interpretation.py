"""What a message means in its conversation. Pure.

What it picks among the things that the last reply put before the customer; what it says of the task under way and of
the write that waits for a yes; what the slots of one task mean for another, and what is kept when there is no task.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.ordinals import ordinal, plain
from gateway.domain.turn_types import Extraction
from turn.model import BookingChoice, ConversationState, Offer, Slots
from turn.vocabulary import HOURS_OF_PART, INFORMATION, TASKS, Intent, Polarity, Topic
from workspace.calendar import parse_date, parse_time, time_problem
from workspace.model import Workspace

_WHEN = ("preferred_date", "preferred_time")
_IDENTITY = ("client_name", "client_email", "client_phone")
_DECIDES = ("service_type", "preferred_date", "preferred_time", "staff_name", "booking_id")
_CHANGES = frozenset({Intent.CANCEL, Intent.RESCHEDULE})
_CARRIED = {
    (Intent.BOOK, Intent.RESCHEDULE): (*_WHEN, *_IDENTITY),
    (Intent.RESCHEDULE, Intent.BOOK): (*_WHEN, *_IDENTITY),
    (Intent.CANCEL, Intent.RESCHEDULE): ("booking_id", *_IDENTITY),
    (Intent.RESCHEDULE, Intent.CANCEL): ("booking_id", *_IDENTITY),
}
_GO_WITH_YES = frozenset({Topic.UNSPECIFIED, Topic.THANKS, Topic.GOODBYE})
"""Topics that a yes may come with and still be a plain yes."""
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


def pick(state: ConversationState, extraction: Extraction, text: str) -> Picked:
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


def _intent(state: ConversationState, extraction: Extraction, text: str) -> Intent | None:
    if extraction.intent in state.choices:
        return extraction.intent
    index = ordinal(text, len(state.choices))
    return None if index is None else state.choices[index]


def _answers(state: ConversationState, extraction: Extraction) -> bool:
    """Whether a message can be an answer to "which one?" rather than the beginning of something else."""
    return extraction.intent is state.active_intent or extraction.intent not in TASKS | INFORMATION


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


def _offer(state: ConversationState, extraction: Extraction, text: str) -> Offer | None:
    """The offer meant by an ordinal, a plain yes, or a day or time that fits just one of them."""
    said, offers = extraction.slots, state.offers
    if not said.preferred_time and said.preferred_date not in {offer.date for offer in offers}:
        index = ordinal(text, len(offers))  # "el primero" reads as the first of the month, too
        if index is not None:
            return offers[index]
    if not (said.preferred_date or said.preferred_time):
        plain_yes = extraction.polarity is Polarity.AFFIRM and not said and not extraction.removed
        return offers[0] if plain_yes and len(offers) == 1 and state.active_intent in TASKS else None
    if said.preferred_date and said.preferred_time:
        return None
    known = state.slots.preferred_date if said.preferred_time else state.slots.preferred_time
    refused = said.preferred_date and state.asked_slot == "preferred_date"
    if known and not refused:
        return None
    fitting = [offer for offer in offers if said.preferred_time == offer.time or said.preferred_date == offer.date]
    return fitting[0] if len(fitting) == 1 else None


def carried(slots: Slots, old: Intent, new: Intent) -> Slots:
    """The known slots that keep their meaning when a task begins or replaces another."""
    if old not in TASKS:
        return slots if new is Intent.BOOK else slots.only((*_IDENTITY, "booking_id"))
    return slots.only(_CARRIED.get((old, new), _IDENTITY))


def kept_without_task(said: Slots, intent: Intent) -> Slots:
    """What is remembered of a message that belongs to no task. Who asks for opening hours asks about a
    day; who asks what something costs on a day says when they want it."""
    if intent is Intent.INFO_HOURS:
        return said.only(("service_type",))
    return said.only(("service_type", *_WHEN, "staff_name") if intent in INFORMATION else ("service_type", *_IDENTITY))


def said_yes(state: ConversationState, extraction: Extraction, said: Slots) -> bool:
    """Whether a message says yes to the pending writes and to nothing else than them."""
    if not state.pending or extraction.polarity is not Polarity.AFFIRM or extraction.removed:
        return False
    if not _only_agrees(state, extraction):
        return False
    for name, value in said.items():
        args = [action.args[name] for action in state.pending if name in action.args]
        if any(arg != value for arg in args):
            return False
        if not args and name in _DECIDES and state.slots.get(name) != value:
            return False
    return True


def _only_agrees(state: ConversationState, extraction: Extraction) -> bool:
    """Whether a yes comes without a question, another task or a wish that is none of the pending write's."""
    intent, active = extraction.intent, state.active_intent
    if intent is active:
        return extraction.topic in _GO_WITH_YES | {Topic.MY_APPOINTMENT}
    books_the_move = intent is Intent.BOOK and active is Intent.RESCHEDULE
    return extraction.topic in _GO_WITH_YES and (intent not in TASKS | INFORMATION or books_the_move)


def meant_task(state: ConversationState, extraction: Extraction, said: Slots) -> Intent:
    """The message's intent. "No, mejor el sábado" to "shall I cancel?" or "shall I move it?" asks for a
    move, however alone it would read: a new appointment would come with its service."""
    intent, active = extraction.intent, state.active_intent
    another = intent in INFORMATION | _CHANGES or (intent is Intent.BOOK and said.service_type)
    if not state.pending or another or not (said.preferred_date or said.preferred_time):
        return intent
    corrects = active is Intent.RESCHEDULE or (active is Intent.CANCEL and extraction.polarity is Polarity.DENY)
    return Intent.RESCHEDULE if corrects else intent


def leaves(state: ConversationState, extraction: Extraction, said: Slots) -> bool:
    """Whether a message that reads almost as well as the task under way surely is not it: a no to its
    pending write, or a new moment while cancelling."""
    moment = state.active_intent is Intent.CANCEL and bool(said.preferred_date or said.preferred_time)
    return bool(state.pending) and (moment or extraction.polarity is Polarity.DENY)


def waiting_for(state: ConversationState, said: Slots, new: Intent) -> Slots:
    """The appointment of the pending write, when the new task is another thing to do with the same one."""
    if new not in _CHANGES or said.booking_id or said.service_type:
        return Slots()
    ids = [action.args["booking_id"] for action in state.pending if action.args.get("booking_id")]
    return Slots(booking_id=str(ids[0])) if ids else Slots()


def on_top(state: ConversationState, extraction: Extraction) -> Extraction:
    """A reading whose service, when it is wanted besides the one being booked, does not replace that."""
    said, known = extraction.slots.service_type, state.slots.service_type
    if said not in extraction.more_services:
        return extraction
    if state.active_intent is not Intent.BOOK or known is None:
        return replace(extraction, more_services=tuple(name for name in extraction.more_services if name != said))
    return replace(extraction, slots=replace(extraction.slots, service_type=known))


def waiting_services(
    state: ConversationState, extraction: Extraction, slots: Slots, intent: Intent, most: int
) -> tuple[str, ...]:
    """The services to book after that of the slots: those that waited already, and those that a message adds, as
    long as there are at most `most` in all."""
    if intent is not Intent.BOOK:
        return ()
    waited = state.next_services if state.active_intent is Intent.BOOK else ()
    wanted = dict.fromkeys(name for name in (*waited, *extraction.more_services) if name != slots.service_type)
    return tuple(wanted)[: most - 1]


def contradicts(state: ConversationState, extraction: Extraction, said: Slots, intent: Intent) -> tuple[str, ...]:
    """Known slots that a message takes back without saying so: a time outside the part of day that is
    wanted now, and the appointment that was proposed when another one is described instead."""
    names = []
    span = HOURS_OF_PART.get(extraction.part_of_day)
    at = state.slots.preferred_time
    if span and at and not said.preferred_time and not span[0] <= at < span[1]:
        names.append("preferred_time")
    other = extraction.polarity is Polarity.DENY and bool(state.pending) and intent is state.active_intent
    described = said.service_type or (intent is Intent.CANCEL and (said.preferred_date or said.preferred_time))
    if other and described and intent in _CHANGES:
        names.append("booking_id")
    return tuple(names)


def unusable(workspace: Workspace, slots: Slots, missing: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """The missing slots to forget. A time that is only taken stays wanted: it may be free with somebody
    else or on another day; one that opening hours or the clock rule out does not."""
    at, day = slots.preferred_time, slots.preferred_date or ""
    service = workspace.service(slots.service_type or "")
    possible = at and time_problem(workspace, day, at, now, service.minutes if service else 0) is None
    return tuple(name for name in missing if name != "preferred_time" or not possible)
