"""The fields of the first form that a dialogue stands for: for readers of the first form, and to roll back to. Pure."""

from dataclasses import replace

from turn import steps
from turn.constraints import exact_day, exact_time
from turn.meaning import ANY, CONFIRM, Item
from turn.model import BookingChoice, ConversationState, Offer, Slots
from turn.tasks import BOOK, CANCEL, CHANGE, RESTORE, Dialogue, Task
from turn.vocabulary import Intent

INTENT_OF_KIND = {
    BOOK: Intent.BOOK,
    CHANGE: Intent.RESCHEDULE,
    CANCEL: Intent.CANCEL,
    RESTORE: Intent.RESCHEDULE,
}
"""The intent that a kind of task is in the first form."""
_SLOTS = {
    steps.SERVICE: "service_type",
    steps.WHEN: "preferred_date",
    steps.CHANGE_WHAT: "preferred_date",
    steps.NAME: "client_name",
    steps.EMAIL: "client_email",
    steps.EMAIL_NEEDED: "client_email",
    steps.STAFF: "staff_name",
    steps.BRANCH: "staff_name",
    steps.WHICH: "booking_id",
    steps.TAKE: CONFIRM,
    steps.CONFIRM: CONFIRM,
    steps.DOUBT: CONFIRM,
}


_SLOT_OF_PART = {
    "items": "service_type",
    "staff": "staff_name",
    "days": "preferred_date",
    "times": "preferred_time",
}
"""The slot that a question between several readings of a part asks for."""
_KIND_OF_INTENT = {Intent.BOOK: BOOK, Intent.RESCHEDULE: CHANGE, Intent.CANCEL: CANCEL}


def from_first_form(state: ConversationState) -> Dialogue:
    """The dialogue of a state. One that a gateway of the first form left in the middle of a task has none yet: it is
    made of the first form's fields."""
    kind = _KIND_OF_INTENT.get(state.active_intent)
    if state.dialogue.tasks or kind is None:
        return state.dialogue
    slots = state.slots
    days, times = slots.get("preferred_date"), slots.get("preferred_time")
    services = [name for name in (slots.get("service_type"), *state.next_services) if name]
    staff = slots.get("staff_name")
    task = Task(
        kind,
        items=tuple(Item(name, (staff,) if staff else ()) for name in services) if kind == BOOK else (),
        days=(days,) if days else (),
        times=(times,) if times else (),
        targets=(slots["booking_id"],) if "booking_id" in slots else (),
    )
    return replace(
        state.dialogue,
        tasks=(task,),
        name=slots.get("client_name", state.dialogue.name),
        email=slots.get("client_email", state.dialogue.email),
        phone=slots.get("client_phone", state.dialogue.phone),
    )


def with_first_form(state: ConversationState, dialogue: Dialogue) -> ConversationState:
    """A state with a dialogue, and the fields of the first form that it stands for."""
    front = dialogue.front
    owned = dialogue.customer.appointments if dialogue.customer else ()
    asks_which = front is not None and front.asked == steps.WHICH
    return replace(
        state,
        dialogue=dialogue,
        active_intent=INTENT_OF_KIND[front.kind] if front else Intent.UNSPECIFIED,
        slots=first_slots(dialogue),
        asked_slot=_asked(front, dialogue) if front else "",
        offers=tuple(Offer(offer.day, offer.time) for offer in front.offers) if front else (),
        booking_choices=tuple(BookingChoice(one.id, one.day, one.time, one.service) for one in owned)
        if asks_which
        else (),
        next_services=tuple(dict.fromkeys(item.service for item in front.items[1:] if item.service)) if front else (),
        last_booking_id=dialogue.done[-1].id if dialogue.done else state.last_booking_id,
    )


def first_slots(dialogue: Dialogue) -> Slots:
    """The eight slots of a dialogue's front task, and the data that are known."""
    front = dialogue.front
    known = Slots(
        client_name=dialogue.name or None, client_email=dialogue.email or None, client_phone=dialogue.phone or None
    )
    if front is None:
        return known
    item = front.items[0] if front.items else None
    chosen = front.chosen
    days, times = (item.days, item.times) if item else ((), ())
    days, times = days or front.days, times or front.times
    staff = item.staff[0] if item and len(item.staff) == 1 and item.staff[0] != ANY else ""
    return replace(
        known,
        service_type=(item.service if item else "") or None,
        preferred_date=(chosen.day if chosen else exact_day(days)) or None,
        preferred_time=(chosen.time if chosen else exact_time(times, days)) or None,
        staff_name=staff or None,
        booking_id=front.targets[0] if len(front.targets) == 1 else None,
    )


def _asked(front: Task, dialogue: Dialogue) -> str:
    """The slot that was asked for, or CONFIRM. With the yes to a booking an unknown name is asked for, too."""
    if front.asked == steps.TAKE and front.kind == BOOK:
        named = dialogue.name or (dialogue.customer and dialogue.customer.name)
        return CONFIRM if named else "client_name"
    if front.asked == steps.DOUBT and front.doubts and len(front.doubts[0].candidates) > 1:
        return _SLOT_OF_PART.get(front.doubts[0].part, CONFIRM)
    if front.asked != steps.OFFER:
        return _SLOTS.get(front.asked, "")
    several = len(front.items) > 1 or front.people > 1  # of several things "las dos" is no hour
    return "preferred_date" if several else "preferred_time"
