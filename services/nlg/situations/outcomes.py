"""What became of the tools: failures, refusals, and writes that surely succeeded."""

from nlg.situations.availability import refusal
from nlg.situations.questions import ask_missing
from nlg.situations.situation import Situation, appointment_from, text_of
from nlg.turn import Tone
from nlg.writing.render import Draft, Say
from nlg.writing.words import spell_time
from turn.model import Observation
from turn.tools import AGENDA, BOOK, CANCEL, RESCHEDULE
from turn.vocabulary import INFORMATION, HandoverReason, Intent, Stage, Status

_DONE = {
    BOOK: ("booked", Stage.RESERVA_HECHA),
    RESCHEDULE: ("moved", Stage.RESERVA_HECHA),
    CANCEL: ("cancelled", Stage.CANCELACION),
}


_LIMITS = {
    "TOO_MANY_OPEN": "limit_open",
    "TOO_MANY_TODAY": "limit_today",
    "TOO_MUCH_OF_DAY": "limit_day",
}
"""Reason of a tool's "no" to a customer who has all that one customer gets -> what is said."""


def tell_write_trouble(situation: Situation) -> Draft | None:
    """A write that may have happened, or surely did not."""
    if situation.writes(Status.UNKNOWN):
        return Draft(
            (Say("unknown_write"),),
            Stage.ERROR,
            Tone.NEUTRAL,
            requires_human=True,
            handover_reason=HandoverReason.FAILED,
        )
    if situation.writes(Status.FAILED):
        return Draft((Say("failed_write"),), Stage.ERROR, Tone.NEUTRAL)
    return _refused(situation, situation.writes(Status.REFUSED))


def tell_write(situation: Situation) -> Draft | None:
    """A write of this workspace that its own observation shows as done."""
    done = [seen for seen in situation.writes(Status.OK) if seen.said_yes and situation.has_tool(seen.tool)]
    return _done(situation, done[-1]) if done else None


def tell_limit(situation: Situation) -> Draft | None:
    """A "no" to a customer who has all the appointments that one customer gets: more is for a person to decide."""
    no = refusal(situation)
    key = _LIMITS.get(no.no_reason) if no else None
    if key is None:
        return None
    person = situation.phrases.fixed("talk_to_person")
    said = Say(key, {"contact": situation.workspace.human_contact})
    return Draft((said,), tone=Tone.NEUTRAL, quick_replies=(person,))


def tell_read_trouble(situation: Situation) -> Draft | None:
    """A look-up that failed or was refused. In the middle of a task the question stays."""
    for seen in situation.turn.observations:
        if seen.status in (Status.FAILED, Status.UNKNOWN):
            key = "failed_agenda" if seen.tool in AGENDA else "failed_info"
            failed = Draft((Say(key),), Stage.ERROR, Tone.NEUTRAL)
            return failed.before(ask_missing(situation)) if situation.turn.intent in INFORMATION else failed
    refused = tuple(seen for seen in situation.turn.observations if seen.status is Status.REFUSED)
    return _refused(situation, refused)


def _refused(situation: Situation, refused: tuple[Observation, ...]) -> Draft | None:
    final = [seen for seen in refused if not (seen.needs and situation.turn.missing_slots)]
    if not final:
        return None
    if any(seen.decision.why.startswith("RATE_LIMIT") for seen in final):
        return Draft((Say("rate_limited"),), Stage.ERROR, Tone.NEUTRAL)
    person = situation.phrases.fixed("talk_to_person")
    return Draft((Say("refused"),), Stage.ERROR, Tone.NEUTRAL, quick_replies=(person,))


def _done(situation: Situation, seen: Observation) -> Draft:
    key, stage = _DONE.get(seen.tool, ("write_done", Stage.INICIO))
    about = appointment_from(seen.output, seen.args)
    name = (text_of(seen.output.get("client_name")) or text_of(seen.args.get("client_name"))).split()
    values = {
        "name": name[0] if name else "",
        "service": about.service_type,
        "date": situation.spell(about.date),
        "time": spell_time(about.time),
        "staff": about.staff_name,
        "booking_id": about.booking_id,
    }
    return Draft((Say(key, values), *_next(situation, seen)), stage)


def _next(situation: Situation, seen: Observation) -> tuple[Say, ...]:
    """After a booking, the question for the next of several services."""
    service = situation.slot("service_type")
    if seen.tool != BOOK or situation.turn.state.active_intent is not Intent.BOOK or not service:
        return ()
    return (Say("ask_next", {"service": service}),)
