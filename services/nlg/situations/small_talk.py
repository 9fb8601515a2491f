"""Everything that is neither a task nor a question about the business."""

from collections.abc import Callable

from nlg.situations.confirmation import ask_confirmation_again
from nlg.situations.questions import MAX_QUICK_CHARS, ask_missing, list_bookings
from nlg.situations.situation import Situation
from nlg.turn import Tone
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import join_all, spell_time
from turn.tools import BOOK, CANCEL, FIND, HOURS, RESCHEDULE, SERVICES
from turn.vocabulary import TASKS, HandoverReason, Intent, Stage, Topic

MISSES_UNTIL_A_PERSON = 2
"""After so many messages in a row that were not understood a person is offered."""
_LEFT_ALONE = (Topic.GOODBYE, Topic.HUMAN, Topic.COMPLAINT, Topic.ABANDON)
"""Topics after which an open task is not asked on about in the same breath."""


def tell_choice(situation: Situation) -> Draft | None:
    """Lets the customer choose between two readings of the message."""
    choices = situation.turn.choices[:2]
    if len(choices) < 2:
        return None
    first, second = (situation.phrases.fixed(f"intent_{intent}") for intent in choices)
    taps = tuple(clean(label[0].upper() + label[1:], MAX_QUICK_CHARS) for label in (first, second))
    return Draft((Say("choose", {"first": first, "second": second}),), quick_replies=taps)


def tell_appointments(situation: Situation) -> Draft | None:
    """The customer's appointments, when they asked for them or none was found to change."""
    if situation.turn.topic is not Topic.MY_APPOINTMENT and situation.turn.intent not in (
        Intent.CANCEL,
        Intent.RESCHEDULE,
    ):
        return None
    if situation.latest(FIND) is None:
        return None
    found = situation.appointments()
    if not found:
        changes = situation.turn.intent in (Intent.CANCEL, Intent.RESCHEDULE)
        key = "code_unknown" if changes and situation.slot("booking_id") else "nothing_found"
        return Draft((Say(key),)).before(_open_question(situation))
    if situation.turn.topic is not Topic.MY_APPOINTMENT:
        return None
    if len(found) > 1:
        return Draft((Say("my_appointments"), *list_bookings(situation)))
    one = found[0]
    values = {
        "service": one.service_type or "—",
        "date": situation.spell(one.date) or "—",
        "time": spell_time(one.time) or "—",
        "staff": one.staff_name,
        "booking_id": one.booking_id,
    }
    return Draft((Say("my_appointment", values),)).before(_open_question(situation))


def tell_dead_end(situation: Situation) -> Draft | None:
    """A task that this workspace cannot do here, or that met a "no" with nothing to ask."""
    if situation.turn.intent not in TASKS:
        return None
    if any(seen.no_reason == "NOT_FOUND" for seen in situation.turn.observations):
        return Draft((Say("write_not_found"),))
    own_tool = {Intent.BOOK: BOOK, Intent.CANCEL: CANCEL, Intent.RESCHEDULE: RESCHEDULE}[situation.turn.intent]
    if situation.has_tool(own_tool) and not situation.turn.observations:
        return Draft((Say("abandon"),))
    return Draft((Say("cannot_here"),), tone=Tone.NEUTRAL, requires_human=True)


def tell_small_talk(situation: Situation) -> Draft:
    """The rest, by topic and then by intent. An open task is asked on about."""
    topic = situation.turn.topic
    tell = _TOPICS.get(topic)
    if tell is None:
        tell = {Intent.GREETING: _greeting, Intent.CHITCHAT: _simply("chitchat")}.get(
            situation.turn.intent, _not_understood
        )
    rests = topic in _LEFT_ALONE or (topic is Topic.THANKS and situation.turn.state.stage is Stage.DONE)
    question = None if rests else _open_question(situation)
    return tell(situation).before(question)


def _open_question(situation: Situation) -> Draft | None:
    return ask_missing(situation) or ask_confirmation_again(situation)


def _abilities(situation: Situation) -> str:
    able = (
        ("ability_info", (SERVICES, HOURS)),
        ("ability_book", (BOOK,)),
        ("ability_move", (RESCHEDULE,)),
        ("ability_cancel", (CANCEL,)),
    )
    texts = [situation.phrases.fixed(key) for key, tools in able if situation.has_tool(*tools)]
    return join_all(texts, situation.phrases.word("and"))


def _greeting(situation: Situation) -> Draft:
    if _open_question(situation):
        return Draft((Say("greeting_short"),))
    return Draft((Say("greeting", {"business": situation.workspace.name, "abilities": _abilities(situation)}),))


def _not_understood(situation: Situation) -> Draft:
    if situation.turn.state.misses >= MISSES_UNTIL_A_PERSON:
        return Draft(
            (Say("not_understood_again"),),
            tone=Tone.NEUTRAL,
            requires_human=True,
            handover_reason=HandoverReason.NOT_UNDERSTOOD,
        )
    if situation.turn.state.misses == 0:  # understood, but an "ok" to nothing in particular, or no wish of ours
        own = Say("cannot_help" if situation.turn.said else "all_right", {"abilities": _abilities(situation)})
        return Draft(() if _open_question(situation) else (own,))
    if situation.turn.missing_slots[:1] == ("client_email",):
        return Draft((Say("email_invalid"),))
    if _open_question(situation):
        return Draft((Say("not_understood_short"),))
    return Draft((Say("not_understood", {"abilities": _abilities(situation)}),))


def _human(situation: Situation) -> Draft:
    contact = situation.workspace.human_contact
    said = Say("human", {"contact": contact})
    return Draft((said,), Stage.DONE, requires_human=True, handover_reason=HandoverReason.ASKED)


def _address(situation: Situation) -> Draft:
    address = situation.workspace.address
    if not address:
        return Draft((Say("address_human"),), requires_human=True, handover_reason=HandoverReason.UNKNOWN_QUESTION)
    return Draft((Say("address", {"address": address}),))


def _payment(situation: Situation) -> Draft:
    payment = situation.workspace.payment
    if not payment:
        return Draft((Say("payment_human"),), requires_human=True, handover_reason=HandoverReason.UNKNOWN_QUESTION)
    return Draft((Say("payment", {"payment": payment}),))


def _complaint(_situation: Situation) -> Draft:
    return Draft(
        (Say("complaint"),),
        Stage.DONE,
        tone=Tone.PROFESSIONAL,
        requires_human=True,
        handover_reason=HandoverReason.COMPLAINT,
    )


def _late(_situation: Situation) -> Draft:
    return Draft((Say("late"),), handover_reason=HandoverReason.LATE)


def _simply(key: str, stage: Stage = Stage.INICIO) -> Callable[[Situation], Draft]:
    return lambda _situation: Draft((Say(key),), stage)


def _no_lookup(_situation: Situation) -> Draft:
    return Draft((Say("cannot_here"),), tone=Tone.NEUTRAL, requires_human=True)


_TOPICS: dict[Topic, Callable[[Situation], Draft]] = {
    Topic.HUMAN: _human,
    Topic.ADDRESS: _address,
    Topic.PAYMENT: _payment,
    Topic.MY_APPOINTMENT: _no_lookup,
    Topic.THANKS: _simply("thanks"),
    Topic.GOODBYE: _simply("goodbye", Stage.DONE),
    Topic.COMPLAINT: _complaint,
    Topic.LATE: _late,
    Topic.MEDIA: _simply("media"),
    Topic.ABANDON: _simply("abandon"),
}
