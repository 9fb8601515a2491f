"""Who may call which tool: real sockets, real certificates, both ways."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY

from agenda.server.tool_server import CALLERS as TOOLS
from agenda.server.tool_server import FREE
from runtime.data.database import sqlite_url
from runtime.rpc.identity import Credential
from runtime.rpc.tls import TlsFiles, http_client_context
from tests.certificates import Authority, write
from tests.contract.agenda.running import NOW, Caller, running
from tests.identity import credential

ADDRESS, PHONE = "whatsapp:+5491155551234", "+5491155551234"


def arguments(tool: str) -> dict[str, Any]:
    """What a tool is called with, to no effect."""
    given: Mapping[str, dict[str, Any]] = {
        "check_service_availability": {"service_type": "Barba", "date_str": "2026-03-12"},
        "book_appointment": {
            **{"service_type": "Barba", "preferred_date": "2026-03-12", "preferred_time": "10:00"},
            **{"client_name": "Ana", "client_email": "a@test.com"},
        },
        "find_appointment_by_phone": {"client_phone": PHONE},
        "cancel_appointment": {"booking_id": "PB-AAAAAA"},
        "reschedule_appointment": {
            **{"booking_id": "PB-AAAAAA", "preferred_date": "2026-03-12", "preferred_time": "10:00"}
        },
        "find_free_times": {"items": [{"service_type": "Barba"}]},
        "book_appointments": {
            "items": [{"service_type": "Barba", "date": "2026-03-12", "time": "11:00"}],
            **{"client_name": "Ana", "client_email": "a@test.com"},
        },
        "change_appointment": {"booking_id": "PB-AAAAAA", "preferred_time": "10:00"},
        "change_appointments": {"changes": [{"booking_id": "PB-AAAAAA", "preferred_time": "10:00"}]},
        "cancel_appointments": {"booking_ids": ["PB-AAAAAA"]},
        "restore_appointment": {"booking_id": "PB-AAAAAA"},
    }
    return given.get(tool, {})


async def told(agenda: Caller, tool: str, shows: Credential | None) -> str:
    """The reason why a tool was refused; empty when it was not."""
    async with httpx2.AsyncClient(timeout=20, headers=dict(shows.headers) if shows else {}) as http:
        result = await Caller(agenda.url, http).result(tool, arguments(tool), workspace_id="estudio-pulpo", now=None)
    return str((result.structured_content or {})["error"]["reason"]) if result.is_error else ""


async def test_each_tool_is_the_brokers_but_for_the_catalogue_on_this_machine(tmp_path: Path) -> None:
    async with running(sqlite_url(tmp_path, "agenda")) as agenda:
        for tool in TOOLS:
            assert await told(agenda, tool, credential("broker", "agenda")) == "", tool
            assert await told(agenda, tool, None) == ("" if tool in FREE else "CALLER_UNKNOWN"), tool
            other = await told(agenda, tool, credential("nlg", "agenda"))
            assert other == ("" if tool in FREE else "CALLER_NOT_ALLOWED"), tool
        meta: dict[str, Any] = {"customer": ADDRESS, "customer_phone": PHONE, "now": "2020-01-01T00:00:00Z"}
        check = "check_service_availability"
        async with httpx2.AsyncClient(timeout=20) as http:
            past = await Caller(agenda.url, http).call(check, arguments(check), **meta)
        assert past["ok"], "a time that nobody vouches for is not read"


@pytest.mark.parametrize("shows", [None, Credential("broker", "0" * 64), credential("extractor", "agenda")])
async def test_a_production_agenda_answers_only_the_broker(tmp_path: Path, shows: Credential | None) -> None:
    async with running(sqlite_url(tmp_path, "agenda"), profile="production") as agenda:
        post = partial(agenda.http.post, agenda.url + "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        agenda.http.headers.clear()
        refused = await post(headers=dict(shows.headers) if shows else {})
        known = shows == credential("extractor", "agenda")
        kind = "PERMISSION_DENIED" if known else "UNAUTHENTICATED"
        assert (refused.status_code, refused.json()["error"]["kind"]) == (403, kind)
        assert (await post(headers=dict(credential("broker", "agenda").headers))).status_code != 403
        assert (await agenda.http.get(agenda.url + "/healthz")).status_code == 200


async def test_while_missing_identities_are_reported_an_old_broker_is_served(tmp_path: Path) -> None:
    old = {"workspace_id": "estudio-pulpo", "customer": ADDRESS, "customer_phone": PHONE}

    def missing() -> float:
        return REGISTRY.get_sample_value("pulpo_callers_missing_total", {"method": "/mcp"}) or 0.0

    async with running(sqlite_url(tmp_path, "agenda"), profile="production", identity="report") as agenda:
        before = missing()
        async with httpx2.AsyncClient(timeout=20) as http:
            client = Caller(agenda.url, http)
            booked = await client.call("book_appointment", arguments("book_appointment"), **old)
            found = await client.call("find_appointment_by_phone", {"client_phone": PHONE}, **old)
            wrong = [credential("extractor", "agenda"), Credential("broker", "0" * 64)]
            posts = [await http.post(agenda.url + "/mcp", json={}, headers=dict(shows.headers)) for shows in wrong]
        assert [each["booking_id"] for each in found["appointments"]] == [booked["booking_id"]]
        assert [post.json()["error"]["reason"] for post in posts] == ["CALLER_NOT_ALLOWED", "CALLER_UNKNOWN"]
        assert missing() > before


async def test_a_production_agenda_refuses_another_time_than_its_own(tmp_path: Path) -> None:
    async with running(sqlite_url(tmp_path, "agenda"), profile="production") as agenda:
        for now, refused in (("2020-01-01T10:00:00-03:00", True), (NOW, False)):
            result = await agenda.result("get_business_hours", workspace_id="estudio-pulpo", now=now)
            assert bool(result.is_error) is refused
            if refused:
                assert (result.structured_content or {})["error"]["reason"] == "RECEIVED_AT_REFUSED"


async def test_the_agenda_knows_the_broker_by_its_certificate(tmp_path: Path) -> None:
    authority = Authority()

    def files(name: str) -> TlsFiles:
        return write(tmp_path / name, authority.issue(name), authority.pem)

    own = files("agenda")
    settings: dict[str, Any] = {"mesh_key": "", "tls_cert": own.cert, "tls_key": own.key, "tls_ca": own.ca}
    async with running(sqlite_url(tmp_path, "agenda"), **settings) as agenda:
        for name, reason in (("broker", ""), ("extractor", "CALLER_NOT_ALLOWED")):
            async with httpx2.AsyncClient(verify=http_client_context(files(name)), timeout=20) as http:
                result = await Caller(agenda.url, http).result("find_appointment_by_phone", {"client_phone": PHONE})
                assert ((result.structured_content or {}).get("error") or {}).get("reason", "") == reason
