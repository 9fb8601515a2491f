"""How a conversation's state changes. Pure functions: `hear` before the plan, `reduce` after the
tools, `settle` after the reply. Nothing here knows a workspace, a clock or a network."""

from collections.abc import Set
from dataclasses import dataclass, replace

from gateway.domain.interpretation import (
    Picked,
    carried,
    contradicts,
    kept_without_task,
    leaves,
    meant_task,
    on_top,
    pick,
    said_yes,
    waiting_for,
    waiting_services,
)
from gateway.domain.turn_types import Composed, Extraction, Heard, PlanResult
from turn.model import BookingChoice, ConversationState, Observation, Slots
from turn.vocabulary import INFORMATION, SMALL_TALK, TASKS, Intent, PartOfDay, Polarity, Stage, Status, Topic

LOCALES = {"pt": "pt-BR", "en": "en", "es": ""}
"""The language of replies to each language of messages; empty for the workspace's own."""
_SMALL_TALK = SMALL_TALK | {Intent.UNSPECIFIED}
_ANSWERS = frozenset({Topic.UNSPECIFIED, Topic.THANKS, Topic.GOODBYE, Topic.ABANDON})
_ASKS_FOR_YES = frozenset({Stage.CONFIRMACION, Stage.CANCELACION})
_DATA = frozenset({"client_name", "client_email", "client_phone", "booking_id"})
_SAME_FOR_THE_NEXT = ("preferred_date", "client_name", "client_email", "client_phone")
_HELD_UP = frozenset({Status.FAILED, Status.REFUSED, Status.SKIPPED})
MAX_BOOKING_CHOICES = 10


@dataclass(frozen=True)
class ReducerSettings:
    """When two readings of a message are too close to choose between, and how much one request may want."""

    unsure_below: float = 0.6
    """Confidence under which the second reading counts."""
    close_within: float = 0.15
    """Largest distance at which the second reading is as good as the first."""
    most_services: int = 6
    """How many services one request may be about."""


def hear(state: ConversationState, extraction: Extraction, text: str, rules: ReducerSettings) -> Heard:
    """What a message means here: the turn's intent, the slots known by now, and whether it confirms."""
    extraction = on_top(state, extraction)
    picked = pick(state, extraction, text)
    misses = 0 if _understood(extraction, picked) else state.misses + 1
    state = replace(state, locale=_locale(state, extraction, picked), misses=misses)
    if _abandons(state, extraction, picked):
        return _abandoned(state, extraction)
    if said_yes(state, extraction, picked.said):
        slots = state.slots.without(extraction.removed).merge(picked.said)
        intent = state.active_intent if state.active_intent in TASKS else extraction.intent
        waiting = waiting_services(state, extraction, slots, intent, rules.most_services)
        after = replace(state, slots=slots, next_services=waiting)
        return Heard(intent, extraction.topic, slots, picked.said, confirmed=True, before=state, state=after)
    rival = _rival(extraction, rules)
    close = _too_close(state, extraction, picked, rival)
    intent = picked.intent or _intent_here(state, extraction, picked, rival)
    return _heard(state, extraction, picked, intent, close, rules)


def reduce(
    heard: Heard, plan: PlanResult | None, observations: tuple[Observation, ...], writes: Set[str]
) -> ConversationState:
    """The state that the reply is composed from. `writes` are the tools that change anything.

    A plan of None means that there was no planner to ask.
    """
    state = heard.state
    written = [seen for seen in observations if seen.tool in writes and seen.said_yes]
    if written:
        told = str((written[-1].output or {}).get("booking_id") or state.last_booking_id)
        return _goes_on(replace(state.fresh(), last_booking_id=told), state, heard.slots.service_type)
    if any(seen.tool in writes and seen.status is Status.UNKNOWN for seen in observations):
        return state.fresh()
    if heard.choices:
        return replace(state, choices=heard.choices, pending=(), asked_slot="", booking_choices=())
    if plan is None:
        return replace(state, pending=(), stage=Stage.ERROR)
    missing = missing_slots(plan, observations)
    if heard.intent in TASKS:
        return _after_task(heard, plan, missing, observations, writes)
    asked = missing[0] if missing else state.asked_slot
    kept = state.booking_choices if asked == "booking_id" else ()
    waiting = state.pending if not missing else ()
    return replace(state, pending=waiting, choices=(), asked_slot=asked, booking_choices=kept)


