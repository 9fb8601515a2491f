"""The second form of a reading as JSON: how files of labelled readings and language models write it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from extractor.reading.message import MessageInContext
from turn.meaning import CONFIRM, Done, Item, Known, KnownAppointment, Meaning, OfferedTime, kinds
from turn.model import SLOT_NAMES

DATA_SLOTS = {"name": "client_name", "email": "client_email", "phone": "client_phone", "booking_id": "booking_id"}
"""The slots of data, by the names that labels give them."""
_DATA = {slot: name for name, slot in DATA_SLOTS.items()}


INTENT_OF_FRONT = {"book": "book", "change": "reschedule", "cancel": "cancel"}
"""The intent of a task in front, by its kind."""


def as_label(meaning: Meaning) -> dict[str, Any]:
    """The parts of a reading that are not empty, and `sure`."""
    label: dict[str, Any] = {
        "acts": list(kinds(meaning.acts)),
        "days": list(meaning.days),
        "times": list(meaning.times),
        "items": [_item(item) for item in meaning.items],
        "people": {"count": meaning.people.count, "writer": meaning.people.writer} if meaning.people else None,
        "refers_to": list(meaning.refers_to),
        "subject": meaning.subjects[0] if len(meaning.subjects) == 1 else list(meaning.subjects),
        "data": {_DATA[datum.slot]: datum.value for datum in meaning.data if datum.value},
        "conflict": list(meaning.conflict),
    }
    return {part: value for part, value in label.items() if value} | {"sure": meaning.sure}


def _item(item: Item) -> dict[str, Any]:
    label: dict[str, Any] = {
        "service": item.service,
        "staff": list(item.staff),
        "not_staff": list(item.not_staff),
        "who": item.who,
        "day": _one(item.days),
        "time": _one(item.times),
    }
    return {part: value for part, value in label.items() if value}


def _one(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def message_from(text: str, reference: datetime, context: Mapping[str, Any]) -> MessageInContext:
    """A message and its context as labelled files write it: `asked`, `front`, `offers`, `appointments`, `done`. Raises
    ValueError, which says what was expected, for a context of another form."""
    asked, front = context.get("asked"), context.get("front")
    if asked is not None and asked not in (*SLOT_NAMES, CONFIRM):
        raise ValueError(f"context.asked: expected one of {', '.join((*SLOT_NAMES, CONFIRM))}")
    if front is not None and front not in INTENT_OF_FRONT:
        raise ValueError(f"context.front: expected one of {', '.join(INTENT_OF_FRONT)}")
    try:
        known = known_from(context)
    except (KeyError, TypeError, AttributeError) as error:
        expected = "offers with day and time, appointments with id, done with kind and id"
        raise ValueError(f"context: expected {expected} ({error})") from error
    return MessageInContext(text, reference, asked, INTENT_OF_FRONT[front] if front else None, known=known)


def known_from(context: Mapping[str, Any]) -> Known:
    """What was known, from the context of a labelled reading. Raises TypeError or KeyError on another form."""
    return Known(
        offers=tuple(OfferedTime(**offer) for offer in context.get("offers", ())),
        appointments=tuple(KnownAppointment(**one) for one in context.get("appointments", ())),
        done=tuple(
            Done(one["kind"], one["id"], one.get("day", ""), one.get("time", "")) for one in context.get("done", ())
        ),
    )
