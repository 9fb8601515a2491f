"""What a message means for the task under way and for the write that waits for a yes, what the slots
of one task mean for another, and what is kept when there is no task. Pure."""

from dataclasses import replace
from datetime import datetime

from gateway.state import INFO, TASKS, Intent, PartOfDay, Polarity, Slots, State, Topic
from gateway.turn_types import Extraction
from workspace.calendar import time_problem
from workspace.model import Workspace

_IDENTITY = ("client_name", "client_email", "client_phone")
_WANTED = ("preferred_date", "preferred_time")
_DECIDES = ("service_type", "preferred_date", "preferred_time", "staff_name", "booking_id")
_CHANGES = frozenset({Intent.CANCEL, Intent.RESCHEDULE})
_CARRIED = {
    (Intent.BOOK, Intent.RESCHEDULE): (*_WANTED, *_IDENTITY),
    (Intent.RESCHEDULE, Intent.BOOK): (*_WANTED, *_IDENTITY),
    (Intent.CANCEL, Intent.RESCHEDULE): ("booking_id", *_IDENTITY),
    (Intent.RESCHEDULE, Intent.CANCEL): ("booking_id", *_IDENTITY),
}
_PARTS = {
    PartOfDay.MORNING: ("00:00", "13:00"),
    PartOfDay.AFTERNOON: ("13:00", "20:00"),
    PartOfDay.EVENING: ("18:00", "24:00"),
}
_GO_WITH_YES = frozenset({Topic.UNSPECIFIED, Topic.THANKS, Topic.GOODBYE})
"""Topics that a yes may come with and still be a plain yes."""


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
    return said.only(("service_type", *_WANTED, "staff_name") if intent in INFO else ("service_type", *_IDENTITY))


def said_yes(state: State, extraction: Extraction, said: Slots) -> bool:
    """Whether a message says yes to the pending writes and to nothing else than them."""
    if not state.pending or extraction.polarity is not Polarity.AFFIRM or extraction.removed:
        return False
    if not _only_agrees(state, extraction):
        return False
    for name, value in said.present().items():
        args = [action.args[name] for action in state.pending if name in action.args]
        if any(arg != value for arg in args):
            return False
        if not args and name in _DECIDES and state.slots.get(name) != value:
            return False
    return True


def _only_agrees(state: State, extraction: Extraction) -> bool:
    """Whether a yes comes without a question, another task or a wish that is none of the pending write's."""
    intent, active = extraction.intent, state.active_intent
    if intent is active:
        return extraction.topic in _GO_WITH_YES | {Topic.MY_APPOINTMENT}
    books_the_move = intent is Intent.BOOK and active is Intent.RESCHEDULE
    return extraction.topic in _GO_WITH_YES and (intent not in TASKS | INFO or books_the_move)


def meant_task(state: State, extraction: Extraction, said: Slots) -> Intent:
    """The message's intent. "No, mejor el sábado" to "shall I cancel?" or "shall I move it?" asks for a
    move, however alone it would read: a new appointment would come with its service."""
    intent, active = extraction.intent, state.active_intent
    another = intent in INFO | _CHANGES or (intent is Intent.BOOK and said.service_type)
    if not state.pending or another or not (said.preferred_date or said.preferred_time):
        return intent
    corrects = active is Intent.RESCHEDULE or (active is Intent.CANCEL and extraction.polarity is Polarity.DENY)
    return Intent.RESCHEDULE if corrects else intent


def leaves(state: State, extraction: Extraction, said: Slots) -> bool:
    """Whether a message that reads almost as well as the task under way surely is not it: a no to its
    pending write, or a new moment while cancelling."""
    moment = state.active_intent is Intent.CANCEL and bool(said.preferred_date or said.preferred_time)
    return bool(state.pending) and (moment or extraction.polarity is Polarity.DENY)


def waiting_for(state: State, said: Slots, new: Intent) -> Slots:
    """The appointment of the pending write, when the new task is another thing to do with the same one."""
    if new not in _CHANGES or said.booking_id or said.service_type:
        return Slots()
    ids = [action.args["booking_id"] for action in state.pending if action.args.get("booking_id")]
    return Slots(booking_id=str(ids[0])) if ids else Slots()


def on_top(state: State, extraction: Extraction) -> Extraction:
    """A reading whose service, when it is wanted besides the one being booked, does not replace that."""
    said, known = extraction.slots.service_type, state.slots.service_type
    if said not in extraction.more_services:
        return extraction
    if state.active_intent is not Intent.BOOK or known is None:
        return replace(extraction, more_services=tuple(name for name in extraction.more_services if name != said))
    return replace(extraction, slots=replace(extraction.slots, service_type=known))


def waiting_services(state: State, extraction: Extraction, slots: Slots, intent: Intent) -> tuple[str, ...]:
    """The services to book after that of the slots: those that waited already, and those that a message adds."""
    if intent is not Intent.BOOK:
        return ()
    waited = state.next_services if state.active_intent is Intent.BOOK else ()
    return tuple(dict.fromkeys(name for name in (*waited, *extraction.more_services) if name != slots.service_type))


def contradicts(state: State, extraction: Extraction, said: Slots, intent: Intent) -> tuple[str, ...]:
    """Known slots that a message takes back without saying so: a time outside the part of day that is
    wanted now, and the appointment that was proposed when another one is described instead."""
    names = []
    span = _PARTS.get(extraction.part_of_day)
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
