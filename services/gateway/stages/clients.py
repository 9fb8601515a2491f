"""The other services over gRPC. Adapter: the only module that calls them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message as ProtoMessage
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.domain.handover import handover_reason
from gateway.domain.known import known_of
from gateway.domain.ports import StageError
from gateway.domain.turn_types import Composed, CustomerProfile, Executed, Extraction, Heard, PlanResult, ReplyFacts
from gateway.tracks.track import SLM
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2, nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc
from runtime.clock import Clock
from runtime.rpc.channel import open_channel
from runtime.rpc.deadline import MARGIN_S, TRACK_KEY
from runtime.rpc.identity import Credential
from runtime.rpc.interceptors import reason_of
from runtime.rpc.tls import TlsFiles
from turn import converters, reading_converters, task_converters
from turn.model import Action, ConversationState, Observation, Slots, TurnContext, WriteOutcome

SERVICES = ("extractor", "planner", "broker", "nlg")
"""Services that a turn calls."""
TOOLS = "pulpo.tools"
"""Name under which the broker's health service speaks for the tool servers."""
_CONTRACTS = {"extractor": extractor_pb2, "planner": planner_pb2, "broker": broker_pb2, "nlg": nlg_pb2}
_BY_HAND = ("Execute",)
"""Methods whose repeats are told apart from first calls: who repeats them has to know."""
_STUBS: Mapping[str, Callable[[aio.Channel], Any]] = {
    "extractor": extractor_pb2_grpc.ExtractorServiceStub,
    "planner": planner_pb2_grpc.PlannerServiceStub,
    "broker": broker_pb2_grpc.BrokerServiceStub,
    "nlg": nlg_pb2_grpc.NlgServiceStub,
}
_REFUSALS = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    }
)
"""Codes with which a call is refused before anything is begun."""
_RETRY_AFTER_S = 0.1
ATTEMPT = 1
"""A turn tries its actions once: when it runs again, because its process died, it is the same attempt, and a
customer's next message is another turn."""
FRESH = timedelta(minutes=5)
"""A message older than this is acted upon at the time of acting; in production the broker refuses one twice as old."""
SHADOW_KEY = "x-pulpo-shadow"
"""Metadata key of calls whose answer nobody gets."""
M = TypeVar("M", bound=ProtoMessage)


class StageClients:
    """Calls extractor, planner, broker and nlg. Make it in the running loop; close it when done."""

    def __init__(
        self,
        targets: Mapping[str, str],
        tls: TlsFiles | None = None,
        shows: Mapping[str, Credential | None] | None = None,
        clock: Clock | None = None,
        slm_targets: Mapping[str, str] | None = None,
    ) -> None:
        """`targets` names an address for each of SERVICES, `shows` what says to it who calls; `slm_targets` the
        addresses of services whose pods of the slm track have one of their own. With a `clock`, what an old message
        asks for is done at the time it shows. Raises PulpoError TLS_FILES."""
        shows = shows or {}
        self._clock = clock
        self._stable = {name: _Stage(name, targets[name], tls, shows.get(name)) for name in SERVICES}
        self._slm = {name: _Stage(name, target, tls, shows.get(name)) for name, target in (slm_targets or {}).items()}

    def for_turn(self, track: str, deadline: float, shadow: bool = False) -> "TurnClients":
        """The services as one turn calls them: on its track, and none for longer than its deadline, in seconds of
        time.monotonic(). `shadow` says in every call that nobody gets its answer."""
        stages = {**self._stable, **self._slm} if track == SLM else self._stable
        marks = ((TRACK_KEY, track), (SHADOW_KEY, "1")) if shadow else ((TRACK_KEY, track),)
        return TurnClients(stages, marks, deadline, self._clock)

    async def health(self, timeout_s: float) -> dict[str, bool]:
        """Whether each service says SERVING, and the agenda by way of the broker."""
        health = {name: stage.health for name, stage in self._stable.items()}
        asked = {**{name: (stub, "") for name, stub in health.items()}, "agenda": (health["broker"], TOOLS)}
        answers = await asyncio.gather(*(self._is_serving(stub, name, timeout_s) for stub, name in asked.values()))
        return dict(zip(asked, answers, strict=True))

    async def close(self) -> None:
        """Closes the channels."""
        for stage in (*self._stable.values(), *self._slm.values()):
            await stage.channel.close(None)

    async def _is_serving(self, stub: health_pb2_grpc.HealthStub, name: str, timeout_s: float) -> bool:
        """Whether a server says SERVING of a name; of one that it does not know there is nothing to say."""
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=timeout_s)
        except aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.NOT_FOUND
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


