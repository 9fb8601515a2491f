"""The extractor on the slm track: a real gRPC server in front, a real HTTP model server behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from grpc import aio
from prometheus_client import REGISTRY

from extractor.servicer import SERVICE_NAME
from extractor.settings import ExtractorSettings
from extractor.wiring import make_servicer
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.rpc.deadline import TRACK_KEY
from runtime.rpc.server import GrpcServer, Registration
from tests.model_stub import BUSY, HANG, Answer, Behaviour, ModelStub, as_json, chat, model_server
from tests.unit.extractor.scoring import workspace
from workspace.registry import Registry

WORKSPACES = Registry([workspace(), workspace("veterinaria-cordillera")])
BOOK = {"intent": "book", "slots": {"service_type": "Manicura"}}
TEXT = "buenas, algo para las garras mañana a las 5?"


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(lambda _: as_json(BOOK)) as running:
        yield running


Stub = extractor_pb2_grpc.ExtractorServiceStub


class Client:
    """Somebody who calls Extract."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub: Any = Stub(channel)

    async def read(
        self, text: str = TEXT, track: str = "slm", timeout: float = 20, to: str = "estudio-pulpo"
    ) -> pb.ExtractResponse:
        context = turn_pb2.TurnContext(workspace_id=to, conversation_id="c1", turn_id="t1")
        context.received_at.FromJsonString("2026-03-11T13:00:00Z")
        request = pb.ExtractRequest(context=context, text=text)
        response: pb.ExtractResponse = await self._stub.Extract(
            request, timeout=timeout, metadata=((TRACK_KEY, track),) if track else ()
        )
        return response


@asynccontextmanager
async def extractor(**settings: Any) -> AsyncIterator[Client]:
    """An extractor with these settings, over a real server."""
    servicer, close = make_servicer(WORKSPACES, ExtractorSettings(_env_file=None, **settings))

    def add(server: aio.Server) -> None:
        extractor_pb2_grpc.add_ExtractorServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Client(channel)
    finally:
        await server.stop(0, 0)
        for closing in close:
            await closing()


def slm(stub: ModelStub, timeout_ms: int = 10_000, **more: Any) -> dict[str, Any]:
    """Settings that point at a model server."""
    return {
        "slm_extractor_url": stub.url,
        "slm_extractor_model": "tiny",
        "slm_extractor_timeout_ms": timeout_ms,
        **more,
    }


def rung(name: str, reason: str) -> float:
    labels = {"stage": "extract", "rung": name, "reason": reason}
    return REGISTRY.get_sample_value("pulpo_extractor_rungs_total", labels) or 0


async def test_no_model_is_asked_about_a_text_that_is_too_much_to_read(stub: ModelStub) -> None:
    async with extractor(**slm(stub)) as client:
        answer = await client.read("t1" * 2048)
        assert not stub.requests
        assert (answer.over_budget, answer.intent, answer.confidence) == (True, turn_pb2.INTENT_OTHER, 0)
        assert not answer.slots.ListFields()
        assert not (await client.read()).over_budget
        assert len(stub.requests) == 1


async def test_a_message_is_read_by_the_model_and_its_values_by_code(stub: ModelStub) -> None:
    stub.behave = lambda _: as_json({**BOOK, "slots": {**BOOK["slots"], "preferred_time": "05:00"}}, logprob=-0.02)  # type: ignore[dict-item]
    before = rung("slm", "ok")
    async with extractor(**slm(stub)) as client:
        answer = await client.read()
    assert answer.source == pb.SOURCE_SLM
    assert answer.intent == turn_pb2.INTENT_BOOK
    assert answer.slots == turn_pb2.Slots(service_type="Manicura", preferred_date="2026-03-12", preferred_time="17:00")
    assert answer.model.startswith("tiny+prompt-")
    assert answer.language == "es"
    assert 0.9 < answer.confidence < 1
    assert rung("slm", "ok") == before + 1


