"""What holds of the reducer whatever happens."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reducer import ReducerSettings, hear, missing_slots, reduce, settle
from gateway.domain.turn_types import Composed, Extraction, Heard, PlanResult
from gateway.storage.rows import decode_state, encode
from tests.unit.gateway.domain import strategies as some
from turn.model import ConversationState, Observation
from turn.vocabulary import INFORMATION, TASKS, Intent, Stage, Topic

RULES = ReducerSettings()
_ASKS = (Stage.CONFIRMACION, Stage.CANCELACION)
seen = st.lists(some.observations, max_size=3).map(tuple)


def whole(
    state: ConversationState,
    extraction: Extraction,
    text: str,
    plan: PlanResult,
    observed: tuple[Observation, ...],
    said: Composed,
) -> tuple[Heard, ConversationState]:
    heard = hear(state, extraction, text, RULES)
    reduced = reduce(heard, plan, observed, some.WRITES)
    return heard, settle(heard, reduced, missing_slots(plan, observed), said)


@given(some.states, some.extractions, some.texts, some.plans, seen, some.composed)
def test_the_same_input_gives_the_same_output_and_stays_untouched(
    state: ConversationState,
    extraction: Extraction,
    text: str,
    plan: PlanResult,
    observed: tuple[Observation, ...],
    said: Composed,
) -> None:
    given_values = (state, extraction, text, plan, observed, said)
    copies = deepcopy(given_values)
    assert whole(*given_values) == whole(*copies)
    assert given_values == copies


@given(some.states, some.extractions, some.texts, some.plans, seen, some.composed)
def test_a_write_waits_for_a_yes_only_when_this_reply_asked(
    state: ConversationState,
    extraction: Extraction,
    text: str,
    plan: PlanResult,
    observed: tuple[Observation, ...],
    said: Composed,
) -> None:
    heard, after = whole(state, extraction, text, plan, observed, said)
    if heard.intent in TASKS:
        assert not after.pending or plan.needs_confirmation
        assert all(action in plan.actions and action.tool in some.WRITES for action in after.pending)
    else:
        assert not after.pending or (after.pending == state.pending and said.stage in _ASKS)


@given(some.states, some.extractions, some.texts, some.plans, seen, some.composed)
def test_slots_come_only_from_what_was_said_known_or_offered(
    state: ConversationState,
    extraction: Extraction,
    text: str,
    plan: PlanResult,
    observed: tuple[Observation, ...],
    said: Composed,
) -> None:
    heard, after = whole(state, extraction, text, plan, observed, said)
    offered = {
        "preferred_date": {offer.date for offer in state.offers},
        "preferred_time": {offer.time for offer in state.offers},
        "booking_id": {choice.booking_id for choice in state.booking_choices}
        | {str(action.args.get("booking_id")) for action in state.pending},
    }
    for known in (heard.slots, heard.said, heard.state.slots, after.slots):
        for name, value in known.items():
            sources = {state.slots.get(name), extraction.slots.get(name), *offered.get(name, ())}
            if name == "service_type":
                sources |= {*state.next_services, *extraction.more_services}
            assert value in sources, name


@given(some.states, some.extractions, some.texts)
def test_only_a_yes_to_what_waits_confirms(state: ConversationState, extraction: Extraction, text: str) -> None:
    heard = hear(state, extraction, text, RULES)
    if heard.confirmed:
        assert state.pending
        assert extraction.polarity == "affirm"
        assert heard.before.pending == state.pending
        assert extraction.intent not in INFORMATION
        assert extraction.intent not in TASKS - {Intent.BOOK} or extraction.intent is state.active_intent
        assert extraction.topic not in (Topic.HUMAN, Topic.COMPLAINT, Topic.ABANDON)


@given(some.states, some.extractions, some.texts, some.plans, seen, some.composed)
def test_a_successful_write_leaves_no_task_but_the_booking_of_a_service_that_waited(
    state: ConversationState,
    extraction: Extraction,
    text: str,
    plan: PlanResult,
    observed: tuple[Observation, ...],
    said: Composed,
) -> None:
    heard, after = whole(state, extraction, text, plan, observed, said)
    if any(each.said_yes and each.tool in some.WRITES for each in observed):
        assert not after.pending
        if after.active_intent is Intent.BOOK:
            waited = (*state.next_services, *extraction.more_services)
            assert after.slots.service_type in waited
            assert after.slots.service_type != heard.slots.service_type
            assert set(after.next_services) < set(waited)
            assert (after.slots.preferred_time, after.slots.staff_name, after.slots.booking_id) == (None, None, None)
        else:
            assert not after.slots
            assert after.active_intent not in TASKS


@given(some.states, some.extractions, some.texts)
def test_an_information_question_changes_no_slot_of_a_task(
    state: ConversationState, extraction: Extraction, text: str
) -> None:
    heard = hear(state, extraction, text, RULES)
    aside = heard.intent in INFORMATION and heard.topic is not Topic.ABANDON and not heard.confirmed
    if aside and state.active_intent in TASKS:
        assert heard.state.slots == state.slots


@given(some.states)
def test_a_state_survives_being_stored(state: ConversationState) -> None:
    assert decode_state(encode(state)) == state
