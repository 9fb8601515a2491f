"""The extractors that an evaluation can ask: this process's own by code, its own with a model server, or a running one
over gRPC. Each is a context manager that gives a function from a labelled message to a prediction."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import grpc

from cli.evaluation.figures import NO_PREDICTION, MessagePrediction, ModelTrace
from cli.evaluation.labelled_file import Labelled
from cli.evaluation.reading_figures import ReadingPair
from cli.evaluation.reading_file import LabelledReading
from extractor.meaning.first_form import first_form
from extractor.meaning.labels import as_label
from extractor.packs import SHIPPED, Packs
from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.wiring import make_model_reader
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from runtime.models.backend import Completion, ModelError
from runtime.models.client import ChatModel, make_http_client
from runtime.models.warm_up import WAIT_S
from runtime.rpc.deadline import TRACK_KEY
from turn import converters
from turn.meaning import NOTHING
from turn.model import SLOT_NAMES, Slots, TurnContext
from turn.vocabulary import Intent
from workspace.errors import ManifestError
from workspace.loader import load_registry
from workspace.model import Workspace

T = TypeVar("T")
Ask = Callable[[Labelled], MessagePrediction]
"""Reads one message."""

SECONDS = 10.0
"""Longest that a running extractor may take over one message."""


class ReaderError(Exception):
    """An extractor cannot be asked, or it failed; the text is the one line to show."""


@contextmanager
def in_process(workspace_id: str, workspaces: Path) -> Iterator[Ask]:
    """The extractor of this repository by code, without a network. Raises ReaderError."""
    reader = Reader(workspace_of(workspace_id, workspaces))

    def ask(row: Labelled) -> MessagePrediction:
        message = message_of(row)
        started = time.perf_counter()
        reading = reader.read(message)
        spent = 1000 * (time.perf_counter() - started)
        return MessagePrediction(reading.intent, dict(reading.slots), float(reading.confidence), spent)

    yield ask


def read_all(
    rows: Sequence[LabelledReading], workspace_id: str, workspaces: Path, packs: Packs = SHIPPED
) -> list[ReadingPair]:
    """Every message read by code in this process; `workspace_id` is the business of lines that name none. Raises
    ReaderError."""
    ids = {row.workspace or workspace_id for row in rows}
    businesses = {name: workspace_of(name, workspaces) for name in sorted(ids)}
    readers = {name: Reader(business, packs=packs) for name, business in businesses.items()}
    named = [(row, row.workspace or workspace_id) for row in rows]
    return [_read(row, readers[name], businesses[name].locale.partition("-")[0]) for row, name in named]


def _read(row: LabelledReading, reader: Reader, own_language: str) -> ReadingPair:
    reading = reader.read(row.message)
    meaning = reading.meaning or NOTHING
    first = first_form(meaning, row.message.active_intent, row.message.known)
    return ReadingPair(
        id=row.id,
        text=row.message.text,
        language=row.language,
        wanted=row.reading,
        got=as_label(meaning),
        same_intent=first.intent == reading.intent,
        same_slots=dict(first.slots) == reading.slots,
        spoken=row.language or reading.language or own_language,
    )


def workspace_of(workspace_id: str, workspaces: Path) -> Workspace:
    """The business to read for. Raises ReaderError."""
    try:
        workspace = load_registry(workspaces).get(workspace_id)
    except ManifestError as error:
        raise ReaderError("; ".join(str(error).splitlines())) from error
    if workspace is None:
        raise ReaderError(f"{workspaces}: expected a manifest of workspace {workspace_id!r}")
    return workspace


def message_of(row: Labelled) -> MessageInContext:
    """A labelled message as the extractor has it."""
    return MessageInContext(
        text=row.text,
        reference=row.reference_time,
        asked_slot=row.asked_slot or None,
        active_intent=row.active_intent or None,
        known_slots=dict(row.known_slots),
    )


@contextmanager
def over_grpc(target: str, workspace_id: str, track: str = "") -> Iterator[Ask]:
    """An extractor that listens at `host:port`, called on a track. Asking raises ReaderError when it fails."""
    metadata = ((TRACK_KEY, track),) if track else ()
    with grpc.insecure_channel(target) as channel:
        stub = extractor_pb2_grpc.ExtractorServiceStub(channel)

        def ask(row: Labelled) -> MessagePrediction:
            request = request_of(row, workspace_id)
            started = time.perf_counter()
            try:
                response = stub.Extract(request, timeout=SECONDS, metadata=metadata)
            except grpc.RpcError as error:
                raise ReaderError(f"{target}: {row.id}: {error.code().name}: {error.details()}") from error
            return prediction_of(response, 1000 * (time.perf_counter() - started))

        yield ask


def request_of(row: Labelled, workspace_id: str) -> extractor_pb2.ExtractRequest:
    """A labelled message as the contract has it."""
    context = TurnContext(workspace_id, "eval", f"eval-{row.id}".replace(" ", "-"), row.reference_time)
    active = converters.intent_to(Intent(row.active_intent or "unspecified"))
    return extractor_pb2.ExtractRequest(
        context=converters.context_to(context),
        text=row.text,
        asked_slot=row.asked_slot,
        active_intent=active,
        known_slots=converters.slots_to(Slots(**row.known_slots)),
    )


def prediction_of(response: extractor_pb2.ExtractResponse, milliseconds: float) -> MessagePrediction:
    """A response of the contract as a prediction."""
    intent = converters.intent_from(response.intent).value
    slots = {field.name: value for field, value in response.slots.ListFields() if field.name in SLOT_NAMES}
    return MessagePrediction(intent, slots, response.confidence, milliseconds)


class SlmReader:
    """Reads with the extractor's first model; keeps what it did with each message."""

    def __init__(self, settings: ExtractorSettings, workspace_id: str, workspaces: Path, *, fallback: bool) -> None:
        """Without `fallback` what the model cannot read stays unread, and what it is not sure of counts."""
        if not settings.slm_extractor_url:
            raise ReaderError(
                "--track slm: needs SLM_EXTRACTOR_URL and SLM_EXTRACTOR_MODEL, or --model-url and --model"
            )
        workspace = workspace_of(workspace_id, workspaces)
        used = settings if fallback else settings.model_copy(update={"slm_confidence_threshold": 0.0})
        self._code = Reader(workspace)
        self._reader = make_model_reader(workspace, self._code, used)
        self._fallback = fallback
        self._http = make_http_client()
        self._model = ChatModel(settings.backends()[0], self._http)
        self.traces: dict[str, ModelTrace] = {}
        """By id of the message."""

    async def warm_up(self, row: Labelled) -> None:
        """Asks once with a long time-out, so that the engine has compiled the schema's grammar."""
        try:
            await self._model.complete(self._reader.ask(message_of(row)), WAIT_S)
        except ModelError as error:
            if error.is_down:
                raise ReaderError(f"{self._model.backend.url}: no answer ({error.reason})") from None

    async def read(self, row: Labelled) -> MessagePrediction:
        """The prediction for one message; what the model did is kept in `traces`."""
        message = message_of(row)
        started = time.perf_counter()
        floor = self._code.read(message)
        completion: Completion | None = None
        alone, reason = NO_PREDICTION, "ok"
        reading: Reading | None = floor if self._fallback else None
        try:
            completion = await self._model.complete(self._reader.ask(message))
            wrote = self._reader.parse(completion.text, message)
            alone = MessagePrediction(wrote.intent, dict(wrote.slots), 0.0, 0.0)
            reading = self._reader.read(message, completion, floor, self._model.backend)
        except ModelError as error:
            reason = error.reason
        spent = 1000 * (time.perf_counter() - started)
        self.traces[row.id] = ModelTrace(reason, alone, completion)
        if reading is None:
            return replace(NO_PREDICTION, milliseconds=spent)
        return MessagePrediction(reading.intent, dict(reading.slots), float(reading.confidence), spent)

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.aclose()


@contextmanager
def with_model(reader: SlmReader, first: Labelled) -> Iterator[Ask]:
    """Asks from any thread; the model is warm. Raises ReaderError."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        run(reader.warm_up(first))
        yield lambda row: run(reader.read(row))
        run(reader.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