async def test_what_is_asked_has_the_fixed_part_first_and_no_value_that_was_known(stub: ModelStub) -> None:
    async with extractor(**slm(stub, slm_api_key="k-1")) as client:
        await client.read("hola")
        await client.read("chau", to="veterinaria-cordillera")
    salon, vet = stub.requests
    assert salon["messages"][0] == vet["messages"][0]
    assert salon["messages"][1]["content"].startswith("Servicios: Corte de Cabello")
    assert salon["messages"][1]["content"].endswith('Mensaje: "hola"')
    assert (salon["model"], salon["temperature"], salon["max_tokens"], salon["logprobs"]) == ("tiny", 0.1, 256, True)
    schema = salon["response_format"]["json_schema"]["schema"]
    assert "Manicura" in schema["properties"]["slots"]["properties"]["service_type"]["enum"]
    assert schema != vet["response_format"]["json_schema"]["schema"]
    assert stub.headers[0]["authorization"] == "Bearer k-1"


@pytest.mark.parametrize("track", ["legacy", ""])
async def test_other_tracks_never_ask_a_model(stub: ModelStub, track: str) -> None:
    async with extractor(**slm(stub)) as client, extractor() as plain:
        assert await client.read(track=track) == await plain.read(track=track)
    assert not stub.requests


async def test_without_a_url_the_slm_track_reads_as_the_legacy_one_does() -> None:
    async with extractor() as client:
        assert await client.read(track="slm") == await client.read(track="legacy")
        assert (await client.read(track="slm")).source == pb.SOURCE_CPU


async def test_a_model_may_answer_in_the_second_form(stub: ModelStub) -> None:
    answer = {"acts": ["book"], "when": ["mañana a las 5"], "items": [{"service": "Manicura"}]}
    stub.behave = lambda _: as_json(answer)
    async with extractor(**slm(stub, slm_extractor_schema="extractor_v2")) as client:
        read = await client.read()
    assert (read.source, read.intent) == (pb.SOURCE_SLM, turn_pb2.INTENT_BOOK)
    assert read.slots == turn_pb2.Slots(service_type="Manicura", preferred_date="2026-03-12", preferred_time="17:00")
    assert (list(read.reading.days), list(read.reading.times)) == (["2026-03-12"], ["17:00"])
    assert [item.service for item in read.reading.items] == ["Manicura"]
    assert stub.requests[0]["response_format"]["json_schema"]["name"] == "extractor_v2"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (BOOK, "schema"),
        ({"acts": ["book"], "when": ["el jueves"]}, "not_said"),
        ({"acts": ["choose"], "refers_to": ["offer:1"]}, "schema"),
    ],
    ids=["first form", "other words", "no such offer"],
)
async def test_an_answer_in_the_second_form_that_cannot_be_used_is_read_by_code(
    stub: ModelStub, answer: dict[str, Any], reason: str
) -> None:
    stub.behave = lambda _: as_json(answer)
    before = rung("slm", reason), rung("cpu", "ok")
    async with extractor(**slm(stub, slm_extractor_schema="extractor_v2")) as client, extractor() as plain:
        assert await client.read() == await plain.read()
    assert (rung("slm", reason), rung("cpu", "ok")) == (before[0] + 1, before[1] + 1)


def doc(**changes: Any) -> str:
    return json.dumps({**BOOK, **changes})


