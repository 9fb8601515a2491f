"""What Envoy lets in from outside, and what it takes off."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import grpc
import httpx2
import pytest
import pytest_asyncio
from grpc import aio

from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from tests.mesh.tools.front import TABLE, Front, lines, standing, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
INBOUND, STATUS = TABLE.edge.posts


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    async with standing(tmp_path_factory.mktemp("front"), {}) as running:
        yield running


async def post(
    front: Front, path: str = INBOUND, body: bytes = b"Body=hola", headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=60) as client:
        return await client.post(front.edge + path, content=body, headers=headers)


async def raw(front: Front, sent: bytes) -> bytes:
    """Sends bytes and nothing more; what came back until Envoy closed the connection."""
    reader, writer = await asyncio.open_connection(front.layout.edge.host, front.layout.edge.port)
    writer.write(sent)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    return answer


async def test_nobody_outside_says_what_the_mesh_says_to_itself(front: Front) -> None:
    inner = {"x-pulpo-track": "slm", "X-Pulpo-Caller-Token": "a" * 20, "x-pulpo-shadow": "1", "x-pulpo-anything": "1"}
    answer = await post(front, headers={"x-twilio-signature": "kept", **inner})
    got = answer.json()["headers"]
    assert got["x-twilio-signature"] == "kept"
    assert [name for name in got if name.startswith("x-pulpo-")] == []


async def test_only_the_public_paths_are_served_by_their_method(front: Front) -> None:
    assert [(await post(front, path)).status_code for path in (INBOUND, STATUS)] == [200, 200]
    async with httpx2.AsyncClient() as client:
        found = {path: (await client.get(front.edge + path)).status_code for path in ("/metrics", "/", INBOUND)}
        assert found == {"/metrics": 404, "/": 404, INBOUND: 404}
        assert (await client.get(front.edge + "/readyz")).status_code == 200
    assert (await post(front, "/webhook/pulpo/twilio/wa%2Finbound")).status_code == 400


async def test_conversations_over_grpc_are_not_for_the_world(front: Front) -> None:
    async with aio.insecure_channel(str(front.layout.edge)) as channel:
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)
        with pytest.raises(aio.AioRpcError) as refused:
            await stub.SendMessage(gateway_pb2.SendMessageRequest(), timeout=10, metadata=(("x-pulpo-track", "slm"),))
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_body_that_is_too_large_never_reaches_the_gateway(front: Front) -> None:
    most = TABLE.edge.body_bytes
    assert (await post(front, body=b"x" * most)).json()["bytes"] == most
    assert (await post(front, body=b"x" * (most + 1))).status_code == 413


async def test_headers_that_are_too_many_or_too_large_are_refused(front: Front) -> None:
    assert (
        await post(front, headers={f"x-{number}": "1" for number in range(TABLE.edge.header_count)})
    ).status_code == 431
    assert (await post(front, headers={"x-long": "x" * 1024 * TABLE.edge.header_kb})).status_code == 431


async def test_a_request_that_does_not_arrive_is_cut_off(front: Front) -> None:
    head = f"POST {INBOUND} HTTP/1.1\r\nHost: test\r\n".encode()
    slow = await asyncio.gather(raw(front, head), raw(front, head + b"Content-Length: 10\r\n\r\nBody"))
    assert [answer.split(b"\r\n")[0] for answer in slow] == [b"HTTP/1.1 408 Request Timeout"] * 2


async def test_the_access_log_says_what_happened_and_nothing_about_anybody(front: Front) -> None:
    await post(front, f"{STATUS}?outbox=abc&To=5491155550100", b"Body=secreto", {"x-twilio-signature": "sig"})
    async with httpx2.AsyncClient() as client:
        await client.delete(f"{front.edge}/webhook/5491155550199")

    def written() -> list[tuple[object, ...]]:
        found = [(line["route"], line["method"], line["status"], line["bytes_in"]) for line in lines(front.log)]
        return [line for line in found if line[3] == len(b"Body=secreto") or line[1] == "DELETE"]

    async def both_are_written() -> bool:
        return len(written()) == 2

    await until(both_are_written, "both requests are in the access log")
    assert written() == [("edge.status", "POST", 200, 12), (None, "DELETE", 404, 0)]
    text = front.log.read_text()
    assert not [word for word in ("54911", "secreto", "outbox", "abc", "sig") if word in text]
