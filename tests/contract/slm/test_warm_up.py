"""Models are warmed up in the background: the extractor over a real server, a real HTTP model server behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from grpc import aio

from extractor.metrics import MODELS
from extractor.servicer import SERVICE_NAME
from extractor.settings import ExtractorSettings
from extractor.wiring import make_servicer
from nlg.settings import NlgSettings
from nlg.wiring import make_servicer as make_nlg
from pulpo.extractor.v1 import extractor_pb2 as pb
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.models.backend import Ask, Backend
from runtime.models.client import ChatModel, make_http_client
from runtime.models.metrics import ModelMetrics
from runtime.models.rungs import MODEL_BREAKER, Rungs
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.slm.test_extractor_slm import BOOK, WORKSPACES, Client, rung, slm
from tests.contract.test_nlg import PHRASES
from tests.mesh.tools.harness import until
from tests.model_stub import HANG, ModelStub, as_json, chat, model_server

EACH = 2 * len(list(WORKSPACES))
"""Questions that warm one model up: two of each business's schema."""


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Waits until something is so."""
    await asyncio.to_thread(until, condition, what, 60)


@asynccontextmanager
async def extractor(**settings: Any) -> AsyncIterator[Client]:
    """An extractor that warms its models up."""
    servicer, close = make_servicer(WORKSPACES, ExtractorSettings(_env_file=None, **settings), warm=True)

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


async def until_slm(client: Client, to: str = "estudio-pulpo") -> None:
    """Writes until the model reads."""
    async with asyncio.timeout(60):
        while (await client.read(to=to)).source != pb.SOURCE_SLM:
            pass


async def test_every_schema_is_asked_about_before_any_customer_writes() -> None:
    with model_server(lambda _: as_json(BOOK)) as stub:
        async with extractor(**slm(stub)) as client:
            await eventually(lambda: len(stub.requests) == EACH, "both businesses' schemas are warm")
            await until_slm(client)
            schemas = [json.dumps(asked["response_format"]["json_schema"]["schema"]) for asked in stub.requests[:EACH]]
            assert len(set(schemas)) == len(list(WORKSPACES))
            assert not any("garras" in json.dumps(asked) for asked in stub.requests[:EACH])


async def test_while_a_schema_compiles_customers_do_not_wait_for_it() -> None:
    with model_server(lambda _: HANG) as stub:
        before = rung("slm", "warming_up")
        async with extractor(**slm(stub)) as client:
            assert await asyncio.to_thread(stub.hanging.wait, 60)
            for _ in range(5):
                assert (await client.read()).source == pb.SOURCE_CPU
            assert rung("slm", "warming_up") == before + 5
            assert len(stub.requests) == 1
        assert await asyncio.to_thread(stub.aborted.wait, 20), "the service's end ends the question"


async def test_a_model_that_answers_nonsense_is_warm() -> None:
    with model_server(lambda _: chat("no")) as stub:
        async with extractor(**slm(stub)) as client:
            await eventually(lambda: len(stub.requests) == EACH, "both businesses' schemas are warm")
            before = rung("slm", "bad_json")
            while rung("slm", "bad_json") == before:
                assert (await client.read()).source == pb.SOURCE_CPU


async def test_a_server_that_is_back_is_warmed_up_before_customers_use_it_again() -> None:
    stub = ModelStub()
    with ExitStack() as life:
        life.enter_context(stub.up())
        async with extractor(**slm(stub)) as client:
            await until_slm(client)
            await until_slm(client, "veterinaria-cordillera")
            life.close()
            before = rung("slm", "breaker_open")
            for _ in range(MODEL_BREAKER.failures + 5):
                assert (await client.read()).source == pb.SOURCE_CPU
            assert rung("slm", "breaker_open") >= before + 4
            stub.requests.clear()
            life.enter_context(stub.up())
            await eventually(lambda: len(stub.requests) >= EACH, "it is warmed up again")
            assert not any("garras" in json.dumps(asked) for asked in stub.requests[:2])
            await until_slm(client)


async def test_a_server_that_is_too_slow_for_customers_is_not_used_again() -> None:
    slow = asyncio.Event()
    stub = ModelStub(lambda _: HANG if slow.is_set() else as_json(BOOK))
    with stub.up():
        async with extractor(**slm(stub, timeout_ms=300)) as client:
            await until_slm(client)
            slow.set()
            for _ in range(MODEL_BREAKER.failures):
                assert (await client.read()).source == pb.SOURCE_CPU
            before = rung("slm", "breaker_open")
            assert (await client.read()).source == pb.SOURCE_CPU
            assert rung("slm", "breaker_open") == before + 1


async def test_a_schema_that_comes_later_is_warmed_up_too() -> None:
    def ask(name: str) -> Ask:
        return Ask("s", "u", {"type": "object", "properties": {name: {}}}, name, 16, 0.0)

    asks = [ask("one")]
    metrics = ModelMetrics("test", *(getattr(MODELS, name) for name in ("rungs", "seconds", "tokens")))
    async with make_http_client() as http:
        with model_server() as stub:
            rungs = Rungs([ChatModel(Backend("slm", stub.url, "tiny", 10), http)], metrics)
            rungs.start(lambda: list(asks))
            await eventually(lambda: len(stub.requests) == 2, "the first schema is warm")
            asks.append(ask("two"))
            assert await rungs.first(asks[1], lambda completion, _: completion) is None
            async with asyncio.timeout(60):
                while await rungs.first(asks[1], lambda completion, _: completion) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0)
            assert await rungs.first(asks[0], lambda completion, _: completion) is not None
            await rungs.close()


async def test_nlg_warms_its_model_up_too() -> None:
    with model_server(lambda _: chat("no")) as words:
        named = NlgSettings(_env_file=None, slm_response_url=words.url, slm_response_model="tiny")
        _, closing = make_nlg(WORKSPACES, PHRASES, named, warm=True)
        await eventually(lambda: len(words.requests) == 2, "NLG's schema is warm")
        for close in closing:
            await close()