UNUSABLE: dict[str, tuple[Answer, str]] = {
    "queue full": (BUSY, "busy"),
    "too many": (Answer(429, b"{}"), "busy"),
    "broken": (Answer(500, b"boom"), "status"),
    "unknown model": (Answer(404, b"{}"), "status"),
    "no JSON around": (Answer(200, b"<html>"), "bad_answer"),
    "deep JSON around": (Answer(200, b"[" * 100_000), "bad_answer"),
    "an empty body": (Answer(200, b""), "bad_answer"),
    "no choice": (Answer(200, b'{"choices": []}'), "bad_answer"),
    "far too much": (Answer(200, b" " * 400_000), "too_large"),
    "prose": (chat("Claro, te ayudo con el turno."), "bad_json"),
    "fenced": (chat("```json\n" + doc() + "\n```"), "bad_json"),
    "two documents": (chat(doc() + doc()), "bad_json"),
    "a key twice": (chat('{"intent": "book", "intent": "cancel", "slots": {}}'), "bad_json"),
    "deep": (chat("[" * 2_000), "bad_json"),
    "nothing": (chat(""), "bad_json"),
    "a loop": (chat('{"intent": "book", "slots": {"client_name": "' + "ja" * 200, finish="length"), "cut_off"),
    "a refusal": (chat(None, refusal="I cannot help with that."), "refused"),
    "filtered": (chat(doc(), finish="content_filter"), "refused"),
    "a tool call": (chat(doc(), finish="tool_calls"), "refused"),
    "an unknown intent": (chat(doc(intent="transfer_money")), "schema"),
    "an unknown service": (chat(doc(slots={"service_type": "Tatuajes"})), "schema"),
    "an unknown slot": (chat(doc(slots={"workspace_id": "other"})), "schema"),
    "a null": (chat(doc(slots={"service_type": None})), "schema"),
    "a date in words": (chat(doc(slots={"preferred_date": "mañana"})), "schema"),
    "a list": (chat("[]"), "schema"),
    "no slots": (chat('{"intent": "book"}'), "schema"),
    "no logprobs": (chat(doc(), logprobs=None), "no_logprobs"),
    "impossible logprobs": (chat(doc(), logprob=0.5), "no_logprobs"),
    "logprobs that are no numbers": (
        chat(doc(), logprobs={"content": [{"token": "{", "logprob": "high"}]}),
        "no_logprobs",
    ),
    "logprobs of another text": (
        chat(doc(), logprobs={"content": [{"token": "hola", "logprob": -0.1}]}),
        "no_logprobs",
    ),
    "half of the logprobs": (chat(doc(), logprobs={"content": [{"token": '{"', "logprob": -0.1}]}), "no_logprobs"),
    "unsure": (chat(doc(), logprob=-0.9), "unsure"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_what_cannot_be_used_is_read_by_code_and_counted(stub: ModelStub, name: str) -> None:
    answer, reason = UNUSABLE[name]
    stub.behave = lambda _: answer
    before = rung("slm", reason), rung("cpu", "ok")
    async with extractor(**slm(stub)) as client, extractor() as plain:
        assert await client.read() == await plain.read()
    assert (rung("slm", reason), rung("cpu", "ok")) == (before[0] + 1, before[1] + 1)


async def test_nobody_listening_is_read_by_code() -> None:
    before = rung("slm", "unreachable")
    nobody = ModelStub()
    async with extractor(**slm(nobody)) as client:
        assert (await client.read()).source == pb.SOURCE_CPU
    assert rung("slm", "unreachable") == before + 1


async def test_a_slow_model_is_given_up_and_told_to_stop(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    before = rung("slm", "timeout")
    async with extractor(**slm(stub, timeout_ms=300)) as client:
        assert (await client.read()).source == pb.SOURCE_CPU
        assert await asyncio.to_thread(stub.aborted.wait, 20)
    assert rung("slm", "timeout") == before + 1


async def test_the_callers_deadline_ends_the_wait_in_time_for_the_reading_by_code(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    async with extractor(**slm(stub)) as client:
        await client.read(track="legacy")
        assert (await client.read(timeout=3)).source == pb.SOURCE_CPU
        assert await asyncio.to_thread(stub.aborted.wait, 20)


async def test_a_caller_who_goes_away_stops_the_model(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    async with extractor(**slm(stub)) as client:
        call = asyncio.create_task(client.read())
        assert await asyncio.to_thread(stub.hanging.wait, 20)
        call.cancel()
        assert await asyncio.to_thread(stub.aborted.wait, 20)


async def test_connections_are_used_again(stub: ModelStub) -> None:
    async with extractor(**slm(stub)) as client:
        for _ in range(20):
            assert (await client.read()).source == pb.SOURCE_SLM
    assert (len(stub.requests), len(stub.clients)) == (20, 1)


async def test_a_larger_model_is_asked_before_code(stub: ModelStub) -> None:
    larger: Behaviour = lambda body: chat("no") if body["model"] == "tiny" else as_json(BOOK)  # noqa: E731
    stub.behave = larger
    before = rung("slm", "bad_json"), rung("llm", "ok")
    settings = slm(stub, slm_fallback_to_llm=True, slm_fallback_to_llm_model="large")
    async with extractor(**settings) as client:
        answer = await client.read()
    assert (answer.source, answer.model.split("+")[0]) == (pb.SOURCE_SLM, "large")
    assert (rung("slm", "bad_json"), rung("llm", "ok")) == (before[0] + 1, before[1] + 1)


async def test_after_five_failures_a_server_is_left_alone(stub: ModelStub) -> None:
    stub.behave = lambda _: BUSY
    before = rung("slm", "breaker_open")
    async with extractor(**slm(stub)) as client:
        for _ in range(12):
            assert (await client.read()).source == pb.SOURCE_CPU
    held = rung("slm", "breaker_open") - before
    assert held >= 1
    assert len(stub.requests) + held == 12
