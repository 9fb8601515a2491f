"""Who may call which RPC and which tool: real stubs, real sockets, real certificates, both ways."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from broker.calls.http_client import place_of
from broker.settings import BrokerSettings
from pulpo.common.v1 import action_pb2 as common
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2, nlg_pb2_grpc
from pulpo.planner.v1 import planner_pb2, planner_pb2_grpc
from runtime.errors import PulpoError
from runtime.rpc.channel import open_channel
from runtime.rpc.identity import Credential
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from runtime.service import serve_grpc
from runtime.settings import Settings
from tests.certificates import Authority, write
from tests.identity import credential, settings_of
from tests.unit.broker.builders import ADDRESS, NOW, PHONE
from tests.unit.broker.serving import GATEWAY, Served, action, serving
from tests.unit.broker.tool_servers import ToolServer, tool_server

EXTRACTOR = credential("extractor", "broker")
FORGED = Credential("gateway", credential("gateway", "nlg").token)
WRITE, READ, FIND = action("cancel_appointment"), action("get_business_hours"), action("find_appointment_by_phone")
OTHERS = [(None, "CALLER_UNKNOWN"), (FORGED, "CALLER_UNKNOWN"), (EXTRACTOR, "CALLER_NOT_ALLOWED")]
OK, REFUSED = common.OBSERVATION_STATUS_OK, common.OBSERVATION_STATUS_REFUSED


@pytest.fixture
async def tools() -> AsyncIterator[ToolServer]:
    async with tool_server() as one:

        async def yes(_args: Any, _meta: Any) -> Any:
            return {"ok": True, "appointments": [{"booking_id": "PB-AAAAAA"}]}

        one.behaviours |= dict.fromkeys(("get_business_hours", "find_appointment_by_phone", "cancel_appointment"), yes)
        yield one


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    return refused.value.code(), reason_of(refused.value)


def denied(reason: str) -> tuple[grpc.StatusCode, str]:
    unknown = reason == "CALLER_UNKNOWN"
    return grpc.StatusCode.UNAUTHENTICATED if unknown else grpc.StatusCode.PERMISSION_DENIED, reason


def refused_calls(method: str, reason: str) -> float:
    return REGISTRY.get_sample_value("pulpo_callers_refused_total", {"method": method, "reason": reason}) or 0.0


@pytest.mark.parametrize(("shows", "reason"), OTHERS, ids=["nobody", "forged", "extractor"])
async def test_execute_and_evaluate_of_what_concerns_a_customer_are_the_gateways(
    tools: ToolServer, tmp_path: Path, shows: Credential | None, reason: str
) -> None:
    method = "/pulpo.broker.v1.BrokerService/Execute"
    before = refused_calls(method, reason)
    async with serving(tmp_path, tools.url, shows=shows) as broker:
        for asked in (WRITE, FIND, action("book_appointment")):
            assert await refusal(broker.execute(READ, asked, confirmed=True)) == denied(reason)
            assert await refusal(broker.evaluate(asked)) == denied(reason)
    assert tools.calls == []
    assert refused_calls(method, reason) == before + 3


async def test_the_gateway_may_and_its_customers_phone_is_the_addresss(tools: ToolServer, tmp_path: Path) -> None:
    victim = {"address": ADDRESS, "phone": "+5490000000000"}
    async with serving(tmp_path, tools.url) as broker:
        (found,) = await broker.execute(FIND, customer=victim)
        assert found.status == OK
        (decided,) = await broker.evaluate(READ)
        assert decided.outcome == common.OUTCOME_ALLOW
    assert [call.args for call in tools.calls] == [{"client_phone": PHONE}]
    assert tools.calls[0].meta["dev.pulpo/customer_phone"] == PHONE


@pytest.mark.parametrize("address", ["web:+5491155551234", "sms:+5491155551234", "+5491155551234", "whatsapp:AR.15025"])
async def test_an_address_of_another_channel_proves_no_phone(tools: ToolServer, tmp_path: Path, address: str) -> None:
    async with serving(tmp_path, tools.url) as broker:
        await broker.execute(FIND, customer={"address": address, "phone": PHONE})
    assert tools.calls[0].args == {"client_phone": address}
    assert "dev.pulpo/customer_phone" not in tools.calls[0].meta


async def test_nobody_on_this_machine_reads_the_catalogue_and_names_no_customer(
    tools: ToolServer, tmp_path: Path
) -> None:
    async with serving(tmp_path, tools.url, shows=None) as broker:
        (seen,) = await broker.execute(READ)
        assert seen.status == OK
    assert not [name for name in tools.calls[0].meta if "customer" in name]


@pytest.mark.parametrize("shows", [None, EXTRACTOR])
async def test_in_production_nobody_reads_even_that(
    tools: ToolServer, tmp_path: Path, shows: Credential | None
) -> None:
    settings = {"profile": "production"}
    async with serving(tmp_path / "migrated", tools.url):
        pass
    async with serving(tmp_path / "migrated", tools.url, shows=shows, settings=settings) as broker:
        reason = "CALLER_NOT_ALLOWED" if shows else "CALLER_UNKNOWN"
        assert await refusal(broker.execute(READ)) == denied(reason)
        async with open_channel(f"127.0.0.1:{broker.port}") as channel:
            said = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    assert said.status == health_pb2.HealthCheckResponse.SERVING


async def test_while_missing_identities_are_reported_an_old_gateway_is_served_and_a_wrong_token_is_not(
    tools: ToolServer, tmp_path: Path
) -> None:
    settings = {"profile": "production", "identity": "report"}
    async with serving(tmp_path, tools.url):
        pass
    method = "/pulpo.broker.v1.BrokerService/Execute"
    before = missing(method)
    async with serving(tmp_path, tools.url, shows=None, settings=settings) as broker:
        (found, done) = await broker.execute(FIND, action("cancel_appointment", booking_id="PB-AAAAAA"), confirmed=True)
        assert (found.status, done.status, missing(method)) == (OK, OK, before + 1)
        async with open_channel(f"127.0.0.1:{broker.port}", shows=FORGED) as channel:
            call = channel.unary_unary(method, None, None)(b"", timeout=10)
            assert await refusal(call) == denied("CALLER_UNKNOWN")
    async with serving(tmp_path, tools.url, shows=GATEWAY, settings=settings) as broker:
        await broker.execute(READ)
    assert missing(method) == before + 1
    assert tools.calls[0].meta["dev.pulpo/customer_phone"] == PHONE


def missing(method: str) -> float:
    return REGISTRY.get_sample_value("pulpo_callers_missing_total", {"method": method}) or 0.0


async def test_a_yes_counts_from_who_may_say_it(tools: ToolServer, tmp_path: Path) -> None:
    listed = {"caller_tokens": "desk:Execute=0123456789abcdef,owner:Execute+confirm=0123456789abcdef"}
    asked = action("cancel_appointment", booking_id="PB-AAAAAA")
    expected = {"gateway": OK, "owner": OK, "desk": REFUSED}
    for number, (caller, status) in enumerate(expected.items()):
        shows = GATEWAY if caller == "gateway" else Credential(caller, "0123456789abcdef")
        async with serving(tmp_path / str(number), tools.url, shows=shows, settings=listed) as broker:
            (seen,) = await broker.execute(asked, confirmed=True)
            assert (seen.status, seen.decision.why) == (status, "" if status == OK else "CONFIRMATION_REQUIRED"), caller


@asynccontextmanager
async def with_certificate(folder: Path, url: str, name: str, shows: Credential | None = None) -> AsyncIterator[Served]:
    """A broker with a certificate of its own, called by somebody with one for `name`."""
    authority = Authority()
    own = write(folder / "server", authority.issue("broker"), authority.pem)
    files = {"tls_cert": own.cert, "tls_key": own.key, "tls_ca": own.ca, "mesh_key": "", "mesh_tokens": ""}
    if shows:
        files |= settings_of("broker")
    mine = write(folder / "caller", authority.issue(name), authority.pem)
    async with serving(folder, url, shows=shows, tls=mine, settings=files) as broker:
        yield broker


@pytest.mark.parametrize(
    ("name", "shows", "reason"),
    [
        ("gateway", None, ""),
        ("gateway.pulpo.svc", None, ""),
        ("extractor", None, "CALLER_NOT_ALLOWED"),
        ("broker", None, "CALLER_NOT_ALLOWED"),
        ("localhost", None, "CALLER_UNKNOWN"),
        ("extractor", FORGED, "CALLER_UNKNOWN"),
        ("gateway", EXTRACTOR, "CALLER_NOT_ALLOWED"),
        ("envoy", GATEWAY, ""),
    ],
)
async def test_a_services_certificate_is_that_service_and_no_other(
    tools: ToolServer, tmp_path: Path, name: str, shows: Credential | None, reason: str
) -> None:
    async with with_certificate(tmp_path, tools.url, name, shows) as broker:
        if reason:
            assert await refusal(broker.execute(FIND)) == denied(reason)
            assert tools.calls == []
        else:
            (found,) = await broker.execute(FIND)
            assert found.status == OK


@pytest.mark.parametrize("minutes", [-11, 11])
async def test_a_turn_of_another_time_is_refused_whoever_asks(tools: ToolServer, tmp_path: Path, minutes: int) -> None:
    async with serving(tmp_path, tools.url, turns_at=lambda: NOW) as broker:
        refused = grpc.StatusCode.INVALID_ARGUMENT, "RECEIVED_AT_REFUSED"
        assert await refusal(broker.execute(FIND, now=NOW + timedelta(minutes=minutes))) == refused
        assert await refusal(broker.evaluate(FIND, now=NOW + timedelta(minutes=minutes))) == refused
        (found,) = await broker.execute(FIND, now=NOW + timedelta(minutes=minutes * 9 // 11))
        assert found.status == OK


STAGES: dict[str, tuple[Any, Any, Any, str]] = {
    "Extract": (extractor_pb2_grpc.ExtractorServiceStub, extractor_pb2, "ExtractorService", "extractor"),
    "Plan": (planner_pb2_grpc.PlannerServiceStub, planner_pb2, "PlannerService", "planner"),
    "Compose": (nlg_pb2_grpc.NlgServiceStub, nlg_pb2, "NlgService", "nlg"),
    "SendMessage": (gateway_pb2_grpc.ConversationServiceStub, gateway_pb2, "ConversationService", "gateway"),
}


class Anything:
    """A servicer whose every method answers with nothing."""

    def __init__(self, method: str, answer: Any) -> None:
        async def serve(_request: Any, _context: Any) -> Any:
            return answer

        setattr(self, method, serve)
        self._serve = serve

    def __getattr__(self, _method: str) -> Any:
        return self._serve


@pytest.mark.parametrize("profile", ["development", "production"])
@pytest.mark.parametrize("method", STAGES)
async def test_each_stage_is_open_on_this_machine_in_development_only(method: str, profile: str) -> None:
    stub, pb, service, name = STAGES[method]
    wired = importlib.import_module("gateway.edge.servicer" if name == "gateway" else f"{name}.servicer")
    settings = Settings(
        _env_file=None, profile=profile, caller_tokens=f"crm:{method}=0123456789abcdef", **settings_of(name)
    )
    servicer = Anything(method, getattr(pb, f"{method}Response")())
    add = getattr(importlib.import_module(stub.__module__), f"add_{service}Servicer_to_server")
    full = pb.DESCRIPTOR.services_by_name[service].full_name
    door = settings.door(wired.CALLERS, getattr(wired, "FREE", wired.CALLERS))
    server = GrpcServer([Registration(full, partial(add, servicer))], door=door)
    port = await server.start("127.0.0.1", 0)
    request = getattr(pb, f"{method}Request")()

    async def call(shows: Credential | None) -> Any:
        async with open_channel(f"127.0.0.1:{port}", shows=shows) as channel:
            return await getattr(stub(channel), method)(request, timeout=10)

    try:
        if profile == "development":
            await call(None)
        else:
            assert await refusal(call(None)) == denied("CALLER_UNKNOWN")
            assert await refusal(call(credential("agenda", name))) == denied("CALLER_NOT_ALLOWED")
        assert await refusal(call(Credential("crm", "fedcba9876543210"))) == denied("CALLER_UNKNOWN")
        await call(Credential("crm", "0123456789abcdef"))
        if method != "SendMessage":
            await call(credential("gateway", name))
    finally:
        await server.stop(0, 0)


@pytest.mark.parametrize(
    "raw", [b"\x12\x02\xff\xfe", b"\xff\xff\xff", b"\x0a\x04\x0a\x02\xc3\x28"], ids=["text", "garbage", "inside"]
)
async def test_a_request_that_is_no_message_is_the_callers_mistake(
    tools: ToolServer, tmp_path: Path, raw: bytes
) -> None:
    async with (
        serving(tmp_path, tools.url) as broker,
        open_channel(f"127.0.0.1:{broker.port}", shows=GATEWAY) as channel,
    ):
        call = channel.unary_unary("/pulpo.broker.v1.BrokerService/Execute", None, None)(raw, timeout=10)
        assert await refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED")


async def test_production_serves_nobody_without_a_key_or_certificates() -> None:
    with pytest.raises(PulpoError, match="IDENTITY_MISSING: Expected PULPO_MESH_KEY, or PULPO_TLS_CERT"):
        await serve_grpc([], Settings(_env_file=None, profile="production"), 0)


async def test_the_broker_shows_itself_to_the_agenda_and_to_no_other_tool_server(
    tools: ToolServer, tmp_path: Path
) -> None:
    seen: list[bool] = []
    async with serving(tmp_path / "one", tools.url) as broker:
        seen.append(await heard(tools, broker))
    async with serving(tmp_path / "two", tools.url, settings={"agenda_url": "http://127.0.0.1:9/mcp"}) as broker:
        seen.append(await heard(tools, broker))
    assert seen == [True, False]
    assert BrokerSettings(_env_file=None).shown_to_agenda() == {}


async def test_the_agendas_url_is_compared_as_what_it_means(tools: ToolServer, tmp_path: Path) -> None:
    port = tools.url.rpartition(":")[2].partition("/")[0]
    for number, url in enumerate((f"HTTP://LOCALHOST:{port}/mcp", f"http://localhost:{port}/mcp/")):
        settings = {"agenda_url": url}
        async with serving(tmp_path / str(number), f"http://localhost:{port}/mcp", settings=settings) as broker:
            assert await heard(tools, broker), url
    assert {place_of(f"http://agenda{port}/mcp{end}") for port in ("", ":80") for end in ("", "/")} == {
        "http://agenda/mcp"
    }
    assert place_of("http://agenda/mcp") != place_of("https://agenda/mcp")
    assert place_of("http://a:x/mcp") == "http://a:x/mcp", "what is no URL is no other's"


async def test_production_starts_no_broker_that_its_agenda_would_refuse(tools: ToolServer, tmp_path: Path) -> None:
    with pytest.raises(PulpoError, match="IDENTITY_MISSING: Expected PULPO_MESH_TOKENS with agenda=token"):
        async with serving(tmp_path, tools.url, settings={"profile": "production", "mesh_tokens": ""}):
            pass


async def heard(tools: ToolServer, broker: Served) -> bool:
    """Whether the tool server is shown who calls."""
    shown: list[bytes] = []

    async def note(scope: Any, receive: Any, send: Any) -> None:
        shown.extend(value for name, value in scope["headers"] if name == b"x-pulpo-caller")
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    tools.misbehave(note, note, note)
    await asyncio.wait_for(broker.execute(READ), 20)
    tools.http.clear()
    return b"broker" in shown
