"""The first form of a reading, an intent and slots, computed from the second. Pure.

The rules are those by which the first form is labelled: a date or time is only a single wanted one (bounds, spans and
repetitions give none), service and staff are those named first and not refused, an answer in the middle of a task takes
its intent, and a question takes its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from extractor.identity.name_writing import title
from turn.meaning import ANY, NOTHING_KNOWN, SAME, Known, Meaning
from turn.model import SLOT_NAMES
from workspace.calendar import parse_date, parse_time

_INTENT_OF_ACT = {"cancel": "cancel", "change": "reschedule", "book": "book", "availability": "book"}
"""Acts that say which task is wanted; of several the first here counts."""
_INTENT_OF_SUBJECT = {
    "price": "info_prices",
    "promotions": "info_prices",
    "hours": "info_hours",
    "duration": "info_services",
    "who": "info_services",
    "preparation": "info_services",
    "health": "info_services",
    "other": "info_services",
    "bot": "chitchat",
}
"""Questions about anything else are `other`."""
_ANSWERS = ("give", "choose", "confirm", "deny", "refuse", "defer")
"""Acts that go on with the task in front."""
_OTHER = ("undo", "complain", "person", "late", "arrived", "stop", "offtopic")
_CHITCHAT = ("thank", "bye", "smalltalk", "confirm", "deny", "defer", "refuse")
_UNTIMED = frozenset(("info_hours", "greeting", "chitchat", "other"))
"""Intents whose messages ask for no day and no time."""


@dataclass(frozen=True)
class FirstForm:
    """What the nine intents and eight slots say of a message."""

    intent: str
    slots: Mapping[str, str]


def first_form(meaning: Meaning, active_intent: str | None = None, known: Known = NOTHING_KNOWN) -> FirstForm:
    """The first form of a meaning. `active_intent` is that of the task in front; of `known` the offers say which day
    and time a chosen one has."""
    intent = _intent(meaning, active_intent)
    slots = {
        "service_type": _first(item.service for item in meaning.items),
        "staff_name": _first(name for item in meaning.items for name in item.staff),
        **{
            datum.slot: title(datum.value.split()) if datum.slot == "client_name" else datum.value
            for datum in meaning.data
        },
    }
    if intent not in _UNTIMED:
        slots |= _when(meaning, known)
    return FirstForm(intent, {slot: slots[slot] for slot in SLOT_NAMES if slots.get(slot)})


def _intent(meaning: Meaning, active: str | None) -> str:
    for act, intent in _INTENT_OF_ACT.items():
        if meaning.does(act):
            return intent
    if meaning.does("ask"):
        return next((_INTENT_OF_SUBJECT.get(subject, "other") for subject in meaning.subjects), "other")
    if meaning.does(*_ANSWERS) and active:
        return active
    if meaning.does("choose") or (meaning.does("give") and (meaning.items or meaning.days or meaning.times)):
        return "book"
    if meaning.does(*_OTHER):
        return "other"
    if meaning.does(*_CHITCHAT):
        return "chitchat"
    return "greeting" if meaning.does("greet") else "other"


def _first(names: Iterable[str]) -> str:
    return next((name for name in names if name not in ("", ANY, SAME)), "")


def _when(meaning: Meaning, known: Known) -> dict[str, str]:
    """The single day and time that are wanted: those of all items, otherwise of the first; those of a chosen offer."""
    first = meaning.items[0] if meaning.items else None
    moments = [one.partition("T") for one in _single(meaning.days or (first.days if first else ()))]
    days = [day for day, _, _ in moments if parse_date(day)]
    times = _single(meaning.times or (first.times if first else ())) or [time for _, _, time in moments]
    when = {"preferred_date": _first(days), "preferred_time": _first(time for time in times if parse_time(time))}
    places = [int(one.removeprefix("offer:")) for one in meaning.refers_to if one.startswith("offer:")]
    if meaning.does("choose") and len(places) == 1 and 1 <= places[0] <= len(known.offers):
        offer = known.offers[places[0] - 1]
        when = {"preferred_date": offer.day, "preferred_time": offer.time}
    return when


def _single(constraints: Iterable[str]) -> list[str]:
    """The first of each constraint's alternatives."""
    return [one.split("|")[0] for one in constraints]