def settle(heard: Heard, state: ConversationState, unusable: tuple[str, ...], composed: Composed) -> ConversationState:
    """The state to remember once the reply is written: its offers, no slot that cannot be used, and
    a waiting write only when the reply asked for the yes to it."""
    goes_on = state.active_intent in TASKS and heard.intent not in TASKS
    offers = composed.offers or (state.offers if goes_on else ())
    asked = heard.intent in TASKS or composed.stage in _ASKS_FOR_YES
    pending = state.pending if asked else ()
    if state.next_services != heard.state.next_services:  # the next booking has begun: its service was never asked for
        unusable = tuple(name for name in unusable if name != "service_type")
    return replace(state, slots=state.slots.without(unusable), pending=pending, offers=offers, stage=composed.stage)


def missing_slots(plan: PlanResult, observations: tuple[Observation, ...]) -> tuple[str, ...]:
    """What to ask for: what the plan misses, or else what the policy needs."""
    return plan.missing or next((seen.needs for seen in observations if seen.needs), ())


def _locale(state: ConversationState, extraction: Extraction, picked: Picked) -> str:
    """The language from now on. An answer that is only a name, an address or a choice has no language."""
    said = set(picked.said)
    if picked.from_list or (state.asked_slot and said and said <= _DATA):
        return state.locale
    return LOCALES.get(extraction.language[:2].lower(), state.locale)


def _understood(extraction: Extraction, picked: Picked) -> bool:
    return (
        extraction.intent not in (Intent.OTHER, Intent.UNSPECIFIED)
        or extraction.topic is not Topic.UNSPECIFIED
        or bool(picked.said or picked.intent or extraction.removed)
        or extraction.polarity is not Polarity.UNSPECIFIED
        or extraction.part_of_day is not PartOfDay.UNSPECIFIED
    )


def _abandons(state: ConversationState, extraction: Extraction, picked: Picked) -> bool:
    """Whether a message gives the task up: by saying so, or by a bare no to a question of yes or which, or to going
    on after a booking."""
    corrects = bool(picked.said or extraction.removed)
    if extraction.topic is Topic.ABANDON:
        return not (extraction.intent in TASKS and (corrects or _turns_to_another(state, extraction)))
    vague = corrects or extraction.part_of_day is not PartOfDay.UNSPECIFIED
    same = extraction.intent in _SMALL_TALK or extraction.intent is state.active_intent
    after_booking = state.active_intent is Intent.BOOK and state.stage is Stage.RESERVA_HECHA
    asked = state.pending or state.booking_choices or state.asked_slot == "staff_name" or after_booking
    return bool(asked) and extraction.polarity is Polarity.DENY and same and not vague


def _turns_to_another(state: ConversationState, extraction: Extraction) -> bool:
    """Whether giving one task up is asking for another: "ya no lo cambies, cancelalo"."""
    return {state.active_intent, extraction.intent} == {Intent.CANCEL, Intent.RESCHEDULE}


def _abandoned(state: ConversationState, extraction: Extraction) -> Heard:
    intent = extraction.intent if extraction.intent in _SMALL_TALK - {Intent.UNSPECIFIED} else Intent.CHITCHAT
    fresh = state.fresh()
    return Heard(intent, Topic.ABANDON, Slots(), Slots(), confirmed=False, before=fresh, state=fresh)


def _takes_up(state: ConversationState, extraction: Extraction) -> bool:
    """Whether a message says yes, and nothing else, to a reply that had offered to look for a time."""
    agrees = extraction.polarity is Polarity.AFFIRM and extraction.topic is Topic.UNSPECIFIED
    return agrees and state.stage is Stage.DISPONIBILIDAD and extraction.intent in _SMALL_TALK


def _rival(extraction: Extraction, rules: ReducerSettings) -> Intent | None:
    """The second reading of a message when it is as good as the first."""
    if not extraction.alternatives or extraction.confidence >= rules.unsure_below:
        return None
    second, confidence = extraction.alternatives[0]
    close = extraction.confidence - confidence <= rules.close_within
    return second if close and second is not extraction.intent else None


def _too_close(
    state: ConversationState, extraction: Extraction, picked: Picked, rival: Intent | None
) -> tuple[Intent, ...]:
    """The two intents to ask about when neither the task nor the topic tells them apart, or nothing."""
    if rival is None or state.choices or picked.from_list or extraction.topic is not Topic.UNSPECIFIED:
        return ()
    pair = (extraction.intent, rival)
    return pair if set(pair) <= TASKS | INFORMATION and state.active_intent not in pair else ()


