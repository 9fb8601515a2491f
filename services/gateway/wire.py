"""Turns the gateway's values into the contract's messages and back. Adapter: knows pulpo."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf import json_format, struct_pb2
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from gateway.state import SLOT_NAMES, Action, Intent, Observation, Offer, PartOfDay, Slots, Stage, State, Status
from gateway.turn_types import Context
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2

E = TypeVar("E", bound=StrEnum)


def to_enum(wrapper: Any, prefix: str, value: StrEnum) -> Any:
    """The contract's number for a value."""
    return wrapper.Value(f"{prefix}_{value.name}")


def from_enum(wrapper: EnumTypeWrapper | Any, prefix: str, number: int, kind: type[E]) -> E:
    """The value of a contract's number; unspecified for one that this version does not know."""
    names = kind.__members__
    name = wrapper.Name(number).removeprefix(f"{prefix}_") if number in wrapper.values() else "UNSPECIFIED"
    return names.get(name, names["UNSPECIFIED"])


def intent_to(value: Intent) -> turn_pb2.Intent.ValueType:
    """An intent's number."""
    number: turn_pb2.Intent.ValueType = to_enum(turn_pb2.Intent, "INTENT", value)
    return number


def intent_from(number: int) -> Intent:
    """A number's intent."""
    return from_enum(turn_pb2.Intent, "INTENT", number, Intent)


def context_to(context: Context) -> turn_pb2.TurnContext:
    """The turn's context."""
    message = turn_pb2.TurnContext(
        workspace_id=context.workspace_id,
        conversation_id=context.conversation_id,
        turn_id=context.turn_id,
        locale=context.locale,
    )
    message.received_at.FromDatetime(context.received_at)
    return message


def slots_to(slots: Slots) -> turn_pb2.Slots:
    """Slots, absent where not said."""
    return turn_pb2.Slots(**slots.present())


def slots_from(message: turn_pb2.Slots) -> Slots:
    """Slots; an empty text counts as not said."""
    return Slots(**{name: getattr(message, name) for name in SLOT_NAMES if getattr(message, name)})


def struct_to(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A JSON object."""
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct


def struct_from(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A JSON object; numbers become floats."""
    found: dict[str, Any] = json_format.MessageToDict(struct)
    return found


def action_to(action: Action) -> action_pb2.Action:
    """An action."""
    return action_pb2.Action(tool=action.tool, args=struct_to(action.args), reasoning=action.reasoning)


def action_from(message: action_pb2.Action) -> Action:
    """An action."""
    return Action(message.tool, struct_from(message.args), message.reasoning)


def observation_to(seen: Observation) -> action_pb2.Observation:
    """An observation."""
    message = action_pb2.Observation(
        tool=seen.tool,
        status=to_enum(action_pb2.ObservationStatus, "OBSERVATION_STATUS", seen.status),
        attempts=seen.attempts,
        args=struct_to(seen.args),
    )
    if seen.output is not None:
        message.output.CopyFrom(struct_to(seen.output))
    if seen.reason or seen.message:
        message.error.CopyFrom(action_pb2.ToolError(reason=seen.reason, message=seen.message))
    if seen.decision != "unspecified":
        outcome = action_pb2.Outcome.Value(f"OUTCOME_{seen.decision.upper()}")
        message.decision.CopyFrom(action_pb2.Decision(outcome=outcome, why=seen.why, needs=seen.needs))
    message.duration.FromNanoseconds(int(seen.duration_s * 1e9))
    return message


def observation_from(message: action_pb2.Observation) -> Observation:
    """An observation."""
    known = message.decision.outcome in action_pb2.Outcome.values()
    decision = action_pb2.Outcome.Name(message.decision.outcome) if known else "OUTCOME_UNSPECIFIED"
    return Observation(
        tool=message.tool,
        status=from_enum(action_pb2.ObservationStatus, "OBSERVATION_STATUS", message.status, Status),
        output=struct_from(message.output) if message.HasField("output") else None,
        reason=message.error.reason,
        message=message.error.message,
        decision=decision.removeprefix("OUTCOME_").lower(),
        why=message.decision.why,
        needs=tuple(message.decision.needs),
        attempts=message.attempts,
        duration_s=message.duration.ToNanoseconds() / 1e9,
        args=struct_from(message.args),
    )


def offers_from(messages: Sequence[state_pb2.Offer]) -> tuple[Offer, ...]:
    """Offers, without those that lack a date. One without a time offers the day."""
    return tuple(Offer(offer.date, offer.time) for offer in messages if offer.date)


def stage_from(number: int) -> Stage:
    """A stage."""
    return from_enum(state_pb2.Stage, "STAGE", number, Stage)


def state_to(state: State) -> state_pb2.ConversationState:
    """The conversation's state."""
    return state_pb2.ConversationState(
        active_intent=intent_to(state.active_intent),
        slots=slots_to(state.slots),
        asked_slot=state.asked_slot,
        pending=[action_to(action) for action in state.pending],
        offers=[state_pb2.Offer(date=offer.date, time=offer.time) for offer in state.offers],
        part_of_day=part_of_day_to(state.part_of_day),
        choices=[intent_to(intent) for intent in state.choices],
        booking_choices=[choice.booking_id for choice in state.booking_choices],
        last_booking_id=state.last_booking_id,
        stage=to_enum(state_pb2.Stage, "STAGE", state.stage),
        locale=state.locale,
        misses=state.misses,
        next_services=state.next_services,
    )


def part_of_day_to(value: PartOfDay) -> turn_pb2.PartOfDay.ValueType:
    """A part of the day."""
    number: turn_pb2.PartOfDay.ValueType = to_enum(turn_pb2.PartOfDay, "PART_OF_DAY", value)
    return number
