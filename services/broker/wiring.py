"""Puts the broker together from its settings."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from broker.calls.caller import Timing, ToolCaller
from broker.calls.http_client import HttpClient, make_http_client, place_of
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
from runtime.watch import FolderWatch
from workspace.errors import ManifestError
from workspace.loader import load_registry, refresh
from workspace.model import Workspace
from workspace.registry import Derived, Registry

TIMING = Timing(time.monotonic, asyncio.sleep, random.random)


@dataclass(frozen=True)
class Broker:
    """A broker that is ready to be served. Close it when done."""

    executor: Executor
    store: BrokerStore
    reachability: Reachability
    endpoint: McpEndpoint
    http: HttpClient
    manifests: FolderWatch
    watch: Periodic | None
    clock: Periodic

    async def close(self) -> None:
        """Finishes the writes under way, then closes what it depends on."""
        await self.manifests.close()
        for task in filter(None, (self.watch, self.clock)):
            await task.stop(cancel=True)
        await self.executor.close()
        await self.endpoint.close()
        await self.http.aclose()
        await self.store.close()


async def open_broker(
    settings: BrokerSettings, timing: Timing = TIMING, now: Callable[[], float] | None = None
) -> Broker:
    """Opens a broker in the running loop, whose limits count by `now` (seconds since the epoch) or its database. Raises
    PulpoError for bad manifests, a dead database, or nothing to show to the agenda."""
    shown = settings.shown_to_agenda()
    registry = read_manifests(settings.workspaces_dir, settings.agenda_url)
    compiled = Derived(registry, compile_manifest)
    manifests = FolderWatch(
        settings.workspaces_dir,
        "*.yaml",
        settings.workspaces_every_s,
        partial(
            refresh, registry, settings.workspaces_dir, partial(moved, agenda_url=settings.agenda_url), compile_manifest
        ),
        ManifestError,
    )
    events = BrokerTelemetry()
    database = Database(settings.database_url, PROBE, pool=settings.pool)
    http = make_http_client(settings.tls, shown)
    clock = DatabaseClock(database)
    store = BrokerStore(database, now or clock)
    endpoint = McpEndpoint(http)
    tools = ToolCaller(endpoint, events, timing)
    reachability = Reachability(registry, http, tools)
    try:
        await store.prepare(migrates=settings.migrates)
        await clock.set()
    except PulpoError:
        await http.aclose()
        await store.close()
        raise
    every = settings.broker_watch_s
    manifests.start()
    watch = Periodic("reachability", reachability.look, every) if every else None
    setting = Periodic("clock", clock.set, SET_EVERY_S, at_once=False)
    for task in filter(None, (watch, setting)):
        task.start()
    executor = Executor(compiled, tools, store, events, timing.clock)
    return Broker(executor, store, reachability, endpoint, http, manifests, watch, setting)


def read_manifests(folder: Path, agenda_url: str = "") -> Registry:
    """The workspaces of a folder. Raises PulpoError MANIFEST with everything that is wrong.

    `agenda_url`, when given, stands in for the agenda's usual address.
    """
    try:
        registry = load_registry(folder)
    except ManifestError as error:
        raise PulpoError(Kind.INVALID_ARGUMENT, "MANIFEST", "; ".join(map(str, error.problems))) from error
    return Registry(moved(workspace, agenda_url) for workspace in registry)


def moved(workspace: Workspace, agenda_url: str) -> Workspace:
    """A workspace whose tools are at `agenda_url`, when that says something, where they are at the usual address."""
    if not agenda_url:
        return workspace
    usual = place_of(USUAL_AGENDA)
    servers = {name: agenda_url if place_of(url) == usual else url for name, url in workspace.mcp.items()}
    return workspace.model_copy(update={"mcp": servers})