class TurnClients:
    """The services as one turn calls them. Every call raises StageError, and nothing else, when it has no answer."""

    def __init__(
        self,
        stages: Mapping[str, "_Stage"],
        metadata: tuple[tuple[str, str], ...],
        deadline: float,
        clock: Clock | None,
    ) -> None:
        """`metadata` goes with every call; none lasts longer than the `deadline`, in seconds of time.monotonic()."""
        self._stages = stages
        self._metadata = metadata
        self._deadline = deadline
        self._clock = clock

    async def extract(self, context: TurnContext, text: str, state: ConversationState, timeout_s: float) -> Extraction:
        """Reads a message."""
        known = known_of(state.dialogue)
        request = extractor_pb2.ExtractRequest(
            context=converters.context_to(context),
            text=text,
            asked_slot=state.asked_slot,
            active_intent=converters.intent_to(state.active_intent),
            known_slots=converters.slots_to(state.slots),
            offers=map(reading_converters.offered_time_to, known.offers),
            appointments=map(reading_converters.own_appointment_to, known.appointments),
            done=map(reading_converters.done_write_to, known.done),
        )
        stub, seconds = self._stages["extractor"].stub, self._cut(timeout_s)
        response = await _call(lambda: stub.Extract(request, timeout=seconds, metadata=self._metadata))
        source = extractor_pb2.Source.Name(response.source) if response.source in extractor_pb2.Source.values() else ""
        return Extraction(
            intent=converters.intent_from(response.intent),
            slots=converters.slots_from(response.slots),
            removed=tuple(response.removed_slots),
            polarity=converters.polarity_from(response.polarity),
            confidence=response.confidence,
            alternatives=tuple(
                (converters.intent_from(other.intent), other.confidence) for other in response.alternatives
            ),
            topic=converters.topic_from(response.topic),
            part_of_day=converters.part_of_day_from(response.part_of_day),
            language=response.language,
            source=source.removeprefix("SOURCE_").lower(),
            model=response.model,
            asked_day=response.asked_day if response.HasField("asked_day") else None,
            more_services=tuple(response.more_services),
            over_budget=response.over_budget,
            meaning=reading_converters.meaning_from(response.reading) if response.HasField("reading") else None,
        )

    async def plan(
        self, context: TurnContext, interpretation: Heard, observations: Sequence[Observation], timeout_s: float
    ) -> PlanResult:
        """Decides the next step."""
        request = planner_pb2.PlanRequest(
            context=converters.context_to(context),
            intent=converters.intent_to(interpretation.intent),
            slots=converters.slots_to(interpretation.slots),
            state=converters.state_to(interpretation.before),
            confirmed=interpretation.confirmed,
            observations=[converters.observation_to(seen) for seen in observations],
            topic=converters.topic_to(interpretation.topic),
            reading=reading_converters.meaning_to(interpretation.meaning) if interpretation.meaning else None,
        )
        stub, seconds = self._stages["planner"].stub, self._cut(timeout_s)
        response = await _call(lambda: stub.Plan(request, timeout=seconds, metadata=self._metadata))
        source = planner_pb2.Source.Name(response.source) if response.source in planner_pb2.Source.values() else ""
        return PlanResult(
            actions=tuple(converters.action_from(action) for action in response.actions),
            needs_confirmation=response.needs_confirmation,
            missing=tuple(response.missing_slots),
            confidence=response.confidence,
            source=source.removeprefix("SOURCE_").lower(),
            next_step=response.next_step,
            offers=tuple(task_converters.proposal_from(offer) for offer in response.offers if offer.items),
            ends=response.ends,
        )

    async def execute(
        self,
        context: TurnContext,
        customer: CustomerProfile,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        group_id: str,
        timeout_s: float,
    ) -> Executed:
        """Runs actions under policy. Tried twice when the broker cannot be reached: it does not write twice. Without
        a connection nothing is sent."""
        context = self._acting(context)
        request = broker_pb2.ExecuteRequest(
            context=converters.context_to(context),
            customer=broker_pb2.Customer(address=customer.address, profile_name=customer.profile_name),
            actions=[converters.action_to(action) for action in actions],
            slots=converters.slots_to(slots),
            confirmed=confirmed,
            group_id=group_id,
            attempt=ATTEMPT,
        )
        stage = self._stages["broker"]
        ends = asyncio.get_running_loop().time() + timeout_s
        if not await _is_connected(stage.channel, timeout_s):
            raise StageError("UNAVAILABLE", did_nothing=True)
        try:
            async with asyncio.timeout_at(ends):
                response, again = await _twice(
                    lambda: stage.stub.Execute(request, timeout=self._cut(timeout_s), metadata=self._metadata)
                )
        except TimeoutError as error:
            raise StageError("DEADLINE_EXCEEDED") from error
        if len(response.observations) != len(actions):
            raise StageError("BAD_ANSWER")
        observations = tuple(converters.observation_from(seen) for seen in response.observations)
        return Executed(observations, response.policy_ms, response.tools_ms, again)

    async def look_up(
        self, context: TurnContext, customer: CustomerProfile, actions: Sequence[Action], slots: Slots, timeout_s: float
    ) -> tuple[WriteOutcome, ...]:
        """What became of the writes of `execute`, by their idempotency keys. Repeated when it gets no answer."""
        request = broker_pb2.LookUpWritesRequest(
            context=converters.context_to(self._acting(context)),
            customer=broker_pb2.Customer(address=customer.address, profile_name=customer.profile_name),
            actions=[converters.action_to(action) for action in actions],
            slots=converters.slots_to(slots),
            attempt=ATTEMPT,
        )
        stub, seconds = self._stages["broker"].stub, self._cut(timeout_s)
        response = await _call(lambda: stub.LookUpWrites(request, timeout=seconds, metadata=self._metadata))
        outcomes = tuple(converters.write_outcome_from(outcome) for outcome in response.outcomes)
        if [outcome.tool for outcome in outcomes] != [action.tool for action in actions]:
            raise StageError("BAD_ANSWER")
        return outcomes

    def _acting(self, context: TurnContext) -> TurnContext:
        """The context of calls that act, at the time of acting."""
        if not self._clock:
            return context
        return replace(context, received_at=time_to_act(self._clock(), context.received_at))

    async def compose(self, context: TurnContext, facts: ReplyFacts, timeout_s: float) -> Composed:
        """Writes the reply."""
        request = nlg_pb2.ComposeRequest(
            context=converters.context_to(context),
            intent=converters.intent_to(facts.intent),
            actions=[converters.action_to(action) for action in facts.plan.actions],
            needs_confirmation=bool(facts.state.pending),
            missing_slots=facts.plan.missing,
            observations=[converters.observation_to(seen) for seen in facts.observations],
            state=converters.state_to(facts.state),
            topic=converters.topic_to(facts.topic),
            choices=[converters.intent_to(intent) for intent in facts.choices],
            said=converters.slots_to(facts.said),
            reading=reading_converters.meaning_to(facts.meaning) if facts.meaning else None,
            next_step=facts.plan.next_step,
            notes=facts.notes,
        )
        stub, seconds = self._stages["nlg"].stub, self._cut(timeout_s)
        response = await _call(lambda: stub.Compose(request, timeout=seconds, metadata=self._metadata))
        if not response.message.strip():
            raise StageError("EMPTY_REPLY")
        return Composed(
            message=response.message,
            stage=converters.stage_from(response.next_state),
            quick_replies=tuple(response.quick_replies),
            requires_human=response.requires_human,
            offers=converters.offers_from(response.offers),
            handover=handover_reason(response.requires_human, response.handover_reason),
        )

    def _cut(self, timeout_s: float) -> float:
        """The seconds that a call may take, so that its failure can still be answered before the turn's deadline."""
        return min(timeout_s, max(0.001, self._deadline - time.monotonic() - MARGIN_S))


