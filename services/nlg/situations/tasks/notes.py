"""What a message did besides: told in a few words, some before everything else, some before the question."""

from collections.abc import Callable, Sequence

from nlg.situations.small_talk import MISSES_UNTIL_A_PERSON, abilities
from nlg.situations.tasks.view import TaskSituation, just
from nlg.turn import Tone
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import spell_time
from turn import steps
from turn.meaning import KnownAppointment
from turn.tasks import BOOK, CANCEL
from turn.vocabulary import HandoverReason, Stage, Subject

FIRST = (
    steps.GREETING, steps.THANKS, steps.COMPLAINT, steps.HEALTH, steps.BOT, steps.LATE, steps.ARRIVED, steps.STOPPED,
)  # fmt: skip
"""Notes that are told before what was done and answered."""
LAST = (
    steps.DROPPED, steps.KEPT, steps.NOTHING_OWN, steps.NOTHING_TO_UNDO, steps.CANNOT_UNDO, steps.SERIES,
    steps.SAME_DATA, steps.PERSON, steps.DEFERRED, steps.OFFTOPIC, steps.NOT_UNDERSTOOD, steps.AGREED, steps.CHAT,
    steps.GOODBYE, steps.RESUMED,
)  # fmt: skip
"""Those that are told after it, before the question."""
_INSTEAD = {steps.PERSON: steps.COMPLAINT, steps.OFFTOPIC: steps.NOT_UNDERSTOOD}
"""Note -> the one that says all of it where both are there."""


def tell_notes(situation: TaskSituation, which: Sequence[str], more: bool) -> list[Draft]:
    """What is said of some of the notes. `more` says whether anything else is told or asked in the same reply."""
    noted = [note for note in situation.turn.notes if _INSTEAD.get(note) not in situation.turn.notes]
    told = []
    for name in (name for name in which if name in noted):
        draft = _NOTES[name](situation, more or len(noted) > 1)
        told += [draft] if draft else []
    return told


def _greeting(situation: TaskSituation, more: bool) -> Draft | None:
    if more:
        return Draft((Say("greeting_short", optional=True),))
    return just("greeting", {"business": situation.workspace.name, "abilities": abilities(situation)})


def _complaint(situation: TaskSituation, _more: bool) -> Draft:
    return just(
        "complaint_again" if told_before(situation) else "complaint",
        stage=Stage.DONE,
        tone=Tone.PROFESSIONAL,
        requires_human=True,
        handover_reason=HandoverReason.COMPLAINT,
    )


def _person(situation: TaskSituation, _more: bool) -> Draft:
    key = "human_again" if told_before(situation) else "human"
    values = {"contact": situation.workspace.human_contact}
    return just(key, values, stage=Stage.DONE, requires_human=True, handover_reason=HandoverReason.ASKED)


def told_before(situation: TaskSituation) -> bool:
    """Whether the reply before this one may have passed the conversation on already: then other words are used."""
    return situation.turn.state.stage is Stage.DONE or (bool(situation.turn.next_step) and situation.round > 1)


def health(situation: TaskSituation, _more: bool) -> Draft:
    """A question of health is never answered with yes or no."""
    key = "health_again" if told_before(situation) else "health"
    return just(key, stage=Stage.DONE, requires_human=True, handover_reason=HandoverReason.HEALTH)


def bot(situation: TaskSituation, more: bool) -> Draft:
    """What writes here."""
    values = {"business": situation.workspace.name}
    if more:
        return just("bot_short", values)
    return just("bot_again" if told_before(situation) else "bot", values, stage=Stage.DONE)


def _late(situation: TaskSituation, _more: bool) -> Draft | None:
    if Subject.HOURS in situation.meaning.subjects and not situation.own:
        return None
    own = _today_or_next(situation)
    if own is None and situation.dialogue.customer:
        return just("late_none")
    return just("late_noted", _moment_of(situation, own), handover_reason=HandoverReason.LATE)


def _arrived(situation: TaskSituation, _more: bool) -> Draft:
    return just("arrived", _moment_of(situation, _today_or_next(situation)), handover_reason=HandoverReason.ARRIVED)


def _today_or_next(situation: TaskSituation) -> KnownAppointment | None:
    """The customer's next appointment, today's above all."""
    today = _today(situation)
    booked = [each.after for each in situation.dialogue.done if each.after]
    own = [one for one in (*situation.own, *booked) if one.day >= today]
    return min(own, key=lambda one: (one.day, one.time), default=None)


def _moment_of(situation: TaskSituation, own: KnownAppointment | None) -> dict[str, str]:
    """The hour of an appointment of today; of another day all of it."""
    if own is None:
        return {}
    if own.day == _today(situation):
        return {"time": spell_time(own.time)}
    return {"brief": situation.placed_values(own)["brief"]}


def _today(situation: TaskSituation) -> str:
    return situation.turn.now.astimezone(situation.workspace.zone).date().isoformat()


