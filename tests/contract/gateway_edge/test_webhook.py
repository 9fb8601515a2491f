"""The webhook's edge over a real socket: what is refused, in which order, with nothing stored."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import quote, urlencode

import httpx2
import pytest
from grpc_health.v1 import health_pb2
from prometheus_client import generate_latest
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from gateway.storage.tables import inbox, statuses
from runtime.data.database import Database, sqlite_url
from tests.contract.gateway.fakes import (
    INBOUND,
    STATUS,
    WORKSPACES,
    Mesh,
    callback,
    message,
    new_sid,
    reply_of,
    running,
)
from workspace.loader import load_registry
from workspace.registry import Registry


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


async def stored(folder: Path) -> int:
    """How many rows the gateway holds."""
    database = Database(sqlite_url(folder, "gateway"))
    try:
        async with database.read() as connection:
            counts = [await connection.scalar(select(func.count()).select_from(table)) for table in (inbox, statuses)]
    finally:
        await database.close()
    return sum(count or 0 for count in counts)


async def status_of(folder: Path, sid: str) -> str | None:
    """The status of a sent message that the gateway holds."""
    database = Database(sqlite_url(folder, "gateway"))
    try:
        async with database.read() as connection:
            found: str | None = await connection.scalar(select(statuses.c.status).where(statuses.c.message_sid == sid))
    finally:
        await database.close()
    return found


async def test_a_signed_message_is_answered_in_twiml(mesh: Mesh, tmp_path: Path) -> None:
    response = await mesh.post(message("hola"))
    assert response.status_code == 200
    assert reply_of(response) == "reply 1"
    assert await stored(tmp_path) == 1


@pytest.mark.parametrize("path", [INBOUND, STATUS])
@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "another-token"},
        {"base": "https://127.0.0.1"},
        {"base": "http://evil.test"},
        {"base": "http://127.0.0.1/prefix"},
    ],
)
async def test_a_signature_that_does_not_hold_is_refused(
    mesh: Mesh, tmp_path: Path, path: str, wrong: dict[str, str]
) -> None:
    response = await mesh.post(message("hola"), path=path, **wrong)  # type: ignore[arg-type]
    assert response.status_code == 403
    assert await stored(tmp_path) == 0
    assert mesh.fakes.extracted == []


@pytest.mark.parametrize("header", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "ñ"}])
async def test_a_missing_signature_is_refused(mesh: Mesh, tmp_path: Path, header: dict[str, str]) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in header.items()]
    response = await mesh.client.post(mesh.url() + INBOUND, data=message("hola"), headers=headers)
    assert response.status_code == 403
    assert await stored(tmp_path) == 0


async def test_host_and_forwarding_headers_do_not_count(mesh: Mesh) -> None:
    signed_for_evil = await mesh.post(
        message("hola"), base="http://evil.test", headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"}
    )
    assert signed_for_evil.status_code == 403
    assert (await mesh.post(message("hola"), headers={"Host": "evil.test"})).status_code == 200


async def test_path_and_query_are_signed(mesh: Mesh) -> None:
    assert (await mesh.post(message("hola"), path=INBOUND + "?a=1&b=%20")).status_code == 400
    form = message("hola")
    signature = RequestValidator("dev-token").compute_signature(mesh.url() + INBOUND, form)
    headers = {"X-Twilio-Signature": signature}
    response = await mesh.client.post(mesh.url() + INBOUND + "?a=1", data=form, headers=headers)
    assert response.status_code == 403


async def test_every_configured_public_url_counts_and_no_other(tmp_path: Path) -> None:
    async with running(tmp_path, public_url="https://a.test, https://b.test:8443") as mesh:
        for base, status in [("https://a.test", 200), ("https://b.test:8443", 200), (mesh.url(), 403)]:
            assert (await mesh.post(message("hola"), base=base)).status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"MessageSid": "SM1"},
        {"MessageSid": new_sid() + "MessageTypetext"},
        {"From": "5491155551234"},
        {"To": "whatsapp:salon"},
    ],
)
async def test_a_malformed_message_is_refused(mesh: Mesh, tmp_path: Path, change: dict[str, str]) -> None:
    response = await mesh.post({**message("hola"), **change})
    assert response.status_code == 400
    assert "549" not in response.text
    assert await stored(tmp_path) == 0


async def test_a_number_that_nobody_has_is_not_found(mesh: Mesh, tmp_path: Path) -> None:
    assert (await mesh.post(message("hola", To="whatsapp:+15550000000"))).status_code == 404
    assert await stored(tmp_path) == 0


async def test_a_business_that_is_not_active_is_not_found(tmp_path: Path) -> None:
    resting = Registry(workspace.model_copy(update={"active": False}) for workspace in load_registry(WORKSPACES))
    async with running(tmp_path, registry=resting) as mesh:
        assert (await mesh.post(message("hola"))).status_code == 404
        assert await stored(tmp_path) == 0


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_what_is_no_form_is_refused(mesh: Mesh, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = await mesh.client.post(mesh.url() + INBOUND, content=b"{}", headers=headers)
    assert response.status_code == 400


async def test_too_many_fields_are_refused(mesh: Mesh, tmp_path: Path) -> None:
    assert (await mesh.post({**message("hola"), **{f"F{n}": "x" for n in range(100)}})).status_code == 400
    assert await stored(tmp_path) == 0


async def test_a_large_body_is_refused_before_anything_else(mesh: Mesh, tmp_path: Path) -> None:
    assert (await mesh.post(message("a" * 70_000), token="forged")).status_code == 413
    assert await stored(tmp_path) == 0


async def test_a_large_body_in_chunks_is_refused_too(mesh: Mesh) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in _parts():
            yield part

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await mesh.client.post(mesh.url() + INBOUND, content=chunks(), headers=headers)
    assert response.status_code == 413


def _parts() -> Iterator[bytes]:
    yield b"Body="
    for _ in range(70):
        yield b"a" * 1000


async def test_a_body_that_never_comes_is_given_up(tmp_path: Path) -> None:
    async with running(tmp_path, body_s=0.05) as mesh:
        reader, writer = await asyncio.open_connection("127.0.0.1", mesh.gateway.http_port)
        head = f"POST {INBOUND} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        writer.write(f"{head}Content-Length: 100\r\n\r\nBody=".encode())
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert b"408" in status


async def test_text_that_is_no_utf_8_is_read_with_replacements(mesh: Mesh) -> None:
    form = message("PLACEHOLDER")
    body = urlencode(form).replace("PLACEHOLDER", "a%ffb%00")
    signed = {**form, "Body": "a\ufffdb\x00"}
    signature = RequestValidator("dev-token").compute_signature(mesh.url() + INBOUND, signed)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    response = await mesh.client.post(mesh.url() + INBOUND, content=body, headers=headers)
    assert response.status_code == 200
    assert mesh.fakes.extracted[0].text == "a\ufffdb"


async def test_a_long_text_is_cut_between_characters(mesh: Mesh) -> None:
    await mesh.say("x" + "ñ" * 4000)
    assert mesh.fakes.extracted[0].text == "x" + "ñ" * 2047


async def test_a_reply_with_markup_stays_text(mesh: Mesh) -> None:
    async def compose(request: object) -> object:
        from pulpo.nlg.v1 import nlg_pb2

        return nlg_pb2.ComposeResponse(message='a <b> & "c" \x07')

    mesh.fakes.compose = compose  # type: ignore[assignment, method-assign]
    assert await mesh.say("hola") == 'a <b> & "c" '


@pytest.mark.parametrize("path", ["/webhook/pulpo/twilio/health", "/healthz"])
async def test_the_process_says_that_it_lives(mesh: Mesh, path: str) -> None:
    assert (await mesh.client.get(mesh.url() + path)).json() == {"status": "ok"}


async def test_readiness_names_what_is_down(mesh: Mesh) -> None:
    well = await mesh.client.get(mesh.url() + "/readyz")
    names = ("database", "extractor", "planner", "broker", "nlg", "agenda")
    assert (well.status_code, well.json()) == (200, {"status": "ready", **dict.fromkeys(names, "ok")})
    await mesh.stop("planner")
    ill = await readiness_with(mesh, "planner", "down")
    assert (ill.status_code, ill.json()["nlg"]) == (503, "ok")
    able = await mesh.client.get(mesh.url() + "/readyz/gateway")
    assert (able.status_code, able.json()) == (200, {"status": "ready", "database": "ok"})


async def test_readiness_names_the_agenda_when_the_broker_says_that_its_tools_are_down(mesh: Mesh) -> None:
    health = mesh.servers["broker"]._health
    await health.set("pulpo.tools", health_pb2.HealthCheckResponse.NOT_SERVING)
    ill = await readiness_with(mesh, "agenda", "down")
    assert (ill.status_code, ill.json()["broker"]) == (503, "ok")
    await health.set("pulpo.tools", health_pb2.HealthCheckResponse.SERVING)
    assert (await readiness_with(mesh, "agenda", "ok")).status_code == 200


async def readiness_with(mesh: Mesh, name: str, said: str) -> httpx2.Response:
    """What /readyz says once it says this of a service: an answer is kept for a second."""
    async with asyncio.timeout(30):
        while True:
            answer = await mesh.client.get(mesh.url() + "/readyz")
            if answer.json()[name] == said:
                return answer


async def test_metrics_count_turns_and_answers(mesh: Mesh) -> None:
    await mesh.say("hola")
    await mesh.post(message("hola"), token="forged")
    text = generate_latest().decode()
    assert 'pulpo_turns_total{intent="greeting",outcome="ok",track="legacy"}' in text
    assert 'pulpo_webhook_responses_total{status="403",webhook="inbound"}' in text
    assert 'pulpo_track_share{track="legacy"} 1.0' in text
    assert "5491155551234" not in text


@pytest.mark.parametrize(
    ("order", "last"),
    [
        (["queued", "sent", "delivered", "read"], "read"),
        (["read", "sent", "delivered", "read", "queued"], "read"),
        (["sent", "failed", "delivered"], "failed"),
        (["sent", "undelivered", "undelivered"], "undelivered"),
        (["delivered", "failed"], "delivered"),
        (["sent", "brand-new-status"], "sent"),
    ],
)
async def test_a_delivery_status_only_moves_forward(mesh: Mesh, tmp_path: Path, order: list[str], last: str) -> None:
    sid = new_sid()
    for status in order:
        response = await mesh.post(callback(sid, status, ErrorCode="63016"), path=STATUS)
        assert response.status_code == 204
    assert await status_of(tmp_path, sid) == last


async def test_a_status_that_we_do_not_know_changes_nothing_and_leaves_a_trace(
    mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid, said = new_sid(), Mock()
    monkeypatch.setattr("gateway.edge.app._log", said)
    for status in ("sent", "teleported"):
        assert (await mesh.post(callback(sid, status), path=STATUS)).status_code == 204
    assert await status_of(tmp_path, sid) == "sent"
    assert [call.kwargs["reason"] for call in said.warning.mock_calls] == ["UNKNOWN_STATUS"]
    assert "teleported" not in str(said.mock_calls)


async def test_a_callback_for_nobody_is_not_found(mesh: Mesh, tmp_path: Path) -> None:
    form = callback(new_sid(), "sent") | {"From": "whatsapp:+15550000000"}
    assert (await mesh.post(form, path=STATUS)).status_code == 404
    assert await stored(tmp_path) == 0


async def test_an_encoded_path_is_another_path(mesh: Mesh) -> None:
    odd = INBOUND.replace("inbound", quote("inbound", safe="").replace("i", "%69", 1))
    form = message("hola")
    signature = RequestValidator("dev-token").compute_signature(mesh.url() + INBOUND, form)
    response = await mesh.client.post(mesh.url() + odd, data=form, headers={"X-Twilio-Signature": signature})
    assert response.status_code == 403
