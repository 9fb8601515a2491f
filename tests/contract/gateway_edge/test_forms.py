"""Forms that are not as Twilio sends them, and requests that a proxy could read otherwise, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from gateway.telemetry import REFUSED
from tests.contract.gateway.fakes import INBOUND, STATUS, Mesh, message, running
from tests.contract.gateway_edge.test_webhook import stored


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


@pytest.mark.parametrize("more", [[], [("FromCity", "é ñ")]])
async def test_a_field_may_come_in_any_order(mesh: Mesh, more: list[tuple[str, str]]) -> None:
    assert await post(mesh, [*reversed(message("hola").items()), *more]) == 200


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([("FromCity", "b"), ("FromCity", "a")], "repeated"),
        ([("Ñandú", "x")], "name"),
        ([("Carlos", "x")], "unknown_after_text"),
    ],
)
async def test_a_form_that_is_not_as_twilio_sends_it_is_refused_and_counted(
    mesh: Mesh, tmp_path: Path, more: list[tuple[str, str]], reason: str
) -> None:
    before = refused("inbound", reason)
    assert await post(mesh, [*message("hola").items(), *more]) == 400
    assert (refused("inbound", reason), await stored(tmp_path)) == (before + 1, 0)


def refused(webhook: str, reason: str) -> float:
    """How many forms were refused for a reason."""
    count: float = REFUSED.labels(webhook, reason)._value.get()
    return count


async def post(mesh: Mesh, fields: list[tuple[str, str]]) -> int:
    """A signed message whose names may repeat; the status."""
    form: dict[str, list[str]] = {}
    for name, value in fields:
        form.setdefault(name, []).append(value)
    signature = RequestValidator("dev-token").compute_signature(mesh.url() + INBOUND, _Repeating(form))
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    response = await mesh.client.post(mesh.url() + INBOUND, content=urlencode(fields), headers=headers)
    return response.status_code


class _Repeating(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self[name]


async def test_a_request_with_two_lengths_is_refused(mesh: Mesh, tmp_path: Path) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", mesh.gateway.http_port)
    form = message("hola")
    body = urlencode(form)
    signature = RequestValidator("dev-token").compute_signature(mesh.url() + INBOUND, form)
    head = f"POST {INBOUND} HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {signature}\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n".encode())
    answer = await reader.read()  # to its end: the connection is closed
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"AMBIGUOUS_LENGTH" in answer
    assert await stored(tmp_path) == 0


@pytest.mark.parametrize("path", [INBOUND + "/", STATUS + "/", "/readyz/"])
async def test_nobody_is_redirected_to_what_host_says(mesh: Mesh, path: str) -> None:
    answer = await mesh.client.get(mesh.url() + path, headers={"Host": "evil.test"})
    assert (answer.status_code, "location" in answer.headers) == (404, False)
