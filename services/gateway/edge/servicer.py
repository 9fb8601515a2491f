"""ConversationService over gRPC: the same turn for other channels and tests."""

from datetime import UTC, datetime

from grpc import aio

from gateway.conversation.scheduling import Admission
from gateway.conversation.service import Conversations
from gateway.domain.message import MAX_TEXT_BYTES, Budget, Limits, Message, clean, conversation_id
from gateway.domain.turn_types import CustomerProfile, Decided, Reply, Timings, TurnInput, TurnResult
from gateway.edge.booking_servicer import turn_of_run
from gateway.tracks.track import CHOOSE, HasSplit, choose_track, wish
from gateway.turn.runner import TurnRunner
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from runtime.rpc.identity import current_caller
from turn import converters
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ConversationService"].full_name
"""Full name of the service."""
CALLERS: dict[str, tuple[str, ...]] = {"SendMessage": (), "RunTurn": (), CHOOSE: ()}
"""No other service calls it; callers that settings list do."""
FREE = ("SendMessage",)
"""Anybody on a developer's machine may write as a customer."""
MAX_ID_CHARS = 128
"""Longest message id and customer address."""


class ConversationServicer(gateway_pb2_grpc.ConversationServiceServicer):
    """Converts, answers, converts."""

    def __init__(
        self,
        conversations: Conversations,
        registry: Registry,
        clock: Clock,
        trusts_time: bool,
        turns: TurnRunner,
        tracks: HasSplit,
        limits: Limits,
        admission: Admission,
    ) -> None:
        """`trusts_time` lets callers say when a message was written; production does not. `turns` run those whose state
        the caller keeps, on the track that `tracks` says, in the places of `admission` that all turns share."""
        self._conversations = conversations
        self._turns, self._tracks, self._limits, self._admission = turns, tracks, limits, admission
        self._registry = registry
        self._clock = clock
        self._trusts_time = trusts_time

    async def SendMessage(  # noqa: N802 - the RPC's name
        self,
        request: pb.SendMessageRequest,
        context: aio.ServicerContext[pb.SendMessageRequest, pb.SendMessageResponse],
    ) -> pb.SendMessageResponse:
        """Runs one turn, or returns the stored reply of a message that was seen before."""
        metadata = dict(context.invocation_metadata() or ())
        message = self._message(request, wish(current_caller.get(), metadata))
        answer = await self._conversations.answer(message)
        return _response(answer.reply)

    async def RunTurn(  # noqa: N802 - the RPC's name
        self,
        request: pb.RunTurnRequest,
        context: aio.ServicerContext[pb.RunTurnRequest, pb.RunTurnResponse],
    ) -> pb.RunTurnResponse:
        """Runs one turn of a conversation that the caller keeps."""
        metadata = dict(context.invocation_metadata() or ())
        given = self._given(request, wish(current_caller.get(), metadata))
        left = context.time_remaining()
        turn_s = self._limits.turn_s if left is None else min(left, self._limits.turn_s)
        budget = Budget(turn_s - self._limits.store_s)
        sender = (given.workspace.id, given.customer.address)
        if self._admission.refuses(sender):
            raise _overloaded()
        self._admission.enter(sender)
        try:
            async with self._admission.running(sender, budget.left() - self._limits.least_s) as begins:
                if not begins:
                    raise _overloaded()
                return _ran(await self._turns.run(given, budget.left(), _note_nothing))
        finally:
            self._admission.leave(sender)

    def _given(self, request: pb.RunTurnRequest, wished: str) -> TurnInput:
        asked = request.context
        if not asked.HasField("received_at"):
            asked.received_at.FromDatetime(self._clock())
        elif not self._trusts_time:
            raise _invalid("TIME_REFUSED", "received_at is refused in the production profile.", "context.received_at")
        turn = converters.context_from(asked, [] if request.customer_address else ["customer_address"])
        if len(request.text.encode("utf-8")) > MAX_TEXT_BYTES:
            raise _invalid("TEXT_TOO_LONG", f"text has more than {MAX_TEXT_BYTES} bytes.", "text")
        workspace = self._workspace(turn.workspace_id)
        conversation = conversation_id(workspace.id, request.customer_address)
        return TurnInput(
            workspace=workspace,
            conversation_id=conversation,
            turn_id=turn_of_run(request, current_caller.get()),
            received_at=turn.received_at,
            customer=CustomerProfile(request.customer_address),
            text=clean(request.text),
            media=False,
            track=choose_track(self._tracks.split, workspace.id, conversation, wished),
            state=converters.state_from(request.state),
        )

    def _workspace(self, workspace_id: str) -> Workspace:
        workspace = self._registry.get(workspace_id)
        if workspace is None or not workspace.active:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "workspace_id names no active workspace.")
        return workspace

    def _message(self, request: pb.SendMessageRequest, track: str) -> Message:
        address: str = getattr(request, "from") or request.customer_address
        if request.customer_address not in ("", address):
            raise _invalid("FIELD_MALFORMED", "from and customer_address differ.", "customer_address")
        required = {"workspace_id": request.workspace_id, "from": address, "message_id": request.message_id}
        lacking = [name for name, value in required.items() if not value.strip()]
        if lacking:
            raise _invalid("FIELD_MISSING", f"Required and not set: {', '.join(lacking)}.", *lacking)
        too_long = [name for name, value in required.items() if len(value) > MAX_ID_CHARS or clean(value) != value]
        if too_long:
            said = f"Too long, or with control characters: {', '.join(too_long)}."
            raise _invalid("FIELD_MALFORMED", said, *too_long)
        if len(request.text.encode("utf-8")) > MAX_TEXT_BYTES:
            raise _invalid("TEXT_TOO_LONG", f"text has more than {MAX_TEXT_BYTES} bytes.", "text")
        workspace = self._workspace(request.workspace_id)
        return Message(
            workspace_id=workspace.id,
            address=address,
            message_id=request.message_id,
            text=clean(request.text),
            received_at=self._received_at(request),
            track=track,
        )

    def _received_at(self, request: pb.SendMessageRequest) -> datetime:
        if not request.HasField("received_at"):
            return self._clock()
        if not self._trusts_time:
            raise _invalid("TIME_REFUSED", "received_at is refused in the production profile.", "received_at")
        try:
            at = request.received_at.ToDatetime(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise _invalid("TIME_INVALID", "received_at is out of range.", "received_at") from error
        if not 2000 <= at.year < 2100:  # calendars reach a little around it
            raise _invalid("TIME_INVALID", "received_at is out of range.", "received_at")
        return at


def _invalid(reason: str, message: str, *fields: str) -> PulpoError:
    return PulpoError(Kind.INVALID_ARGUMENT, reason, message, violations=[(field, message) for field in fields])


def _overloaded() -> PulpoError:
    return PulpoError(Kind.RESOURCE_EXHAUSTED, "OVERLOADED", "There are too many messages at once.")


async def _note_nothing(_decided: Decided) -> None:
    """A turn whose caller keeps its state is repeated by the caller, and read and planned again."""


def _ran(result: TurnResult) -> pb.RunTurnResponse:
    reply, record = result.reply, result.record
    return pb.RunTurnResponse(
        message=reply.message,
        quick_replies=reply.quick_replies,
        requires_human=reply.requires_human,
        state=converters.state_to(result.state),
        trace=pb.TurnTrace(
            intent=converters.intent_to(record.intent),
            confidence=record.confidence,
            read_by=record.source,
            planned_by=record.plan_source,
            tools=record.actions,
            rounds=record.rounds,
            fallbacks=[f"{each.stage}:{each.reason}" for each in (*record.fallbacks, *record.instead)],
            track=record.track,
            timings=_timings(reply.timings),
        ),
    )


def _timings(timings: Timings) -> pb.Timings:
    return pb.Timings(
        extract_ms=timings.extract,
        plan_ms=timings.plan,
        policy_ms=timings.policy,
        broker_ms=timings.broker,
        reduce_ms=timings.reduce,
        nlg_ms=timings.nlg,
        total_ms=timings.total,
    )


def _response(reply: Reply) -> pb.SendMessageResponse:
    return pb.SendMessageResponse(
        message=reply.message,
        quick_replies=reply.quick_replies,
        requires_human=reply.requires_human,
        intent=converters.intent_to(reply.intent),
        slots=converters.slots_to(reply.slots),
        track=reply.track,
        timings=_timings(reply.timings),
        replayed=reply.replayed,
        silent=not reply.message,
    )
