"""Asking for the yes that a write waits for, and showing what it will change."""

from nlg.situations.situation import Appointment, Situation, appointment_from, text_of
from nlg.writing.render import Draft, Say
from nlg.writing.words import spell_time
from turn.model import Action
from turn.tools import BOOK, CANCEL, RESCHEDULE
from turn.vocabulary import Intent, Stage


def ask_confirmation(situation: Situation) -> Draft | None:
    """The question before a write, when one waits."""
    waiting = situation.writes_waiting() if situation.turn.needs_confirmation else ()
    if not waiting:
        return None
    action = waiting[0]
    stage = Stage.CANCELACION if action.tool == CANCEL else Stage.CONFIRMACION
    return Draft((_question(situation, action),), stage, quick_replies=_yes_no(situation))


def ask_confirmation_again(situation: Situation) -> Draft | None:
    """The short reminder of a write that still waits, after something else was answered."""
    pending = situation.turn.state.pending
    if not pending:
        return None
    key = {CANCEL: "confirm_again_cancel", RESCHEDULE: "confirm_again_move"}.get(pending[0].tool, "confirm_again")
    stage = Stage.CANCELACION if situation.task is Intent.CANCEL else Stage.CONFIRMACION
    return Draft((Say(key),), stage, quick_replies=_yes_no(situation))


def _question(situation: Situation, action: Action) -> Say:
    booking_id = text_of(action.args.get("booking_id"))
    if action.tool == BOOK:
        about = appointment_from(action.args)
    else:
        found = (one for one in situation.appointments() if booking_id and one.booking_id == booking_id)
        about = next(found, Appointment(booking_id=booking_id[:12]))
    values = {
        "service": about.service_type,
        "date": situation.spell(about.date),
        "time": spell_time(about.time),
        "staff": about.staff_name,
        "booking_id": about.booking_id,
    }
    if action.tool == RESCHEDULE:
        values["new_date"] = situation.spell(text_of(action.args.get("preferred_date")))
        values["new_time"] = spell_time(text_of(action.args.get("preferred_time")))
    key = {CANCEL: "confirm_cancel", RESCHEDULE: "confirm_move", BOOK: "confirm_book"}.get(action.tool, "confirm_other")
    if action.tool == RESCHEDULE and values["date"] and values["date"] == values["new_date"] and values["new_time"]:
        key = "confirm_move_same_day"
    return Say(key, values)


def _yes_no(situation: Situation) -> tuple[str, ...]:
    return situation.phrases.fixed("yes"), situation.phrases.fixed("no")
