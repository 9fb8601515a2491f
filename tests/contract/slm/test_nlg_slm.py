"""NLG on the slm track: a real gRPC server in front, a real HTTP model server behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from grpc import aio
from prometheus_client import REGISTRY

from nlg.servicer import SERVICE_NAME
from nlg.settings import NlgSettings
from nlg.wiring import make_servicer
from pulpo.common.v1 import action_pb2, turn_pb2
from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.rpc.deadline import TRACK_KEY
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.test_nlg import PHRASES, WORKSPACES, context, struct
from tests.model_stub import BUSY, HANG, Answer, ModelStub, as_json, chat, model_server

TEMPLATE = (
    "¡Listo, Ana! Quedó reservado tu turno de Barba el jueves 12/03 a las 15:00 con Carlos. Tu código es PB-AAAAAA."
)
WORDED = (
    "¡Listo, Ana! Ya te quedó reservado el turno de Barba para este jueves 12/03 a las 15:00 con Carlos, código "
    "PB-AAAAAA. ¡Gracias!"
)


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(lambda _: says(WORDED)) as running:
        yield running


def says(message: str) -> Answer:
    """A model's answer with this message."""
    return as_json({"message": message.replace("Ana", "$client_name")})


def booked() -> pb.ComposeRequest:
    """A turn that booked."""
    output = struct(
        ok=True,
        booking_id="PB-AAAAAA",
        service_type="Barba",
        date="2026-03-12",
        time="15:00",
        staff_name="Carlos",
        client_name="Ana Paz",
    )
    seen = action_pb2.Observation(tool="book_appointment", status=action_pb2.OBSERVATION_STATUS_OK, output=output)
    return pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_BOOK, observations=[seen])