class _Stage:
    """One service at one address."""

    def __init__(self, name: str, target: str, tls: TlsFiles | None, shows: Credential | None) -> None:
        self.channel = open_channel(target, repeatable(name), tls, shows, follows_caller=False)
        self.stub = _STUBS[name](self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)


def repeatable(service: str) -> tuple[tuple[str, str], ...]:
    """The methods of a service, each with the service's full name, that a channel may repeat: those whose contract says
    that a repeat does nothing twice."""
    services = _CONTRACTS[service].DESCRIPTOR.services_by_name.values()
    return tuple(
        (each.full_name, method.name)
        for each in services
        for method in each.methods
        if method.GetOptions().idempotency_level and method.name not in _BY_HAND
    )


def time_to_act(now: datetime, received_at: datetime) -> datetime:
    """The time that tools are told: when the message arrived, or now when that is long ago. A message that is taken
    up after an outage is read by its own time, and what it asks for happens now; a write that was begun is found by
    its key, which has no time in it."""
    return received_at if abs(now - received_at) <= FRESH else now


async def _is_connected(channel: aio.Channel, timeout_s: float) -> bool:
    """Whether the channel has a connection, by its own state, or gets one when it tries twice. Without one a call is
    not made, and so surely does nothing."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _connects(channel)
    except TimeoutError:
        return False


async def _connects(channel: aio.Channel) -> bool:
    for pause_s in (_RETRY_AFTER_S, 0.0):
        state = channel.get_state(try_to_connect=True)
        while state in (grpc.ChannelConnectivity.IDLE, grpc.ChannelConnectivity.CONNECTING):
            await channel.wait_for_state_change(state)
            state = channel.get_state(try_to_connect=True)
        if state is grpc.ChannelConnectivity.READY:
            return True
        await asyncio.sleep(pause_s)
    return False


async def _call(call: Callable[[], Awaitable[M]]) -> M:
    try:
        return await call()
    except aio.AioRpcError as error:
        raise StageError(reason_of(error), error.code() in _REFUSALS) from error


async def _twice(call: Callable[[], Awaitable[M]]) -> tuple[M, bool]:
    """Calls again once when the server could not be reached. The answer comes with whether it is the second call's:
    what the first may have done is not forgotten."""
    try:
        return await call(), False
    except aio.AioRpcError as error:
        if error.code() is not grpc.StatusCode.UNAVAILABLE:
            raise StageError(reason_of(error), error.code() in _REFUSALS) from error
    await asyncio.sleep(_RETRY_AFTER_S)
    try:
        return await call(), True
    except aio.AioRpcError as error:
        raise StageError(reason_of(error)) from error
