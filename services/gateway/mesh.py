"""The other services over gRPC. Adapter: the only module that calls them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import TypeVar

import grpc
from google.protobuf.message import Message as ProtoMessage
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway import wire
from gateway.ports import StageError
from gateway.state import Action, Observation, PartOfDay, Polarity, Slots, State, Topic
from gateway.turn_types import Composed, Context, Customer, Draft, Executed, Extraction, Heard, Plan
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2, nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc
from runtime.channel import open_channel
from runtime.deadline import current_track, set_deadline
from runtime.interceptors import reason_of
from runtime.tls import TlsFiles

SERVICES = ("extractor", "planner", "broker", "nlg")
"""Services that a turn calls."""
TOOLS = "pulpo.tools"
"""Name under which the broker's health service speaks for the tool servers."""
_REPEATABLE = {
    "extractor": (("pulpo.extractor.v1.ExtractorService", "Extract"),),
    "planner": (("pulpo.planner.v1.PlannerService", "Plan"),),
    "nlg": (("pulpo.nlg.v1.NlgService", "Compose"),),
}
_REFUSALS = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
_UNCONNECTED = ("failed to connect", "connection failure", "no healthy upstream")
"""What gRPC, and Envoy in between, say of a call for which no connection was ever made."""
_RETRY_AFTER_S = 0.1
SHADOW_KEY = "x-pulpo-shadow"
"""Metadata key of calls whose answer nobody gets."""
_marks: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("marks", default=())
M = TypeVar("M", bound=ProtoMessage)


