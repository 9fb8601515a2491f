"""What the slots of one task mean for another, and what is kept when there is no task. Pure."""

from gateway.state import INFO, TASKS, Intent, Slots

_IDENTITY = ("client_name", "client_email", "client_phone")
_WANTED = ("preferred_date", "preferred_time")
_CARRIED = {
    (Intent.BOOK, Intent.RESCHEDULE): (*_WANTED, *_IDENTITY),
    (Intent.RESCHEDULE, Intent.BOOK): (*_WANTED, *_IDENTITY),
    (Intent.CANCEL, Intent.RESCHEDULE): ("booking_id", *_IDENTITY),
    (Intent.RESCHEDULE, Intent.CANCEL): ("booking_id", *_IDENTITY),
}


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
