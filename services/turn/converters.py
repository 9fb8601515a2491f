"""Turns values into the contract's messages (`…_to`) and back (`…_from`). The only module here that knows pulpo."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from google.protobuf import struct_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from runtime.errors import Kind, PulpoError
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
    WriteOutcome,
)
from turn.reading_converters import value_of
from turn.task_converters import dialogue_from, dialogue_to
from turn.tasks import NO_DIALOGUE
from turn.vocabulary import (
    Intent,
    Outcome,
    PartOfDay,
    Polarity,
    Stage,
    Status,
    Topic,
    WriteState,
)

E = TypeVar("E", bound=StrEnum)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def context_to(context: TurnContext) -> turn_pb2.TurnContext:
    """A turn's context."""
    since = context.received_at - _EPOCH
    return turn_pb2.TurnContext(
        workspace_id=context.workspace_id,
        conversation_id=context.conversation_id,
        turn_id=context.turn_id,
        received_at=Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000),
        locale=context.locale,
    )


def context_from(message: turn_pb2.TurnContext, lacking: Iterable[str] = ()) -> TurnContext:
    """A turn's context, checked. Raises PulpoError CONTEXT_INCOMPLETE, which names every field that is required and
    not set, those of `lacking` included, or RECEIVED_AT_INVALID."""
    required = ("workspace_id", "conversation_id", "turn_id")
    absent = [f"context.{name}" for name in required if not getattr(message, name)]
    absent += [] if message.HasField("received_at") else ["context.received_at"]
    absent += lacking
    if absent:
        said = f"Required and not set: {', '.join(absent)}."
        lacking_ones = [(name, "required") for name in absent]
        raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", said, violations=lacking_ones)
    return TurnContext(
        workspace_id=message.workspace_id,
        conversation_id=message.conversation_id,
        turn_id=message.turn_id,
        received_at=_received_at(message),
        locale=message.locale,
    )


def _received_at(message: turn_pb2.TurnContext) -> datetime:
    try:
        moment = message.received_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not 2000 <= moment.year < 2099:  # near the calendar's ends, time zones and horizons overflow
        said, field = "context.received_at is out of range.", "context.received_at"
        raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", said, violations=[(field, said)])
    return moment


@lru_cache(maxsize=256)
def intent_to(value: Intent) -> turn_pb2.Intent.ValueType:
    """An intent's number."""
    return turn_pb2.Intent.Value(f"INTENT_{value.name}")


@lru_cache(maxsize=256)
def intent_from(number: int) -> Intent:
    """A number's intent."""
    return value_of(turn_pb2.Intent, "INTENT_", number, Intent)


@lru_cache(maxsize=256)
def topic_to(value: Topic) -> turn_pb2.Topic.ValueType:
    """A topic's number."""
    return turn_pb2.Topic.Value(f"TOPIC_{value.name}")


@lru_cache(maxsize=256)
def topic_from(number: int) -> Topic:
    """A number's topic."""
    return value_of(turn_pb2.Topic, "TOPIC_", number, Topic)


@lru_cache(maxsize=256)
def polarity_to(value: Polarity) -> turn_pb2.Polarity.ValueType:
    """A polarity's number."""
    return turn_pb2.Polarity.Value(f"POLARITY_{value.name}")


@lru_cache(maxsize=256)
def polarity_from(number: int) -> Polarity:
    """A number's polarity."""
    return value_of(turn_pb2.Polarity, "POLARITY_", number, Polarity)


@lru_cache(maxsize=256)
def part_of_day_to(value: PartOfDay) -> turn_pb2.PartOfDay.ValueType:
    """The number of a part of the day."""
    return turn_pb2.PartOfDay.Value(f"PART_OF_DAY_{value.name}")


@lru_cache(maxsize=256)
def part_of_day_from(number: int) -> PartOfDay:
    """A number's part of the day."""
    return value_of(turn_pb2.PartOfDay, "PART_OF_DAY_", number, PartOfDay)


@lru_cache(maxsize=256)
def stage_to(value: Stage) -> state_pb2.Stage.ValueType:
    """A stage's number."""
    return state_pb2.Stage.Value(f"STAGE_{value.name}")


@lru_cache(maxsize=256)
def stage_from(number: int) -> Stage:
    """A number's stage."""
    return value_of(state_pb2.Stage, "STAGE_", number, Stage)


def slots_to(slots: Slots) -> turn_pb2.Slots:
    """Slots, absent where not said."""
    return turn_pb2.Slots(**slots)


def slots_from(message: turn_pb2.Slots) -> Slots:
    """Slots; an empty text counts as not said."""
    return Slots(**{name: value for name in SLOT_NAMES if (value := getattr(message, name))})


