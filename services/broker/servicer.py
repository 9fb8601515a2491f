"""BrokerService: converts, asks the executor, converts back."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from google.protobuf import struct_pb2
from google.protobuf.duration_pb2 import Duration
from grpc import aio

from broker.executor import Executor
from broker.model import Action, Customer, Decision, Observation, Request, Turn
from pulpo.broker.v1 import broker_pb2 as pb
from pulpo.broker.v1 import broker_pb2_grpc
from pulpo.common.v1 import action_pb2
from pulpo.common.v1.turn_pb2 import Slots, TurnContext
from runtime.deadline import cut
from runtime.errors import Kind, PulpoError
from runtime.interceptors import Context
from runtime.server import Registration

NAME = pb.DESCRIPTOR.services_by_name["BrokerService"].full_name


class BrokerServicer(broker_pb2_grpc.BrokerServiceServicer):
    """Serves Execute and Evaluate."""

    def __init__(self, executor: Executor, timeout_s: float) -> None:
        """`timeout_s` bounds a request whose caller set no shorter deadline."""
        self._executor = executor
        self._timeout_s = timeout_s

    async def Execute(self, request: pb.ExecuteRequest, context: Context) -> pb.ExecuteResponse:  # noqa: N802 - the contract's name
        """Decides and runs."""
        executed = await self._executor.execute(_request(request), self._deadline())
        return pb.ExecuteResponse(
            observations=[_observation(observation) for observation in executed.observations],
            policy_ms=executed.policy_s * 1000,
            tools_ms=executed.tools_s * 1000,
        )

    async def Evaluate(self, request: pb.EvaluateRequest, context: Context) -> pb.EvaluateResponse:  # noqa: N802 - as above
        """Decides only."""
        decisions = await self._executor.evaluate(_request(request), self._deadline())
        return pb.EvaluateResponse(decisions=[_decision(decision) for decision in decisions])

    def _deadline(self) -> float:
        return time.monotonic() + cut(self._timeout_s)


def registration(servicer: BrokerServicer) -> Registration:
    """The service, for a server to serve."""

    def add(server: aio.Server) -> None:
        broker_pb2_grpc.add_BrokerServiceServicer_to_server(servicer, server)

    return Registration(NAME, add)


def _request(message: pb.ExecuteRequest | pb.EvaluateRequest) -> Request:
    context = message.context
    lacking = [
        f"context.{name}" for name in ("workspace_id", "conversation_id", "turn_id") if not getattr(context, name)
    ]
    lacking += [] if context.HasField("received_at") else ["context.received_at"]
    lacking += [] if message.customer.address else ["customer.address"]
    if lacking:
        raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", f"Required and not set: {', '.join(lacking)}.")
    return Request(
        turn=Turn(context.workspace_id, context.conversation_id, context.turn_id, _time(context)),
        customer=Customer(message.customer.address, message.customer.phone),
        actions=tuple(Action(action.tool, to_dict(action.args)) for action in message.actions),
        slots=_slots(message.slots),
        confirmed=message.confirmed,
    )


def _time(context: TurnContext) -> datetime:
    try:
        moment = context.received_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not 2000 <= moment.year < 2099:
        raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range.")
    return moment


def _slots(slots: Slots) -> Mapping[str, str]:
    return {field.name: value.strip() for field, value in slots.ListFields() if value.strip()}


def _decision(decision: Decision) -> action_pb2.Decision:
    outcome = action_pb2.Outcome.Value(f"OUTCOME_{decision.outcome.value}")
    return action_pb2.Decision(outcome=outcome, why=decision.why, needs=decision.needs)


def _observation(observation: Observation) -> action_pb2.Observation:
    error, output = observation.error, observation.output
    return action_pb2.Observation(
        tool=observation.tool,
        status=action_pb2.ObservationStatus.Value(f"OBSERVATION_STATUS_{observation.status.value}"),
        output=None if output is None else to_struct(output),
        error=action_pb2.ToolError(reason=error.reason, message=error.message) if error else None,
        decision=_decision(observation.decision),
        attempts=observation.attempts,
        duration=_duration(observation.seconds),
        args=to_struct(observation.args),
    )


def _duration(seconds: float) -> Duration:
    duration = Duration()
    duration.FromNanoseconds(int(seconds * 1e9))
    return duration


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """A mapping as a Struct."""
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def to_dict(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A Struct as a mapping; its numbers stay floats, NaN and infinity included."""
    return {name: _value(value) for name, value in struct.fields.items()}


def _value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return to_dict(value.struct_value)
    if kind == "list_value":
        items: Sequence[struct_pb2.Value] = value.list_value.values
        return [_value(item) for item in items]
    return None if kind in (None, "null_value") else getattr(value, kind)
