"""Which messages a model is asked about (SLM_ASK), over a real gRPC server with a real HTTP model server behind."""

import asyncio
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
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.slm.test_extractor_slm import Client, slm
from tests.model_stub import HANG, Answer, ModelStub, chat, model_server
from tests.unit.extractor.scoring import workspace
from workspace.limits import LanguageModel
from workspace.registry import Registry

SURE = "quiero un corte mañana a las 17"
UNSURE = "quiero un corte el viernes 35"
"""Code leaves the 35 unread beside the day."""
SHORT: dict[str, Any] = {"slm_extractor_schema": "extractor_v2_short", "slm_ask": "unsure"}


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(lambda _: chat('"book;s1"')) as running:
        yield running


@asynccontextmanager
async def extractor(settings: dict[str, Any], **language_model: Any) -> AsyncIterator[Client]:
    """An extractor for the demo salon, with what its manifest says of language models."""
    salon = workspace().model_copy(update={"language_model": LanguageModel(**language_model)})
    servicer, close = make_servicer(Registry([salon]), ExtractorSettings(_env_file=None, **settings))

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


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"pulpo_extractor_{name}_total", labels) or 0


async def test_only_what_code_is_not_sure_of_is_asked(stub: ModelStub) -> None:
    before = count("asked", why="sure")
    async with extractor(slm(stub, **SHORT)) as client:
        sure = await client.read(SURE)
        assert not stub.requests
        assert (sure.source, sure.slots.preferred_time) == (pb.SOURCE_UNASKED, "17:00")
        assert count("asked", why="sure") == before + 1
        unsure = await client.read(UNSURE)
        assert len(stub.requests) == 1
        assert unsure.source == pb.SOURCE_SLM


async def test_what_code_is_sure_of_stays_whatever_the_model_says(stub: ModelStub) -> None:
    stub.behave = lambda _: chat('"cancel;s2 p1"')
    async with extractor(slm(stub, **SHORT)) as client:
        reading = await client.read(UNSURE)
    assert reading.source == pb.SOURCE_SLM
    assert reading.intent == turn_pb2.INTENT_BOOK
    assert (reading.slots.service_type, reading.slots.preferred_date) == ("Corte de Cabello", "2026-03-13")


async def test_a_model_that_is_down_leaves_the_reading_by_code_with_its_doubt(stub: ModelStub) -> None:
    stub.behave = lambda _: Answer(500)
    async with extractor(slm(stub, **SHORT)) as client:
        reading = await client.read(UNSURE)
    assert reading.source == pb.SOURCE_CPU
    assert reading.reading.doubts


async def test_a_business_may_forbid_that_texts_go_to_a_model(stub: ModelStub) -> None:
    before = count("asked", why="forbidden")
    async with extractor(slm(stub), allowed=False) as client:
        reading = await client.read(UNSURE)
    assert (reading.source, stub.requests) == (pb.SOURCE_UNASKED, [])
    assert count("asked", why="forbidden") == before + 1


async def test_a_businesss_budget_bounds_the_wait_and_the_answer_and_blames_no_server(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    async with extractor(slm(stub), most_ms=50, most_tokens=20) as client:
        for _ in range(6):
            assert (await client.read(SURE)).source == pb.SOURCE_CPU
    assert [request["max_tokens"] for request in stub.requests] == [20] * 6  # the sixth too: no breaker has opened


async def test_a_share_of_the_sure_ones_is_asked_after_the_answer_and_counted(stub: ModelStub) -> None:
    stub.behave = lambda _: chat('{"intent":"cancel","slots":{}}')
    before = count("shadow", outcome="intent")
    async with extractor(slm(stub, slm_ask="unsure", slm_ask_shadow_percent=100)) as client:
        reading = await client.read(SURE)
        assert (reading.source, reading.intent) == (pb.SOURCE_UNASKED, turn_pb2.INTENT_BOOK)
        async with asyncio.timeout(20):
            while count("shadow", outcome="intent") == before:
                await client.read("", track="legacy")
    assert len(stub.requests) == 1
