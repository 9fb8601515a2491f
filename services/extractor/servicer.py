"""The gRPC face of the extractor: convert, read, check, convert."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice

from grpc import aio

from extractor.metrics import BROKEN, CONFIDENCE, OVER_BUDGET, READINGS
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.schema_validation import ExtractorContract
from extractor.slm.ladder import Ladder
from pulpo.common.v1 import reading_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.deadline import current_track
from turn import converters, reading_converters
from turn.meaning import CONFIRM, MOST_KNOWN, Known
from turn.model import SLOT_NAMES, Slots
from turn.vocabulary import Intent, PartOfDay, Polarity, Topic
from workspace.calendar import parse_date, parse_time
from workspace.model import Workspace
from workspace.registry import Derived, Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["ExtractorService"].full_name
"""Full name of the service."""
CALLERS = {"Extract": ("gateway",)}
"""Who may call each method, besides callers that settings list."""
MAX_TEXT_BYTES = 4096
"""Longest text that is read, in bytes of UTF-8."""
_SLM_TRACK = "slm"
_WRITES = (reading_pb2.ACT_KIND_BOOK, reading_pb2.ACT_KIND_CHANGE, reading_pb2.ACT_KIND_CANCEL)
_SOURCES = {
    "slm": pb.SOURCE_SLM,
    "cpu": pb.SOURCE_CPU,
    "rules": pb.SOURCE_RULES,
    "unasked": pb.SOURCE_UNASKED,
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

    def warm_up(self) -> None:
        """Reads a message for the first workspace, so that what all of them share (language packs, the trained model)
        is compiled before anybody waits for it."""
        for workspace in islice(self._registry, 1):
            self._readers[workspace.id].read(MessageInContext("hola", datetime.now(UTC)))

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
        if reading.over_budget:
            OVER_BUDGET.inc()
        elif self._ladder and current_track.get() == _SLM_TRACK:
            reading = await self._ladder.read(workspace.id, message, reading)
        kept = self._contract.kept(reading, workspace)
        if kept is not reading:
            BROKEN.labels(reading.source).inc(len(reading.slots) - len(kept.slots))
        READINGS.labels(kept.intent, kept.source).inc()
        CONFIDENCE.labels(kept.source).observe(kept.confidence)
        return _response(kept)


def _message(request: pb.ExtractRequest) -> MessageInContext:
    context = converters.context_from(request.context)
    if len(request.text.encode("utf-8")) > MAX_TEXT_BYTES:
        raise PulpoError(Kind.INVALID_ARGUMENT, "TEXT_TOO_LONG", f"text must be at most {MAX_TEXT_BYTES} bytes.")
    active = converters.intent_from(request.active_intent)
    return MessageInContext(
        text=request.text,
        reference=context.received_at,
        asked_slot=request.asked_slot if request.asked_slot in (*SLOT_NAMES, CONFIRM) else None,
        active_intent=None if active is Intent.UNSPECIFIED else active.value,
        known_slots=converters.slots_from(request.known_slots),
        known=_known(request),
    )


def _known(request: pb.ExtractRequest) -> Known:
    """What the message may be about, checked: the reader counts on days and hours that are some."""
    for name in ("offers", "appointments", "done"):
        if len(getattr(request, name)) > MOST_KNOWN:
            text = f"{name} must be at most {MOST_KNOWN}, and are {len(getattr(request, name))}."
            raise PulpoError(Kind.INVALID_ARGUMENT, "TOO_MANY_KNOWN", text)
    wrong = [
        *(f"offers[{at}].{field}" for at, one in enumerate(request.offers) for field in _untimed(one)),
        *(f"appointments[{at}].{field}" for at, one in enumerate(request.appointments) for field in _unnamed(one)),
        *(f"done[{at}].{field}" for at, one in enumerate(request.done) for field in _undone(one)),
    ]
    if wrong:
        raise PulpoError(Kind.INVALID_ARGUMENT, "KNOWN_INVALID", f"Not set or of another form: {', '.join(wrong)}.")
    return reading_converters.known_from(request.offers, request.appointments, request.done)


def _untimed(one: reading_pb2.OfferedTime | reading_pb2.OwnAppointment) -> Iterator[str]:
    if parse_date(one.date) is None:
        yield "date"
    if parse_time(one.time) is None:
        yield "time"


def _unnamed(one: reading_pb2.OwnAppointment) -> Iterator[str]:
    if not one.booking_id:
        yield "booking_id"
    yield from _untimed(one)


def _undone(one: reading_pb2.DoneWrite) -> Iterator[str]:
    if one.kind not in _WRITES:
        yield "kind"
    if not one.booking_id:
        yield "booking_id"
    if one.date and parse_date(one.date) is None:
        yield "date"
    if one.time and parse_time(one.time) is None:
        yield "time"


def _response(reading: Reading) -> pb.ExtractResponse:
    return pb.ExtractResponse(
        intent=converters.intent_to(Intent(reading.intent)),
        slots=converters.slots_to(Slots(**reading.slots)),
        removed_slots=reading.removed_slots,
        polarity=converters.polarity_to(reading.polarity or Polarity.UNSPECIFIED),
        confidence=reading.confidence,
        alternatives=[
            pb.IntentScore(intent=converters.intent_to(Intent(name)), confidence=score)
            for name, score in reading.alternatives
        ],
        source=_SOURCES[reading.source],
        model=reading.model,
        reasoning=reading.reasoning,
        topic=converters.topic_to(Topic(reading.topic or "unspecified")),
        part_of_day=converters.part_of_day_to(reading.part_of_day or PartOfDay.UNSPECIFIED),
        language=reading.language,
        asked_day=reading.asked_day,
        more_services=reading.more_services,
        over_budget=reading.over_budget,
        reading=reading_converters.meaning_to(reading.meaning) if reading.meaning else None,
    )
