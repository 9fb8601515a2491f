"""What the agenda has said about the wanted moment, and what it offers instead."""

from dataclasses import dataclass

from nlg.situations.situation import Appointment, Situation, rows_of, text_of, texts_of
from nlg.situations.times import choose
from turn.model import Observation, Offer
from turn.tools import BOOK, CHECK, RESCHEDULE
from turn.vocabulary import Intent


@dataclass(frozen=True)
class Wanted:
    """The moment that the customer wants, with what is taken over from the appointment to move."""

    service: str
    date: str
    time: str
    staff: str


def wanted(situation: Situation) -> Wanted:
    """What the customer wants; when moving, the rest stays as it is."""
    slots = situation.turn.state.slots
    own = moving(situation) or Appointment()
    return Wanted(
        service=own.service_type or slots.get("service_type", ""),
        date=slots.get("preferred_date") or own.date,
        time=slots.get("preferred_time") or own.time,
        staff=slots.get("staff_name", ""),
    )


def moving(situation: Situation) -> Appointment | None:
    """The appointment that is being moved, when there is just one that it can be."""
    if situation.task is not Intent.RESCHEDULE:
        return None
    found = situation.appointments()
    planned = [text_of(action.args.get("booking_id")) for action in situation.turn.actions]
    tried = situation.latest(RESCHEDULE)
    ids = {*planned, situation.slot("booking_id"), text_of(tried.args.get("booking_id")) if tried else ""} - {""}
    meant = [one for one in found if one.booking_id in ids]
    for name in ("service_type", "staff_name"):
        value = situation.slot(name)
        meant = meant or [one for one in found if value and getattr(one, name) == value]
    meant = meant or list(found)
    return meant[0] if len(meant) == 1 else None


def refusal(situation: Situation) -> Observation | None:
    """The latest "no" about a moment: of the write, or else of the check."""
    for tool in (BOOK, RESCHEDULE, CHECK):
        seen = situation.latest(tool)
        if seen is not None and seen.no_reason:
            return seen
    return None


def free_times(situation: Situation) -> tuple[str, ...]:
    """Free times on the wanted day: those that came with a "no", or else the check's.

    The time that was refused is not among them.
    """
    no = refusal(situation)
    listed = texts_of(no.output.get("times")) if no else ()
    checked = situation.checked()
    if not listed and checked is not None:
        listed = texts_of(checked.get("times"))
    return tuple(time for time in listed if not no or time != wanted(situation).time)


def is_free(situation: Situation) -> bool:
    """Whether the check lists the wanted time."""
    checked = situation.checked()
    return checked is not None and wanted(situation).time in texts_of(checked.get("times"))


def is_full(situation: Situation) -> bool:
    """Whether the check says that the day has no room at all."""
    checked = situation.checked()
    return checked is not None and not texts_of(checked.get("times"))


def offers_that_day(situation: Situation, near: str) -> tuple[Offer, ...]:
    """Free times on the wanted day, nearest to a time if one is given."""
    day = checked_day(situation)
    times = choose(free_times(situation), near, situation.turn.state.part_of_day)
    return tuple(Offer(day, time) for time in times) if day else ()


def offers_later(situation: Situation) -> tuple[Offer, ...]:
    """Free times on the nearest later day that the agenda names."""
    no, checked = refusal(situation), situation.checked()
    for source in (no.output if no else None, checked):
        for row in rows_of((source or {}).get("next")):
            times = choose(texts_of(row.get("times")), wanted(situation).time, situation.turn.state.part_of_day)
            if times and text_of(row.get("date")):
                return tuple(Offer(text_of(row.get("date")), time) for time in times)
    return ()


def checked_day(situation: Situation) -> str:
    """The day that the free times are about."""
    checked = situation.checked()
    return text_of((checked or {}).get("date")) or wanted(situation).date
