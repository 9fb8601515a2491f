"""Puts the broker together from its settings."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from broker.calls.caller import Timing, ToolCaller
from broker.calls.http_client import HttpClient, place_of
from broker.calls.mcp_endpoint import McpEndpoint
from broker.calls.reachability import Reachability
from broker.execution.executor import Executor
from broker.policy.compiled_manifest import compile_manifest
from broker.settings import USUAL_AGENDA, BrokerSettings
from broker.storage.store import SET_EVERY_S, BrokerStore, DatabaseClock
from broker.storage.tables import PROBE
from broker.telemetry import BrokerTelemetry
from runtime.data.database import Database
from runtime.errors import Kind, PulpoError
from runtime.periodic import Periodic
from workspace.errors import ManifestError
from workspace.model import Workspace
from workspace.registry import Derived
from workspace.source import Source, open_source

TIMING = Timing(time.monotonic, asyncio.sleep, random.random)


@dataclass(frozen=True)
class Broker:
    """A broker that is ready to be served. Close it when done."""

    executor: Executor
    store: BrokerStore
    reachability: Reachability
    endpoint: McpEndpoint
    http: HttpClient
    source: Source
    watch: Periodic | None
    clock: Periodic

    async def is_up(self) -> bool:
        """Whether it knows the workspaces and its database can write."""
        return await self.source.is_ready() and await self.store.is_up()

    async def close(self) -> None:
        """Finishes the writes under way, then closes what it depends on."""
        await self.source.close()
        for task in filter(None, (self.watch, self.clock)):
            await task.stop(cancel=True)
        await self.executor.close()
        await self.endpoint.close()
        await self.http.close()
        await self.store.close()


async def open_broker(
    settings: BrokerSettings, timing: Timing = TIMING, now: Callable[[], float] | None = None
) -> Broker:
    """Opens a broker in the running loop, whose limits count by `now` (seconds since the epoch) or its database. Raises
    PulpoError for bad manifests, a dead database, or nothing to show to the agenda."""
    shown = settings.shown_to_agenda()
    source = open_workspaces(settings)
    compiled = Derived(source.registry, compile_manifest)
    events = BrokerTelemetry()
    database = Database(settings.database_url, PROBE, pool=settings.pool)
    http = HttpClient(settings.tls, shown)
    clock = DatabaseClock(database)
    store = BrokerStore(database, now or clock)
    endpoint = McpEndpoint(http)
    tools = ToolCaller(endpoint, events, timing)
    reachability = Reachability(source.registry, http, tools, partial(address, agenda_url=settings.agenda_url))
    try:
        await store.prepare(migrates=settings.migrates)
        await clock.set()
    except PulpoError:
        await http.close()
        await store.close()
        raise
    every = settings.broker_watch_s
    await source.start()
    watch = Periodic("reachability", reachability.look, every) if every else None
    setting = Periodic("clock", clock.set, SET_EVERY_S, at_once=False)
    for task in filter(None, (watch, setting)):
        task.start()
    executor = Executor(compiled, tools, store, events, timing.clock)
    return Broker(executor, store, reachability, endpoint, http, source, watch, setting)


def open_workspaces(settings: BrokerSettings) -> Source:
    """The workspaces, whose tools are where the settings say. Raises PulpoError MANIFEST with everything that is wrong
    when no manifest of a folder can be used."""
    try:
        return open_source(settings, "broker", partial(moved, agenda_url=settings.agenda_url))
    except ManifestError as error:
        raise PulpoError(Kind.INVALID_ARGUMENT, "MANIFEST", "; ".join(map(str, error.problems))) from error


def moved(workspace: Workspace, agenda_url: str) -> Workspace:
    """A workspace whose tools are at `agenda_url`, when that says something, where they are at the usual address."""
    if not agenda_url:
        return workspace
    servers = {name: address(url, agenda_url) for name, url in workspace.mcp.items()}
    return workspace.model_copy(update={"mcp": servers})


def address(url: str, agenda_url: str) -> str:
    """Where the tools are that a manifest says are at `url`."""
    return agenda_url if agenda_url and place_of(url) == place_of(USUAL_AGENDA) else url