class GrpcMesh:
    """Calls extractor, planner, broker and nlg. Make it in the running loop; close it when done."""

    def __init__(self, targets: Mapping[str, str], tls: TlsFiles | None = None) -> None:
        """`targets` names an address for each of SERVICES. Raises PulpoError TLS_FILES."""
        self._channels = {name: open_channel(targets[name], _REPEATABLE.get(name, ()), tls) for name in SERVICES}
        self._extractor = extractor_pb2_grpc.ExtractorServiceStub(self._channels["extractor"])
        self._planner = planner_pb2_grpc.PlannerServiceStub(self._channels["planner"])
        self._broker = broker_pb2_grpc.BrokerServiceStub(self._channels["broker"])
        self._nlg = nlg_pb2_grpc.NlgServiceStub(self._channels["nlg"])
        self._health = {name: health_pb2_grpc.HealthStub(channel) for name, channel in self._channels.items()}

    def begin(self, track: str, seconds: float) -> None:
        """Sets the track and the deadline of all calls that the current task makes from now on."""
        current_track.set(track)
        set_deadline(seconds)

    def begin_shadow(self, track: str, seconds: float) -> None:
        """As `begin`, for calls whose answers are only compared; they say so in their metadata."""
        self.begin(track, seconds)
        _marks.set(((SHADOW_KEY, "1"),))

    async def extract(self, context: Context, text: str, state: State, timeout_s: float) -> Extraction:
        """Reads a message."""
        request = extractor_pb2.ExtractRequest(
            context=wire.context_to(context),
            text=text,
            asked_slot=state.asked_slot,
            active_intent=wire.intent_to(state.active_intent),
            known_slots=wire.slots_to(state.slots),
        )
        response = await _call(lambda: self._extractor.Extract(request, timeout=timeout_s, metadata=_marks.get()))
        source = extractor_pb2.Source.Name(response.source) if response.source in extractor_pb2.Source.values() else ""
        return Extraction(
            intent=wire.intent_from(response.intent),
            slots=wire.slots_from(response.slots),
            removed=tuple(response.removed_slots),
            polarity=wire.from_enum(turn_pb2.Polarity, "POLARITY", response.polarity, Polarity),
            confidence=response.confidence,
            alternatives=tuple((wire.intent_from(other.intent), other.confidence) for other in response.alternatives),
            topic=wire.from_enum(turn_pb2.Topic, "TOPIC", response.topic, Topic),
            part_of_day=wire.from_enum(turn_pb2.PartOfDay, "PART_OF_DAY", response.part_of_day, PartOfDay),
            language=response.language,
            source=source.removeprefix("SOURCE_").lower(),
            model=response.model,
            asked_day=response.asked_day if response.HasField("asked_day") else None,
            more_services=tuple(response.more_services),
        )

    async def plan(self, context: Context, heard: Heard, observations: Sequence[Observation], timeout_s: float) -> Plan:
        """Decides the next step."""
        request = planner_pb2.PlanRequest(
            context=wire.context_to(context),
            intent=wire.intent_to(heard.intent),
            slots=wire.slots_to(heard.slots),
            state=wire.state_to(heard.before),
            confirmed=heard.confirmed,
            observations=[wire.observation_to(seen) for seen in observations],
            topic=wire.to_enum(turn_pb2.Topic, "TOPIC", heard.topic),
        )
        response = await _call(lambda: self._planner.Plan(request, timeout=timeout_s, metadata=_marks.get()))
        source = planner_pb2.Source.Name(response.source) if response.source in planner_pb2.Source.values() else ""
        return Plan(
            actions=tuple(wire.action_from(action) for action in response.actions),
            needs_confirmation=response.needs_confirmation,
            missing=tuple(response.missing_slots),
            confidence=response.confidence,
            source=source.removeprefix("SOURCE_").lower(),
        )

    async def execute(
        self,
        context: Context,
        customer: Customer,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        timeout_s: float,
    ) -> Executed:
        """Runs actions under policy. Tried twice when the broker cannot be reached: it does not write twice."""
        request = broker_pb2.ExecuteRequest(
            context=wire.context_to(context),
            customer=broker_pb2.Customer(
                address=customer.address, phone=customer.phone, profile_name=customer.profile_name
            ),
            actions=[wire.action_to(action) for action in actions],
            slots=wire.slots_to(slots),
            confirmed=confirmed,
        )
        try:
            async with asyncio.timeout(timeout_s):
                response, again = await _twice(lambda: self._broker.Execute(request, timeout=timeout_s))
        except TimeoutError as error:
            raise StageError("DEADLINE_EXCEEDED") from error
        if len(response.observations) != len(actions):
            raise StageError("BAD_ANSWER")
        observations = tuple(wire.observation_from(seen) for seen in response.observations)
        return Executed(observations, response.policy_ms, response.tools_ms, again)

    async def compose(self, context: Context, draft: Draft, timeout_s: float) -> Composed:
        """Writes the reply."""
        request = nlg_pb2.ComposeRequest(
            context=wire.context_to(context),
            intent=wire.intent_to(draft.intent),
            actions=[wire.action_to(action) for action in draft.plan.actions],
            needs_confirmation=bool(draft.state.pending),
            missing_slots=draft.plan.missing,
            observations=[wire.observation_to(seen) for seen in draft.observations],
            state=wire.state_to(draft.state),
            topic=wire.to_enum(turn_pb2.Topic, "TOPIC", draft.topic),
            choices=[wire.intent_to(intent) for intent in draft.choices],
            said=wire.slots_to(draft.said),
        )
        response = await _call(lambda: self._nlg.Compose(request, timeout=timeout_s))
        if not response.message.strip():
            raise StageError("EMPTY_REPLY")
        return Composed(
            message=response.message,
            stage=wire.stage_from(response.next_state),
            quick_replies=tuple(response.quick_replies),
            requires_human=response.requires_human,
            offers=wire.offers_from(response.offers),
        )

    async def health(self, timeout_s: float) -> dict[str, bool]:
        """Whether each service says SERVING, and the agenda by way of the broker."""
        asked = {**{name: (stub, "") for name, stub in self._health.items()}, "agenda": (self._health["broker"], TOOLS)}
        answers = await asyncio.gather(*(self._is_serving(stub, name, timeout_s) for stub, name in asked.values()))
        return dict(zip(asked, answers, strict=True))

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels.values():
            await channel.close(None)

    async def _is_serving(self, stub: health_pb2_grpc.HealthStub, name: str, timeout_s: float) -> bool:
        """Whether a server says SERVING of a name; of one that it does not know there is nothing to say."""
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=timeout_s)
        except aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.NOT_FOUND
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def _call(call: Callable[[], Awaitable[M]]) -> M:
    try:
        return await call()
    except aio.AioRpcError as error:
        raise StageError(reason_of(error), _did_nothing(error)) from error


async def _twice(call: Callable[[], Awaitable[M]]) -> tuple[M, bool]:
    """Calls again once when the server could not be reached. What the first call may have done is not forgotten:
    the answer comes with whether an earlier call may have been heard."""
    try:
        return await call(), False
    except aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            raise StageError(reason_of(error), _did_nothing(error)) from error
        untouched = _did_nothing(error)
    await asyncio.sleep(_RETRY_AFTER_S)
    try:
        return await call(), not untouched
    except aio.AioRpcError as error:
        raise StageError(reason_of(error), untouched and _did_nothing(error)) from error


def _did_nothing(error: aio.AioRpcError) -> bool:
    """Whether a failed call surely had no effect: refused, or no connection was ever made."""
    said = (error.details() or "").lower()
    unreachable = error.code() is grpc.StatusCode.UNAVAILABLE and any(words in said for words in _UNCONNECTED)
    return error.code() in _REFUSALS or unreachable