def _stopped(_situation: TaskSituation, _more: bool) -> Draft:
    return just("stopped")


def _dropped(_situation: TaskSituation, more: bool) -> Draft:
    return just("dropped_short" if more else "abandon")


def _kept(situation: TaskSituation, _more: bool) -> Draft:
    front = situation.front
    ids = front.targets if front and front.kind == CANCEL else ()
    own = [one for one in map(situation.own_of, ids) if one] or list(situation.own)
    if len(own) > 1:
        return just("kept_several")
    return just("kept", situation.placed_values(own[0]) if own else {})


def _nothing_own(situation: TaskSituation, _more: bool) -> Draft:
    coded = any(one.slot == "booking_id" for one in situation.meaning.data)
    return just("code_unknown" if coded else "nothing_found")


def _cannot_undo(situation: TaskSituation, _more: bool) -> Draft:
    done = situation.dialogue.done
    return just("cannot_undo_cancel" if done and done[-1].kind == CANCEL else "cannot_undo")


def _same_data(situation: TaskSituation, _more: bool) -> Draft:
    customer = situation.dialogue.customer
    values = {"name": clean(customer.name, 40), "email": customer.masked_email} if customer else {}
    return Draft((Say("same_data", values, optional=True),))


def _deferred(situation: TaskSituation, _more: bool) -> Draft:
    before = situation.turn.state.stage
    key = "deferred" if situation.dialogue.front_kind == BOOK else "deferred_short"
    return just(key, stage=Stage.INICIO if before is Stage.UNSPECIFIED else before)


def _offtopic(situation: TaskSituation, more: bool) -> Draft:
    if situation.turn.next_step in (steps.NAME, steps.EMAIL, steps.EMAIL_NEEDED):  # mostly "what for?"
        return just("why_data", {"business": situation.workspace.name})
    return just("cannot_help", {} if more or situation.turn.next_step else {"abilities": abilities(situation)})


def _not_understood(situation: TaskSituation, more: bool) -> Draft:
    misses = situation.turn.state.misses
    if misses >= MISSES_UNTIL_A_PERSON:
        key = "not_understood_again" if misses % 2 == 0 else "not_understood_still"
        return just(key, tone=Tone.NEUTRAL, requires_human=True, handover_reason=HandoverReason.NOT_UNDERSTOOD)
    if more or situation.turn.next_step:
        return just("not_understood_short")
    return just("not_understood", {"abilities": abilities(situation)})


def _agreed(situation: TaskSituation, _more: bool) -> Draft | None:
    """What was written last, as it stands."""
    last = situation.dialogue.done[-1] if situation.dialogue.done else None
    return just("agreed", situation.placed_values(last.after)) if last and last.after else just("all_right")


def _chat(_situation: TaskSituation, more: bool) -> Draft | None:
    return None if more else just("chitchat")


def _thanks(_situation: TaskSituation, more: bool) -> Draft | None:
    """Nothing where a request or an answer says it."""
    return None if more else just("thanks")


def _goodbye(_situation: TaskSituation, more: bool) -> Draft:
    return Draft((Say("goodbye", optional=more),), Stage.DONE)


def _resumed(situation: TaskSituation, _more: bool) -> Draft | None:
    front = situation.front
    services = list(dict.fromkeys(item.service for item in front.items if item.service)) if front else []
    if front is None or not situation.turn.next_step:
        return None
    own = next((one for one in map(situation.own_of, front.targets) if one), None)
    service = services[0] if len(services) == 1 else own.service if own else ""
    return Draft((Say("resumed", {"service": clean(service, 40)}, optional=True),))


def simply(key: str) -> Callable[[TaskSituation, bool], Draft]:
    """A note that is one phrase without values."""
    return lambda _situation, _more: just(key)


_NOTES: dict[str, Callable[[TaskSituation, bool], Draft | None]] = {
    steps.GREETING: _greeting,
    steps.COMPLAINT: _complaint,
    steps.HEALTH: health,
    steps.BOT: bot,
    steps.LATE: _late,
    steps.ARRIVED: _arrived,
    steps.STOPPED: _stopped,
    steps.DROPPED: _dropped,
    steps.KEPT: _kept,
    steps.NOTHING_OWN: _nothing_own,
    steps.NOTHING_TO_UNDO: simply("nothing_to_undo"),
    steps.CANNOT_UNDO: _cannot_undo,
    steps.SERIES: simply("series"),
    steps.SAME_DATA: _same_data,
    steps.PERSON: _person,
    steps.DEFERRED: _deferred,
    steps.OFFTOPIC: _offtopic,
    steps.NOT_UNDERSTOOD: _not_understood,
    steps.AGREED: _agreed,
    steps.CHAT: _chat,
    steps.THANKS: _thanks,
    steps.GOODBYE: _goodbye,
    steps.RESUMED: _resumed,
}
