"""Mutual TLS between services: who is served, and that new certificates need no restart."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import httpx2
import pytest
import uvicorn
from cryptography import x509
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from runtime.errors import PulpoError
from runtime.rpc.channel import open_channel
from runtime.rpc.server import GrpcServer
from runtime.rpc.tls import TlsFiles, http_client_context, http_server_context
from runtime.settings import Settings, explain
from tests.certificates import Authority, environment, write


@asynccontextmanager
async def serving(tls: TlsFiles | None) -> AsyncIterator[str]:
    server = GrpcServer([], tls=tls)
    port = await server.start("127.0.0.1", 0)
    yield f"127.0.0.1:{port}"
    await server.stop(0, 0)


async def is_served(channel: aio.Channel) -> bool:
    """Whether a call is answered; False when no connection can be had."""
    call = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    code = await call.code()
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE), await call.details()
    return bool(code is grpc.StatusCode.OK)


async def serves(target: str, tls: TlsFiles | None) -> bool:
    async with open_channel(target, tls=tls) as channel:
        return await is_served(channel)


async def shown_by(target: str, shows: TlsFiles) -> str:
    """The common name of the certificate that a server shows."""
    context = http_client_context(shows)
    context.set_alpn_protocols(["h2"])
    host, port = target.split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


async def test_only_callers_with_a_certificate_of_the_authority_are_served(tmp_path: Path) -> None:
    ours, others = Authority("ours"), Authority("others")
    server = write(tmp_path / "server", ours.issue("server"), ours.pem)
    right = write(tmp_path / "right", ours.issue("caller"), ours.pem)
    wrong = write(tmp_path / "wrong", others.issue("caller"), ours.pem)
    expired = write(tmp_path / "expired", ours.issue("caller", expired=True), ours.pem)
    async with serving(server) as target:
        assert await serves(target, right)
        assert not await serves(target, None)
        assert not await serves(target, wrong)
        assert not await serves(target, expired)
        only_authority = grpc.ssl_channel_credentials(ours.pem)
        async with aio.secure_channel(target, only_authority) as without_certificate:
            assert not await is_served(without_certificate)


async def test_a_caller_believes_only_servers_of_its_authority_whose_time_has_not_passed(tmp_path: Path) -> None:
    ours, others = Authority("ours"), Authority("others")
    both = ours.pem + others.pem
    caller = write(tmp_path / "caller", ours.issue("caller"), ours.pem)
    foreign = write(tmp_path / "foreign", others.issue("server"), both)
    expired = write(tmp_path / "expired", ours.issue("server", expired=True), ours.pem)
    async with serving(foreign) as target:
        assert not await serves(target, caller)
        assert await serves(target, write(tmp_path / "broad", ours.issue("caller"), both))
    async with serving(expired) as target:
        assert not await serves(target, caller)
    async with serving(None) as target:
        assert not await serves(target, caller)
        assert await serves(target, None)


async def test_a_new_certificate_is_served_without_a_restart(tmp_path: Path) -> None:
    ours = Authority()
    caller = write(tmp_path / "caller", ours.issue("caller"), ours.pem)
    server = write(tmp_path / "server", ours.issue("before"), ours.pem)
    async with serving(server) as target, open_channel(target, tls=caller) as open_before:
        assert await shown_by(target, caller) == "CN=before"
        assert await is_served(open_before)
        write(tmp_path / "server", ours.issue("after"), ours.pem)
        assert await shown_by(target, caller) == "CN=after"
        assert await is_served(open_before), "a connection made before goes on"


async def test_halves_of_a_change_are_not_served(tmp_path: Path) -> None:
    ours = Authority()
    caller = write(tmp_path / "caller", ours.issue("caller"), ours.pem)
    server = write(tmp_path / "server", ours.issue("before"), ours.pem)
    after = ours.issue("after")
    async with serving(server) as target:
        server.key.write_bytes(after.key)
        assert await shown_by(target, caller) == "CN=before"
        server.cert.write_bytes(after.cert)
        assert await shown_by(target, caller) == "CN=after"


async def test_everybody_can_move_to_a_new_authority_without_a_restart(tmp_path: Path) -> None:
    old, new = Authority("old"), Authority("new")
    caller = write(tmp_path / "caller", old.issue("caller"), old.pem)
    server = write(tmp_path / "server", old.issue("server"), old.pem)
    async with serving(server) as target, open_channel(target, tls=caller) as channel:
        assert await is_served(channel)
        write(tmp_path / "server", new.issue("server"), new.pem)
        assert not await serves(target, caller), "the old authority is believed no more"
        write(tmp_path / "caller", new.issue("caller"), new.pem)
        assert await is_served(channel), "the same channel, with the caller's new certificate"


async def test_http_asks_for_a_certificate_too_and_serves_a_new_one(tmp_path: Path) -> None:
    ours, others = Authority("ours"), Authority("others")
    server = write(tmp_path / "server", ours.issue("before"), ours.pem)
    caller = write(tmp_path / "caller", ours.issue("caller"), ours.pem)
    wrong = write(tmp_path / "wrong", others.issue("caller"), ours.pem)
    async with serving_http(server) as target:
        assert await get(target, http_client_context(caller)) == "ok"
        for refused in (http_client_context(wrong), ssl.create_default_context(cafile=caller.ca)):
            with pytest.raises(httpx2.TransportError):
                await get(target, refused)
        assert await shown_by(target, caller) == "CN=before"
        write(tmp_path / "server", ours.issue("after"), ours.pem)
        assert await shown_by(target, caller) == "CN=after"
        lasting = http_client_context(caller)
        write(tmp_path / "server", others.issue("moved"), others.pem)
        write(tmp_path / "caller", others.issue("caller"), others.pem)
        assert await get(target, lasting) == "ok", "the client's context took up its new certificate"


@asynccontextmanager
async def serving_http(tls: TlsFiles) -> AsyncIterator[str]:
    async def ok(_request: object) -> PlainTextResponse:
        return PlainTextResponse("ok")

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    config = uvicorn.Config(
        Starlette(routes=[Route("/", ok)]),
        log_config=None,
        lifespan="off",
        ssl_context_factory=lambda _config, _default: http_server_context(tls),
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listening]))
    yield f"127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task


async def get(target: str, context: ssl.SSLContext) -> str:
    async with httpx2.AsyncClient(verify=context, trust_env=False) as client:
        return (await client.get(f"https://{target}/")).text


def test_settings_name_the_file_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem")
    for name, value in environment(files).items():
        monkeypatch.setenv(name, value)
    assert Settings().tls == files
    monkeypatch.delenv("PULPO_TLS_KEY")
    with pytest.raises(ValueError, match="PULPO_TLS_KEY: expected together") as caught:
        Settings()
    assert explain(caught.value, Settings) == ["PULPO_TLS_KEY: expected together with the rest of PULPO_TLS_*"]  # type: ignore[arg-type]
    with pytest.raises(PulpoError, match="TLS_FILES"):
        files.read()
