"""ConversationService over gRPC: the same turn for other channels and tests."""

from datetime import UTC, datetime

from grpc import aio

from gateway.conversation.service import Conversations
from gateway.domain.message import MAX_TEXT_BYTES, Message, clean
from gateway.domain.turn_types import Reply
from gateway.tracks.track import CHOOSE, wish
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from runtime.rpc.identity import current_caller
from turn import converters
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ConversationService"].full_name
"""Full name of the service."""
CALLERS: dict[str, tuple[str, ...]] = {"SendMessage": (), CHOOSE: ()}
"""No other service calls it; callers that settings list do."""
FREE = ("SendMessage",)
"""Anybody on a developer's machine may write as a customer."""
MAX_ID_CHARS = 128
"""Longest message id and customer address."""


class ConversationServicer(gateway_pb2_grpc.ConversationServiceServicer):
    """Converts, answers, converts."""

    def __init__(self, conversations: Conversations, registry: Registry, clock: Clock, trusts_time: bool) -> None:
        """`trusts_time` lets callers say when a message was written; production does not."""
        self._conversations = conversations
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

    def _message(self, request: pb.SendMessageRequest, track: str) -> Message:
        address: str = getattr(request, "from")
        required = {"workspace_id": request.workspace_id, "from": address, "message_id": request.message_id}
        lacking = [name for name, value in required.items() if not value.strip()]
        if lacking:
            raise _invalid("FIELD_MISSING", f"Required and not set: {', '.join(lacking)}.")
        too_long = [name for name, value in required.items() if len(value) > MAX_ID_CHARS or clean(value) != value]
        if too_long:
            raise _invalid("FIELD_MALFORMED", f"Too long, or with control characters: {', '.join(too_long)}.")
        if len(request.text.encode("utf-8")) > MAX_TEXT_BYTES:
            raise _invalid("TEXT_TOO_LONG", f"text has more than {MAX_TEXT_BYTES} bytes.")
        workspace = self._registry.get(request.workspace_id)
        if workspace is None or not workspace.active:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "workspace_id names no active workspace.")
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
            raise _invalid("TIME_REFUSED", "received_at is refused in the production profile.")
        try:
            at = request.received_at.ToDatetime(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise _invalid("TIME_INVALID", "received_at is out of range.") from error
        if not 2000 <= at.year < 2100:  # calendars reach a little around it
            raise _invalid("TIME_INVALID", "received_at is out of range.")
        return at


def _invalid(reason: str, message: str) -> PulpoError:
    return PulpoError(Kind.INVALID_ARGUMENT, reason, message)


def _response(reply: Reply) -> pb.SendMessageResponse:
    timings = reply.timings
    return pb.SendMessageResponse(
        message=reply.message,
        quick_replies=reply.quick_replies,
        requires_human=reply.requires_human,
        intent=converters.intent_to(reply.intent),
        slots=converters.slots_to(reply.slots),
        track=reply.track,
        timings=pb.Timings(
            extract_ms=timings.extract,
            plan_ms=timings.plan,
            policy_ms=timings.policy,
            broker_ms=timings.broker,
            reduce_ms=timings.reduce,
            nlg_ms=timings.nlg,
            total_ms=timings.total,
        ),
        replayed=reply.replayed,
        silent=not reply.message,
    )
