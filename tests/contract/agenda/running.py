"""Starts the real agenda on a free port and calls it with a real MCP client."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

from agenda.server.app import WATCHED, Probes, build_app
from agenda.settings import AgendaSettings
from agenda.storage.store import AgendaStore
from runtime.data.database import Database
from runtime.http.server import HttpServer
from runtime.rpc.tls import http_client_context
from tests.identity import credential, settings_of
from tests.poolers import pool_for
from workspace.loader import load_registry
from workspace.registry import Registry

WORKSPACES = Path(__file__).parents[3] / "k8s/base/workspaces"
NOW = "2026-03-11T10:00:00-03:00"
"""A Wednesday morning, both businesses open."""
BROKER = dict(credential("broker", "agenda").headers)
"""The headers that say that the broker calls."""


def item(service: str, day: str, time: str, staff: str | None = None, name: str | None = None) -> dict[str, str]:
    """One appointment of several."""
    said = {"service_type": service, "date": day, "time": time, "staff_name": staff, "client_name": name}
    return {key: value for key, value in said.items() if value is not None}


ANA = {"client_name": "Ana Ruiz", "client_email": "ana@example.com"}


PATIENCE_S = 120.0
"""Seconds for a transaction, a request and its answer: on a busy machine the last of sixty writers waits longer than
the service lets one wait. What a limit does is tested where it is set."""


@dataclass
class Caller:
    """Calls an agenda."""

    url: str
    http: httpx2.AsyncClient
    mode: str = "2026-07-28"

    async def result(self, tool: str, /, args: dict[str, Any] | None = None, **meta: Any) -> CallToolResult:
        """What a tool answers over MCP; keywords are `dev.pulpo/` keys of `_meta`."""
        stated = {"dev.pulpo/" + key: value for key, value in {"now": NOW, **meta}.items() if value is not None}
        transport = streamable_http_client(self.url + "/mcp", http_client=self.http)
        async with Client(transport, mode=self.mode) as client:
            return await client.call_tool(tool, args or {}, meta=stated)  # type: ignore[arg-type]

    async def call(self, tool: str, /, args: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
        """The answer of a tool that does not fail."""
        result = await self.result(tool, args, **meta)
        assert not result.is_error, result
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    async def book(
        self,
        service: str,
        day: str,
        time: str,
        staff: str | None = None,
        /,
        more: dict[str, Any] | None = None,
        **meta: Any,
    ) -> dict[str, Any]:
        """The answer to a booking by Ana."""
        args = {"service_type": service, "preferred_date": day, "preferred_time": time, **ANA, **(more or {})}
        return await self.call("book_appointment", {**args, "staff_name": staff} if staff else args, **meta)

    async def book_all(self, *items: dict[str, Any], more: dict[str, Any] | None = None, **meta: Any) -> dict[str, Any]:
        """The answer to a booking of several by Ana."""
        return await self.call("book_appointments", {"items": list(items), **ANA, **(more or {})}, **meta)

    async def times(self, service: str, day: str, staff: str | None = None, **meta: Any) -> list[str]:
        """The free times that a check lists."""
        args = {"service_type": service, "date_str": day} | ({"staff_name": staff} if staff else {})
        found: list[str] = (await self.call("check_service_availability", args, **meta))["times"]
        return found


@dataclass
class Running(Caller):
    """An agenda that runs in this process."""

    store: AgendaStore = field(kw_only=True)
    probes: Probes = field(kw_only=True)


@asynccontextmanager
async def running(database_url: str, registry: Registry | None = None, **settings: Any) -> AsyncIterator[Running]:
    """An agenda on a free port, called by the broker. Keywords are settings."""
    known = AgendaSettings(
        _env_file=None, **{"workspaces_dir": WORKSPACES, "drain_s": 1, **settings_of("agenda"), **settings}
    )
    store = AgendaStore(Database(database_url, pool=pool_for(database_url)), transaction_s=PATIENCE_S)
    clock_start = datetime.fromisoformat(NOW).astimezone(UTC)
    app, probes = build_app(known, registry or load_registry(WORKSPACES), store, lambda: clock_start)
    server = HttpServer(known.drain_s, WATCHED, arrive_s=PATIENCE_S, most=known.agenda_max_requests, tls=known.tls)
    port = server.listen("127.0.0.1", 0)
    await server.start(app)
    limits = httpx2.Limits(max_connections=100)
    verify = http_client_context(known.tls) if known.tls else False
    async with httpx2.AsyncClient(limits=limits, timeout=PATIENCE_S, headers=BROKER, verify=verify) as http:
        yield Running(f"http{'s' if known.tls else ''}://127.0.0.1:{port}", http, store=store, probes=probes)
    await server.stop()
    await store.close()