class Client:
    """Somebody who calls Compose."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub: Any = nlg_pb2_grpc.NlgServiceStub(channel)

    async def compose(
        self, request: pb.ComposeRequest | None = None, track: str = "slm", timeout: float = 20
    ) -> pb.ComposeResponse:
        metadata = ((TRACK_KEY, track),) if track else ()
        response: pb.ComposeResponse = await self._stub.Compose(request or booked(), timeout=timeout, metadata=metadata)
        return response


@asynccontextmanager
async def nlg(stub: ModelStub | None = None, timeout_ms: int = 10_000) -> AsyncIterator[Client]:
    """NLG over a real server, with this model server."""
    settings: dict[str, Any] = {"slm_response_timeout_ms": timeout_ms}
    if stub:
        settings |= {"slm_response_url": stub.url, "slm_response_model": "tiny"}
    servicer, close = make_servicer(WORKSPACES, PHRASES, NlgSettings(_env_file=None, **settings))

    def add(server: aio.Server) -> None:
        nlg_pb2_grpc.add_NlgServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Client(channel)
    finally:
        await server.stop(0, 0)
        for closing in close:
            await closing()


def rung(name: str, reason: str) -> float:
    labels = {"stage": "respond", "rung": name, "reason": reason}
    return REGISTRY.get_sample_value("pulpo_nlg_rungs_total", labels) or 0


async def test_a_faithful_wording_is_sent_and_nothing_else_changes(stub: ModelStub) -> None:
    before = rung("slm", "ok")
    async with nlg(stub) as client:
        worded, plain = await client.compose(), await client.compose(track="legacy")
    assert (worded.message, plain.message) == (WORDED, TEMPLATE)
    plain.message = worded.message
    assert worded == plain
    assert rung("slm", "ok") == before + 1


async def test_the_model_sees_the_message_without_the_customers_name(stub: ModelStub) -> None:
    async with nlg(stub) as client:
        await client.compose()
    (asked,) = stub.requests
    assert "Ana" not in json.dumps(asked, ensure_ascii=False).replace("Anal", "")
    assert "PB-AAAAAA" in asked["messages"][1]["content"]
    assert list(asked["response_format"]["json_schema"]["schema"]["properties"]) == ["message"]


@pytest.mark.parametrize("track", ["legacy", ""])
async def test_other_tracks_never_ask_a_model(stub: ModelStub, track: str) -> None:
    async with nlg(stub) as client:
        assert (await client.compose(track=track)).message == TEMPLATE
    assert not stub.requests


async def test_without_a_url_the_slm_track_says_the_template() -> None:
    async with nlg() as client:
        assert (await client.compose()).message == TEMPLATE


UNUSABLE: dict[str, tuple[Answer, str]] = {
    "another time": (says(TEMPLATE.replace("15:00", "16:00")), "unfaithful"),
    "another day": (says(TEMPLATE.replace("jueves", "viernes")), "unfaithful"),
    "another person": (says(TEMPLATE.replace("Carlos", "Sofía")), "unfaithful"),
    "another id": (says(TEMPLATE.replace("PB-AAAAAA", "PB-AAAAAB")), "unfaithful"),
    "a false claim": (says(TEMPLATE.replace("reservado", "cancelado")), "unfaithful"),
    "a promise": (says(TEMPLATE + " Te damos un descuento."), "unfaithful"),
    "a link": (says(TEMPLATE + " https://t.co/x"), "unfaithful"),
    "nothing of it": (says("¡Hola!"), "unfaithful"),
    "prose": (chat(TEMPLATE), "bad_json"),
    "a wrong form": (as_json({"text": TEMPLATE}), "schema"),
    "another field": (as_json({"message": WORDED, "requires_human": True}), "schema"),
    "a loop": (chat('{"message": "' + "ja" * 90, finish="length"), "cut_off"),
    "a refusal": (chat(None, refusal="I cannot help with that."), "refused"),
    "no JSON around": (Answer(200, b"<html>"), "bad_answer"),
    "queue full": (BUSY, "busy"),
    "broken": (Answer(500, b"boom"), "status"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_what_cannot_be_used_leaves_the_template_and_is_counted(stub: ModelStub, name: str) -> None:
    answer, reason = UNUSABLE[name]
    stub.behave = lambda _: answer
    before = rung("slm", reason), rung("template", "ok")
    async with nlg(stub) as client:
        assert (await client.compose()).message == TEMPLATE
    assert (rung("slm", reason), rung("template", "ok")) == (before[0] + 1, before[1] + 1)


async def test_nobody_listening_leaves_the_template() -> None:
    async with nlg(ModelStub()) as client:
        assert (await client.compose()).message == TEMPLATE


async def test_a_slow_model_is_given_up_and_told_to_stop(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    before = rung("slm", "timeout")
    async with nlg(stub, timeout_ms=150) as client:
        assert (await client.compose()).message == TEMPLATE
        assert await asyncio.to_thread(stub.aborted.wait, 20)
    assert rung("slm", "timeout") == before + 1


async def test_the_callers_deadline_ends_the_wait(stub: ModelStub) -> None:
    stub.behave = lambda _: HANG
    async with nlg(stub) as client:
        await client.compose(track="legacy")
        assert (await client.compose(timeout=3)).message == TEMPLATE


async def test_after_five_failures_a_server_is_left_alone(stub: ModelStub) -> None:
    stub.behave = lambda _: BUSY
    before = rung("slm", "breaker_open")
    async with nlg(stub) as client:
        for _ in range(12):
            assert (await client.compose()).message == TEMPLATE
    held = rung("slm", "breaker_open") - before
    assert held >= 1
    assert len(stub.requests) + held == 12


async def test_a_list_is_not_asked_about(stub: ModelStub) -> None:
    before = rung("template", "settled")
    hours = pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_INFO_HOURS)
    days = [{"day": day, "hours": ["09:00-13:00"]} for day in ("mon", "tue")]
    hours.observations.add(
        tool="get_business_hours", status=action_pb2.OBSERVATION_STATUS_OK, output=struct(ok=True, days=days)
    )
    async with nlg(stub) as client:
        assert "\n" in (await client.compose(hours)).message
    assert not stub.requests
    assert rung("template", "settled") == before + 1
