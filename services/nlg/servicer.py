"""The gRPC face of NLG: convert, compose, check, convert."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from grpc import aio

from nlg.compose import compose
from nlg.contract import InvalidReplyError, check
from nlg.ladder import Ladder
from nlg.locales import resolve
from nlg.metrics import HANDOVERS, INVALID_REPLIES, REPLIES
from nlg.phrases import Phrases
from nlg.turn import Action, Intent, Observation, PartOfDay, Reply, Stage, State, Status, Topic, Turn
from pulpo.common.v1 import action_pb2, state_pb2, turn_pb2
from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.deadline import current_track
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["NlgService"].full_name
"""Full name of the service."""
_SLM_TRACK = "slm"
Composer = Callable[[Turn, Workspace, Phrases], Reply]
E_ = TypeVar("E_", bound=StrEnum)


class NlgServicer(nlg_pb2_grpc.NlgServiceServicer):
    """Serves Compose."""

    def __init__(
        self,
        registry: Registry,
        phrases: Mapping[str, Phrases],
        composer: Composer = compose,
        ladder: Ladder | None = None,
    ) -> None:
        """With a `ladder`, a model may word replies anew on the slm track."""
        self._registry = registry
        self._phrases = phrases
        self._composer = composer
        self._ladder = ladder

    async def Compose(  # noqa: N802 - the RPC's name
        self, request: pb.ComposeRequest, context: aio.ServicerContext[pb.ComposeRequest, pb.ComposeResponse]
    ) -> pb.ComposeResponse:
        """Writes the reply to a turn."""
        turn = _turn(request)
        workspace = self._registry.get(request.context.workspace_id)
        if workspace is None:
            raise PulpoError(
                Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "context.workspace_id names no workspace of this mesh."
            )
        phrases = resolve(request.context.locale, workspace.locale, self._phrases)
        reply = self._composer(turn, workspace, phrases)
        intent = turn.intent.value.lower()
        try:
            check(reply)
            if self._ladder and current_track.get() == _SLM_TRACK:
                reply = await self._ladder.reword(reply, turn, workspace, phrases)
                check(reply)
        except InvalidReplyError:
            INVALID_REPLIES.labels(intent).inc()
            raise
        REPLIES.labels(intent, reply.next_state.value, phrases.locale).inc()
        if reply.requires_human:
            HANDOVERS.labels(intent).inc()
        return _response(reply)


def _turn(request: pb.ComposeRequest) -> Turn:
    return Turn(
        intent=_named(Intent, turn_pb2.Intent, request.intent, "INTENT_") or Intent.OTHER,
        now=_checked_time(request.context),
        topic=_named(Topic, turn_pb2.Topic, request.topic, "TOPIC_"),
        actions=tuple(Action(action.tool, _plain(action.args)) for action in request.actions),
        needs_confirmation=request.needs_confirmation,
        missing_slots=tuple(request.missing_slots),
        observations=tuple(seen for seen in map(_observation, request.observations) if seen),
        state=_state(request.state),
        choices=tuple(
            choice for value in request.choices if (choice := _named(Intent, turn_pb2.Intent, value, "INTENT_"))
        ),
        said=_slots(request.said),
    )


def _checked_time(context: turn_pb2.TurnContext) -> datetime:
    """When the message arrived; raises PulpoError naming everything that the context lacks."""
    lacking = [
        f"context.{name}" for name in ("workspace_id", "conversation_id", "turn_id") if not getattr(context, name)
    ]
    if not context.HasField("received_at"):
        lacking.append("context.received_at")
    if lacking:
        raise PulpoError(Kind.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE", f"Required and not set: {', '.join(lacking)}.")
    try:
        moment = context.received_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise PulpoError(
            Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range."
        ) from error
    if not 2000 <= moment.year < 2099:  # near the calendar's ends, time zones and horizons overflow
        raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range.")
    return moment


def _state(state: state_pb2.ConversationState) -> State:
    return State(
        active_intent=_named(Intent, turn_pb2.Intent, state.active_intent, "INTENT_"),
        slots=_slots(state.slots),
        pending=tuple(Action(action.tool, _plain(action.args)) for action in state.pending),
        part_of_day=_named(PartOfDay, turn_pb2.PartOfDay, state.part_of_day, "PART_OF_DAY_"),
        misses=state.misses,
        stage=_named(Stage, state_pb2.Stage, state.stage, "STAGE_"),
        next_services=tuple(state.next_services),
    )


def _observation(message: action_pb2.Observation) -> Observation | None:
    status = _named(Status, action_pb2.ObservationStatus, message.status, "OBSERVATION_STATUS_")
    if status is None:
        return None
    asks = message.decision.outcome == action_pb2.OUTCOME_ASK_CLARIFICATION
    return Observation(
        tool=message.tool,
        status=status,
        output=_plain(message.output),
        args=_plain(message.args),
        why=message.decision.why,
        needs=tuple(message.decision.needs) if asks else (),
    )


def _response(reply: Reply) -> pb.ComposeResponse:
    return pb.ComposeResponse(
        message=reply.message,
        tone=pb.Tone.Value(f"TONE_{reply.tone.name}"),
        next_state=state_pb2.Stage.Value(f"STAGE_{reply.next_state.name}"),
        quick_replies=reply.quick_replies,
        requires_human=reply.requires_human,
        offers=[state_pb2.Offer(date=offer.date, time=offer.time) for offer in reply.offers],
    )


def _slots(slots: turn_pb2.Slots) -> dict[str, str]:
    return {field.name: value for field, value in slots.ListFields() if value}


def _plain(struct: Struct) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = MessageToDict(struct)
    except ValueError as error:
        text = "A number in args, output or state is NaN or infinite; JSON has none of these."
        raise PulpoError(Kind.INVALID_ARGUMENT, "NUMBER_NOT_FINITE", text) from error
    return plain


def _named(kind: type[E_], proto: Any, value: int, prefix: str) -> E_ | None:
    """A proto enum's value as ours; None for one that has no meaning here."""
    if value not in proto.values():
        return None
    name = proto.Name(value).removeprefix(prefix)
    return kind(name) if name in kind.__members__ else None