def _intent_here(state: ConversationState, extraction: Extraction, picked: Picked, rival: Intent | None) -> Intent:
    """The message's intent, or the task's when the message only answers it."""
    intent, active = meant_task(state, extraction, picked.said), state.active_intent
    if active not in TASKS:
        return Intent.BOOK if _takes_up(state, extraction) else intent
    if picked.from_list and intent not in INFORMATION:
        return active
    if rival is active and intent in TASKS and not leaves(state, extraction, picked.said):
        return active
    answers = (
        picked.said
        or extraction.removed
        or extraction.polarity is not Polarity.UNSPECIFIED
        or extraction.part_of_day is not PartOfDay.UNSPECIFIED
    )
    return active if intent in _SMALL_TALK and extraction.topic in _ANSWERS and answers else intent


def _heard(
    state: ConversationState,
    extraction: Extraction,
    picked: Picked,
    intent: Intent,
    close: tuple[Intent, ...],
    rules: ReducerSettings,
) -> Heard:
    said, active = picked.said, state.active_intent
    topic = Topic.UNSPECIFIED if extraction.topic is Topic.ABANDON else extraction.topic
    if intent in TASKS and not close:
        continues = intent is active or bool(state.choices)
        base = (
            state.slots if continues else carried(state.slots, active, intent).merge(waiting_for(state, said, intent))
        )
        slots = base.without((*extraction.removed, *contradicts(state, extraction, said, intent))).merge(said)
        after = replace(
            state,
            active_intent=intent,
            slots=slots,
            pending=(),
            choices=(),
            part_of_day=_part_of_day(state, extraction, said),
            offers=state.offers if intent is active else (),
            booking_choices=() if picked.from_list or intent is not active else state.booking_choices,
            next_services=waiting_services(state, extraction, slots, intent, rules.most_services),
            group_id=state.group_id if intent is active is Intent.BOOK else "",
        )
        return Heard(intent, topic, slots, said, confirmed=False, before=state, state=after)
    known = state.slots.merge(said)
    if active in TASKS:
        kept = state.slots
    elif close:
        kept = known
    else:
        kept = state.slots.merge(kept_without_task(said, intent))
    after = replace(state, slots=kept, pending=() if close else state.pending, choices=())
    return Heard(intent, topic, known, said, confirmed=False, before=state, state=after, choices=close)


def _part_of_day(state: ConversationState, extraction: Extraction, said: Slots) -> PartOfDay:
    if extraction.part_of_day is not PartOfDay.UNSPECIFIED:
        return extraction.part_of_day
    moved = said.preferred_date is not None and said.preferred_date != state.slots.preferred_date
    return PartOfDay.UNSPECIFIED if said.preferred_time or moved else state.part_of_day


def _after_task(
    heard: Heard, plan: PlanResult, missing: tuple[str, ...], observations: tuple[Observation, ...], writes: Set[str]
) -> ConversationState:
    asks = plan.needs_confirmation and not missing
    pending = tuple(action for action in plan.actions if action.tool in writes) if asks else ()
    held_up = any(seen.status in _HELD_UP for seen in observations)
    if not (missing or pending or held_up):
        return heard.state.fresh()
    asked = missing[0] if missing else ""
    choices = _booking_choices(observations) or heard.state.booking_choices if asked == "booking_id" else ()
    return replace(heard.state, asked_slot=asked, pending=pending, choices=(), booking_choices=choices)


def _goes_on(done: ConversationState, state: ConversationState, written: str | None) -> ConversationState:
    """The state after a write: with a booking, that of the next service, on the same day and for the same person.
    `written` is the service of the write, which does not wait any more."""
    waiting = [name for name in state.next_services if name != written]
    if state.active_intent is not Intent.BOOK or not waiting:
        return done
    service, *later = waiting
    slots = replace(state.slots.only(_SAME_FOR_THE_NEXT), service_type=service)
    return replace(
        done,
        active_intent=Intent.BOOK,
        slots=slots,
        asked_slot="preferred_time",
        next_services=tuple(later),
        group_id=state.group_id or done.last_booking_id,
    )


def _booking_choices(observations: tuple[Observation, ...]) -> tuple[BookingChoice, ...]:
    for seen in reversed(observations):
        found = (seen.output or {}).get("appointments") if seen.said_yes else None
        if isinstance(found, list) and len(found) > 1:
            return tuple(
                BookingChoice(*(str(item.get(key) or "") for key in ("booking_id", "date", "time", "service_type")))
                for item in found[:MAX_BOOKING_CHOICES]
                if isinstance(item, dict) and item.get("booking_id")
            )
    return ()
