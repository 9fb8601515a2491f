"""The gRPC face of the extractor: convert, read, check, convert."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from grpc import aio

from extractor.contract import ExtractorContract
from extractor.ladder import Ladder
from extractor.message import SLOTS, Message, Reading
from extractor.metrics import BROKEN, CONFIDENCE, READINGS
from extractor.reader import Reader
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.deadline import current_track
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace
from workspace.registry import Derived, Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ExtractorService"].full_name
"""Full name of the service."""
MAX_TEXT_BYTES = 4096
"""Longest text that is read, in bytes of UTF-8."""
_SLM_TRACK = "slm"
_SOURCES = {"slm": pb.SOURCE_SLM, "cpu": pb.SOURCE_CPU, "rules": pb.SOURCE_RULES}
_POLARITIES = {
    "affirm": turn_pb2.POLARITY_AFFIRM,
    "deny": turn_pb2.POLARITY_DENY,
    None: turn_pb2.POLARITY_UNSPECIFIED,
}


class ExtractorServicer(extractor_pb2_grpc.ExtractorServiceServicer):
    """Serves Extract."""

    def __init__(
        self,
        registry: Registry,
        make_reader: Callable[[Workspace], Reader] = Reader,
        make_ladder: Callable[[Registry, Mapping[str, Reader]], Ladder] | None = None,
    ) -> None:
        """With `make_ladder`, models read first on the slm track."""
        self._registry = registry
        self._readers = Derived(registry, make_reader)
        self._ladder = make_ladder(registry, self._readers) if make_ladder else None
        self._contract = ExtractorContract()

    async def Extract(  # noqa: N802 - the RPC's name
        self, request: pb.ExtractRequest, context: aio.ServicerContext[pb.ExtractRequest, pb.ExtractResponse]
    ) -> pb.ExtractResponse:
        """Reads one message."""
        message = _message(request)
        workspace = self._registry.get(request.context.workspace_id)
        if workspace is None:
            raise PulpoError(
                Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "context.workspace_id names no workspace of this mesh."
            )
        reading = self._readers[workspace.id].read(message)
        if self._ladder and current_track.get() == _SLM_TRACK:
            reading = await self._ladder.read(workspace.id, message, reading)
        kept = self._contract.kept(reading, workspace)
        if kept is not reading:
            BROKEN.labels(reading.source).inc(len(reading.slots) - len(kept.slots))
        READINGS.labels(kept.intent, kept.source).inc()
        CONFIDENCE.labels(kept.source).observe(kept.confidence)
        return _response(kept)


def _message(request: pb.ExtractRequest) -> Message:
    reference = _checked_time(request.context)
    if len(request.text.encode("utf-8")) > MAX_TEXT_BYTES:
        raise PulpoError(Kind.INVALID_ARGUMENT, "TEXT_TOO_LONG", f"text must be at most {MAX_TEXT_BYTES} bytes.")
    active = request.active_intent
    known = active in turn_pb2.Intent.values() and active != turn_pb2.INTENT_UNSPECIFIED
    return Message(
        text=request.text,
        reference=reference,
        asked_slot=request.asked_slot if request.asked_slot in SLOTS else None,
        active_intent=turn_pb2.Intent.Name(active).removeprefix("INTENT_").lower() if known else None,
        known_slots={name: getattr(request.known_slots, name) for name in SLOTS if getattr(request.known_slots, name)},
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
    if not 2000 <= moment.year < 2099:
        raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_INVALID", "context.received_at is out of range.")
    return moment


def _response(reading: Reading) -> pb.ExtractResponse:
    part, topic = reading.part_of_day, reading.topic
    return pb.ExtractResponse(
        intent=_intent(reading.intent),
        slots=turn_pb2.Slots(**reading.slots),
        removed_slots=reading.removed_slots,
        polarity=_POLARITIES[reading.polarity],
        confidence=reading.confidence,
        alternatives=[pb.IntentScore(intent=_intent(name), confidence=score) for name, score in reading.alternatives],
        source=_SOURCES[reading.source],
        model=reading.model,
        reasoning=reading.reasoning,
        topic=turn_pb2.Topic.Value(f"TOPIC_{topic.upper()}") if topic else turn_pb2.TOPIC_UNSPECIFIED,
        part_of_day=turn_pb2.PartOfDay.Value(f"PART_OF_DAY_{(part or 'unspecified').upper()}"),
        language=reading.language,
        asked_day=reading.asked_day,
        more_services=reading.more_services,
    )


def _intent(name: str) -> turn_pb2.Intent.ValueType:
    return turn_pb2.Intent.Value(f"INTENT_{name.upper()}")