def struct_to(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A JSON object."""
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def struct_from(struct: struct_pb2.Struct, *, finite: bool = True) -> dict[str, Any]:
    """A JSON object; its numbers are floats. Raises PulpoError NUMBER_NOT_FINITE for NaN and infinity, which JSON
    does not have, unless they may pass."""
    return {name: _plain(value, finite) for name, value in struct.fields.items()}


def _plain(value: struct_pb2.Value, finite: bool) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return struct_from(value.struct_value, finite=finite)
    if kind == "list_value":
        items: Sequence[struct_pb2.Value] = value.list_value.values
        return [_plain(item, finite) for item in items]
    if kind == "number_value" and finite and not math.isfinite(value.number_value):
        text = "A number in args, output or state is NaN or infinite; JSON has none of these."
        raise PulpoError(Kind.INVALID_ARGUMENT, "NUMBER_NOT_FINITE", text)
    return None if kind in (None, "null_value") else getattr(value, kind)


def action_to(action: Action) -> action_pb2.Action:
    """An action."""
    return action_pb2.Action(tool=action.tool, args=struct_to(action.args), reasoning=action.reasoning)


def action_from(message: action_pb2.Action, *, finite: bool = True) -> Action:
    """An action. See struct_from for `finite`."""
    return Action(message.tool, struct_from(message.args, finite=finite), message.reasoning)


def decision_to(decision: Decision) -> action_pb2.Decision:
    """A decision."""
    outcome = action_pb2.Outcome.Value(f"OUTCOME_{decision.outcome.name}")
    return action_pb2.Decision(outcome=outcome, why=decision.why, needs=decision.needs)


def decision_from(message: action_pb2.Decision) -> Decision:
    """A decision."""
    outcome = value_of(action_pb2.Outcome, "OUTCOME_", message.outcome, Outcome)
    return Decision(outcome, message.why, tuple(message.needs))


def observation_to(seen: Observation) -> action_pb2.Observation:
    """An observation."""
    message = action_pb2.Observation(
        tool=seen.tool,
        status=action_pb2.ObservationStatus.Value(f"OBSERVATION_STATUS_{seen.status.name}"),
        attempts=seen.attempts,
        args=struct_to(seen.args),
    )
    if seen.output or seen.status is Status.OK:
        message.output.CopyFrom(struct_to(seen.output))
    if seen.error is not None:
        message.error.CopyFrom(action_pb2.ToolError(reason=seen.error.reason, message=seen.error.message))
    if seen.decision.outcome is not Outcome.UNSPECIFIED:
        message.decision.CopyFrom(decision_to(seen.decision))
    message.duration.FromNanoseconds(int(seen.duration_s * 1e9))
    return message


def observation_from(message: action_pb2.Observation) -> Observation:
    """An observation."""
    error = ToolError(message.error.reason, message.error.message) if message.HasField("error") else None
    return Observation(
        tool=message.tool,
        status=value_of(action_pb2.ObservationStatus, "OBSERVATION_STATUS_", message.status, Status),
        output=struct_from(message.output),
        args=struct_from(message.args),
        decision=decision_from(message.decision),
        error=error,
        attempts=message.attempts,
        duration_s=message.duration.ToNanoseconds() / 1e9,
    )


def observations_from(messages: Iterable[action_pb2.Observation]) -> tuple[Observation, ...]:
    """Observations, without those whose status this version does not know: they say nothing."""
    return tuple(seen for seen in map(observation_from, messages) if seen.status is not Status.UNSPECIFIED)


def write_outcome_to(outcome: WriteOutcome) -> broker_pb2.WriteOutcome:
    """What became of a write."""
    return broker_pb2.WriteOutcome(
        tool=outcome.tool,
        state=broker_pb2.WriteState.Value(f"WRITE_STATE_{outcome.state.name}"),
        observation=observation_to(outcome.observation) if outcome.observation else None,
    )


def write_outcome_from(message: broker_pb2.WriteOutcome) -> WriteOutcome:
    """What became of a write."""
    state = value_of(broker_pb2.WriteState, "WRITE_STATE_", message.state, WriteState)
    seen = observation_from(message.observation) if message.HasField("observation") else None
    return WriteOutcome(message.tool, state, seen)


def offer_to(offer: Offer) -> state_pb2.Offer:
    """An offer."""
    return state_pb2.Offer(date=offer.date, time=offer.time)


def offers_from(messages: Iterable[state_pb2.Offer]) -> tuple[Offer, ...]:
    """Offers, without those that lack a date. One without a time offers the day."""
    return tuple(Offer(offer.date, offer.time) for offer in messages if offer.date)


def state_to(state: ConversationState) -> state_pb2.ConversationState:
    """A conversation's state."""
    return state_pb2.ConversationState(
        active_intent=intent_to(state.active_intent),
        slots=slots_to(state.slots),
        asked_slot=state.asked_slot,
        pending=[action_to(action) for action in state.pending],
        offers=[offer_to(offer) for offer in state.offers],
        part_of_day=part_of_day_to(state.part_of_day),
        choices=[intent_to(intent) for intent in state.choices],
        booking_choices=[choice.booking_id for choice in state.booking_choices],
        last_booking_id=state.last_booking_id,
        stage=stage_to(state.stage),
        locale=state.locale,
        misses=state.misses,
        next_services=state.next_services,
        dialogue=dialogue_to(state.dialogue) if state.dialogue != NO_DIALOGUE else None,
    )


def state_from(message: state_pb2.ConversationState) -> ConversationState:
    """A conversation's state, as far as the contract has it."""
    return ConversationState(
        active_intent=intent_from(message.active_intent),
        slots=slots_from(message.slots),
        asked_slot=message.asked_slot,
        pending=tuple(action_from(action) for action in message.pending),
        offers=offers_from(message.offers),
        part_of_day=part_of_day_from(message.part_of_day),
        choices=tuple(map(intent_from, message.choices)),
        booking_choices=tuple(map(BookingChoice, message.booking_choices)),
        last_booking_id=message.last_booking_id,
        stage=stage_from(message.stage),
        locale=message.locale,
        misses=message.misses,
        next_services=tuple(message.next_services),
        dialogue=dialogue_from(message.dialogue),
    )
