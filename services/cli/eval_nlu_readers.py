"""The extractors that an evaluation can ask: this process's own, or one that runs elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from cli.eval_nlu_file import SLOTS, Labelled
from cli.nlu_metrics import Answer
from extractor.message import Message
from extractor.reader import Reader
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from runtime.deadline import TRACK_KEY
from workspace.errors import ManifestError
from workspace.loader import load_registry
from workspace.model import Workspace

Ask = Callable[[Labelled], Answer]
"""Reads one message."""

SECONDS = 10.0
"""Longest that a running extractor may take over one message."""


class ReaderError(Exception):
    """No extractor to ask, or it failed; the text is the one line to show."""


@contextmanager
def in_process(workspace_id: str, workspaces: Path) -> Iterator[Ask]:
    """The extractor of this repository by code, without a network. Raises ReaderError."""
    reader = Reader(workspace_of(workspace_id, workspaces))

    def ask(row: Labelled) -> Answer:
        message = message_of(row)
        started = time.perf_counter()
        reading = reader.read(message)
        spent = 1000 * (time.perf_counter() - started)
        return Answer(reading.intent, dict(reading.slots), float(reading.confidence), spent)

    yield ask


def workspace_of(workspace_id: str, workspaces: Path) -> Workspace:
    """The business to read for. Raises ReaderError."""
    try:
        workspace = load_registry(workspaces).get(workspace_id)
    except ManifestError as error:
        raise ReaderError("; ".join(str(error).splitlines())) from error
    if workspace is None:
        raise ReaderError(f"{workspaces}: expected a manifest of workspace {workspace_id!r}")
    return workspace


def message_of(row: Labelled) -> Message:
    """A labelled message as the extractor has it."""
    return Message(
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

        def ask(row: Labelled) -> Answer:
            request = request_of(row, workspace_id)
            started = time.perf_counter()
            try:
                response = stub.Extract(request, timeout=SECONDS, metadata=metadata)
            except grpc.RpcError as error:
                raise ReaderError(f"{target}: {row.id}: {error.code().name}: {error.details()}") from error
            return answer_of(response, 1000 * (time.perf_counter() - started))

        yield ask


def request_of(row: Labelled, workspace_id: str) -> extractor_pb2.ExtractRequest:
    """A labelled message as the contract has it."""
    context = turn_pb2.TurnContext(
        workspace_id=workspace_id, conversation_id="eval", turn_id=f"eval-{row.id}".replace(" ", "-")
    )
    context.received_at.FromDatetime(row.reference_time)
    active = turn_pb2.Intent.Value(f"INTENT_{row.active_intent.upper() or 'UNSPECIFIED'}")
    return extractor_pb2.ExtractRequest(
        context=context,
        text=row.text,
        asked_slot=row.asked_slot,
        active_intent=active,
        known_slots=turn_pb2.Slots(**row.known_slots),
    )


def answer_of(response: extractor_pb2.ExtractResponse, milliseconds: float) -> Answer:
    """A response of the contract as an answer."""
    intent = turn_pb2.Intent.Name(response.intent).removeprefix("INTENT_").lower()
    slots = {field.name: value for field, value in response.slots.ListFields() if field.name in SLOTS}
    return Answer(intent, slots, response.confidence, milliseconds)
