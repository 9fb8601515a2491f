"""Puts the broker together from its settings."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from broker.calls import Timing, ToolCaller
from broker.exchange import HttpClient, make_http_client
from broker.executor import Executor
from broker.mcp_endpoint import McpEndpoint
from broker.reachability import Reachability
from broker.rules import compile_rules
from broker.settings import BrokerSettings
from broker.store import Store
from broker.telemetry import Telemetry
from runtime.database import Database
from runtime.errors import Kind, PulpoError
from runtime.watch import FolderWatch
from workspace.errors import ManifestError
from workspace.loader import load_registry, refresh
from workspace.model import Workspace
from workspace.registry import Derived, Registry

USUAL_AGENDA = "http://127.0.0.1:8090/mcp"
"""Where manifests say that the agenda is."""
TIMING = Timing(time.monotonic, asyncio.sleep, random.random)


@dataclass(frozen=True)
class Broker:
    """A broker that is ready to be served. Close it when done."""

    executor: Executor
    store: Store
    reachability: Reachability
    http: HttpClient
    manifests: FolderWatch
    watch: asyncio.Task[None] | None

    async def close(self) -> None:
        """Finishes the writes under way, then closes what it depends on."""
        await self.manifests.close()
        if self.watch:
            self.watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.watch
        await self.executor.close()
        await self.http.aclose()
        await self.store.close()


async def open_broker(settings: BrokerSettings, timing: Timing = TIMING) -> Broker:
    """Opens a broker in the running loop. Raises PulpoError for bad manifests or a dead database."""
    registry = read_manifests(settings.workspaces_dir, settings.agenda_url)
    rules = Derived(registry, compile_rules)
    manifests = FolderWatch(
        settings.workspaces_dir,
        "*.yaml",
        settings.workspaces_every_s,
        partial(
            refresh, registry, settings.workspaces_dir, partial(moved, agenda_url=settings.agenda_url), compile_rules
        ),
        ManifestError,
    )
    events = Telemetry()
    database, http = Database(settings.database_url), make_http_client(settings.tls)
    store = Store(database, time.time)
    tools = ToolCaller(McpEndpoint(http), events, timing)
    reachability = Reachability(registry, http, tools)
    try:
        await store.prepare(migrates=settings.migrates)
    except PulpoError:
        await http.aclose()
        await store.close()
        raise
    every = settings.broker_watch_s
    manifests.start()
    watch = asyncio.create_task(reachability.watch(every)) if every else None
    executor = Executor(rules, tools, store, events, timing.clock)
    return Broker(executor, store, reachability, http, manifests, watch)


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
    servers = {name: agenda_url if url == USUAL_AGENDA else url for name, url in workspace.mcp.items()}
    return workspace.model_copy(update={"mcp": servers})
