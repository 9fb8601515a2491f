"""What is sent is what is read, and what cannot be is refused by name."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from runtime.errors import Kind, PulpoError
from turn import converters
from turn.model import (
    SLOT_NAMES,
    Action,
    BookingChoice,
    ConversationState,
    Decision,
    Observation,
    Offer,
    Slots,
    ToolError,
    TurnContext,
)
from turn.vocabulary import INTENTS, Intent, Outcome, PartOfDay, Polarity, Stage, Status, Topic

CONTEXT = TurnContext("salon", "talk", "turn", datetime(2026, 3, 11, 13, tzinfo=UTC), "es-AR")
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
names = st.lists(st.sampled_from(SLOT_NAMES), max_size=3).map(tuple)
slots = st.builds(Slots, **{name: st.none() | texts for name in SLOT_NAMES})
leaves = st.none() | st.booleans() | texts | st.floats(allow_nan=False, allow_infinity=False)
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=5
)
objects = st.dictionaries(texts, values, max_size=3)
actions = st.builds(Action, texts, objects, texts)
decisions = st.builds(
    Decision, st.sampled_from(Outcome).filter(lambda outcome: outcome.value != "unspecified"), texts, names
)
observations = st.builds(
    Observation,
    texts,
    st.sampled_from(Status),
    objects,
    objects,
    st.just(Decision()) | decisions,
    st.none() | st.builds(ToolError, texts, texts),
    st.integers(0, 3),
    st.integers(0, 3).map(float),
)
states = st.builds(
    ConversationState,
    active_intent=st.sampled_from(Intent),
    slots=slots,
    asked_slot=st.sampled_from(["", *SLOT_NAMES]),
    pending=st.lists(actions, max_size=2).map(tuple),
    offers=st.lists(st.builds(Offer, texts, st.just("") | texts), max_size=2).map(tuple),
    part_of_day=st.sampled_from(PartOfDay),
    choices=st.sampled_from([(), (Intent.BOOK, Intent.CANCEL)]),
    booking_choices=st.lists(st.builds(BookingChoice, texts), max_size=2).map(tuple),
    last_booking_id=st.just("") | texts,
    stage=st.sampled_from(Stage),
    locale=st.just("") | texts,
    misses=st.integers(0, 5),
    next_services=st.lists(texts, max_size=2).map(tuple),
)


@given(states)
def test_a_state_arrives_as_it_was_sent(state: ConversationState) -> None:
    assert converters.state_from(converters.state_to(state)) == state


@given(observations)
def test_an_observation_arrives_as_it_was_sent(seen: Observation) -> None:
    assert converters.observation_from(converters.observation_to(seen)) == seen


@given(slots)
def test_slots_arrive_as_they_were_sent(said: Slots) -> None:
    assert converters.slots_from(converters.slots_to(said)) == said


def test_a_context_arrives_as_it_was_sent() -> None:
    assert converters.context_from(converters.context_to(CONTEXT)) == CONTEXT


@pytest.mark.parametrize("word", [*Intent, *Topic, *Polarity, *PartOfDay, *Stage])
def test_a_word_arrives_as_it_was_sent(word: StrEnum) -> None:
    by_kind: Mapping[type[StrEnum], tuple[Any, Any]] = {
        Intent: (converters.intent_to, converters.intent_from),
        Topic: (converters.topic_to, converters.topic_from),
        Polarity: (converters.polarity_to, converters.polarity_from),
        PartOfDay: (converters.part_of_day_to, converters.part_of_day_from),
        Stage: (converters.stage_to, converters.stage_from),
    }
    to, back = by_kind[type(word)]
    assert back(to(word)) is word


def test_a_number_of_a_newer_contract_is_unspecified() -> None:
    assert converters.intent_from(len(INTENTS) + 90) is Intent.UNSPECIFIED
    assert converters.stage_from(99) is Stage.UNSPECIFIED
    message = action_pb2.Observation(tool="x", status=99)  # type: ignore[arg-type]
    assert converters.observation_from(message).status is Status.UNSPECIFIED
    assert converters.observations_from([message, converters.observation_to(Observation("y", Status.OK))]) == (
        Observation("y", Status.OK),
    )


def test_an_answer_is_there_when_the_tool_ran_even_if_it_is_empty() -> None:
    assert converters.observation_to(Observation("x", Status.OK)).HasField("output")
    assert not converters.observation_to(Observation("x", Status.FAILED)).HasField("output")


def test_what_was_not_said_is_absent_and_an_empty_text_is_not_said() -> None:
    assert not converters.slots_to(Slots(client_name="Ana")).HasField("staff_name")
    assert converters.slots_from(turn_pb2.Slots(client_name="Ana", staff_name="")) == Slots(client_name="Ana")


def test_offers_without_a_date_offer_nothing() -> None:
    messages = [state_pb2.Offer(time="10:00"), state_pb2.Offer(date="2026-03-12")]
    assert converters.offers_from(messages) == (Offer("2026-03-12", ""),)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_refused_unless_it_may_pass(number: float) -> None:
    struct = converters.struct_to({"deep": [{"number": number}]})
    with pytest.raises(PulpoError) as caught:
        converters.struct_from(struct)
    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID_ARGUMENT, "NUMBER_NOT_FINITE")
    (deep,) = converters.struct_from(struct, finite=False)["deep"]
    assert math.isnan(deep["number"]) if math.isnan(number) else deep["number"] == number


@pytest.mark.parametrize("name", ["workspace_id", "conversation_id", "turn_id", "received_at"])
def test_a_context_names_what_it_lacks(name: str) -> None:
    message = converters.context_to(CONTEXT)
    message.ClearField(name)  # type: ignore[arg-type]
    with pytest.raises(PulpoError) as caught:
        converters.context_from(message)
    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE")
    assert str(caught.value) == f"CONTEXT_INCOMPLETE: Required and not set: context.{name}."


def test_all_that_lacks_is_named_at_once_also_what_the_caller_adds() -> None:
    with pytest.raises(PulpoError, match=r"context\.workspace_id, .*, context\.received_at, customer\.address\.$"):
        converters.context_from(turn_pb2.TurnContext(), ["customer.address"])
    with pytest.raises(PulpoError, match=r": customer\.address\.$"):
        converters.context_from(converters.context_to(CONTEXT), ["customer.address"])


@pytest.mark.parametrize("seconds", [-(10**9), 4_100_000_000, 10**15])
def test_a_time_that_no_calendar_takes_is_refused(seconds: int) -> None:
    message = converters.context_to(CONTEXT)
    message.received_at.seconds = seconds
    with pytest.raises(PulpoError) as caught:
        converters.context_from(message)
    assert (caught.value.kind, caught.value.reason) == (Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID")


def test_a_language_may_be_left_to_the_workspace() -> None:
    assert converters.context_from(converters.context_to(replace(CONTEXT, locale=""))).locale == ""
