"""ConversationService: the same turn over gRPC."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from runtime.errors import PulpoError
from runtime.rpc.interceptors import reason_of
from tests.contract.gateway.fakes import NOW, Mesh, message, new_sid, reply_of, running

CRM = {"x_pulpo_caller": "crm", "x_pulpo_caller_token": "0123456789abcdef"}
ADDRESS = "whatsapp:+5491155551234"
WEB = {"from": "web:5f3c"}


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


def request(**fields: Any) -> pb.SendMessageRequest:
    values = {"workspace_id": "estudio-pulpo", "from": ADDRESS, "text": "hola", "message_id": new_sid(), **fields}
    return pb.SendMessageRequest(**values)


async def send(mesh: Mesh, message: pb.SendMessageRequest, **metadata: str) -> pb.SendMessageResponse:
    async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        pairs = tuple((name.replace("_", "-"), value) for name, value in metadata.items())
        response: pb.SendMessageResponse = await stub.SendMessage(message, timeout=20, metadata=pairs)
        return response


async def refused(mesh: Mesh, message: pb.SendMessageRequest, **metadata: str) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await send(mesh, message, **metadata)
    return caught.value.code(), reason_of(caught.value)


async def test_a_message_gets_its_reply_and_what_was_understood(mesh: Mesh) -> None:
    async def extract(_request: object) -> extractor_pb2.ExtractResponse:
        slots = turn_pb2.Slots(service_type="Barba")
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_INFO_PRICES, slots=slots, confidence=0.9)

    mesh.fakes.extract = extract  # type: ignore[assignment, method-assign]
    response = await send(mesh, request())
    assert (response.message, response.track, response.replayed) == ("reply 1", "legacy", False)
    assert response.intent == turn_pb2.INTENT_INFO_PRICES
    assert response.slots.service_type == "Barba"
    assert response.timings.total_ms > 0


async def test_the_webhook_and_grpc_are_one_conversation(mesh: Mesh) -> None:
    sid = new_sid()
    said = reply_of(await mesh.post(message("hola", sid=sid)))
    again = await send(mesh, request(message_id=sid))
    assert (again.message, again.replayed) == (said, True)
    await send(mesh, request())
    assert len({each.context.conversation_id for each in mesh.fakes.extracted}) == 1
    assert len(mesh.fakes.extracted) == 2


async def test_a_repeat_answers_everything_again(mesh: Mesh) -> None:
    first = request()
    one, two = await send(mesh, first), await send(mesh, first)
    assert two.replayed
    two.replayed = False
    assert one == two


async def test_somebody_elses_message_id_does_not_get_their_reply(mesh: Mesh) -> None:
    first = request(text="soy Ana Paz")
    await send(mesh, first)
    other = request(message_id=first.message_id, **{"from": "whatsapp:+5491155559999"})
    assert await refused(mesh, other) == (grpc.StatusCode.INVALID_ARGUMENT, "MESSAGE_ID_REUSED")
    assert len(mesh.fakes.extracted) == 1


async def test_a_caller_says_when_a_message_was_written(mesh: Mesh) -> None:
    wanted = request()
    wanted.received_at.FromDatetime(NOW.replace(year=2027))
    await send(mesh, wanted)
    assert mesh.fakes.extracted[0].context.received_at.ToDatetime().year == 2027


@pytest.mark.parametrize("year", [1, 1999, 2100, 9999])
async def test_a_time_that_no_calendar_reaches_is_refused(mesh: Mesh, year: int) -> None:
    wanted = request()
    wanted.received_at.FromDatetime(NOW.replace(year=year, month=3, day=1))
    assert await refused(mesh, wanted) == (grpc.StatusCode.INVALID_ARGUMENT, "TIME_INVALID")


async def test_production_does_not_let_callers_say_what_time_it_is(tmp_path: Path) -> None:
    production: dict[str, Any] = {
        "profile": "production",
        "twilio_auth_token": "a-token-of-no-account",
        "public_url": "https://wa.test",
        "caller_tokens": "crm=0123456789abcdef",
    }
    async with running(tmp_path, **production) as mesh:
        wanted = request(**WEB)
        wanted.received_at.FromDatetime(NOW)
        assert await refused(mesh, wanted, **CRM) == (grpc.StatusCode.INVALID_ARGUMENT, "TIME_REFUSED")
        assert await refused(mesh, request(), **CRM) == (grpc.StatusCode.PERMISSION_DENIED, "ADDRESS_NOT_ALLOWED")
        assert await refused(mesh, request()) == (grpc.StatusCode.UNAUTHENTICATED, "CALLER_UNKNOWN")
        assert (await send(mesh, request(**WEB), **CRM)).message == "reply 1"


@pytest.mark.parametrize("identity", [{"mesh_key": "", "mesh_tokens": ""}, {"mesh_tokens": ""}])
async def test_production_starts_only_with_an_identity(tmp_path: Path, identity: dict[str, Any]) -> None:
    production: dict[str, Any] = {
        "profile": "production",
        "twilio_auth_token": "a-token-of-no-account",
        "public_url": "https://wa.test",
    }
    with pytest.raises(PulpoError, match="IDENTITY_MISSING: Expected PULPO_MESH_"):
        async with running(tmp_path, **production, **identity):
            pass


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        ({"workspace_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING"),
        ({"from": " "}, grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING"),
        ({"message_id": ""}, grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MISSING"),
        ({"message_id": "x" * 129}, grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MALFORMED"),
        ({"from": "a\x00b"}, grpc.StatusCode.INVALID_ARGUMENT, "FIELD_MALFORMED"),
        ({"text": "ñ" * 2049}, grpc.StatusCode.INVALID_ARGUMENT, "TEXT_TOO_LONG"),
        ({"workspace_id": "nobody"}, grpc.StatusCode.NOT_FOUND, "UNKNOWN_WORKSPACE"),
    ],
)
async def test_a_request_that_cannot_be_served_says_why(
    mesh: Mesh, fields: dict[str, str], code: grpc.StatusCode, reason: str
) -> None:
    assert await refused(mesh, request(**fields)) == (code, reason)
    assert mesh.fakes.extracted == []


async def test_health_is_served(mesh: Mesh) -> None:
    async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        name = "pulpo.gateway.v1.ConversationService"
        answer = await health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service=name), timeout=60
        )
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
